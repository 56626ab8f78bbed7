"""/services/async: the Bulk API 1.0. Source: Bulk API developer guide (1.0); wire reference 6.

Replies are XML, or JSON where the request's Content-Type says so (a POST) or the job's content type does (a GET): heroku/salesforce-bulk,
simple-salesforce and tap-salesforce read them so (U).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sfchaos.core.messages import Headers, Response
from sfchaos.org.bulk1 import show, xml
from sfchaos.org.bulk1.jobs import Batch, Job1
from sfchaos.org.bulk1.results import TYPES, list_body, outcomes_body
from sfchaos.org.call import Call, dumps
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.xml_parsing import BadXml, parsed

# What a batch of each content type may say of itself (D, "Content Type Header"; that a batch need not say it is K)
_BATCH_TYPES = {
    "CSV": ("text/csv", "text/plain"), "XML": ("application/xml", "text/xml"), "JSON": ("application/json",),
    "ZIP_CSV": ("zip/csv",), "ZIP_XML": ("zip/xml",), "ZIP_JSON": ("zip/json",),
}  # fmt: skip
_UNSAID = ("", "application/x-www-form-urlencoded", "application/octet-stream")


# ---------------------------------------------------------------------- jobs


def create(call: Call) -> Response:
    call.receipt.asked = 1
    header = call.request.header
    job = call.org.bulk1.create(_job_info(call), user_id=call.user_id, version=call.version, chunking=header("sforce-enable-pkchunking"),
                                retries=header("sforce-disable-batch-retry").strip().lower() != "true")  # fmt: skip
    _changed(call, job)
    return _job_reply(call, job, 201, (("Location", f"{_address(call)}/{job.id}"),))


def change(call: Call) -> Response:
    """A jobInfo with a state: Closed or Aborted."""
    job = _job(call)
    call.receipt.asked = 1
    moved = call.org.bulk1.change(job, _job_info(call))
    _changed(call, job)
    return _job_reply(call, moved)


def info(call: Call) -> Response:
    return _job_reply(call, _job(call))


def set_spec(call: Call) -> Response:
    """201 without a body (status U heroku/salesforce-bulk)."""
    job = _job(call)
    call.receipt.asked = 1
    call.org.bulk1.set_spec(job, call.body)
    _changed(call, job)
    return Response(201, b"", (), call.work_s)


# ---------------------------------------------------------------------- batches


def add_batch(call: Call) -> Response:
    job = _job(call)
    call.receipt.asked = 1
    kind = call.request.header("content-type")
    line_ending = call.request.header("sforce-line-ending").strip().upper()
    if not _may_be(job, kind.partition(";")[0].strip().lower()):
        raise refuse("ClientInputError", f"Content-Type {kind} does not match the job's contentType {job.content_type}")  # code and text are guesses
    if line_ending not in ("", "LF", "CRLF"):
        raise refuse("ClientInputError", f"Invalid value of Sforce-Line-Ending: {line_ending}. Allowed are LF, CRLF")  # code and text are guesses
    batch = call.org.bulk1.add(job, call.body, content_type=kind, line_ending=line_ending)
    _changed(call, job)
    return _batch_reply(call, job, batch, 201, (("Location", f"{_address(call)}/{job.id}/batch/{batch.id}"),))


def _may_be(job: Job1, kind: str) -> bool:
    """A statement may come as the text of any form."""
    allowed = (*_BATCH_TYPES[job.content_type], *_UNSAID)
    return kind in allowed or (job.is_query and (kind.startswith("text/") or kind in ("application/xml", "application/json")))


def list_batches(call: Call) -> Response:
    job = _job(call)
    batches = call.org.bulk1.batches(job)
    if _is_json(call, job):
        return _json(call, {"batchInfo": [show.batch_json(b) for b in batches]})
    return _xml(call, xml.batch_list(show.batch_pairs(b) for b in batches))


def batch_info(call: Call) -> Response:
    job, batch = _batch(call)
    return _batch_reply(call, job, batch)


def request(call: Call) -> Response:
    """The batch as it was sent."""
    job, batch = _batch(call)
    kind = batch.content_type if batch.content_type.partition(";")[0].strip().lower() not in _UNSAID else _BATCH_TYPES[job.content_type][0]
    return Response(200, batch.data, (("Content-Type", kind),), call.work_s)


def result(call: Call) -> Response:
    """Outcomes of the rows in their order, or the ids of a query's files."""
    job, batch = _batch(call)
    call.org.bulk1.check_results(job, batch)
    if job.is_query:
        form = "JSON" if _is_json(call, job) else "XML"
        return _body(call, form, list_body(form, [r.id for r in batch.results], spaced=_is_spaced(call)))
    return _body(call, job.rows_form, outcomes_body(job.rows_form, batch.outcomes, spaced=_is_spaced(call)))


