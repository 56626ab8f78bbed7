"""Record types: their rows, which one a new row gets, and whether a user may choose one.

Sources: Object Reference, "RecordType" (D); the refusal U (seen by several clients, with its field).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sfchaos.core.gate import Refusal
from sfchaos.org.rows.own_rows import write_own
from sfchaos.org.rows.values import row_refusal

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.metadata import RecordType
    from sfchaos.org.schema.model import SObject
    from sfchaos.org.schema.people import PermissionSet

FIELD = "RecordTypeId"


def add_rows(org: Org) -> None:
    """A RecordType row for each record type of the schema, in its order."""
    kind = org.schema.find("RecordType")
    if kind is None:
        return
    for sobject in org.schema:
        for made in sobject.record_types:
            write_own(org, kind, {
                "Name": made.label or made.developer_name.replace("_", " "), "DeveloperName": made.developer_name,
                "SobjectType": sobject.name, "Description": made.description or None, "IsActive": int(made.active),
            })  # fmt: skip


def id_of(org: Org, sobject: SObject, developer_name: str) -> str | None:
    if org.schema.find("RecordType") is None:
        return None
    found = org.store.one("SELECT Id FROM RecordType WHERE SobjectType = ? AND DeveloperName = ?", (sobject.name, developer_name))
    return str(found[0]) if found else None


def of_id(org: Org, sobject: SObject, record_type_id: str | None) -> RecordType | None:
    """The record type that an id means; None for the master's, for another object's, and where there is none."""
    if record_type_id is None or org.schema.find("RecordType") is None:
        return None
    found = org.store.one("SELECT DeveloperName FROM RecordType WHERE Id = ? AND SobjectType = ?", (record_type_id, sobject.name))
    return next((made for made in sobject.record_types if found and made.developer_name == found[0]), None)


def default_id(org: Org, sobject: SObject, user_id: str) -> str | None:
    """What a new row gets that names none: the default one, or else the first that the user may choose."""
    allowed = [made for made in sobject.record_types if may_choose(org, user_id, sobject, made)]
    chosen = next((made for made in allowed if made.default), allowed[0] if allowed else None)
    return id_of(org, sobject, chosen.developer_name) if chosen else None


def may_choose(org: Org, user_id: str, sobject: SObject, made: RecordType) -> bool:
    """Inactive ones are nobody's; the rest as the user's profile and permission sets assign them."""
    held = org.registers.record_types
    if not made.active or not held:
        return made.active
    granted = [held[key] for key in _holders(org, user_id) if key in held]
    return not granted or any(f"{sobject.name}.{made.developer_name}" in names for names in granted)


def _holders(org: Org, user_id: str) -> list[str]:
    """The user's profile and permission sets, by id."""
    found = org.store.all("SELECT ProfileId FROM User WHERE Id = ?", (user_id,))
    found += org.store.all("SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ?", (user_id,))
    return [row[0] for row in found if row[0]]


def assign(org: Org, kind: str, grants: Mapping[str, PermissionSet]) -> None:
    """Keep which record types the profiles (`kind` "Profile") or permission sets ("PermissionSet") of an org file name. Who holds
    none that names any may choose all."""
    for name, grant in grants.items():
        if grant.record_types:
            found = org.store.one(f'SELECT Id FROM "{kind}" WHERE Name = ?', (name,))
            if found:
                org.registers.record_types[found[0]] = grant.record_types


def refusal(org: Org, sobject: SObject, record_type_id: str, user_id: str) -> Refusal | None:
    """Why the user may not choose it, if so. Text U."""
    made = of_id(org, sobject, record_type_id)
    if made is not None and may_choose(org, user_id, sobject, made):
        return None
    return row_refusal("INVALID_CROSS_REFERENCE_KEY", f"Record Type ID: this ID value isn't valid for the user: {record_type_id}", FIELD)
