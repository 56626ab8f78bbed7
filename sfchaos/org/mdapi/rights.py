"""Permission sets, profiles and permission set groups put into the running org: rows, and so rights.

A permission set that is deployed is all it says and nothing else (since API 40.0, D); a profile changes only what it names (D).
Sentences of problems U (deployment logs of several projects) unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sfchaos.core.gate import Verb
from sfchaos.org.access.full import write_out
from sfchaos.org.access.grants import COLUMNS, with_what_it_brings
from sfchaos.org.access.people import owned_set
from sfchaos.org.mdapi.objects import Applied
from sfchaos.org.mdapi.parts import Component, Problem
from sfchaos.org.schema.sfdx.rights import OBJECT_RIGHTS, address_range, login_hours
from sfchaos.org.schema.sfdx.xml import Node

if TYPE_CHECKING:
    from sfchaos.org.org import Org

# What a permission set may name that the org holds none of: element -> (the element with the name, type of metadata)
_THINGS = {
    "classAccesses": ("apexClass", "ApexClass"), "pageAccesses": ("apexPage", "ApexPage"), "flowAccesses": ("flow", "FlowDefinition"),
    "customPermissions": ("name", "CustomPermission"), "externalDataSourceAccesses": ("externalDataSource", "ExternalDataSource"),
}  # fmt: skip
_PAGES = ("applicationVisibilities", "tabSettings", "tabVisibilities", "layoutAssignments", "categoryGroupVisibilities", "loginFlows", "customMetadataTypeAccesses",
          "customSettingAccesses", "externalCredentialPrincipalAccesses", "profileActionOverrides")  # fmt: skip


def apply_permission_set(org: Org, component: Component, user_id: str) -> Applied:
    node, name = component.node, unquote(component.name)
    if not node.get("label"):
        raise Problem("Required fields are missing: [Label]", node.line, "REQUIRED_FIELD_MISSING")
    known = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ? AND "IsOwnedByProfile" = 0', (name,))
    system, warnings = _system(org, node)
    cleared = {f.name: False for f in org.schema.objects["permissionset"].columns if f.name.startswith("Permissions")}
    values = {**cleared, **system, "Label": node.get("label"), "Description": node.get("description") or None, "HasActivationRequired": node.flag("hasActivationRequired")}
    row_id = _saved(org, "PermissionSet", str(known[0]) if known else "", {**values, "Name": name}, user_id)
    _grant(org, row_id, node, user_id, whole=True)
    _assign_types(org, row_id, node, whole=True)
    return known is None, [*warnings, *_left(node)]


def apply_profile(org: Org, component: Component, user_id: str) -> Applied:
    node, name = component.node, unquote(component.name)
    name = {"Admin": "System Administrator", "Standard": "Standard User"}.get(name, name)  # as files are called (D)
    known = org.store.one('SELECT "Id" FROM "Profile" WHERE "Name" = ?', (name,))
    system, warnings = _system(org, node)
    values = {**system, **({"Description": node.get("description")} if node.get("description") else {})}
    row_id = str(known[0]) if known else ""
    if not row_id or values:
        row_id = _saved(org, "Profile", row_id, {**values, "Name": name}, user_id)
    _grant(org, owned_set(org, row_id), node, user_id, whole=False)
    _assign_types(org, row_id, node, whole=False)
    _restrict(org, name, node)
    return known is None, [*warnings, *_left(node)]


def apply_group(org: Org, component: Component, user_id: str) -> Applied:
    node, name = component.node, unquote(component.name)
    if not node.get("label"):
        raise Problem("Required fields are missing: [MasterLabel]", node.line, "REQUIRED_FIELD_MISSING")
    if node.texts("mutingPermissionSets"):
        raise Problem("Not available for deploy for this organization: this org holds no muting permission sets in groups", (node.first("mutingPermissionSets") or node).line)
    members = [_set_id(org, member, node) for member in node.texts("permissionSets")]
    known = org.store.one('SELECT "Id" FROM "PermissionSetGroup" WHERE "DeveloperName" = ? AND "IsDeleted" = 0', (name,))
    values = {"DeveloperName": name, "MasterLabel": node.get("label"), "Description": node.get("description") or None}
    row_id = _saved(org, "PermissionSetGroup", str(known[0]) if known else "", values, user_id)
    held = dict(org.store.all('SELECT "PermissionSetId", "Id" FROM "PermissionSetGroupComponent" WHERE "PermissionSetGroupId" = ? AND "IsDeleted" = 0', (row_id,)))
    _write(org, "create", "PermissionSetGroupComponent", [{"PermissionSetGroupId": row_id, "PermissionSetId": one} for one in members if one not in held], user_id)
    _write(org, "delete", "PermissionSetGroupComponent", [{"Id": held[one]} for one in held if one not in members], user_id)
    org.rights.forget()
    return known is None, []


def remove_permission_set(org: Org, name: str, user_id: str) -> None:
    found = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ? AND "IsOwnedByProfile" = 0', (name,))
    if found is None:
        raise Problem(f"No PermissionSet named: {name} found", code="INVALID_CROSS_REFERENCE_KEY")
    if org.store.one('SELECT 1 FROM "PermissionSetAssignment" WHERE "PermissionSetId" = ?', found):  # text K
        raise Problem(f"Cannot delete permission set {name}: it is assigned to users. Remove the assignments first", code="DELETE_FAILED")
    for table in ("ObjectPermissions", "FieldPermissions", "SetupEntityAccess"):
        org.store.run(f'DELETE FROM "{table}" WHERE "ParentId" = ?', found)
    _write(org, "delete", "PermissionSet", [{"Id": found[0]}], user_id)
    org.rights.forget()


def remove_group(org: Org, name: str, user_id: str) -> None:
    found = org.store.one('SELECT "Id" FROM "PermissionSetGroup" WHERE "DeveloperName" = ? AND "IsDeleted" = 0', (name,))
    if found is None:
        raise Problem(f"No PermissionSetGroup named: {name} found", code="INVALID_CROSS_REFERENCE_KEY")
    own = org.store.all('SELECT "Id" FROM "PermissionSet" WHERE "PermissionSetGroupId" = ?', found)
    if any(org.store.one('SELECT 1 FROM "PermissionSetAssignment" WHERE "PermissionSetId" = ?', one) for one in own):
        raise Problem(f"Cannot delete permission set group {name}: it is assigned to users. Remove the assignments first", code="DELETE_FAILED")
    members = org.store.all('SELECT "Id" FROM "PermissionSetGroupComponent" WHERE "PermissionSetGroupId" = ? AND "IsDeleted" = 0', found)
    _write(org, "delete", "PermissionSetGroupComponent", [{"Id": one[0]} for one in members], user_id)
    _write(org, "delete", "PermissionSetGroup", [{"Id": found[0]}], user_id)
    for one in own:
        org.store.run('DELETE FROM "PermissionSet" WHERE "Id" = ?', one)
    org.rights.forget()


def remove_profile(org: Org, name: str, user_id: str) -> None:
    found = org.store.one('SELECT "Id" FROM "Profile" WHERE "Name" = ?', (name,))
    if found is None:
        raise Problem(f"No Profile named: {name} found", code="INVALID_CROSS_REFERENCE_KEY")
    if org.store.one('SELECT 1 FROM "User" WHERE "ProfileId" = ?', found):  # text K
        raise Problem(f"Cannot delete profile {name}: it is assigned to users", code="DELETE_FAILED")
    owned = owned_set(org, str(found[0]))
    for table in ("ObjectPermissions", "FieldPermissions", "SetupEntityAccess"):
        org.store.run(f'DELETE FROM "{table}" WHERE "ParentId" = ?', (owned,))
    org.store.run('DELETE FROM "PermissionSet" WHERE "Id" = ?', (owned,))
    _write(org, "delete", "Profile", [{"Id": found[0]}], user_id)
    org.rights.forget()


# ---------------------------------------------------------------------- what is granted


def _system(org: Org, node: Node) -> tuple[dict[str, bool], list[str]]:
    """Columns of user permissions, and a warning for those that this org does not know: a real one has some 400."""
    columns = org.schema.objects["permissionset"]
    given = {part.get("name"): part.flag("enabled") for part in node.all("userPermissions")}
    odd = [name for name, on in given.items() if on and columns.find(f"Permissions{name}") is None]
    known = {columns.by_key[f"permissions{name.lower()}"].name: on for name, on in given.items() if columns.find(f"Permissions{name}") is not None}
    return known, [f"user permissions that this org does not hold have no effect: {', '.join(sorted(odd))}"] if odd else []


def _grant(org: Org, parent: str, node: Node, user_id: str, *, whole: bool) -> None:
    write_out(org)
    objects = {key: row for part in node.all("objectPermissions") for key, row in [_object_row(org, part)]}
    fields = {key: row for part in node.all("fieldPermissions") for key, row in [_field_row(org, part)]}
    _merge(org, "ObjectPermissions", "SobjectType", parent, objects, user_id, whole=whole)
    _merge(org, "FieldPermissions", "Field", parent, fields, user_id, whole=whole)
    org.rights.forget()


def _object_row(org: Org, part: Node) -> tuple[str, dict[str, Any]]:
    sobject = org.schema.find(part.get("object"))
    if sobject is None:
        raise Problem(f"In field: field - no CustomObject named {part.get('object')} found", part.line, "INVALID_CROSS_REFERENCE_KEY")
    given = [right for right, tag in OBJECT_RIGHTS if part.flag(tag)]
    lacking = [right for right in COLUMNS if right in with_what_it_brings(given) and right not in given]
    if lacking:
        words = {"view_all": "ViewAllRecords", "modify_all": "ModifyAllRecords"}
        first, needed = (words.get(right, right.title()) for right in (next(r for r in given if lacking[0] in with_what_it_brings([r])), lacking[0]))
        raise Problem(f"Permission {first} {sobject.name} depends on permission(s): {needed} {sobject.name}", part.line, "FIELD_INTEGRITY_EXCEPTION")
    row = {column: right in given for right, column in COLUMNS.items()}
    if part.first("viewAllFields") is not None and (found := org.schema.find("ObjectPermissions")) and found.find("PermissionsViewAllFields"):
        row["PermissionsViewAllFields"] = part.flag("viewAllFields")
    return sobject.name, {"SobjectType": sobject.name, **row} if given else {}


def _field_row(org: Org, part: Node) -> tuple[str, dict[str, Any]]:
    object_name, _, field_name = part.get("field").partition(".")
    sobject = org.schema.find(object_name)
    f = (sobject.find(field_name) or sobject.find(f"{field_name}Id")) if sobject else None
    if sobject is None or f is None:
        raise Problem(f"In field: field - no CustomField named {part.get('field')} found", part.line, "INVALID_CROSS_REFERENCE_KEY")
    name = f"{sobject.name}.{f.name}"
    if not f.permissionable:
        raise Problem(f"You cannot deploy to a required field: {name}", part.line, "FIELD_INTEGRITY_EXCEPTION")
    read, edit = part.flag("readable"), part.flag("editable")
    if edit and not read:
        raise Problem(f"Permission Edit {name} depends on permission(s): Read {name}", part.line, "FIELD_INTEGRITY_EXCEPTION")
    return name, {"SobjectType": sobject.name, "Field": name, "PermissionsRead": True, "PermissionsEdit": edit} if read else {}


def _merge(org: Org, table: str, key: str, parent: str, wanted: Mapping[str, dict[str, Any]], user_id: str, *, whole: bool) -> None:
    """Make the rows of one permission set those that are wanted; an empty row is none. `whole`: rows that nobody wants go."""
    held = dict(org.store.all(f'SELECT "{key}", "Id" FROM "{table}" WHERE "ParentId" = ? ORDER BY "Id"', (parent,)))
    gone = [name for name in held if (whole and name not in wanted) or (name in wanted and not wanted[name])]
    _write(org, "delete", table, [{"Id": held[name]} for name in gone], user_id)
    _write(org, "update", table, [{"Id": held[name], **_flags(row)} for name, row in wanted.items() if row and name in held], user_id)
    _write(org, "create", table, [{"ParentId": parent, **row} for name, row in wanted.items() if row and name not in held], user_id)


def _flags(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name.startswith("Permissions")}


def _assign_types(org: Org, holder: str, node: Node, *, whole: bool) -> None:
    """Which record types the holders may use."""
    held = list(org.registers.record_types.get(holder, ())) if not whole else []
    for part in node.all("recordTypeVisibilities"):
        object_name, _, own = part.get("recordType").partition(".")
        sobject = org.schema.find(object_name)
        if sobject is None or not any(one.developer_name == own for one in sobject.record_types):
            raise Problem(f"In field: recordType - no RecordType named {part.get('recordType')} found", part.line, "INVALID_CROSS_REFERENCE_KEY")
        name = f"{sobject.name}.{own}"
        held = [one for one in held if one != name] + ([name] if part.flag("visible") else [])
    before = org.registers.record_types.get(holder, ())
    if tuple(held) != before:
        org.store.on_undo(org.registers.as_now("record_types"))
        org.registers.record_types[holder] = tuple(held)
        if not held:
            del org.registers.record_types[holder]


def _restrict(org: Org, profile: str, node: Node) -> None:
    """IP ranges and hours of logins; an element that is not there leaves its restriction alone."""
    policies, key = org.identity.policies, f"policy:{profile.lower()}"
    known = org.registers.identity.get(key)
    ranges = tuple(address_range(part, "startAddress", "endAddress") for part in node.all("loginIpRanges"))
    hours = login_hours(node.first("loginHours"))
    if not ranges and node.first("loginHours") is None:
        return
    org.store.on_undo(org.registers.as_now("identity"))
    kept = known.ip_ranges if known is not None and not ranges else ranges
    policies.restrict(profile, ip_ranges=kept, hours=hours if node.first("loginHours") is not None else known.hours if known is not None else ())


def _left(node: Node) -> Iterator[str]:
    """Raises Problem for what names a thing that is not in the org; tells of what concerns pages."""
    for tag, (name_tag, kind) in _THINGS.items():
        for part in node.all(tag):
            if part.flag("enabled", True):
                raise Problem(f"In field: {name_tag} - no {kind} named {part.get(name_tag)} found", part.line, "INVALID_CROSS_REFERENCE_KEY")
    pages = sorted({child.tag for child in node.children} & set(_PAGES))
    if pages:
        yield f"{', '.join(pages)}: not held by this org, and left out"


# ---------------------------------------------------------------------- rows


def _set_id(org: Org, name: str, node: Node) -> str:
    found = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ? AND "IsOwnedByProfile" = 0', (name,))
    if found is None:
        raise Problem(f"In field: permissionSets - no PermissionSet named {name} found", node.line, "INVALID_CROSS_REFERENCE_KEY")
    return str(found[0])


def _saved(org: Org, table: str, row_id: str, values: Mapping[str, Any], user_id: str) -> str:
    """Id of the row, made or changed. Columns that the object lacks are left out."""
    known = org.schema.objects[table.lower()]
    row = {name: value for name, value in values.items() if known.find(name)}
    return _write(org, "update" if row_id else "create", table, [{**row, "Id": row_id} if row_id else row], user_id)[0]


def _write(org: Org, verb: Verb, table: str, rows: Sequence[Mapping[str, Any]], user_id: str) -> list[str]:
    """As the user who deploys, past what the user may write: the Metadata API asks for its own permission. Raises Problem."""
    results = org.dml.write(verb, table, rows, user_id=user_id, as_admin=True) if rows else []
    for result in results:
        if not result.ok:
            raise Problem(result.refusals[0].message, code=result.refusals[0].code)
    return [result.id for result in results]

