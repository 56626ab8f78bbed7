"""Bulk jobs and rows are counted by the day."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.limit.daily import DAY_S, PROFILES
from sfchaos.faults.params import choice, count
from sfchaos.faults.registry import fault

_BATCHES, _QUERIES = "DailyBulkApiBatches", "DailyBulkV2QueryJobs"


@fault("limit.bulk_jobs", when="B", transient=False, nature="quota", kinds=("nonidem", "transition"), ops=("bulk2.create", "bulk2q.create", "bulk1.batch"), holds=True,
       window_s=DAY_S, weight=24)  # fmt: skip
@dataclass(frozen=True)
class BulkJobs:
    """400 `EXCEEDEDQUOTA` when a job (Bulk API 1.0: a batch) is to be created: the day's batches or query jobs are spent.

    Source: wire reference 5.6, 6 and 7 (D: 15,000 batches, 10,000 query jobs a day).
    Right: larger jobs, fewer of them; wait for the next day, do not try by the minute.
    """

    max: int | None = count(None, "the allowance; the org's own unless given", least=1)
    used: int | None = count(None, "how much of it is spent when this begins; all of it unless given")
    profile: str = choice("cliff", PROFILES, "how it recovers")
    per_minute: int = count(1, "for trickle: units given back a minute", least=1)

    def strike(self, world: World, at: At) -> None:
        until_s = at.until_s if at.until_s is not None else at.now_s + DAY_S
        world.exhaust(_QUERIES if at.op == "bulk2q.create" else _BATCHES, used=self.used, maximum=self.max,
                      until_s=None if self.profile == "never" else until_s, profile=self.profile, per_minute=float(self.per_minute))  # fmt: skip


@fault("limit.bulk_rows_daily", when="P", nature="quota", transient=False, kinds=("transition", "nonidem"), ops=("bulk2.close", "bulk1.batch"), weight=35)
@dataclass(frozen=True)
class BulkRowsDaily:
    """The job takes `after_rows` rows, then fails: the org's rows of the day are spent, the rest stays unprocessed.

    Source: Bulk API 2.0 Guide, "Limits" (D: 150,000,000 records in 24 hours; a job past it is marked Failed). The errorMessage is a guess.
    Right: send only the unprocessed rows, and only the next day.
    """

    after_rows: int = count(5, "rows that are still taken")

    def on_job(self, event: JobEvent, since_s: float) -> JobTurn | None:
        left = self.after_rows - event.rows_done
        if event.step != "batch" or left >= event.rows:
            return None
        return JobTurn("fail", message="InvalidBatch : ApiBatchItems Limit exceeded.", rows=max(0, left))
