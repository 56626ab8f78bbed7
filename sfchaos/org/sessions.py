"""Access tokens (which are session ids) and refresh tokens: issue, look up, slide, expire, revoke.

Lifetime slides: a session is renewed by use once half of its time has gone. Source: wire reference 2.2 (K).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sfchaos.core import chance
from sfchaos.core.gate import OrgEvent
from sfchaos.org.refusals import refuse, session_expired

if TYPE_CHECKING:
    from sfchaos.core.messages import Request
    from sfchaos.org.org import Org

TIMEOUT_S = 7200.0  # the default session timeout, 2 hours (wire reference 2.2)


@dataclass(frozen=True, slots=True)
class Session:
    """`scopes` is what was granted; `app_id` the consumer key it came through ("" for SOAP login)."""

    token: str
    user_id: str
    issued_s: float
    expires_s: float
    kind: Literal["api", "password-expired"] = "api"
    app_id: str = ""
    grant: str = ""
    scopes: tuple[str, ...] = ("api",)
    refresh_token: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    token: str
    user_id: str
    app_id: str
    scopes: tuple[str, ...]
    issued_s: float
    dies_s: float | None = None  # after rotation with a grace period
    family: str = ""


class Sessions:
    def __init__(self, org: Org) -> None:
        self._org = org
        self.timeout_s = TIMEOUT_S

    def new_token(self) -> str:
        """`<15-char org id>!<96 characters>`. Source: wire reference 1.2."""
        number = self._org.registers.next("token")
        opaque = "AQ" + chance.token(94, self._org.seed, "session", number, alphabet=chance.ALPHANUMERIC + "._")
        return f"{self._org.org_id[:15]}!{opaque}"

    def open(self, user_id: str, *, grant: str, app_id: str = "", scopes: tuple[str, ...] = ("api",), kind: Literal["api", "password-expired"] = "api",
             refresh_token: str = "") -> Session:  # fmt: skip
        """A new session. The token is a secret: the run's book learns it at once."""
        now_s = self._org.now_s()
        session = Session(self.new_token(), user_id, now_s, now_s + self.timeout_s, kind, app_id, grant, scopes, refresh_token)
        self._org.registers.sessions[session.token] = session
        self._org.secrets.learn(session.token, "access_token")
        self._org.emit(OrgEvent("token_issued", {"token": self._org.secrets.label(session.token), "grant": grant, "user": user_id}))
        return session

    def find(self, token: str) -> Session | None:
        """The live session of a token, renewed when half its time has gone; None when expired, revoked or unknown."""
        session: Session | None = self._org.registers.sessions.get(token)
        now_s = self._org.now_s()
        if session is None or session.expires_s <= now_s:
            return None
        if session.expires_s - now_s < self.timeout_s / 2:
            session = replace(session, expires_s=now_s + self.timeout_s)
            self._org.registers.sessions[token] = session
        return session

    def end(self, token: str) -> bool:
        """Forget a session; True when it was alive."""
        session = self._org.registers.sessions.pop(token, None)
        if session is None:
            return False
        self._org.emit(OrgEvent("token_ended", {"token": self._org.secrets.label(token)}))
        return True

    def of_request(self, request: Request) -> Session:
        """The session that a request's headers name. Raises Refused as Salesforce words it (wire reference 1.2)."""
        token = bearer_of(request)
        if token is None:
            raise refuse("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        session = self.find(token)
        if session is None:
            raise session_expired()
        return session


def bearer_of(request: Request) -> str | None:
    """The token of `Authorization: Bearer|OAuth`, X-SFDC-Session or the sid cookie; "" when there is none, None for an unknown scheme."""
    header = request.header("authorization")
    if header:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else None
    session_id = request.header("x-sfdc-session")
    if session_id:
        return session_id
    for part in request.header("cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == "sid":
            return value
    return ""
