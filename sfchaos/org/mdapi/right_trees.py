"""Permission sets, profiles and their groups as the Metadata API writes them down, from the rows that grant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org.access.full import write_out
from sfchaos.org.access.grants import COLUMNS
from sfchaos.org.access.people import owned_set
from sfchaos.org.mdapi.parts import Tree, flag, in_order
from sfchaos.org.schema.sfdx.rights import OBJECT_RIGHTS

if TYPE_CHECKING:
    from sfchaos.org.org import Org

# What files of standard profiles are called (D)
PROFILE_FILES = {"System Administrator": "Admin", "Standard User": "Standard"}


def profile_name(full_name: str) -> str:
    return next((name for name, file in PROFILE_FILES.items() if file == full_name), full_name)


def permission_set_names(org: Org) -> list[str]:
    return _texts(org, 'SELECT "Name" FROM "PermissionSet" WHERE "IsOwnedByProfile" = 0 AND COALESCE("Type", \'\') <> \'Group\' ORDER BY "Name"')


def profile_names(org: Org) -> list[str]:
    return sorted(PROFILE_FILES.get(name, name) for name in _texts(org, 'SELECT "Name" FROM "Profile"'))


def group_names(org: Org) -> list[str]:
    return _texts(org, 'SELECT "DeveloperName" FROM "PermissionSetGroup" WHERE "IsDeleted" = 0 ORDER BY "DeveloperName"')


def permission_set_tree(org: Org, name: str) -> Tree | None:
    found = org.store.one('SELECT "Id", "Label", "Description", "HasActivationRequired" FROM "PermissionSet" WHERE "Name" = ? AND "IsOwnedByProfile" = 0', (name,))
    if found is None:
        return None
    row_id, label, description, activation = found
    head: list[tuple[str, Any]] = [("label", label), ("description", description or ""), ("hasActivationRequired", flag(activation))]
    return in_order([*head, *_granted(org, row_id, row_id)])


def profile_tree(org: Org, full_name: str) -> Tree | None:
    name = profile_name(full_name)
    found = org.store.one('SELECT "Id", "Description" FROM "Profile" WHERE "Name" = ?', (name,))
    if found is None:
        return None
    custom = name not in ("System Administrator", "Standard User", "Minimum Access - API Only Integrations")
    head: list[tuple[str, Any]] = [("custom", flag(custom)), ("userLicense", "Salesforce"), ("description", found[1] or "")]
    return in_order([*head, *_granted(org, owned_set(org, found[0]), found[0]), *_logins(org, name)])


def group_tree(org: Org, name: str) -> Tree | None:
    found = org.store.one('SELECT "Id", "MasterLabel", "Description" FROM "PermissionSetGroup" WHERE "DeveloperName" = ? AND "IsDeleted" = 0', (name,))
    if found is None:
        return None
    members = org.store.all(
        'SELECT p."Name" FROM "PermissionSetGroupComponent" AS c JOIN "PermissionSet" AS p ON p."Id" = c."PermissionSetId" '
        'WHERE c."PermissionSetGroupId" = ? AND c."IsDeleted" = 0 ORDER BY p."Name"', (found[0],),
    )  # fmt: skip
    return in_order([("label", found[1]), ("description", found[2] or ""), ("hasActivationRequired", "false"), *(("permissionSets", row[0]) for row in members)])


def _granted(org: Org, permission_set: str, holder: str) -> list[tuple[str, Any]]:
    """Rights to objects and fields, user permissions that are on, record types; each kind in the order of names."""
    write_out(org)
    columns = ", ".join(f'"{name}"' for name in COLUMNS.values())
    said: list[tuple[str, Any]] = []
    for name, *flags in org.store.all(f'SELECT "SobjectType", {columns} FROM "ObjectPermissions" WHERE "ParentId" = ? ORDER BY "SobjectType"', (permission_set,)):
        on = dict(zip(COLUMNS, flags, strict=True))
        said.append(("objectPermissions", tuple(sorted([("object", name), *((tag, flag(on[right])) for right, tag in OBJECT_RIGHTS)]))))
    for name, read, edit in org.store.all('SELECT "Field", "PermissionsRead", "PermissionsEdit" FROM "FieldPermissions" WHERE "ParentId" = ? ORDER BY "Field"', (permission_set,)):
        said.append(("fieldPermissions", (("editable", flag(edit)), ("field", name), ("readable", flag(read)))))
    names = [f.name for f in org.schema.objects["permissionset"].columns if f.name.startswith("Permissions")]
    row = org.store.one(f'SELECT {", ".join(names)} FROM "PermissionSet" WHERE "Id" = ?', (permission_set,)) if names else None
    on_names = sorted(name for name, value in zip(names, row or (), strict=False) if value)
    said += [("userPermissions", (("enabled", "true"), ("name", name.removeprefix("Permissions")))) for name in on_names]
    return said + [("recordTypeVisibilities", (("recordType", name), ("visible", "true"))) for name in org.registers.record_types.get(holder, ())]


def _logins(org: Org, profile: str) -> list[tuple[str, Any]]:
    policy = org.registers.identity.get(f"policy:{profile.lower()}")
    if policy is None:
        return []
    hours = tuple(pair for day, start, end in policy.hours for pair in ((f"{day}End", str(end)), (f"{day}Start", str(start))))
    return [("loginHours", hours), *(("loginIpRanges", (("endAddress", last), ("startAddress", first))) for first, last in policy.ip_ranges)]


def _texts(org: Org, sql: str) -> list[str]:
    return [str(row[0]) for row in org.store.all(sql)]
