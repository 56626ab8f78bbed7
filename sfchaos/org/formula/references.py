"""What a name in a formula means: a field of the row, of a parent, or of what `$User`, `$Profile` and the like stand for.

A parent is a scalar subselect, so that the SQL of a formula stands for itself wherever a column may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sfchaos.org.formula.errors import FormulaError, unknown
from sfchaos.org.formula.sql import BOOLEAN, NUMBER, TYPE_OF, Sql
from sfchaos.org.formula.tree import Name
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.store import quoted

MOST_NODES = 800
MOST_LEVELS = 60  # parts in parts; SQLite's parser, and Python's stack, take no formula without end
DEEPEST = 10  # relationships in one name (Help, "Formula Field Limits and Restrictions", D)
NEW, WAS = "is new", "was "  # columns of the row that a validation rule sees, besides the fields

# The row that a global name stands for: its sObject, and the id by which it is found
_GLOBALS = {
    "$user": ("User", "sf_user()"),
    "$profile": ("Profile", '(SELECT "ProfileId" FROM "User" WHERE Id = sf_user())'),
    "$userrole": ("UserRole", '(SELECT "UserRoleId" FROM "User" WHERE Id = sf_user())'),
    "$organization": ("Organization", '(SELECT MIN(Id) FROM "Organization")'),
}

FormulaOf = Callable[[SObject, Field, str], str]  # the SQL of a formula field over an alias


@dataclass
class References:
    """Names of one formula, for rows of `sobject` under `alias`. `nested` compiles formula fields that this one names."""

    schema: Schema
    sobject: SObject
    alias: str
    nested: FormulaOf
    blank_as_zero: bool = False
    fresh: list[int] = field(default_factory=lambda: [0, 0, 0])  # aliases made, nodes compiled, levels open: shared with nested formulas
    used: dict[str, None] = field(default_factory=dict)  # columns of the row itself, in the order of their first use

    @contextmanager
    def inside(self, formula: str) -> Iterator[None]:
        """While one part of a formula is compiled."""
        self.count_node(formula)
        self.fresh[2] += 1
        if self.fresh[2] > MOST_LEVELS:
            raise FormulaError(formula, -1, f"the formula is nested too deep: more than {MOST_LEVELS} levels, those of the formulas it names included")
        yield
        self.fresh[2] -= 1

    def count_node(self, formula: str) -> None:
        """SQLite takes a tree of a thousand levels; Salesforce too has an end (text U, its figure is another)."""
        self.fresh[1] += 1
        if self.fresh[1] > MOST_NODES:
            raise FormulaError(formula, -1, f"Compiled formula is too big to execute: more than {MOST_NODES} parts, those of the formulas it names included")

    def value(self, formula: str, name: Name) -> Sql:
        """A name as a value of the formula language."""
        parts = name.text.split(".")
        if parts[0].startswith("$"):
            raw, found = self._global(formula, name, parts)
        else:
            raw, found = self._field(formula, name, self.sobject, self.alias, parts)
        kind = TYPE_OF.get(found.type)
        if kind is None:
            raise FormulaError(formula, name.at, f"Field {found.name} may not be used in this type of formula: its type is {found.type}")  # U
        return self.typed(raw, found, kind)

    def typed(self, raw: str, found: Field, kind: str) -> Sql:
        """A stored value as a formula sees it: ids with 15 characters (K), percents as fractions (D), no null checkbox."""
        if found.type in ("id", "reference"):
            raw = f"SUBSTR({raw}, 1, 15)"
        if kind == BOOLEAN or (kind == NUMBER and self.blank_as_zero):
            raw = f"COALESCE({raw}, 0)"
        if found.type == "percent":
            raw = f"({raw} / 100.0)"
        return Sql(raw, kind, found)

    def own(self, formula: str, name: Name) -> Field:
        """A stored field of the row itself. Raises FormulaError for anything else."""
        found = self.sobject.find(name.text)
        if found is None:
            raise unknown(formula, name.at, f"field of {self.sobject.name}", name.text, [f.name for f in self.sobject.columns])
        if not found.has_column:
            raise FormulaError(formula, name.at, f"{found.name} is computed from other fields and has no value of its own before")
        return found

    def stored(self, found: Field) -> str:
        """A field of the row itself in stored form."""
        return self._leaf(self.sobject, self.alias, found)

    def column(self, alias: str, name: str) -> str:
        if alias == self.alias:
            self.used[name] = None
        return f"{alias}.{quoted(name)}"

    # ------------------------------------------------------------------ parts

    def _field(self, formula: str, name: Name, sobject: SObject, alias: str, parts: list[str]) -> tuple[str, Field]:
        if len(parts) > DEEPEST:
            raise FormulaError(formula, name.at, f"{name.text} spans more than {DEEPEST} relationships")
        if len(parts) > 1:
            return self._parent(formula, name, sobject, alias, parts)
        found = sobject.find(parts[0])
        if found is None:
            raise unknown(formula, name.at, f"field of {sobject.name}", parts[0], [f.name for f in sobject.fields if f.type in TYPE_OF])
        return self._leaf(sobject, alias, found), found

    def _leaf(self, sobject: SObject, alias: str, found: Field) -> str:
        if found.is_compiled:
            return self.nested(sobject, found, alias)
        if found.formula == "person_name":
            first, last = self.column(alias, "FirstName"), self.column(alias, "LastName")
            return f"NULLIF(TRIM(COALESCE({first}, '') || ' ' || COALESCE({last}, '')), '')"
        return self.column(alias, found.name) if found.has_column else "NULL"

    def _parent(self, formula: str, name: Name, sobject: SObject, alias: str, parts: list[str]) -> tuple[str, Field]:
        """`Owner:User.Alias` names the type of a parent that may be of several."""
        relationship, _, kind = parts[0].partition(":")
        reference = sobject.by_relationship.get(relationship.lower())
        if reference is None:
            raise unknown(
                formula, name.at, f"relationship of {sobject.name}", relationship, [f.relationship_name for f in sobject.by_relationship.values()]
            )
        named = [to for to in reference.reference_to if not kind or to.lower() == kind.lower()]
        parents = [parent for to in named if (parent := self.schema.find(to)) is not None]
        if not parents:
            raise unknown(formula, name.at, f"parent of {sobject.name}.{reference.name}", kind or relationship, reference.reference_to)
        if len(parents) > 1:
            parents = [
                p for p in parents if p.find(parts[1].partition(":")[0]) or parts[1].partition(":")[0].lower() in p.by_relationship
            ] or parents[:1]
        where = self.column(alias, reference.name)
        found = [self._row(formula, name, parent, where, parts[1:]) for parent in parents]
        raw = found[0][0] if len(found) == 1 else f"COALESCE({', '.join(sql for sql, _ in found)})"
        return raw, found[0][1]

    def _row(self, formula: str, name: Name, sobject: SObject, id_sql: str, parts: list[str]) -> tuple[str, Field]:
        """Fields of the one row that has an id."""
        self.fresh[0] += 1
        alias = f"fx{self.fresh[0]}"
        raw, found = self._field(formula, name, sobject, alias, parts)
        return f"(SELECT {raw} FROM {quoted(sobject.name)} {alias} WHERE {alias}.Id = {id_sql})", found

    def _global(self, formula: str, name: Name, parts: list[str]) -> tuple[str, Field]:
        head = parts[0].lower()
        if head == "$recordtype":
            return self._field(formula, name, self.sobject, self.alias, ["RecordType", *parts[1:]])
        if head == "$system" and [p.lower() for p in parts[1:]] == ["origindatetime"]:
            return "'1900-01-01T00:00:00.000+0000'", Field("OriginDateTime", "datetime")
        known = _GLOBALS.get(head)
        sobject = self.schema.find(known[0]) if known else None
        if known is None or sobject is None or len(parts) < 2:
            raise unknown(formula, name.at, "global", parts[0], ["$User", "$Profile", "$UserRole", "$Organization", "$RecordType", "$System"])
        return self._row(formula, name, sobject, known[1], parts[1:])
