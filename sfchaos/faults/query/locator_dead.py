"""The cursor behind a query is gone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault

_PAGES = ("query.more", "soap.queryMore")
_LOCATOR = re.compile(rb"queryLocator(?:\s[^>]*)?>\s*([\w-]+)\s*<")


@fault("query.locator_dead", when="E", kinds=("read",), ops=("query.more", "soap.queryMore"), weight=40)
@dataclass(frozen=True)
class LocatorDead:
    """400 `INVALID_QUERY_LOCATOR` for the rest of a paged query.

    Locators live for two days and can die earlier; pages already read stay good.
    Source: wire reference 3.8 and 4.3 (U).
    Right: start again from a watermark and drop what was seen before.
    """

    page: int | None = count(None, "the page, from 2, that can no longer be read; the point's own unless given", least=2)

    def applies(self, at: At) -> bool:
        return self.page is None or at.op not in _PAGES or at.k == self.page - 1

    def strike(self, world: World, at: At) -> None:
        if at.op == "soap.queryMore":
            found = _LOCATOR.search(at.request.body)
            world.kill_locator(found[1].decode("ascii", "replace") if found else "*")
            return
        world.kill_locator(at.request.path.rpartition("/")[2] if at.op == "query.more" else "*")
