"""Rights that end: with time, by a fault, between two pages of a query, with a password. And what brings them back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org import access
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel, load_org
from sfchaos.org.schema.people import Assignment, ConnectedApp, PermissionSet, UserEntry

ALL = ("read", "create", "edit", "delete")
SYNC = PermissionSet({"Account": ALL, "Contact": ("read",), "Case": ALL, "Lead": ALL}, {"Contact.AccountId": ("read",)}, ("ApiEnabled",))
HOUR_S = 3600.0


class Client:
    def __init__(self, org: Org) -> None:
        self.org, self.status = org, 0

    def __call__(self, method: str, path: str, body: Any = None, *headers: tuple[str, str]) -> Any:
        usual = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"), *headers)
        reply = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0{path}", usual, b"" if body is None else json.dumps(body).encode()))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        self.status = reply.status
        return json.loads(reply.body) if reply.body else None

    def soql(self, text: str, *headers: tuple[str, str]) -> Any:
        return self("GET", "/query?q=" + quote(text), None, *headers)


def org_of(**model: Any) -> Org:
    return Org(seed=7, schema=OrgModel(standard_schema(), **model))


def synced(*, private: tuple[str, ...] = (), **model: Any) -> Client:
    """The integration user holds the permission set Sync and nothing else; `private` objects are open to owners and by shares."""
    standard = standard_schema()
    objects = {key: o for key, o in standard.objects.items() if not o.flags.get("companionOf")}
    for name in private:
        objects[name] = replace(objects[name], sharing="Private")
    schema = replace(standard, objects=with_companions(objects))
    return Client(Org(seed=7, schema=OrgModel(schema, users=(UserEntry("sync@acme.example", permission_sets=("Sync",)),), permission_sets={"Sync": SYNC}, **model)))


# ---------------------------------------------------------------------- assignments


def assignment(org: Org) -> dict[str, Any]:
    held = org.admin.query("SELECT Id, IsActive FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Sync'")
    return dict(held[0])


def test_an_assignment_is_not_active_after_its_end_and_is_again_when_that_is_moved():
    org = synced().org
    org.admin.update("PermissionSetAssignment", assignment(org)["Id"], ExpirationDate="2026-01-15T10:00:00Z")
    assert assignment(org)["IsActive"] is True
    org.clock.advance(2 * HOUR_S)
    assert assignment(org)["IsActive"] is False
    assert not access.may(org, org.integration_user_id, org.schema.objects["account"], "read")
    org.admin.update("PermissionSetAssignment", assignment(org)["Id"], ExpirationDate="2027-01-15T10:00:00Z")
    assert assignment(org)["IsActive"] is True
    assert access.may(org, org.integration_user_id, org.schema.objects["account"], "read")


def test_a_semi_join_sees_that_an_assignment_ended():
    org = synced().org
    org.admin.update("PermissionSetAssignment", assignment(org)["Id"], ExpirationDate="2026-01-15T10:00:00Z")
    org.clock.advance(2 * HOUR_S)
    soql = "SELECT Id FROM PermissionSet WHERE Name = 'Sync' AND Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE IsActive = {})"
    assert org.admin.query(soql.format("true")) == []
    assert len(org.admin.query(soql.format("false"))) == 1


def test_an_app_that_a_permission_set_approves_is_closed_when_the_set_ends():
    granting = PermissionSet(system=("ApiEnabled",), apps=("Sync App",))
    org = org_of(permission_sets={"Apps": granting}, connected_apps=(ConnectedApp("Sync App", permitted_users="admin-approved"),),
                 users=(UserEntry("sync@acme.example", permission_sets=("Apps",), assignments=(Assignment("Apps", "2026-01-15T10:00:00Z"),)),))  # fmt: skip
    app = org.apps.first
    assert org.apps.approved_by_admin(org.integration_user_id, app)
    org.clock.advance(2 * HOUR_S)
    assert not org.apps.approved_by_admin(org.integration_user_id, app)


def test_an_app_is_approved_through_a_permission_set_group():
    org = org_of(permission_sets={"Apps": PermissionSet(apps=("Sync App",))}, users=(UserEntry("sync@acme.example", permission_sets=()),),
                 connected_apps=(ConnectedApp("Sync App", permitted_users="admin-approved"),))  # fmt: skip
    admin, user = org.admin, org.integration_user_id
    group = admin.create("PermissionSetGroup", DeveloperName="Team", MasterLabel="Team")
    admin.create("PermissionSetAssignment", AssigneeId=user, PermissionSetGroupId=group)
    assert not org.apps.approved_by_admin(user, org.apps.first)
    admin.create("PermissionSetGroupComponent", PermissionSetGroupId=group, PermissionSetId=admin.rows("PermissionSet", Name="Apps")[0]["Id"])
    assert org.apps.approved_by_admin(user, org.apps.first)


# ---------------------------------------------------------------------- faults and healing


def test_what_a_fault_hides_shows_in_rows_of_rights_until_it_is_healed():
    org = Org(seed=7)
    org.mark()
    fields = "SELECT Parent.Profile.Name FROM FieldPermissions WHERE Field = '{}' ORDER BY Parent.Profile.Name"
    everybody = [{"Parent": {"Profile": {"Name": name}}} for name in ("Integration", "Standard User", "System Administrator")]
    assert org.admin.query(fields.format("Account.Phone")) == everybody
    org.world.hide_field("Account", "Phone")
    org.world.hide_field("Account", "Website", right="edit")
    org.world.remove_object_right("Case", "edit")
    org.world.remove_object_right("Lead")
    assert org.admin.query(fields.format("Account.Phone")) == everybody[-1:]
    assert [row["PermissionsEdit"] for row in org.admin.rows("FieldPermissions", Field="Account.Website")].count(True) == 1
    shown = "SELECT PermissionsRead, PermissionsEdit, PermissionsDelete FROM ObjectPermissions WHERE Parent.Profile.Name = 'Integration' AND SobjectType = '{}'"
    assert org.admin.query(shown.format("Case")) == [{"PermissionsRead": True, "PermissionsEdit": False, "PermissionsDelete": False}]
    assert org.admin.query(shown.format("Lead")) == []
    org.heal()
    assert org.admin.query(fields.format("Account.Phone")) == everybody
    assert all(row["PermissionsEdit"] for row in org.admin.rows("FieldPermissions", Field="Account.Website"))
    assert org.admin.query(shown.format("Case")) == [{"PermissionsRead": True, "PermissionsEdit": True, "PermissionsDelete": True}]
    assert len(org.admin.query(shown.format("Lead"))) == 1


def test_healing_leaves_what_an_administrator_changed_since():
    org = Org(seed=7)
    org.mark()
    org.world.hide_field("Account", "Website", right="edit")
    row = org.admin.query("SELECT Id, PermissionsEdit FROM FieldPermissions WHERE Field = 'Account.Website' AND Parent.Profile.Name = 'Integration'")[0]
    assert row["PermissionsEdit"] is False
    org.admin.delete("FieldPermissions", row["Id"])
    org.heal()
    assert org.admin.count("FieldPermissions", Id=row["Id"]) == 0


@pytest.mark.parametrize("private", [("account",)])
def test_shares_that_a_world_gives_and_ends_are_healed(private):
    client = synced(private=private)
    org = client.org
    given, held = org.admin.create("Account", Name="Given"), org.admin.create("Account", Name="Held")
    org.admin.create("AccountShare", AccountId=held, UserOrGroupId=org.integration_user_id, AccountAccessLevel="Edit", OpportunityAccessLevel="None", CaseAccessLevel="None")
    org.mark()
    names = lambda: [row["Name"] for row in client.soql("SELECT Name FROM Account ORDER BY Name")["records"]]  # noqa: E731
    assert names() == ["Held"]
    org.world.share(given, org.integration_user_id)
    org.world.unshare(held, org.integration_user_id)
    assert names() == ["Given"]
    org.heal()
    assert names() == ["Held"]
    client("PATCH", f"/sobjects/Account/{held}", {"Name": "Held"})
    assert client.status == 204  # the level is the old one


def test_assignments_that_a_world_ended_are_healed_and_told_in_the_trail():
    client = synced()
    org = client.org
    org.mark()
    org.world.expire_assignments(org.integration_user_id)
    assert client.soql("SELECT Id FROM Account")[0]["errorCode"] in ("INVALID_TYPE", "API_CURRENTLY_DISABLED")
    assert assignment(org)["IsActive"] is False
    assert org.admin.rows("SetupAuditTrail")[-1]["Action"] == "PermSetAssignExpire"
    org.heal()
    assert assignment(org)["IsActive"] is True
    assert client.soql("SELECT Id FROM Account")["totalSize"] == 0
    assert org.registers.undo == {}


def test_a_world_that_changed_nothing_leaves_nothing_to_heal():
    org = Org(seed=7)
    before = org.digest()
    org.world.share(org.admin.create("Account", Name="A"), org.integration_user_id)
    org.world.hide_field("Account", "Phone")
    assert org.admin.count("FieldPermissions", Field="Account.Phone") == 1
    org.reset()
    assert org.digest() == before


# ---------------------------------------------------------------------- locators


def test_later_pages_show_what_sharing_lets_the_user_read_by_then():
    client = synced(private=("account",))
    org = client.org
    ids = org.admin.create_many("Account", [{"Name": f"A{number:03}", "OwnerId": org.integration_user_id} for number in range(450)])
    first = client.soql("SELECT Name FROM Account ORDER BY Name", ("Sforce-Query-Options", "batchSize=200"))
    assert (first["totalSize"], len(first["records"])) == (450, 200)
    for record_id in ids[200:250]:
        org.admin.update("Account", record_id, OwnerId=org.admin_user_id)
    locator = first["nextRecordsUrl"].partition("/query/")[2]
    second = client("GET", f"/query/{locator}")
    assert [row["Name"] for row in second["records"]] == [f"A{number:03}" for number in range(250, 400)]
    third = client("GET", "/query/" + second["nextRecordsUrl"].partition("/query/")[2])
    assert ([row["Name"] for row in third["records"]], third["done"]) == ([f"A{number:03}" for number in range(400, 450)], True)


def test_later_pages_of_an_object_that_is_not_theirs_any_more_are_refused():
    client = synced()
    org = client.org
    org.admin.create_many("Account", [{"Name": f"A{number:03}"} for number in range(300)])
    first = client.soql("SELECT Name FROM Account", ("Sforce-Query-Options", "batchSize=200"))
    org.world.remove_object_right("Account")
    refused = client("GET", "/query/" + first["nextRecordsUrl"].partition("/query/")[2])
    assert refused[0]["errorCode"] == "INVALID_TYPE"


# ---------------------------------------------------------------------- what other resources list


def test_process_rules_quick_actions_and_object_infos_show_what_the_user_may_see():
    client = synced()
    for path in ("/process/rules/Opportunity", "/sobjects/Opportunity/quickActions", "/ui-api/object-info/Opportunity"):
        client("GET", path)
        assert client.status == 404, path
        client("GET", path.replace("Opportunity", "Account"))
        assert client.status == 200, path
    assert {action["name"] for action in client("GET", "/quickActions")} == {"NewAccount", "NewCase", "NewLead"}
    client("GET", "/quickActions/NewContact")  # contacts may be read, not created
    assert client.status == 404
    assert "Opportunity" not in client("GET", "/ui-api/object-info")["objects"]
    info = client("GET", "/ui-api/object-info/Account")
    assert {child["childObjectApiName"] for child in info["childRelationships"]} & {"Opportunity", "Contact"} == {"Contact"}
    assert client("GET", "/ui-api/object-info/Contact")["createable"] is False


# ---------------------------------------------------------------------- passwords


def test_a_new_password_brings_a_new_security_token_and_leaves_sessions_alone():
    client = Client(Org(seed=7))
    org = client.org
    user, old = org.integration_user_id, org.credentials.security_token
    client("POST", f"/sobjects/User/{user}/password", {"NewPassword": "correct9horse"})
    assert client.status == 204
    assert org.credentials.security_token != old
    assert org.identity.secrets_of(org.identity.user(user)) == ("correct9horse", org.credentials.security_token)
    assert client.soql("SELECT Id FROM Account")["totalSize"] == 0
    kept = org.credentials.security_token
    client("POST", f"/sobjects/User/{user}/password", {"NewPassword": "short"})
    assert org.credentials.security_token == kept
    org.reset()
    assert org.credentials.security_token == old


# ---------------------------------------------------------------------- queues


@pytest.fixture
def queued() -> Client:
    """Cases and leads are private; the integration user is in a group that is in a group that is in the queue Desk."""
    client = synced(private=("case", "lead"))
    admin = client.org.admin
    desk, team, crew = (admin.create("Group", Name=name, DeveloperName=name, Type=kind) for name, kind in (("Desk", "Queue"), ("Team", "Regular"), ("Crew", "Regular")))
    for name in ("Case", "Lead"):
        admin.create("QueueSobject", QueueId=desk, SobjectType=name)
    admin.create("GroupMember", GroupId=desk, UserOrGroupId=team)
    admin.create("GroupMember", GroupId=team, UserOrGroupId=crew)
    admin.create("GroupMember", GroupId=crew, UserOrGroupId=client.org.integration_user_id)
    return client


@pytest.mark.parametrize(("sobject", "row"), [("Case", {"Subject": "Late"}), ("Lead", {"LastName": "Doe", "Company": "Acme"})])
def test_rows_of_a_queue_are_read_taken_and_given_back_through_every_api(queued, sobject, row):
    admin = queued.org.admin
    desk = admin.rows("Group", DeveloperName="Desk")[0]["Id"]
    record = admin.create(sobject, OwnerId=desk, **row)
    other = admin.create(sobject, **row)
    assert [r["Owner"]["Name"] for r in queued.soql(f"SELECT Owner.Name FROM {sobject}")["records"]] == ["Desk"]
    assert queued("GET", f"/sobjects/{sobject}/{record}")["OwnerId"] == desk
    queued("GET", f"/sobjects/{sobject}/{other}")
    assert queued.status == 404
    assert [item and item["Id"] for item in queued("GET", f"/composite/sobjects/{sobject}?ids={record},{other}&fields=Id")] == [record, None]
    taken = queued("PATCH", "/composite/sobjects", {"records": [{"attributes": {"type": sobject}, "id": record, "OwnerId": queued.org.integration_user_id}]})
    assert taken[0]["success"] is True
    queued("PATCH", f"/sobjects/{sobject}/{record}", {"OwnerId": desk})
    assert queued.status == 204
    found = queued("GET", f"/ui-api/records/{record}?fields={sobject}.Id")
    assert found["id"] == record
    admin.delete("GroupMember", admin.rows("GroupMember", UserOrGroupId=queued.org.integration_user_id)[0]["Id"])
    assert queued.soql(f"SELECT Id FROM {sobject}")["totalSize"] == 0


# ---------------------------------------------------------------------- muting


def test_a_muting_permission_set_of_source_takes_rights_out_of_its_group(tmp_path: Path):
    root = tmp_path / "force-app"

    def put(folder: str, name: str, kind: str, body: str) -> None:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / name).write_text(f'<?xml version="1.0"?><{kind} xmlns="http://soap.sforce.com/2006/04/metadata"><label>x</label>{body}</{kind}>')

    objects = "<objectPermissions><allowCreate>{c}</allowCreate><allowDelete>{d}</allowDelete><allowEdit>{e}</allowEdit><allowRead>{r}</allowRead><object>Account</object></objectPermissions>"
    field = "<fieldPermissions><editable>{}</editable><field>Account.Phone</field><readable>{}</readable></fieldPermissions>"
    system = "<userPermissions><enabled>true</enabled><name>{}</name></userPermissions>"
    put("permissionsets", "Sales.permissionset-meta.xml", "PermissionSet",
        objects.format(c="true", d="true", e="true", r="true") + field.format("true", "true") + system.format("ApiEnabled") + system.format("ViewAllData"))  # fmt: skip
    put("mutingpermissionsets", "Less.mutingpermissionset-meta.xml", "MutingPermissionSet",
        objects.format(c="false", d="false", e="true", r="false") + field.format("true", "false") + system.format("ViewAllData"))  # fmt: skip
    put("permissionsetgroups", "Team.permissionsetgroup-meta.xml", "PermissionSetGroup", "<permissionSets>Sales</permissionSets><mutingPermissionSets>Less</mutingPermissionSets>")
    model = load_org(tmp_path)
    team = model.permission_sets["Team"]
    assert model.unread == ()
    assert team.objects == {"Account": ("read", "create")}  # to delete stands on to edit
    assert (team.fields, team.system) == ({"Account.Phone": ("read",)}, ("ApiEnabled",))
    assert model.permission_sets["Sales"].system == ("ApiEnabled", "ViewAllData")
