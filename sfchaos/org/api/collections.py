"""sObject collections: up to 200 rows in one request, each with its own result. Source: wire reference 3.11.

A request that is not well formed is 400 as a whole; a well-formed one is 200, whatever became of its rows (D).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sfchaos.core.gate import Verb
from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.parts.subrequests import need_version
from sfchaos.org.refusals import Refused, collection_item, no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.dml import RowResult, Run, rolled_back
from sfchaos.org.rows.plans import sobject_of
from sfchaos.org.rows.read import key_field_of, row_body
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.schema.model import SObject

MOST_RECORDS = 200
MOST_RUNS = 10
MOST_RETRIEVED = 2000
SINCE, UPSERT_SINCE = 42.0, 46.0  # D


def create(call: Call) -> Response:
    need_version(call, SINCE)
    return _write(call, "create")


def update(call: Call) -> Response:
    need_version(call, SINCE)
    return _write(call, "update")


def upsert(call: Call) -> Response:
    """By an external id; one type only, the one in the URL. Items carry `created` last (R)."""
    need_version(call, UPSERT_SINCE)
    sobject = _sobject(call)
    f = key_field_of(call.org, sobject, call.params["field"], call.user_id)
    body = call.json_row()
    records = _records(body)
    for record in records:
        if sobject_of(call.org, _type_of(record), call.user_id) is not sobject:
            # text is a guess
            raise refuse("INVALID_TYPE", f"All records must be of type {sobject.name}")
    results = call.org.dml.write_runs("upsert", [(sobject.name, records)], user_id=call.user_id, all_or_none=_all_or_none(call, body.get("allOrNone")), key_field=f.name, call=call)
    return call.reply([_item(result, "upsert") for result in results])


def delete(call: Call) -> Response:
    """`?ids=a,b&allOrNone=false`; the type of each id follows from its prefix."""
    need_version(call, SINCE)
    ids = _ids(call.request.query.get("ids", ""))
    _check_count(len(ids), MOST_RECORDS)
    kinds = [call.org.schema.of_prefix(text[:3]) if is_id(text) else None for text in ids]
    runs = [(sobject.name, [{"Id": text} for _, text in pairs]) for sobject, pairs in _by_type(kinds, ids) if sobject is not None]
    _check_runs(len(runs))
    all_or_none = _all_or_none(call, call.request.query.get("allOrNone"))
    if all_or_none and None in kinds:
        call.receipt.asked += len(ids)
        results = [_malformed(text) if kind is None else rolled_back(RowResult(True, text)) for kind, text in zip(kinds, ids, strict=True)]
    else:
        written = iter(call.org.dml.write_runs("delete", runs, user_id=call.user_id, all_or_none=all_or_none, call=call))
        results = [_malformed(text) if kind is None else next(written) for kind, text in zip(kinds, ids, strict=True)]
    return call.reply([_item(result, "delete") for result in results])


def retrieve(call: Call) -> Response:
    query = call.request.query
    return _retrieve(call, _ids(query.get("ids", "")), query.get("fields", ""))


def retrieve_by_post(call: Call) -> Response:
    body = call.json_row()
    ids, fields = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise _missing("ids and fields")
    return _retrieve(call, [str(text) for text in ids], ",".join(str(name) for name in fields))


# ---------------------------------------------------------------------------- parts


def _write(call: Call, verb: Verb) -> Response:
    body = call.json_row()
    records = _records(body)
    runs: list[Run] = [(kind, list(some)) for kind, some in groupby(records, key=_type_of)]
    _check_runs(len(runs))
    results = call.org.dml.write_runs(verb, runs, user_id=call.user_id, all_or_none=_all_or_none(call, body.get("allOrNone")), call=call)
    return call.reply([_item(result, verb) for result in results])


def _retrieve(call: Call, ids: Sequence[str], fields: str) -> Response:
    """Rows in the order of the ids; null for one that is not there, or not to be seen."""
    sobject = _sobject(call)
    if not ids or not fields:
        raise _missing("ids and fields")
    _check_count(len(ids), MOST_RETRIEVED)
    plan = call.org.plans.read(sobject, call.user_id, fields)
    rows = [_row_or_none(call, sobject, text, fields) for text in ids]
    found = tuple(row["Id"] for row in rows if row is not None)
    if found:
        call.receipt.read.append((sobject.name, plan.names, found))
    return call.reply(rows)


def _row_or_none(call: Call, sobject: SObject, text: str, fields: str) -> dict[str, Any] | None:
    if not is_id(text) or text[:3] != sobject.key_prefix:
        return None
    try:
        return row_body(call.org, sobject, to_18(text), user_id=call.user_id, base=call.base, wanted=fields)
    except Refused:
        return None


def _sobject(call: Call) -> SObject:
    found = access.visible(call.org, call.user_id, call.params["sobject"])
    if found is None:
        raise no_such_resource()
    return found


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Raises Refused when the request is not well formed (texts are guesses; the limit's text K)."""
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise _missing("records")
    _check_count(len(records), MOST_RECORDS)
    return records


def _type_of(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(kind, str) or not kind:
        raise _missing("attributes.type")
    return kind


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _check_count(count: int, most: int) -> None:
    if not count:
        raise _missing("records")
    if count > most:
        raise refuse("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records in one request")


def _check_runs(count: int) -> None:
    if count > MOST_RUNS:
        # the code is the one that wire reference 3.11 names, the text a guess
        raise refuse("EXCEEDED_MAX_TYPES_LIMIT", f"The records are in more than {MOST_RUNS} chunks of one type")


def _missing(what: str) -> Refused:
    return refuse("MISSING_ARGUMENT", f"{what} not specified")


def _all_or_none(call: Call, sent: Any) -> bool:
    """What the request says; the allOrNone of a composite around it goes before (wire reference 3.11, D)."""
    return _is_true(sent) or bool(call.facts.get("all_or_none"))


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _by_type(kinds: Sequence[SObject | None], ids: Sequence[str]) -> list[tuple[SObject | None, list[tuple[SObject | None, str]]]]:
    """Runs of ids of one type, without the ids of none."""
    known = [pair for pair in zip(kinds, ids, strict=True) if pair[0] is not None]
    return [(pairs[0][0], pairs) for _, some in groupby(known, key=lambda pair: pair[0].name if pair[0] else "") if (pairs := list(some))]


def _malformed(text: str) -> RowResult:
    return RowResult(False, text, False, (row_refusal("MALFORMED_ID", f"malformed id {text}"),))  # text K


def _item(result: RowResult, verb: Verb) -> dict[str, Any]:
    """A create that failed has no id; updates and deletes repeat theirs (D/L)."""
    item: dict[str, Any] = {}
    if result.id:
        item["id"] = result.id
    item["success"] = result.ok
    item["errors"] = [collection_item(refusal) for refusal in result.refusals]
    if verb == "upsert" and result.ok:
        item["created"] = result.created
    return item


_ALL = "/services/data/{v}/composite/sobjects"
_GUIDE = 'REST API Developer Guide, "sObject Collections"'
ROUTES = [
    Route("POST", _ALL, create, source=_GUIDE),
    Route("PATCH", _ALL, update, source=_GUIDE),
    Route("DELETE", _ALL, delete, source=_GUIDE),
    Route("GET", _ALL + "/{sobject}", retrieve, source=_GUIDE),
    Route("POST", _ALL + "/{sobject}", retrieve_by_post, source=_GUIDE),
    Route("PATCH", _ALL + "/{sobject}/{field}", upsert, source=_GUIDE),
]
