"""Delegated administrators: which users they create and change, what they hand out, and every way to more that is shut."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from sfchaos.core.errors import BadFile, UnknownName
from sfchaos.core.messages import Request
from sfchaos.org import access
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel, load_org, load_org_file
from sfchaos.org.schema.people import DelegateGroup
from sfchaos.rig import Rig

FILE = """\
sfchaos_org: 1
permission_sets:
  Delegated: {system: [ApiEnabled, ViewSetup, ResetPasswords]}
  Phone: {objects: {Contact: [read]}}
  Boss: {objects: {Account: [read]}}
  Root: {system: [ModifyAllData]}
profiles:
  Agent: {system: [ApiEnabled]}
  Strong: {system: [ApiEnabled, ModifyAllData]}
users:
  - {username: lead@acme.example, permission_sets: [Delegated], role: Leads, LastName: Lead}
  - {username: ann@acme.example, profile: Agent, role: Agents, LastName: Ann}
  - {username: bob@acme.example, profile: Agent, role: Night_Agents, LastName: Bob}
  - {username: eve@acme.example, profile: Agent, role: Elsewhere, LastName: Eve}
  - {username: max@acme.example, profile: Strong, role: Agents, LastName: Max}
  - {username: out@acme.example, profile: Agent, LastName: Out}
rows:
  UserRole:
    - {Name: Agents, DeveloperName: Agents}
    - {Name: Night Agents, DeveloperName: Night_Agents}
  Group:
    - {Name: Desk, DeveloperName: Desk, Type: Regular}
    - {Name: Board, DeveloperName: Board, Type: Regular}
delegate_groups:
  Service_Desk:
    label: Service Desk
    members: [lead@acme.example]
    roles: [Agents, Leads]
    profiles: [Agent, Strong]
    permission_sets: [Phone, Root]
    groups: [Desk]
"""
REACH = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
READ_ONLY = "INSUFFICIENT_ACCESS_OR_READONLY"


class Desk:
    """An org, its delegated administrator's calls, and names for ids."""

    def __init__(self, tmp_path: Any, text: str = FILE) -> None:
        path = tmp_path / "desk.yaml"
        path.write_text(text)
        self.org, self.status = Org(seed=7, schema=load_org_file(path)), 0
        self.org.admin.update("UserRole", self.id("UserRole", DeveloperName="Night_Agents"), ParentRoleId=self.id("UserRole", DeveloperName="Agents"))

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"))
        reply = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0{path}", headers, b"" if body is None else json.dumps(body).encode()))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        self.status = reply.status
        return json.loads(reply.body) if reply.body else None

    def id(self, sobject: str, **equal: Any) -> str:
        return str(self.org.admin.rows(sobject, **equal)[0]["Id"])

    def user(self, name: str) -> str:
        return self.id("User", Username=f"{name}@acme.example")

    def profile(self, name: str) -> str:
        return self.id("Profile", Name=name)

    def new_user(self, **fields: Any) -> Any:
        usual = {"Username": "new@acme.example", "LastName": "New", "Alias": "new", "Email": "new@acme.example", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US",
                 "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US", "ProfileId": self.profile("Agent"), "UserRoleId": self.id("UserRole", DeveloperName="Agents")}  # fmt: skip
        return self("POST", "/sobjects/User", {**usual, **fields})

    def assign(self, whom: str, permission_set: str) -> Any:
        row = {"AssigneeId": self.user(whom), "PermissionSetId": self.id("PermissionSet", Name=permission_set)}
        return self("POST", "/sobjects/PermissionSetAssignment", row)


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path)


def refused(desk: Desk, reply: Any, status: int, code: str) -> None:
    assert (desk.status, reply[0]["errorCode"]) == (status, code)


# ---------------------------------------------------------------------- what they may do


def test_a_user_in_a_role_of_the_group_is_created_changed_and_deactivated(desk):
    made = desk.new_user()["id"]
    assert desk.status == 201
    desk("PATCH", f"/sobjects/User/{made}", {"Title": "Agent", "IsActive": False})
    assert desk.status == 204
    assert (desk.org.admin.rows("User", Id=made)[0]["Title"], desk.org.admin.rows("User", Id=made)[0]["IsActive"]) == ("Agent", False)


def test_roles_below_those_of_the_group_count(desk):
    desk("PATCH", f"/sobjects/User/{desk.user('bob')}", {"Title": "Night"})
    assert desk.status == 204


