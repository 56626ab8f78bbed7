"""A job fails before any of its rows is done."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault


@fault("bulk.job_failed_all", when="B", transient=False, kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch", "bulk2q.create"), weight=31)
@dataclass(frozen=True)
class JobFailedAll:
    """The job is Failed and nothing of it was committed: its header names a field that is not there.

    Source: wire reference 5.5 (U: node-sf-bulk2#17).
    Right: mend the file and say what was wrong; the same file again fails again.
    """

    message: str = text("InvalidBatch : InvalidBatch : Field name not found : Nmae", "the job's errorMessage")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        return JobTurn("fail", message=self.message) if event.step == "start" else None


@fault("bulk.csv_dialect", when="B", transient=False, kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch"), weight=31)
@dataclass(frozen=True)
class CsvDialect:
    """The job is Failed with ClientInputError: line ends, delimiter or byte order mark of the file are not what the job said. Nothing was committed.

    Source: wire reference 5.5 (K, widely seen).
    Right: write the file as the job says; the same file again fails again.
    """

    message: str = text("ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF", "the job's errorMessage")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        return JobTurn("fail", message=self.message) if event.step == "start" else None
