"""Names of one FROM bound to tables: fields, parents (LEFT JOINs, five levels up), aliases, polymorphic owners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sfchaos.org.formula import formula_sql
from sfchaos.org.rows.masks import mask_sql
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, malformed, no_such_column, no_such_relationship
from sfchaos.org.soql.settings import PLAIN, Settings
from sfchaos.org.store import quoted

DEEPEST = 5  # levels of parents (wire reference 9.5, D)
TYPE = Field(name="Type", type="string")  # of whatever a polymorphic reference points at

# What can be asked of a parent that may be of several types. Source: Object Reference, "Name" (D)
NAME_FIELDS = frozenset({
    "alias", "email", "firstname", "id", "isactive", "lastname", "middlename", "name", "phone", "profileid", "suffix", "title", "type",
    "username", "userroleid",
})  # fmt: skip

NEWEST = float("inf")  # a version that knows everything
POLYMORPHISM = 46.0  # the version TYPEOF came with (wire reference 9.5, D)
MOST_PARENTS = 55  # relationships from child to parent in one statement (SOQL reference, "Understanding Query Relationship Limitations", K)

MOST_JOINS = 60  # of the 64 tables that SQLite joins, some are left for the row itself and for pages; parents beyond it are looked up

MayRead = Callable[[SObject, Field], bool]


@dataclass
class Context:
    """What one statement is compiled against. `next_alias` numbers tables over all its parts.

    `may_see` says whether the user may read an sObject at all, `rows_of` which of its rows: an SQL condition over a table
    alias, "" for all of them.
    """

    schema: Schema
    may_read: MayRead
    statement: str
    user_id: str = ""
    include_deleted: bool = False
    version: float = NEWEST
    settings: Settings = PLAIN
    may_see: Callable[[SObject], bool] = lambda _sobject: True
    rows_of: Callable[[SObject, str], str] = lambda _sobject, _alias: ""
    aliases: int = 0
    parents: int = 0

    def next_alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases - 1}"

    def find(self, name: str) -> SObject | None:
        """The sObject if the user, and this version of the API, know it."""
        sobject = self.schema.find(name)
        return sobject if sobject is not None and sobject.since <= self.version and self.may_see(sobject) else None

    def shows(self, sobject: SObject, f: Field) -> bool:
        return f.since <= self.version and self.may_read(sobject, f)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the FROM; with `found_by`, a condition that names one row, a table that is looked up value by value instead."""

    alias: str
    sobject: SObject
    found_by: str = ""

    def bare(self, name: str) -> str:
        return f"{self.alias}.{quoted(name)}"

    def column(self, name: str) -> str:
        return self.read(self.bare(name))

    def read(self, expression: str) -> str:
        """An expression over columns of this table, where it can be read."""
        if not self.found_by:
            return expression
        return f"(SELECT {expression} FROM {quoted(self.sobject.name)} {self.alias} WHERE {self.found_by})"


