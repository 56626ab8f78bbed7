"""Jobs as replies show them. The key sets differ between create, GET, PATCH and list. Source: wire reference 5.1 and 5.6 (R)."""

from __future__ import annotations

from typing import Any

from sfchaos.org.bulk.jobs import ClassicJob, IngestJob, Job
from sfchaos.org.bulk1.chunks import OBJECTS
from sfchaos.org.rows.values import stored_instant

Info = dict[str, Any]
CHUNKING_SINCE = 60.0  # API version


def changed(job: Job) -> Info:
    """Reply to a PATCH: no line ending, delimiter or counts. Where externalIdFieldName stands is a guess."""
    info: Info = {
        "id": job.id, "operation": job.operation, "object": job.object, "createdById": job.user_id, "createdDate": stored_instant(int(job.created_s)),
        "systemModstamp": stored_instant(int(job.changed_s)), "state": job.state,
    }  # fmt: skip
    if isinstance(job, IngestJob):
        if job.external_id_field:
            info["externalIdFieldName"] = job.external_id_field
        if job.assignment_rule_id:
            info["assignmentRuleId"] = job.assignment_rule_id
    return {**info, "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.version)}


def created(job: Job) -> Info:
    return {**changed(job), **_content_url(job), **_dialect(job)}


def listed(job: Job) -> Info:
    return {**changed(job), **_type(job), **_content_url(job), **_dialect(job)}


def shown(job: Job) -> Info:
    """Reply to a GET: contentUrl is there while the job is Open, the counts from the upload on."""
    info = listed(job)
    if job.error_message:
        info["errorMessage"] = job.error_message
    if not isinstance(job, IngestJob):
        counts = {"numberRecordsProcessed": job.processed, "retries": job.retries, "totalProcessingTime": job.busy_ms}
        return {**info, **counts, **_chunking(job, can_be_chunked(job.object))}
    if job.data is not None or job.state != "Open":
        info |= {"numberRecordsProcessed": job.processed, "numberRecordsFailed": job.failed}
    times = {"retries": job.retries, "totalProcessingTime": job.busy_ms, "apiActiveProcessingTime": job.busy_ms, "apexProcessingTime": 0}
    return {**info, **times, **_chunking(job, False)}


def _chunking(job: Job, is_supported: bool) -> Info:
    """Last, and false for loads: so recorded at v61 and v62 (L: fixtures of two clients), and not at v52 (R). Since which version is a guess."""
    return {"isPkChunkingSupported": is_supported} if float(job.version) >= CHUNKING_SINCE else {}


def classic(job: ClassicJob) -> Info:
    """A job of Bulk API 1.0 in the list of the others. Its keys are a guess, but jobType (D)."""
    return {
        "id": job.id, "operation": job.operation, "object": job.object, "createdById": job.user_id, "createdDate": stored_instant(int(job.created_s)),
        "systemModstamp": stored_instant(int(job.changed_s)), "state": job.state, "concurrencyMode": job.mode, "contentType": job.content_type,
        "apiVersion": float(job.version), "jobType": "Classic",
    }  # fmt: skip


def can_be_chunked(object_name: str) -> bool:
    """Custom objects, those of a list, and sharing and history tables of either. Source: "Understanding Bulk API 2.0 Query" (D)."""
    name = object_name.lower().removesuffix("share").removesuffix("history")
    return name.endswith(("__", "__c")) or name in OBJECTS or object_name.lower() in OBJECTS


def _type(job: Job) -> Info:
    return {"jobType": "V2Ingest" if isinstance(job, IngestJob) else "V2Query"}


def _content_url(job: Job) -> Info:
    """Without a leading slash."""
    if job.state != "Open" or not isinstance(job, IngestJob):
        return {}
    return {"contentUrl": f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"}


def _dialect(job: Job) -> Info:
    return {"lineEnding": job.line_ending, "columnDelimiter": job.delimiter}
