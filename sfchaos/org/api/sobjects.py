"""Rows by REST: create, read, update, delete, and all of it by external id. Source: wire reference 3.6 and 3.7."""

from __future__ import annotations

from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.conditions import unchanged, validators
from sfchaos.org.dml import RowResult
from sfchaos.org.read import ids_by_key, key_field_of, not_found, record_id_of, row_body
from sfchaos.org.refusals import Refused, no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema.model import SObject

UPSERT_ANSWERS_200 = 46.0  # until v45 an upsert that updated answered 204 without a body (D)
UPDATE_ONLY_SINCE = 53.0


def create(call: Call) -> Response:
    """201 with exactly `id`, `success`, `errors`, and a Location without host (R)."""
    sobject = _sobject(call)
    row = call.json_row()
    result = _single(call.org.dml.write("create", sobject.name, [row], user_id=call.user_id, call=call))
    return _created(call, sobject, result)


def create_by_id_upsert(call: Call) -> Response:
    """`POST /sobjects/X/Id` creates through an upsert on Id (v37, D)."""
    sobject = _sobject(call)
    result = _single(call.org.dml.write("upsert", sobject.name, [call.json_row()], user_id=call.user_id, key_field="Id", call=call))
    return _created(call, sobject, result, created=True)


def read(call: Call) -> Response:
    sobject = _sobject(call)
    return _row_reply(call, sobject, record_id_of(sobject, call.params["id"]))


def update(call: Call) -> Response:
    """204 and no body."""
    sobject = _sobject(call)
    row = call.json_row()
    if any(name.lower() == "id" for name in row):
        raise refuse("INVALID_FIELD", "The Id field should not be specified in the sobject data.")  # K
    record_id = record_id_of(sobject, call.params["id"])
    unchanged(call, sobject, record_id)
    results = call.org.dml.write("update", sobject.name, [{**row, "Id": record_id}], user_id=call.user_id, call=call)
    if results[0].refusals and results[0].refusals[0].code == "INVALID_CROSS_REFERENCE_KEY" and results[0].refusals[0].status == 404:
        raise not_found(call.params["id"])
    _single(results)
    return call.no_content()


def delete(call: Call) -> Response:
    """204; a second time 404 ENTITY_IS_DELETED (D)."""
    sobject = _sobject(call)
    record_id = record_id_of(sobject, call.params["id"])
    _single(call.org.dml.write("delete", sobject.name, [{"Id": record_id}], user_id=call.user_id, call=call))
    return call.no_content()


def read_by_key(call: Call) -> Response:
    sobject = _sobject(call)
    found = _by_key(call, sobject)
    return _row_reply(call, sobject, found[0]) if len(found) == 1 else _several(call, sobject, found)


def delete_by_key(call: Call) -> Response:
    sobject = _sobject(call)
    found = _by_key(call, sobject)
    if len(found) > 1:
        return _several(call, sobject, found)
    _single(call.org.dml.write("delete", sobject.name, [{"Id": found[0]}], user_id=call.user_id, call=call))
    return call.no_content()


def upsert(call: Call) -> Response:
    """201 created, 200 updated (204 until v45), 300 when the key is not one row's alone; `updateOnly=true` never creates."""
    sobject = _sobject(call)
    f = key_field_of(call.org, sobject, call.params["field"], call.user_id)
    row = call.json_row()
    if any(name.lower() == f.key for name in row):
        # the text is a guess, modelled on the one for Id
        raise refuse("INVALID_FIELD", f"The {f.name} field should not be specified in the sobject data.")
    found = ids_by_key(call.org, sobject, f, call.params["value"])
    if len(found) > 1:
        return _several(call, sobject, found)
    only = call.request.query.get("updateOnly", "").lower() == "true" and call.version_number >= UPDATE_ONLY_SINCE
    if not found and (only or f.name == "Id"):
        raise not_found(call.params["value"] if f.name == "Id" else f.name)
    if found:
        unchanged(call, sobject, found[0])
    result = _single(call.org.dml.write("upsert", sobject.name, [{**row, f.name: call.params["value"]}], user_id=call.user_id, key_field=f.name, call=call))
    if result.created:
        return _created(call, sobject, result, created=True)
    if call.version_number < UPSERT_ANSWERS_200:
        return call.no_content()
    return call.reply(_saved(result, created=False))


# ---------------------------------------------------------------------------- parts


def _sobject(call: Call) -> SObject:
    """Raises Refused with the plain 404 for an object that is not there."""
    sobject = call.org.schema.find(call.params["sobject"])
    if sobject is None:
        raise no_such_resource()
    return sobject


def _single(results: list[RowResult]) -> RowResult:
    """The one result; its refusals become the reply, and nothing of the request stays."""
    if not results[0].ok:
        raise Refused(*results[0].refusals)
    return results[0]


def _saved(result: RowResult, *, created: bool | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"id": result.id, "success": True, "errors": []}
    if created is not None:
        body["created"] = created
    return body


def _created(call: Call, sobject: SObject, result: RowResult, *, created: bool | None = None) -> Response:
    location = f"{call.base}/sobjects/{sobject.name}/{result.id}"
    return call.reply(_saved(result, created=created), 201, (("Location", location),))


def _row_reply(call: Call, sobject: SObject, record_id: str) -> Response:
    wanted = call.request.query.get("fields", "") if call.request.query_string else ""
    body = row_body(call.org, sobject, record_id, user_id=call.user_id, base=call.base, wanted=wanted, receipt=call.receipt)
    if body is None:
        raise not_found(call.params.get("id", record_id))
    if unchanged(call, sobject, record_id):
        return Response(304, b"", (), call.work_s)
    return call.reply(body, headers=validators(call, sobject, record_id))


def _by_key(call: Call, sobject: SObject) -> list[str]:
    """Ids of the rows that the URL's key names. Raises Refused with 404 when there is none."""
    f = key_field_of(call.org, sobject, call.params["field"], call.user_id)
    found = ids_by_key(call.org, sobject, f, call.params["value"])
    if not found:
        raise not_found(f.name)
    return found


def _several(call: Call, sobject: SObject, found: list[str]) -> Response:
    """300: the paths of all rows that have the key (L restforce, D). Nothing was written."""
    if call.request.method != "GET":
        call.receipt.asked += 1
    return call.reply([f"{call.base}/sobjects/{sobject.name}/{record_id}" for record_id in found], 300)


_ROW = "/services/data/{v}/sobjects/{sobject}/{id}"
_KEY = "/services/data/{v}/sobjects/{sobject}/{field}/{value}"
_GUIDE = "REST API Developer Guide, "
ROUTES = [
    Route("POST", "/services/data/{v}/sobjects/{sobject}", create, source=_GUIDE + '"sObject Basic Information"'),
    Route("POST", "/services/data/{v}/sobjects/{sobject}/Id", create_by_id_upsert, source=_GUIDE + '"sObject Rows by External ID"'),
    Route("GET", _ROW, read, source=_GUIDE + '"sObject Rows"'),
    Route("PATCH", _ROW, update, source=_GUIDE + '"sObject Rows"'),
    Route("DELETE", _ROW, delete, source=_GUIDE + '"sObject Rows"'),
    Route("GET", _KEY, read_by_key, source=_GUIDE + '"sObject Rows by External ID"'),
    Route("PATCH", _KEY, upsert, source=_GUIDE + '"sObject Rows by External ID"'),
    Route("DELETE", _KEY, delete_by_key, source=_GUIDE + '"sObject Rows by External ID"'),
]
