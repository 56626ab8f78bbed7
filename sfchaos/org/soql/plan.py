"""A compiled statement: SQL in pieces, and the shape of its records. Frozen, free of any org, good for any day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sfchaos.org.soql.parameters import Parameter
from sfchaos.org.soql.styles import Style

Kind: TypeAlias = Literal["rows", "count", "groups"]


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a record: `index` into the SQL row, `type` as in describe."""

    key: str
    index: int
    type: str
    name: str = ""  # the field, where there is one
    style: Style | None = None  # of FORMAT()


@dataclass(frozen=True, slots=True)
class Compound:
    """An address or location: part name (`city`) and index for each of its columns."""

    key: str
    parts: tuple[tuple[str, int], ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cases:
    """A parent of several sObjects, shown by its own (TYPEOF): `otherwise` for those without a branch."""

    key: str
    id_index: int
    type_index: int
    branches: tuple[Shape, ...]
    otherwise: Shape

    def of(self, sobject: str) -> Shape:
        return next((shape for shape in self.branches if shape.sobject == sobject), self.otherwise)


@dataclass(frozen=True, slots=True)
class Children:
    """The records of a child subquery. `link` is the SQL column of the child that holds the parent's id."""

    key: str
    plan: Plan
    link: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A record: its members in SELECT order. A parent is a Shape with a key; it is null when its `id_index` is.

    `sobject` is the type in `attributes`; where the row itself says its type (a polymorphic parent), `type_index` does.
    """

    key: str
    sobject: str
    id_index: int
    members: tuple[Column | Compound | Children | Shape | Cases, ...]
    type_index: int = -1
    type_shown: str = ""  # what `attributes` say instead of the row's own type


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """A column of a table-like result: `Owner.Name`. Compound fields have no index (-1) and cannot be shown flat."""

    label: str
    index: int
    type: str
    style: Style | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`select` and `order` hold SQL expressions, `source` what stands after FROM, `where` a condition or "".

    `select[0]` is the row's id where kind is "rows".
    """

    kind: Kind
    sobject: str
    select: tuple[str, ...]
    source: str
    where: str
    order: str
    parameters: tuple[Parameter, ...]
    shape: Shape
    flat: tuple[FlatColumn, ...]
    limit: int | None = None
    offset: int = 0
    group: str = ""
    having: str = ""
    link: str = ""  # of a child subquery
    uses: tuple[str, ...] = ()  # FOR: VIEW, REFERENCE
    children: tuple[Children, ...] = field(default=())

    def sql(self, select: str) -> str:
        """The whole statement with another select list, without LIMIT."""
        parts = [f"SELECT {select} FROM {self.source}"]
        if self.where:
            parts.append(f"WHERE {self.where}")
        if self.group:
            parts.append(f"GROUP BY {self.group}")
        if self.having:
            parts.append(f"HAVING {self.having}")
        if self.order:
            parts.append(f"ORDER BY {self.order}")
        return " ".join(parts)

    @property
    def select_sql(self) -> str:
        return ", ".join(self.select)
