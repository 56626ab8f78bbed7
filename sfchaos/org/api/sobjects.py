"""Rows by REST: create, read, update, delete, and all of it by external id. Source: wire reference 3.6 and 3.7."""

from __future__ import annotations

from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.files.multipart import incoming_row
from sfchaos.org.refusals import collection_item, no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.rows.conditions import check_headers, unchanged
from sfchaos.org.rows.dml import RowResult
from sfchaos.org.rows.read import ids_by_key, key_field_of, not_found, record_id_of
from sfchaos.org.rows.relationships import follow, named_row
from sfchaos.org.rows.row_calls import ID_IN_BODY, at_row, change, method_of, remove, several, show, single
from sfchaos.org.schema.model import SObject

UPSERT_ANSWERS_200 = 46.0  # until v45 an upsert that updated answered 204 without a body (D)
UPDATE_ONLY_SINCE = 53.0


def create(call: Call) -> Response:
    """201 with exactly `id`, `success`, `errors`, and a Location without host (R)."""
    sobject = _sobject(call)
    row = incoming_row(call, sobject)
    check_headers(call)
    result = single(call.org.dml.write("create", sobject.name, [row], user_id=call.user_id, call=call))
    return _created(call, sobject, result)


def create_by_id_upsert(call: Call) -> Response:
    """`POST /sobjects/X/Id` creates through an upsert on Id (v37, D)."""
    sobject = _sobject(call)
    row = incoming_row(call, sobject)
    if any(name.lower() == "id" for name in row):
        raise refuse("INVALID_FIELD", ID_IN_BODY)  # or it would change that row, and say that it made one
    check_headers(call)
    result = single(call.org.dml.write("upsert", sobject.name, [row], user_id=call.user_id, key_field="Id", call=call))
    return _created(call, sobject, result, created=True)


def read(call: Call) -> Response:
    sobject = _sobject(call)
    return show(call, sobject, record_id_of(sobject, call.params["id"]))


def update(call: Call) -> Response:
    """204 and no body."""
    sobject = _sobject(call)
    return change(call, sobject, lambda: record_id_of(sobject, call.params["id"]))


def delete(call: Call) -> Response:
    """204; a second time 404 ENTITY_IS_DELETED (D)."""
    sobject = _sobject(call)
    return remove(call, sobject, record_id_of(sobject, call.params["id"]))


def read_by_key(call: Call) -> Response:
    """A row by an external id; or, when an id stands in place of the field, what the row's relationship or blob field of that name leads to."""
    sobject = _sobject(call)
    return _followed(call, sobject) or _at_key(call, sobject)


def delete_by_key(call: Call) -> Response:
    sobject = _sobject(call)
    return _followed(call, sobject) or _at_key(call, sobject)


def update_by_key(call: Call) -> Response:
    sobject = _sobject(call)
    return _followed(call, sobject) or upsert(call)


def _followed(call: Call, sobject: SObject) -> Response | None:
    """None when the path's first part is no id of the sObject's: then it is a key field."""
    row = named_row(sobject, call.params["field"])
    return None if row is None else at_row(call, follow(call, row, (call.params["value"],)))


def _at_key(call: Call, sobject: SObject) -> Response:
    found = _by_key(call, sobject)
    if len(found) > 1:
        return several(call, sobject, found)
    return remove(call, sobject, found[0]) if method_of(call) == "DELETE" else show(call, sobject, found[0])


def upsert(call: Call) -> Response:
    """201 created, 200 updated (204 until v45), 300 when the key is not one row's alone; `updateOnly=true` never creates."""
    sobject = _sobject(call)
    f = key_field_of(call.org, sobject, call.params["field"], call.user_id)
    row = incoming_row(call, sobject)
    if any(name.lower() == f.key for name in row):
        # the text is a guess, modelled on the one for Id
        raise refuse("INVALID_FIELD", f"The {f.name} field should not be specified in the sobject data.")
    found = ids_by_key(call.org, sobject, f, call.params["value"], call.user_id)
    if len(found) > 1:
        return several(call, sobject, found)
    only = call.request.query.get("updateOnly", "").lower() == "true" and call.version_number >= UPDATE_ONLY_SINCE
    if not found and (only or f.name == "Id"):
        raise not_found(call.params["value"] if f.name == "Id" else f.name)
    check_headers(call)
    if found:
        unchanged(call, sobject, found[0])
    result = single(call.org.dml.write("upsert", sobject.name, [{**row, f.name: call.params["value"]}], user_id=call.user_id, key_field=f.name, call=call))
    if result.created:
        return _created(call, sobject, result, created=True)
    call.org.recent.written(call, sobject, result.id)
    if call.version_number < UPSERT_ANSWERS_200:
        return call.no_content()
    return call.reply(_saved(result, created=False))


# ---------------------------------------------------------------------------- parts


def _sobject(call: Call) -> SObject:
    """Raises Refused with the plain 404 for an object that is not there."""
    sobject = access.visible(call.org, call.user_id, call.params["sobject"])
    if sobject is None:
        raise no_such_resource()
    return sobject


def _saved(result: RowResult, *, created: bool | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"id": result.id, "success": True, "errors": [collection_item(told) for told in result.refusals]}
    if created is not None:
        body["created"] = created
    return body


def _created(call: Call, sobject: SObject, result: RowResult, *, created: bool | None = None) -> Response:
    call.org.recent.written(call, sobject, result.id)
    location = f"{call.base}/sobjects/{sobject.name}/{result.id}"
    return call.reply(_saved(result, created=created), 201, (("Location", location),))


def _by_key(call: Call, sobject: SObject) -> list[str]:
    """Ids of the rows that the URL's key names. Raises Refused with 404 when there is none."""
    f = key_field_of(call.org, sobject, call.params["field"], call.user_id)
    found = ids_by_key(call.org, sobject, f, call.params["value"], call.user_id)
    if not found:
        raise not_found(f.name)
    return found


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
    Route("PATCH", _KEY, update_by_key, source=_GUIDE + '"sObject Rows by External ID"'),
    Route("DELETE", _KEY, delete_by_key, source=_GUIDE + '"sObject Rows by External ID"'),
]
