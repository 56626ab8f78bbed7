"""Columns of a Bulk CSV, read column by column: what each cell of a chunk stands for, worked out once for a header.

A cell that needs a look of its own (a value that its field refuses, a parent that is not found) is BAD here: its row is then written
by itself, which gives the refusal. So nothing in this module words one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.rows.known import folded, ids_by_key, is_plain, live_ids
from sfchaos.org.rows.plans import Column
from sfchaos.org.rows.row_input import NULL_CELL, cell_value, is_key, key_parent
from sfchaos.org.rows.values import BadValue, coercer
from sfchaos.org.schema.model import Field, SObject

if TYPE_CHECKING:
    from sfchaos.org.rows.row_work import Work

ABSENT, BAD = object(), object()  # an empty cell, which leaves its field alone; a cell that needs a look of its own
Texts = Sequence[str]
_STAMPED = frozenset({"CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp"})


@dataclass(frozen=True, slots=True)
class CellColumn:
    """The column at `place` of the rows; `read` gives a value for each of its cells, ABSENT or BAD."""

    place: int
    field: Field
    read: Callable[[Texts], list[Any]]


def cell_columns(work: Work, columns: tuple[str, ...]) -> tuple[CellColumn, ...] | None:
    """A reader for each column but the `Id` that names the row; None where the rows of such a header must be written one by one."""
    found: list[CellColumn] = []
    for place, name in enumerate(columns):
        if name.lower() == "id":
            if work.verb == "create":
                return None
            continue
        made = _column(work, place, name)
        if made is None:
            return None
        found.append(made)
    names = [column.field.name for column in found]
    return tuple(found) if len(set(names)) == len(names) else None


def _column(work: Work, place: int, name: str) -> CellColumn | None:
    plan = work.plan
    column = plan.columns.get(name) or plan.columns.get(name.lower())
    if column is not None:
        is_reference = column.field.type == "reference"
        read = _references(work, column.field, _cells(column)) if is_reference else _cells(column)
    else:
        kind, relationship, tail = _parts(name)
        f = plan.sobject.by_relationship.get(relationship.lower())
        parent = key_parent(work.org, f, kind, tail) if f is not None and tail else None
        if f is None or parent is None:
            return None
        column = plan.columns[f.name]
        read = _references(work, f, _parents(work, *parent))
        if parent[0] is plan.sobject:
            return None  # a row may name one of the same upload
    return CellColumn(place, column.field, read) if _is_usual(work, column) else None


def _parts(name: str) -> tuple[str, str, str]:
    """(kind, relationship, field) of `Account.Ext__c` or `User:Owner.Username`."""
    head, _, tail = name.partition(".")
    kind, _, relationship = head.rpartition(":")
    return kind, relationship, tail


def _is_usual(work: Work, column: Column) -> bool:
    f = column.field
    allowed = (column.on_create or work.verb == "update") and (column.on_update or work.verb == "create")
    changes_ring = work.verb != "create" and work.plan.sobject.name in f.reference_to
    return allowed and not changes_ring and f.name not in _STAMPED and f.type != "base64" and not f.auto_number


def _cells(column: Column) -> Callable[[Texts], list[Any]]:
    """Equal cells of a chunk are read once."""
    f, coerce = column.field, column.coerce
    is_worded = f.type in ("boolean", "date")  # see `cell_value`

    def one(text: str) -> Any:
        if not text:
            return ABSENT
        try:
            if is_worded:
                return coerce(cell_value(f, text))
            return coerce(None if text == NULL_CELL else text)
        except BadValue:
            return BAD

    def read(texts: Texts) -> list[Any]:
        known = {text: one(text) for text in dict.fromkeys(texts)}
        return [known[text] for text in texts]

    return read


def _parents(work: Work, parent: SObject, key: Field) -> Callable[[Texts], list[Any]]:
    """Ids of the parents that external ids name."""
    coerce = coercer(key)

    def one(text: str) -> Any:
        try:
            value = coerce(text)
        except BadValue:
            return BAD
        return value if value is not None and is_plain(key, value) else BAD

    def read(texts: Texts) -> list[Any]:
        keys = {text: one(text) for text in dict.fromkeys(texts) if text and text != NULL_CELL}
        by_key = ids_by_key(work.org, parent, key, [value for value in keys.values() if value is not BAD])
        ids: dict[str, Any] = {"": ABSENT, NULL_CELL: None}
        for text, value in keys.items():
            found = by_key.get(folded(key, value), ()) if value is not BAD else ()
            ids[text] = found[0] if len(found) == 1 else BAD
        return [ids[text] for text in texts]

    return read


def _references(work: Work, f: Field, read_ids: Callable[[Texts], list[Any]]) -> Callable[[Texts], list[Any]]:
    """The ids of a reference, those BAD that the row may not hold."""

    def read(texts: Texts) -> list[Any]:
        values = read_ids(texts)
        ids = [value for value in dict.fromkeys(values) if isinstance(value, str)]
        good = {parent_id for prefix in dict.fromkeys(i[:3] for i in ids) for parent_id in _usable(work, f, prefix, [i for i in ids if i[:3] == prefix])}
        return values if len(good) == len(ids) else [value if not isinstance(value, str) or value in good else BAD for value in values]

    return read


def _usable(work: Work, f: Field, prefix: str, ids: list[str]) -> set[str]:
    """The live rows among ids of one prefix, if the field may name their kind and the user need not be asked about each."""
    org = work.org
    parent = org.schema.of_prefix(prefix)
    if parent is None or (f.reference_to and parent.name not in f.reference_to) or parent.name in work.plan.guarded:
        return set()
    return live_ids(org, parent, ids, "IsActive" if f.name == "OwnerId" and parent.name == "User" else "")


def has_key(work: Work, columns: tuple[CellColumn, ...]) -> bool:
    """Whether an upsert's key is among the columns, and is one that rows are looked up by in sets."""
    key = work.key
    return key is not None and key.name != "Id" and key.has_column and is_key(key) and any(column.field.name == key.name for column in columns)
