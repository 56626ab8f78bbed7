"""Who may see and change which objects, rows and fields.

Order of the questions: object, field, row. Rows are the truth: profiles, permission sets and their assignments, object and field
permissions, groups, shares; whoever writes one of them changes the answers at once. What `registers.hidden` holds is taken away
besides, from everybody but the administrator. Source: wire reference 10.1 (what a missing right looks like on the wire).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfchaos.org.access import sharing
from sfchaos.org.access.rights import Right, Rights, RightsRoom
from sfchaos.org.identity.trials import API_OFF
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

__all__ = [
    "Right", "Rights", "RightsRoom", "access_digest", "as_seen", "can_read", "can_write", "has_system", "hide", "may", "may_row", "readable",
    "row_filter", "shrink", "take_away", "visible", "writable",
]  # fmt: skip


def access_digest(org: Org, user_id: str) -> str:
    """Changes when what the user may see or write changes: plans are cached under it."""
    return org.rights.digest(user_id)


# ---------------------------------------------------------------------- objects


def may(org: Org, user_id: str, sobject: SObject, right: Right) -> bool:
    """Whether the user's profile and permission sets grant the right to the object."""
    return org.rights.of(user_id).may(org.schema, sobject, right)


def visible(org: Org, user_id: str, name: str) -> SObject | None:
    """The sObject of that name, if there is one and the user may read it."""
    found = org.schema.find(name)
    return found if found is not None and may(org, user_id, found, "read") else None


def as_seen(org: Org, user_id: str, sobject: SObject) -> SObject:
    """The sObject as describe shows it to the user: without fields that may not be read, and with the flags of the user's rights."""
    rights = org.rights.of(user_id)
    if rights.unbound:
        return sobject
    creates, edits = may(org, user_id, sobject, "create"), may(org, user_id, sobject, "edit")
    fields = tuple(_as_seen(f, creates, edits and can_write(org, user_id, sobject, f), can_write(org, user_id, sobject, f))
                   for f in sobject.fields if can_read(org, user_id, sobject, f))  # fmt: skip
    return replace(sobject, fields=fields, createable=sobject.createable and creates, updateable=sobject.updateable and edits,
                   deletable=sobject.deletable and may(org, user_id, sobject, "delete"))  # fmt: skip


def _as_seen(f: Field, creates: bool, edits: bool, writes: bool) -> Field:
    createable, updateable = f.createable and creates and writes, f.updateable and edits
    if createable == f.createable and updateable == f.updateable:
        return f
    return replace(f, createable=createable, updateable=updateable)


def has_system(org: Org, user_id: str, permission: str) -> bool:
    """A user permission by its API name without "Permissions": "ApiEnabled", "ViewAllData"."""
    if permission == "ApiEnabled" and API_OFF in org.registers.identity and user_id != org.admin_user_id:
        return False
    return org.rights.of(user_id).has(permission)


# ---------------------------------------------------------------------- fields


def readable(org: Org, user_id: str, sobject: SObject) -> tuple[Field, ...]:
    """The fields that exist for the user, in describe order. What is not here is `No such column` for them."""
    rights = org.rights.of(user_id)
    return tuple(f for f in sobject.fields if rights.may_field(org.schema, sobject, f, "read"))


def writable(org: Org, user_id: str, sobject: SObject) -> tuple[Field, ...]:
    """The fields the user may set: readable, not read-only for them, and createable or updateable at all."""
    rights = org.rights.of(user_id)
    return tuple(f for f in sobject.fields if (f.createable or f.updateable) and rights.may_field(org.schema, sobject, f, "edit"))


def can_read(org: Org, user_id: str, sobject: SObject, field: Field) -> bool:
    return org.rights.of(user_id).may_field(org.schema, sobject, field, "read")


def can_write(org: Org, user_id: str, sobject: SObject, field: Field) -> bool:
    return org.rights.of(user_id).may_field(org.schema, sobject, field, "edit")


def hide(org: Org, sobject: SObject, field: Field, right: str = "read") -> None:
    """Take a right away from everybody but the administrator: "read" hides the field, "edit" leaves it readable."""
    org.registers.hidden[(sobject.name.lower(), field.key)] = right
    org.rights.forget()


_LOSES: dict[Right, tuple[Right, ...]] = {
    "read": ("read", "create", "edit", "delete", "view_all", "modify_all"), "edit": ("edit", "delete", "modify_all"),
    "delete": ("delete", "modify_all"), "view_all": ("view_all", "modify_all"),
}  # fmt: skip


def take_away(org: Org, sobject: SObject, right: Right) -> None:
    """Take a right to an object from everybody but the administrator, and with it those that stand on it."""
    for lost in _LOSES.get(right, (right,)):
        org.registers.hidden[(sobject.name.lower(), f"*{lost}")] = "object"
    org.rights.forget()


def shrink(org: Org, sobject: SObject) -> None:
    """Leave everybody but the administrator the rows that they own or that are shared with them."""
    org.registers.hidden[(sobject.name.lower(), "*rows")] = "rows"
    org.rights.forget()


# ---------------------------------------------------------------------- rows


def row_filter(org: Org, user_id: str, sobject: SObject, alias: str, right: Right = "read") -> str:
    """An SQL condition over the table alias that holds for the rows that the user may read (or edit, or delete); "" for all rows."""
    return sharing.condition(org, org.rights.of(user_id), sobject, alias, right)


def may_row(org: Org, user_id: str, sobject: SObject, record_id: str, right: Right = "read") -> bool:
    """Whether sharing lets the user at one row. A row that does not exist is nobody's: False where rows are restricted."""
    found = row_filter(org, user_id, sobject, "t", right)
    return not found or org.store.one(f'SELECT 1 FROM {quoted(sobject.name)} AS t WHERE t."Id" = ? AND {found}', (record_id,)) is not None
