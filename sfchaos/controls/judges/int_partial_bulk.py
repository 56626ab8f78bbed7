"""SFC-INT-05: a Bulk job that partly failed is handled row by row."""

from __future__ import annotations

from dataclasses import dataclass, field

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import Written, claims_failure, is_warning, was_cut_short, written_rows
from sfchaos.controls.rejects import Reports
from sfchaos.core.history import History
from sfchaos.core.judgement import Judgement

_BROKEN = frozenset({"Failed", "Aborted"})


@dataclass
class Job:
    """One ingest job: its rows as the org took or refused them, its last state, which results were fetched."""

    alias: str
    rows: list[Written] = field(default_factory=list)
    state: str = ""
    counted_failed: int = 0
    counted_undone: int = -1  # not said
    fetched: set[str] = field(default_factory=set)
    lines: list[int] = field(default_factory=list)

    @property
    def refused(self) -> list[Written]:
        return [w for w in self.rows if not w.row.ok]

    @property
    def failed(self) -> int:
        return max(len(self.refused), self.counted_failed)

    @property
    def left_undone(self) -> bool:
        """The job stopped before its end with rows not processed; without a count, there may be some."""
        return self.state in _BROKEN and self.counted_undone != 0


@judges("SFC-INT-05")
def partial_bulk_handled(case: Case) -> Judgement:
    """Stimulus: a job with refused rows, or one that stopped with rows not processed."""
    jobs = jobs_of(case.history)
    troubled = [job for job in jobs.values() if job.failed or job.left_undone]
    case.stimuli = len(troubled)
    case.checked = sum(len(job.rows) for job in jobs.values())
    case.measured |= {"jobs": len(jobs), "rows_failed": sum(job.failed for job in troubled), "jobs_stopped": sum(job.left_undone for job in troubled)}
    for job in troubled:
        if not was_cut_short(case.history):
            _fetched(case, job)
            _claimed(case, job)
        _resubmitted(case, job, jobs)
    return case.conclude(f"{times(len(troubled), 'partly failed job')} handled row by row", absent="no Bulk job failed in part")


def jobs_of(history: History) -> dict[str, Job]:
    """Ingest jobs by alias."""
    found: dict[str, Job] = {}
    for exchange in history.exchanges:
        if exchange.job and exchange.op.startswith(("bulk2.", "bulk1.")):
            job = found.setdefault(exchange.job, Job(exchange.job))
            job.lines.append(exchange.n)
            if exchange.succeeded:
                job.fetched.add(exchange.op.partition(".")[2])
    for line in history.events_of("job_state"):
        state = found.get(str(line.get("job", "")))
        if state is not None:
            state.state = str(line.get("state", state.state))
            state.counted_undone = int(line.get("unprocessed", -1))
            state.counted_failed = int(line.get("failed", state.counted_failed) or 0)
            state.lines.append(int(line["n"]))
    for written in written_rows(history):
        if written.job in found:
            found[written.job].rows.append(written)
    return found


def _fetched(case: Case, job: Job) -> None:
    if job.failed and not job.fetched & {"failed", "result"}:
        case.violation("failed-results-not-fetched", f"{job.alias}: {times(job.failed, 'row')} failed, and the failed results were never fetched", line=job.lines[-1],
                       story=sorted(job.lines))  # fmt: skip
    if job.left_undone and not job.fetched & {"unprocessed", "result"}:
        case.violation("unprocessed-not-fetched", f"{job.alias} ended {job.state}, and the unprocessed rows were never fetched", line=job.lines[-1],
                       story=sorted(job.lines))  # fmt: skip


def _claimed(case: Case, job: Job) -> None:
    """Success claimed over rows that never got in: exit code 0, no reject, no warning, nothing in the summary."""
    history = case.history
    taken = {w.identity for w in written_rows(history) if w.committed}
    left = [w for w in job.refused if w.identity not in taken]
    said = history.ending.loud or claims_failure(history.ending.summary) or any(is_warning(r) for r in history.logs if r.n > min(job.lines))
    reports = Reports(history)
    if left and not said and not all(reports.of(w) for w in left):
        case.violation("success-reported", f"{job.alias}: {times(len(left), 'row')} never got in, and the run claimed success", line=left[0].n, story=sorted(job.lines))


def _resubmitted(case: Case, job: Job, jobs: dict[str, Job]) -> None:
    """Accepted rows sent again without a key that makes it harmless."""
    accepted = {w.identity for w in job.rows if w.committed and w.row.verb == "create"}
    for other in jobs.values():
        again = [w for w in other.rows if w.row.verb == "create" and w.committed and w.identity in accepted]
        if other is not job and again and again[0].n > min((w.n for w in job.rows), default=0):
            case.violation("accepted-rows-resubmitted", f"{other.alias} sends {times(len(again), 'row')} again that {job.alias} had taken", line=again[0].n,
                           story=(*sorted(job.lines)[-1:], again[0].n))  # fmt: skip
