"""401 and 403 that another login cannot mend."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import html_page, refusal_reply

_KINDS = ("read", "idem", "nonidem", "transition", "stream")


@fault("auth.401_html", when="B", transient=False, kinds=_KINDS, weight=24)
@dataclass(frozen=True)
class UnauthorizedHtml:
    """401 with an HTML page where the array of errors should be; nothing is done.

    Gateways and edges answer so, and not every client can read the error.
    Source: wire reference 4.1 (shapes of errors).
    Right: no crash in the reading of the error; at most one new login, then a loud end.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return html_page(401, "Unauthorized", "This server could not verify that you are authorized to access the document requested.")


@fault("auth.401_other", when="B", transient=False, kinds=_KINDS, weight=23)
@dataclass(frozen=True)
class UnauthorizedOther:
    """401 with another code than INVALID_SESSION_ID (`INVALID_AUTH_HEADER`); nothing is done.

    The session is not the trouble, so a new one is answered the same.
    Source: wire reference 1.2 (K; code in WSDL D).
    Right: stop and say the code; no login loop.
    """

    code: str = text("INVALID_AUTH_HEADER", "the errorCode")
    message: str = text("INVALID_HEADER_TYPE", "the message")

    def around(self, request: Request, forward: Handler) -> Response:
        return refusal_reply(request, Refusal(self.code, self.message), status=401, headers=(("WWW-Authenticate", "Token"),))


@fault("auth.not_for_rest", when="B", transient=False, kinds=_KINDS, weight=22)
@dataclass(frozen=True)
class NotForRest:
    """401 `INVALID_SESSION_ID`, "This session is not valid for use with the REST API"; nothing is done.

    A policy keeps the connected app from the API. The code is that of an expired session, only the text differs.
    Source: wire reference 1.2 (L).
    Right: read the text; no refresh loop, a loud end.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        refusal = Refusal("INVALID_SESSION_ID", "This session is not valid for use with the REST API")
        return refusal_reply(request, refusal, status=401, headers=(("WWW-Authenticate", "Token"),))


@fault("auth.403_session", when="B", transient=False, kinds=_KINDS, weight=22)
@dataclass(frozen=True)
class ForbiddenSession:
    """403 `API_DISABLED_FOR_ORG` while the session is fine; nothing is done.

    An IP range, a policy or an edition keeps the API shut.
    Source: wire reference 4.2 and 4.3 (L, code D).
    Right: no reason to refresh: stop and say the code.
    """

    code: str = text("API_DISABLED_FOR_ORG", "the errorCode")
    message: str = text("The REST API is not enabled for this Organization.", "the message")

    def around(self, request: Request, forward: Handler) -> Response:
        return refusal_reply(request, Refusal(self.code, self.message), status=403)
