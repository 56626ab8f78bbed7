"""A job dies half way."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.faults.params import count, text
from sfchaos.faults.registry import fault


@fault("bulk.job_failed_mid", when="P", kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch"), weight=33)
@dataclass(frozen=True)
class JobFailedMid:
    """Failed after part of the rows were committed; the rest stands in unprocessedrecords.

    The platform tries a batch up to 20 times; when that is spent, the job fails and what was committed stays.
    Without parameters: after the first internal batch, or after half the rows when there is only one.
    Source: wire reference 5.4 (D) and 5.5.
    Right: send again only the unprocessed rows and the failed ones worth repeating, never the whole file.
    """

    batches: int | None = count(None, "how many internal batches (of up to 10,000 rows) are committed first")
    after_rows: int | None = count(None, "how many rows are committed first")
    message: str = text("InvalidBatch : TooManyLockFailure : Too many lock failure 200 . Trying again later.", "the job's errorMessage")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        kept = self._rows_kept(event) if event.step == "batch" else None
        return None if kept is None else JobTurn("fail", message=self.message, rows=kept)

    def _rows_kept(self, event: JobEvent) -> int | None:
        """Rows of this batch that are still done, or None when the job goes on."""
        if self.after_rows is not None:
            left = self.after_rows - event.rows_done
            return max(0, left) if left < event.rows or not event.rows else None  # a query knows no number of rows before it ran, and commits none
        if self.batches is None and event.batches <= 1:
            return event.rows // 2
        return 0 if event.batch >= (1 if self.batches is None else self.batches) else None
