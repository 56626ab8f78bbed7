"""One batch of a job is left out."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.faults.params import choice, text
from sfchaos.faults.registry import fault


@fault("bulk.batch_not_processed", when="P", kinds=("nonidem", "transition"), ops=("bulk1.batch", "bulk1.close"), weight=37)
@dataclass(frozen=True)
class BatchNotProcessed:
    """Bulk API 1.0: the first batch of a job is NotProcessed, or Failed, while the others are Completed.

    Source: wire reference 6 (batch states).
    Right: look at every batch, and send again only the rows of those that were not processed.
    """

    state: str = choice("Failed", ("NotProcessed", "Failed"), "the state of that batch")
    message: str = text("InvalidBatch : Records not processed", "its stateMessage")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        if event.kind != "bulk1" or event.step != "batch" or event.batch > 0:
            return None
        return JobTurn("leave", state=self.state, message=self.message)
