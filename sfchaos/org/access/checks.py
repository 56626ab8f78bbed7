"""What a missing right does to a write: of the object, of the row, of a row that is referred to. Source: wire reference 10.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.gate import Refusal
from sfchaos.org import access
from sfchaos.org.access import kinds
from sfchaos.org.access.sharing import is_controlled, parent_of
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.row_work import NO_SUCH_ROW, Work
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.schema.companions import parent_field
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.access import Right
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject

# Status 403, text D. For a missing right to the object too: seen at a delete (U: SalesforceFoundation/NPSP#2960)
READ_ONLY = row_refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
_RIGHTS: dict[str, tuple[Right, ...]] = {
    "create": ("create",), "update": ("edit",), "upsert": ("create", "edit"), "delete": ("delete",), "undelete": ("delete",),
}  # fmt: skip


def denied_by_rights(work: Work) -> Refusal | None:
    """Why the user may not write this way to the sObject, if so: a refusal for each row."""
    sobject = work.plan.sobject
    for right in _RIGHTS[work.verb]:
        if not access.may(work.org, work.user_id, sobject, right):
            return READ_ONLY if right != "create" else row_refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {sobject.name}")
    return None


def check_row(work: Work, record_id: str) -> None:
    """Raises RowRefused for a row that sharing hides (as for one that is not there) or that the user may not change."""
    right = _RIGHTS[work.verb][-1]
    sees, changes = work.plan.filters.get("read", ""), work.plan.filters.get(right, "")
    if work.admin or not (sees or changes):
        return
    found = work.org.store.one(f'SELECT {sees or 1}, {changes or 1} FROM {quoted(work.plan.sobject.name)} AS t WHERE t."Id" = ?', (record_id,))
    if found is None or not found[0]:
        raise RowRefused(NO_SUCH_ROW, record_id=record_id)
    if not found[1]:
        raise RowRefused(READ_ONLY, record_id=record_id)


def check_reference(work: Work, f: Field, parent: SObject, record_id: str) -> None:
    """Raises RowRefused when a row refers to one that the user may not see; to a master, when it may not be edited; and when a record
    is shared without full access to it (K)."""
    of_object, of_row = _needed(work.org, work.plan.sobject, f)
    if access.may(work.org, work.user_id, parent, of_object) and access.may_row(work.org, work.user_id, parent, record_id, of_row):
        return
    # status and id of 15 characters R: wire reference 4.3
    raise RowRefused(row_refusal("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", f"insufficient access rights on cross-reference id: {record_id[:15]}"))


def _needed(org: Org, sobject: SObject, f: Field) -> tuple[Right, Right]:
    """The rights to the parent object, and to the parent row, that it takes to set the reference."""
    if kinds.is_share(sobject) and f.name == parent_field(kinds.base_of(org.schema, sobject).name):
        return "edit", "delete"
    is_master = sobject.custom and f.cascade_delete and not f.nillable and is_controlled(sobject) and parent_of(sobject) == f
    return ("edit", "edit") if is_master else ("read", "read")


def filters_of(org: Org, user_id: str, sobject: SObject) -> dict[str, str]:
    """Conditions over the alias `t`, by right; a right that opens all rows is left out."""
    rights: tuple[Right, ...] = ("read", "edit", "delete")
    return {right: found for right in rights if (found := access.row_filter(org, user_id, sobject, "t", right))}


def guarded_parents(org: Org, user_id: str, sobject: SObject) -> frozenset[str]:
    """Objects that this one refers to and of which the user may not refer to every row."""
    return frozenset(name for f in sobject.columns for name in f.reference_to if _is_guarded(org, user_id, sobject, f, name))


def _is_guarded(org: Org, user_id: str, sobject: SObject, f: Field, name: str) -> bool:
    parent = org.schema.find(name)
    of_object, of_row = _needed(org, sobject, f)
    return parent is not None and (not access.may(org, user_id, parent, of_object) or bool(access.row_filter(org, user_id, parent, "t", of_row)))
