"""Bulk API 2.0: the jobs of an org, what clients do to them, and what the org does with them later.

A job moves on the org's agenda, whether anybody polls it or not: queue, internal batches of 10,000 rows, end. Before each
step the gate is asked. Source: wire reference 5 throughout.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from sfchaos.core.gate import JobEvent, JobTurn, OrgEvent
from sfchaos.org.bulk.ingest import Ingest
from sfchaos.org.bulk.jobs import DELETABLE, KEPT_S, MOVES, WAITING, Act, ClassicJob, IngestJob, Job
from sfchaos.org.bulk.pace import Pace
from sfchaos.org.bulk.query import Queries
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import no_such_resource, refuse

if TYPE_CHECKING:
    from sfchaos.org.org import Org

LIST_ROWS = 1000  # jobs on a page of the list (a guess)
SHORTEST_HOLD_S = 0.001  # org seconds are floats: a shorter one might not move the clock
_BY_CLIENT: dict[str, Act] = {"UploadComplete": "close", "Aborted": "abort"}
AnyJob = TypeVar("AnyJob", bound=Job)


class BulkEngine:
    """`pace` is part of how the org is set up, like its seed: set it before a run."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.pace = Pace()
        self.ingest = Ingest(self)
        self.queries = Queries(self)

    @property
    def shuffle_seed(self) -> int | None:
        """What the order of results comes from; None keeps that of the upload."""
        return self.org.seed if self.pace.shuffles else None

    # ------------------------------------------------------------------ what clients ask

    def find(self, job_id: str, kind: type[AnyJob]) -> AnyJob:
        """Raises Refused, the plain 404, for a job that never was, was deleted, or ended more than 7 days ago."""
        job = self.org.registers.jobs.get(to_18(job_id)) if is_id(job_id) else None
        if not isinstance(job, kind) or self._is_old(job):
            raise no_such_resource()
        return job

    def page(self, kinds: Collection[str], locator: str = "", *, chunked: bool = False) -> tuple[list[Job | ClassicJob], str]:
        """Jobs of these kinds by id, from `locator` (the id of the first) on, and the locator of the next page. `chunked` leaves out those
        that are not chunked by primary key on their client's wish, which only jobs of Bulk API 1.0 can be."""
        jobs = [j for j in self.org.registers.jobs.values() if j.kind in kinds and not self._is_old(j) and j.id >= locator]
        jobs = sorted((j for j in jobs if not chunked or getattr(j, "chunking", None) is not None), key=lambda j: j.id)
        return jobs[:LIST_ROWS], jobs[LIST_ROWS].id if len(jobs) > LIST_ROWS else ""

    def ask(self, job: AnyJob, wanted: str) -> AnyJob:
        """A client's PATCH to a state (query jobs are never Open, so nobody closes them). Raises Refused INVALIDJOBSTATE (status and text K: wire reference 5.2)."""
        act = _BY_CLIENT.get(wanted)
        if act is None or act not in MOVES[job.state]:
            raise refuse("INVALIDJOBSTATE", f"Invalid job state: {job.state}" if act else f"Invalid job state: {wanted}")
        moved = self.move(job, act)
        if act == "close":
            self.enqueue(moved, "bulk2.start")
        else:
            self.org.agenda.cancel(job.id)
        return moved

    def delete(self, job: Job) -> None:
        """Raises Refused for a job that is not at rest: API_ERROR with its text D for queries, INVALIDJOBSTATE (K) for ingest."""
        if job.state not in DELETABLE[job.kind]:
            if job.kind == "bulk2q":
                raise refuse("API_ERROR", "Error encountered when deleting the job because the job is not terminated")
            raise refuse("INVALIDJOBSTATE", f"Invalid job state: {job.state}")
        self.org.agenda.cancel(job.id)
        del self.org.registers.jobs[job.id]

    # ------------------------------------------------------------------ for the two kinds of jobs

    def add(self, job: AnyJob) -> AnyJob:
        """Keep a new job, and forget those whose time is over."""
        for other in [j for j in self.org.registers.jobs.values() if isinstance(j, Job) and self._is_old(j)]:
            del self.org.registers.jobs[other.id]
        self.keep(job)
        self._tell(job)
        return job

    def keep(self, job: Job) -> None:
        self.org.registers.jobs[job.id] = job

    def move(self, job: AnyJob, act: Act, **changes: Any) -> AnyJob:
        """Take the job where `act` leads."""
        return self._into(job, MOVES[job.state][act], **changes)

    def enqueue(self, job: Job, step: str) -> None:
        self.org.agenda.add(self.org.now_s() + self.pace.queue_s, step, job.id)

    def of_step(self, job_id: str, kind: type[AnyJob]) -> AnyJob:
        """The job of a step that is due. It has not ended: what ends a job cancels its steps."""
        job = self.org.registers.jobs[job_id]
        assert isinstance(job, kind)  # steps are named for their kind
        return job

    def turn_of(self, event: JobEvent) -> JobTurn | None:
        return None if self.org.gate is None else self.org.gate.job(event)

    def hold(self, job: Job, turn: JobTurn, step: str, *arguments: Any) -> None:
        """Ask again later; the job shows what the hold says meanwhile."""
        if turn.state in WAITING:
            self._into(job, turn.state)
        self.org.agenda.add(self.org.now_s() + max(turn.hold_s, SHORTEST_HOLD_S), step, job.id, *arguments)

    def end(self, job: AnyJob, turn: JobTurn) -> AnyJob:
        """Failed or Aborted, as the turn says."""
        if turn.action == "abort":
            return self.move(job, "abort", error_message=turn.message)
        return self.move(job, "fail", error_message=turn.message)

    def _into(self, job: AnyJob, state: str, **changes: Any) -> AnyJob:
        if isinstance(job, IngestJob) and state in ("Failed", "Aborted"):
            changes["table"] = self.ingest.table(job)  # from here on it is asked what is left
        moved = replace(job, state=state, changed_s=self.org.now_s(), **changes)
        self.keep(moved)
        if state != job.state:
            self._tell(moved)
        return moved

    def _tell(self, job: Job) -> None:
        failed, left = (job.failed, self.ingest.unprocessed_rows(job)) if isinstance(job, IngestJob) else (0, 0)
        self.org.emit(OrgEvent("job_state", {
            "job": job.id, "state": job.state, "job_kind": job.kind, "object": job.object, "operation": job.operation, "processed": job.processed,
            "failed": failed, "unprocessed": left,
        }))  # fmt: skip

    def _is_old(self, job: Job | ClassicJob) -> bool:
        return (not isinstance(job, Job) or job.is_terminal) and self.org.now_s() - job.changed_s >= KEPT_S

