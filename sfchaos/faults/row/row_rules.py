"""Something of the org refuses rows: a trigger, a rule against duplicates."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal, RowEvent
from sfchaos.faults.at import Draw
from sfchaos.faults.params import count, counts, share, text, texts
from sfchaos.faults.registry import fault
from sfchaos.faults.row_texts import row_refusal

_OPS = ("row.*", "coll.*", "tree.*", "comp.*", "bulk2.close", "soap.create", "soap.update", "soap.upsert")


@fault("row.trigger_error", when="B", transient=False, kinds=("idem", "nonidem"), ops=_OPS, weight=41)
@dataclass(frozen=True)
class TriggerError:
    """`CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY` for every `nth` row of a request: a trigger of somebody else's fails.

    Source: wire reference 4.3; DLRS#847.
    Right: read the text: a time-out or a lock inside may pass, an exception of the trigger stays.
    """

    nth: int = count(1, "every which row", least=1)
    message: str = text("Account: execution of BeforeInsert caused by: System.NullPointerException: Attempt to de-reference a null object", "what the trigger says")

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        return Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", self.message) if event.position % self.nth == 0 else None


@fault("row.duplicate_rule", when="B", transient=False, kinds=("nonidem", "idem"), ops=_OPS, weight=40)
@dataclass(frozen=True)
class DuplicateRule:
    """`DUPLICATES_DETECTED` for a `share` of the new rows: a duplicate rule thinks that it knows them.

    Which records it means is left open here: an org with duplicate rules of its own names them.
    Source: wire reference 4.1.
    Right: the row goes to the rejects for somebody to look at, or is saved by Sforce-Duplicate-Rule-Header where a policy says so.
    """

    share: float = share(1.0, "share of the rows that are refused, always the same ones")
    rows: tuple[int, ...] = counts("positions of the rows that are refused, from 1, instead of a share")
    codes: tuple[str, ...] = texts(("DUPLICATES_DETECTED",), "error codes, taken in turn")
    message: str = text("", "text of the errors; the usual one unless given")

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        if event.verb not in ("create", "upsert"):
            return None
        hit = event.position in self.rows if self.rows else draw.row < self.share
        return row_refusal(self.codes[(event.position - 1) % len(self.codes)], self.message) if hit else None
