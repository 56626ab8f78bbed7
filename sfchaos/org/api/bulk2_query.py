"""/jobs/query: large results by CSV. Source: Bulk API 2.0 developer guide; wire reference 5.6."""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org.bulk import info as bulk_info
from sfchaos.org.bulk.calls import JobCalls, csv_reply
from sfchaos.org.bulk.jobs import QueryJob
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route

CALLS = JobCalls(QueryJob, "query", 47.0)
PAGES_SINCE = 58.0  # API version


def create(call: Call) -> Response:
    CALLS.check_version(call)
    call.receipt.asked = 1
    job = call.org.bulk.queries.create(call.json_row(), user_id=call.user_id, version=call.version)
    CALLS.changed(call, job)
    return call.reply(bulk_info.created(job))


def results(call: Call) -> Response:
    job = CALLS.job(call)
    locator = call.request.query.get("locator", "")
    page = call.org.bulk.queries.results(job, version=call.version, locator=locator, most_rows=_most_rows(call))
    call.receipt.read.extend(page.reads)
    return csv_reply(call, page.stream, page.size, (("Sforce-NumberOfRecords", str(page.rows)), ("Sforce-Locator", page.locator)))


def result_pages(call: Call) -> Response:
    """Up to five pages that can be fetched at the same time. Source: "Get Parallel Results for a Query Job" (D)."""
    if call.version_number < PAGES_SINCE:
        raise no_such_resource()
    job = CALLS.job(call)
    locators, more = call.org.bulk.queries.result_locators(job, version=call.version, locator=call.request.query.get("locator", ""))
    base = f"{call.base}/jobs/query/{job.id}"
    pages = [{"resultUrl": f"{base}/results?locator={locator}"} for locator in locators]
    return call.reply({"resultPages": pages, "nextRecordsUrl": f"{base}/resultPages?locator={more}" if more else None, "done": not more})


_BASE = "/services/data/{v}/jobs/query"
ROUTES = [
    Route("POST", _BASE, create, source="Bulk API 2.0, Create a Query Job"),
    Route("GET", _BASE, CALLS.listing, source="Bulk API 2.0, Get Information About All Query Jobs"),
    Route("GET", _BASE + "/{job}", CALLS.info, source="Bulk API 2.0, Get Information About a Query Job"),
    Route("PATCH", _BASE + "/{job}", CALLS.change_state, source="Bulk API 2.0, Abort a Query Job"),
    Route("DELETE", _BASE + "/{job}", CALLS.delete, source="Bulk API 2.0, Delete a Query Job"),
    Route("GET", _BASE + "/{job}/results", results, source="Bulk API 2.0, Get Results for a Query Job"),
    Route("GET", _BASE + "/{job}/resultPages", result_pages, source="Bulk API 2.0, Get Parallel Results for a Query Job"),
]


def _most_rows(call: Call) -> int | None:
    """maxRecords, None without one. Raises Refused for what is no number above 0 (code and text are guesses)."""
    text = call.request.query.get("maxRecords")
    if text is None:
        return None
    if not text.isdecimal() or not 0 < int(text[:12]) <= 10**9:
        raise refuse("INVALIDJOB", f"Invalid value for maxRecords: {text}")
    return int(text[:12])
