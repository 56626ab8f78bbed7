"""GET /query and /queryAll: SOQL in pages. Source: wire reference 3.8; the pages themselves: `soql/paging.py`."""

from __future__ import annotations

import re

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.explain import explained
from sfchaos.org.metadata import shown
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.soql import paging
from sfchaos.org.soql.columns import column_metadata
from sfchaos.org.soql.paging import MOST_PAGE_ROWS, Page
from sfchaos.org.soql.run import prepare


def query(call: Call) -> Response:
    return _first_page(call, include_deleted=False)


def query_all(call: Call) -> Response:
    """With rows in the recycle bin."""
    return _first_page(call, include_deleted=True)


def next_page(call: Call) -> Response:
    """`<18 characters>-<offset of the page's first row>`."""
    return _reply(call, paging.next_page(call, call.params["locator"], wish=_wish(call)))


ROUTES = [
    Route("GET", "/services/data/{v}/query", query, source="REST guide, Query"),
    Route("GET", "/services/data/{v}/queryAll", query_all, source="REST guide, QueryAll"),
    Route("GET", "/services/data/{v}/query/{locator}", next_page, source="REST guide, Query More Results"),
    Route("GET", "/services/data/{v}/queryAll/{locator}", next_page, source="REST guide, QueryAll More Results"),
]


def _first_page(call: Call, *, include_deleted: bool) -> Response:
    statement = call.request.query.get("q")
    if statement is None and "explain" in call.request.query:
        return explained(call, include_deleted=include_deleted)
    if statement is None:
        raise refuse("MALFORMED_QUERY", "A query string has to be specified")  # text K
    wants_columns = call.request.query.get("columns") == "true"
    if call.org.metadata.serves(statement):
        if wants_columns:
            return call.reply(call.org.metadata.columns(statement, call.user_id))
        computed = call.org.metadata.query(statement, call.user_id)
        return call.reply({"totalSize": computed.total, "done": True, "records": shown(computed, call.base)})
    prepared = prepare(call.org, statement, user_id=call.user_id, include_deleted=include_deleted, version=call.version_number)
    if wants_columns:
        return call.reply(column_metadata(prepared.plan, call.org.schema))
    return _reply(call, paging.page_of(call, prepared, statement, include_deleted=include_deleted, wish=_wish(call) or MOST_PAGE_ROWS))


def _reply(call: Call, page: Page) -> Response:
    """The envelope in Salesforce's order; nextRecordsUrl only while there is more (wire reference 3.8, R)."""

    def of_children(path: tuple[str, ...], ids: str, shown: int) -> str:
        return f"{call.base}/query/{page.children(call, path, ids, shown)}"

    call.receipt.read.extend(page.result.reads())
    paging.note_uses(call, page.result)
    envelope: dict[str, object] = {"totalSize": page.total, "done": not page.more}
    if page.more:
        envelope["nextRecordsUrl"] = f"{call.base}/query/{page.more}"
    return call.reply({**envelope, "records": page.result.records(call.base, of_children)})


_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d{1,9})", re.IGNORECASE)


def _wish(call: Call) -> int:
    """`Sforce-Query-Options: batchSize=500`; 0 without one."""
    found = _BATCH_SIZE.search(call.request.header("sforce-query-options"))
    return paging.wished_rows(int(found[1])) if found else 0
