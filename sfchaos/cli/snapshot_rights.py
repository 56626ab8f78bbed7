"""What the running user of a live org may do there, as the profile of the snapshot's integration user.

It is the union of the user's profile and permission sets, since rights only add up (wire reference 10.2). Names of people, profiles and
permission sets are not taken along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sfchaos.core.errors import UsageError
from sfchaos.org.schema.people import OBJECT_RIGHTS

_COLUMNS = dict(zip(OBJECT_RIGHTS, ("Read", "Create", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords"), strict=True))
_IDS_AT_ONCE = 100


class Asked(Protocol):
    """A live org that answers."""

    def get(self, path: str, **parameters: str) -> Any: ...

    def query(self, soql: str) -> list[dict[str, Any]]: ...

    def rows_of(self, name: str, fields: Sequence[str], where: str) -> list[dict[str, Any]]: ...


def rights_of_caller(live: Asked, describes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`objects`, `fields` and `system` as a profile of an org file has them, of the objects and fields in `describes`."""
    holders = _holders(live)
    objects: dict[str, list[str]] = {}
    fields: dict[str, list[str]] = {}
    system: set[str] = set()
    known_fields = {f"{name}.{f['name']}" for name, tree in describes.items() for f in tree["fields"]}
    flags = [f["name"] for f in live.get("sobjects/PermissionSet/describe")["fields"] if f["name"].startswith("Permissions") and f["type"] == "boolean"]
    for at in range(0, len(holders), _IDS_AT_ONCE):
        some = "(" + ", ".join(f"'{holder}'" for holder in holders[at : at + _IDS_AT_ONCE]) + ")"
        for row in live.query(f"SELECT SobjectType, {', '.join('Permissions' + c for c in _COLUMNS.values())} FROM ObjectPermissions WHERE ParentId IN {some}"):
            if row["SobjectType"] in describes:
                _add(objects, row["SobjectType"], [right for right, column in _COLUMNS.items() if row["Permissions" + column]])
        for row in live.query(f"SELECT Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId IN {some}"):
            if row["Field"] in known_fields:
                _add(fields, row["Field"], [right for right, column in (("read", "PermissionsRead"), ("edit", "PermissionsEdit")) if row[column]])
        for row in live.rows_of("PermissionSet", flags, f"Id IN {some}"):
            system |= {flag.removeprefix("Permissions") for flag in flags if row[flag]}
    return {"objects": dict(sorted(objects.items())), "fields": dict(sorted(fields.items())), "system": sorted(system)}


def _holders(live: Asked) -> list[str]:
    """The permission sets of the running user, the one that stands for the profile among them. Raises UsageError."""
    user_id = str(live.get("").get("identity") or "").rpartition("/")[2]
    if not user_id.startswith("005"):
        raise UsageError("the org does not say who is logged in", remedy="leave --permissions out")
    rows = live.query(f"SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '{user_id}'")
    return sorted({row["PermissionSetId"] for row in rows if row["PermissionSetId"]})


def _add(held: dict[str, list[str]], name: str, rights: list[str]) -> None:
    known = held.setdefault(name, [])
    known += [right for right in rights if right not in known]
