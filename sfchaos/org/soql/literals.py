"""Literals of SOQL: quoted text and its escapes, dates and datetimes. Source: wire reference 8.2, 9.2 (D)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
STRING = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)


class BadEscape(ValueError):
    """`sequence` is the backslash and what follows it."""

    def __init__(self, sequence: str) -> None:
        super().__init__(sequence)
        self.sequence = sequence


def unescaped(inner: str) -> str:
    """What the text between two quotes means. Raises BadEscape for a backslash before anything that has no meaning."""
    if "\\" not in inner:
        return inner
    return _ESCAPE.sub(_meaning, inner)


def _meaning(match: re.Match[str]) -> str:
    what = match[1]
    if len(what) == 5:
        return chr(int(what[1:], 16))
    try:
        return _ESCAPES[what.lower() if what in "NRTBF" else what]
    except KeyError:
        raise BadEscape("\\" + what) from None


def escaped(text: str) -> str:
    """Text as it stands between quotes in a statement."""
    out = text.replace("\\", "\\\\").replace("'", "\\'")
    for char, letter in (("\n", "n"), ("\r", "r"), ("\t", "t"), ("\b", "b"), ("\f", "f")):
        out = out.replace(char, "\\" + letter)
    return out


def like_pattern(inner: str) -> str:
    r"""The SQL pattern (ESCAPE '\') of a LIKE literal: its `%` and `_` are wild, its `\%` and `\_` are not."""
    out: list[str] = []
    at = 0
    for match in _ESCAPE.finditer(inner):
        out.append(inner[at : match.start()])
        meaning = _meaning(match)
        out.append("\\" + meaning if meaning in "%_\\" else meaning)
        at = match.end()
    out.append(inner[at:])
    return "".join(out)


def glob_pattern(inner: str) -> str:
    """The same as a GLOB pattern, which compares with case."""
    out: list[str] = []
    pattern = like_pattern(inner)
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            char = _glob_literal(pattern[at])
        else:
            char = {"%": "*", "_": "?"}.get(char) or _glob_literal(char)
        out.append(char)
        at += 1
    return "".join(out)


def _glob_literal(char: str) -> str:
    return f"[{char}]" if char in "*?[" else char


def stored_datetime(text: str) -> str:
    """A datetime literal as the store keeps datetimes: UTC, milliseconds, `+0000`. Raises ValueError."""
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    return datetime_text(moment)


def datetime_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def stored_date(text: str) -> str:
    """A date literal, checked. Raises ValueError."""
    return date.fromisoformat(text).isoformat()


def stored_time(text: str) -> str:
    """A time literal as the store keeps times: `10:30:00.000Z`. Raises ValueError."""
    return time.fromisoformat(text.rstrip("Zz")).isoformat("milliseconds") + "Z"
