"""Stored values as events carry them: like REST, but for moments, which end in Z."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org.rows.values import shown

if TYPE_CHECKING:
    from sfchaos.org.schema.model import Field

_OFFSET, _Z = "+0000", "Z"


def event_value(f: Field, value: Any) -> Any:
    """`2026-01-15T09:00:00.000Z` for a datetime (R: change events of v60), else what REST shows."""
    if f.type == "datetime" and isinstance(value, str):
        return moment(value)
    return shown(f.type, value)


def moment(stored: str) -> str:
    """A stored datetime as events write it."""
    return stored.removesuffix(_OFFSET) + _Z if stored.endswith(_OFFSET) else stored
