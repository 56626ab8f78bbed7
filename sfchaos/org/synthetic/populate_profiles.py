"""Shapes that synthetic rows may have, besides plain ones. Each still is a row that Salesforce takes.

plain    every field that has a meaning is filled, values evenly spread
skewed   few parents and few picklist values have most of the rows (the k-th most frequent is 1/k as frequent as the first), few amounts are large
hostile  names and texts that break careless code: quotes, line ends, other scripts, right-to-left, full length, words that
         spreadsheets, CSV readers and SQL take for something else; every fourth optional field is null
sparse   nine of ten optional fields are empty
large    text as long as its field allows, up to 2,000 characters
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sfchaos.org.schema.model import Field

LARGE_CHARACTERS = 2_000
_FREE_TEXT = ("string", "textarea")
_HOSTILE = (
    "O'Brien", 'Ann "Q" Smith', "Müller-Łukasz", "山田太郎", "محمد", "Zoë 👩‍🚀", "null", "None", "undefined", "NaN", "true", "0", "-1", "00123", "1e5",
    "=1+1", "@SUM(A1)", "+49", "a,b;c\td", "'; DROP TABLE x; --", "<b>&amp;</b>", "\\n\\", "%20%s{0}", "${HOME}", "e\u0301", "\u202egnp.exe", "İstanbul", "ß", "_", "#N/A!",
)  # fmt: skip
_LINES = "first\nsecond\r\n\n\"third\", 'fourth'"


class RowLike(Protocol):
    def below(self, bound: int, field: str) -> int: ...


Shaper = Callable[[Field, RowLike, Any], Any]


def shaper(profile: str) -> Shaper | None:
    """What is done to each value of a profile (None back leaves the field empty); None for a profile that changes nothing."""
    return {"hostile": _hostile, "sparse": _sparse, "large": _large}.get(profile)


def _is_optional(f: Field) -> bool:
    return f.nillable and not f.name_field and not f.unique and not f.external_id and f.type != "boolean"


def _sparse(f: Field, row: RowLike, value: Any) -> Any:
    return value if not _is_optional(f) or row.below(10, f.name + "/sparse") == 0 else None


def _large(f: Field, row: RowLike, value: Any) -> Any:
    if f.type not in _FREE_TEXT or f.unique or f.external_id or not isinstance(value, str) or f.length < 20:
        return value
    length = min(f.length, LARGE_CHARACTERS)
    return ((value + " ") * (length // (len(value) + 1) + 1))[:length].rstrip().ljust(length, "x")


def _hostile(f: Field, row: RowLike, value: Any) -> Any:
    if _is_optional(f) and row.below(4, f.name + "/null") == 0:
        return None
    if f.type not in _FREE_TEXT or f.unique or f.external_id or not isinstance(value, str):
        return value
    turn = row.below(len(_HOSTILE) + 2, f.name + "/hostile")
    if turn < len(_HOSTILE):
        return _HOSTILE[turn]
    if turn == len(_HOSTILE) and f.type == "textarea":
        return _LINES
    return "é" * min(f.length or 255, LARGE_CHARACTERS)  # two bytes each: a count of bytes is not one of characters
