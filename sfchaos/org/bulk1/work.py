"""What the org does with batches by itself: out of the queue, at work, ended. Before each step the gate is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.org import access
from sfchaos.org.bulk1 import chunks, contention, loads, queries
from sfchaos.org.bulk1.jobs import DAILY, JOB_MOVES, MOST_TRIES, TOO_MANY_LOCKS, Batch, Job1
from sfchaos.org.bulk1.loads import Unwritable
from sfchaos.org.bulk1.queries import QueryFailed
from sfchaos.org.bulk1.read import rows_of
from sfchaos.org.refusals import Refused

if TYPE_CHECKING:
    from sfchaos.core.gate import Refusal
    from sfchaos.org.bulk1.engine import Bulk1

SHORTEST_HOLD_S = 0.001  # org seconds are floats: a shorter one might not move the clock
TOO_MANY = f"TooManyLockFailure : Too many lock failure {TOO_MANY_LOCKS} . Trying again later."  # wire reference 5.5 (K)
QUOTA = "ExceededQuota : ApiBatchItems Limit exceeded."  # text K
_START, _WORK = "bulk1.start", "bulk1.batch"


class Work1:
    def __init__(self, bulk: Bulk1) -> None:
        self._bulk = bulk
        self._org = bulk.org
        bulk.org.agenda.steps.update({_START: self._start, _WORK: self._work})

    def queue(self, batch: Batch) -> None:
        self._org.agenda.add(self._org.now_s() + self._org.bulk.pace.queue_s, _START, batch.id)

    def forget(self, batch: Batch) -> None:
        """Nothing more is to do for it."""
        self._org.agenda.cancel(batch.id)
        self._leave(batch)

    # ------------------------------------------------------------------ out of the queue

    def _start(self, batch_id: str) -> None:
        batch, job = self._of(batch_id)
        if job.mode == "Serial" and not self._comes_next(batch):
            return
        rows = 0 if job.is_query else len(rows_of(job, batch).cells)
        turn = self._turn(job, "start", batch, rows)
        if turn is not None and turn.action == "hold":
            self._hold(batch, turn, _START)
        elif turn is not None:
            self._stop(job, batch, turn)
        elif job.chunking is not None and not batch.is_chunk:
            self._chunk(job, batch)
        else:
            self._begin(job, batch, rows)

    def _begin(self, job: Job1, batch: Batch, rows: int) -> None:
        """InProgress; the work itself comes when its time is over."""
        pace = self._org.bulk.pace
        work_s = pace.batch_s + rows * pace.row_s
        started = replace(batch if batch.state == "InProgress" else self._bulk.moved(batch, "start", message=""), is_held=False)
        if self._org.bulk.pace.contention and job.mode == "Parallel" and not job.is_query:
            started = replace(started, holds=self._holds(job, started))
        self._bulk.keep_batch(replace(started, busy_ms=started.busy_ms + round(work_s * 1000)))
        self._org.agenda.add(self._org.now_s() + work_s, _WORK, batch.id)

    def _holds(self, job: Job1, batch: Batch) -> tuple[str, ...]:
        """The parents of its rows; none where the batch will fail anyhow."""
        rows, sobject = rows_of(job, batch), access.visible(self._org, job.user_id, job.object)
        try:
            return () if sobject is None or rows.problem else contention.holds_of(sobject, loads.columns(self._org, job, rows.names), rows.cells)
        except Unwritable:
            return ()

    def _chunk(self, job: Job1, batch: Batch) -> None:
        """Other batches take its place, each of which uses the day's allocation (D)."""
        assert job.chunking is not None
        try:
            statements = list(chunks.statements(self._org, job.chunking, queries.statement_of(batch)))
        except (chunks.CannotChunk, Refused) as bad:
            self._end(job, self._bulk.moved(batch, "fail", message=f"InvalidBatch : Failed to process query: {_code(bad)}"))
            return
        for statement in statements:
            if not self._org.limits.spend(DAILY):  # chunks made so far go on (D)
                self._end(job, self._bulk.moved(batch, "fail", message=QUOTA))
                return
            self._bulk.enqueue(self._job(job), statement.encode(), content_type=batch.content_type, is_chunk=True)
        self._end(job, self._bulk.moved(batch, "skip"))

    # ------------------------------------------------------------------ at work

    def _work(self, batch_id: str) -> None:
        batch, job = self._of(batch_id)
        rows = 0 if job.is_query else len(rows_of(job, batch).cells)
        turn = self._turn(job, "batch", batch, rows)
        if turn is not None and turn.action == "hold":
            self._hold(batch, turn, _WORK)
            return
        if turn is not None and turn.action == "leave":
            self._end(job, self._bulk.moved(batch, "skip" if turn.state == "NotProcessed" else "fail", message=turn.message))
            return
        if batch.state == "Queued":  # a hold showed it so
            batch = self._bulk.moved(batch, "start")
        batch = replace(batch, is_held=False)
        done = self._queried(job, batch, turn) if job.is_query else self._loaded(job, batch, turn)
        if turn is None or done.has_ended:
            self._end(job, done)
        if turn is not None:
            self._stop(self._job(job), done, turn)

    def _queried(self, job: Job1, batch: Batch, turn: JobTurn | None) -> Batch:
        if turn is not None:
            return batch
        try:
            results, rows = queries.run(self._org, job, batch, self._bulk.result_rows)
        except QueryFailed as failed:
            return self._bulk.moved(batch, "fail", message=str(failed))
        busy_ms = batch.busy_ms + round(rows * self._org.bulk.pace.query_row_s * 1000)
        return self._bulk.moved(batch, "finish", results=results, processed=rows, busy_ms=busy_ms)

    def _loaded(self, job: Job1, batch: Batch, turn: JobTurn | None) -> Batch:
        """The batch with the outcomes of its rows; of one that is about to be stopped, those that still are done, and InProgress."""
        rows = rows_of(job, batch)
        try:
            if rows.problem:
                raise Unwritable(rows.problem)
            names = loads.columns(self._org, job, rows.names)
            locked = self._locked(job, batch, names)
            if len(locked) >= TOO_MANY_LOCKS and turn is None:
                return self._again(job, batch)
            outcomes = loads.write(self._org, job, batch, names, rows, None if turn is None else turn.rows, locked)
        except Unwritable as bad:
            return self._bulk.moved(batch, "fail", message=str(bad))
        if outcomes:
            self._bulk.keep(replace(job, rows_done=job.rows_done + len(outcomes)))
        done = replace(batch, outcomes=tuple(outcomes), processed=len(outcomes), failed=sum(bool(o.refusals) for o in outcomes))
        return self._bulk.moved(done, "finish") if turn is None else done

    def _locked(self, job: Job1, batch: Batch, names: tuple[str, ...]) -> dict[int, Refusal]:
        sobject = access.visible(self._org, job.user_id, job.object)
        if not batch.holds or sobject is None or not self._org.bulk.pace.contention:
            return {}
        others = (b for b in self._org.registers.batches.values() if b.holds and b.state == "InProgress" and b.id != batch.id)
        return contention.locked_rows(self._org, sobject, names, rows_of(job, batch).cells, batch, others, self._org.bulk.pace.contention)

    def _again(self, job: Job1, batch: Batch) -> Batch:
        """Nothing is written, and the batch stands in the queue again, up to 10 times (D) unless the job said not to."""
        if not job.retries or batch.tries >= MOST_TRIES:
            return self._bulk.moved(batch, "fail", message=f"InvalidBatch : {TOO_MANY}")
        again = self._bulk.moved(batch, "retry", tries=batch.tries + 1, message=TOO_MANY, holds=())
        self.queue(again)
        return again

    # ------------------------------------------------------------------ ended

    def _end(self, job: Job1, batch: Batch) -> None:
        """Keep the batch; where it has ended, let the next Serial one in, and tell of a job that is done."""
        self._bulk.keep_batch(replace(batch, holds=()) if batch.has_ended else batch)
        if not batch.has_ended:
            return
        self._leave(batch)
        job = self._job(job)
        if job.state != "Open" and self._bulk.is_done(job):
            self._bulk.tell(job)

    def _stop(self, job: Job1, batch: Batch, turn: JobTurn) -> None:
        """The job ends as the turn says. Its batch is Failed, or out of the queue where no row of it was done by an abort."""
        if not batch.has_ended:
            act = "skip" if turn.action == "abort" and not batch.processed else "fail"
            self._bulk.keep_batch(self._bulk.moved(batch, act, message=turn.message, holds=()))
            self._leave(batch)
        if turn.action in JOB_MOVES[job.state]:
            self._bulk.move(job, "abort" if turn.action == "abort" else "fail")

    # ------------------------------------------------------------------ Serial: one at a time, of all Serial jobs together (D)

    def _comes_next(self, batch: Batch) -> bool:
        """Whether the batch may start; if not, it is called when the one before it has ended."""
        serial = self._org.registers.serial_batches
        serial.setdefault(batch.id, "waiting")
        if any(state == "running" for other, state in serial.items() if other != batch.id):
            return False
        serial[batch.id] = "running"
        return True

    def _leave(self, batch: Batch) -> None:
        """Out of the line, also when it had been called and not begun: the next one is called then."""
        serial = self._org.registers.serial_batches
        if serial.pop(batch.id, "") and "running" not in serial.values() and serial:
            following = next(iter(serial))
            self._org.agenda.cancel(following)  # it may have been called already
            self._org.agenda.add(self._org.now_s(), _START, following)

    # ------------------------------------------------------------------

    def _of(self, batch_id: str) -> tuple[Batch, Job1]:
        """The batch of a step that is due. It has not ended: what ends a batch cancels its steps."""
        registers = self._org.registers
        batch: Batch = registers.batches[batch_id]
        job = registers.jobs[batch.job_id]
        assert isinstance(job, Job1)
        return batch, job

    def _job(self, job: Job1) -> Job1:
        """As it is now."""
        found = self._org.registers.jobs[job.id]
        assert isinstance(found, Job1)
        return found

    def _turn(self, job: Job1, step: str, batch: Batch, rows: int) -> JobTurn | None:
        if self._org.gate is None:
            return None
        event = JobEvent(job.id, "bulk1", "start" if step == "start" else "batch", batch.number, len(job.batch_ids), job.rows_done, rows)
        return self._org.gate.job(event)

    def _hold(self, batch: Batch, turn: JobTurn, step: str) -> None:
        """Ask again later; the batch shows InProgress or Queued meanwhile, as the hold says (UploadComplete is Bulk 2.0's word for Queued)."""
        if turn.state == "InProgress" and batch.state == "Queued":
            batch = self._bulk.moved(batch, "start")
        elif turn.state in ("Queued", "UploadComplete") and batch.state == "InProgress":
            batch = self._bulk.moved(batch, "retry")
        self._bulk.keep_batch(replace(batch, is_held=True))
        self._org.agenda.add(self._org.now_s() + max(turn.hold_s, SHORTEST_HOLD_S), step, batch.id)


def _code(bad: Exception) -> str:
    return str(bad) if isinstance(bad, Refused) else f"FUNCTIONALITY_NOT_ENABLED: {bad}"
