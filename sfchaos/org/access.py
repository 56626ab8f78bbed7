"""Who may see and change which objects, rows and fields.

Order of the questions: object, field, row. Source: wire reference 10.1 (what a missing right looks like on the wire).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.org.schema.model import Field, SObject

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Right = Literal["read", "create", "edit", "delete", "view_all", "modify_all"]
OPEN = "open"  # access digest of a user from whom nothing is hidden


def access_digest(org: Org, user_id: str) -> str:
    """Changes when what the user may see or write changes: plans are cached under it."""
    hidden = org.registers.hidden
    if not hidden or user_id == org.admin_user_id:
        return OPEN
    return sha256_hex(canonical_json(sorted([*key, right] for key, right in hidden.items())))[:16]


def readable(org: Org, user_id: str, sobject: SObject) -> tuple[Field, ...]:
    """The fields that exist for the user, in describe order. What is not here is `No such column` for them."""
    if access_digest(org, user_id) == OPEN:
        return sobject.fields
    return tuple(f for f in sobject.fields if _right(org, sobject, f) != "read")


def writable(org: Org, user_id: str, sobject: SObject) -> tuple[Field, ...]:
    """The fields the user may set: readable, not read-only for them, and createable or updateable at all."""
    fields = (f for f in sobject.fields if f.createable or f.updateable)
    if access_digest(org, user_id) == OPEN:
        return tuple(fields)
    return tuple(f for f in fields if not _right(org, sobject, f))


def can_read(org: Org, user_id: str, sobject: SObject, field: Field) -> bool:
    return access_digest(org, user_id) == OPEN or _right(org, sobject, field) != "read"


def can_write(org: Org, user_id: str, sobject: SObject, field: Field) -> bool:
    return access_digest(org, user_id) == OPEN or not _right(org, sobject, field)


def may(org: Org, user_id: str, sobject: SObject, right: Right) -> bool:
    """Whether the user's profile and permission sets grant the right to the object."""
    return True


def visible(org: Org, user_id: str, name: str) -> SObject | None:
    """The sObject of that name, if there is one and the user may read it."""
    found = org.schema.find(name)
    return found if found is not None and may(org, user_id, found, "read") else None


def has_system(org: Org, user_id: str, permission: str) -> bool:
    """A user permission by its API name without "Permissions": "ApiEnabled", "ViewAllData"."""
    return True


def row_filter(org: Org, user_id: str, sobject: SObject, alias: str, right: Right = "read") -> str:
    """An SQL condition over the table alias that holds for the rows that the user may read (or edit, or delete); "" for all rows."""
    return ""


def may_row(org: Org, user_id: str, sobject: SObject, record_id: str, right: Right = "read") -> bool:
    """Whether sharing lets the user at one row. A row that does not exist is nobody's: False where rows are restricted."""
    return True


def hide(org: Org, sobject: SObject, field: Field, right: str = "read") -> None:
    """Take a right away from everybody but administrators: "read" hides the field, "edit" leaves it readable."""
    org.registers.hidden[(sobject.name.lower(), field.key)] = right


def _right(org: Org, sobject: SObject, field: Field) -> str:
    """The right that is missing: "read", "edit" or "". A hidden compound field hides its parts, as in a real profile."""
    hidden = org.registers.hidden
    name = sobject.name.lower()
    own = hidden.get((name, field.key), "")
    if own or not field.compound:
        return own
    return hidden.get((name, field.compound.lower()), "")
