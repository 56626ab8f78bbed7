"""query, queryAll, queryMore, search, retrieve, getUpdated, getDeleted. Shapes: wire reference 12."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sfchaos.core import chance
from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.ids import to_18
from sfchaos.org.metadata import COMPUTED, NO_ID
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.replication import get_deleted, get_updated, instant_of
from sfchaos.org.soap.envelope import Envelope
from sfchaos.org.soap.records_in import checked_id, no_such_field, visible
from sfchaos.org.soap.records_out import Writer, envelope, writer_of
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import dialect_of, element, elements, reply, result
from sfchaos.org.soql import paging
from sfchaos.org.soql.paging import Page
from sfchaos.org.soql.run import Prepared, prepare
from sfchaos.org.sosl.run import search as searched

DEFAULT_PAGE_ROWS = 500  # of SOAP; REST gives 2000 (D, "QueryOptions")
MOST_RETRIEVED = 2000  # wire reference 7
_IDS_AT_ONCE = 100  # 2,500 characters of WHERE, of the 4,000 that there may be
_NO_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")


def query(call: Call, asked: Envelope) -> Response:
    return _query(call, asked, include_deleted=False)


def query_all(call: Call, asked: Envelope) -> Response:
    return _query(call, asked, include_deleted=True)


def query_more(call: Call, asked: Envelope) -> Response:
    session_of(call, asked)
    wish = asked.header("QueryOptions", "batchSize")
    return _paged(call, asked, paging.next_page(call, asked.arguments.get("queryLocator", "").strip(), wish=_rows(wish) if wish else 0))


def search(call: Call, asked: Envelope) -> Response:
    session_of(call, asked)
    _, found = searched(call.org, asked.arguments.get("searchString", ""), user_id=call.user_id, version=call.version_number)
    writer = writer_of(call)
    for each in found:
        call.receipt.read.extend(each.result.reads())
    records = "".join(f"<searchRecords>{writer.record('record', each.result.plan.shape, row, {})}</searchRecords>" for each in found for row in each.result.sql_rows)
    number = call.org.registers.next("search")
    name = chance.token(20, call.org.seed, "search", number, alphabet="abcdefghijklmnopqrstuvwxyz0123456789")  # its shape is a guess
    return result(call, asked.name, element("queryId", name) + records)


def retrieve(call: Call, asked: Envelope) -> Response:
    """Rows in the order of the ids; nil for one that is not there, or not to be seen (K)."""
    session_of(call, asked)
    sobject = visible(call, asked.arguments.get("sObjectType", "").strip())
    ids = [checked_id(text) for text in asked.texts("ids")]
    if len(ids) > MOST_RETRIEVED:
        raise refuse("EXCEEDED_ID_LIMIT", f"retrieve id limit reached: {len(ids)}")  # text is a guess
    fields = _fields(call, sobject.name, asked.arguments.get("fieldList", ""))
    wanted = list(dict.fromkeys(to_18(text) for text in ids))
    writer, rows = writer_of(call), {}
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        listed = ",".join(f"'{record_id}'" for record_id in wanted[at : at + _IDS_AT_ONCE])
        found = prepare(call.org, f"SELECT {fields} FROM {sobject.name} WHERE Id IN ({listed})", user_id=call.user_id, version=call.version_number).all()
        call.receipt.read.extend(found.reads())
        rows.update({row[0]: writer.record("result", found.plan.shape, row, {}) for row in found.sql_rows})
    return reply(call, asked.name, "".join(rows.get(to_18(text), '<result xsi:nil="true"/>') for text in ids))


def _fields(call: Call, sobject: str, listed: str) -> str:
    """Plain fields of the object. Raises Refused INVALID_FIELD in the words of a call that has no statement."""
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if not names:
        raise refuse("MISSING_ARGUMENT", "fieldList not specified")  # a guess
    try:
        call.org.plans.read(visible(call, sobject), call.user_id, ",".join(names))
    except Refused as refused:
        raise no_such_field(refused, sobject) from None
    return ", ".join(dict.fromkeys(names))


def updated(call: Call, asked: Envelope) -> Response:
    session_of(call, asked)
    sobject = visible(call, asked.arguments.get("sObjectType", "").strip())
    found = get_updated(call.org, sobject, _instant(asked, "startDate"), _instant(asked, "endDate"), user_id=call.user_id)
    if found.ids:
        call.receipt.read.append((sobject.name, ("Id",), found.ids))
    return result(call, asked.name, elements([("ids", list(found.ids)), ("latestDateCovered", _zulu(found.covered))]))


def deleted(call: Call, asked: Envelope) -> Response:
    session_of(call, asked)
    sobject = visible(call, asked.arguments.get("sObjectType", "").strip())
    found = get_deleted(call.org, sobject, _instant(asked, "startDate"), _instant(asked, "endDate"), user_id=call.user_id)
    rows = [{"deletedDate": _zulu(when), "id": record_id} for record_id, when in found.rows]
    return result(call, asked.name, elements([("deletedRecords", rows), ("earliestDateAvailable", _zulu(found.earliest)), ("latestDateCovered", _zulu(found.covered))]))


def _instant(asked: Envelope, name: str) -> float:
    """An xsd:dateTime; one without a zone is UTC. Code and text as on REST: guesses."""
    text = asked.arguments.get(name, "").strip()
    at_s = instant_of(f"{text}Z" if _NO_ZONE.fullmatch(text) else text)
    if at_s is None:
        raise refuse("INVALID_REPLICATION_DATE", f"{name} is not a date and time: {text}")
    return at_s


def _zulu(stored: str) -> str:
    return stored.replace("+0000", "Z")


# ---------------------------------------------------------------------- queries


def _query(call: Call, asked: Envelope, *, include_deleted: bool) -> Response:
    session_of(call, asked)
    statement = asked.arguments.get("queryString", "")
    if call.org.metadata.serves(statement):
        computed = call.org.metadata.query(statement, call.user_id)
        return _reply(call, asked.name, envelope(replace(writer_of(call), own_id=NO_ID if computed.sobject in COMPUTED else "").records(computed), computed.total, ""))
    prepared: Prepared = prepare(call.org, statement, user_id=call.user_id, include_deleted=include_deleted, version=call.version_number)
    page = paging.page_of(call, prepared, statement, include_deleted=include_deleted, wish=_rows(asked.header("QueryOptions", "batchSize")))
    return _paged(call, asked, page)


def _paged(call: Call, asked: Envelope, page: Page) -> Response:
    call.receipt.read.extend(page.result.reads())
    paging.note_uses(call, page.result)
    writer: Writer = writer_of(call, page)
    return _reply(call, asked.name, envelope(writer.records(page.result), page.total, page.more))


def _reply(call: Call, name: str, inner: str) -> Response:
    """The partner's result names its type, the enterprise's does not (R)."""
    typed = "" if dialect_of(call).letter == "c" else ' xsi:type="QueryResult"'
    return reply(call, name, f"<result{typed}>{inner}</result>")


def _rows(wish: str) -> int:
    """`QueryOptions` batchSize, within 200 and 2000; 500 without one."""
    return paging.wished_rows(int(wish)) if wish.isascii() and wish.isdecimal() and len(wish) < 10 else DEFAULT_PAGE_ROWS


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "query": query, "queryAll": query_all, "queryMore": query_more, "search": search, "retrieve": retrieve, "getUpdated": updated, "getDeleted": deleted,
}  # fmt: skip