def test_a_listed_permission_set_is_given_and_taken_away(desk):
    made = desk.assign("ann", "Phone")["id"]
    assert desk.status == 201
    assert access.may(desk.org, desk.user("ann"), desk.org.schema.objects["contact"], "read")
    desk("DELETE", f"/sobjects/PermissionSetAssignment/{made}")
    assert desk.status == 204
    assert not access.may(desk.org, desk.user("ann"), desk.org.schema.objects["contact"], "read")


def test_a_user_is_put_into_a_listed_public_group_and_a_new_one_is_made(desk):
    made = desk("POST", "/sobjects/GroupMember", {"GroupId": desk.id("Group", DeveloperName="Desk"), "UserOrGroupId": desk.user("ann")})["id"]
    assert desk.status == 201
    desk("DELETE", f"/sobjects/GroupMember/{made}")
    assert desk.status == 204
    desk("POST", "/sobjects/Group", {"Name": "Pool", "DeveloperName": "Pool", "Type": "Regular"})
    assert desk.status == 201


def test_the_password_of_a_user_in_reach_is_reset_and_no_other(desk):
    assert desk("DELETE", f"/sobjects/User/{desk.user('ann')}/password")["NewPassword"]
    for name in ("eve", "max", "out"):
        refused(desk, desk("DELETE", f"/sobjects/User/{desk.user(name)}/password"), 403, "INSUFFICIENT_ACCESS")


def test_to_reset_passwords_takes_the_permission_of_that_name(desk):
    desk.org.admin.update("PermissionSet", desk.id("PermissionSet", Name="Delegated"), PermissionsResetPasswords=False)
    refused(desk, desk("DELETE", f"/sobjects/User/{desk.user('ann')}/password"), 403, "INSUFFICIENT_ACCESS")


def test_the_audit_trail_names_the_delegated_administrator(desk):
    desk.assign("ann", "Phone")
    row = desk.org.admin.query("SELECT Action, CreatedBy.Username, DelegateUser FROM SetupAuditTrail ORDER BY Id DESC LIMIT 1")[0]
    assert (row["Action"], row["CreatedBy"]["Username"], row["DelegateUser"]) == ("PermSetAssign", "lead@acme.example", None)  # DelegateUser is of Login-As (D)


def test_two_groups_add_up(tmp_path):
    more = FILE + "  Board:\n    members: [lead@acme.example]\n    roles: [Elsewhere]\n    permission_sets: [Boss]\n"
    desk = Desk(tmp_path, more)
    desk.assign("ann", "Boss")
    assert desk.status == 201
    desk.assign("eve", "Phone")
    assert desk.status == 201


# ---------------------------------------------------------------------- what they may not


@pytest.mark.parametrize("name", ["eve", "out"])
def test_a_user_elsewhere_or_without_a_role_is_out_of_reach(desk, name):
    refused(desk, desk("PATCH", f"/sobjects/User/{desk.user(name)}", {"Title": "x"}), 403, READ_ONLY)
    refused(desk, desk.assign(name, "Phone"), 400, REACH)


def test_a_new_user_has_a_role_of_the_group(desk):
    refused(desk, desk.new_user(UserRoleId=desk.id("UserRole", DeveloperName="Elsewhere")), 400, REACH)
    refused(desk, desk.new_user(UserRoleId=None), 403, READ_ONLY)
    assert desk.org.admin.count("User", Username="new@acme.example") == 0


def test_a_user_is_not_moved_out_of_reach(desk):
    ann = desk.user("ann")
    refused(desk, desk("PATCH", f"/sobjects/User/{ann}", {"UserRoleId": desk.id("UserRole", DeveloperName="Elsewhere")}), 400, REACH)
    refused(desk, desk("PATCH", f"/sobjects/User/{ann}", {"UserRoleId": None}), 403, READ_ONLY)


@pytest.mark.parametrize("profile", ["System Administrator", "Standard User", "Strong"])
def test_a_profile_that_is_not_listed_or_may_modify_all_data_is_not_given(desk, profile):
    before = desk.org.admin.rows("User", Id=desk.user("ann"))
    refused(desk, desk("PATCH", f"/sobjects/User/{desk.user('ann')}", {"ProfileId": desk.profile(profile)}), 400, REACH)
    refused(desk, desk.new_user(ProfileId=desk.profile(profile)), 400, REACH)
    assert desk.org.admin.rows("User", Id=desk.user("ann")) == before


