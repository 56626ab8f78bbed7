"""The rights of one user, read from rows: the profile's permission set, assigned ones, groups of them; groups and queues of users."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfchaos.org.access.delegated import Delegated
from sfchaos.org.access.full import EVERYTHING
from sfchaos.org.access.rights import ALL_RIGHTS, Rights
from sfchaos.org.rows.values import seconds_of
from sfchaos.org.schema.user_permissions import USER_PERMISSIONS
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

COLUMNS = {
    "read": "PermissionsRead", "create": "PermissionsCreate", "edit": "PermissionsEdit", "delete": "PermissionsDelete",
    "view_all": "PermissionsViewAllRecords", "modify_all": "PermissionsModifyAllRecords",
}  # fmt: skip
# What a right brings with it: Salesforce refuses to store one without the other (K)
_BRINGS = {"create": ("read",), "edit": ("read",), "delete": ("read", "edit"), "view_all": ("read",), "modify_all": ALL_RIGHTS}
_DEEPEST = 10  # groups in groups


@dataclass
class Granted:
    """What some permission sets grant together."""

    objects: dict[str, set[str]] = field(default_factory=dict)
    everywhere: set[str] = field(default_factory=set)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    all_fields: bool = False
    whole: set[str] = field(default_factory=set)
    system: set[str] = field(default_factory=set)


def rights_of(org: Org, user_id: str) -> Rights:
    """No user id means the org itself, and where the schema has no permission sets everybody may do everything. A user without
    a profile and permission sets has no rights."""
    if not user_id or org.schema.find("PermissionSet") is None or org.schema.find("User") is None:
        return Rights("", unbound=True, hidden=dict(org.registers.hidden) if user_id and user_id != org.admin_user_id else {})
    held, until_s = held_sets(org, user_id)
    granted = granted_by(org, held)
    hidden = {} if user_id == org.admin_user_id else dict(org.registers.hidden)
    return Rights(
        user_id, {name: frozenset(rights) for name, rights in granted.objects.items()}, frozenset(granted.everywhere), granted.fields,
        granted.all_fields, frozenset(granted.whole), frozenset(granted.system), principals_of(org, user_id), hidden, _delegated(org, user_id, granted), until_s,
    )  # fmt: skip


def _delegated(org: Org, user_id: str, granted: Granted) -> Delegated | None:
    """Only who may view the setup is a delegated administrator (Metadata API guide, "DelegateGroup", D)."""
    return org.delegation.of(user_id) if org.registers.delegates and "ViewSetup" in granted.system else None


def held_sets(org: Org, user_id: str) -> tuple[list[str], float]:
    """Ids of the permission sets that count for the user now, oldest first, and when the next of them ends."""
    now_s, until_s = org.now_s(), math.inf
    found = org.store.all(
        'SELECT p."Id" FROM "PermissionSet" AS p JOIN "User" AS u ON p."ProfileId" = u."ProfileId" WHERE u."Id" = ? AND p."IsOwnedByProfile" = 1', (user_id,)
    )
    held = [row[0] for row in found]
    assigned = org.store.all('SELECT * FROM "PermissionSetAssignment" WHERE "AssigneeId" = ? ORDER BY "Id"', (user_id,))
    names = [f.name for f in org.schema.objects["permissionsetassignment"].columns]
    for row in assigned:
        entry = dict(zip(names, row, strict=True))
        if not entry["IsActive"] or entry["IsRevoked"]:
            continue
        if entry["ExpirationDate"]:
            ends_s = seconds_of(entry["ExpirationDate"])
            if ends_s <= now_s:
                continue
            until_s = min(until_s, ends_s)
        held += [entry["PermissionSetId"]] if entry["PermissionSetId"] else []
    return list(dict.fromkeys(one for given in held for one in (given, *_components(org, given)))), until_s


def _components(org: Org, permission_set: str) -> list[str]:
    """The permission sets of the group that this one stands for, where it does."""
    sets = org.schema.objects["permissionset"]
    if sets.find("PermissionSetGroupId") is None or org.schema.find("PermissionSetGroupComponent") is None:
        return []
    rows = org.store.all(
        'SELECT c."PermissionSetId" FROM "PermissionSetGroupComponent" AS c JOIN "PermissionSet" AS p ON p."PermissionSetGroupId" = c."PermissionSetGroupId" '
        'WHERE p."Id" = ? AND c."IsDeleted" = 0 ORDER BY c."Id"', (permission_set,),
    )  # fmt: skip
    return [row[0] for row in rows]


def granted_by(org: Org, sets: Sequence[str]) -> Granted:
    granted = Granted()
    if not sets:
        return granted
    marks = ", ".join("?" * len(sets))
    columns = [f"Permissions{name}" for name in USER_PERMISSIONS if org.schema.objects["permissionset"].find(f"Permissions{name}")]
    for row in org.store.all(f'SELECT {", ".join(map(quoted, columns))} FROM "PermissionSet" WHERE "Id" IN ({marks})', sets):
        granted.system.update(name.removeprefix("Permissions") for name, value in zip(columns, row, strict=True) if value)
    if org.schema.find("ObjectPermissions"):
        _add_objects(org, granted, marks, sets)
    if org.schema.find("FieldPermissions"):
        rows = org.store.all(f'SELECT "Field", "PermissionsEdit", "PermissionsRead" FROM "FieldPermissions" WHERE "ParentId" IN ({marks})', sets)
        _add_fields(granted, rows)
    return granted


def _add_objects(org: Org, granted: Granted, marks: str, sets: Sequence[str]) -> None:
    whole = '"PermissionsViewAllFields"' if org.schema.objects["objectpermissions"].find("PermissionsViewAllFields") else "0"
    columns = ", ".join(map(quoted, COLUMNS.values()))
    for name, all_fields, *flags in org.store.all(f'SELECT "SobjectType", {whole}, {columns} FROM "ObjectPermissions" WHERE "ParentId" IN ({marks})', sets):
        rights = with_what_it_brings(right for right, flag in zip(COLUMNS, flags, strict=True) if flag)
        if name == EVERYTHING:
            granted.everywhere |= rights
            granted.all_fields = True
        else:
            granted.objects.setdefault(name.lower(), set()).update(rights)
            granted.whole.update([name.lower()] if all_fields else [])


def with_what_it_brings(rights: Iterable[str]) -> set[str]:
    given = list(rights)
    return {one for right in given for one in (right, *_BRINGS.get(right, ()))}


def _add_fields(granted: Granted, rows: Iterable[tuple[Any, ...]]) -> None:
    for name, edit, read in rows:
        sobject, _, own = name.lower().partition(".")
        if edit:
            granted.fields[(sobject, own)] = "edit"
        elif read:
            granted.fields.setdefault((sobject, own), "read")


def principals_of(org: Org, user_id: str) -> tuple[str, ...]:
    """The user, the groups and queues that the user is in, directly or through other groups, and those of everybody."""
    if org.schema.find("Group") is None or org.schema.find("GroupMember") is None:
        return (user_id,)
    found = [user_id, *(row[0] for row in org.store.all("""SELECT "Id" FROM "Group" WHERE "Type" = 'Organization' ORDER BY "Id\""""))]
    fresh = list(found)
    for _ in range(_DEEPEST):
        marks = ", ".join("?" * len(fresh))
        rows = org.store.all(f'SELECT DISTINCT "GroupId" FROM "GroupMember" WHERE "UserOrGroupId" IN ({marks}) ORDER BY "GroupId"', fresh)
        fresh = [row[0] for row in rows if row[0] not in found]
        if not fresh:
            break
        found += fresh
    return tuple(found)
