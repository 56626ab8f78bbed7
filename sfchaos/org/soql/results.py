"""What a statement found: rows, their children by parent, and which of them were shown.

A page holds a number of rows, those of child subqueries among them (wire reference 3.8, K): `fit` cuts a result to it, and
leaves ids behind for the locators of child sets that are longer than what is shown of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any

from sfchaos.org.soql.plan import Cases, Column, Compound, Plan, Shape
from sfchaos.org.soql.render import FamilyOf, Record, SqlRow, flat_column, record

ID_CHARS = 18
SMALLEST_CHILD_ROWS = 200  # of a child set, when the page is full already (a guess)

Read = tuple[str, tuple[str, ...], tuple[str, ...]]  # sObject, field names, row ids: what a receipt lists
More = Callable[[tuple[str, ...], str, int], str]  # (path of keys, packed ids of a child set, rows shown) -> nextRecordsUrl


@dataclass
class QueryResult:
    """Rows of a statement. `total` is what totalSize says: of this result, which may be a page of a greater one."""

    plan: Plan
    total: int
    sql_rows: list[SqlRow] = field(default_factory=list)
    families: dict[str, Family] = field(default_factory=dict)

    @property
    def sobject(self) -> str:
        return self.plan.sobject

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns of the flat form: `Id`, `Owner.Name`, `expr0`."""
        return tuple(column.label for column in self.plan.flat)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self.sql_rows) if self.plan.kind == "rows" else ()

    @property
    def rows(self) -> list[Record]:
        """Records without `attributes`, parents as dicts or None, children as lists of records."""
        return [_plain(made) for made in self.records(None)]

    def records(self, base: str | None, more: More | None = None) -> list[Record]:
        """Records as REST shows them; `base` is `/services/data/v62.0`, None leaves `attributes` out."""
        children = _envelopes(self.families, more)
        return [made for row in self.sql_rows if (made := record(self.plan.shape, row, base, children)) is not None]

    def fit(self, page_rows: int) -> int:
        """Cut to what fits a page, at least one row; how many rows that is."""
        if not self.families:
            return len(self.sql_rows)
        left, count = page_rows, 0
        for row in self.sql_rows:
            if count and left <= 0:
                break
            left -= 1 + sum(family.cut(row[0], max(left - 1, SMALLEST_CHILD_ROWS)) for family in self.families.values())
            count += 1
        for family in self.families.values():
            family.forget(row[0] for row in self.sql_rows[count:])
        del self.sql_rows[count:]
        return count

    def flat_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows as cells of a CSV file, in the order of `fields`. Compound fields have no flat form and are left out."""
        columns = [flat_column(column, self.sql_rows) for column in self.plan.flat if column.index >= 0]
        return zip(*columns, strict=True) if columns else repeat((), len(self.sql_rows))

    def reads(self) -> list[Read]:
        """What was shown of which rows: the row's own fields, each parent's, the children's."""
        found = _reads(self.plan.shape, self.sql_rows)
        for family in self.families.values():
            found.extend(family.reads())
        return found


@dataclass
class Family:
    """The rows of a child subquery by parent id. `path` are the keys that lead to it; `cuts` are the packed ids of sets that
    are not shown in full."""

    plan: Plan
    path: tuple[str, ...]
    by_parent: dict[str, list[SqlRow]]
    families: dict[str, Family]
    cuts: dict[str, str] = field(default_factory=dict)

    def envelope(self, parent_id: str, base: str | None, more: More | None = None) -> Record | None:
        rows = self.by_parent.get(parent_id)
        if not rows:
            return None
        inner = _envelopes(self.families, more)
        records = [record(self.plan.shape, row, base, inner) for row in rows]
        ids = self.cuts.get(parent_id)
        if ids is None or more is None:
            return {"totalSize": len(rows), "done": True, "records": records}
        return {"totalSize": len(ids) // ID_CHARS, "done": False, "nextRecordsUrl": more(self.path, ids, len(rows)), "records": records}

    def cut(self, parent_id: str, most: int) -> int:
        """Show at most so many children of a parent; how many rows that is, with theirs."""
        rows = self.by_parent.get(parent_id, [])
        if len(rows) > most:
            self.cuts[parent_id] = "".join(row[0] for row in rows)
            for family in self.families.values():
                family.forget(row[0] for row in rows[most:])
            rows = self.by_parent[parent_id] = rows[:most]
        return len(rows) + sum(family.cut(row[0], SMALLEST_CHILD_ROWS) for family in self.families.values() for row in rows)

    def forget(self, parent_ids: Iterable[str]) -> None:
        """Parents that are not on the page."""
        for parent_id in parent_ids:
            gone = self.by_parent.pop(parent_id, [])
            for family in self.families.values():
                family.forget(row[0] for row in gone)

    def reads(self) -> list[Read]:
        found = _reads(self.plan.shape, [row for rows in self.by_parent.values() for row in rows])
        for family in self.families.values():
            found.extend(family.reads())
        return found


def _envelopes(families: dict[str, Family], more: More | None) -> dict[str, FamilyOf]:
    return {key: partial(family.envelope, more=more) for key, family in families.items()}


def _plain(made: Record) -> Record:
    """Children as a plain list instead of an envelope."""
    return {key: _listed(value) for key, value in made.items()}


def _listed(value: Any) -> Any:
    is_envelope = isinstance(value, dict) and {"totalSize", "done", "records"} <= value.keys()
    return [_plain(made) for made in value["records"]] if is_envelope else value


def _reads(shape: Shape, rows: Sequence[SqlRow]) -> list[Read]:
    names = tuple(m.name for m in shape.members if isinstance(m, Column | Compound) and m.name)
    own: list[Read] = [(sobject, names, ids) for sobject, ids in _ids_by_type(shape, rows) if names]
    for member in shape.members:
        if isinstance(member, Shape):
            own.extend(_reads(member, rows))
        elif isinstance(member, Cases):
            for branch in (*member.branches, member.otherwise):
                own.extend(_reads(branch, [row for row in rows if row[member.type_index] and member.of(row[member.type_index]) is branch]))
    return own


def _ids_by_type(shape: Shape, rows: Sequence[SqlRow]) -> list[tuple[str, tuple[str, ...]]]:
    """Distinct ids of a record's rows; of a polymorphic parent, for each type that occurs."""
    if shape.id_index < 0:
        return []
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if row[shape.id_index]:
            sobject = row[shape.type_index] if shape.type_index >= 0 else shape.sobject
            found.setdefault(sobject, {})[row[shape.id_index]] = None
    return [(sobject, tuple(ids)) for sobject, ids in found.items()]
