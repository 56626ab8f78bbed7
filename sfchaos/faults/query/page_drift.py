"""Rows change places while somebody reads page after page."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import share
from sfchaos.faults.registry import fault


@fault("query.page_drift", when="S", kinds=("read",), ops=("query.first", "query.all", "soap.query", "soap.queryAll"), weight=36)
@dataclass(frozen=True)
class PageDrift:
    """A share of the object's rows, the oldest changed first, is saved again by somebody: who pages by OFFSET or by LastModifiedDate
    skips rows, or gets them twice.

    Values stay what they are; LastModifiedDate and SystemModstamp move. The pages of one locator are not touched: its rows are fixed.
    Source: SOQL and SOSL Reference, "OFFSET" (D); wire reference 3.8.
    Right: page by a key that does not change; on equal times go by the key as well.
    """

    rate: float = share(0.3, "share of the rows that are saved again")

    def applies(self, at: At) -> bool:
        return bool(at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.touch_rows(at.sobject, self.rate)
