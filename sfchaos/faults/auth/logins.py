"""Logins that are refused, or give less than they seem to."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import shift
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import refusal_reply

_OAUTH = ("auth.password", "auth.jwt", "auth.client", "auth.refresh", "auth.code")
_BY_PASSWORD = ("auth.password", "auth.soap")


@fault("auth.grant_bare", when="B", transient=False, kinds=("session",), ops=_OAUTH, weight=21)
@dataclass(frozen=True)
class GrantBare:
    """400 `{"error": "invalid_grant"}` without a description; nothing is granted.

    Source: RFC 6749, 5.2 (the description is optional); wire reference 2.4.
    Right: a clear error; no crash in reading what is not there, no loop.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return Response(400, b'{"error":"invalid_grant"}', (("Content-Type", "application/json;charset=UTF-8"), ("Cache-Control", "no-cache, no-store")))


@fault("auth.bad_instance", when="B", transient=False, kinds=("session",), ops=_OAUTH, weight=21)
@dataclass(frozen=True)
class BadInstance:
    """400 `invalid_grant`, "request not supported on this domain": the login host does not take this grant.

    Source: wire reference 2.3 and 2.4 (K).
    Right: ask at the My Domain; no loop at the wrong host.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return refusal_reply(request, Refusal("invalid_grant", "request not supported on this domain"), status=400)


@fault("auth.jwt_skew", when="E", transient=False, kinds=("session",), ops=("auth.jwt",), weight=22)
@dataclass(frozen=True)
class JwtSkew:
    """`invalid_grant`: the org's clock and the client's differ by `skew`, and an assertion that is right here is late, or early, there.

    Source: wire reference 14 (clock skew) and 2.3, JWT bearer. How Salesforce words an assertion from the future is a guess.
    Right: a clear error that names the clock; no loop.
    """

    skew: float = shift("10m", "how far the org's clock is ahead of the client's")

    def strike(self, world: World, at: At) -> None:
        world.skew_assertions(self.skew)


@fault("auth.password_expired", when="E", transient=False, kinds=("session",), ops=_BY_PASSWORD, weight=22)
@dataclass(frozen=True)
class PasswordExpired:
    """SOAP login answers 200 with passwordExpired true, and its session is good for setPassword only; OAuth refuses the password.

    Source: wire reference 2.7 (L).
    Right: look at passwordExpired; stop and tell a human.
    """

    def strike(self, world: World, at: At) -> None:
        world.expire_password()


@fault("auth.mfa_policy", when="E", transient=False, kinds=("session",), ops=_BY_PASSWORD, weight=22)
@dataclass(frozen=True)
class MfaPolicy:
    """`invalid_grant`, "authentication failure": a policy now shuts logins by user name and password out.

    Source: Salesforce Help, "Block Authorization Flows to Improve Security" (D); wire reference 2.4.
    Right: stop and say it; try no other secrets, do not lock the user.
    """

    def strike(self, world: World, at: At) -> None:
        world.block_password_logins()


@fault("auth.same_session", when="E", kinds=("session",), ops=_OAUTH, weight=22)
@dataclass(frozen=True)
class SameSession:
    """From now on every login of one user through one app gives the same session id, and who ends it ends it for all.

    Source: wire reference 2.4 (logins by password share a session); simple-salesforce#619.
    Right: do not log out of a session that others may hold; take a 401 as the end of a session like any other.
    """

    def strike(self, world: World, at: At) -> None:
        world.share_sessions()
