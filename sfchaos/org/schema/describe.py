"""Describe: a schema in the words of `/sobjects` and `/sobjects/X/describe`.

Keys and their order as captured: wire reference 3.4 (R). A key whose feature this org does not have carries the value
that a plain object has there. Values that were not seen are marked K.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sfchaos.org.schema.model import SOAP_TYPES, Field, Schema, SObject
from sfchaos.org.schema.picklist_describe import picklist_values
from sfchaos.org.versions import SCOPING_RULES, fields_at, keys_at, knows

MASTER_RECORD_TYPE = "012000000000000AAA"
_NOT_AGGREGATED = frozenset({"boolean", "address", "location", "base64", "multipicklist", "encryptedstring", "anyType"})
_NOT_PREFILTERED = frozenset({"OwnerId", "MasterRecordId", "CreatedById", "LastModifiedById", "RecordTypeId", "RecurrenceActivityId"})  # (R)
# Scopes beside everything and mine, as captured (R): sObject -> (name, label)
_TEAM = "My team's {plural}"
_SCOPES: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (("team", _TEAM),), "Contact": (("team", _TEAM),), "Opportunity": (("team", _TEAM),),
    "Case": (("genericteam", "My case teams cases"), ("queue_owned", "Queue owned cases"), ("team_by_role", "My role-based team's cases"),
             ("user_owned", "User owned cases")),
    "Event": (("delegated", "My delegated events"), ("team", _TEAM)),
    "Lead": (("queue_owned", "Queue owned leads"), ("team", _TEAM), ("user_owned", "User owned leads")),
}  # fmt: skip
_SCOPING_RULES = frozenset({"Account", "Case", "Contact", "Event", "Lead", "Opportunity", "Task"})  # those that may have them (D)


@dataclass(frozen=True)
class RecordTypeInfo:
    """A record type as one user sees it: `available` to choose, `default` for new rows."""

    id: str
    developer_name: str
    name: str
    active: bool
    available: bool
    default: bool


def everything(_: SObject) -> bool:
    return True


def global_entry(sobject: SObject, base: str, version: float) -> dict[str, Any]:
    """One entry of the global describe. `base` is `/services/data/v62.0`."""
    flag = _Flags(sobject)
    return keys_at({
        "activateable": False, **_associated(sobject), "createable": sobject.createable, "custom": sobject.custom,
        "customSetting": flag("customSetting", False), "deepCloneable": flag("deepCloneable", False), "deletable": sobject.deletable,
        "deprecatedAndHidden": False, "feedEnabled": flag("feedEnabled", False), "hasSubtypes": False, "isInterface": False, "isSubtype": False,
        "keyPrefix": _shown_prefix(sobject), "label": sobject.label, "labelPlural": sobject.label_plural,
        "layoutable": flag("layoutable", True), "mergeable": flag("mergeable", False), "mruEnabled": flag("mruEnabled", True),
        "name": sobject.name, "queryable": sobject.queryable, "replicateable": sobject.replicateable, "retrieveable": True,
        "searchable": sobject.searchable, "triggerable": flag("triggerable", True), "undeletable": _undeletable(sobject),
        "updateable": sobject.updateable, "urls": _urls(sobject, base, flag("layoutable", True)),
    }, version)  # fmt: skip


def object_describe(
    sobject: SObject, fields: Iterable[Field], schema: Schema, *, base: str, instance_url: str, version: float,
    record_types: Sequence[RecordTypeInfo] = (), sees: Callable[[SObject], bool] = everything,
) -> dict[str, Any]:  # fmt: skip
    """The full describe. `fields` are those that the caller may see, `sees` says which objects; the rest is left out
    (wire reference 3.4, D/K). `record_types` are the object's own, in order."""
    flag = _Flags(sobject)
    layoutable = flag("layoutable", True)
    return keys_at({
        "actionOverrides": [], "activateable": False, **_associated(sobject), "childRelationships": _children(sobject, schema, version, sees),
        "compactLayoutable": layoutable, "createable": sobject.createable, "custom": sobject.custom, "customSetting": flag("customSetting", False),
        "deepCloneable": flag("deepCloneable", False), "defaultImplementation": None, "deletable": sobject.deletable,
        "deprecatedAndHidden": False, "extendedBy": None, "extendsInterfaces": None, "feedEnabled": flag("feedEnabled", False),
        "fields": [field_describe(f, sobject) for f in fields_at(fields, version) if not (sobject.event and f.name == "Id")], "hasSubtypes": False, "implementedBy": None,
        "implementsInterfaces": None, "isInterface": False, "isSubtype": False, "keyPrefix": _shown_prefix(sobject), "label": sobject.label,
        "labelPlural": sobject.label_plural, "layoutable": layoutable, "listviewable": None, "lookupLayoutable": None,
        "mergeable": flag("mergeable", False), "mruEnabled": flag("mruEnabled", True), "name": sobject.name, "namedLayoutInfos": [],
        "networkScopeFieldName": None, "queryable": sobject.queryable, "recordTypeInfos": _record_types(sobject, base, record_types),
        "replicateable": sobject.replicateable, "retrieveable": True, "searchLayoutable": layoutable and sobject.searchable,
        "searchable": sobject.searchable, "sobjectDescribeOption": "FULL", "supportedScopes": _scopes(sobject, version),
        "triggerable": flag("triggerable", True), "undeletable": _undeletable(sobject), "updateable": sobject.updateable,
        "urls": _full_urls(sobject, base, instance_url, layoutable),
    }, version)  # fmt: skip


