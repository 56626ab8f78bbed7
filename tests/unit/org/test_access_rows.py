"""Profiles, permission sets, assignments and groups as rows: what they grant, when it changes, when it ends."""

from __future__ import annotations

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.org import access
from sfchaos.org.access.rights import Rights
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import Assignment, PermissionSet, UserEntry

READS_CONTACTS = PermissionSet({"Contact": ("read",)}, {"Contact.Email": ("read",)}, ("ApiEnabled",))


def org_of(**model) -> Org:
    return Org(seed=7, schema=OrgModel(standard_schema(), **model))


def may(org: Org, name: str, right: access.Right = "read", user_id: str = "") -> bool:
    return access.may(org, user_id or org.integration_user_id, org.schema.objects[name.lower()], right)


def reads(org: Org, name: str) -> bool:
    sobject, _, field = name.partition(".")
    found = org.schema.objects[sobject.lower()]
    f = found.find(field)
    assert f is not None
    return access.can_read(org, org.integration_user_id, found, f)


@pytest.fixture
def org() -> Org:
    return org_of(users=(UserEntry("sync@acme.example", permission_sets=("Sync",)),), permission_sets={"Sync": READS_CONTACTS})


# ---------------------------------------------------------------------- the standard profiles


def test_the_integration_user_may_do_everything_with_data_and_nothing_with_setup():
    org = Org(seed=7)
    assert all(may(org, "Account", right) for right in ("read", "create", "edit", "delete", "view_all", "modify_all"))
    assert not may(org, "User", "create")
    assert not may(org, "PermissionSet", "edit")
    assert may(org, "User", "read")
    assert access.has_system(org, org.integration_user_id, "ApiEnabled")
    assert not access.has_system(org, org.integration_user_id, "ModifyAllData")


def test_full_rights_are_one_row_until_somebody_looks():
    org = Org(seed=7)
    assert org.store.one('SELECT COUNT(*) FROM "FieldPermissions"') == (0,)
    before = org.rights.of(org.integration_user_id)
    soql = "SELECT SobjectType, PermissionsRead FROM ObjectPermissions WHERE Parent.Profile.Name = 'Integration' AND SobjectType = 'Invoice__c'"
    assert org.admin.query(soql) == [{"SobjectType": "Invoice__c", "PermissionsRead": True}]
    assert org.admin.count("FieldPermissions", Field="Account.Phone") == 3
    assert org.admin.count("FieldPermissions", Field="Account.Name") == 0  # required
    for sobject in org.schema:
        for f in sobject.fields:
            user = org.integration_user_id
            assert access.can_read(org, user, sobject, f) == before.may_field(org.schema, sobject, f, "read"), f"{sobject.name}.{f.name}"
        assert may(org, sobject.name) == before.may(org.schema, sobject, "read"), sobject.name


def test_a_semi_join_finds_them_too():
    org = Org(seed=7)
    soql = ("SELECT Assignee.Username FROM PermissionSetAssignment WHERE PermissionSetId IN "
            "(SELECT ParentId FROM FieldPermissions WHERE Field = 'Account.Phone') ORDER BY Assignee.Username")  # fmt: skip
    assert [row["Assignee"]["Username"] for row in org.admin.query(soql)] == ["admin@acme.example", "sync@acme.example"]


def test_a_profile_that_is_written_out_can_be_edited():
    org = Org(seed=7)
    row = org.admin.query("SELECT Id FROM FieldPermissions WHERE Parent.Profile.Name = 'Integration' AND Field = 'Account.Phone'")[0]
    org.admin.update("FieldPermissions", row["Id"], PermissionsEdit=False, PermissionsRead=False)
    assert not reads(org, "Account.Phone")
    assert reads(org, "Account.Website")


