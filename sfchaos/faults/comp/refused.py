"""One item of several is refused: alone, or with all the others."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal, RowEvent
from sfchaos.faults.at import At, Draw
from sfchaos.faults.comp.asked import asked_of
from sfchaos.faults.params import count, text
from sfchaos.faults.registry import fault
from sfchaos.faults.row_texts import row_refusal

_COLLECTIONS = ("coll.create", "coll.update", "coll.upsert", "coll.delete")
_ITEM = "which item is refused, from 1: a row of a collection or tree, a part of a composite, batch or graph"


@fault("comp.partial", when="P", kinds=("idem", "nonidem"), ops=("comp.*", *_COLLECTIONS), weight=33)
@dataclass(frozen=True)
class PartialFailure:
    """Outer 200, and one item inside was refused with `code`; all others are done.

    Collections, composites without allOrNone and batches report each item for itself; of several graphs one fails whole. The
    status of the reply says nothing about its items.
    Source: wire reference 3.11 (R, D).
    Right: look at every item, repeat only what was refused and may be repeated, report the rest.
    """

    item: int = count(2, _ITEM, least=1)
    code: str = text("UNABLE_TO_LOCK_ROW", "error code of the item")

    def applies(self, at: At) -> bool:
        asked = asked_of(at.op, at.request)
        return asked.writes_at(self.item) and asked.fails_alone(self.item)

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        return row_refusal(self.code) if (event.item or event.position) == self.item else None


@fault("comp.rollback", when="B", kinds=("idem", "nonidem"), ops=("comp.composite", "comp.graph", "tree.create", *_COLLECTIONS), weight=32)
@dataclass(frozen=True)
class RolledBack:
    """allOrNone: one item is refused with `code`, all others answer `PROCESSING_HALTED` (composite, graph) or
    `ALL_OR_NONE_OPERATION_ROLLED_BACK` (collections); nothing is done.

    The outer status is 200 all the same, but for trees, which answer 400 and name the bad record alone.
    Source: wire reference 3.11 (D, L django).
    Right: find the one cause among the items, put it right or wait, and send all of them again.
    """

    item: int = count(2, _ITEM, least=1)
    code: str = text("UNABLE_TO_LOCK_ROW", "error code of the item that is the cause")

    def applies(self, at: At) -> bool:
        asked = asked_of(at.op, at.request)
        return asked.writes_at(self.item) and asked.fails_all()

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        return row_refusal(self.code) if (event.item or event.position) == self.item else None
