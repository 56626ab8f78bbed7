"""create, update, upsert, delete, undelete, merge and emptyRecycleBin. Results: wire reference 12 (L, R)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sfchaos.core.gate import Refusal, RowTouch, Verb
from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.dml import RowResult, Run, rolled_back
from sfchaos.org.rows.merge import MergeResult
from sfchaos.org.rows.row_input import is_key
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.soap.envelope import Envelope, child_of, local, misplaced
from sfchaos.org.soap.records_in import MOST_ROWS, Sent, checked_id, no_such_field, read_row, read_rows, runs_of, too_many, visible
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element, elements, reply

MOST_MERGES = 200  # merge requests in one call (D)


def create(call: Call, envelope: Envelope) -> Response:
    return _save(call, envelope, "create", "sObjects")


def update(call: Call, envelope: Envelope) -> Response:
    return _save(call, envelope, "update", "sObjects")


def upsert(call: Call, envelope: Envelope) -> Response:
    """`externalIDFieldName` first, then the rows; each result says whether it made one."""
    key_field = envelope.arguments.get("externalIDFieldName", "").strip()
    return _save(call, envelope, "upsert", "sObjects", key_field)


def delete(call: Call, envelope: Envelope) -> Response:
    return _by_ids(call, envelope, "delete")


def undelete(call: Call, envelope: Envelope) -> Response:
    return _by_ids(call, envelope, "undelete")


def empty_recycle_bin(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    ids = _ids(envelope)
    results = call.org.recycle_bin.empty(ids, user_id=call.user_id)
    call.receipt.asked += len(results)
    call.receipt.changed += sum(result.ok for result in results)
    return reply(call, envelope.name, _results(results))


def merge(call: Call, envelope: Envelope) -> Response:
    """`<request><masterRecord/><recordToMergeIds/>...</request>`, each by itself (wire reference 12; D: 200 requests in a call)."""
    session_of(call, envelope)
    requests = envelope.elements("request")
    if len(requests) > MOST_MERGES:
        raise too_many(MOST_MERGES)
    results = [_merged(call, request) for request in requests]
    return reply(call, envelope.name, "".join(_merge_result(result) for result in results))


# ---------------------------------------------------------------------- rows


def _save(call: Call, envelope: Envelope, verb: Verb, name: str, key_field: str = "") -> Response:
    session_of(call, envelope)
    _take_headers(call, envelope)
    rows = read_rows(envelope.elements(name))
    runs = runs_of(call, rows, truncate=envelope.is_on("AllowFieldTruncationHeader", "allowFieldTruncation"))
    if verb == "upsert":
        _check_keys(call, runs, key_field)
    try:
        results = call.org.dml.write_runs(verb, runs, user_id=call.user_id, all_or_none=_all_or_none(envelope), call=call, form="soap", key_field=key_field)
    except Refused as refused:
        raise no_such_field(refused, "") from None
    _note_recent(call, runs, results)
    return reply(call, envelope.name, _results(results, with_created=verb == "upsert"))


def _check_keys(call: Call, runs: Sequence[Run], key_field: str) -> None:
    """Text K, as Data Loader shows it."""
    for name, _ in runs:
        sobject = visible(call, name)
        f = sobject.find(key_field)
        if f is None or not is_key(f):
            raise refuse("INVALID_FIELD", f"Field name provided, {key_field} does not match an External ID, Salesforce Id, or indexed field for {sobject.name}")


def _by_ids(call: Call, envelope: Envelope, verb: Verb) -> Response:
    session_of(call, envelope)
    _take_headers(call, envelope)
    ids = _ids(envelope)
    kinds = [call.org.schema.of_prefix(text[:3]) for text in ids]
    runs: list[Run] = []
    for kind, pairs in groupby(zip(kinds, ids, strict=True), key=lambda pair: pair[0].name if pair[0] else ""):
        if kind:
            runs.append((kind, [{"Id": text} for _, text in pairs]))
    written = iter(_written_ids(call, verb, runs, all_or_none=_all_or_none(envelope), known=None not in kinds))
    results = [_no_such_id(text) if kind is None else next(written) for kind, text in zip(kinds, ids, strict=True)]
    call.receipt.asked += kinds.count(None)
    return reply(call, envelope.name, _results(results))


def _written_ids(call: Call, verb: Verb, runs: Sequence[Run], *, all_or_none: bool, known: bool) -> list[RowResult]:
    """`known` is False when an id belongs to no object: with allOrNone nothing is done then."""
    if all_or_none and not known:
        rows = [row for _, some in runs for row in some]
        call.receipt.asked += len(rows)
        return [rolled_back(RowResult(True, str(row["Id"]))) for row in rows]
    return call.org.dml.write_runs(verb, runs, user_id=call.user_id, all_or_none=all_or_none, call=call)


def _ids(envelope: Envelope) -> list[str]:
    ids = [checked_id(text) for text in envelope.texts("ids")]
    if len(ids) > MOST_ROWS:
        raise too_many(MOST_ROWS)
    return ids


def _no_such_id(text: str) -> RowResult:
    return RowResult(False, text, False, (row_refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),))


def _merged(call: Call, request: ET.Element) -> MergeResult:
    master = child_of(request, "masterRecord")
    if master is None:
        raise misplaced(request)
    sent: Sent = read_row(master)
    losers = [checked_id((item.text or "").strip()) for item in request if local(item) == "recordToMergeIds"]
    call.receipt.asked += 1 + len(losers)
    try:
        result = call.org.dml.merge(visible(call, sent.kind).name, sent.values, losers, user_id=call.user_id)
    except Refused as refused:
        raise no_such_field(refused, sent.kind) from None
    code = result.refusals[0].code if result.refusals else ""
    touched: list[tuple[Verb, str]] = [("update", str(sent.values.get("Id", ""))), *(("delete", loser) for loser in losers)]
    call.receipt.rows += [RowTouch(verb, sent.kind, record_id, result.ok, code) for verb, record_id in touched]
    call.receipt.changed += (1 + len(losers)) * result.ok
    return result


# ---------------------------------------------------------------------- headers


def _all_or_none(envelope: Envelope) -> bool:
    return envelope.is_on("AllOrNoneHeader", "allOrNone")


def _take_headers(call: Call, envelope: Envelope) -> None:
    """What a SOAP header says that REST says by an HTTP header: rows look for it there."""
    changed: dict[str, str] = {}
    rule = envelope.headers.get("DuplicateRuleHeader")
    if rule is not None:
        changed["sforce_duplicate_rule_header"] = "; ".join(f"{local(item)}={(item.text or '').strip()}" for item in rule)
    if changed:
        call.request = call.request.with_headers(**changed)
    call.facts["update_mru"] = envelope.is_on("MruHeader", "updateMru")


def _note_recent(call: Call, runs: Sequence[Run], results: Iterable[RowResult]) -> None:
    """Rows count as recently used where MruHeader says so, and only there (D)."""
    names = [name for name, rows in runs for _ in rows]
    for name, result in zip(names, results, strict=True):
        if result.ok and call.facts.get("update_mru"):
            call.org.recent.viewed(call.user_id, visible(call, name), result.id)


# ---------------------------------------------------------------------- results


def _results(results: Iterable[RowResult], *, with_created: bool = False) -> str:
    return "".join(f"<result>{_result(result, with_created)}</result>" for result in results)


def _result(result: RowResult, with_created: bool) -> str:
    """A row that failed has a nil id (R: an update refused for a lock)."""
    created = element("created", result.created) if with_created else ""
    return f"{created}{errors(result.refusals)}{element('id', result.id if result.ok else None)}{element('success', result.ok)}"


def errors(refusals: Sequence[Refusal]) -> str:
    return "".join(_error(refusal) for refusal in refusals)


def _error(refusal: Refusal) -> str:
    """`fields` before `message` (wire reference 12); a duplicate rule tells its result behind them (order D: DuplicateError extends Error)."""
    said = elements([("fields", list(refusal.fields)), ("message", refusal.message), ("statusCode", refusal.code)])
    duplicate = refusal.extra.get("duplicateResut")
    if duplicate is None:
        return f"<errors>{said}</errors>"
    return f'<errors xsi:type="DuplicateError">{said}{element("duplicateResult", _plain(duplicate))}</errors>'


def _plain(value: Any) -> Any:
    """Without the address that REST gives a record; its type takes the place."""
    if isinstance(value, Mapping):
        kept = {key: _plain(item) for key, item in value.items() if key != "attributes"}
        kind = value.get("attributes")
        return {"sf:type": kind["type"], **{f"sf:{key}": item for key, item in kept.items()}} if isinstance(kind, Mapping) else kept
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _merge_result(result: MergeResult) -> str:
    """Children in the order of the WSDL; of a failure the id of the row that was to stay (R: mriya's tests)."""
    inner = errors(result.refusals) + elements([("id", result.id or None), ("mergedRecordIds", list(result.merged_ids)), ("success", result.ok)])
    return f"<result>{inner}{elements([('updatedRelatedIds', list(result.related_ids))])}</result>"


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "create": create, "update": update, "upsert": upsert, "delete": delete, "undelete": undelete, "emptyRecycleBin": empty_recycle_bin, "merge": merge,
}  # fmt: skip
