"""/jobs/ingest: loads of rows by CSV. Source: Bulk API 2.0 developer guide; wire reference 5.1 to 5.5."""

from __future__ import annotations

import json
from email.message import Message
from email.parser import BytesParser
from typing import Any

from sfchaos.core.messages import Response, Stream
from sfchaos.org.bulk import info as bulk_info
from sfchaos.org.bulk import results
from sfchaos.org.bulk.calls import JobCalls, csv_reply
from sfchaos.org.bulk.jobs import IngestJob
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route

CALLS = JobCalls(IngestJob, "ingest", 41.0)
MOST_CHARACTERS = 100_000  # of data in a multipart create (wire reference 5.3, D)


def create(call: Call) -> Response:
    """Job JSON, or a multipart form of job and data, which is then closed at once."""
    CALLS.check_version(call)
    call.receipt.asked = 1
    multipart = call.request.header("content-type").lower().startswith("multipart/form-data")
    fields, data = _form(call) if multipart else (call.json_row(), None)
    bulk = call.org.bulk
    job = bulk.ingest.create(fields, user_id=call.user_id, version=call.version)
    if data is not None:
        job = bulk.ask(bulk.ingest.upload(job, data), "UploadComplete")
    CALLS.changed(call, job)
    return call.reply(bulk_info.created(job))


def upload(call: Call) -> Response:
    job = CALLS.job(call)
    call.receipt.asked = 1
    kind = call.request.header("content-type").partition(";")[0].strip().lower()
    if kind not in ("text/csv", ""):
        raise refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Type header specified in HTTP request is not supported: {kind}")  # a guess for this resource
    call.org.bulk.ingest.upload(job, call.body)
    CALLS.changed(call, job)
    return Response(201, b"", (), call.work_s)


def successful_results(call: Call) -> Response:
    job = CALLS.job(call)
    return _results(call, job, results.successful(job, call.org.bulk.ingest.table(job), call.org.bulk.shuffle_seed))


def failed_results(call: Call) -> Response:
    job = CALLS.job(call)
    return _results(call, job, results.failed(job, call.org.bulk.ingest.table(job), call.org.bulk.shuffle_seed))


def unprocessed_records(call: Call) -> Response:
    job = CALLS.job(call)
    return _results(call, job, results.unprocessed(job, call.org.bulk.ingest.table(job)))


_BASE = "/services/data/{v}/jobs/ingest"
ROUTES = [
    Route("POST", _BASE, create, source="Bulk API 2.0, Create a Job"),
    Route("GET", _BASE, CALLS.listing, source="Bulk API 2.0, Get Information About All Jobs"),
    Route("GET", _BASE + "/{job}", CALLS.info, source="Bulk API 2.0, Get Information About a Job"),
    Route("PATCH", _BASE + "/{job}", CALLS.change_state, source="Bulk API 2.0, Upload Complete; Abort a Job"),
    Route("DELETE", _BASE + "/{job}", CALLS.delete, source="Bulk API 2.0, Delete a Job"),
    Route("PUT", _BASE + "/{job}/batches", upload, source="Bulk API 2.0, Upload Job Data"),
    Route("GET", _BASE + "/{job}/successfulResults", successful_results, source="Bulk API 2.0, Get Job Successful Record Results"),
    Route("GET", _BASE + "/{job}/failedResults", failed_results, source="Bulk API 2.0, Get Job Failed Record Results"),
    Route("GET", _BASE + "/{job}/unprocessedrecords", unprocessed_records, source="Bulk API 2.0, Get Job Unprocessed Record Results"),
]


def _results(call: Call, job: IngestJob, stream: Stream) -> Response:
    return csv_reply(call, stream, len(job.data or b""))


def _form(call: Call) -> tuple[dict[str, Any], bytes]:
    """Parts `job` and `content`. Raises Refused for a form without them, or with too much data (code and texts are guesses)."""
    kind = call.request.header("content-type")
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + call.body)
    payload = message.get_payload()
    parts = {str(p.get_param("name", header="content-disposition")): _bytes_of(p) for p in payload if isinstance(p, Message)} if isinstance(payload, list) else {}
    if "job" not in parts or "content" not in parts:
        raise refuse("CLIENTINPUTERROR", "A multipart request needs the parts job and content")
    if len(parts["content"].decode("utf-8", "replace")) > MOST_CHARACTERS:
        raise refuse("CLIENTINPUTERROR", f"The data of a multipart request must not be longer than {MOST_CHARACTERS} characters")
    try:
        fields = json.loads(parts["job"])
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise refuse("JSON_PARSER_ERROR", "The part job is not a JSON object")
    return fields, parts["content"]


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