def result_file(call: Call) -> Response:
    """One file of a query. Raises Refused InvalidBatch for another id (code and text K)."""
    job, batch = _batch(call)
    call.org.bulk1.check_results(job, batch)
    wanted = call.params["result"]
    found = next((r for r in batch.results if r.id[:15] == wanted[:15] and len(wanted) in (15, 18)), None)
    if found is None:
        raise refuse("InvalidBatch", f"Invalid result id: {wanted}")
    call.receipt.read.extend(found.reads)
    return _body(call, job.rows_form, found.body)


_BASE = "/services/async/{v}/job"
_BATCH = _BASE + "/{job}/batch/{batch}"
ROUTES = [
    Route("POST", _BASE, create, "bulk1", source="Bulk API, Create a Job"),
    Route("GET", _BASE + "/{job}", info, "bulk1", source="Bulk API, Get Job Details"),
    Route("POST", _BASE + "/{job}", change, "bulk1", source="Bulk API, Close a Job; Abort a Job"),
    Route("POST", _BASE + "/{job}/spec", set_spec, "bulk1", source="Bulk API, Map Data Fields"),
    Route("POST", _BASE + "/{job}/batch", add_batch, "bulk1", source="Bulk API, Add a Batch to a Job"),
    Route("GET", _BASE + "/{job}/batch", list_batches, "bulk1", source="Bulk API, Get Information for All Batches in a Job"),
    Route("GET", _BATCH, batch_info, "bulk1", source="Bulk API, Get Information for a Batch"),
    Route("GET", _BATCH + "/request", request, "bulk1", source="Bulk API, Get a Batch Request"),
    Route("GET", _BATCH + "/result", result, "bulk1", source="Bulk API, Get Batch Results"),
    Route("GET", _BATCH + "/result/{result}", result_file, "bulk1", source="Bulk API, Get Bulk Query Results"),
]


# ---------------------------------------------------------------------- requests


def _address(call: Call) -> str:
    return f"/services/async/{call.version}/job"


def _job(call: Call) -> Job1:
    job = call.org.bulk1.find(call.params["job"], call.user_id)
    call.receipt.facts["job"] = job.id
    return job


def _batch(call: Call) -> tuple[Job1, Batch]:
    job = _job(call)
    return job, call.org.bulk1.batch(job, call.params["batch"])


def _changed(call: Call, job: Job1) -> None:
    """Note on the receipt that the job was made or moved."""
    call.receipt.facts["job"] = job.id
    call.receipt.changed = 1


def _job_info(call: Call) -> dict[str, Any]:
    """A jobInfo in XML or JSON. Raises Refused: InvalidXML (code D), ClientInputError for JSON that is none (a guess); texts K."""
    if "json" in call.request.header("content-type").lower():
        try:
            found = json.loads(call.body)
        except (ValueError, RecursionError) as error:
            raise refuse("ClientInputError", f"Failed to parse JSON. {error}") from None
        if not isinstance(found, dict):
            raise refuse("ClientInputError", "Failed to parse JSON. Expected a jobInfo object")
        return found
    try:
        root = parsed(call.body)
    except BadXml as bad:
        raise refuse("InvalidXML", f"Failed to parse XML. {bad}") from None
    if xml.local(root) != "jobInfo":
        raise refuse("InvalidXML", f"Failed to parse XML. Expected jobInfo, found {xml.local(root)}")
    return dict(xml.words(root))


# ---------------------------------------------------------------------- replies


def _is_json(call: Call, job: Job1) -> bool:
    if call.request.effective_method == "POST":
        kind = call.request.header("content-type").lower()
        return "json" in kind or ("xml" not in kind and "csv" not in kind and job.rows_form == "JSON")
    return job.rows_form == "JSON"


def _is_spaced(call: Call) -> bool:
    return call.request.header("x-prettyprint") == "1"


def _job_reply(call: Call, job: Job1, status: int = 200, headers: Headers = ()) -> Response:
    batches: Sequence[Batch] = call.org.bulk1.batches(job)
    if _is_json(call, job):
        return _json(call, show.job_json(job, batches), status, headers)
    return _xml(call, xml.info("jobInfo", show.job_pairs(job, batches)), status, headers)


def _batch_reply(call: Call, job: Job1, batch: Batch, status: int = 200, headers: Headers = ()) -> Response:
    if _is_json(call, job):
        return _json(call, show.batch_json(batch), status, headers)
    return _xml(call, xml.info("batchInfo", show.batch_pairs(batch)), status, headers)


def _json(call: Call, value: Any, status: int = 200, headers: Headers = ()) -> Response:
    return _body(call, "JSON", dumps(value, spaced=_is_spaced(call)), status, headers)


def _xml(call: Call, body: bytes, status: int = 200, headers: Headers = ()) -> Response:
    return _body(call, "XML", body, status, headers)


def _body(call: Call, form: str, body: bytes, status: int = 200, headers: Headers = ()) -> Response:
    return Response(status, body, (("Content-Type", TYPES[form]), *headers), call.work_s)
