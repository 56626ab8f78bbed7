"""Ingest jobs at work: rows of an upload written in internal batches, each row with its own outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import JobEvent, JobTurn, OrgEvent, RowTouch, Verb
from sfchaos.org import access
from sfchaos.org.bulk.csv import Table, read_table
from sfchaos.org.bulk.header import BadHeader, columns_of
from sfchaos.org.bulk.jobs import DELIMITERS, LINE_ENDINGS, OPEN_S, OPERATIONS, IngestJob
from sfchaos.org.bulk.outcomes import Outcomes, packed
from sfchaos.org.bulk.request import choices
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.dml import RowResult
from sfchaos.org.rows.row_input import is_key
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.bulk.engine import BulkEngine

MOST_BYTES = 150_000_000  # of an upload (wire reference 5.4, D)
EVENT_ROWS = 200  # rows in one bulk_rows event
PIECE_ROWS = 1000  # rows of a batch that are cells at a time: whole chunks of 200, so that pieces change nothing but the memory they take
_VERBS: dict[str, Verb] = {"insert": "create", "update": "update", "upsert": "upsert", "delete": "delete", "hardDelete": "delete"}
_NOTHING = Table(b"", ",")


class Ingest:
    def __init__(self, bulk: BulkEngine) -> None:
        self._bulk = bulk
        self._org = bulk.org
        bulk.org.agenda.steps.update({"bulk2.start": self._start, "bulk2.batch": self._batch, "bulk2.finish": self._finish})

    # ------------------------------------------------------------------ what clients ask

    def create(self, fields: Mapping[str, Any], *, user_id: str, version: str) -> IngestJob:
        """A new Open job of a job request. Raises Refused for one that Salesforce would not take."""
        operation, delimiter, line_ending, _ = choices(
            fields, ("operation", "", OPERATIONS), ("columnDelimiter", "COMMA", DELIMITERS), ("lineEnding", "LF", LINE_ENDINGS), ("contentType", "CSV", ("CSV",)),
        )  # fmt: skip
        sobject = access.visible(self._org, user_id, str(fields.get("object", "")))
        if sobject is None:
            raise refuse("INVALIDENTITY", f"Unable to find object: {fields.get('object', '')}")  # text K
        if operation == "hardDelete" and not access.has_system(self._org, user_id, "BulkApiHardDelete"):
            raise refuse("FEATURENOTENABLED", "hardDelete operation requires special user profile permission, please contact your system administrator")  # text K
        if self._org.limits.used_of("DailyBulkApiBatches") >= self._org.limits.maximum_of("DailyBulkApiBatches"):
            raise refuse("EXCEEDEDQUOTA", "ApiBatchItems Limit exceeded.")  # code D, text K
        key = self._key_field(operation, sobject.name, str(fields.get("externalIdFieldName") or ""))
        now_s = self._org.now_s()
        return self._bulk.add(IngestJob(self._org.new_id("750"), operation, sobject.name, user_id, version, now_s, now_s, delimiter=delimiter, line_ending=line_ending,
                                        external_id_field=key, assignment_rule_id=str(fields.get("assignmentRuleId") or "")))  # fmt: skip

    def _key_field(self, operation: str, object_name: str, name: str) -> str:
        """Only an upsert has one. Text of the first refusal U (wadewegner/Force.com-Toolkit-for-NET#331), of the second K."""
        if operation != "upsert":
            return ""
        if not name:
            raise refuse("INVALIDJOB", f"External ID was blank for {object_name}. An External ID must be specified for upsert.")
        sobject = self._org.schema.find(object_name)
        field = sobject.find(name) if sobject else None
        if field is None or not is_key(field):
            raise refuse("INVALIDJOB", f"Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field for {object_name}")
        return field.name

    def upload(self, job: IngestJob, data: bytes) -> IngestJob:
        """Once only, while Open, within 24 hours, up to 150 MB. Raises Refused (statuses and texts K or guesses)."""
        if job.state != "Open" or self._org.now_s() - job.created_s >= OPEN_S:
            raise refuse("INVALIDJOBSTATE", f"Invalid job state: {job.state}")
        if job.data is not None:
            raise refuse("CLIENTINPUTERROR", f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new "
                         "Job and make sure you only do 'PUT' once on a given Job.")  # fmt: skip
        if len(data) > MOST_BYTES:
            raise refuse("CLIENTINPUTERROR", f"The uploaded data is larger than {MOST_BYTES} bytes", status=413)
        loaded = replace(job, data=data, changed_s=self._org.now_s())
        self._bulk.keep(loaded)
        return loaded

    # ------------------------------------------------------------------ what is in an upload

    def table(self, job: IngestJob) -> Table:
        """What was found in the upload, or is found now where the job never left the queue."""
        if job.table is not None:
            return job.table
        return _NOTHING if job.data is None else read_table(job.data, job.separator, job.line_ending, step=self._bulk.pace.batch_rows)

    def unprocessed_rows(self, job: IngestJob) -> int:
        """How many rows of an ended job were never tried; 0 while it runs."""
        return self.table(job).count - job.processed if job.state in ("Failed", "Aborted") else 0

    # ------------------------------------------------------------------ steps of the agenda

    def _start(self, job_id: str) -> None:
        """Out of the queue: the upload is looked through and its header held against the object."""
        job = self._bulk.of_step(job_id, IngestJob)
        table = self.table(job)
        job = replace(job, table=table)
        self._bulk.keep(job)
        turn = self._bulk.turn_of(JobEvent(job.id, "bulk2", "start", batches=_batches(table), rows=table.count))
        if turn is not None:
            self._turn(job, turn, "bulk2.start")
            return
        job = self._bulk.move(job, "start")
        try:
            if table.problem:
                raise BadHeader(table.problem)
            if table.names:
                columns_of(self._org, job, table.names)
        except BadHeader as bad:
            self._bulk.move(job, "fail", error_message=str(bad))
            return
        self._go_on(job, table)

    def _batch(self, job_id: str, number: int) -> None:
        """A try of a batch: as many of its rows as its time allows, mostly all."""
        job = self._bulk.of_step(job_id, IngestJob)
        table = self.table(job)
        most = self._bulk.pace.tried_rows(_left_in_batch(table, job.processed))
        turn = self._bulk.turn_of(JobEvent(job.id, "bulk2", "batch", number, _batches(table), job.processed, most))
        if turn is not None and turn.action == "hold":
            self._bulk.hold(job, turn, "bulk2.batch", number)
            return
        job = self._bulk.move(job, "start")
        if turn is None and not job.tries and not self._org.limits.spend("DailyBulkApiBatches"):
            turn = JobTurn("fail", message="ExceededQuota : ApiBatchItems Limit exceeded.")  # text K
        try:
            job = self._write(job, table, number, iter(table.rows(job.processed, most if turn is None else min(most, turn.rows))))
        except (BadHeader, Refused) as bad:  # an administrator changed the object under the job: nothing of the batch stays
            turn = JobTurn("fail", message=str(bad) if isinstance(bad, BadHeader) else f"InvalidBatch : {bad}")
        if turn is None:
            self._go_on(job, table)
        else:
            self._bulk.end(job, turn)

    def _finish(self, job_id: str) -> None:
        job = self._bulk.of_step(job_id, IngestJob)
        batches = _batches(self.table(job))
        turn = self._bulk.turn_of(JobEvent(job.id, "bulk2", "finish", batches, batches, job.processed))
        if turn is not None:
            self._turn(job, turn, "bulk2.finish")
        else:
            self._bulk.move(self._bulk.move(job, "start"), "finish")

    def _turn(self, job: IngestJob, turn: JobTurn, step: str) -> None:
        if turn.action == "hold":
            self._bulk.hold(job, turn, step)
        else:
            self._bulk.end(job, turn)

    def _go_on(self, job: IngestJob, table: Table) -> None:
        """The next batch, the rest of the present one again, or the end."""
        left = _left_in_batch(table, job.processed)
        if not left:
            self._finish(job.id)
            return
        pace, again = self._bulk.pace, job.processed % table.step > 0
        tries = job.tries + 1 if again else 0
        if tries > pace.most_retries:
            # rule D (wire reference 5.4), text is a guess
            self._bulk.move(job, "fail", error_message=f"InvalidBatch : Batch was retried {pace.most_retries} times and did not finish")
            return
        rows = pace.tried_rows(left)
        work_s = pace.batch_s + rows * pace.row_s if rows == left else pace.batch_limit_s
        self._bulk.keep(replace(job, busy_ms=job.busy_ms + round(work_s * 1000), tries=tries, retries=job.retries + again))
        self._org.agenda.add(self._org.now_s() + work_s, "bulk2.batch", job.id, job.processed // table.step)

    # ------------------------------------------------------------------ rows

    def _write(self, job: IngestJob, table: Table, number: int, rows: Iterator[Sequence[str]]) -> IngestJob:
        """Rows of a batch, piece by piece, in a unit of their own. Raises BadHeader, Refused; nothing is then written."""
        columns = columns_of(self._org, job, table.names)
        touches: list[RowTouch] | None = [] if self._org.is_heard else None
        parts: list[Outcomes] = []
        position = job.processed + 1
        with self._org.store.unit():
            while piece := list(islice(rows, PIECE_ROWS)):
                results = self._org.dml.write_cells(
                    _VERBS[job.operation], job.object, columns, piece, user_id=job.user_id, key_field=job.external_id_field, job_id=job.id,
                    first_position=position, touches=touches,
                )  # fmt: skip
                if job.operation == "hardDelete":
                    self._erase(job.object, results)
                parts.append(packed(results))
                position += len(piece)
        failed = sum(part.failed for part in parts)
        job = replace(job, processed=position - 1, failed=job.failed + failed, outcomes=(*job.outcomes, *parts))
        self._bulk.keep(job)
        for start in range(0, len(touches or ()), EVENT_ROWS):
            self._org.emit(OrgEvent("bulk_rows", {"job": job.id, "batch": number, "rows": (touches or [])[start : start + EVENT_ROWS]}))
        return job

    def _erase(self, object_name: str, results: Sequence[RowResult]) -> None:
        """Past the recycle bin."""
        self._org.store.run_many(f"DELETE FROM {quoted(object_name)} WHERE Id = ?", [(r.id,) for r in results if r.ok])


def _batches(table: Table) -> int:
    return -(-table.count // table.step)


def _left_in_batch(table: Table, done: int) -> int:
    """Rows of the present batch that are still to do; 0 when all rows are done."""
    return min(table.step - done % table.step, table.count - done)
