"""One reply holds other values than the org: a character, the end of a value, two rows exchanged. The org's own rows stay right."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault

_OPS = ("query.first", "query.all", "query.more", "row.get", "coll.get")
_FIELD = "API name of the field; the last text of the row that is no id unless given"
Row = dict[str, Any]


@dataclass(frozen=True)
class _Altered(ABC):
    """Base: the first rows of the reply are changed where they have a text in the field."""

    rows_needed: ClassVar[int] = 1
    field: str

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        body = _json(reply)
        rows = [row for row in _rows_in(body) if self._name_in(row)]
        if len(rows) < self.rows_needed or not self.change(rows, self._name_in(rows[0])):
            return reply
        headers = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
        return replace(reply, body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), headers=headers)

    @abstractmethod
    def change(self, rows: list[Row], name: str) -> bool:
        """Change the rows in place; False when there was nothing to change."""

    def _name_in(self, row: Row) -> str:
        texts = [name for name, value in row.items() if isinstance(value, str) and value and not _is_kept_by_the_org(name)]
        if self.field:
            return next((name for name in texts if name.lower() == self.field.lower()), "")
        return texts[-1] if texts else ""


def _one(rows: list[Row], name: str, altered: Callable[[str], str]) -> bool:
    before = rows[0][name]
    rows[0][name] = altered(before)
    return bool(rows[0][name] != before)


@fault("data.bit_flip", when="S", nature="ambiguous", kinds=("read",), ops=_OPS, weight=55)
@dataclass(frozen=True)
class BitFlip(_Altered):
    """One character of a value is another one; the reply is whole otherwise.

    Memory, a proxy that re-codes, a cache. Nothing in HTTP notices it.
    Source: practice (data corruption in transit); the org's own row stays right.
    Right: a checksum, or a second look: the row is quarantined and reported, not passed on.
    """

    field: str = text("", _FIELD)

    def change(self, rows: list[Row], name: str) -> bool:
        return _one(rows, name, lambda value: chr(ord(value[0]) ^ 1) + value[1:])


@fault("data.field_cut", when="S", nature="ambiguous", kinds=("read",), ops=_OPS, weight=56)
@dataclass(frozen=True)
class FieldCut(_Altered):
    """A value is cut short; the reply is whole otherwise.

    Source: practice (columns that are too narrow on the way); the org's own row stays right.
    Right: as after data.bit_flip.
    """

    field: str = text("", _FIELD)

    def change(self, rows: list[Row], name: str) -> bool:
        return _one(rows, name, lambda value: value[: len(value) // 2])


@fault("data.rows_swapped", when="S", nature="ambiguous", kinds=("read",), ops=("query.first", "query.all", "query.more", "coll.get"), weight=57)
@dataclass(frozen=True)
class RowsSwapped(_Altered):
    """Two rows of a reply have each other's values under their own ids.

    Source: practice (results merged by position); the org's own rows stay right.
    Right: as after data.bit_flip.
    """

    rows_needed: ClassVar[int] = 2
    field: str = text("", _FIELD)

    def change(self, rows: list[Row], name: str) -> bool:
        other = next((row for row in rows[1:] if row.get(name) not in (None, rows[0][name])), None)
        if other is None:
            return False
        rows[0][name], other[name] = other[name], rows[0][name]
        return True


def _is_kept_by_the_org(name: str) -> bool:
    return name in ("Id", "SystemModstamp", "attributes") or name.endswith(("Id", "Date"))


def _json(reply: Response) -> Any:
    if reply.status != 200:
        return None
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def _rows_in(body: Any) -> list[Row]:
    found = body.get("records", [body]) if isinstance(body, dict) else body if isinstance(body, list) else []
    return [row for row in found if isinstance(row, dict) and "attributes" in row]
