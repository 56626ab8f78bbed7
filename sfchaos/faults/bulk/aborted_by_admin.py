"""Somebody aborts the job in Setup."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.faults.params import count, text
from sfchaos.faults.registry import fault


@fault("bulk.aborted_by_admin", when="P", kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch"), weight=34)
@dataclass(frozen=True)
class AbortedByAdmin:
    """The job becomes Aborted while it is InProgress; the rows done by then stay, the rest is in unprocessedrecords.

    Without parameters: after the first internal batch, or after half the rows when there is only one.
    Source: wire reference 5.1 and 5.4; Salesforce Help, "Monitor Bulk Data Load Jobs" (D).
    Right: as after a job that failed midway: send only what is unprocessed; and ask why somebody stopped it.
    """

    batches: int | None = count(None, "how many internal batches (of up to 10,000 rows) are committed first")
    after_rows: int | None = count(None, "how many rows are committed first")
    message: str = text("", "the job's errorMessage; none unless given")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        kept = self._rows_kept(event) if event.step == "batch" else None
        return None if kept is None else JobTurn("abort", message=self.message, rows=kept)

    def _rows_kept(self, event: JobEvent) -> int | None:
        if self.after_rows is not None:
            left = self.after_rows - event.rows_done
            return max(0, left) if left < event.rows else None
        if self.batches is None and event.batches <= 1:
            return event.rows // 2
        return 0 if event.batch >= (1 if self.batches is None else self.batches) else None
