"""Ingest jobs at work: rows of an upload written in internal batches, each row with its own outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import JobEvent, JobTurn, OrgEvent, RowTouch, Verb
from sfchaos.org import access
from sfchaos.org.bulk.csv import Table, read_table, result_text
from sfchaos.org.bulk.header import BadHeader, columns_of
from sfchaos.org.bulk.jobs import DELIMITERS, LINE_ENDINGS, OPEN_S, OPERATIONS, IngestJob, Outcome
from sfchaos.org.bulk.request import choices
from sfchaos.org.refusals import Refused, bulk_error, refuse
from sfchaos.org.rows.dml import RowResult
from sfchaos.org.rows.row_input import is_key
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.bulk.engine import BulkEngine

MOST_BYTES = 150_000_000  # of an upload (wire reference 5.4, D)
EVENT_ROWS = 200  # rows in one bulk_rows event
_VERBS: dict[str, Verb] = {"insert": "create", "update": "update", "upsert": "upsert", "delete": "delete", "hardDelete": "delete"}
_NOTHING = Table("", (), ())


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

    # ------------------------------------------------------------------ results

    def successful(self, job: IngestJob) -> str:
        """Raises Refused before the job has ended."""
        rows = ((o.id, "true" if o.created else "false", *cells) for o, cells in self._done(job) if not o.error)
        return self._results(job, ("sf__Id", "sf__Created"), rows)

    def failed(self, job: IngestJob) -> str:
        rows = ((o.id, o.error, *cells) for o, cells in self._done(job) if o.error)
        return self._results(job, ("sf__Id", "sf__Error"), rows)

    def unprocessed(self, job: IngestJob) -> str:
        """Rows that were never tried; of an upload that could not be read, the upload itself (a guess)."""
        table = self._table(job)
        if table.problem and job.is_terminal:
            return table.text
        return self._results(job, (), iter(table.rows[job.processed :]))

    def unprocessed_rows(self, job: IngestJob) -> int:
        """How many rows of an ended job were never tried; 0 while it runs."""
        return len(self._table(job).rows) - job.processed if job.state in ("Failed", "Aborted") else 0

    def _results(self, job: IngestJob, own: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
        if not job.is_terminal:
            raise refuse("INVALIDJOBSTATE", f"Cannot download results, job is not complete. Job state: {job.state}")  # text K: wire reference 5.2
        return result_text(own, self._table(job).header, rows, job.separator, job.terminator)

    def _done(self, job: IngestJob) -> Iterator[tuple[Outcome, Sequence[str]]]:
        outcomes = (outcome for batch in job.outcomes for outcome in batch)
        return zip(outcomes, self._table(job).rows, strict=False)

    def _table(self, job: IngestJob) -> Table:
        return _NOTHING if job.data is None else read_table(job.data, job.separator, job.line_ending)

    # ------------------------------------------------------------------ steps of the agenda

    def _start(self, job_id: str) -> None:
        """Out of the queue: the upload is read and its header held against the object."""
        job = self._bulk.of_step(job_id, IngestJob)
        table = self._table(job)
        turn = self._bulk.turn_of(JobEvent(job.id, "bulk2", "start", batches=self._batches(table), rows=len(table.rows)))
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
        self._go_on(job, table, 0)

    def _batch(self, job_id: str, number: int) -> None:
        job = self._bulk.of_step(job_id, IngestJob)
        table = self._table(job)
        rows = table.rows[job.processed : job.processed + self._bulk.pace.batch_rows]
        turn = self._bulk.turn_of(JobEvent(job.id, "bulk2", "batch", number, self._batches(table), job.processed, len(rows)))
        if turn is not None and turn.action == "hold":
            self._bulk.hold(job, turn, "bulk2.batch", number)
            return
        job = self._bulk.move(job, "start")
        if turn is None and not self._org.limits.spend("DailyBulkApiBatches"):
            turn = JobTurn("fail", message="ExceededQuota : ApiBatchItems Limit exceeded.")  # text K
        try:
            job = self._write(job, table, number, rows if turn is None else rows[: turn.rows])
        except (BadHeader, Refused) as bad:  # an administrator changed the object under the job: nothing of the batch stays
            turn = JobTurn("fail", message=str(bad) if isinstance(bad, BadHeader) else f"InvalidBatch : {bad}")
        if turn is None:
            self._go_on(job, table, number + 1)
        else:
            self._bulk.end(job, turn)

    def _finish(self, job_id: str) -> None:
        job = self._bulk.of_step(job_id, IngestJob)
        table = self._table(job)
        turn = self._bulk.turn_of(JobEvent(job.id, "bulk2", "finish", self._batches(table), self._batches(table), job.processed))
        if turn is not None:
            self._turn(job, turn, "bulk2.finish")
        else:
            self._bulk.move(self._bulk.move(job, "start"), "finish")

    def _turn(self, job: IngestJob, turn: JobTurn, step: str) -> None:
        if turn.action == "hold":
            self._bulk.hold(job, turn, step)
        else:
            self._bulk.end(job, turn)

    def _go_on(self, job: IngestJob, table: Table, number: int) -> None:
        """The next batch when its work is done, or the end at once."""
        pace = self._bulk.pace
        left = min(pace.batch_rows, len(table.rows) - job.processed)
        if not left:
            self._finish(job.id)
            return
        work_s = pace.batch_s + left * pace.row_s
        self._bulk.keep(replace(job, busy_ms=job.busy_ms + round(work_s * 1000)))
        self._org.agenda.add(self._org.now_s() + work_s, "bulk2.batch", job.id, number)

    def _batches(self, table: Table) -> int:
        return -(-len(table.rows) // self._bulk.pace.batch_rows)

    # ------------------------------------------------------------------ rows

    def _write(self, job: IngestJob, table: Table, number: int, rows: Sequence[Sequence[str]]) -> IngestJob:
        """One batch in a unit of its own. Raises BadHeader, Refused; nothing is then written."""
        columns = columns_of(self._org, job, table.names)
        touches: list[RowTouch] = []
        with self._org.store.unit():
            results = self._org.dml.write(
                _VERBS[job.operation], job.object, [dict(zip(columns, cells, strict=True)) for cells in rows], user_id=job.user_id,
                key_field=job.external_id_field, job_id=job.id, form="csv", first_position=job.processed + 1, touches=touches,
            )  # fmt: skip
            if job.operation == "hardDelete":
                self._erase(job.object, results)
        outcomes = tuple(Outcome(r.id, r.created, "" if r.ok else "".join(map(bulk_error, r.refusals))) for r in results)
        done = replace(job, processed=job.processed + len(outcomes), failed=job.failed + sum(bool(o.error) for o in outcomes), outcomes=(*job.outcomes, outcomes))
        self._bulk.keep(done)
        for start in range(0, len(touches), EVENT_ROWS):
            self._org.emit(OrgEvent("bulk_rows", {"job": job.id, "batch": number, "rows": touches[start : start + EVENT_ROWS]}))
        return done

    def _erase(self, object_name: str, results: Sequence[RowResult]) -> None:
        """Past the recycle bin."""
        self._org.store.run_many(f"DELETE FROM {quoted(object_name)} WHERE Id = ?", [(r.id,) for r in results if r.ok])