@pytest.mark.parametrize("permission_set", ["Boss", "Root"])
def test_a_permission_set_that_is_not_listed_or_may_modify_all_data_is_not_given(desk, permission_set):
    refused(desk, desk.assign("ann", permission_set), 400, REACH)


def test_the_set_of_a_profile_is_not_given_as_a_permission_set(desk):
    owned = desk.id("PermissionSet", ProfileId=desk.profile("System Administrator"))
    refused(desk, desk("POST", "/sobjects/PermissionSetAssignment", {"AssigneeId": desk.user("ann"), "PermissionSetId": owned}), 400, REACH)


@pytest.mark.parametrize("field", ["ProfileId", "UserRoleId", "IsActive", "Username"])
def test_the_own_rights_are_nobodys_to_raise(desk, field):
    value = {"ProfileId": desk.profile("Agent"), "UserRoleId": desk.id("UserRole", DeveloperName="Agents"), "IsActive": True, "Username": "x@acme.example"}[field]
    refused(desk, desk("PATCH", f"/sobjects/User/{desk.user('lead')}", {field: value}), 403, READ_ONLY)


def test_the_own_permission_sets_and_groups_are_nobodys_to_add_to(desk):
    refused(desk, desk.assign("lead", "Phone"), 400, REACH)
    refused(desk, desk("POST", "/sobjects/GroupMember", {"GroupId": desk.id("Group", DeveloperName="Desk"), "UserOrGroupId": desk.user("lead")}), 400, REACH)
    own = desk.id("PermissionSetAssignment", AssigneeId=desk.user("lead"), PermissionSetId=desk.id("PermissionSet", Name="Delegated"))
    refused(desk, desk("PATCH", f"/sobjects/PermissionSetAssignment/{own}", {"ExpirationDate": "2031-01-01T00:00:00Z"}), 403, READ_ONLY)


def test_the_own_name_may_be_changed(desk):
    desk("PATCH", f"/sobjects/User/{desk.user('lead')}", {"Title": "Lead"})
    assert desk.status == 204


def test_somebody_who_may_modify_all_data_is_not_changed(desk):
    refused(desk, desk("PATCH", f"/sobjects/User/{desk.user('max')}", {"Email": "lead@acme.example"}), 403, READ_ONLY)


@pytest.mark.parametrize(("sobject", "row"), [
    ("PermissionSet", {"PermissionsModifyAllData": True}), ("Profile", {"PermissionsModifyAllData": True}), ("UserRole", {"Name": "x"}),
])  # fmt: skip
def test_permission_sets_profiles_and_roles_are_not_changed(desk, sobject, row):
    record = desk.org.admin.rows(sobject)[0]["Id"]
    refused(desk, desk("PATCH", f"/sobjects/{sobject}/{record}", row), 403, READ_ONLY)


def test_other_groups_and_queues_are_not_theirs(desk):
    board = desk.id("Group", DeveloperName="Board")
    refused(desk, desk("POST", "/sobjects/GroupMember", {"GroupId": board, "UserOrGroupId": desk.user("ann")}), 400, REACH)
    refused(desk, desk("PATCH", f"/sobjects/Group/{board}", {"Name": "x"}), 403, READ_ONLY)
    refused(desk, desk("POST", "/sobjects/Group", {"Name": "Q", "DeveloperName": "Q", "Type": "Queue"}), 403, READ_ONLY)


def test_collections_refuse_row_by_row(desk):
    rows = [{"attributes": {"type": "User"}, "id": desk.user(name), "Title": "x"} for name in ("ann", "eve")]
    reply = desk("PATCH", "/composite/sobjects", {"allOrNone": False, "records": rows})
    assert [item["success"] for item in reply] == [True, False]
    assert reply[1]["errors"][0]["statusCode"] == READ_ONLY


def test_without_view_setup_nobody_is_a_delegated_administrator(desk):
    desk.org.admin.update("PermissionSet", desk.id("PermissionSet", Name="Delegated"), PermissionsViewSetup=False)
    assert desk.new_user()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_a_change_of_roles_takes_effect_at_once(desk):
    desk.org.admin.update("UserRole", desk.id("UserRole", DeveloperName="Night_Agents"), ParentRoleId=None)
    refused(desk, desk("PATCH", f"/sobjects/User/{desk.user('bob')}", {"Title": "x"}), 403, READ_ONLY)


def test_who_manages_users_is_not_bound_by_a_group(desk):
    desk.org.admin.update("PermissionSet", desk.id("PermissionSet", Name="Delegated"), PermissionsManageUsers=True)
    desk("PATCH", f"/sobjects/User/{desk.user('eve')}", {"Title": "x"})
    assert desk.status == 204


