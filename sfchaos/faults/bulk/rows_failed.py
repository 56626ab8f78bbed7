"""A job completes, and some of its rows did not."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal, RowEvent
from sfchaos.faults.at import Draw
from sfchaos.faults.params import counts, share, text, texts
from sfchaos.faults.registry import fault
from sfchaos.faults.row_texts import row_refusal


@fault("bulk.rows_failed", when="P", kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch"), weight=32)
@dataclass(frozen=True)
class RowsFailed:
    """JobComplete with numberRecordsFailed above zero: the refused rows stand in failedResults with their codes.

    JobComplete is not success. A point of any step of the job arms it for that job.
    Source: wire reference 5.1 and 5.5.
    Right: read failedResults, repeat only rows with codes worth repeating, report the others.
    """

    share: float = share(0.2, "share of the rows that fail")
    rows: tuple[int, ...] = counts("positions of the rows that fail, from 1, instead of a share")
    codes: tuple[str, ...] = texts(("UNABLE_TO_LOCK_ROW", "FIELD_CUSTOM_VALIDATION_EXCEPTION"), "error codes, taken in turn")
    message: str = text("", "text of the errors; the usual one of each code unless given")

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        if self.rows:
            return self._refusal(self.rows.index(event.position)) if event.position in self.rows else None
        return self._refusal(event.position - 1) if draw.here < self.share else None

    def _refusal(self, turn: int) -> Refusal:
        return row_refusal(self.codes[turn % len(self.codes)], self.message)
