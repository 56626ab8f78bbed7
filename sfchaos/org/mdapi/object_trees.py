"""Objects and fields of the running org as the Metadata API writes them down. Source: Metadata API guide, "CustomObject", "CustomField" (D)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sfchaos.org.mdapi.objects import is_master_detail
from sfchaos.org.mdapi.parts import Tree, flag, in_order
from sfchaos.org.schema.metadata import RecordType, Summary, ValidationRule
from sfchaos.org.schema.model import Field, SObject

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_TYPES = {
    "string": "Text", "boolean": "Checkbox", "int": "Number", "double": "Number", "currency": "Currency", "percent": "Percent", "date": "Date", "datetime": "DateTime",
    "time": "Time", "phone": "Phone", "email": "Email", "url": "Url", "picklist": "Picklist", "multipicklist": "MultiselectPicklist", "encryptedstring": "EncryptedText",
    "location": "Location", "address": "Address", "reference": "Lookup",
}  # fmt: skip
_SHARING = {"Read": "Read", "Private": "Private", "ReadWrite": "ReadWrite", "ControlledByParent": "ControlledByParent"}
_VISIBLE_LINES = "3"  # what nobody said of a long text


def own_fields(sobject: SObject) -> list[Field]:
    """Fields that are components of their own: custom ones, not the parts of compound ones."""
    return [f for f in sobject.fields if f.name.endswith("__c")]


def object_tree(org: Org, name: str) -> Tree | None:
    """A custom object whole; of a standard one its sharing model and what was added to it."""
    sobject = org.schema.find(name)
    if sobject is None or sobject.flags.get("companionOf"):
        return None
    inside: list[tuple[str, Any]] = [("fields", (("fullName", f.name), *field_tree(f))) for f in sorted(own_fields(sobject), key=lambda f: f.name)]
    inside += [("recordTypes", (("fullName", one.developer_name), *record_type_tree(one))) for one in sobject.record_types]
    inside += [("validationRules", (("fullName", one.name), *validation_rule_tree(one))) for one in sobject.validation_rules]
    if sobject.sharing and not sobject.name.endswith("__mdt"):
        inside.append(("sharingModel", _SHARING.get(sobject.sharing, sobject.sharing)))
    return in_order([*inside, *(_of_custom(sobject) if sobject.custom else ())])


def _of_custom(sobject: SObject) -> Iterator[tuple[str, Any]]:
    yield "label", sobject.label
    yield "pluralLabel", sobject.label_plural
    if sobject.name.endswith("__mdt"):
        yield "visibility", "Public"
        return
    if sobject.flags.get("customSetting"):
        yield "customSettingsType", "Hierarchy" if sobject.find("SetupOwnerId") else "List"
        return
    yield "deploymentStatus", "Deployed"
    yield "enableHistory", flag(any(f.tracked for f in sobject.fields))
    name = sobject.find("Name")
    if name is not None:
        shape = (("displayFormat", name.auto_number), ("label", name.label), ("type", "AutoNumber")) if name.auto_number else (("label", name.label), ("type", "Text"))
        yield "nameField", shape


def kind_of(f: Field) -> str:
    """FieldType of a field."""
    if f.summary is not None:
        return "Summary"
    if f.auto_number:
        return "AutoNumber"
    if f.type == "textarea":
        return "Html" if f.html_formatted else "LongTextArea" if f.length > 255 else "TextArea"
    return "MasterDetail" if is_master_detail(f) else _TYPES.get(f.type, "Text")


def field_tree(f: Field) -> Tree:
    """Without the full name, which stands in the file's name or before it."""
    kind = kind_of(f)
    said: list[tuple[str, Any]] = [("label", f.label or f.name), ("type", kind), ("inlineHelpText", f.help_text)]
    if f.tracked:
        said.append(("trackHistory", "true"))
    if f.summary is not None:
        return in_order([*said, *_summary(f.summary)])
    if f.formula_text:
        said += [("formula", f.formula_text), ("formulaTreatBlanksAs", "BlankAsZero" if f.blank_as_zero else "BlankAsBlank")]
    elif kind not in ("Checkbox", "AutoNumber", "MasterDetail"):
        said.append(("required", flag(not f.nillable)))
    return in_order([*said, *_of_kind(f, kind)])


