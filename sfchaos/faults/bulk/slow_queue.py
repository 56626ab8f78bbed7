"""The job waits its turn."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault


@fault("bulk.slow_queue", when="E", kinds=("transition", "nonidem", "read"),
       ops=("bulk2.close", "bulk2.poll", "bulk2q.create", "bulk2q.poll", "bulk1.batch", "bulk1.poll"), weight=33)  # fmt: skip
@dataclass(frozen=True)
class SlowQueue:
    """The job stays UploadComplete (Bulk API 1.0: its batches Queued) for `hold`, then runs as usual.

    How long a job waits is promised nowhere.
    Source: wire reference 5.1 and 5.2.
    Right: wait, ever more slowly; no second job for the same rows.
    """

    hold: float = duration("1h", "how long it waits")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        if event.step != "start" or since_s >= self.hold:
            return None
        return JobTurn("hold", hold_s=self.hold - since_s, state="UploadComplete")
