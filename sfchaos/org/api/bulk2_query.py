"""/jobs/query: large results by CSV. Source: Bulk API 2.0 developer guide; wire reference 5.6."""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org import bulk_info
from sfchaos.org.bulk_jobs import QueryJob
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route

CSV_TYPE = "text/csv"  # without a charset, as results of ingest jobs
SINCE, PAGES_SINCE = 47.0, 58.0  # API versions


def create(call: Call) -> Response:
    _check_version(call)
    call.receipt.asked = 1
    job = call.org.bulk.queries.create(call.json_row(), user_id=call.user_id, version=call.version)
    _changed(call, job)
    return call.reply(bulk_info.created(job))


def info(call: Call) -> Response:
    return call.reply(bulk_info.shown(_job(call)))


def abort(call: Call) -> Response:
    """A query job can only be aborted."""
    job = _job(call)
    call.receipt.asked = 1
    moved = call.org.bulk.ask(job, str(call.json_row().get("state", "")))
    _changed(call, job)
    return call.reply(bulk_info.changed(moved))


def delete(call: Call) -> Response:
    job = _job(call)
    call.receipt.asked = 1
    call.org.bulk.delete(job)
    _changed(call, job)
    return call.no_content()


def list_all(call: Call) -> Response:
    _check_version(call)
    jobs, more = call.org.bulk.page(QueryJob, call.request.query.get("queryLocator", ""))
    url = f"{call.base}/jobs/query?queryLocator={more}" if more else None
    return call.reply({"done": not more, "records": [bulk_info.listed(job) for job in jobs], "nextRecordsUrl": url})


def results(call: Call) -> Response:
    job = _job(call)
    locator = call.request.query.get("locator", "")
    page = call.org.bulk.queries.results(job, version=call.version, locator=locator, most_rows=_most_rows(call))
    call.receipt.read.extend(page.reads)
    headers = (("Content-Type", CSV_TYPE), ("Sforce-NumberOfRecords", str(page.rows)), ("Sforce-Locator", page.locator))
    return Response(200, page.text.encode("utf-8", "replace"), headers, call.work_s)


def result_pages(call: Call) -> Response:
    """Up to five pages that can be fetched at the same time. Source: "Get Parallel Results for a Query Job" (D)."""
    if call.version_number < PAGES_SINCE:
        raise no_such_resource()
    job = _job(call)
    locators, more = call.org.bulk.queries.result_locators(job, version=call.version, locator=call.request.query.get("locator", ""))
    base = f"{call.base}/jobs/query/{job.id}"
    pages = [{"resultUrl": f"{base}/results?locator={locator}"} for locator in locators]
    return call.reply({"resultPages": pages, "nextRecordsUrl": f"{base}/resultPages?locator={more}" if more else None, "done": not more})


_BASE = "/services/data/{v}/jobs/query"
ROUTES = [
    Route("POST", _BASE, create, source="Bulk API 2.0, Create a Query Job"),
    Route("GET", _BASE, list_all, source="Bulk API 2.0, Get Information About All Query Jobs"),
    Route("GET", _BASE + "/{job}", info, source="Bulk API 2.0, Get Information About a Query Job"),
    Route("PATCH", _BASE + "/{job}", abort, source="Bulk API 2.0, Abort a Query Job"),
    Route("DELETE", _BASE + "/{job}", delete, source="Bulk API 2.0, Delete a Query Job"),
    Route("GET", _BASE + "/{job}/results", results, source="Bulk API 2.0, Get Results for a Query Job"),
    Route("GET", _BASE + "/{job}/resultPages", result_pages, source="Bulk API 2.0, Get Parallel Results for a Query Job"),
]


def _check_version(call: Call) -> None:
    if call.version_number < SINCE:
        raise no_such_resource()


def _job(call: Call) -> QueryJob:
    _check_version(call)
    job: QueryJob = call.org.bulk.find(call.params["job"], QueryJob)
    call.receipt.facts["job"] = job.id
    return job


def _changed(call: Call, job: QueryJob) -> None:
    call.receipt.facts["job"] = job.id
    call.receipt.changed = 1


def _most_rows(call: Call) -> int | None:
    """maxRecords, None without one. Raises Refused for what is no number above 0 (code and text are guesses)."""
    text = call.request.query.get("maxRecords")
    if text is None:
        return None
    if not text.isdecimal() or not 0 < int(text[:12]) <= 10**9:
        raise refuse("INVALIDJOB", f"Invalid value for maxRecords: {text}")
    return int(text[:12])
