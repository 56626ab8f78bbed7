"""Too many long requests are open at once."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.limit import COUNTED
from sfchaos.faults.params import count, duration
from sfchaos.faults.registry import fault


@fault("limit.concurrent", when="B", nature="quota", kinds=COUNTED, holds=True, window_s=60, weight=21)
@dataclass(frozen=True)
class ConcurrentLimit:
    """403 `REQUEST_LIMIT_EXCEEDED`, "ConcurrentRequests ... Limit exceeded.", for every call, short ones too.

    While 25 requests (5 in Developer Edition) that have run for 20 s or more are open, the org refuses everything new.
    Here others hold all of those slots.
    Source: wire reference 4.3 (text, U) and 7 (D).
    Right: short backoff with jitter, fewer workers; not the long wait that a spent daily allowance needs.
    """

    cap: int | None = count(None, "how many long requests the org allows; the org's own number unless given")
    hold: float = duration("60s", "how long the others keep their slots, when the rule has no window")

    def strike(self, world: World, at: At) -> None:
        world.crowd(cap=self.cap, until_s=at.until_s if at.until_s is not None else at.now_s + self.hold)
