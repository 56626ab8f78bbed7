"""Logins are counted, and the wrong ones as well."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import count, duration
from sfchaos.faults.registry import fault

_BY_USER = ("auth.password", "auth.jwt", "auth.soap")
HOUR_S = 3600.0


@fault("limit.login_rate", when="B", nature="quota", kinds=("session",), ops=_BY_USER, holds=True, window_s=HOUR_S, weight=23)
@dataclass(frozen=True)
class LoginRate:
    """`LOGIN_RATE_EXCEEDED` by SOAP, `invalid_grant` "login rate exceeded" by OAuth, for every login of the hour.

    3,600 logins an hour and user are allowed. Who logs in for every call, or at every refusal, spends them.
    Source: wire reference 2.4 (number D, text K).
    Right: keep the session; no login loop: it is the cause.
    """

    def strike(self, world: World, at: At) -> None:
        world.spend_logins(until_s=at.until_s if at.until_s is not None else at.now_s + HOUR_S)


@fault("limit.user_lock", when="B", transient=False, kinds=("session",), ops=("auth.password", "auth.soap"), holds=True, window_s=900, weight=24)
@dataclass(frozen=True)
class UserLock:
    """`INVALID_LOGIN`, or `invalid_grant` "authentication failure", even with the right secret: the user is locked out.

    Somebody, or the integration itself, has tried wrong secrets too often. With `attempts` the user is not locked yet: that many wrong
    logins of the client's own lock it.
    Source: wire reference 2.4; Salesforce Help, "Set Password Policies" (D: 3, 5 or 10 tries, 15 minutes and more).
    Right: never loop on credentials; stop and tell a human.
    """

    attempts: int | None = count(None, "wrong logins that lock the user; locked at once unless given", least=1)
    hold: float = duration("15m", "how long the user stays locked")

    def strike(self, world: World, at: At) -> None:
        world.lock_out(attempts=self.attempts, hold_s=self.hold if at.until_s is None else at.until_s - at.now_s)
