"""`columns=true`: what a statement would return, described instead of run. The `sf` CLI asks for it before each query.

Source: wire reference 17 (m: it is asked for, `columnMetadata` is needed); the other keys K.
"""

from __future__ import annotations

from typing import Any

from sfchaos.org.schema.model import NUMBER_TYPES, TEXT_TYPES, Field, Schema, SObject
from sfchaos.org.soql.plan import Cases, Children, Column, Compound, Plan, Shape

_APEX = {
    "id": "Id", "reference": "Id", "boolean": "Boolean", "int": "Integer", "long": "Long", "double": "Double", "currency": "Double", "percent": "Double",
    "date": "Date", "datetime": "Datetime", "time": "Time", "base64": "Blob", "address": "Address", "location": "Location",
}  # fmt: skip


def column_metadata(plan: Plan, schema: Schema) -> dict[str, Any]:
    sobject = schema.find(plan.sobject)
    is_grouped = plan.kind == "groups"
    return {
        "columnMetadata": _members(plan.shape, sobject, schema, aggregate=is_grouped),
        "entityName": plan.sobject,
        "groupBy": bool(plan.group),
        "idSelected": any(isinstance(m, Column) and m.name == "Id" for m in plan.shape.members) and not is_grouped,
        "keyPrefix": sobject.key_prefix if sobject else None,
    }


def _members(shape: Shape, sobject: SObject | None, schema: Schema, *, aggregate: bool = False) -> list[dict[str, Any]]:
    return [_member(member, sobject, schema, aggregate) for member in shape.members]


def _member(member: Column | Compound | Children | Shape | Cases, sobject: SObject | None, schema: Schema, aggregate: bool) -> dict[str, Any]:
    if isinstance(member, Shape):
        return _column(member.key, "", None, joined=_members(member, schema.find(member.sobject), schema))
    if isinstance(member, Cases):  # one column for each field of each branch (a guess)
        shapes = (*member.branches, member.otherwise)
        return _column(member.key, "", None, joined=[column for shape in shapes for column in _members(shape, schema.find(shape.sobject), schema)])
    if isinstance(member, Children):
        shape = member.plan.shape
        return _column(member.key, "", None, joined=_members(shape, schema.find(shape.sobject), schema), aggregate=True)
    f = sobject.find(member.name) if sobject and member.name else None
    field_type = member.type if isinstance(member, Column) else f.type if f else ""
    return _column(member.key, field_type, f, aggregate=aggregate and not f)


def _column(name: str, field_type: str, f: Field | None, *, joined: list[dict[str, Any]] | None = None, aggregate: bool = False) -> dict[str, Any]:
    return {
        "aggregate": aggregate,
        "apexType": _APEX.get(field_type, "String") if field_type else None,
        "booleanType": field_type == "boolean",
        "columnName": name,
        "custom": bool(f and f.custom),
        "displayName": name,
        "foreignKeyName": f.relationship_name if f and f.relationship_name else None,
        "insertable": bool(f and f.createable),
        "joinColumns": joined or [],
        "numberType": field_type in NUMBER_TYPES or field_type in ("int", "long"),
        "textType": field_type in TEXT_TYPES,
        "updatable": bool(f and f.updateable),
    }