def field_describe(f: Field, sobject: SObject | None = None) -> dict[str, Any]:
    """One field: always the same keys, whatever the type. `sobject` is asked for the field that controls a dependent picklist."""
    many = len(f.reference_to) > 1
    long_text = f.type == "textarea" and f.length > 255
    return {
        "aggregatable": f.type not in _NOT_AGGREGATED and not long_text, "aiPredictionField": False, "autoNumber": bool(f.auto_number),
        "byteLength": _byte_length(f), "calculated": f.is_compiled or (f.calculated and f.formula != "person_name"),
        "calculatedFormula": f.formula_text or None, "cascadeDelete": f.cascade_delete and f.custom, "caseSensitive": f.case_sensitive,
        "compoundFieldName": f.compound or None, "controllerName": f.controller or None, "createable": f.createable, "custom": f.custom,
        "defaultValue": _default_value(f), "defaultValueFormula": _default_formula(f), "defaultedOnCreate": _defaulted(f),
        "dependentPicklist": bool(f.controller), "deprecatedAndHidden": False, "digits": f.digits, "displayLocationInDecimal": False,
        "encrypted": f.type == "encryptedstring", "externalId": f.external_id, "extraTypeInfo": _extra_type(f), "filterable": f.filterable,
        "filteredLookupInfo": None, "formulaTreatNullNumberAsZero": bool(f.formula_text) and f.blank_as_zero, "groupable": f.groupable,
        "highScaleNumber": False, "htmlFormatted": f.html_formatted, "idLookup": f.id_lookup, "inlineHelpText": f.help_text or None,
        "label": f.label, "length": f.length, "mask": f.mask or None, "maskType": f.mask_type or None, "name": f.name,
        "nameField": f.name_field, "namePointing": many, "nillable": f.nillable, "permissionable": f.permissionable,
        "picklistValues": picklist_values(f, sobject), "polymorphicForeignKey": many, "precision": f.precision,
        "queryByDistance": f.type in ("address", "location"), "referenceTargetField": None, "referenceTo": list(f.reference_to),
        "relationshipName": f.relationship_name or None, "relationshipOrder": 0 if f.custom and f.cascade_delete else None,
        "restrictedDelete": f.restricted_delete and f.custom,  # of a standard lookup only its child relationship says so (R)
        "restrictedPicklist": f.restricted_picklist, "scale": f.scale,
        "searchPrefilterable": bool(f.reference_to) and f.nillable and f.name not in _NOT_PREFILTERED,
        "soapType": SOAP_TYPES.get(f.type, "xsd:string"), "sortable": f.sortable, "type": f.type, "unique": f.unique,
        "updateable": f.updateable, "writeRequiresMasterRead": False,
    }  # fmt: skip


class _Flags:
    """A describe key that the sObject's file sets, or what a plain object has."""

    def __init__(self, sobject: SObject) -> None:
        self._flags = sobject.flags

    def __call__(self, key: str, plain: bool) -> bool:
        return bool(self._flags.get(key, plain))


def _associated(sobject: SObject) -> dict[str, str | None]:
    """Of `AccountHistory`: "History" and "Account" (D); of AccountChangeEvent "ChangeEvent" (K)."""
    parent = str(sobject.flags.get("companionOf") or "")
    kind = "ChangeEvent" if sobject.event else "Share" if sobject.name.endswith("Share") else "History"
    return {"associateEntityType": kind if parent else None, "associateParentEntity": parent or None}


def _shown_prefix(sobject: SObject) -> str | None:
    return (sobject.key_prefix or None) if sobject.flags.get("showsKeyPrefix", True) else None


def _undeletable(sobject: SObject) -> bool:
    return bool(sobject.flags.get("undeletable", sobject.deletable and sobject.find("IsDeleted") is not None))


def _byte_length(f: Field) -> int:
    """Three bytes a character for text, 18 for ids, nothing for the rest (R)."""
    if f.type in ("id", "reference"):
        return f.length
    return 3 * f.length if f.is_text else 0


