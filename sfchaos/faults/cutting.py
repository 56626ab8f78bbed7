"""Where a body is cut: the `cut` parameter of the faults that break one off."""

from __future__ import annotations

from typing import Any

from sfchaos.core.errors import UsageError
from sfchaos.faults.params import declare

WORDS = ("half", "last")
_REMEDY = 'write a number of bytes, or "0", "half", "last" (all but one byte)'


def cut(default: str, doc: str) -> Any:
    """A number of bytes, "0", "half" or "last"; read it with `cut_at`."""

    def read(value: object, where: str) -> str:
        if isinstance(value, bool) or not (isinstance(value, int) or value in WORDS or (isinstance(value, str) and value.isdigit())):
            raise UsageError(f"{where}: {value!r} is no place to cut", remedy=_REMEDY)
        if isinstance(value, int) and value < 0:
            raise UsageError(f"{where}: {value!r} is below 0", remedy=_REMEDY)
        return str(value)

    schema = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^(\d+|half|last)$"}]}
    return declare("bytes, or half, last", default, doc, schema, read)


def cut_at(where: str, length_bytes: int) -> int:
    """How many of `length_bytes` bytes remain; always fewer than all, unless there are none."""
    at = length_bytes // 2 if where == "half" else length_bytes - 1 if where == "last" else int(where)
    return max(0, min(at, length_bytes - 1))
