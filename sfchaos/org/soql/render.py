"""SQL rows made into records, as JSON or flat as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sfchaos.org.rows.values import shown
from sfchaos.org.schema.model import NUMBER_TYPES
from sfchaos.org.soql.plan import Cases, Children, Column, Compound, FlatColumn, Shape

SqlRow: TypeAlias = Sequence[Any]
Record: TypeAlias = dict[str, Any]


def record(shape: Shape, row: SqlRow, base: str | None, children: Mapping[str, FamilyOf] | None = None) -> Record | None:
    """One record. `base` is `/services/data/v62.0`; None leaves `attributes` out. None for a parent that is null."""
    row_id = row[shape.id_index] if shape.id_index >= 0 else None
    if shape.key and row_id is None:
        return None
    made: Record = {}
    if base is not None:
        made["attributes"] = _attributes(shape, row, row_id, base)
    for member in shape.members:
        if type(member) is Column:
            value = row[member.index]
            if member.style is not None:
                made[member.key] = member.style.shown(value, row)
                continue
            made[member.key] = value if value is None and member.type != "boolean" else _value(member, value, base, row_id, shape)
        else:
            made[member.key] = _nested(member, row, base, children)
    return made


FamilyOf: TypeAlias = Callable[[str, "str | None"], "Record | None"]  # (parent id, base) -> envelope of its children, None without any


def _attributes(shape: Shape, row: SqlRow, row_id: str | None, base: str) -> Record:
    """Type and address of a record; an aggregate has a type only (wire reference 8.3)."""
    if row_id is None:
        return {"type": shape.sobject}
    name = row[shape.type_index] if shape.type_index >= 0 else shape.sobject
    return {"type": shape.type_shown or name, "url": f"{base}/sobjects/{name}/{row_id}"}


def _value(column: Column, value: Any, base: str | None, row_id: str | None, shape: Shape) -> Any:
    if column.type == "base64" and base is not None and row_id:
        return f"{base}/sobjects/{shape.sobject}/{row_id}/{column.name}"  # wire reference 3.5: a row shows where its blob is
    return shown(column.type, value)


def _nested(member: Column | Compound | Children | Shape | Cases, row: SqlRow, base: str | None, children: Mapping[str, FamilyOf] | None) -> Any:
    if isinstance(member, Shape):
        return record(member, row, base)
    if isinstance(member, Cases):
        return record(member.of(row[member.type_index]), row, base)
    if isinstance(member, Compound):
        parts = {name: row[index] for name, index in member.parts}
        return parts if any(value is not None for value in parts.values()) else None
    assert isinstance(member, Children)
    family = (children or {}).get(member.key)
    return family(row[0], base) if family else None


def flat_column(column: FlatColumn, rows: Sequence[SqlRow]) -> list[str]:
    """One column of a CSV file. Source: wire reference 3.5: null is empty, datetimes end in `.000Z`."""
    at, kind, style = column.index, column.type, column.style
    if style is not None:
        return [style.shown(row[at], row) or "" for row in rows]
    if kind == "boolean":
        return ["true" if row[at] else "false" for row in rows]
    if kind == "datetime":
        return ["" if row[at] is None else str(row[at]).replace("+0000", "Z") for row in rows]
    if kind in NUMBER_TYPES or kind == "anyType":
        return ["" if row[at] is None else str(shown(kind, row[at])) for row in rows]
    return ["" if row[at] is None else str(row[at]) for row in rows]
