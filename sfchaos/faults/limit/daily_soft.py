"""The daily allowance is spent, but the wall is soft."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.limit import COUNTED
from sfchaos.faults.limit.daily import DAY_S, PROFILES
from sfchaos.faults.params import choice, count, share
from sfchaos.faults.registry import fault


@fault("limit.daily_soft", when="B", transient=False, nature="quota", kinds=COUNTED, holds=True, window_s=DAY_S, weight=23)
@dataclass(frozen=True)
class DailyLimitSoft:
    """The allowance is spent and Sforce-Limit-Info says so, yet the next calls still succeed; after `overrun` of it comes the 403 of limit.daily.

    A production org's daily limit is soft in part, and nobody says by how much.
    Source: Developer Limits Quick Reference, "API Request Limits and Allocations" (D: soft limits); wire reference 1.4 and 7.
    Right: stop at what Sforce-Limit-Info says, not at the first refusal.
    """

    overrun: float = share(0.1, "how much more than the allowance is let through")
    max: int | None = count(None, "the allowance; the org's own unless given", least=1)
    used: int | None = count(None, "how much of it is spent when this begins; all of it unless given")
    profile: str = choice("cliff", PROFILES, "how it recovers")
    per_minute: int = count(1, "for trickle: calls let through a minute", least=1)

    def strike(self, world: World, at: At) -> None:
        until_s = at.until_s if at.until_s is not None else at.now_s + DAY_S
        world.overrun(self.overrun, used=self.used, maximum=self.max, until_s=None if self.profile == "never" else until_s, profile=self.profile,
                      per_minute=float(self.per_minute))  # fmt: skip