def _defaulted(f: Field) -> bool:
    return f.defaulted_on_create or f.default is not None or bool(f.auto_number)


def _default_value(f: Field) -> object:
    """Of checkboxes, and of standard picklists (R); custom picklists mark the value in their list alone (K)."""
    return f.default if f.type == "boolean" or (f.type == "picklist" and not f.custom) else None


def _default_formula(f: Field) -> str | None:
    """A custom field's default as a formula; standard ones show none (K)."""
    if not f.custom or f.default is None or f.type in ("boolean", "picklist", "multipicklist"):
        return None
    return f'"{f.default}"' if f.is_text else str(f.default)


def _extra_type(f: Field) -> str | None:
    if f.type == "textarea":
        return "richtextarea" if f.html_formatted else "plaintextarea"
    if f.name == "PhotoUrl":
        return "imageurl"
    return "personname" if f.formula == "person_name" or f.compound == "Name" else None


def _children(sobject: SObject, schema: Schema, version: float, sees: Callable[[SObject], bool]) -> list[dict[str, Any]]:
    """Who points here, by name. The reference from a merged row to its master is not among them (R)."""
    pairs = sorted(schema.children.get(sobject.name.lower(), ()), key=lambda pair: (pair[0].name, pair[1].name))
    return [
        {
            "cascadeDelete": f.cascade_delete, "childSObject": child.name, "deprecatedAndHidden": False, "field": f.name,
            "junctionIdListNames": [], "junctionReferenceTo": [], "relationshipName": f.child_relationship_name or None,
            "restrictedDelete": f.restricted_delete,
        }
        for child, f in pairs
        if f.name != "MasterRecordId" and knows(child, version) and version >= f.since and sees(child)
    ]  # fmt: skip


def _record_types(sobject: SObject, base: str, own: Sequence[RecordTypeInfo]) -> list[dict[str, Any]]:
    """The object's own ones, and last the master that every object has (R)."""
    master = RecordTypeInfo(MASTER_RECORD_TYPE, "Master", "Master", True, True, default=not any(info.default for info in own))
    return [
        {
            "active": info.active, "available": info.available, "defaultRecordTypeMapping": info.default, "developerName": info.developer_name,
            "master": info is master, "name": info.name, "recordTypeId": info.id,
            "urls": {"layout": f"{base}/sobjects/{sobject.name}/describe/layouts/{info.id}"},
        }
        for info in (*own, master)
    ]  # fmt: skip


def _scopes(sobject: SObject, version: float) -> list[dict[str, str]]:
    """By name (R)."""
    plural = sobject.label_plural.lower()
    found = {"everything": f"All {plural}", **{name: label.format(plural=plural) for name, label in _SCOPES.get(sobject.name, ())}}
    if sobject.find("OwnerId"):
        found["mine"] = f"My {plural}"
    if version >= SCOPING_RULES and (sobject.custom or sobject.name in _SCOPING_RULES):
        found["scopingRule"] = "Filter by scope"
    return [{"label": found[name], "name": name} for name in sorted(found)]


def _urls(sobject: SObject, base: str, layoutable: bool) -> dict[str, str]:
    here = f"{base}/sobjects/{sobject.name}"
    if not layoutable:
        return {
            "rowTemplate": f"{here}/{{ID}}",
            "defaultValues": f"{here}/defaultValues?recordTypeId&fields",
            "describe": f"{here}/describe",
            "sobject": here,
        }
    return {
        "compactLayouts": f"{here}/describe/compactLayouts", "rowTemplate": f"{here}/{{ID}}", "approvalLayouts": f"{here}/describe/approvalLayouts",
        "listviews": f"{here}/listviews", "describe": f"{here}/describe", "quickActions": f"{here}/quickActions",
        "layouts": f"{here}/describe/layouts", "sobject": here,
    }  # fmt: skip


def _full_urls(sobject: SObject, base: str, instance_url: str, layoutable: bool) -> dict[str, str]:
    """As `_urls`, with the pages of the user interface between (R)."""
    known = _urls(sobject, base, layoutable)
    if not layoutable:
        return known
    here = f"{base}/sobjects/{sobject.name}"
    pages = {
        "uiDetailTemplate": f"{instance_url}/{{ID}}", "uiEditTemplate": f"{instance_url}/{{ID}}/e",
        "defaultValues": f"{here}/defaultValues?recordTypeId&fields", "uiNewRecord": f"{instance_url}/{sobject.key_prefix}/e",
    }  # fmt: skip
    order = ("compactLayouts", "rowTemplate", "approvalLayouts", "uiDetailTemplate", "uiEditTemplate", "defaultValues", "listviews", "describe",
             "uiNewRecord", "quickActions", "layouts", "sobject")  # fmt: skip
    return {key: (known | pages)[key] for key in order}
