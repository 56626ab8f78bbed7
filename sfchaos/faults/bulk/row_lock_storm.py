"""Many rows of a load wait for the same parents."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn, Refusal, RowEvent
from sfchaos.faults.at import Draw
from sfchaos.faults.params import counts, share, text, texts
from sfchaos.faults.registry import fault
from sfchaos.faults.row_texts import row_refusal

TRY_AGAIN_S = 300.0  # a batch whose rows cannot be locked is put back and tried again; how long that takes is a guess


@fault("bulk.row_lock_storm", when="P", kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch"), weight=36)
@dataclass(frozen=True)
class RowLockStorm:
    """A batch is put back for its locks and tried again; then a `share` of its rows still fails with UNABLE_TO_LOCK_ROW.

    Parallel batches wait for the same parents.
    Source: wire reference 5.5 (TooManyLockFailure); forcedotcom/cli#882.
    Right: sort by parent, load in serial mode or in smaller jobs, repeat only those rows.
    """

    share: float = share(0.3, "share of the rows that fail in the end")
    rows: tuple[int, ...] = counts("positions of the rows that fail, from 1, instead of a share")
    codes: tuple[str, ...] = texts(("UNABLE_TO_LOCK_ROW",), "error codes, taken in turn")
    message: str = text("", "text of the errors; the usual one of each code unless given")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        if event.step != "batch" or event.batch > 0 or since_s >= TRY_AGAIN_S or event.kind == "bulk2q":
            return None
        return JobTurn("hold", hold_s=TRY_AGAIN_S - since_s, state="InProgress")

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        hit = event.position in self.rows if self.rows else draw.here < self.share
        return row_refusal(self.codes[(event.position - 1) % len(self.codes)], self.message) if hit else None
