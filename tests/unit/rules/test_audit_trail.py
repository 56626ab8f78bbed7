"""SetupAuditTrail: a row for each change of the setup, by whom, and none for what the org begins with."""

from __future__ import annotations

from typing import Any

PERSON = {
    "LastName": "Doe",
    "FirstName": "Jo",
    "Alias": "jd",
    "TimeZoneSidKey": "GMT",
    "LocaleSidKey": "en_US",
    "EmailEncodingKey": "UTF-8",
    "LanguageLocaleKey": "en_US",
}


def trail(caller: Any) -> list[tuple[str, str, str]]:
    return [
        (r["Action"], r["Section"], r["Display"]) for r in caller.org.admin.query("SELECT Action, Section, Display FROM SetupAuditTrail ORDER BY Id")
    ]


def person(caller: Any, **more: Any) -> str:
    profile = caller.org.admin.rows("Profile", Name="System Administrator")[0]["Id"]
    return str(
        caller.org.admin.create("User", Username="jd@acme.example", Email="jd@acme.example", ProfileId=profile, IsActive=True, **PERSON, **more)
    )


def test_a_new_org_has_an_empty_trail(make: Any) -> None:
    assert trail(make()) == []


def test_a_user_is_created_changed_and_deactivated(make: Any) -> None:
    caller = make()
    made = person(caller)
    other = caller.org.admin.rows("Profile", Name="Minimum Access - API Only Integrations")[0]["Id"]
    caller.org.admin.update("User", made, ProfileId=other, Email="new@acme.example")
    caller.org.admin.update("User", made, IsActive=False)
    caller.org.admin.update("User", made, IsActive=True, Phone="1")
    assert sorted(trail(caller)[1:3]) == [
        ("changedemail", "Manage Users", "Changed email for user Jo Doe from jd@acme.example to new@acme.example"),
        (
            "changedprofileforuser",
            "Manage Users",
            "Changed profile for user Jo Doe from System Administrator to Minimum Access - API Only Integrations",
        ),
    ]
    assert [trail(caller)[0], *trail(caller)[3:]] == [
        ("createduser", "Manage Users", "Created new user Jo Doe"), ("deactivateduser", "Manage Users", "Deactivated user Jo Doe"), ("activateduser", "Manage Users", "Activated user Jo Doe"),
    ]  # fmt: skip


def test_a_permission_set_is_made_filled_assigned_and_taken_away(make: Any) -> None:
    caller = make()
    admin = caller.org.admin
    made = admin.create("PermissionSet", Name="Sync", Label="Sync all")
    admin.update("PermissionSet", made, PermissionsApiEnabled=True)
    rights = admin.create("ObjectPermissions", ParentId=made, SobjectType="Contact", PermissionsRead=True, PermissionsEdit=True)
    admin.delete("ObjectPermissions", rights)
    held = admin.create("PermissionSetAssignment", AssigneeId=caller.org.integration_user_id, PermissionSetId=made)
    admin.delete("PermissionSetAssignment", held)
    assert [(action, display) for action, _, display in trail(caller)] == [
        ("PermSetCreateNoLicense", "Created permission set Sync all: with no license"),
        ("PermSetEnableUserPerm", "Changed permission set Sync all: API Enabled permission was changed from disabled to enabled"),
        ("PermSetEntityPermChanged", "Changed permission set Sync all: Contact object permissions were changed from No Access to Read, Edit"),
        ("PermSetEntityPermChanged", "Changed permission set Sync all: Contact object permissions were changed from Read, Edit to No Access"),
        ("PermSetAssign", "Permission set Sync all: assigned to user Sync Integration"),
        ("PermSetUnassign", "Permission set Sync all: unassigned from user Sync Integration"),
    ]


