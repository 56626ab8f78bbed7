"""Names of one FROM bound to tables: fields, parents (LEFT JOINs, five levels up), aliases, polymorphic owners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, no_such_column, no_such_relationship
from sfchaos.org.store import quoted

DEEPEST = 5  # levels of parents (wire reference 9.5, D)
TYPE = Field(name="Type", type="string")  # of whatever a polymorphic reference points at

# What can be asked of a parent that may be of several types. Source: Object Reference, "Name" (D)
NAME_FIELDS = frozenset({
    "alias", "email", "firstname", "id", "isactive", "lastname", "middlename", "name", "phone", "profileid", "suffix", "title", "type",
    "username", "userroleid",
})  # fmt: skip

MayRead = Callable[[SObject, Field], bool]


@dataclass
class Context:
    """What one statement is compiled against. `next_alias` numbers tables over all its parts."""

    schema: Schema
    may_read: MayRead
    statement: str
    user_id: str = ""
    include_deleted: bool = False
    aliases: int = 0

    def next_alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases - 1}"


@dataclass(frozen=True, slots=True)
class Table:
    alias: str
    sobject: SObject

    def column(self, name: str) -> str:
        return f"{self.alias}.{quoted(name)}"


@dataclass(frozen=True, slots=True)
class Node:
    """A row, or a parent row, of the result. Several tables: a polymorphic reference may point at any of them."""

    path: tuple[str, ...]  # of relationship names in lower case; () is the row itself
    tables: tuple[Table, ...]
    is_polymorphic: bool = False

    @property
    def entity(self) -> str:
        return "Name" if self.is_polymorphic else self.tables[0].sobject.name

    @property
    def id_sql(self) -> str:
        return _first(tuple(t.column("Id") for t in self.tables))

    @property
    def type_sql(self) -> str:
        cases = " ".join(f"WHEN {t.column('Id')} IS NOT NULL THEN '{t.sobject.name}'" for t in self.tables)
        return f"CASE {cases} END"


@dataclass(frozen=True, slots=True)
class Bound:
    """A field of a node as SQL. `sql` is "" for compound fields, which are their parts."""

    node: Node
    field: Field
    sql: str


def _first(expressions: tuple[str, ...]) -> str:
    return expressions[0] if len(expressions) == 1 else f"COALESCE({', '.join(expressions)})"


@dataclass
class Scope:
    """Binds paths for one FROM and collects the joins that they need."""

    context: Context
    sobject: SObject
    alias_of: dict[str, tuple[str, ...]] = field(default_factory=dict)  # alias -> relationship path, in lower case
    nodes: dict[tuple[str, ...], Node] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = Node((), (Table(self.context.next_alias(), self.sobject),))
        self.nodes[()] = self.root

    @property
    def table(self) -> Table:
        return self.root.tables[0]

    def from_sql(self) -> str:
        return " ".join([f"{quoted(self.sobject.name)} {self.table.alias}", *self.joins])

    def relative(self, path: ast.Path) -> tuple[str, ...]:
        """The parts after an alias or the sObject's own name."""
        parts = path.parts
        if len(parts) > 1:
            head = parts[0].lower()
            if head in self.alias_of:
                return (*self.alias_of[head], *parts[1:])
            if head == self.sobject.name.lower() and head not in self.sobject.by_relationship:
                return parts[1:]
        return parts

    def bind(self, path: ast.Path) -> Bound:
        """Raises Refused INVALID_FIELD for what does not exist or may not be seen."""
        parts = self.relative(path)
        node = self.root
        for name in parts[:-1]:
            node = self._parent(node, name, path)
        return self.field_of(node, parts[-1], path)

    def field_of(self, node: Node, name: str, path: ast.Path) -> Bound:
        if node.is_polymorphic and name.lower() == "type":
            return Bound(node, TYPE, node.type_sql)
        found = [(table, f) for table in node.tables if (f := table.sobject.find(name)) and self.context.may_read(table.sobject, f)]
        if not found or (node.is_polymorphic and name.lower() not in NAME_FIELDS):
            raise no_such_column(self.context.statement, path.at, name, node.entity)
        return Bound(node, found[0][1], _first(tuple(_column_sql(table, f) for table, f in found)))

    def _parent(self, node: Node, name: str, path: ast.Path) -> Node:
        key = (*node.path, name.lower())
        known = self.nodes.get(key)
        if known is not None:
            return known
        if len(key) > DEEPEST:  # text K
            raise invalid_field(self.context.statement, path.at, "SOQL statements may not have more than 5 levels of child to parent relationships")
        references = [(table, f) for table in node.tables if (f := table.sobject.by_relationship.get(name.lower()))]
        references = [(table, f) for table, f in references if self.context.may_read(table.sobject, f)]
        targets = references[0][1].reference_to if references else ()
        parents = [parent for to in targets if (parent := self.context.schema.find(to))]
        if not parents:
            raise no_such_relationship(self.context.statement, path.at, name)
        return self._join(key, _first(tuple(table.column(f.name) for table, f in references)), parents, is_polymorphic=len(targets) > 1)

    def _join(self, key: tuple[str, ...], reference: str, parents: list[SObject], *, is_polymorphic: bool) -> Node:
        tables = tuple(Table(self.context.next_alias(), parent) for parent in parents)
        for table in tables:
            self.joins.append(f"LEFT JOIN {quoted(table.sobject.name)} {table.alias} ON {table.column('Id')} = {reference}")
        node = self.nodes[key] = Node(key, tables, is_polymorphic)
        return node

    def relationship_name(self, node: Node, part: str) -> str:
        """`owner` as the schema spells it."""
        for table in node.tables:
            if found := table.sobject.by_relationship.get(part.lower()):
                return found.relationship_name
        return part


def _column_sql(table: Table, f: Field) -> str:
    if f.has_column:
        return table.column(f.name)
    if f.formula == "person_name":
        first, last = table.column("FirstName"), table.column("LastName")
        return f"NULLIF(TRIM(COALESCE({first}, '') || ' ' || COALESCE({last}, '')), '') COLLATE NOCASE"
    if f.type in ("address", "location"):
        return ""
    return "NULL"
