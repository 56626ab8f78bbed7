"""Only so many cursors stay open."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault


@fault("limit.cursors", when="E", kinds=("read",), ops=("query.first", "query.all", "query.more", "soap.query", "soap.queryAll"), holds=True, weight=26)
@dataclass(frozen=True)
class CursorLimit:
    """Opening one cursor more than `max` kills the user's oldest: its next page is 400 `INVALID_QUERY_LOCATOR`.

    Source: wire reference 3.8 (platform behaviour with ten cursors a user; today there is no such limit, so it happens as a fault only).
    Right: read queries to their end before opening others; start anew from a watermark.
    """

    max: int = count(10, "cursors that a user may hold", least=1)

    def strike(self, world: World, at: At) -> None:
        world.limit_cursors(self.max, until_s=at.until_s)
