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
    rights = admin.create("ObjectPermissions", ParentId=made, SobjectType="Contact", PermissionsRead=True)
    admin.delete("ObjectPermissions", rights)
    held = admin.create("PermissionSetAssignment", AssigneeId=caller.org.integration_user_id, PermissionSetId=made)
    admin.delete("PermissionSetAssignment", held)
    assert [(action, display) for action, _, display in trail(caller)] == [
        ("PermSetCreate", "Created permission set Sync all: with no license"),
        ("PermSetEnableUserPerm", "Changed permission set Sync all: API Enabled was enabled"),
        ("PermSetEntityPermChanged", "Changed permission set Sync all: Read access to Contact was changed from No Access to Access"),
        ("PermSetEntityPermChanged", "Changed permission set Sync all: Read access to Contact was changed from Access to No Access"),
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
        "Changed permission set Sync: field-level security for Contact: Phone was changed from No Access to Read/Write",
        "Changed permission set Sync: field-level security for Contact: Phone was changed from Read/Write to Read Only",
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
