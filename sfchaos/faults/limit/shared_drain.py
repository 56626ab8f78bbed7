"""Somebody else lives from the same allowance."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.limit import COUNTED
from sfchaos.faults.limit.daily import DAY_S
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault


@fault("limit.shared_drain", when="E", transient=False, nature="quota", kinds=COUNTED, holds=True, window_s=DAY_S, weight=28)
@dataclass(frozen=True)
class SharedDrain:
    """Another integration makes `per_minute` calls a minute of the same daily allowance, until nothing is left for anybody.

    Source: wire reference 1.4 and 7 (the allowance is the org's, not the app's).
    Right: watch Sforce-Limit-Info and leave off what can wait before the wall.
    """

    per_minute: int = count(100, "calls of the others a minute", least=1)
    max: int | None = count(None, "the allowance; the org's own unless given", least=1)

    def strike(self, world: World, at: At) -> None:
        world.drain(self.per_minute, maximum=self.max, until_s=at.until_s if at.until_s is not None else at.now_s + DAY_S)