def test_field_rights_of_a_permission_set_are_told(make: Any) -> None:
    caller = make()
    made = caller.org.admin.create("PermissionSet", Name="Sync", Label="Sync")
    rights = caller.org.admin.create(
        "FieldPermissions", ParentId=made, SobjectType="Contact", Field="Contact.Phone", PermissionsRead=True, PermissionsEdit=True
    )
    caller.org.admin.update("FieldPermissions", rights, PermissionsEdit=False)
    assert [display for action, _, display in trail(caller) if action == "PermSetFlsChanged"] == [
        "Changed permission set Sync: field-level security for Contact: Business Phone was changed from No Access to Edit",
        "Changed permission set Sync: field-level security for Contact: Business Phone was changed from Edit to Read",
    ]


def test_what_faults_do_to_the_setup_is_told_too(make: Any) -> None:
    caller = make()
    caller.org.world.hide_field("Contact", "Phone")
    caller.org.world.add_validation("Contact", "", "No.", caller.org.now_s() + 60)
    assert [action for action, _, _ in trail(caller)] == ["profileFlsChangedCustom", "newValidation"]
    assert trail(caller)[1][1] == "Customize Contacts"


def test_a_note_names_who_did_it(make: Any) -> None:
    caller = make()
    caller.org.audit_trail.note("insertApplication", "Connected Apps", "Created connected app X", caller.org.integration_user_id)
    assert caller.org.admin.rows("SetupAuditTrail")[0]["CreatedById"] == caller.org.integration_user_id


def test_the_trail_cannot_be_written_or_deleted(make: Any) -> None:
    caller = make()
    person(caller)
    row = caller.org.admin.rows("SetupAuditTrail")[0]["Id"]
    assert caller("POST", "/sobjects/SetupAuditTrail", {"Action": "x"})[0] >= 400
    assert caller("DELETE", f"/sobjects/SetupAuditTrail/{row}")[0] >= 400
    assert len(trail(caller)) == 1


def test_a_reset_forgets_the_trail(make: Any) -> None:
    caller = make()
    person(caller)
    caller.org.reset()
    assert trail(caller) == []


def test_rights_of_a_profile_are_told_with_the_kind_of_profile(make: Any) -> None:
    caller = make()
    admin = caller.org.admin
    profile = admin.rows("Profile", Name="Standard User")[0]["Id"]
    owned = admin.rows("PermissionSet", ProfileId=profile)[0]["Id"]
    rights = admin.rows("ObjectPermissions", ParentId=owned, SobjectType="Lead")[0]["Id"]
    admin.update("ObjectPermissions", rights, PermissionsDelete=False, PermissionsCreate=False)
    admin.update("Profile", profile, PermissionsViewAllData=True)
    fields = admin.rows("FieldPermissions", ParentId=owned, Field="Lead.Phone")[0]["Id"]
    admin.update("FieldPermissions", fields, PermissionsEdit=False)
    assert [(action, display) for action, _, display in trail(caller)] == [
        ("profileOlpChangedStandard", "Changed profile Standard User: Lead object permissions were changed from Read, Create, Edit, Delete to Read, Edit"),
        ("profilePermChangedStandard", "Changed profile Standard User: general user permission View All Data was changed from disabled to enabled"),
        ("profileFlsChangedStandard", "Changed profile Standard User: field-level security for Lead: Phone was changed from Read/Write to Read Only"),
    ]


def test_a_connected_app_that_is_changed_and_approved_is_told(make: Any) -> None:
    caller = make()
    admin = caller.org.admin
    app = admin.rows("ConnectedApplication")[0]["Id"]
    held = admin.create("PermissionSet", Name="Sync", Label="Sync")
    admin.update("ConnectedApplication", app, OptionsAllowAdminApprovedUsersOnly=True, StartUrl="https://acme.example")
    admin.update("ConnectedApplication", app, MobileSessionTimeout="10")
    approved = admin.create("SetupEntityAccess", ParentId=held, SetupEntityId=app)
    admin.delete("SetupEntityAccess", approved)
    assert trail(caller)[1:] == [
        ("changeUserRuntimeAccessPolicy", "Application", "Changed connected app Integration Permitted Users setting from All users may self-authorize to Admin approved users are pre-authorized"),
        ("changeApplicationMobileSessionTimeout", "Application", "Changed Connected App Mobile Session Timeout from null to 10"),
        ("SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Enabled", "Manage Users", "Changed permission set Sync: Integration connected app is enabled"),
        ("SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Disabled", "Manage Users", "Changed permission set Sync: Integration connected app is disabled"),
    ]  # fmt: skip


