"""Access tokens (which are session ids) and refresh tokens: issue, look up, slide, rotate, expire, revoke.

Lifetime slides: a session is renewed by use once half of its time has gone. Source: wire reference 2.2 (K).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sfchaos.core import chance
from sfchaos.core.gate import OrgEvent
from sfchaos.core.hosts import LOGIN_HOSTS
from sfchaos.org.identity.scopes import opens
from sfchaos.org.identity.trials import ONE_SESSION
from sfchaos.org.refusals import SESSION_EXPIRED, refuse, session_expired

if TYPE_CHECKING:
    from sfchaos.core.messages import Request
    from sfchaos.org.identity.apps import App
    from sfchaos.org.org import Org

TIMEOUT_S = 7200.0  # the default session timeout, 2 hours (wire reference 2.2)
LIVE_REFRESH_TOKENS = 5  # per user and connected app; a sixth kills the oldest (wire reference 2.4, K)
ONE_SESSION_GRANTS = ("password", "jwt-bearer")  # logging in again gives the live session back (wire reference 2.4, K)
SESSION_PREFIX, TOKEN_PREFIX = "0Ak", "0CQ"  # of AuthSession and OauthToken
Kind = Literal["api", "ui", "password-expired"]


@dataclass(frozen=True, slots=True)
class Session:
    """`scopes` is what was granted; `app_id` the consumer key it came through ("" for SOAP login).

    `refresh_token` names the line of refresh tokens it descends from (the first of the line), "" when there is none.
    `lasts_s` is the timeout of its app's policy, 0 for the org's. `id` is its row's in AuthSession, `oauth_id` in OauthToken
    (where no refresh token stands for it), `renewed_s` its last renewal.
    """

    token: str
    user_id: str
    issued_s: float
    expires_s: float
    kind: Kind = "api"
    app_id: str = ""
    grant: str = ""
    scopes: tuple[str, ...] = ("api",)
    refresh_token: str = ""
    lasts_s: float = 0.0
    id: str = ""
    renewed_s: float = 0.0
    source_ip: str = ""
    oauth_id: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """`dies_s` is set once it has been rotated; `family` is the first token of its line (itself at the start).

    `id` is its row's in OauthToken; `used_s` and `uses` say when it was used last and how often.
    """

    token: str
    user_id: str
    app_id: str
    scopes: tuple[str, ...]
    issued_s: float
    dies_s: float | None = None
    family: str = ""
    id: str = ""
    used_s: float | None = None
    uses: int = 0


class Sessions:
    def __init__(self, org: Org) -> None:
        self._org = org
        self.timeout_s = TIMEOUT_S
        self.current = ""  # the token of the request in hand: AuthSession.IsCurrent

    # ------------------------------------------------------------------ access tokens

    def new_token(self) -> str:
        """`<15-char org id>!<96 characters>`. Source: wire reference 1.2."""
        number = self._org.registers.next("token")
        opaque = "AQ" + chance.token(94, self._org.seed, "session", number, alphabet=chance.ALPHANUMERIC + "._")
        return f"{self._org.org_id[:15]}!{opaque}"

    def open(self, user_id: str, *, grant: str, app_id: str = "", scopes: tuple[str, ...] = ("api",), kind: Kind = "api",
             refresh_token: str = "") -> Session:  # fmt: skip
        """A session for a user: a new one, except that password and JWT logins get their live one back.

        The token is a secret: the run's book learns it at once.
        """
        now_s = self._org.now_s()
        live = self._live_twin(user_id, grant, app_id, scopes) if grant in ONE_SESSION_GRANTS or ONE_SESSION in self._org.registers.identity else None
        if live is not None:
            return live
        app = self._org.apps.find(app_id) if app_id else None
        lasts_s = app.session_timeout_s if app else 0.0
        session = Session(self.new_token(), user_id, now_s, now_s + (lasts_s or self.timeout_s), kind, app_id, grant, scopes, refresh_token, lasts_s,
                          self._org.new_id(SESSION_PREFIX), now_s, self._org.identity.policies.client_ip,
                          self._org.new_id(TOKEN_PREFIX) if app and not refresh_token else "")  # fmt: skip
        self._org.registers.sessions[session.token] = session
        self._org.secrets.learn(session.token, "access_token")
        self._org.emit(OrgEvent("token_issued", {"token": self._org.secrets.label(session.token), "grant": grant, "user": user_id}))
        return session

    def _live_twin(self, user_id: str, grant: str, app_id: str, scopes: tuple[str, ...]) -> Session | None:
        wanted = (user_id, grant, app_id, scopes)
        for session in list(self._org.registers.sessions.values()):
            if (session.user_id, session.grant, session.app_id, session.scopes) == wanted and self.find(session.token):
                found: Session = self._org.registers.sessions[session.token]
                return found
        return None

    def find(self, token: str) -> Session | None:
        """The live session of a token, renewed when half its time has gone; None when expired, revoked or unknown."""
        session: Session | None = self._org.registers.sessions.get(token)
        now_s = self._org.now_s()
        if session is None or session.expires_s <= now_s:
            return None
        timeout_s = session.lasts_s or self.timeout_s
        if session.expires_s - now_s < timeout_s / 2:
            session = replace(session, expires_s=now_s + timeout_s, renewed_s=now_s)
            self._org.registers.sessions[token] = session
        return session

    def end(self, token: str, why: str = "revoked") -> bool:
        """Forget a session; True when it was there."""
        session = self._org.registers.sessions.pop(token, None)
        if session is None:
            return False
        if why == "logout":
            self._org.event_log.left(session)
        self._org.emit(OrgEvent("token_ended", {"token": self._org.secrets.label(token), "why": why}))
        return True

    def end_where(self, concerned: Callable[[Session], bool], why: str) -> int:
        """Forget every session that `concerned` names; how many those were."""
        tokens = [session.token for session in self._org.registers.sessions.values() if concerned(session)]
        return sum(self.end(token, why) for token in tokens)

    def expire_session(self, token: str, message: str = "") -> None:
        """As if the session's time were up now. "" expires every session; an unknown token changes nothing.

        `message` is what its user is told then, the usual text when it is "".
        """
        for ended in (token,) if token else tuple(self._org.registers.sessions):
            if self.end(ended, "expired") and message:
                self._org.registers.identity[f"expired:{ended}"] = message

    def lift_password_expiry(self, session: Session) -> None:
        """Make a session of an expired password an ordinary one."""
        self._org.registers.sessions[session.token] = replace(session, kind="api")

    def of_request(self, request: Request) -> Session:
        """The session that a request's headers name. Raises Refused as Salesforce words it (wire reference 1.2)."""
        token = bearer_of(request)
        if token is None:
            raise refuse("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        session = self.find(token)
        if session is None:
            raise session_expired(self._org.registers.identity.get(f"expired:{token}", SESSION_EXPIRED))
        if session.kind == "password-expired":  # code D, text L (jsforce); wire reference 2.7
            raise refuse("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The users password has expired, you must call SetPassword before attempting "
                         "any other API operations")  # fmt: skip
        if not opens(session.scopes, request.path):
            raise session_expired("This session is not valid for use with the REST API")
        if request.host in LOGIN_HOSTS:  # text and status U (amazon-connect-salesforce-lambda#12); login hosts serve no data (wire reference 1.1)
            raise refuse("URL_NOT_RESET", "Destination URL not reset. The URL returned from login must be set", code_first=True)
        self.current = token
        return session

    # ------------------------------------------------------------------ refresh tokens

    def new_refresh_token(self, user_id: str, app_id: str, scopes: tuple[str, ...], *, family: str = "") -> RefreshToken:
        """Issue one. Of more than five live lines for one user and app the oldest dies, silently."""
        org = self._org
        text = "5Aep861" + chance.token(80, org.seed, "refresh", org.registers.next("refresh"), alphabet=chance.ALPHANUMERIC + "._")
        token = RefreshToken(text, user_id, app_id, scopes, org.now_s(), family=family or text, id=org.new_id(TOKEN_PREFIX))
        org.secrets.learn(text, "refresh_token")
        org.registers.refresh_tokens[text] = token
        org.emit(OrgEvent("refresh_token_issued", {"token": org.secrets.label(text), "user": user_id}))
        rivals = [t for t in org.registers.refresh_tokens.values() if (t.user_id, t.app_id, t.dies_s) == (user_id, app_id, None)]
        for rival in rivals[:-LIVE_REFRESH_TOKENS]:
            self.end_refresh_token(rival.token, "displaced")
        return token

    def find_refresh_token(self, token: str) -> RefreshToken | None:
        """The refresh token, if it may still be used: neither rotated away nor ended by its app's policy (wire reference 2.3)."""
        found: RefreshToken | None = self._org.registers.refresh_tokens.get(token)
        return found if found is not None and self._is_alive(found) else None

    def refresh_tokens_of(self, user_id: str, app_id: str) -> list[RefreshToken]:
        """Those of a user and app that may still be used, oldest first."""
        held = self._org.registers.refresh_tokens.values()
        return [token for token in held if (token.user_id, token.app_id) == (user_id, app_id) and self._is_alive(token)]

    def _is_alive(self, token: RefreshToken) -> bool:
        now_s = self._org.now_s()
        if token.dies_s is not None and token.dies_s <= now_s:
            return False
        app: App | None = self._org.apps.find(token.app_id)
        if app is None or app.refresh_policy == "until-revoked":
            return True
        if app.refresh_policy == "immediately":
            return False
        start_s = token.issued_s if app.refresh_policy == "after-issued" or token.used_s is None else token.used_s
        return now_s < start_s + app.refresh_valid_s

    def use(self, token: RefreshToken) -> None:
        """Note that it has been used now."""
        self._org.registers.refresh_tokens[token.token] = replace(token, used_s=self._org.now_s(), uses=token.uses + 1)

    def rotate(self, old: RefreshToken, grace_s: float) -> RefreshToken:
        """A successor of the same line; the old one dies after the grace (at once with 0)."""
        org = self._org
        if old.dies_s is None:
            org.registers.refresh_tokens[old.token] = replace(old, dies_s=org.now_s() + grace_s)
        successor = self.new_refresh_token(old.user_id, old.app_id, old.scopes, family=old.family)
        org.emit(OrgEvent("refresh_token_rotated", {"old": org.secrets.label(old.token), "new": org.secrets.label(successor.token)}))
        return successor

    def end_refresh_token(self, token: str, why: str = "revoked") -> bool:
        """Forget a refresh token; True when it was there. Its access tokens stay."""
        if self._org.registers.refresh_tokens.pop(token, None) is None:
            return False
        self._org.emit(OrgEvent("refresh_token_ended", {"token": self._org.secrets.label(token), "why": why}))
        return True

    def end_family(self, family: str, why: str = "revoked") -> None:
        """Every refresh token of a line, and every access token that came from it (wire reference 2.5, D)."""
        for token in [t.token for t in self._org.registers.refresh_tokens.values() if t.family == family]:
            self.end_refresh_token(token, why)
        self.end_where(lambda session: session.refresh_token == family, why)


def bearer_of(request: Request) -> str | None:
    """The token of `Authorization: Bearer|OAuth`, X-SFDC-Session or the sid cookie; "" when there is none, None for an unknown scheme."""
    header = request.header("authorization")
    if header:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else None
    session_id = request.header("x-sfdc-session")
    if session_id:
        return session_id
    return cookie(request, "sid")


def cookie(request: Request, wanted: str) -> str:
    """The value of a cookie that the request brings, "" without."""
    for part in request.header("cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value
    return ""
