"""Objects as the UI API describes them: object info and picklist values. Source: User Interface API guide, "Object Info", "Field",
"Picklist Values" (keys D)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.core.canonical import sha256_hex
from sfchaos.org import access
from sfchaos.org.call import dumps
from sfchaos.org.schema.describe import MASTER_RECORD_TYPE
from sfchaos.org.schema.model import Field, SObject

if TYPE_CHECKING:
    from sfchaos.org.call import Call

# describe's type -> the UI API's dataType
_DATA_TYPES = {
    "id": "Reference", "boolean": "Boolean", "int": "Int", "double": "Double", "currency": "Currency", "percent": "Percent", "date": "Date", "datetime": "DateTime", "time": "Time",
    "textarea": "TextArea", "phone": "Phone", "url": "Url", "email": "Email", "picklist": "Picklist", "multipicklist": "MultiPicklist", "reference": "Reference",
    "address": "Address", "location": "Location", "base64": "Base64", "combobox": "ComboBox", "encryptedstring": "EncryptedString", "anyType": "Any", "long": "Long",
}  # fmt: skip
_PICKLISTS = ("picklist", "multipicklist")


def tagged(tree: dict[str, Any], place: str = "eTag") -> dict[str, Any]:
    return {**tree, place: sha256_hex(dumps(tree))[:32]}


def object_info(call: Call, sobject: SObject) -> dict[str, Any]:
    sobject = access.as_seen(call.org, call.user_id, sobject)
    fields = sobject.fields
    layoutable = bool(sobject.flags.get("layoutable", True))
    children = [(child, f) for child, f in call.org.schema.children.get(sobject.name.lower(), ()) if f.child_relationship_name and access.may(call.org, call.user_id, child, "read") and access.can_read(call.org, call.user_id, child, f)]
    return tagged({
        "apiName": sobject.name, "associateEntityType": None, "associateParentEntity": None,
        "childRelationships": [
            {"childObjectApiName": child.name, "fieldName": f.name, "junctionIdListNames": [], "junctionReferenceTo": [], "relationshipName": f.child_relationship_name} for child, f in children
        ],
        "compactLayoutable": layoutable, "createable": sobject.createable, "custom": sobject.custom, "defaultRecordTypeId": MASTER_RECORD_TYPE, "deletable": sobject.deletable,
        "dependentFields": {}, "feedEnabled": bool(sobject.flags.get("feedEnabled", False)), "fields": {f.name: _field(call, f) for f in sorted(fields, key=lambda f: f.name)},
        "keyPrefix": sobject.key_prefix or None, "label": sobject.label, "labelPlural": sobject.label_plural, "layoutable": layoutable,
        "mruEnabled": bool(sobject.flags.get("mruEnabled", True)), "nameFields": _name_fields(sobject), "queryable": sobject.queryable,
        "recordTypeInfos": {MASTER_RECORD_TYPE: {"available": True, "defaultRecordTypeMapping": True, "master": True, "name": "Master", "recordTypeId": MASTER_RECORD_TYPE}},
        "searchLayoutable": layoutable and sobject.searchable, "searchable": sobject.searchable, "themeInfo": None, "updateable": sobject.updateable,
    })  # fmt: skip


def _name_fields(sobject: SObject) -> list[str]:
    return [f.name for f in sobject.fields if f.name_field or f.compound == "Name"]


def _field(call: Call, f: Field) -> dict[str, Any]:
    targets = [parent for name in f.reference_to if (parent := access.visible(call.org, call.user_id, name)) is not None]
    return {
        "apiName": f.name, "calculated": f.calculated and f.formula != "person_name", "compound": f.type in ("address", "location") or f.formula == "person_name",
        "compoundComponentName": f.name.removeprefix(f.compound.removesuffix("Address")) if f.compound else None, "compoundFieldName": f.compound or None,
        "controllerName": f.controller or None, "controllingFields": [f.controller] if f.controller else [], "createable": f.createable, "custom": f.custom,
        "dataType": _DATA_TYPES.get(f.type, "String"), "defaultValue": f.default, "defaultedOnCreate": f.defaulted_on_create, "digits": f.digits, "externalId": f.external_id,
        "extraTypeInfo": None, "filterable": f.filterable, "filteredLookupInfo": None, "highScaleNumber": False, "htmlFormatted": f.html_formatted,
        "inlineHelpText": f.help_text or None, "label": f.label or f.name, "length": f.length, "maskType": None, "nameField": f.name_field,
        "polymorphicForeignKey": len(f.reference_to) > 1, "precision": f.precision, "reference": f.type == "reference", "referenceTargetField": None,
        "referenceToInfos": [{"apiName": parent.name, "nameFields": _name_fields(parent)} for parent in targets], "relationshipName": f.relationship_name or None,
        "required": f.required, "scale": f.scale, "searchPrefilterable": f.type == "reference", "sortable": f.sortable, "unique": f.unique, "updateable": f.updateable,
    }  # fmt: skip


def directory_entry(call: Call, sobject: SObject) -> dict[str, Any]:
    return {
        "apiName": sobject.name, "keyPrefix": sobject.key_prefix or None, "label": sobject.label, "labelPlural": sobject.label_plural, "nameFields": _name_fields(sobject),
        "objectInfoUrl": f"{call.base}/ui-api/object-info/{sobject.name}",
    }  # fmt: skip


def picklists(sobject: SObject, fields: tuple[Field, ...], base: str) -> dict[str, Any]:
    """`base` is the path of the object's picklist values, up to the record type."""
    return tagged({"picklistFieldValues": {f.name: picklist(sobject, f, f"{base}/{f.name}") for f in fields if f.type in _PICKLISTS}})


def picklist(sobject: SObject, f: Field, url: str) -> dict[str, Any]:
    labels, controlling = dict(f.picklist_labels), dict(f.valid_for)
    controller = sobject.find(f.controller) if f.controller else None
    index = {value: number for number, value in enumerate(controller.picklist if controller else ())}
    values = [
        {"attributes": None, "label": labels.get(value, value), "validFor": [index[by] for by in controlling.get(value, ()) if by in index], "value": value}
        for value in f.picklist
        if value not in f.inactive_values
    ]
    default = next((value for value in values if value["value"] == f.default), None)
    return tagged({"controllerValues": index, "defaultValue": default, "url": url, "values": values})
