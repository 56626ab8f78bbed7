"""Objects, fields, record types and validation rules put into the running org, as the reader of source files understands them.

Texts of problems K unless said otherwise; a sentence of the reader about what it does not play becomes a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sfchaos.org.mdapi.parts import Component, Problem
from sfchaos.org.mdapi.schema_change import install, named
from sfchaos.org.rows import record_types
from sfchaos.org.rows.own_rows import write_own
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.reader import sobject_from
from sfchaos.org.schema.sfdx.objects import SHARING, Draft, check_name, free_prefixes, made_fields, new_object
from sfchaos.org.schema.sfdx.rules import record_type_of, validation_rule_of
from sfchaos.org.schema.sfdx.source import Source

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.sfdx.xml import Node

_Named = TypeVar("_Named")
Applied = tuple[bool, list[str]]  # whether it is new, warnings
# What a new field of a type has to say (Metadata API guide, "CustomField", D; the sentence K)
_NEEDS = {
    "Text": ("length",), "LongTextArea": ("length", "visibleLines"), "Html": ("length", "visibleLines"), "EncryptedText": ("length",), "Number": ("precision", "scale"),
    "Currency": ("precision", "scale"), "Percent": ("precision", "scale"), "Lookup": ("referenceTo",), "MasterDetail": ("referenceTo",),
}  # fmt: skip


def apply_object(org: Org, component: Component) -> Applied:
    """A new custom object, or another label, sharing model and history of a known one. What stands inside it are components of their own."""
    node, known = component.node, org.schema.find(component.name)
    source = _source(component)
    check_name(component.name, node, "object")
    made = _new_object(org, component.name, node) if known is None else _changed(known, node)
    if made is not known:
        install(org, {**org.schema.objects, made.name.lower(): made})
    left = sorted({child.tag for child in node.children} & {"sharingReasons", "webLinks", "listViews", "compactLayouts", "businessProcesses", "fieldSets", "actionOverrides", "indexes"})
    warnings = [f"{', '.join(left)}: not held by this org, and left out"] if left else []
    return known is None, [*source.unread, *warnings]


def _new_object(org: Org, name: str, node: Node) -> SObject:
    if not name.endswith(("__c", "__mdt")):
        raise Problem(f"Entity of type 'CustomObject' named '{name}' cannot be found" if "__" not in name else "Not available for deploy for this organization", node.line)
    if not node.get("label"):
        raise Problem("Must specify a non-empty label for the CustomObject", node.line, "REQUIRED_FIELD_MISSING")
    if name.endswith("__c") and not node.get("customSettingsType") and node.first("nameField") is None:
        raise Problem("Must specify a nameField of type Text or AutoNumber", node.line, "REQUIRED_FIELD_MISSING")
    draft = Draft(name, node)
    return new_object(draft, free_prefixes([draft], org.schema)[name])


def _changed(known: SObject, node: Node) -> SObject:
    changed = known
    if known.custom and node.get("label"):
        changed = replace(changed, label=node.get("label"), label_plural=node.get("pluralLabel") or changed.label_plural)
    model = SHARING.get(node.get("sharingModel"), known.sharing)
    if model != known.sharing and known.sharing and not _masters(known):
        changed = replace(changed, sharing=model)
    if node.first("enableHistory") is not None and not node.flag("enableHistory"):
        changed = replace(changed, fields=tuple(replace(f, tracked=False) for f in changed.fields))
    return changed if changed != known else known


def _masters(sobject: SObject) -> list[Field]:
    return [f for f in sobject.fields if f.custom and is_master_detail(f)]


def is_master_detail(f: Field) -> bool:
    return f.type == "reference" and f.cascade_delete and not f.nillable


# ---------------------------------------------------------------------- fields


def apply_field(org: Org, component: Component) -> Applied:
    object_name, _, name = component.name.partition(".")
    node, sobject = component.node, named(org.schema, object_name)
    check_name(name, node, f"field of {sobject.name}")
    known = sobject.find(name)
    if name.endswith("__c"):
        _check_said(node, name)
    source = _source(component)
    fields = made_fields(sobject, name, node, {}, org.schema.objects, source)
    if not fields:
        raise Problem(_why(source, component.name), node.line)
    made = sobject
    for f in fields:
        made = made.with_field(f)
    if any(f.custom and is_master_detail(f) for f in fields):
        made = _as_detail(org, made, is_new=known is None)
    install(org, {**org.schema.objects, made.name.lower(): made})
    return known is None, source.unread


def _check_said(node: Node, name: str) -> None:
    kind = node.get("type")
    if not node.get("label"):
        raise Problem("Must specify a non-empty label for the CustomField", node.line, "REQUIRED_FIELD_MISSING")
    if not kind:
        raise Problem(f"Must specify a type for the CustomField {name}", node.line, "REQUIRED_FIELD_MISSING")
    for tag in () if node.get("formula") else _NEEDS.get(kind, ()):
        if not node.get(tag):
            raise Problem(f"Must specify '{tag}' for a CustomField of type {kind}", node.line, "REQUIRED_FIELD_MISSING")
    values = node.first("valueSet")
    if values is not None and values.get("valueSetName"):
        raise Problem(f"In field: valueSetName - no GlobalValueSet named {values.get('valueSetName')} found", values.line, "INVALID_CROSS_REFERENCE_KEY")


def _as_detail(org: Org, made: SObject, *, is_new: bool) -> SObject:
    """Rows of a detail belong to their master: no owner, no shares."""
    if is_new and org.store.one(f'SELECT 1 FROM "{made.name}" LIMIT 1'):
        raise Problem("Cannot create a master-detail relationship on an object that already has data", code="FIELD_INTEGRITY_EXCEPTION")
    return replace(made, fields=tuple(f for f in made.fields if f.name != "OwnerId"), sharing="ControlledByParent")


# ---------------------------------------------------------------------- record types and rules


def apply_record_type(org: Org, component: Component) -> Applied:
    object_name, _, name = component.name.partition(".")
    sobject, source = named(org.schema, object_name), _source(component)
    made = record_type_of(name, component.node, sobject, source)
    is_new = not any(one.developer_name == name for one in sobject.record_types)
    changed = replace(sobject, record_types=_with(sobject.record_types, made, lambda one: one.developer_name))
    install(org, {**org.schema.objects, sobject.name.lower(): changed})
    kind, row_id = org.schema.find("RecordType"), record_types.id_of(org, sobject, name)
    values = {"Name": made.label, "Description": made.description or None, "IsActive": int(made.active)}
    if kind is not None and row_id is None:
        write_own(org, kind, {**values, "DeveloperName": name, "SobjectType": sobject.name})
    elif kind is not None and row_id is not None:
        org.store.update("RecordType", row_id, values)
    return is_new, source.unread


def apply_validation_rule(org: Org, component: Component) -> Applied:
    object_name, _, name = component.name.partition(".")
    sobject, source = named(org.schema, object_name), _source(component)
    made = validation_rule_of(name, component.node, sobject, source)
    if made is None:
        raise Problem(_why(source, component.name), component.node.line, "REQUIRED_FIELD_MISSING")
    if not component.node.get("errorMessage"):
        raise Problem("Must specify a non-empty errorMessage for the ValidationRule", component.node.line, "REQUIRED_FIELD_MISSING")
    display = component.node.get("errorDisplayField")
    if display and not made.field:
        raise Problem(f"In field: errorDisplayField - no CustomField named {sobject.name}.{display} found", component.node.line, "INVALID_CROSS_REFERENCE_KEY")
    is_new = not any(one.name == name for one in sobject.validation_rules)
    changed = replace(sobject, validation_rules=_with(sobject.validation_rules, made, lambda one: one.name))
    install(org, {**org.schema.objects, sobject.name.lower(): changed})
    return is_new, source.unread


def _with(held: tuple[_Named, ...], made: _Named, name_of: Callable[[_Named], str]) -> tuple[_Named, ...]:
    name = name_of(made).lower()
    if any(name_of(one).lower() == name for one in held):
        return tuple(made if name_of(one).lower() == name else one for one in held)
    return (*held, made)


# ---------------------------------------------------------------------- away


def remove_object(org: Org, name: str) -> None:
    """With its rows, its history and its shares."""
    sobject = _own(org, name)
    pointing = [f"{child.name}.{f.name}" for child, f in org.schema.children.get(sobject.name.lower(), ())
                if child is not sobject and child.flags.get("companionOf") != sobject.name]  # fmt: skip
    if pointing:
        raise _referenced(sobject.name, pointing)
    left = {key: o for key, o in org.schema.objects.items() if o is not sobject and o.flags.get("companionOf") != sobject.name}
    install(org, left)
    for table in ("ObjectPermissions", "FieldPermissions", "RecordType"):
        if org.schema.find(table):
            org.store.run(f'DELETE FROM "{table}" WHERE "SobjectType" = ?', (sobject.name,))


def remove_field(org: Org, name: str) -> None:
    object_name, _, field_name = name.partition(".")
    sobject = named(org.schema, object_name)
    f = sobject.find(field_name)
    if f is None or not field_name.lower().endswith("__c"):
        raise _no_such("CustomField", name)
    using = [f"{o.name}.{one.name}" for o in org.schema for one in o.fields if one.summary is not None and (o.name != sobject.name or one is not f)
             and one.summary.sobject == sobject.name and f.name in (one.summary.field, one.summary.foreign_key)]  # fmt: skip
    if using:
        raise _referenced(name, using)
    left = tuple(one for one in sobject.fields if one is not f and one.compound != f.name)
    changed = replace(sobject, fields=left)
    orphaned = is_master_detail(f) and not _masters(changed)
    if orphaned:
        changed = replace(changed, fields=(*left, _owner(sobject)), sharing="ReadWrite")
    try:
        install(org, {**org.schema.objects, sobject.name.lower(): changed})
    except Problem as problem:
        raise Problem(f"This custom field is referenced elsewhere in salesforce.com. : {problem.message}", code="DELETE_FAILED") from None
    if orphaned:
        org.store.run(f'UPDATE "{sobject.name}" SET "OwnerId" = ?', (org.admin_user_id,))
    if org.schema.find("FieldPermissions"):
        org.store.run('DELETE FROM "FieldPermissions" WHERE "Field" = ?', (f"{sobject.name}.{f.name}",))


def _owner(sobject: SObject) -> Field:
    """Rows that lose their master have an owner again."""
    tree = {"name": sobject.name, "label": sobject.label, "labelPlural": sobject.label_plural, "keyPrefix": sobject.key_prefix, "custom": True, "fields": ["@owner"]}
    return sobject_from(tree).by_key["ownerid"]


def remove_validation_rule(org: Org, name: str) -> None:
    object_name, _, rule = name.partition(".")
    sobject = named(org.schema, object_name)
    left = tuple(one for one in sobject.validation_rules if one.name.lower() != rule.lower())
    if len(left) == len(sobject.validation_rules):
        raise _no_such("ValidationRule", name)
    install(org, {**org.schema.objects, sobject.name.lower(): replace(sobject, validation_rules=left)})


def remove_record_type(_org: Org, _name: str) -> None:
    raise Problem("Cannot delete record type through API")


def _own(org: Org, name: str) -> SObject:
    found = org.schema.find(name)
    if found is None or not found.custom or found.flags.get("companionOf"):
        raise _no_such("CustomObject", name)
    return found


def _no_such(kind: str, name: str) -> Problem:
    return Problem(f"No {kind} named: {name} found", code="INVALID_CROSS_REFERENCE_KEY")


def _referenced(name: str, by: list[str]) -> Problem:
    return Problem(f"This component is referenced elsewhere in salesforce.com: {name}, by {', '.join(by)}", code="DELETE_FAILED")


# ---------------------------------------------------------------------- parts


def _source(component: Component) -> Source:
    return Source(Path(component.file or component.type))


def _why(source: Source, name: str) -> str:
    """The reader's last sentence without the name before it."""
    return source.unread[-1].removeprefix(f"{name}: ") if source.unread else f"{name} cannot be held"
