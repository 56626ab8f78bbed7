"""One `<CustomField>` of the source as columns.

Source: Metadata API Developer Guide, "CustomField" and "FieldType" (D); describe's types as wire reference 3.4 has them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sfchaos.core.errors import did_you_mean
from sfchaos.org.schema import compounds
from sfchaos.org.schema.custom import as_formula
from sfchaos.org.schema.metadata import Summary, SummaryFilter
from sfchaos.org.schema.model import Field
from sfchaos.org.schema.picklists import Entry, with_entries
from sfchaos.org.schema.reader import field_from, label_of
from sfchaos.org.schema.sfdx.source import Source
from sfchaos.org.schema.sfdx.values import entries_of
from sfchaos.org.schema.sfdx.xml import Node
from sfchaos.org.schema.summaries import OPERATIONS

# FieldType -> describe's type
TYPES = {
    "Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Html": "textarea", "EncryptedText": "encryptedstring", "Checkbox": "boolean",
    "Number": "double", "Currency": "currency", "Percent": "percent", "Date": "date", "DateTime": "datetime", "Time": "time", "Phone": "phone",
    "Email": "email", "Url": "url", "Picklist": "picklist", "MultiselectPicklist": "multipicklist", "Lookup": "reference", "MasterDetail": "reference",
    "Hierarchy": "reference", "MetadataRelationship": "reference", "AutoNumber": "string",
}  # fmt: skip
COMPOUND = {"Location": "location", "Address": "address"}
UNREAD = {
    "ExternalLookup": "external objects are not served", "IndirectLookup": "external objects are not served", "Array": "not a field type of records",
    "File": "not a field type of records",
}  # fmt: skip
_FORMULA_LENGTH = 1300  # describe shows it for text formulas (K)
_AUTO_LENGTH = 30
# What a field may say that changes nothing a client of the API sees here.
_SILENT = frozenset({
    "fullName", "label", "type", "description", "length", "precision", "scale", "required", "unique", "caseSensitive", "externalId", "defaultValue",
    "displayFormat", "startingNumber", "referenceTo", "relationshipName", "relationshipLabel", "relationshipOrder", "deleteConstraint", "valueSet",
    "picklist", "formula", "formulaTreatBlanksAs", "inlineHelpText", "trackHistory", "trackFeedHistory", "trackTrending", "visibleLines", "maskChar",
    "maskType", "writeRequiresMasterRead", "reparentableMasterDetail", "displayLocationInDecimal", "summarizedField", "summaryForeignKey",
    "summaryOperation", "summaryFilterItems", "isFilteringDisabled", "isNameField", "isSortingDisabled", "fieldManageability", "deprecated",
    "businessStatus", "securityClassification", "complianceGroup", "businessOwnerUser", "businessOwnerGroup", "escapeMarkup", "stripMarkup", "externalDeveloperName",
    "isConvertLeadDisabled", "encryptionScheme", "mktDataLakeFieldAttributes", "mktDataModelFieldAttributes", "isAIPredictionField", "populateExistingRows",
    "@xmlns", "@xsi",
})  # fmt: skip


class NotRead(Exception):
    """A field that this version cannot hold; the text says why."""


def fields_of(node: Node, name: str, sets: Mapping[str, list[Entry]], source: Source, where: str) -> tuple[Field, ...]:
    """The columns of a custom field. Raises NotRead."""
    kind = node.get("type")
    if kind in UNREAD:
        raise NotRead(f"its type {kind} is not read: {UNREAD[kind]}")
    label = node.get("label") or label_of(name)
    tracked = node.flag("trackHistory")
    if kind in COMPOUND:
        if kind == "Address":
            return compounds.address(name, label=label, tracked=tracked)
        return compounds.location(name, label=label, scale=node.number("scale", compounds.MOST_DECIMALS), nillable=not node.flag("required"), tracked=tracked)
    if kind == "Summary":
        return (as_formula(replace(field_from(name, {"type": "double", "label": label}), custom=True, help_text=node.get("inlineHelpText"), summary=summary_of(node))),)
    if kind not in TYPES:
        raise NotRead(f"its type {kind!r} is not known{did_you_mean(kind, [*TYPES, *COMPOUND, 'Summary'])}")
    _tell_what_is_left(node, source, where)
    tree = _tree(node, kind, label)
    f = replace(field_from(name, tree), custom=True, tracked=tracked, help_text=node.get("inlineHelpText"), html_formatted=kind == "Html")
    if kind in ("Picklist", "MultiselectPicklist"):
        f = with_picklist(f, node, sets, source, where)
    if node.get("formula"):
        length = _FORMULA_LENGTH if f.type == "string" else f.length
        f = as_formula(replace(f, formula_text=node.get("formula"), blank_as_zero=node.get("formulaTreatBlanksAs") != "BlankAsBlank", length=length))
    return (_as_relationship(f, node, kind) if f.type == "reference" else f,)


def summary_of(node: Node) -> Summary:
    """What a roll-up field says; its names are looked up when all fields are read. Raises NotRead."""
    sobject, _, foreign_key = node.get("summaryForeignKey").partition(".")
    operation = node.get("summaryOperation").lower()
    if operation not in OPERATIONS or not foreign_key:
        raise NotRead(f"its roll-up {node.get('summaryOperation')!r} over {node.get('summaryForeignKey')!r} is not known")
    if any(item.get("valueField") for item in node.all("summaryFilterItems")):
        raise NotRead("its roll-up compares two fields in a filter, which is not computed")
    filters = tuple(
        SummaryFilter(item.get("field").rpartition(".")[2], item.get("operation"), item.get("value")) for item in node.all("summaryFilterItems")
    )
    return Summary(operation, sobject, foreign_key, node.get("summarizedField").rpartition(".")[2] if operation != "count" else "", filters)


def with_picklist(f: Field, node: Node, sets: Mapping[str, list[Entry]], source: Source, where: str) -> Field:
    entries, controller, restricted = entries_of(node, sets, source, where)
    if entries is None:
        return f
    return replace(with_entries(f, entries), controller=controller, restricted_picklist=restricted)


def _tree(node: Node, kind: str, label: str) -> dict[str, Any]:
    """Describe's words for what the file says."""
    tree: dict[str, Any] = {"type": TYPES[kind], "label": label, "nillable": not node.flag("required"), "externalId": node.flag("externalId"),
                            "unique": node.flag("unique"), "caseSensitive": node.flag("caseSensitive")}  # fmt: skip
    if node.first("length") is not None:
        tree["length"] = node.number("length", most=131_072)
    if node.first("precision") is not None:
        tree |= {"precision": node.number("precision", most=18), "scale": node.number("scale", most=18)}
    if kind == "AutoNumber":
        tree |= {"autoNumber": node.get("displayFormat", "{0}"), "length": _AUTO_LENGTH, "createable": False, "updateable": False, "nillable": False}
    if kind == "EncryptedText":
        tree |= {"mask": node.get("maskChar", "asterisk"), "maskType": node.get("maskType", "all")}
    if kind == "Checkbox":
        tree |= {"nillable": False, "defaultValue": node.flag("defaultValue")}
    elif (default := literal(node.get("defaultValue"))) is not None and not node.get("formula"):
        tree["defaultValue"] = default
    if TYPES[kind] == "reference":
        tree["referenceTo"] = ["User"] if kind == "Hierarchy" and not node.get("referenceTo") else list(node.texts("referenceTo"))
    return tree


