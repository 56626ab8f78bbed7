"""A SOQL statement as frozen values. `at` is where in the statement something stands (0-based); it plays no part in equality."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Path:
    """`Owner.Profile.Name` is ("Owner", "Profile", "Name"), in the spelling of the statement."""

    parts: tuple[str, ...]
    at: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted literal, escapes undone. `pattern` is the text between the quotes as written: LIKE reads its own escapes."""

    value: str
    pattern: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Flag:
    value: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Null:
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Date:
    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Datetime:
    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Time:
    """`10:30:00.000Z`"""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Currency:
    """`USD5000.25`: the code in capitals, and the amount as written."""

    code: str
    amount: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DateWord:
    """`TODAY` or `LAST_N_DAYS:30` (then `n` is 30)."""

    name: str
    n: int | None = None
    at: int = field(default=0, compare=False)


Literal: TypeAlias = Text | Number | Flag | Null | Date | Datetime | Time | Currency | DateWord


@dataclass(frozen=True, slots=True)
class Call:
    """`COUNT(Id)`, `CALENDAR_YEAR(CloseDate)`, `FIELDS(ALL)`; `name` in upper case."""

    name: str
    arguments: tuple[Path | Call | Text | Number, ...] = ()
    at: int = field(default=0, compare=False)


Operand: TypeAlias = Path | Call


@dataclass(frozen=True, slots=True)
class Comparison:
    """`op`: = != < <= > >= LIKE, IN, NOT IN, INCLUDES, EXCLUDES (these four with a tuple, the middle two also with a Query)."""

    left: Operand
    op: str
    value: Literal | tuple[Literal, ...] | Query


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Condition


Condition: TypeAlias = Comparison | All | Any | Not


@dataclass(frozen=True, slots=True)
class Branch:
    """`WHEN Account THEN Phone, Owner.Name`; `sobject` is "" for ELSE."""

    sobject: str
    fields: tuple[Path, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TypeOf:
    """`TYPEOF What WHEN ... ELSE ... END`; ELSE is the last branch where there is one."""

    path: Path
    branches: tuple[Branch, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the select list; a Query is a child subquery."""

    what: Operand | Query | TypeOf
    alias: str = ""
    alias_at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    path: Path
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    what: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """`sources` has the sObject first; further ones are aliases of relationships. `subtotals`: "", "ROLLUP" or "CUBE". `uses`: VIEW, REFERENCE."""

    items: tuple[Item, ...]
    sources: tuple[Source, ...]
    scope: str = ""
    where: Condition | None = None
    group: tuple[Operand, ...] = ()
    subtotals: str = ""
    having: Condition | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int | None = None
    uses: tuple[str, ...] = ()
    at: int = field(default=0, compare=False)
