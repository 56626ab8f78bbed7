"""Which rows a user reaches: organization-wide defaults, owners, queues, shares, parents, View All and Modify All."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org import access
from sfchaos.org.org import Org
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import PermissionSet, UserEntry

ALL = ("read", "create", "edit", "delete")


def org_with(sharing: str, **more: tuple[str, ...]) -> Org:
    """An org whose accounts have this default; the integration user has all rights to them, but not to all rows."""
    standard = standard_schema()
    objects = {key: o for key, o in standard.objects.items() if not o.flags.get("companionOf")}
    objects["account"] = replace(objects["account"], sharing=sharing)
    schema = replace(standard, objects=with_companions(objects))
    data = {"Account": (*ALL, *more.get("account", ())), "Contact": ALL, "Lead": ALL, "Opportunity": ALL}
    fields = {"Account.External_Id__c": ("read", "edit"), "Contact.AccountId": ("read", "edit"), "Account.ParentId": ("read", "edit"),
              "Opportunity.AccountId": ("read", "edit"), "Contact.Email": ("read",)}  # fmt: skip
    sets = {"Sync": PermissionSet(data, fields, ("ApiEnabled", *more.get("system", ())))}
    return Org(seed=7, schema=OrgModel(schema, users=(UserEntry("sync@acme.example", permission_sets=("Sync",)),), permission_sets=sets))


class Client:
    def __init__(self, org: Org) -> None:
        self.org, self.status = org, 0

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"))
        url = f"https://acme.my.salesforce.com/services/data/v62.0{path}"
        reply = self.org.handle(Request(method, url, headers, b"" if body is None else json.dumps(body).encode()))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        self.status = reply.status
        return json.loads(reply.body) if reply.body else None

    def soql(self, text: str) -> Any:
        return self("GET", "/query?q=" + quote(text))

    def names(self, sobject: str = "Account") -> list[str]:
        return [row["Name"] for row in self.soql(f"SELECT Name FROM {sobject} ORDER BY Name")["records"]]


@pytest.fixture
def private() -> Client:
    return Client(org_with("Private"))


def test_a_private_object_shows_the_rows_that_the_user_owns(private):
    theirs = private.org.admin.create("Account", Name="Theirs")
    mine = private("POST", "/sobjects/Account", {"Name": "Mine"})["id"]
    assert private.names() == ["Mine"]
    assert private.soql("SELECT COUNT() FROM Account")["totalSize"] == 1
    assert private.soql("SELECT COUNT(Id) n FROM Account")["records"][0]["n"] == 1
    private("GET", f"/sobjects/Account/{mine}")
    assert private.status == 200
    assert private("GET", f"/sobjects/Account/{theirs}")[0]["errorCode"] == "NOT_FOUND"
    assert private.status == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_hidden_row_is_not_there_to_be_written(private, method):
    theirs = private.org.admin.create("Account", Name="Theirs")
    private(method, f"/sobjects/Account/{theirs}", {"Name": "x"} if method == "PATCH" else None)
    assert private.status == 404
    assert private.org.admin.rows("Account")[0]["Name"] == "Theirs"


def test_a_reference_to_a_hidden_row_is_a_cross_reference_error_with_a_short_id(private):
    theirs = private.org.admin.create("Account", Name="Theirs")
    reply = private("POST", "/sobjects/Contact", {"LastName": "Doe", "AccountId": theirs})
    assert private.status == 400
    assert reply == [{"message": f"insufficient access rights on cross-reference id: {theirs[:15]}",
                      "errorCode": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "fields": []}]  # fmt: skip
    assert private.org.admin.count("Contact") == 0


def test_an_upsert_by_the_key_of_a_hidden_row_meets_a_duplicate(private):
    private.org.admin.create("Account", Name="Theirs", External_Id__c="A-1")
    reply = private("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Mine"})
    assert (private.status, reply[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    assert private("GET", "/sobjects/Account/External_Id__c/A-1")[0]["errorCode"] == "NOT_FOUND"
    assert private.org.admin.rows("Account")[0]["Name"] == "Theirs"


def test_public_read_only_lets_read_and_not_write(private):
    client = Client(org_with("Read"))
    theirs = client.org.admin.create("Account", Name="Theirs")
    assert client.names() == ["Theirs"]
    assert client("PATCH", f"/sobjects/Account/{theirs}", {"Name": "x"})[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert client.status == 403


def test_public_read_write_lets_all_but_delete(private):
    client = Client(org_with("ReadWrite"))
    theirs = client.org.admin.create("Account", Name="Theirs")
    client("PATCH", f"/sobjects/Account/{theirs}", {"Name": "Changed"})
    assert client.status == 204
    client("DELETE", f"/sobjects/Account/{theirs}")
    assert client.status == 403


def test_contacts_go_with_their_account_and_private_ones_with_their_owner(private):
    theirs = private.org.admin.create("Account", Name="Theirs")
    mine = private("POST", "/sobjects/Account", {"Name": "Mine"})["id"]
    private.org.admin.create_many("Contact", [{"LastName": "A", "AccountId": theirs}, {"LastName": "B", "AccountId": mine}, {"LastName": "C"}])
    private("POST", "/sobjects/Contact", {"LastName": "D"})
    assert private.names("Contact") == ["B", "D"]
    children = private.soql("SELECT Id, (SELECT Name FROM Contacts) FROM Account")["records"]
    assert [child["Name"] for child in children[0]["Contacts"]["records"]] == ["B"]


def test_a_parent_that_is_hidden_is_null(private):
    theirs = private.org.admin.create("Account", Name="Theirs")
    private.org.admin.create("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-05-01", AccountId=theirs, OwnerId=private.org.integration_user_id)
    record = private.soql("SELECT AccountId, Account.Name FROM Opportunity")["records"][0]
    assert (record["AccountId"], record["Account"]) == (theirs, None)


def test_a_semi_join_does_not_look_through_hidden_rows(private):
    theirs = private.org.admin.create("Account", Name="Secret")
    private.org.admin.create("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-05-01", AccountId=theirs, OwnerId=private.org.integration_user_id)
    assert private.soql("SELECT Id FROM Opportunity WHERE AccountId IN (SELECT Id FROM Account WHERE Name = 'Secret')")["totalSize"] == 0
    assert private.soql("SELECT Id FROM Opportunity WHERE Account.Name = 'Secret'")["totalSize"] == 0


@pytest.mark.parametrize(("level", "changed"), [("Read", 403), ("Edit", 204)])
def test_a_share_lets_at_a_row_and_its_end_takes_it_away(private, level, changed):
    theirs = private.org.admin.create("Account", Name="Theirs")
    share = private.org.admin.create("AccountShare", AccountId=theirs, UserOrGroupId=private.org.integration_user_id, AccountAccessLevel=level,
                                     OpportunityAccessLevel="None", CaseAccessLevel="None")  # fmt: skip
    assert private.names() == ["Theirs"]
    private("PATCH", f"/sobjects/Account/{theirs}", {"Name": "Theirs"})
    assert private.status == changed
    private.org.admin.delete("AccountShare", share)
    assert private.names() == []


def test_the_owner_of_a_private_row_has_a_share_of_it(private):
    mine = private("POST", "/sobjects/Account", {"Name": "Mine"})["id"]
    held = private.soql("SELECT UserOrGroupId, AccountAccessLevel, RowCause FROM AccountShare")["records"]
    assert [(row["UserOrGroupId"], row["AccountAccessLevel"], row["RowCause"]) for row in held] == [(private.org.integration_user_id, "All", "Owner")]
    private.org.admin.update("Account", mine, OwnerId=private.org.admin_user_id)
    assert [row["UserOrGroupId"] for row in private.org.admin.rows("AccountShare")] == [private.org.admin_user_id]
    assert private.names() == []


def test_the_owner_shares_a_row_over_rest_and_a_stranger_does_not(private):
    mine = private("POST", "/sobjects/Account", {"Name": "Mine"})["id"]
    theirs = private.org.admin.create("Account", Name="Theirs")
    share = {"UserOrGroupId": private.org.admin_user_id, "AccountAccessLevel": "Edit", "OpportunityAccessLevel": "None", "CaseAccessLevel": "None"}
    private("POST", "/sobjects/AccountShare", {**share, "AccountId": mine})
    assert private.status == 201
    assert private("POST", "/sobjects/AccountShare", {**share, "AccountId": theirs})[0]["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_rows_of_a_queue_belong_to_its_members_also_through_groups(private):
    admin = private.org.admin
    queue, team = admin.create("Group", Name="Desk", Type="Queue"), admin.create("Group", Name="Team", Type="Regular")
    admin.create("Account", Name="Queued", OwnerId=admin.create("User", Username="q@acme.example", LastName="Q", Email="q@acme.example", Alias="q",
                 TimeZoneSidKey="GMT", LocaleSidKey="en_US", EmailEncodingKey="UTF-8", LanguageLocaleKey="en_US",
                 ProfileId=admin.rows("Profile", Name="Standard User")[0]["Id"]))  # fmt: skip
    record = admin.rows("Account")[0]["Id"]
    private.org.world.share(record, queue, "Edit")
    assert private.names() == []
    admin.create("GroupMember", GroupId=queue, UserOrGroupId=team)
    admin.create("GroupMember", GroupId=team, UserOrGroupId=private.org.integration_user_id)
    assert private.names() == ["Queued"]
    admin.delete("GroupMember", admin.rows("GroupMember", GroupId=team)[0]["Id"])
    assert private.names() == []


@pytest.mark.parametrize(("more", "reads", "writes"), [
    ({"account": ("view_all",)}, ["Theirs"], 403), ({"account": ("modify_all",)}, ["Theirs"], 204), ({"system": ("ViewAllData",)}, ["Theirs"], 403),
    ({"system": ("ModifyAllData",)}, ["Theirs"], 204),
])  # fmt: skip
def test_view_all_reads_and_modify_all_writes_past_sharing(more, reads, writes):
    client = Client(org_with("Private", **more))
    theirs = client.org.admin.create("Account", Name="Theirs")
    assert client.names() == reads
    client("PATCH", f"/sobjects/Account/{theirs}", {"Name": "x"})
    assert client.status == writes


def test_view_all_data_does_not_open_fields():
    client = Client(org_with("Private", system=("ViewAllData", "ModifyAllData")))
    assert client.soql("SELECT Website FROM Account")[0]["errorCode"] == "INVALID_FIELD"


def test_user_record_access_tells_what_a_user_may_do(private):
    theirs = private.org.admin.create("Account", Name="Theirs")
    mine = private("POST", "/sobjects/Account", {"Name": "Mine"})["id"]
    user = private.org.integration_user_id
    reply = private.soql(f"SELECT RecordId, HasReadAccess, HasDeleteAccess, MaxAccessLevel FROM UserRecordAccess WHERE UserId = '{user}' AND RecordId IN ('{theirs}', '{mine}')")
    found = {row["RecordId"]: (row["HasReadAccess"], row["HasDeleteAccess"], row["MaxAccessLevel"]) for row in reply["records"]}
    assert found == {theirs: (False, False, "None"), mine: (True, True, "All")}
    assert private.soql("SELECT RecordId FROM UserRecordAccess")[0]["errorCode"] == "MALFORMED_QUERY"


def test_histories_and_replication_show_rows_that_may_be_read(private):
    theirs = private.org.admin.create("Account", Name="Theirs")
    private.org.admin.update("Account", theirs, Name="Changed")
    mine = private("POST", "/sobjects/Account", {"Name": "Mine"})["id"]
    private("PATCH", f"/sobjects/Account/{mine}", {"Name": "Mine too"})
    assert {row["AccountId"] for row in private.soql("SELECT AccountId FROM AccountHistory")["records"]} == {mine}
    private.org.clock.advance(120)
    updated = private("GET", "/sobjects/Account/updated?start=2026-01-15T08:00:00Z&end=2026-01-15T09:02:00Z")
    assert updated["ids"] == [mine]


def test_shares_of_a_restricted_object_are_found_by_index(private):
    sobject = private.org.schema.objects["account"]
    found = access.row_filter(private.org, private.org.integration_user_id, sobject, "t")
    plan = " / ".join(str(row[-1]) for row in private.org.store.all(f'EXPLAIN QUERY PLAN SELECT t."Id" FROM "Account" AS t WHERE {found}'))
    assert "SCAN t" not in plan


def test_faults_shrink_sharing_and_heal_brings_it_back():
    org = Org(seed=7)
    client = Client(org)
    org.admin.create("Account", Name="Theirs")
    org.mark()
    client("POST", "/sobjects/Account", {"Name": "Mine"})
    org.world.shrink_sharing("Account")
    assert client.names() == ["Mine"]
    org.heal()
    assert client.names() == ["Mine", "Theirs"]


def test_faults_remove_a_right_to_an_object_with_those_that_stand_on_it():
    org = Org(seed=7)
    client = Client(org)
    record = org.admin.create("Account", Name="Acme")
    org.mark()
    org.world.remove_object_right("Account", "edit")
    client("PATCH", f"/sobjects/Account/{record}", {"Name": "x"})
    assert client.status == 403
    client("DELETE", f"/sobjects/Account/{record}")
    assert client.status == 403
    org.world.remove_object_right("Account")
    assert client.soql("SELECT Id FROM Account")[0]["errorCode"] == "INVALID_TYPE"
    org.heal()
    assert client.names() == ["Acme"]