def literal(formula: str) -> object:
    """A default that is a plain value: `"text"`, `'text'`, 12.5; None for anything that has to be computed."""
    text = formula.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]:
        return text[1:-1]
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) else number


def _as_relationship(f: Field, node: Node, kind: str) -> Field:
    """How a child hangs on its parent. Source: Metadata API guide, "CustomField", deleteConstraint, reparentableMasterDetail (D)."""
    child = node.get("relationshipName")
    f = replace(f, child_relationship_name=f"{child}__r" if child else "")
    if kind == "MasterDetail":
        return replace(f, nillable=False, permissionable=False, cascade_delete=True, updateable=node.flag("reparentableMasterDetail"))
    constraint = node.get("deleteConstraint")
    return replace(f, cascade_delete=constraint == "Cascade", restricted_delete=constraint == "Restrict")


def _tell_what_is_left(node: Node, source: Source, where: str) -> None:
    if node.first("lookupFilter") is not None:
        source.leave(f"{where}: its lookup filter is not enforced")
    default = node.get("defaultValue")
    if default and node.get("type") != "Checkbox" and literal(default) is None:
        source.leave(f"{where}: its default {default[:60]!r} is a formula and is not computed")
    others = sorted({child.tag for child in node.children} - _SILENT - {"lookupFilter"})
    if others:
        source.leave(f"{where}: {', '.join(others)} not read")
