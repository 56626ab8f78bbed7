"""/ui-api: records, object info, picklist values and defaults. Sources: wire reference 3.13; User Interface API guide (D).

There are no layouts here: a record that is asked for without `fields` shows every field that its reader may read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sfchaos.core.gate import Refusal, Verb
from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.parts.subrequests import need_version
from sfchaos.org.refusals import Refused, no_such_resource, refuse, rest_item, status_of
from sfchaos.org.routes import Route
from sfchaos.org.schema.model import SObject
from sfchaos.org.ui_objects import directory_entry, object_info, picklist, picklists
from sfchaos.org.ui_records import Tree, field_value, read_records, representation, tree_of_all

SINCE = 41.0
_MOST_IDS = 200


def get(call: Call) -> Response:
    need_version(call, SINCE)
    return call.reply(_record(call, call.params["id"]))


def get_batch(call: Call) -> Response:
    """Each id has its own result (D)."""
    need_version(call, SINCE)
    results: list[dict[str, Any]] = []
    for text in call.params["ids"].split(",")[:_MOST_IDS]:
        try:
            results.append({"result": _record(call, text.strip()), "statusCode": 200})
        except Refused as refused:
            results.append({"result": [rest_item(r) for r in refused.refusals], "statusCode": status_of(refused.refusals[0])})
    return call.reply({"hasErrors": any(item["statusCode"] >= 400 for item in results), "results": results})


def create(call: Call) -> Response:
    need_version(call, SINCE)
    body = call.json_row()
    sobject = access.visible(call.org, call.user_id, str(body.get("apiName") or ""))
    if sobject is None:
        raise refuse("INVALID_TYPE", f"The object {body.get('apiName')} is not supported in UI API")  # text K
    return _write(call, "create", sobject, _fields(body), 201)


def update(call: Call) -> Response:
    need_version(call, SINCE)
    sobject, record_id = _target(call, call.params["id"])
    return _write(call, "update", sobject, {**_fields(call.json_row()), "Id": record_id}, 200)


def delete(call: Call) -> Response:
    need_version(call, SINCE)
    sobject, record_id = _target(call, call.params["id"])
    [result] = call.org.dml.write("delete", sobject.name, [{"Id": record_id}], user_id=call.user_id, call=call)
    if not result.ok:
        raise Refused(*result.refusals)
    return call.no_content()


def directory(call: Call) -> Response:
    seen = [sobject for sobject in call.org.schema if access.visible(call.org, call.user_id, sobject.name)]
    return call.reply({"objects": {sobject.name: directory_entry(call, sobject) for sobject in seen}})


def info(call: Call) -> Response:
    return call.reply(object_info(call, _sobject(call, call.params["sobject"])))


def info_batch(call: Call) -> Response:
    """Each name has its own result (D)."""
    results: list[dict[str, Any]] = []
    for name in call.params["names"].split(","):
        try:
            results.append({"result": object_info(call, _sobject(call, name.strip())), "statusCode": 200})
        except Refused as refused:
            results.append({"result": [rest_item(r) for r in refused.refusals], "statusCode": status_of(refused.refusals[0])})
    return call.reply({"results": results})


def picklist_values(call: Call) -> Response:
    sobject = _sobject(call, call.params["sobject"])
    return call.reply(picklists(sobject, access.readable(call.org, call.user_id, sobject), _picklist_base(call, sobject)))


def picklist_values_of(call: Call) -> Response:
    sobject = _sobject(call, call.params["sobject"])
    f = sobject.find(call.params["field"])
    if f is None or f.type not in ("picklist", "multipicklist") or not access.can_read(call.org, call.user_id, sobject, f):
        raise no_such_resource()
    return call.reply(picklist(sobject, f, f"{_picklist_base(call, sobject)}/{f.name}"))


def defaults_for_create(call: Call) -> Response:
    """What a page for a new record starts with. `layout` is null: there are none."""
    sobject = _sobject(call, call.params["sobject"])
    writable = [f for f in access.writable(call.org, call.user_id, sobject) if f.createable]
    fields = {f.name: field_value(f, call.user_id if f.name == "OwnerId" else f.default) for f in sorted(writable, key=lambda f: f.name)}
    record = {"apiName": sobject.name, "childRelationships": {}, "fields": fields, "id": None, "lastModifiedById": None, "lastModifiedDate": None, "recordTypeInfo": None}
    return call.reply({"layout": None, "objectInfos": {sobject.name: object_info(call, sobject)}, "record": record})


# ---------------------------------------------------------------------------- parts


def _sobject(call: Call, name: str) -> SObject:
    found = access.visible(call.org, call.user_id, name)
    if found is None:
        raise no_such_resource()
    return found


def _target(call: Call, text: str) -> tuple[SObject, str]:
    """Raises Refused with 404 for an id that names nothing (text K)."""
    sobject = call.org.schema.of_prefix(text[:3]) if is_id(text) else None
    if sobject is None or access.visible(call.org, call.user_id, sobject.name) is None:
        raise refuse("NOT_FOUND", "The requested resource does not exist")
    return sobject, to_18(text)


def _record(call: Call, text: str) -> dict[str, Any]:
    sobject, record_id = _target(call, text)
    found = read_records(call, _tree(call, sobject), [record_id]).get(record_id)
    if found is None:
        raise refuse("NOT_FOUND", "The requested resource does not exist")
    return found


def _tree(call: Call, sobject: SObject) -> Tree:
    """`fields=Account.Name,Account.Owner.Name` must all be there, `optionalFields=` need not (D)."""
    query = call.request.query
    fields, optional = _names(query.get("fields", "")), _names(query.get("optionalFields", ""))
    if not fields and not optional:
        return tree_of_all(call, sobject)
    tree = Tree(sobject)
    for name in fields:
        tree.add(call, _own(sobject, name))
    for name in optional:
        try:
            tree.add(call, _own(sobject, name))
        except Refused:
            continue
    return tree


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _own(sobject: SObject, name: str) -> str:
    head, _, path = name.partition(".")
    if head.lower() != sobject.name.lower() or not path:
        raise refuse("INVALID_FIELD", f"Invalid field name: {name}. Names have the form {sobject.name}.FieldName")  # text is a guess
    return path


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    fields = body.get("fields")
    if not isinstance(fields, dict):
        raise refuse("JSON_PARSER_ERROR", "The fields property must be an object")  # text is a guess
    return fields


def _write(call: Call, verb: Verb, sobject: SObject, row: dict[str, Any], status: int) -> Response:
    [result] = call.org.dml.write(verb, sobject.name, [row], user_id=call.user_id, call=call)
    if not result.ok and status_of(result.refusals[0]) == 404:  # a row that is not there reads the same whatever is asked of it (a guess)
        raise refuse("NOT_FOUND", "The requested resource does not exist")
    if not result.ok:
        return call.reply([_record_error(call, sobject, verb, result.refusals)], 400)
    shown = read_records(call, tree_of_all(call, sobject), [result.id]).get(result.id)
    if shown is None:  # given away: the writer sees it no more. What is shown then is a guess
        shown = representation(call, Tree(sobject), {"Id": result.id})
    return call.reply(shown, status)


def _record_error(call: Call, sobject: SObject, verb: str, refusals: Sequence[Refusal]) -> dict[str, Any]:
    """Wire reference 3.13 (D brief); the sentence K; that it stands in a list, as other errors do, is a guess."""
    general: list[dict[str, Any]] = []
    by_field: dict[str, list[dict[str, Any]]] = {}
    for refusal in refusals:
        for name in refusal.fields:
            f = sobject.find(name)
            by_field.setdefault(name, []).append(_detail(refusal, name, f.label if f else name))
        if not refusal.fields:
            general.append(_detail(refusal, None, None))
    call.receipt.error_codes = tuple(refusal.code for refusal in refusals)
    return {
        "message": f"An error occurred while trying to {verb} the record. Please try again.", "errorCode": refusals[0].code, "statusCode": 400, "enhancedErrorType": "RecordError",
        "output": {"errors": general, "fieldErrors": by_field},
    }  # fmt: skip


def _detail(refusal: Refusal, name: str | None, label: str | None) -> dict[str, Any]:
    return {"constituentField": None, "duplicateRecordError": None, "errorCode": refusal.code, "field": name, "fieldLabel": label, "message": refusal.message}


def _picklist_base(call: Call, sobject: SObject) -> str:
    return f"{call.base}/ui-api/object-info/{sobject.name}/picklist-values/{call.params['record_type']}"


_BASE = "/services/data/{v}/ui-api"
_INFO = _BASE + "/object-info"
_GUIDE = "User Interface API guide, "
ROUTES = [
    Route("POST", _BASE + "/records", create, source=_GUIDE + '"Create a Record"'),
    Route("GET", _BASE + "/records/{id}", get, source=_GUIDE + '"Get a Record"'),
    Route("PATCH", _BASE + "/records/{id}", update, source=_GUIDE + '"Update a Record"'),
    Route("DELETE", _BASE + "/records/{id}", delete, source=_GUIDE + '"Delete a Record"'),
    Route("GET", _BASE + "/records/batch/{ids}", get_batch, source=_GUIDE + '"Get a Batch of Records"'),
    Route("GET", _INFO, directory, source=_GUIDE + '"Get a Directory of Supported Objects"'),
    Route("GET", _INFO + "/{sobject}", info, source=_GUIDE + '"Get Object Metadata"'),
    Route("GET", _INFO + "/batch/{names}", info_batch, source=_GUIDE + '"Get Metadata for a Batch of Objects"'),
    Route("GET", _INFO + "/{sobject}/picklist-values/{record_type}", picklist_values, source=_GUIDE + '"Get Values for All Picklist Fields of a Record Type"'),
    Route("GET", _INFO + "/{sobject}/picklist-values/{record_type}/{field}", picklist_values_of, source=_GUIDE + '"Get Values for a Picklist Field"'),
    Route("GET", _BASE + "/record-defaults/create/{sobject}", defaults_for_create, source=_GUIDE + '"Get Default Values to Create a Record"'),
]
