"""GET /query and /queryAll: SOQL in pages. Source: wire reference 3.8.

A result that does not fit its page leaves a locator behind: the ids of all its rows, in order. Its pages are read by id, so
they can be fetched again and again and show the same rows. Locators live two days and there is no limit on their number
(Limits sheet, "API Query Cursor Limits", D); only their user may use them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sfchaos.core.messages import Response
from sfchaos.org.access.sharing import reachable
from sfchaos.org.call import Call
from sfchaos.org.explain import explained
from sfchaos.org.ids import make_id
from sfchaos.org.metadata import shown
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.routes import Route
from sfchaos.org.soql.columns import column_metadata
from sfchaos.org.soql.plan import Column, Plan
from sfchaos.org.soql.run import ID_CHARS, Prepared, QueryResult, prepare

DEFAULT_PAGE_ROWS = 2000
SMALLEST_PAGE_ROWS = 200  # smaller wishes are raised to it (wire reference 1.7, K)
LONG_TEXT_PAGE_ROWS = 200  # with two or more long-text custom fields (wire reference 3.8, D)
LIFETIME_S = 2 * 86_400.0
NEWER_LOCATORS = 56  # `01g` before this version, `0r8` from it on (the border is a guess: wire reference 3.8)


@dataclass(frozen=True, slots=True)
class Locator:
    """A result that is being paged. `ids` are all its rows, 18 characters each, without a separator. `path` leads to the child
    subquery whose rows of one parent they are, where they are. `version` is that of the first page."""

    user_id: str
    statement: str
    include_deleted: bool
    ids: str
    page_rows: int
    born_s: float
    dead: bool = False
    path: tuple[str, ...] = ()
    version: float = 0.0

    @property
    def total(self) -> int:
        return len(self.ids) // ID_CHARS


def query(call: Call) -> Response:
    return _first_page(call, include_deleted=False)


def query_all(call: Call) -> Response:
    """With rows in the recycle bin."""
    return _first_page(call, include_deleted=True)


def next_page(call: Call) -> Response:
    """`<18 characters>-<offset of the page's first row>`."""
    name, _, offset = call.params["locator"].partition("-")
    locator = _open_locator(call, name)
    start = int(offset) if offset.isdecimal() else -1
    if not 0 <= start < locator.total:
        raise _dead_locator()
    prepared = prepare(call.org, locator.statement, user_id=call.user_id, include_deleted=locator.include_deleted, version=locator.version)
    return _page(call, prepared.child(locator.path), locator, name, start)


ROUTES = [
    Route("GET", "/services/data/{v}/query", query, source="REST guide, Query"),
    Route("GET", "/services/data/{v}/queryAll", query_all, source="REST guide, QueryAll"),
    Route("GET", "/services/data/{v}/query/{locator}", next_page, source="REST guide, Query More Results"),
    Route("GET", "/services/data/{v}/queryAll/{locator}", next_page, source="REST guide, QueryAll More Results"),
]


# ---------------------------------------------------------------------- pages


def _first_page(call: Call, *, include_deleted: bool) -> Response:
    statement = call.request.query.get("q")
    if statement is None and "explain" in call.request.query:
        return explained(call, include_deleted=include_deleted)
    if statement is None:
        raise refuse("MALFORMED_QUERY", "A query string has to be specified")  # text K
    if call.org.metadata.serves(statement):
        if call.request.query.get("columns") == "true":
            return call.reply(call.org.metadata.columns(statement, call.user_id))
        computed = call.org.metadata.query(statement, call.user_id)
        return call.reply({"totalSize": computed.total, "done": True, "records": shown(computed, call.base)})
    prepared = prepare(call.org, statement, user_id=call.user_id, include_deleted=include_deleted, version=call.version_number)
    if call.request.query.get("columns") == "true":
        return call.reply(column_metadata(prepared.plan, call.org.schema))
    page_rows = _page_rows(call, prepared.plan)
    whole = prepared.first(page_rows)
    first = Locator(call.user_id, statement, include_deleted, "", page_rows, call.org.now_s(), version=call.version_number)
    if whole is None:
        locator = replace(first, ids=prepared.ids())
        return _page(call, prepared, locator, "", 0)
    ids = "".join(whole.ids) if whole.families else ""
    total = whole.total
    fitting = whole.fit(page_rows)
    locator = replace(first, ids=ids)
    more = f"{call.base}/query/{_keep(call, locator)}-{fitting}" if whole.families and fitting < total else ""
    return _reply(call, whole, locator, total, more)


def _page(call: Call, prepared: Prepared, locator: Locator, name: str, start: int) -> Response:
    """A page as large as this request or the first one asked for. A locator without a name gets one when there is more."""
    page_rows = _page_rows(call, prepared.plan, otherwise=locator.page_rows)
    ids = locator.ids[start * ID_CHARS : (start + page_rows) * ID_CHARS]
    result = prepared.page(reachable(call.org, call.user_id, prepared.plan.sobject, ids))
    found = len(result.sql_rows)
    is_cut = result.fit(page_rows) < found
    end = start + (ids.index(result.ids[-1]) // ID_CHARS + 1 if is_cut else page_rows)
    more = f"{call.base}/query/{name or _keep(call, locator)}-{end}" if end < locator.total else ""
    return _reply(call, result, locator, locator.total, more)


def _reply(call: Call, result: QueryResult, locator: Locator, total: int, more: str = "") -> Response:
    """The envelope in Salesforce's order; nextRecordsUrl only while there is more (wire reference 3.8, R)."""

    def of_children(path: tuple[str, ...], ids: str, shown: int) -> str:
        """Child sets that are cut have a locator of their own (wire reference 3.8, L)."""
        kept = replace(locator, ids=ids, path=path, born_s=call.org.now_s())
        return f"{call.base}/query/{_keep(call, kept)}-{shown}"

    call.receipt.read.extend(result.reads())
    _note_uses(call, result)
    envelope: dict[str, object] = {"totalSize": total, "done": not more}
    if more:
        envelope["nextRecordsUrl"] = more
    return call.reply({**envelope, "records": result.records(call.base, of_children)})


