"""Profiles, permission sets and users: those that every org has, and those that an org file names, as rows.

The standard profiles are four: System Administrator and Integration may do everything with data (the first with setup too),
Standard User works on the rows that sharing lets it at, Minimum Access - API Only Integrations may call the API and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import UsageError
from sfchaos.org.access.changes import own_set_of_profile
from sfchaos.org.access.full import EVERYTHING, grant_everything, insert_rows
from sfchaos.org.access.grants import COLUMNS, with_what_it_brings
from sfchaos.org.access.rights import ALL_RIGHTS
from sfchaos.org.schema.people import PermissionSet, UserEntry
from sfchaos.org.schema.user_permissions import USER_PERMISSIONS

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.load import OrgModel

ADMINISTRATOR, STANDARD, INTEGRATION = "System Administrator", "Standard User", "Integration"
MINIMUM = "Minimum Access - API Only Integrations"
# Profile -> user permissions, rights to all data objects (with all fields). What Salesforce's own profiles of these names hold is K.
PROFILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ADMINISTRATOR: (tuple(name for name in USER_PERMISSIONS if name != "ApiUserOnly"), ALL_RIGHTS),
    STANDARD: (("ApiEnabled", "EditEvent", "EditTask", "EmailSingle", "LightningExperienceUser", "RunReports", "ViewRoles", "ViewSetup"),
               ("read", "create", "edit", "delete")),
    INTEGRATION: (("ApiEnabled", "ApiUserOnly", "EditEvent", "EditTask", "EmailSingle", "ViewEventLogFiles", "ViewRoles", "ViewSetup"), ALL_RIGHTS),
    MINIMUM: (("ApiEnabled", "ApiUserOnly"), ()),
}  # fmt: skip
_LOCALE = {"TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US"}


def add_standard_profiles(org: Org) -> dict[str, str]:
    """Their ids by name; none where the schema lacks the object."""
    known = org.schema.find("Profile")
    if known is None or org.schema.find("PermissionSet") is None:
        return {}
    made: dict[str, str] = {}
    for name, (system, rights) in PROFILES.items():
        values = {"Name": name, "UserType": "Standard", **_user_permissions(org, "Profile", system)}
        profile = made[name] = insert_rows(org, known, [{key: value for key, value in values.items() if known.find(key)}])[0]
        permission_set = own_set_of_profile(org, profile, values)
        if rights:
            grant_everything(org, permission_set, rights)
    org.rights.forget()
    return made


def _profile(org: Org, name: str, system: Iterable[str]) -> str:
    """A profile, and the permission set that it owns."""
    return _create(org, "Profile", {"Name": name, **_user_permissions(org, "Profile", system)})


def owned_set(org: Org, profile: str) -> str:
    """Id of the permission set that a profile owns."""
    found = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "ProfileId" = ? AND "IsOwnedByProfile" = 1', (profile,))
    return str(found[0]) if found else ""


def _user_permissions(org: Org, sobject: str, names: Iterable[str]) -> dict[str, bool]:
    """Columns of user permissions. One that the object lacks has no effect here."""
    known = org.schema.objects[sobject.lower()]
    return {f"Permissions{name}": True for name in names if known.find(f"Permissions{name}")}


def _create(org: Org, sobject: str, row: Mapping[str, Any]) -> str:
    known = org.schema.objects[sobject.lower()]
    kept = {name: value for name, value in row.items() if (f := known.find(name)) is not None and f.has_column}
    result = org.dml.write("create", sobject, [kept], user_id=org.admin_user_id, as_admin=True)[0]
    if not result.ok:
        raise UsageError(f"{sobject} of the org cannot be made: {result.refusals[0].code}: {result.refusals[0].message}", remedy="correct it in the org's file")
    return result.id


# ---------------------------------------------------------------------- an org file's


def add_people(org: Org, model: OrgModel) -> None:
    """Rows for the profiles, permission sets and users of an org's model. Raises UsageError for a user that cannot be made."""
    profiles = {name: _own_profile(org, name, given) for name, given in model.profiles.items()}
    sets = {name: _own_set(org, name, given) for name, given in model.permission_sets.items()}
    first = next((entry for entry in model.users if entry.integration), model.users[0] if model.users else None)
    for entry in model.users:
        _user(org, entry, profiles, sets, is_integration=entry is first)
    org.rights.forget()


