"""Describe: a schema in the words of `/sobjects` and `/sobjects/X/describe`.

Keys and their order as captured: wire reference 3.4 (R). A key whose feature this org does not have carries the value
that a plain object has there. Values that were not seen are marked K.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sfchaos.org.schema.model import SOAP_TYPES, Field, Schema, SObject

MASTER_RECORD_TYPE = "012000000000000AAA"
_NOT_AGGREGATED = frozenset({"boolean", "address", "location", "base64", "multipicklist", "encryptedstring"})
# The associated entity keys stand in captures of 52.0 and not in those of 48.0 (R); where they begin is a guess.
ASSOCIATED_SINCE = 52.0


def global_entry(sobject: SObject, base: str, version: float) -> dict[str, Any]:
    """One entry of the global describe. `base` is `/services/data/v62.0`."""
    flag = _Flags(sobject)
    return {
        "activateable": False, **_associated(version), "createable": sobject.createable, "custom": sobject.custom,
        "customSetting": False, "deepCloneable": False, "deletable": sobject.deletable, "deprecatedAndHidden": False,
        "feedEnabled": flag("feedEnabled", False), "hasSubtypes": False, "isInterface": False, "isSubtype": False,
        "keyPrefix": sobject.key_prefix or None, "label": sobject.label, "labelPlural": sobject.label_plural,
        "layoutable": flag("layoutable", True), "mergeable": flag("mergeable", False), "mruEnabled": flag("mruEnabled", True),
        "name": sobject.name, "queryable": sobject.queryable, "replicateable": sobject.replicateable, "retrieveable": True,
        "searchable": sobject.searchable, "triggerable": flag("triggerable", True), "undeletable": _undeletable(sobject),
        "updateable": sobject.updateable, "urls": _urls(sobject, base, flag("layoutable", True)),
    }  # fmt: skip


def object_describe(sobject: SObject, fields: Iterable[Field], schema: Schema, *, base: str, instance_url: str, version: float) -> dict[str, Any]:
    """The full describe. `fields` are those that the caller may see; the rest is left out (wire reference 3.4, D/K)."""
    flag = _Flags(sobject)
    layoutable = flag("layoutable", True)
    return {
        "actionOverrides": [], "activateable": False, **_associated(version), "childRelationships": _children(sobject, schema),
        "compactLayoutable": layoutable, "createable": sobject.createable, "custom": sobject.custom, "customSetting": False,
        "deepCloneable": False, "defaultImplementation": None, "deletable": sobject.deletable, "deprecatedAndHidden": False,
        "extendedBy": None, "extendsInterfaces": None, "feedEnabled": flag("feedEnabled", False),
        "fields": [field_describe(f) for f in fields], "hasSubtypes": False, "implementedBy": None, "implementsInterfaces": None,
        "isInterface": False, "isSubtype": False, "keyPrefix": sobject.key_prefix or None, "label": sobject.label,
        "labelPlural": sobject.label_plural, "layoutable": layoutable, "listviewable": None, "lookupLayoutable": None,
        "mergeable": flag("mergeable", False), "mruEnabled": flag("mruEnabled", True), "name": sobject.name, "namedLayoutInfos": [],
        "networkScopeFieldName": None, "queryable": sobject.queryable, "recordTypeInfos": [_master_record_type(sobject, base)],
        "replicateable": sobject.replicateable, "retrieveable": True, "searchLayoutable": layoutable and sobject.searchable,
        "searchable": sobject.searchable, "supportedScopes": _scopes(sobject), "triggerable": flag("triggerable", True),
        "undeletable": _undeletable(sobject), "updateable": sobject.updateable, "urls": _full_urls(sobject, base, instance_url, layoutable),
    }  # fmt: skip


def field_describe(f: Field) -> dict[str, Any]:
    """One field: always the same keys, whatever the type."""
    many = len(f.reference_to) > 1
    long_text = f.type == "textarea" and f.length > 255
    return {
        "aggregatable": f.type not in _NOT_AGGREGATED and not long_text, "aiPredictionField": False, "autoNumber": bool(f.auto_number),
        "byteLength": _byte_length(f), "calculated": f.calculated and f.formula != "person_name", "calculatedFormula": None,
        "cascadeDelete": f.cascade_delete and f.custom, "caseSensitive": f.case_sensitive, "compoundFieldName": f.compound or None,
        "controllerName": None, "createable": f.createable, "custom": f.custom, "defaultValue": f.default if f.type == "boolean" else None,
        "defaultValueFormula": _default_formula(f), "defaultedOnCreate": _defaulted(f), "dependentPicklist": False,
        "deprecatedAndHidden": False, "digits": f.digits, "displayLocationInDecimal": False, "encrypted": f.type == "encryptedstring",
        "externalId": f.external_id, "extraTypeInfo": _extra_type(f), "filterable": f.filterable, "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False, "groupable": f.groupable, "highScaleNumber": False, "htmlFormatted": False,
        "idLookup": f.id_lookup, "inlineHelpText": None, "label": f.label, "length": f.length, "mask": None, "maskType": None,
        "name": f.name, "nameField": f.name_field, "namePointing": many, "nillable": f.nillable, "permissionable": f.permissionable,
        "picklistValues": _picklist(f), "polymorphicForeignKey": many, "precision": f.precision,
        "queryByDistance": f.type in ("address", "location"), "referenceTargetField": None, "referenceTo": list(f.reference_to),
        "relationshipName": f.relationship_name or None, "relationshipOrder": 0 if f.custom and f.cascade_delete else None,
        "restrictedDelete": f.restricted_delete, "restrictedPicklist": f.restricted_picklist, "scale": f.scale,
        "searchPrefilterable": bool(f.reference_to) and f.permissionable and f.createable, "soapType": SOAP_TYPES.get(f.type, "xsd:string"),
        "sortable": f.sortable, "type": f.type, "unique": f.unique, "updateable": f.updateable, "writeRequiresMasterRead": False,
    }  # fmt: skip


class _Flags:
    """A describe key that the sObject's file sets, or what a plain object has."""

    def __init__(self, sobject: SObject) -> None:
        self._flags = sobject.flags

    def __call__(self, key: str, plain: bool) -> bool:
        return bool(self._flags.get(key, plain))