def _note_uses(call: Call, result: QueryResult) -> None:
    """FOR VIEW and FOR REFERENCE: the rows count as seen by the user (wire reference 9.5)."""
    sobject = call.org.schema.find(result.sobject)
    for use in result.plan.uses:
        if sobject is not None and use == "VIEW":
            call.org.recent.viewed(call.user_id, sobject, *result.ids)
        elif sobject is not None:
            call.org.recent.referenced(call.user_id, sobject, *result.ids)


_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d{1,9})", re.IGNORECASE)


def _page_rows(call: Call, plan: Plan, otherwise: int = DEFAULT_PAGE_ROWS) -> int:
    """`Sforce-Query-Options: batchSize=500` within 200 and 2000 (wire reference 1.7)."""
    wish = _BATCH_SIZE.search(call.request.header("sforce-query-options"))
    rows = min(max(int(wish[1]), SMALLEST_PAGE_ROWS), DEFAULT_PAGE_ROWS) if wish else otherwise
    return min(rows, LONG_TEXT_PAGE_ROWS) if _long_texts(plan) >= 2 else rows


def _long_texts(plan: Plan) -> int:
    return sum(isinstance(m, Column) and m.type == "textarea" and m.name.endswith("__c") for m in plan.shape.members)


# ---------------------------------------------------------------------- locators


def _keep(call: Call, locator: Locator) -> str:
    """Forget what has died of age, and give the new one its id."""
    held = call.org.registers.locators
    for name, other in list(held.items()):
        if _is_old(call, other):
            del held[name]
    name = make_id("0r8" if call.version_number >= NEWER_LOCATORS else "01g", call.org.registers.next("locator"))
    held[name] = locator
    return name


def _open_locator(call: Call, name: str) -> Locator:
    found = call.org.registers.locators.get(name)
    if not isinstance(found, Locator) or found.dead or found.user_id != call.user_id or _is_old(call, found):
        raise _dead_locator()
    return found


def _is_old(call: Call, locator: Locator) -> bool:
    return call.org.now_s() - locator.born_s >= LIFETIME_S


def _dead_locator() -> Refused:
    """Unknown, dead, too old or another user's. Text U: wire reference 3.8."""
    return refuse("INVALID_QUERY_LOCATOR", "invalid query locator")