# ---------------------------------------------------------------------- where the groups come from


def test_the_tooling_api_shows_groups_members_and_grants(desk):
    def tooling(soql: str) -> Any:
        return desk("GET", "/tooling/query?q=" + quote(soql))["records"]

    [group] = tooling("SELECT Id, DeveloperName, Name, IsLoginAccessEnabled FROM DelegateGroup")
    assert (group["DeveloperName"], group["Name"], group["IsLoginAccessEnabled"]) == ("Service_Desk", "Service Desk", False)
    [member] = tooling("SELECT UserOrGroupId FROM DelegateGroupMember")
    assert member["UserOrGroupId"] == desk.user("lead")
    granted = [row["GrantedId"] for row in tooling(f"SELECT GrantedId, KeyPrefix FROM DelegateGroupGrant WHERE DelegateGroupId = '{group['Id']}'") if row["KeyPrefix"] == "00E"]
    assert granted == [desk.id("UserRole", DeveloperName="Agents"), desk.id("UserRole", DeveloperName="Leads")]
    desk.org.delegation.add_member("Service_Desk", desk.user("ann"))
    assert len(tooling("SELECT Id FROM DelegateGroupMember")) == 2


def test_a_reset_takes_back_members_who_were_added():
    org = Org(seed=7, schema=OrgModel(standard_schema(), delegate_groups=(DelegateGroup("Service_Desk", roles=("Agents",)),)))
    org.delegation.add_member("Service_Desk", org.admin_user_id)
    org.reset()
    assert org.delegation.of(org.admin_user_id) is None


def test_source_brings_groups_and_members_are_added(tmp_path):
    folder = tmp_path / "force-app" / "main" / "default" / "delegateGroups"
    folder.mkdir(parents=True)
    (tmp_path / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app"}]}')
    (folder / "Desk.delegateGroup-meta.xml").write_text(
        '<?xml version="1.0"?><DelegateGroup xmlns="http://soap.sforce.com/2006/04/metadata"><label>The Desk</label><loginAccess>true</loginAccess>'
        "<roles>Agents</roles><profiles>Agent</profiles><permissionSets>Phone</permissionSets><groups>Pool</groups></DelegateGroup>")  # fmt: skip
    model = load_org(tmp_path)
    assert model.unread == ()
    [group] = model.delegate_groups
    assert (group.label, group.login_access, group.roles, group.profiles, group.permission_sets, group.groups) == ("The Desk", True, ("Agents",), ("Agent",), ("Phone",), ("Pool",))
    org = Org(schema=model)
    assert org.admin.count("UserRole", DeveloperName="Agents") == 1
    org.delegation.add_member("Desk", org.integration_user_id)
    assert org.rights.of(org.integration_user_id).delegated is not None
    with pytest.raises(UnknownName, match="Dusk"):
        org.delegation.add_member("Dusk", org.integration_user_id)


@pytest.mark.parametrize(("wrong", "named"), [
    ("members: [lead@acme.example]", "members: [laed@acme.example]"), ("permission_sets: [Phone, Root]", "permission_sets: [Fone]"), ("groups: [Desk]", "gruops: [Desk]"),
])  # fmt: skip
def test_a_name_that_is_not_there_is_told_with_its_line(tmp_path, wrong, named):
    path = tmp_path / "desk.yaml"
    path.write_text(FILE.replace(wrong, named))
    with pytest.raises(BadFile, match="did you mean"):
        load_org_file(path)


def test_the_digest_of_an_org_changes_with_its_groups(tmp_path):
    digests: dict[str, str] = {}
    for number, text in enumerate((FILE, FILE.replace("profiles: [Agent, Strong]", "profiles: [Agent]"), FILE[: FILE.index("delegate_groups")])):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        digests[str(number)] = load_org_file(path).digest
    assert len(set(digests.values())) == 3


def test_an_administrator_delegates_from_a_test(tmp_path):
    org = Org(seed=7, schema=OrgModel(standard_schema(), delegate_groups=(DelegateGroup("Desk", roles=("Agents",)),)))
    rig = Rig(org)
    rig.org.delegate("Desk", org.integration_user_id)
    assert org.rights.of(org.integration_user_id).delegated is not None
    with pytest.raises(UnknownName, match="Dusk"):
        rig.org.delegate("Dusk", org.integration_user_id)
