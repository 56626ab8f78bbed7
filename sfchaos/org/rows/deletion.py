"""What a deletion takes along, what it cuts loose, and what stands in its way.

Children that belong to a row (cascade) go with it; others lose their reference; a child that must not lose it (restricted, or
a required lookup) keeps the row where it is. All of it is worked out before anything is written.
Source: Object Reference, describe's cascadeDelete and restrictedDelete (D); wire reference 3.6; that a cleared reference does
not touch the child's SystemModstamp, and that a deletion does stamp the deleted rows' LastModified fields, is K.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Refusal
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.telling import row_before, tell
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.row_work import Work
    from sfchaos.org.schema.model import Field, SObject

MOST_NAMED = 20  # children named in a refusal; a guess


@dataclass(slots=True)
class Fall:
    """`rows` go, the first of them the one asked for (id -> sObject); `cuts` are (child sObject, reference, child id) that lose it."""

    rows: dict[str, SObject] = field(default_factory=dict)
    cuts: list[tuple[SObject, Field, str]] = field(default_factory=list)
    held: list[tuple[SObject, SObject, str, str]] = field(default_factory=list)  # (parent, child sObject, parent id, child id) that forbid it


def fall_of(org: Org, sobject: SObject, record_id: str) -> Fall:
    """Everything that a deletion of the row concerns. Raises RowRefused with DELETE_FAILED where a child forbids it."""
    fall = Fall({record_id: sobject})
    todo = [(record_id, sobject)]
    for parent_id, parent in todo:  # grows while it is walked; a ring of references ends because rows are taken once
        for child, reference in org.schema.children.get(parent.name.lower(), ()):
            if reference.has_column:
                todo += _look_at(org, fall, parent, parent_id, child, reference)
    for parent, child, parent_id, _ in (held for held in fall.held if held[3] not in fall.rows):
        raise RowRefused(_delete_failed(org, fall, parent, parent_id, child))
    fall.cuts = [cut for cut in fall.cuts if cut[2] not in fall.rows]
    return fall


def _look_at(org: Org, fall: Fall, parent: SObject, parent_id: str, child: SObject, reference: Field) -> list[tuple[str, SObject]]:
    """The children that go along and were not yet known to."""
    found: list[tuple[str, SObject]] = []
    live = " AND IsDeleted = 0" if child.find("IsDeleted") else ""
    for (child_id,) in org.store.all(f"SELECT Id FROM {quoted(child.name)} WHERE {quoted(reference.name)} = ?{live} ORDER BY Id", (parent_id,)):
        if reference.cascade_delete:
            if child_id not in fall.rows:
                fall.rows[child_id] = child
                found.append((child_id, child))
        elif reference.restricted_delete or not reference.nillable:
            fall.held.append((parent, child, parent_id, child_id))
        else:
            fall.cuts.append((child, reference, child_id))
    return found


def _delete_failed(org: Org, fall: Fall, parent: SObject, parent_id: str, child: SObject) -> Refusal:
    """Text K: wire reference 4.3; a further child sObject would be told of after this one is gone."""
    ids = [held[3] for held in fall.held if held[1] is child and held[2] == parent_id][:MOST_NAMED]
    names = ", ".join(name_of(org, child, child_id) for child_id in ids)
    return row_refusal("DELETE_FAILED", f"Your attempt to delete {name_of(org, parent, parent_id)} could not be completed because it is associated with the "
                       f"following {child.label_plural.lower()}.: {names}")  # fmt: skip


def name_of(org: Org, sobject: SObject, record_id: str) -> str:
    """What a person calls the row: its name field, or its id where it has none."""
    f = next((f for f in sobject.fields if f.name_field), None)
    if f is None:
        return record_id
    columns = [quoted(f.name)] if f.has_column else [quoted(part) for part in ("FirstName", "LastName") if sobject.find(part)]
    found = org.store.one(f"SELECT {', '.join(columns)} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,)) if columns else None
    return " ".join(str(part) for part in found or () if part is not None) or record_id


def delete_row(work: Work, record_id: str, *, master_id: str = "") -> None:
    """Into the recycle bin, with all that belongs to it. Objects without one (setup objects) lose the row.

    `master_id` is the row that took its place in a merge. Raises RowRefused before anything was written.
    """
    org, sobject = work.org, work.plan.sobject
    fall = fall_of(org, sobject, record_id)
    before = [(row_id, kind, row_before(org, kind, "delete", row_id)) for row_id, kind in fall.rows.items()]
    for row_id, kind in fall.rows.items():
        _mark_deleted(work, kind, row_id, {"MasterRecordId": master_id} if master_id and row_id == record_id else {})
    for child, reference, child_id in fall.cuts:
        org.store.update(child.name, child_id, {reference.name: None})
    if sobject.find("IsDeleted"):
        org.recycle_bin.take(record_id, list(fall.rows.items()), [(child.name, reference.name, child_id) for child, reference, child_id in fall.cuts])
    for row_id, kind, was in before:
        if was:
            tell(work, kind, "delete", row_id, {}, was)


def _mark_deleted(work: Work, sobject: SObject, record_id: str, more: dict[str, Any]) -> None:
    if sobject.find("IsDeleted") is None:
        work.org.store.run(f"DELETE FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
        return
    stamps = {"IsDeleted": 1, "SystemModstamp": work.now, "LastModifiedDate": work.now, "LastModifiedById": work.user_id, **more}
    work.org.store.update(sobject.name, record_id, {name: value for name, value in stamps.items() if sobject.find(name)})
