"""500, from the API itself."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core import chance
from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import refusal_reply

WRITES = ("idem", "nonidem", "transition", "session")


def unexpected(request: Request) -> Response:
    """500 in the words of the surface: text wire reference 4.3 (K), codes of the token endpoint 2.4 and of Bulk 1.0 5.7 (D)."""
    if request.path.startswith("/services/oauth2/"):
        return refusal_reply(request, Refusal("server_error", "an unexpected error occurred"), status=500)  # text is a guess
    number = chance.below(2**31, 0, "http.500", request.path)
    code = "Unknown" if request.path.lower().startswith("/services/async/") else "UNKNOWN_EXCEPTION"
    text = f"An unexpected error occurred. Please include this ErrorId if you contact support: {number}-{number % 100_000:05d} (-{number})"
    return refusal_reply(request, Refusal(code, text), status=500)


@fault("http.500.pre", when="B", aliases=("http.500",), weight=5)
@dataclass(frozen=True)
class ServerErrorBefore:
    """500 `UNKNOWN_EXCEPTION` with an ErrorId for the support; nothing is done.

    The reply does not tell it from one after the work.
    Source: wire reference 4.2 (500, D) and 4.3 (text, K).
    Right: repeat what is idempotent, after a wait; give up loudly and log the ErrorId.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return unexpected(request)


@fault("http.500.post", when="A", nature="ambiguous", kinds=WRITES, weight=11)
@dataclass(frozen=True)
class ServerErrorAfter:
    """500 `UNKNOWN_EXCEPTION` with an ErrorId for the support, after the work was done.

    The error came when the reply was made; the transaction had been committed by then.
    Source: wire reference 4.3 (text, K) and 14, "lost response".
    Right: treat it as of unknown fate: repeat what is idempotent, look before repeating a create.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        forward(request)
        return unexpected(request)


@fault("http.500_empty.pre", when="B", aliases=("http.500_empty",), weight=6)
@dataclass(frozen=True)
class EmptyErrorBefore:
    """500 with an empty body; nothing is done.

    A client that parses every error as JSON crashes in the middle of its error handling.
    Source: wire reference 4.4 (CumulusCI, of /composite).
    Right: look at the status before the body; as any other 500.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return Response(500)


@fault("http.500_empty.post", when="A", nature="ambiguous", kinds=WRITES, weight=12)
@dataclass(frozen=True)
class EmptyErrorAfter:
    """500 with an empty body, after the work was done.

    Source: wire reference 4.4 (CumulusCI, of /composite) and 14, "lost response".
    Right: as any reply of unknown fate: repeat what is idempotent, look before repeating a create.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        forward(request)
        return Response(500)