def _own_profile(org: Org, name: str, given: PermissionSet) -> str:
    """A profile of the file stands in the place of a standard one of that name, with its own rights alone."""
    found = org.store.one('SELECT "Id" FROM "Profile" WHERE "Name" = ?', (name,))
    if found is None:
        profile = _profile(org, name, given.system)
    else:
        profile = str(found[0])
        cleared = {f"Permissions{other}": False for other in USER_PERMISSIONS}
        known = org.schema.objects["profile"]
        values = {key: value for key, value in {**cleared, **_user_permissions(org, "Profile", given.system)}.items() if known.find(key)}
        org.dml.write("update", "Profile", [{"Id": profile, **values}], user_id=org.admin_user_id, as_admin=True)
        org.store.run('DELETE FROM "ObjectPermissions" WHERE "ParentId" = ? AND "SobjectType" = ?', (owned_set(org, profile), EVERYTHING))
    grant(org, owned_set(org, profile), given)
    return profile


def _own_set(org: Org, name: str, given: PermissionSet) -> str:
    row = {"Name": name.replace(" ", "_"), "Label": given.label or name, **_user_permissions(org, "PermissionSet", given.system)}
    made = _create(org, "PermissionSet", row)
    grant(org, made, given)
    return made


def grant(org: Org, permission_set: str, given: PermissionSet) -> None:
    """Rows of ObjectPermissions, FieldPermissions and SetupEntityAccess for what is granted."""
    objects, fields = org.schema.find("ObjectPermissions"), org.schema.find("FieldPermissions")
    if objects is not None:
        rows = [{"ParentId": permission_set, "SobjectType": name, **{COLUMNS[right]: 1 for right in with_what_it_brings(rights)}}
                for name, rights in given.objects.items() if rights]  # fmt: skip
        insert_rows(org, objects, rows)
    if fields is not None:
        insert_rows(org, fields, [
            {"ParentId": permission_set, "SobjectType": name.partition(".")[0], "Field": name, "PermissionsRead": 1, "PermissionsEdit": int("edit" in rights)}
            for name, rights in given.fields.items() if rights
        ])  # fmt: skip
    _approve(org, permission_set, given.apps)


def _approve(org: Org, permission_set: str, apps: Iterable[str]) -> None:
    access = org.schema.find("SetupEntityAccess")
    if access is None or org.schema.find("ConnectedApplication") is None:
        return
    for name in apps:
        app_id = org.apps.row_id_named(name)
        if app_id:
            insert_rows(org, access, [{"ParentId": permission_set, "SetupEntityId": app_id, "SetupEntityType": "ConnectedApplication"}])


def _user(org: Org, entry: UserEntry, profiles: Mapping[str, str], sets: Mapping[str, str], *, is_integration: bool) -> None:
    profile = _profile_for(org, entry, profiles)
    local = entry.username.partition("@")[0]
    values = {"Username": entry.username, "Email": entry.username, "ProfileId": profile, "IsActive": entry.active, **entry.values}
    if is_integration:
        user_id = org.integration_user_id
        result = org.dml.write("update", "User", [{"Id": user_id, **values}], user_id=org.admin_user_id, as_admin=True)[0]
        if not result.ok:
            raise UsageError(f"user {entry.username}: {result.refusals[0].message}", remedy="correct the user in the org's file")
    else:
        usual = {"LastName": local, "Alias": local[:8], "UserType": "Standard", **_LOCALE}
        user_id = _create(org, "User", {**usual, **values})
    ends = {one.permission_set: one.expires for one in entry.assignments}
    for name in dict.fromkeys((*entry.permission_sets, *ends)):
        assign(org, user_id, sets[name], ends.get(name, ""))


def assign(org: Org, user_id: str, permission_set: str, expires: str = "") -> str:
    """An assignment; `expires` is an ISO 8601 instant, "" for never."""
    return _create(org, "PermissionSetAssignment", {"AssigneeId": user_id, "PermissionSetId": permission_set, "ExpirationDate": expires or None})


def _profile_for(org: Org, entry: UserEntry, profiles: Mapping[str, str]) -> str:
    """The profile that a user of the file has. A name that neither the file nor the standard org knows is a profile that may call the
    API and nothing else; a user who is given nothing at all has the integration user's."""
    name = entry.profile
    if not name:
        name = MINIMUM if entry.permission_sets or entry.assignments else INTEGRATION
    if name in profiles:
        return profiles[name]
    found = org.store.one('SELECT "Id" FROM "Profile" WHERE "Name" = ?', (name,))
    return str(found[0]) if found else _profile(org, name, ("ApiEnabled",))
