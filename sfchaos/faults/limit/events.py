"""The allowance for events is spent."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.limit.daily import DAY_S, PROFILES
from sfchaos.faults.params import choice, count
from sfchaos.faults.registry import fault

PUBLISHED, DELIVERED = "HourlyPublishedPlatformEvents", "DailyDeliveredPlatformEvents"


@fault("limit.events", when="B", transient=False, nature="quota", kinds=("nonidem", "stream"), ops=("event.*", "coll.create", "soap.create"), holds=True,
       window_s=3600, weight=27)  # fmt: skip
@dataclass(frozen=True)
class EventLimit:
    """Publishing is refused with `LIMIT_EXCEEDED`, subscribers are given nothing more, until the allowance recovers.

    Source: wire reference 11; Platform Events Guide, "Platform Event Allocations" (D). The text of a refused publish is a guess.
    Right: keep what could not be published; after a gap fill it by a query.
    """

    max: int | None = count(None, "the allowance; the org's own unless given", least=1)
    used: int | None = count(None, "how much of it is spent when this begins; all of it unless given")
    profile: str = choice("cliff", PROFILES, "how it recovers")
    per_minute: int = count(1, "for trickle: events let through a minute", least=1)

    def applies(self, at: At) -> bool:
        return at.op.startswith("event.") or at.sobject.endswith("__e")

    def strike(self, world: World, at: At) -> None:
        until_s = at.until_s if at.until_s is not None else at.now_s + DAY_S
        for name in (PUBLISHED, DELIVERED):
            world.exhaust(name, used=self.used, maximum=self.max, until_s=None if self.profile == "never" else until_s, profile=self.profile,
                          per_minute=float(self.per_minute))  # fmt: skip
