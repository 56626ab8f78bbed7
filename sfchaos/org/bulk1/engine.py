"""Bulk API 1.0: the jobs of an org and what clients do to them and their batches. What the org does later is in `work.py`.

Each batch stands in the queue for itself, and moves on the org's agenda, whether anybody polls it or not. Source: wire reference 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import OrgEvent
from sfchaos.org import access
from sfchaos.org.bulk1 import chunks
from sfchaos.org.bulk1.jobs import (
    BATCH_MOVES,
    CONTENT_TYPES,
    DAILY,
    JOB_MOVES,
    KEPT_S,
    LOADS,
    MODES,
    MOST_BYTES,
    OPEN_S,
    QUERIES,
    Act,
    Batch,
    Job1,
)  # fmt: skip
from sfchaos.org.bulk1.read import rows_of
from sfchaos.org.bulk1.specs import read_spec
from sfchaos.org.bulk1.work import Work1
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import refuse
from sfchaos.org.rows.row_input import is_key

if TYPE_CHECKING:
    from sfchaos.org.org import Org

RESULT_ROWS = 250_000  # of a query in one file; Salesforce cuts at 1 GB (K), so the number is a guess
_BY_CLIENT: dict[str, Act] = {"Closed": "close", "Aborted": "abort"}
_NOT_SETTABLE = {"id": "Id", "createdbyid": "CreatedById", "createddate": "CreatedDate", "systemmodstamp": "SystemModstamp"}


class Bulk1:
    """`result_rows` is part of how the org is set up, like `bulk.pace`, by which these jobs move too: set both before a run."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.result_rows = RESULT_ROWS
        self.work = Work1(self)

    # ------------------------------------------------------------------ jobs

    def create(self, fields: Mapping[str, Any], *, user_id: str, version: str, chunking: str = "", retries: bool = True) -> Job1:
        """A new Open job of a jobInfo; `chunking` is the header. Raises Refused for one that Salesforce would not take."""
        for name, shown in _NOT_SETTABLE.items():
            if any(key.lower() == name and value not in (None, "") for key, value in fields.items()):
                raise refuse("InvalidJob", f"{shown} cannot be specified")  # text U: forceworkbench#675
        operation = _one_of(fields, "operation", (*LOADS, *QUERIES), "")
        sobject = access.visible(self.org, user_id, str(fields.get("object") or ""))
        if sobject is None:
            raise refuse("InvalidJob", f"Unable to find object: {fields.get('object') or ''}")  # text K
        if operation == "hardDelete" and not access.has_system(self.org, user_id, "BulkApiHardDelete"):
            raise refuse("FeatureNotEnabled", "hardDelete operation requires special user profile permission, please contact your system administrator")  # text K
        form = _one_of(fields, "contentType", CONTENT_TYPES, "XML")
        if form.startswith("ZIP_") and operation in QUERIES:
            raise refuse("InvalidJob", f"contentType {form} is not supported for {operation}")  # text is a guess
        now_s = self.org.now_s()
        job = Job1(
            self.org.new_id("750"), operation, sobject.name, user_id, version, now_s, now_s, form, mode=_mode(fields), external_id_field=self._key(operation, sobject.name, fields),
            assignment_rule_id=str(fields.get("assignmentRuleId") or ""), chunking=chunks.read_header(chunking) if operation in QUERIES else None, retries=retries,
        )  # fmt: skip
        self._forget_old()
        self.keep(job)
        self.tell(job)
        return job

    def _key(self, operation: str, object_name: str, fields: Mapping[str, Any]) -> str:
        """Only an upsert has one. Text of the first refusal U (wadewegner/Force.com-Toolkit-for-NET#331), of the second K."""
        if operation != "upsert":
            return ""
        name = str(fields.get("externalIdFieldName") or "")
        if not name:
            raise refuse("InvalidJob", f"External ID was blank for {object_name}. An External ID must be specified for upsert.")
        sobject = self.org.schema.find(object_name)
        field = sobject.find(name) if sobject else None
        if field is None or not is_key(field):
            raise refuse("InvalidJob", f"Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field for {object_name}")
        return field.name

    def find(self, job_id: str, user_id: str) -> Job1:
        """Raises Refused: InvalidJob for one that never was or is over 7 days old, InvalidUser for somebody else's (codes D, texts K)."""
        job = self.org.registers.jobs.get(to_18(job_id)) if is_id(job_id) else None
        if not isinstance(job, Job1) or self._is_old(job):
            raise refuse("InvalidJob", f"Invalid job id: {job_id}")
        if job.user_id != user_id and not access.has_system(self.org, user_id, "ManageDataIntegrations"):
            raise refuse("InvalidUser", f"The job {job.id} was created by another user")
        return job

    def change(self, job: Job1, fields: Mapping[str, Any]) -> Job1:
        """A client's new state: Closed or Aborted. Raises Refused InvalidJobState (texts K, or as Bulk 2.0 has them: U restforce#905)."""
        wanted = str(fields.get("state") or "")
        act = _BY_CLIENT.get(wanted)
        if act is None or act not in JOB_MOVES[job.state]:
            raise refuse("InvalidJobState", f"Job state {job.state} cannot be changed to {wanted}" if act else f"Invalid job state: {wanted}")
        if act == "abort" and job.state == "Closed" and self.is_done(job):
            raise refuse("InvalidJobState", "Aborting already Completed Job not allowed")
        return self.move(job, act)

    def move(self, job: Job1, act: Act) -> Job1:
        """Take the job where `act` leads; what ends it takes its batches out of the queue. Those at work go on (D, batch states)."""
        moved = replace(job, state=JOB_MOVES[job.state][act], changed_s=self.org.now_s())
        self.keep(moved)
        if act != "close":
            for batch in self.batches(moved):
                if batch.state == "Queued" or (batch.is_held and not batch.has_ended):
                    self.work.forget(batch)
                    self.keep_batch(self.moved(batch, "skip"))
        self.tell(moved)
        return moved

    def is_done(self, job: Job1) -> bool:
        return all(batch.has_ended for batch in self.batches(job))

    def set_spec(self, job: Job1, data: bytes) -> None:
        """Before any batch. Raises Refused (codes and texts are guesses)."""
        if job.state != "Open" or job.batch_ids:
            raise refuse("InvalidJobState", "A transformation spec must be uploaded before the first batch")
        if job.content_type != "CSV" or job.is_query:
            raise refuse("ClientInputError", "Transformation specs are for jobs that load CSV")
        self.keep(replace(job, spec=read_spec(data)))

    # ------------------------------------------------------------------ batches

    def add(self, job: Job1, data: bytes, *, content_type: str = "", line_ending: str = "") -> Batch:
        """A batch in the queue. Uses the day's allocation, whatever becomes of it (D: for a closed job too). Raises Refused."""
        if not self.org.limits.spend(DAILY):
            raise refuse("ExceededQuota", "ApiBatchItems Limit exceeded.")  # code D, text K
        if job.state != "Open":
            raise refuse("InvalidJobState", "Job not in Open state")  # text K
        if self.org.now_s() - job.created_s >= OPEN_S:
            raise refuse("InvalidJobState", "Job is more than 24 hours old")  # rule D, code and text are guesses
        if len(data) > MOST_BYTES:  # text U (dataloader)
            raise refuse("ClientInputError", f"Failed to read request. Exceeded max size limit of {MOST_BYTES} with response size {len(data)}")
        if not data.strip():
            raise refuse("InvalidBatch", "Records not found")  # text D of 4.1; that it comes here is a guess
        return self.enqueue(job, data, content_type=content_type, line_ending=line_ending)

    def enqueue(self, job: Job1, data: bytes, *, content_type: str = "", line_ending: str = "", is_chunk: bool = False) -> Batch:
        now_s = self.org.now_s()
        batch = Batch(self.org.new_id("751"), job.id, len(job.batch_ids), now_s, now_s, data, content_type, line_ending, is_chunk=is_chunk)
        self.keep_batch(batch)
        self.keep(replace(job, batch_ids=(*job.batch_ids, batch.id)))
        self.work.queue(batch)
        return batch

    def batches(self, job: Job1) -> list[Batch]:
        held = self.org.registers.batches
        return [held[batch_id] for batch_id in job.batch_ids]

    def batch(self, job: Job1, batch_id: str) -> Batch:
        """Raises Refused InvalidBatch (code D, text K)."""
        found = self.org.registers.batches.get(to_18(batch_id)) if is_id(batch_id) else None
        if not isinstance(found, Batch) or found.job_id != job.id:
            raise refuse("InvalidBatch", f"Invalid batch id: {batch_id}")
        return found

    def moved(self, batch: Batch, act: str, **changes: Any) -> Batch:
        """The batch where `act` leads; it is not kept yet."""
        return replace(batch, state=BATCH_MOVES[batch.state][act], changed_s=self.org.now_s(), **changes)

    def check_results(self, job: Job1, batch: Batch) -> None:
        """Raises Refused InvalidBatch for a batch without results: not ended (text K), or nothing of it done (text U simple-salesforce#366)."""
        if not batch.has_ended:
            raise refuse("InvalidBatch", "Batch not completed")
        if batch.state != "Completed" and not batch.processed:
            raise refuse("InvalidBatch", "Records not processed")

    # ------------------------------------------------------------------ for both halves

    def keep(self, job: Job1) -> None:
        self.org.registers.jobs[job.id] = job

    def keep_batch(self, batch: Batch) -> None:
        self.org.registers.batches[batch.id] = batch

    def tell(self, job: Job1) -> None:
        """As Bulk 2.0 tells it. `unprocessed` counts rows of batches that ended without them: it takes reading these, so only when the job is over."""
        batches = self.batches(job)
        over = job.state in ("Aborted", "Failed") or (job.state == "Closed" and self.is_done(job))
        left = sum(self._left(job, batch) for batch in batches if batch.state in ("Failed", "NotProcessed")) if over and not job.is_query else 0
        self.org.emit(OrgEvent("job_state", {
            "job": job.id, "state": job.state, "job_kind": job.kind, "object": job.object, "operation": job.operation,
            "processed": sum(b.processed for b in batches), "failed": sum(b.failed for b in batches), "unprocessed": left,
        }))  # fmt: skip

    def _left(self, job: Job1, batch: Batch) -> int:
        return max(0, len(rows_of(job, batch).cells) - batch.processed)

    def _forget_old(self) -> None:
        registers = self.org.registers
        for job in [j for j in registers.jobs.values() if isinstance(j, Job1) and self._is_old(j)]:
            for batch in self.batches(job):
                self.work.forget(batch)
                del registers.batches[batch.id]
            del registers.jobs[job.id]

    def _is_old(self, job: Job1) -> bool:
        """Counted from the youngest batch, or from the job where it has none (D)."""
        youngest = self.org.registers.batches[job.batch_ids[-1]] if job.batch_ids else None
        return bool(self.org.now_s() - (job.created_s if youngest is None else youngest.created_s) >= KEPT_S)


def _one_of(fields: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    """Raises Refused InvalidJob (code D; text is a guess)."""
    value = fields.get(name)
    value = default if value is None or value == "" else value
    if value not in allowed:
        raise refuse("InvalidJob", f"Invalid value for {name}: {value}. Allowed are {', '.join(allowed)}")
    return str(value)


def _mode(fields: Mapping[str, Any]) -> str:
    """By name, or in JSON by its number, as simple-salesforce writes it: 0 is Parallel, 1 Serial (wire reference 13, m)."""
    value = fields.get("concurrencyMode")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(MODES):
        return MODES[value]
    return _one_of(fields, "concurrencyMode", MODES, "Parallel")


