"""Transformation specs: which column of a file goes to which field. Source: Async guide, "Map Data Fields" (D).

Columns of the file that the spec does not name are left out, for files come from programs that know nothing of Salesforce (a guess).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime

from sfchaos.org.bulk1.jobs import Mapped
from sfchaos.org.refusals import refuse

MOST_CHARACTERS = 8_192  # D
HEADER = ("Salesforce Field", "Csv Header", "Value", "Hint")
# A hint is a date pattern of Java (D); these of its letters are known here.
_PATTERNS = {"yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H", "hh": "%I", "h": "%I",
             "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "a": "%p"}  # fmt: skip
_LETTERS = re.compile(r"([A-Za-z])\1*|%|[^A-Za-z%]+")


def read_spec(data: bytes) -> tuple[Mapped, ...]:
    """Raises Refused for a spec that cannot be used (codes and texts are guesses)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("ClientInputError", "A transformation spec must be UTF-8") from None
    if len(text) >= MOST_CHARACTERS:
        raise refuse("ClientInputError", f"A transformation spec must be shorter than {MOST_CHARACTERS} characters")
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        raise refuse("ClientInputError", f"Failed to parse the transformation spec. {error}") from None
    names = [name.strip().lower() for name in lines[0]] if lines else []
    if not {HEADER[0].lower(), HEADER[1].lower()} <= set(names):
        raise refuse("ClientInputError", f"A transformation spec needs the columns {', '.join(HEADER)}")
    return tuple(_line(dict(zip(names, line, strict=False))) for line in lines[1:])


def _line(cells: dict[str, str]) -> Mapped:
    made = Mapped(*(cells.get(name.lower(), "").strip() for name in HEADER))
    if not made.field:
        raise refuse("ClientInputError", "A line of the transformation spec names no Salesforce Field")
    if made.hint:
        _pattern(made.hint)
    return made


def _pattern(hint: str) -> str:
    """The hint as strptime takes it. Raises Refused for letters that are not known here."""
    parts = []
    for found in _LETTERS.finditer(hint):
        text = found[0]
        if text[0].isalpha() and text not in _PATTERNS:
            raise refuse("ClientInputError", f"Hint '{hint}' of the transformation spec has the letters {text}; known are {', '.join(_PATTERNS)}")
        parts.append(_PATTERNS.get(text, "%%" if text == "%" else text))
    return "".join(parts)


def mapped(spec: Sequence[Mapped], names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Columns and rows as the spec wants them. A value stands in where its column is missing or a cell of it empty (D)."""
    places = {name.strip().lower(): at for at, name in enumerate(names)}
    plan = [(places.get(line.header.lower(), -1) if line.header else -1, line.value, _pattern(line.hint) if line.hint else "") for line in spec]
    made = [[_cell(row[at] if at >= 0 else "", value, pattern) for at, value, pattern in plan] for row in rows]
    return tuple(line.field for line in spec), made


def _cell(cell: str, value: str, pattern: str) -> str:
    if not cell:
        return value
    if not pattern:
        return cell
    try:
        at = datetime.strptime(cell, pattern)
    except ValueError:
        return cell  # the row is refused for it
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z") if any(part in pattern for part in ("%H", "%I")) else at.strftime("%Y-%m-%d")
