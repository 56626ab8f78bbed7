"""The daily API allowance is spent."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.limit import COUNTED
from sfchaos.faults.params import choice, count
from sfchaos.faults.registry import fault

PROFILES = ("cliff", "rolling", "trickle", "relapse", "never")
DAY_S = 86_400.0


@fault("limit.daily", when="B", transient=False, nature="quota", kinds=COUNTED, holds=True, window_s=DAY_S, weight=20)
@dataclass(frozen=True)
class DailyLimit:
    """403 `REQUEST_LIMIT_EXCEEDED`, "TotalRequests Limit exceeded.", for every call of every user until the allowance recovers.

    The count is the whole org's, so it may be somebody else who spent it. There is no Retry-After.
    `cliff`: all back at the end of the window (a day unless the rule says `for`). `rolling`: back as the calls get 24 hours
    old. `trickle`: a few a minute. `relapse`: back for 60 s, gone for 10 min. `never`.
    Source: wire reference 1.4, 4.3 and 7.
    Right: stop or wait; a few probes an hour at most; watch Sforce-Limit-Info and stop before the wall.
    """

    max: int | None = count(None, "the allowance; the org's own unless given", least=1)
    used: int | None = count(None, "how much of it is spent when this begins; all of it unless given")
    profile: str = choice("cliff", PROFILES, "how it recovers")
    per_minute: int = count(1, "for trickle: calls let through a minute", least=1)

    def strike(self, world: World, at: At) -> None:
        until_s = at.until_s if at.until_s is not None else at.now_s + DAY_S
        world.exhaust("DailyApiRequests", used=self.used, maximum=self.max, until_s=None if self.profile == "never" else until_s,
                      profile=self.profile, per_minute=float(self.per_minute))  # fmt: skip
