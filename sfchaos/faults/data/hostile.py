"""Rows of the object hold values that are hard to carry: correct, and nasty. They are in the org, so every API gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import count, text
from sfchaos.faults.registry import fault

_OPS = ("query.first", "query.all", "row.get", "coll.get", "soap.query", "soap.retrieve", "bulk2q.create")
_FIELD = "API name of the field; all that can be written and are no keys unless given"
_ROWS = "how many rows, the oldest first"


@dataclass(frozen=True)
class _Hostile:
    """Base: the oldest rows are saved again with such values. Healing leaves them: they are data."""

    values: ClassVar[Mapping[str, Sequence[object]]]
    field: str
    rows: int

    def applies(self, at: At) -> bool:
        return bool(at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.fill_rows(at.sobject, self.values, field=self.field, rows=self.rows)


@fault("data.unicode", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=60)
@dataclass(frozen=True)
class Unicode(_Hostile):
    """Texts hold twins that look alike (composed and decomposed), characters beyond the BMP, marks that turn the direction of writing, zero
    width, and line separators that are no newline.

    Source: fault model 3.8; Unicode Standard, 3.11 (normalisation), UAX 9. A NUL and lone surrogates are left out: whether the service
    stores them is not known.
    Right: the same characters go in and come out; nothing is normalised, cut in the midst of a character or taken for a line's end.
    """

    values: ClassVar = {"text": ("Zo\u00eb", "Zoe\u0308", "\U0001d49c\U0001f680", "\u202eabc\u202c", "a\u200bb\u200d", "one\u2028two\u2029")}
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)


@fault("data.csv", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=60)
@dataclass(frozen=True)
class Csv(_Hostile):
    """Texts hold quotes, commas, line ends, a byte order mark, what spreadsheets take for a formula, and the text `#N/A`.

    Source: fault model 3.8; RFC 4180; OWASP, "CSV Injection".
    Right: a CSV library on both sides; cells that begin like a formula are made harmless where people open them in a spreadsheet.
    """

    values: ClassVar = {"text": ('5" disk, "new"', "a, b; c", "one\ntwo", "one\r\ntwo", "=1+1", "+1", "-1", "@sum(a)", "#N/A", "\ufeffmark", "''")}
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)


@fault("data.numbers", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=58)
@dataclass(frozen=True)
class Numbers(_Hostile):
    """Numbers that a float does not hold, and texts that only look like numbers: leading zeros, 18 digits, `1e5`.

    Source: fault model 3.8; IEEE 754.
    Right: texts stay texts, numbers are decimals.
    """

    values: ClassVar = {"text": ("007", "1e5", "900719925474099312", "0.10", "-0"), "number": (9007199254740993, 0.1 + 0.2, 0, 1)}
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)


@fault("data.dates", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=56)
@dataclass(frozen=True)
class Dates(_Hostile):
    """Dates that many libraries cannot hold or move by a day: 29 February, 1700 and 4000, an hour that a clock change leaves out.

    Source: SOAP API Developer Guide, "Primitive Data Types" (dates from 1700 to 4000) (D); fault model 3.8.
    Right: a date stays a date in every time zone, a moment is compared in UTC.
    """

    values: ClassVar = {"date": ("2024-02-29", "1700-01-01", "4000-12-31"),
                        "datetime": ("2024-02-29T23:59:59.000+0000", "1700-01-01T00:00:00.000+0000", "4000-12-31T00:00:00.000+0000", "2026-03-29T01:30:00.000+0000")}  # fmt: skip
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)


@fault("data.long", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=56)
@dataclass(frozen=True)
class Long(_Hostile):
    """Texts are as long as their field allows: 80 characters of a name, 32,000 and more of a long text area.

    Source: Object Reference, "Field Types" (131,072 characters in a long text area) (D); fault model 3.8.
    Right: nothing is cut; a column that is too narrow refuses the row and says so.
    """

    values: ClassVar = {"text": ("long-text-" * 13_108,)}
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)


@fault("data.null_storm", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=58)
@dataclass(frozen=True)
class NullStorm(_Hostile):
    """Every field that may be empty is: null in JSON, an empty cell in CSV.

    Source: REST API Developer Guide, "Working with Records" (D); fault model 3.8.
    Right: empty is passed on as empty; a value that is known is not overwritten by one that was not asked for.
    """

    values: ClassVar = {"any": (None,)}
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)


@fault("data.injection", when="S", transient=False, kinds=("read", "nonidem"), ops=_OPS, weight=62)
@dataclass(frozen=True)
class Injection(_Hostile):
    """Texts hold what is code elsewhere: SOQL, SQL, HTML, a forged line of a log, a format directive, something like a token.

    Source: fault model 3.8; OWASP, "Injection", "Log Injection".
    Right: values are bound or escaped wherever they go; the count of log lines does not change.
    """

    values: ClassVar = {"text": ("O'Hara", "' OR Name != '", "'); DROP TABLE x;--", "<script>alert(1)</script>", "x\nERROR forged", "%s %n {0}", "00D000000000001!AQsecret")}
    field: str = text("", _FIELD)
    rows: int = count(20, _ROWS, least=1)
