"""The cursor behind a query is gone."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import World
from sfchaos.faults.at import At
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault


@fault("query.locator_dead", when="E", kinds=("read",), ops=("query.more",), weight=40)
@dataclass(frozen=True)
class LocatorDead:
    """400 `INVALID_QUERY_LOCATOR` for the rest of a paged query.

    Locators live for two days and can die earlier; pages already read stay good.
    Source: wire reference 3.8 and 4.3 (U).
    Right: start again from a watermark and drop what was seen before.
    """

    page: int | None = count(None, "the page, from 2, that can no longer be read; the point's own unless given", least=2)

    def applies(self, at: At) -> bool:
        return self.page is None or at.op != "query.more" or at.k == self.page - 1

    def strike(self, world: World, at: At) -> None:
        world.kill_locator(at.request.path.rpartition("/")[2] if at.op == "query.more" else "*")
