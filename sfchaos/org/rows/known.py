"""What a chunk of rows needs to know of the store, asked for all of them at once: which ids live, who has a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject

_SIZES = (1, 10, 50, 200)  # of IN lists: few texts of a statement, which SQLite then remembers


def live_ids(org: Org, sobject: SObject, ids: Sequence[str], also: str = "") -> set[str]:
    """Those of `ids` that are rows outside the recycle bin, and for which the condition `also` holds."""
    more = (" AND IsDeleted = 0" if sobject.find("IsDeleted") else "") + (f" AND {also}" if also else "")
    return {row[0] for row in rows_where(org, f"SELECT Id FROM {quoted(sobject.name)} WHERE Id IN", ids, more)}


def ids_by_key(org: Org, sobject: SObject, f: Field, values: Sequence[Any]) -> dict[Any, list[str]]:
    """The live rows that have one of these values in `f`, by `folded` value. The same answer as `row_input.matches` for each, of values
    that `is_plain`."""
    live = " AND IsDeleted = 0" if sobject.find("IsDeleted") else ""
    found: dict[Any, list[str]] = {}
    for record_id, value in rows_where(org, f"SELECT Id, {quoted(f.name)} FROM {quoted(sobject.name)} WHERE {quoted(f.name)} IN", values, live):
        found.setdefault(folded(f, value), []).append(record_id)
    return found


def rows_where(org: Org, sql: str, values: Sequence[Any], more: str = "") -> Iterator[tuple[Any, ...]]:
    """Rows of a statement that ends in `IN`, for all values, however many."""
    for start in range(0, len(values), _SIZES[-1]):
        part = list(values[start : start + _SIZES[-1]])
        size = next(size for size in _SIZES if size >= len(part))
        part += [part[-1]] * (size - len(part))
        yield from org.store.all(f"{sql} ({', '.join('?' * size)}){more}", part)


def folded(f: Field, value: Any) -> Any:
    """Equal for values that SQLite holds to be equal in the column of `f`."""
    return value.lower() if isinstance(value, str) and f.is_text and not f.case_sensitive else value


def is_plain(f: Field, value: Any) -> bool:
    """Whether `folded` can tell: SQLite folds ASCII alone, Salesforce other letters too, which takes a look of its own."""
    return not isinstance(value, str) or value.isascii() or f.case_sensitive or not f.is_text
