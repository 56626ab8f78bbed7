"""The daily allowance ends between two parts of one request."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.comp.asked import asked_of
from sfchaos.faults.params import count, text
from sfchaos.faults.registry import fault
from sfchaos.faults.row_texts import usual_text


@fault("comp.limit_inside", when="P", transient=False, nature="quota", kinds=("nonidem",), ops=("comp.*",), weight=34)
@dataclass(frozen=True)
class LimitInside:
    """Outer 200; from part `item` on each part inside is 403 `REQUEST_LIMIT_EXCEEDED`, the parts before it are done.

    Others spent the quota while the request was being done. When the rule has a window, everybody is refused until its end;
    without one, calls have come free again when the request is over.
    Source: wire reference 3.11 (each part of a batch counts, D) and 4.3 (text, U); that a composite's parts are refused so is a guess.
    Right: keep what was done, wait, and send only the rest.
    """

    item: int = count(2, "the first part that is refused, from 2", least=2)
    code: str = text("REQUEST_LIMIT_EXCEEDED", "error code of the refused parts")

    def applies(self, at: At) -> bool:
        return asked_of(at.op, at.request).begins_before(self.item)

    def strike(self, world: World, at: At) -> None:
        world.end_quota_within(self.item, code=self.code, message=usual_text(self.code), until_s=at.until_s)
