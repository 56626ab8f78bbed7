"""jobInfo and batchInfo as replies show them: the same facts in the order of XML, or by the alphabet in JSON. Source: wire reference 6 (R)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sfchaos.org.bulk1.jobs import Batch, Job1
from sfchaos.org.rows.values import stored_instant

Pairs = list[tuple[str, Any]]
_IN_JSON = {"assignmentRuleId": None, "externalIdFieldName": None, "fastPathEnabled": False}  # keys that XML leaves out (order R, these keys K)


def job_pairs(job: Job1, batches: Sequence[Batch]) -> Pairs:
    """In the order of XML; where assignmentRuleId stands is a guess."""
    count = {state: sum(b.state == state for b in batches) for state in ("Queued", "InProgress", "Completed", "Failed")}
    busy_ms = sum(b.busy_ms for b in batches)
    pairs: Pairs = [
        ("id", job.id), ("operation", job.operation), ("object", job.object), ("createdById", job.user_id), ("createdDate", _at(job.created_s)),
        ("systemModstamp", _at(job.changed_s)), ("state", job.state),
    ]  # fmt: skip
    if job.external_id_field:
        pairs.append(("externalIdFieldName", job.external_id_field))
    if job.assignment_rule_id:
        pairs.append(("assignmentRuleId", job.assignment_rule_id))
    return [
        *pairs, ("concurrencyMode", job.mode), ("contentType", job.content_type), ("numberBatchesQueued", count["Queued"]),
        ("numberBatchesInProgress", count["InProgress"]), ("numberBatchesCompleted", count["Completed"]), ("numberBatchesFailed", count["Failed"]),
        ("numberBatchesTotal", len(batches)), ("numberRecordsProcessed", sum(b.processed for b in batches)), ("numberRetries", sum(b.tries for b in batches)),
        ("apiVersion", job.version), ("numberRecordsFailed", sum(b.failed for b in batches)), ("totalProcessingTime", busy_ms),
        ("apiActiveProcessingTime", busy_ms), ("apexProcessingTime", 0),
    ]  # fmt: skip


def batch_pairs(batch: Batch) -> Pairs:
    """stateMessage is there when there is one."""
    pairs: Pairs = [("id", batch.id), ("jobId", batch.job_id), ("state", batch.state)]
    if batch.message:
        pairs.append(("stateMessage", batch.message))
    return [
        *pairs, ("createdDate", _at(batch.created_s)), ("systemModstamp", _at(batch.changed_s)), ("numberRecordsProcessed", batch.processed),
        ("numberRecordsFailed", batch.failed), ("totalProcessingTime", batch.busy_ms), ("apiActiveProcessingTime", batch.busy_ms), ("apexProcessingTime", 0),
    ]  # fmt: skip


def job_json(job: Job1, batches: Sequence[Batch]) -> dict[str, Any]:
    return _in_json({**_IN_JSON, **dict(job_pairs(job, batches)), "apiVersion": float(job.version)})


def batch_json(batch: Batch) -> dict[str, Any]:
    return _in_json({"stateMessage": None, **dict(batch_pairs(batch))})


def _in_json(found: dict[str, Any]) -> dict[str, Any]:
    """Keys by the alphabet, dates with an offset (R)."""
    dates = {name: found[name].replace("Z", "+0000") for name in ("createdDate", "systemModstamp")}
    return dict(sorted({**found, **dates}.items()))


def _at(at_s: float) -> str:
    """`.000Z` as in XML."""
    return stored_instant(int(at_s)).replace("+0000", "Z")