def test_a_profile_and_its_permission_set_show_the_same_user_permissions():
    org = Org(seed=7)
    profile = org.admin.rows("Profile", Name="Integration")[0]["Id"]
    owned = org.admin.rows("PermissionSet", ProfileId=profile)[0]
    assert (owned["IsOwnedByProfile"], owned["PermissionsApiEnabled"]) == (True, True)
    org.admin.update("Profile", profile, PermissionsViewAllData=True)
    assert org.admin.rows("PermissionSet", ProfileId=profile)[0]["PermissionsViewAllData"] is True
    assert access.has_system(org, org.integration_user_id, "ViewAllData")
    org.admin.update("PermissionSet", owned["Id"], PermissionsViewAllData=False)
    assert org.admin.rows("Profile", Name="Integration")[0]["PermissionsViewAllData"] is False


# ---------------------------------------------------------------------- an org file's people


def test_a_user_of_a_file_gets_what_the_file_grants_and_nothing_else(org):
    assert org.credentials.username == "sync@acme.example"
    assert (may(org, "Contact"), may(org, "Contact", "edit"), may(org, "Account")) == (True, False, False)
    assert (reads(org, "Contact.Email"), reads(org, "Contact.Phone"), reads(org, "Contact.LastName")) == (True, False, True)


def test_a_profile_of_the_file_gives_its_rights():
    org = org_of(users=(UserEntry("sync@acme.example", profile="Sync"),), profiles={"Sync": PermissionSet({"Lead": ("read", "create")}, {}, ("ApiEnabled",))})
    assert (may(org, "Lead", "create"), may(org, "Contact")) == (True, False)


def test_a_profile_of_the_file_takes_the_place_of_a_standard_one():
    org = org_of(users=(UserEntry("sync@acme.example", profile="Integration"),), profiles={"Integration": READS_CONTACTS})
    assert (may(org, "Contact"), may(org, "Lead")) == (True, False)
    assert org.admin.count("Profile", Name="Integration") == 1


def test_a_standard_profile_can_be_named_and_an_unknown_one_may_call_the_api_alone():
    known = org_of(users=(UserEntry("sync@acme.example", profile="Standard User"),))
    assert (may(known, "Lead", "delete"), may(known, "Lead", "view_all")) == (True, False)
    unknown = org_of(users=(UserEntry("sync@acme.example", profile="Robots"),))
    assert (may(unknown, "Lead"), access.has_system(unknown, unknown.integration_user_id, "ApiEnabled")) == (False, True)


def test_a_user_who_is_given_nothing_has_the_default_profile():
    org = org_of(users=(UserEntry("robot@acme.example"),))
    assert may(org, "Lead", "modify_all")
    assert org.credentials.username == "robot@acme.example"


def test_the_integration_user_is_the_one_that_says_so():
    org = org_of(users=(UserEntry("ann@acme.example"), UserEntry("sync@acme.example", integration=True, values={"Title": "Robot"})))
    assert org.admin.rows("User", Id=org.integration_user_id)[0]["Title"] == "Robot"
    assert org.admin.count("User", Username="ann@acme.example") == 1


def test_a_user_that_cannot_be_made_is_named():
    with pytest.raises(UsageError, match=r"ann@acme\.example|User of the org cannot be made"):
        org_of(users=(UserEntry("sync@acme.example"), UserEntry("ann@acme.example", values={"TimeZoneSidKey": "Mars"})))


# ---------------------------------------------------------------------- assignments


def test_an_assignment_ends_on_the_clock():
    entry = UserEntry("sync@acme.example", assignments=(Assignment("Sync", "2026-01-15T10:00:00Z"),))
    org = org_of(users=(entry,), permission_sets={"Sync": READS_CONTACTS})
    before = org.access_digest(org.integration_user_id)
    assert may(org, "Contact")
    org.clock.advance(3599)
    assert may(org, "Contact")
    org.clock.advance(1)
    assert not may(org, "Contact")
    assert org.access_digest(org.integration_user_id) != before


def test_a_deleted_assignment_and_an_ended_one_take_their_rights_along(org):
    org.world.expire_assignments(org.integration_user_id)
    assert not may(org, "Contact")
    sets = org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    again = org.admin.create("PermissionSetAssignment", AssigneeId=org.integration_user_id, PermissionSetId=sets)
    assert may(org, "Contact")
    org.admin.delete("PermissionSetAssignment", again)
    assert not may(org, "Contact")