def _of_kind(f: Field, kind: str) -> Iterator[tuple[str, Any]]:
    computed = bool(f.formula_text)
    if kind in ("Text", "LongTextArea", "Html", "EncryptedText") and not computed:
        yield "length", str(f.length)
    if kind in ("LongTextArea", "Html", "MultiselectPicklist"):
        yield "visibleLines", _VISIBLE_LINES
    if kind in ("Number", "Currency", "Percent"):
        yield "precision", str(f.precision or f.digits or 18)
        yield "scale", str(f.scale)
    if kind in ("Text", "Number", "Email", "AutoNumber") and not computed:
        yield "externalId", flag(f.external_id)
        if kind != "AutoNumber":
            yield "unique", flag(f.unique)
        if f.unique and kind == "Text":
            yield "caseSensitive", flag(f.case_sensitive)
    if kind == "Checkbox" and not computed:
        yield "defaultValue", flag(f.default)
    elif f.default is not None and not f.picklist:
        yield "defaultValue", str(f.default) if not isinstance(f.default, str) else f'"{f.default}"'
    if kind == "AutoNumber":
        yield "displayFormat", f.auto_number
    if kind == "EncryptedText":
        yield "maskChar", f.mask or "asterisk"
        yield "maskType", f.mask_type or "all"
    if kind == "Location":
        yield "displayLocationInDecimal", "true"
        yield "scale", str(f.scale or 15)
    if f.type == "reference":
        yield from _relationship(f, kind)
    if f.picklist or kind in ("Picklist", "MultiselectPicklist"):
        yield "valueSet", _values(f)


def _relationship(f: Field, kind: str) -> Iterator[tuple[str, Any]]:
    yield "referenceTo", f.reference_to[0] if f.reference_to else ""
    yield "relationshipName", f.child_relationship_name.removesuffix("__r")
    if kind == "MasterDetail":
        yield "reparentableMasterDetail", flag(f.updateable)
    else:
        yield "deleteConstraint", "Cascade" if f.cascade_delete else "Restrict" if f.restricted_delete else "SetNull"


def _values(f: Field) -> Tree:
    labels, fits = dict(f.picklist_labels), dict(f.valid_for)
    values = tuple(
        ("value", (("fullName", value), ("default", flag(value == f.default)), *((("isActive", "false"),) if value in f.inactive_values else ()),
                   ("label", labels.get(value, value))))
        for value in f.picklist
    )  # fmt: skip
    settings = tuple(("valueSettings", (*(("controllingFieldValue", one) for one in controlling), ("valueName", value))) for value, controlling in fits.items())
    controller = (("controllingField", f.controller),) if f.controller else ()
    return (*controller, ("restricted", flag(f.restricted_picklist)), ("valueSetDefinition", (("sorted", "false"), *values)), *settings)


def _summary(summary: Summary) -> Iterator[tuple[str, Any]]:
    yield "summaryForeignKey", f"{summary.sobject}.{summary.foreign_key}"
    yield "summaryOperation", summary.operation
    if summary.field:
        yield "summarizedField", f"{summary.sobject}.{summary.field}"
    for one in summary.filters:
        yield "summaryFilterItems", (("field", f"{summary.sobject}.{one.field}"), ("operation", one.operation), ("value", one.value))


def record_type_tree(one: RecordType) -> Tree:
    picks = [("picklistValues", (("picklist", name), *(("values", (("fullName", value), ("default", "false"))) for value in values))) for name, values in one.picklists]
    return in_order([("active", flag(one.active)), ("description", one.description), ("label", one.label or one.developer_name), *picks])


def validation_rule_tree(one: ValidationRule) -> Tree:
    return in_order([("active", flag(one.active)), ("errorConditionFormula", one.formula), ("errorDisplayField", one.field), ("errorMessage", one.message)])


def part_tree(org: Org, kind: str, name: str) -> Tree | None:
    """A field, record type or validation rule by its full name, `Account.Size__c`."""
    object_name, _, own = name.partition(".")
    sobject = org.schema.find(object_name)
    if sobject is None:
        return None
    if kind == "CustomField":
        f = next((f for f in own_fields(sobject) if f.key == own.lower()), None)
        return field_tree(f) if f is not None else None
    if kind == "RecordType":
        made = next((one for one in sobject.record_types if one.developer_name.lower() == own.lower()), None)
        return record_type_tree(made) if made is not None else None
    rule = next((one for one in sobject.validation_rules if one.name.lower() == own.lower()), None)
    return validation_rule_tree(rule) if rule is not None else None