@dataclass(frozen=True, slots=True)
class Node:
    """A row, or a parent row, of the result. Several tables: a polymorphic reference may point at any of them."""

    path: tuple[str, ...]  # of relationship names in lower case; () is the row itself
    tables: tuple[Table, ...]
    is_polymorphic: bool = False
    branch: str = ""  # the sObject that a WHEN of a TYPEOF looks at

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
        return self.bind_from(self.root, self.relative(path), path)

    def bind_from(self, node: Node, parts: tuple[str, ...], path: ast.Path) -> Bound:
        """The same for the parts of a path that starts at a node."""
        for name in parts[:-1]:
            node = self._parent(node, name, path)
        return self.field_of(node, parts[-1], path)

    def node_of(self, path: ast.Path) -> Node:
        """The parent at the end of a path of relationships alone, as TYPEOF names it."""
        node = self.root
        for name in self.relative(path):
            node = self._parent(node, name, path)
        return node

    def branch_of(self, node: Node, table: Table) -> Node:
        """A polymorphic parent looked at as one of its sObjects."""
        key = (*node.path, f"when {table.sobject.name}")
        known = self.nodes.get(key)
        if known is None:
            self._count_parent()  # each WHEN counts like a relationship (SOQL reference, "Understanding Relationship Query Limitations", D)
            known = self.nodes[key] = Node(key, (table,), branch=table.sobject.name)
        return known

    def field_of(self, node: Node, name: str, path: ast.Path) -> Bound:
        if node.is_polymorphic and name.lower() == "type":
            return Bound(node, TYPE, node.type_sql)
        found = [(table, f) for table in node.tables if (f := table.sobject.find(name)) and self.context.shows(table.sobject, f)]
        if not found or (node.is_polymorphic and name.lower() not in NAME_FIELDS):
            raise no_such_column(self.context.statement, path.at, name, node.entity)
        sql = _first(tuple(_column_sql(self.context.schema, table, f, is_parent=bool(node.path)) for table, f in found))
        if found[0][1].type == "boolean" and node.path:  # of no parent: false, like every boolean null (wire reference 9.2, D)
            sql = f"COALESCE({sql}, 0)"
        is_lost = len(found) > 1 or bool(found[0][0].found_by)  # COALESCE and (SELECT ...) forget how columns compare
        without_case = is_lost and found[0][1].is_text and not found[0][1].case_sensitive
        return Bound(node, found[0][1], f"{sql} COLLATE NOCASE" if without_case else sql)

    def _parent(self, node: Node, name: str, path: ast.Path) -> Node:
        key = (*node.path, name.lower())
        known = self.nodes.get(key)
        if known is not None:
            return known
        if sum(not step.startswith("when ") for step in key) > DEEPEST:  # text K
            raise invalid_field(self.context.statement, path.at, "SOQL statements may not have more than 5 levels of child to parent relationships")
        references = [(table, f) for table in node.tables if (f := table.sobject.by_relationship.get(name.lower()))]
        references = [(table, f) for table, f in references if self.context.shows(table.sobject, f)]
        targets = references[0][1].reference_to if references else ()
        parents = [parent for to in targets if (parent := self.context.find(to))]
        if not parents:
            raise no_such_relationship(self.context.statement, path.at, name)
        return self._join(key, _first(tuple(table.column(f.name) for table, f in references)), parents, is_polymorphic=len(targets) > 1)

    def _join(self, key: tuple[str, ...], reference: str, parents: list[SObject], *, is_polymorphic: bool) -> Node:
        self._count_parent()
        node = self.nodes[key] = Node(key, tuple(self._parent_table(parent, reference) for parent in parents), is_polymorphic)
        return node

    def _parent_table(self, parent: SObject, reference: str) -> Table:
        table = Table(self.context.next_alias(), parent)
        shared = self.context.rows_of(parent, table.alias)  # a parent that the user may not see is null (a guess)
        found_by = f"{table.column('Id')} = {reference}{f' AND {shared}' if shared else ''}"
        if len(self.joins) >= MOST_JOINS:
            return replace(table, found_by=found_by)
        self.joins.append(f"LEFT JOIN {quoted(parent.name)} {table.alias} ON {found_by}")
        return table

    def _count_parent(self) -> None:
        self.context.parents += 1
        if self.context.parents > MOST_PARENTS:  # text K
            raise malformed(self.context.statement, 0, f"SOQL statements can not query more than {MOST_PARENTS} child to parent relationships")

    def relationship_name(self, node: Node, part: str) -> str:
        """`owner` as the schema spells it."""
        for table in node.tables:
            if found := table.sobject.by_relationship.get(part.lower()):
                return found.relationship_name
        return part


def _column_sql(schema: Schema, table: Table, f: Field, *, is_parent: bool) -> str:
    """A formula of a parent that is not there is null, whatever it would make of nothing but nulls."""
    sql = _bare_sql(schema, table, f)
    if f.formula_text and is_parent:
        sql = f"CASE WHEN {table.bare('Id')} IS NOT NULL THEN {sql} END" + (" COLLATE NOCASE" if f.is_text else "")
    return table.read(sql) if sql else ""


def _bare_sql(schema: Schema, table: Table, f: Field) -> str:
    if f.type == "encryptedstring":
        return mask_sql(table.bare(f.name), f)
    if f.has_column:
        return table.bare(f.name)
    if f.is_compiled:
        return formula_sql(schema, table.sobject, f, table.alias) + (" COLLATE NOCASE" if f.is_text else "")
    if f.formula == "person_name":
        first, last = table.bare("FirstName"), table.bare("LastName")
        return f"NULLIF(TRIM(COALESCE({first}, '') || ' ' || COALESCE({last}, '')), '') COLLATE NOCASE"
    if f.type in ("address", "location"):
        return ""
    return "NULL"
