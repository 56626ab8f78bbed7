"""The select list: which SQL columns to fetch, and how a record is built from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sfchaos.org.schema.compounds import compound_parts
from sfchaos.org.schema.model import Field
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, no_such_type
from sfchaos.org.soql.expressions import Typed
from sfchaos.org.soql.plan import Cases, Children, Column, Compound, FlatColumn, Shape
from sfchaos.org.soql.scope import POLYMORPHISM, Bound, Node, Scope

Member: TypeAlias = "Column | Compound | Children | _Record | _Branches"


@dataclass
class _Record:
    """A Shape in the making."""

    key: str
    node: Node
    id_index: int
    type_index: int
    members: dict[str, Member] = field(default_factory=dict)
    type_shown: str = ""

    def frozen(self) -> Shape:
        members = tuple(m.frozen() if isinstance(m, _Record | _Branches) else m for m in self.members.values())
        return Shape(self.key, self.node.branch or self.node.entity, self.id_index, members, self.type_index, self.type_shown)


@dataclass
class _Branches:
    """A Cases in the making; `otherwise` shows nothing but `attributes` where there is no ELSE."""

    key: str
    id_index: int
    type_index: int
    records: list[_Record]
    otherwise: _Record

    def frozen(self) -> Cases:
        return Cases(self.key, self.id_index, self.type_index, tuple(r.frozen() for r in self.records), self.otherwise.frozen())


class Selection:
    """Collects columns of one FROM. The first is the row's own id."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.sql: list[str] = []
        self.flat: list[FlatColumn] = []
        self._unnamed = 0
        self._root = self._record("", scope.root)

    def shape(self) -> Shape:
        return self._root.frozen()

    def column(self, sql: str) -> int:
        """The index of an SQL expression, added when it is new."""
        if sql not in self.sql:
            self.sql.append(sql)
        return self.sql.index(sql)

    def add_path(self, path: ast.Path, *, alias: str = "") -> None:
        self._add_under(self._root, self.scope.bind(path), self.scope.relative(path), path, alias)

    def _add_under(self, record: _Record, bound: Bound, parts: tuple[str, ...], path: ast.Path, alias: str = "") -> None:
        labels = [] if record is self._root else [record.key]
        for name in parts[:-1]:
            record = self._parent(record, name, path)
            labels.append(record.key)
        self._add(record, bound, path, alias or bound.field.name, labels)

    def add_value(self, what: Typed, path: ast.Path | None, alias: str) -> None:
        """A function of a field, shown where the field would be; one of no field (DISTANCE) has no name of its own."""
        record, labels = self._root, []
        for name in self.scope.relative(path)[:-1] if path is not None else ():
            record = self._parent(record, name, what)
            labels.append(record.key)
        key = alias or what.key
        if not key:
            key, self._unnamed = f"expr{self._unnamed}", self._unnamed + 1
        self._claim(record, key, what.at)
        style = what.style
        if style is not None and what.code and "." in what.code:
            style = replace(style, code_index=self.column(what.code))
        index = self.column(what.sql)
        record.members[key.lower()] = Column(key, index, "string" if style else what.type, what.name if what.field else "", style)
        self.flat.append(FlatColumn(".".join([*labels, key]), index, what.type, style))

    def add_cases(self, what: ast.TypeOf) -> None:
        """TYPEOF: every branch is a record of its own over the same parent."""
        names = self.scope.relative(what.path)
        node = self.scope.node_of(what.path)
        record = self._root
        for name in names[:-1]:
            record = self._parent(record, name, what)
        key = self.scope.relationship_name(record.node, names[-1])
        self._claim(record, key, what.at)
        otherwise = self._record(key, node)
        branches = _Branches(key, otherwise.id_index, otherwise.type_index, [], otherwise)
        for branch in what.branches:
            inner = otherwise
            if branch.sobject:
                inner = self._record(key, self._branch_node(node, branch))
                branches.records.append(inner)
            for path in branch.fields:
                self._add_under(inner, self.scope.bind_from(inner.node, path.parts, path), path.parts, path)
        record.members[key.lower()] = branches

    def _branch_node(self, node: Node, branch: ast.Branch) -> Node:
        table = next((t for t in node.tables if t.sobject.name.lower() == branch.sobject.lower()), None)
        if table is None:
            raise no_such_type(self.scope.context.statement, branch.at, branch.sobject)
        return self.scope.branch_of(node, table)

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
        shown = "Name" if node.is_polymorphic and self.scope.context.version < POLYMORPHISM else ""  # the border is a guess (wire reference 3.8)
        return _Record(key, node, id_index, self.column(node.type_sql) if node.is_polymorphic else -1, type_shown=shown)

    def _parent(self, record: _Record, name: str, what: ast.Path | ast.TypeOf | Typed) -> _Record:
        known = record.members.get(name.lower())
        if isinstance(known, _Record):
            return known
        if known is not None:  # a TYPEOF of the same relationship
            raise invalid_field(self.scope.context.statement, what.at, f"duplicate field selected: {name}")
        node = self.scope.nodes[(*record.node.path, name.lower())]
        made = self._record(self.scope.relationship_name(record.node, name), node)
        record.members[name.lower()] = made
        return made

    def _add(self, record: _Record, bound: Bound, path: ast.Path, key: str, labels: list[str]) -> None:
        self._claim(record, key, path.at)
        label = ".".join((*labels, key))
        f = bound.field
        if f.type in ("address", "location"):
            record.members[key.lower()] = Compound(key, self._parts(bound), f.name)
            self.flat.append(FlatColumn(label, -1, f.type))
            return
        index = self.column(bound.sql)
        record.members[key.lower()] = Column(key, index, f.type, f.name)
        self.flat.append(FlatColumn(label, index, f.type))

    def _parts(self, bound: Bound) -> tuple[tuple[str, int], ...]:
        table = bound.node.tables[0]
        keys, columns = compound_parts(table.sobject, bound.field)
        return tuple((key, self.column(table.column(column))) for key, column in zip(keys, columns, strict=True))

    def _claim(self, record: _Record, key: str, at: int) -> None:
        if key.lower() in record.members:  # text K
            raise invalid_field(self.scope.context.statement, at, f"duplicate field selected: {key}")