def _associated(version: float) -> dict[str, None]:
    return {"associateEntityType": None, "associateParentEntity": None} if version >= ASSOCIATED_SINCE else {}


def _undeletable(sobject: SObject) -> bool:
    return sobject.deletable and sobject.find("IsDeleted") is not None


def _byte_length(f: Field) -> int:
    """Three bytes a character for text, 18 for ids, nothing for the rest (R)."""
    if f.type in ("id", "reference"):
        return f.length
    return 3 * f.length if f.is_text else 0


def _defaulted(f: Field) -> bool:
    return f.defaulted_on_create or f.default is not None or bool(f.auto_number)


def _default_formula(f: Field) -> str | None:
    """A custom field's default as a formula; standard ones show none (K)."""
    if not f.custom or f.default is None or f.type in ("boolean", "picklist", "multipicklist"):
        return None
    return f'"{f.default}"' if f.is_text else str(f.default)


def _extra_type(f: Field) -> str | None:
    if f.type == "textarea":
        return "plaintextarea"
    return "personname" if f.formula == "person_name" else None


def _picklist(f: Field) -> list[dict[str, Any]]:
    return [{"active": True, "defaultValue": value == f.default, "label": value, "validFor": None, "value": value} for value in f.picklist]


def _children(sobject: SObject, schema: Schema) -> list[dict[str, Any]]:
    """Who points here, by name. The reference from a merged row to its master is not among them (R)."""
    pairs = sorted(schema.children.get(sobject.name.lower(), ()), key=lambda pair: (pair[0].name, pair[1].name))
    return [
        {
            "cascadeDelete": f.cascade_delete, "childSObject": child.name, "deprecatedAndHidden": False, "field": f.name,
            "junctionIdListNames": [], "junctionReferenceTo": [], "relationshipName": f.child_relationship_name or None,
            "restrictedDelete": f.restricted_delete,
        }
        for child, f in pairs
        if f.name != "MasterRecordId"
    ]  # fmt: skip


def _master_record_type(sobject: SObject, base: str) -> dict[str, Any]:
    """The one record type that every object has (R; `active` and the mapping as in an org without others, K)."""
    return {
        "active": True, "available": True, "defaultRecordTypeMapping": True, "developerName": "Master", "master": True, "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE,
        "urls": {"layout": f"{base}/sobjects/{sobject.name}/describe/layouts/{MASTER_RECORD_TYPE}"},
    }  # fmt: skip


def _scopes(sobject: SObject) -> list[dict[str, str]]:
    plural = sobject.label_plural.lower()
    mine = [{"label": f"My {plural}", "name": "mine"}] if sobject.find("OwnerId") else []
    return [{"label": f"All {plural}", "name": "everything"}, *mine]


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
