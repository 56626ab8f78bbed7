"""Synthetic rows put into an org: parents found or made, and a mark on what was generated.

The mark is a range of ids in `registers.synthetic`: evidence may show values of such rows in clear, and says that they are nobody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.store import quoted
from sfchaos.org.synthetic.populate import Parents, rows_for

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.metadata import RecordType
    from sfchaos.org.schema.model import Field, SObject

MOST_PARENTS = 10_000  # that references are spread over
ROWS_PER_PARENT = 10  # where parents are required and there are none
_NOT_SPREAD = frozenset({"OwnerId", "RecordTypeId"})
_PEOPLE = frozenset({"User", "Group", "Profile", "Organization", "UserRole"})


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one `populate`: the ids from `first_id` to `last_id` of the sObject. `generator` names who made them."""

    sobject: str
    first_id: str
    last_id: str
    rows: int
    profile: str
    seed: int
    generator: str = "faker"


def populate(org: Org, sobject: SObject, n: int, *, profile: str = "plain", **fixed: Any) -> list[str]:
    """`n` synthetic rows; their ids. Parents that a row needs and that are missing are made first, one for ten rows."""
    return _populated(org, sobject, n, profile, fixed, ())


def _populated(org: Org, sobject: SObject, n: int, profile: str, fixed: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    if n == 0:
        return []
    named = {name.lower() for name in fixed}
    parents = Parents(
        {f.name: ids for f in sobject.fields if _is_spread(f, sobject, named) and (ids := _parents_of(org, sobject, f, n, (*path, sobject.name)))},
        _record_types(org, sobject) if "recordtypeid" not in named else {},
    )  # fmt: skip
    start = org.admin.count(sobject.name)
    rows = rows_for(sobject, n, org.seed, start, profile, parents, **fixed)
    ids = org.admin.write_synthetic(sobject.name, rows)
    if ids:
        org.registers.synthetic[len(org.registers.synthetic) + 1] = Batch(sobject.name, ids[0], ids[-1], len(ids), profile, org.seed)
    return ids


def _is_spread(f: Field, sobject: SObject, named: set[str]) -> bool:
    if not f.reference_to or not f.createable or not f.has_column or f.name in _NOT_SPREAD or f.defaulted_on_create:
        return False
    if f.key in named or f.relationship_name.lower() in named:
        return False
    return not set(f.reference_to) <= _PEOPLE | {sobject.name}


def _parents_of(org: Org, sobject: SObject, f: Field, n: int, path: tuple[str, ...]) -> Sequence[str]:
    """Ids of live rows that the field may point at, oldest first."""
    ids: list[str] = []
    for name in f.reference_to:
        parent = org.schema.find(name)
        if parent is not None and parent.name not in _PEOPLE and parent.name != sobject.name:
            live = " WHERE IsDeleted = 0" if parent.find("IsDeleted") else ""
            ids += [row[0] for row in org.store.all(f"SELECT Id FROM {quoted(parent.name)}{live} ORDER BY Id LIMIT {MOST_PARENTS}")]
    if not ids and f.required:
        parent = org.schema.find(f.reference_to[0])
        if parent is not None and parent.name not in path and parent.createable:
            return _populated(org, parent, -(-n // ROWS_PER_PARENT), "plain", {}, path)
    return ids


def _record_types(org: Org, sobject: SObject) -> dict[str, RecordType]:
    """The active record types of the sObject that have a row, by its id."""
    known = {t.developer_name: t for t in sobject.record_types if t.active}
    if not known or sobject.find("RecordTypeId") is None or org.schema.find("RecordType") is None:
        return {}
    rows = org.store.all('SELECT Id, DeveloperName FROM "RecordType" WHERE SobjectType = ? ORDER BY Id', (sobject.name,))
    return {row_id: known[name] for row_id, name in rows if name in known}


def is_synthetic(org: Org, sobject: str, record_id: str) -> bool:
    """Whether the generator made this row."""
    return any(batch.sobject == sobject and batch.first_id[:15] <= record_id[:15] <= batch.last_id[:15] for batch in org.registers.synthetic.values())
