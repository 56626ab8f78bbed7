"""Rows that a world changed, and how each is taken back when what it did is healed.

A row that somebody changed again since is left as it is now: healing undoes what was done from outside, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Undo = tuple[Any, ...]  # ("remove", sObject, id) | ("restore", sObject, names, values) | ("set", sObject, id, column, was, now)


def added(org: Org, sobject: str, record_id: str) -> None:
    """A row was inserted: healing removes it."""
    _keep(org, ("remove", sobject, record_id))


def delete(org: Org, sobject: str, where: str, parameters: Sequence[Any]) -> int:
    """Delete rows that healing brings back. How many."""
    names = tuple(f.name for f in org.schema.objects[sobject.lower()].columns)
    rows = org.store.all(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(sobject)} WHERE {where} ORDER BY \"Id\"", parameters)
    for row in rows:
        _keep(org, ("restore", sobject, names, tuple(row)))
        org.store.run(f'DELETE FROM {quoted(sobject)} WHERE "Id" = ?', (row[names.index("Id")],))
    return len(rows)


def change(org: Org, sobject: str, column: str, value: Any, where: str, parameters: Sequence[Any]) -> int:
    """Set a column of rows to a stored value; healing puts the old one back. How many rows it changed."""
    sql = f'SELECT "Id", {quoted(column)} FROM {quoted(sobject)} WHERE {quoted(column)} IS NOT ? AND ({where}) ORDER BY "Id"'
    rows = org.store.all(sql, (value, *parameters))
    for record_id, was in rows:
        _keep(org, ("set", sobject, record_id, column, was, value))
        org.store.update(sobject, record_id, {column: value})
    return len(rows)


def take_back(org: Org) -> None:
    """All of it, the last change first."""
    held = org.registers.undo
    for number in sorted(held, reverse=True):
        _take_back(org, held[number])
    held.clear()


def _keep(org: Org, undo: Undo) -> None:
    org.registers.undo[org.registers.next("undo")] = undo


def _take_back(org: Org, undo: Undo) -> None:
    kind, sobject, *rest = undo
    if kind == "remove":
        org.store.run(f'DELETE FROM {quoted(sobject)} WHERE "Id" = ?', rest)
    elif kind == "restore":
        names, values = rest
        record_id = values[names.index("Id")]
        if org.store.one(f'SELECT 1 FROM {quoted(sobject)} WHERE "Id" = ?', (record_id,)) is None:
            org.store.insert(sobject, dict(zip(names, values, strict=True)))
    else:
        record_id, column, was, now = rest
        org.store.run(f'UPDATE {quoted(sobject)} SET {quoted(column)} = ? WHERE "Id" = ? AND {quoted(column)} IS ?', (was, record_id, now))