def test_a_group_of_permission_sets_grants_what_its_components_grant():
    org = org_of(users=(UserEntry("sync@acme.example", profile="Robots"),), permission_sets={"Sync": READS_CONTACTS})
    group = org.admin.create("PermissionSetGroup", DeveloperName="Crew", MasterLabel="Crew")
    org.admin.create("PermissionSetGroupComponent", PermissionSetGroupId=group, PermissionSetId=org.admin.rows("PermissionSet", Name="Sync")[0]["Id"])
    org.admin.create("PermissionSetAssignment", AssigneeId=org.integration_user_id, PermissionSetGroupId=group)
    assert may(org, "Contact")
    org.admin.delete("PermissionSetGroupComponent", org.admin.rows("PermissionSetGroupComponent")[0]["Id"])
    assert not may(org, "Contact")


def test_every_user_holds_the_set_of_the_profile_by_an_assignment():
    org = Org(seed=7)
    standard = org.admin.rows("Profile", Name="Standard User")[0]["Id"]
    org.admin.update("User", org.integration_user_id, ProfileId=standard)
    held = org.admin.query(f"SELECT PermissionSet.Profile.Name FROM PermissionSetAssignment WHERE AssigneeId = '{org.integration_user_id}'")
    assert [row["PermissionSet"]["Profile"]["Name"] for row in held] == ["Standard User"]
    assert not may(org, "Lead", "view_all")


# ---------------------------------------------------------------------- changes


def test_rows_of_permissions_count_at_once(org):
    sets = org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    row = org.admin.create("ObjectPermissions", ParentId=sets, SobjectType="Account", PermissionsRead=True)
    assert may(org, "Account")
    org.admin.update("ObjectPermissions", row, PermissionsRead=False)
    assert not may(org, "Account")


def test_a_unit_that_is_undone_takes_its_rights_back(org):
    sets = org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    with pytest.raises(RuntimeError, match="undone"):
        grant_and_break(org, sets)
    assert not may(org, "Account")


def grant_and_break(org: Org, sets: str) -> None:
    with org.store.unit():
        org.dml.write("create", "ObjectPermissions", [{"ParentId": sets, "SobjectType": "Account", "PermissionsRead": True}], user_id="", as_admin=True)
        assert may(org, "Account")
        raise RuntimeError("undone")


def test_a_reset_takes_rights_back(org):
    org.mark()
    before = org.digest()
    sets = org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    org.admin.create("ObjectPermissions", ParentId=sets, SobjectType="Account", PermissionsRead=True)
    assert may(org, "Account")
    org.reset()
    assert not may(org, "Account")
    assert org.digest() == before


def test_rights_are_worked_out_once_while_nothing_changes(org, monkeypatch):
    may(org, "Contact")
    org.admin.create("Account", Name="Acme")
    calls: list[str] = []
    monkeypatch.setattr("sfchaos.org.access.grants.rights_of", lambda _org, user_id: calls.append(user_id) or Rights(user_id))
    org.admin.create("Account", Name="Acme")
    may(org, "Contact")
    assert calls == []


def test_without_setup_objects_everybody_may_do_everything():
    from sfchaos.org.schema.model import Field, Schema, SObject

    note = SObject("Note__c", "Note", "Notes", "a05", (Field("Id", "id"), Field("Name", length=5)))
    org = Org(schema=Schema("notes", 3, {"note__c": note}))
    assert may(org, "Note__c", "modify_all")


def test_the_org_writes_its_own_rows_whatever_the_administrator_may_do():
    org = org_of(profiles={"System Administrator": PermissionSet(system=("ApiEnabled",))})
    account = org.admin.create("Account", Name="Acme")
    org.admin.create("Contact", LastName="Doe", AccountId=account)
    org.admin.update("Account", account, Name="Changed")
    org.admin.delete("Account", account)
    assert org.admin.count("Contact") == 0
    assert not may(org, "Account", user_id=org.admin_user_id)