def test_groups_queues_and_roles_are_told(make: Any) -> None:
    caller = make()
    admin = caller.org.admin
    group = admin.create("Group", Name="Rebels", DeveloperName="Rebels", Type="Regular")
    member = admin.create("GroupMember", GroupId=group, UserOrGroupId=caller.org.integration_user_id)
    admin.delete("GroupMember", member)
    admin.update("Group", group, Name="Rebels of 2026")
    admin.delete("Group", group)
    queue = admin.create("Group", Name="Hot", DeveloperName="Hot", Type="Queue")
    admin.create("GroupMember", GroupId=queue, UserOrGroupId=caller.org.integration_user_id)
    admin.delete("UserRole", admin.create("UserRole", Name="Boss", DeveloperName="Boss"))
    assert trail(caller) == [
        ("createdgroup", "Groups", "Created Public Group Rebels"), ("groupMembership", "Groups", "Changed membership of Group Rebels"),
        ("groupMembership", "Groups", "Changed membership of Group Rebels"), ("updatedgroup", "Groups", "Updated Public Group Rebels of 2026"),
        ("deletedgroup", "Groups", "Deleted Public Group Rebels of 2026"), ("queue", "Data Management", "Created Queue Hot"),
        ("queueMembership", "Data Management", "Changed membership of Queue Hot"), ("createdrole", "Manage Users", "Created new role Boss"),
        ("deletedrole", "Manage Users", "Deleted role Boss"),
    ]  # fmt: skip


def test_permission_set_groups_are_told(make: Any) -> None:
    caller = make()
    admin = caller.org.admin
    held = admin.create("PermissionSet", Name="Sync", Label="Sync")
    group = admin.create("PermissionSetGroup", DeveloperName="All", MasterLabel="All")
    admin.delete("PermissionSetGroupComponent", admin.create("PermissionSetGroupComponent", PermissionSetGroupId=group, PermissionSetId=held))
    assert [(action, display) for action, section, display in trail(caller) if section == "Permission Set Group"] == [
        ("PermissionSetGroupCreate", "Created permission set group All"),
        ("PermissionSetGroupComponentAdd", "Changed permission set group All: group member Sync was added"),
        ("PermissionSetGroupComponentRemoved", "Changed permission set group All: group member Sync was removed"),
    ]


def test_rights_and_sharing_that_a_fault_takes_are_told_once(make: Any) -> None:
    caller = make()
    world = caller.org.world
    world.remove_object_right("Contact", "edit")
    world.remove_object_right("Contact", "edit")
    world.shrink_sharing("Account")
    world.shrink_sharing("Account")
    world.restrict_logins("Integration", ip_ranges=[("10.0.0.1", "10.0.0.9")])
    world.rotate_refresh_tokens(0)
    assert trail(caller) == [
        ("profileOlpChangedCustom", "Manage Users", "Changed profile of all integrations: Contact object permissions were changed from "
         "Read, Create, Edit, Delete, View All, Modify All to Read, Create, View All"),
        ("owdChanged", "Sharing Defaults", "Changed organization-wide sharing default for Account from Public Read/Write to Private"),
        ("loginIpRange", "Manage Users", "Added Login Ip Range to Integration from 10.0.0.1 to 10.0.0.9"),
        ("changeApplicationRefreshTokenRotation", "Application", "Changed connected app Integration to rotate its refresh tokens"),
    ]  # fmt: skip
