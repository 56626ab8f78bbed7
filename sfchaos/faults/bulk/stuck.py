"""A job that does not move."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.faults.params import choice, duration
from sfchaos.faults.registry import fault


@fault("bulk.stuck", when="E", kinds=("transition", "nonidem", "read"), ops=("bulk2.close", "bulk2.poll", "bulk2q.create", "bulk2q.poll", "bulk1.close", "bulk1.poll"),
       weight=34)  # fmt: skip
@dataclass(frozen=True)
class JobStuck:
    """The job shows InProgress (or UploadComplete) for `hold`, then goes on as if nothing had been.

    The queue's wait is unbounded, and a client that polls every few seconds spends a day's allowance on one job.
    Source: wire reference 5.2 (poll advice) and 14.
    Right: wait with a bound, poll ever more slowly, then abort and reconcile.
    """

    hold: float = duration("1h", 'how long it stays; "forever" for a job that never moves')
    state: str = choice("InProgress", ("InProgress", "UploadComplete"), "the state it shows meanwhile")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        """`since_s` counts from the first step at which this job was held."""
        step = "start" if self.state == "UploadComplete" else "batch"
        if event.kind == "bulk2q":
            step = "start"
        if event.step != step or (step == "batch" and event.batch > 0) or since_s >= self.hold:
            return None
        return JobTurn("hold", hold_s=self.hold - since_s, state=self.state)
