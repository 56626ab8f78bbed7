"""The select list: which SQL columns to fetch, and how a record is built from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from sfchaos.org.schema.model import Field
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field
from sfchaos.org.soql.plan import Children, Column, Compound, FlatColumn, Shape
from sfchaos.org.soql.scope import Bound, Node, Scope

# Order of the parts in the JSON of an address and a location. Source: wire reference 3.5 (R)
_PARTS = {
    "address": ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street"),
    "location": ("Latitude", "Longitude"),
}
Member: TypeAlias = "Column | Compound | Children | _Record"


@dataclass
class _Record:
    """A Shape in the making."""

    key: str
    node: Node
    id_index: int
    type_index: int
    members: dict[str, Member] = field(default_factory=dict)

    def frozen(self) -> Shape:
        members = tuple(m.frozen() if isinstance(m, _Record) else m for m in self.members.values())
        return Shape(self.key, self.node.entity, self.id_index, members, self.type_index)


class Selection:
    """Collects columns of one FROM. The first is the row's own id."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.sql: list[str] = []
        self.flat: list[FlatColumn] = []
        self._root = self._record("", scope.root)

    def shape(self) -> Shape:
        return self._root.frozen()

    def column(self, sql: str) -> int:
        """The index of an SQL expression, added when it is new."""
        if sql not in self.sql:
            self.sql.append(sql)
        return self.sql.index(sql)

    def add_path(self, path: ast.Path, *, alias: str = "") -> None:
        bound = self.scope.bind(path)
        record = self._root
        names = self.scope.relative(path)[:-1]
        for name in names:
            record = self._parent(record, name)
        self._add(record, bound, path, alias or bound.field.name)

    def add_fields(self, fields: list[Field], at: int) -> None:
        """FIELDS(): what it brings and the statement names as well is a duplicate too."""
        for f in fields:
            self.add_path(ast.Path((f.name,), at))

    def add_children(self, children: Children, at: int) -> None:
        self._claim(self._root, children.key, at)
        self._root.members[children.key.lower()] = children

    # ------------------------------------------------------------------

    def _record(self, key: str, node: Node) -> _Record:
        id_index = self.column(node.id_sql)
        return _Record(key, node, id_index, self.column(node.type_sql) if node.is_polymorphic else -1)

    def _parent(self, record: _Record, name: str) -> _Record:
        known = record.members.get(name.lower())
        if isinstance(known, _Record):
            return known
        node = self.scope.nodes[(*record.node.path, name.lower())]
        made = self._record(self.scope.relationship_name(record.node, name), node)
        record.members[name.lower()] = made
        return made

    def _add(self, record: _Record, bound: Bound, path: ast.Path, key: str) -> None:
        self._claim(record, key, path.at)
        label = ".".join((*self._spelled(path), key))
        f = bound.field
        if f.type in _PARTS:
            record.members[key.lower()] = Compound(key, self._parts(bound.node, f), f.name)
            self.flat.append(FlatColumn(label, -1, f.type))
            return
        index = self.column(bound.sql)
        record.members[key.lower()] = Column(key, index, f.type, f.name)
        self.flat.append(FlatColumn(label, index, f.type))

    def _spelled(self, path: ast.Path) -> list[str]:
        record, names = self._root, []
        for part in self.scope.relative(path)[:-1]:
            inner = record.members[part.lower()]
            assert isinstance(inner, _Record)
            record = inner
            names.append(record.key)
        return names

    def _parts(self, node: Node, f: Field) -> tuple[tuple[str, int], ...]:
        """`BillingAddress` is BillingCity ...; a custom location `Where__c` is Where__Latitude__s and Where__Longitude__s."""
        table = node.tables[0]
        found = []
        for part in _PARTS[f.type]:
            name = f"{f.name[:-3]}__{part}__s" if f.custom else f.name.removesuffix("Address") + part
            column = table.sobject.find(name)
            if column is not None and column.has_column:
                found.append((part[0].lower() + part[1:], self.column(table.column(column.name))))
        return tuple(found)

    def _claim(self, record: _Record, key: str, at: int) -> None:
        if key.lower() in record.members:  # text K
            raise invalid_field(self.scope.context.statement, at, f"duplicate field selected: {key}")
