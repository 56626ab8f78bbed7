"""What a missing right looks like: wire reference 10.1, one test a cell, by rows, collections, SOQL and Bulk 2.0."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import PermissionSet, UserEntry

ALL = ("read", "create", "edit", "delete")
RIGHTS = PermissionSet(
    objects={"Account": ("read",), "Contact": ("read", "create", "edit"), "Lead": ALL},
    fields={"Account.Phone": ("read",), "Contact.Email": ("read", "edit"), "Contact.AccountId": ("read", "edit"), "Contact.External_Id__c": ("read", "edit"),
            "Lead.Phone": ("read",), "Lead.External_Id__c": ("read", "edit")},
    system=("ApiEnabled",),
)  # fmt: skip


@dataclass
class Client:
    """The user that the org file names, who has RIGHTS and nothing else."""

    org: Org
    status: int = 0

    def __call__(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", kind: str = "application/json") -> Any:
        sent = raw or (b"" if body is None else json.dumps(body).encode())
        headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", kind))
        reply = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0{path}", headers, sent))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        self.status = reply.status
        return json.loads(reply.body) if reply.body[:1] in (b"{", b"[") else reply.body.decode()

    def code(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        reply = self(method, path, body)
        return self.status, reply[0]["errorCode"]

    def soql(self, text: str) -> Any:
        return self("GET", "/query?q=" + quote(text))


@pytest.fixture
def client() -> Client:
    model = OrgModel(standard_schema(), users=(UserEntry("sync@acme.example", permission_sets=("Sync",)),), permission_sets={"Sync": RIGHTS})
    return Client(Org(seed=7, schema=model))


# ---------------------------------------------------------------------- no right to read the object


def test_a_query_of_an_object_that_may_not_be_read_is_an_invalid_type(client):
    reply = client.soql("SELECT Id FROM Opportunity")
    assert (client.status, reply[0]["errorCode"]) == (400, "INVALID_TYPE")
    assert "sObject type 'Opportunity' is not supported" in reply[0]["message"]


def test_rows_and_describe_of_it_are_not_found(client):
    record = client.org.admin.create("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-05-01")
    for method, path, body in (
        ("GET", f"/sobjects/Opportunity/{record}", None), ("PATCH", f"/sobjects/Opportunity/{record}", {"Name": "x"}), ("POST", "/sobjects/Opportunity", {"Name": "x"}),
        ("DELETE", f"/sobjects/Opportunity/{record}", None), ("GET", "/sobjects/Opportunity/describe", None), ("GET", "/sobjects/Opportunity", None),
        ("GET", "/sobjects/Opportunity/External_Id__c/A-1", None),
    ):  # fmt: skip
        assert client.code(method, path, body) == (404, "NOT_FOUND"), (method, path)
    assert client.org.admin.rows("Opportunity")[0]["Name"] == "Deal"


def test_the_global_describe_leaves_it_out(client):
    names = [entry["name"] for entry in client("GET", "/sobjects")["sobjects"]]
    assert "Account" in names
    assert "Opportunity" not in names


def test_describe_of_its_parent_does_not_list_it_as_a_child(client):
    children = {child["childSObject"] for child in client("GET", "/sobjects/Account/describe")["childRelationships"]}
    assert "Contact" in children
    assert "Opportunity" not in children


def test_a_collection_of_it_is_an_invalid_type(client):
    records = [{"attributes": {"type": "Opportunity"}, "Name": "x"}]
    assert client.code("POST", "/composite/sobjects", {"records": records}) == (400, "INVALID_TYPE")


def test_bulk_jobs_do_not_find_it(client):
    assert client.code("POST", "/jobs/ingest", {"object": "Opportunity", "operation": "insert"}) == (400, "INVALIDENTITY")
    assert client.code("POST", "/jobs/query", {"query": "SELECT Id FROM Opportunity", "operation": "query"}) == (400, "INVALID_TYPE")


def test_a_child_query_and_a_semi_join_of_it_are_refused(client):
    assert client.soql("SELECT Id, (SELECT Id FROM Opportunities) FROM Account")[0]["errorCode"] in ("INVALID_TYPE", "INVALID_FIELD")
    assert client.status == 400
    assert client.soql("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity)")[0]["errorCode"] == "INVALID_TYPE"


def test_a_path_to_a_parent_of_it_is_no_relationship(client):
    assert client.soql("SELECT Campaign.Name FROM Lead")[0]["errorCode"] == "INVALID_FIELD"


def test_its_count_is_not_told(client):
    assert client("GET", "/limits/recordCount?sObjects=Opportunity,Account") == {"sObjects": [{"count": 0, "name": "Account"}]}


# ---------------------------------------------------------------------- readable, no right to write


def test_a_create_without_the_right_says_that_the_type_cannot_be_inserted(client):
    reply = client("POST", "/sobjects/Account", {"Name": "x"})
    assert client.status == 400
    assert reply == [{"message": "entity type cannot be inserted: Account", "errorCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "fields": []}]


def test_an_update_without_the_right_is_forbidden(client):
    record = client.org.admin.create("Account", Name="Acme")
    reply = client("PATCH", f"/sobjects/Account/{record}", {"Name": "x"})
    assert (client.status, reply) == (403, [{"message": "insufficient access rights on object id", "errorCode": "INSUFFICIENT_ACCESS_OR_READONLY", "fields": []}])
    assert client.org.admin.rows("Account")[0]["Name"] == "Acme"


def test_a_delete_without_the_right_is_forbidden(client):
    record = client("POST", "/sobjects/Contact", {"LastName": "Doe"})["id"]
    assert client.code("DELETE", f"/sobjects/Contact/{record}") == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert client.org.admin.count("Contact") == 1


def test_an_upsert_needs_create_and_edit(client):
    client.org.admin.create("Account", Name="Acme", External_Id__c="A-1")
    assert client("PATCH", "/sobjects/Account/Name/Acme", {})[0]["errorCode"] == "NOT_FOUND"
    assert client("PATCH", "/sobjects/Lead/External_Id__c/L-1", {"LastName": "a", "Company": "b"})["created"] is True
    client.org.world.remove_object_right("Lead", "create")
    assert client.code("PATCH", "/sobjects/Lead/External_Id__c/L-2", {"LastName": "a", "Company": "b"}) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")


def test_collections_and_bulk_refuse_row_by_row(client):
    rows = [{"attributes": {"type": "Account"}, "Name": "x"}, {"attributes": {"type": "Lead"}, "LastName": "a", "Company": "b"}]
    first, second = client("POST", "/composite/sobjects", {"records": rows})
    assert (client.status, first["errors"][0]["statusCode"], second["success"]) == (200, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", True)
    job = client("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})["id"]
    client("PUT", f"/jobs/ingest/{job}/batches", raw=b"Name\nx\n", kind="text/csv")
    client("PATCH", f"/jobs/ingest/{job}", {"state": "UploadComplete"})
    client.org.clock.advance(60)
    failed = client("GET", f"/jobs/ingest/{job}/failedResults")
    assert "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:entity type cannot be inserted: Account:--" in failed
    assert client.org.admin.count("Account") == 0


def test_describe_says_what_the_user_may_do(client):
    account, contact, lead = (client("GET", f"/sobjects/{name}/describe") for name in ("Account", "Contact", "Lead"))
    keys = ("createable", "updateable", "deletable")
    assert [[found[key] for key in keys] for found in (account, contact, lead)] == [[False] * 3, [True, True, False], [True] * 3]


# ---------------------------------------------------------------------- fields


def test_a_field_without_the_right_is_missing_and_cannot_be_named(client):
    record = client.org.admin.create("Account", Name="Acme", Phone="1", Website="w")
    row = client("GET", f"/sobjects/Account/{record}")
    assert row["Phone"] == "1"
    assert "Website" not in row
    assert client.code("GET", f"/sobjects/Account/{record}?fields=Website") == (400, "INVALID_FIELD")
    assert client.soql("SELECT Website FROM Account")[0]["errorCode"] == "INVALID_FIELD"
    assert client.soql("SELECT Id FROM Account WHERE Website = 'w'")[0]["errorCode"] == "INVALID_FIELD"
    assert client.soql("SELECT Account.Website FROM Contact")[0]["errorCode"] == "INVALID_FIELD"
    fields = [field["name"] for field in client("GET", "/sobjects/Account/describe")["fields"]]
    assert "Phone" in fields
    assert "Website" not in fields


@pytest.mark.parametrize("field", ["Phone", "Website"])
def test_a_field_that_may_not_be_edited_cannot_be_set(client, field):
    reply = client("POST", "/sobjects/Lead", {"LastName": "a", "Company": "b", field: "1"})
    assert (client.status, reply[0]["errorCode"], reply[0]["fields"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE", [field])
    assert reply[0]["message"].startswith(f"Unable to create/update fields: {field}. Please check the security settings of this field")
    assert client.org.admin.count("Lead") == 0


def test_required_and_system_fields_need_no_right(client):
    record = client("POST", "/sobjects/Lead", {"LastName": "a", "Company": "b"})["id"]
    row = client("GET", f"/sobjects/Lead/{record}")
    assert {"Id", "LastName", "Company", "OwnerId", "CreatedDate", "Name"} <= set(row)


def test_describe_shows_a_read_only_field_as_not_updateable(client):
    phone = next(field for field in client("GET", "/sobjects/Lead/describe")["fields"] if field["name"] == "Phone")
    assert (phone["createable"], phone["updateable"]) == (False, False)


# ---------------------------------------------------------------------- the user


def test_without_api_enabled_nothing_answers(client):
    profile = client.org.admin.rows("User", Id=client.org.integration_user_id)[0]["ProfileId"]
    client.org.admin.update("Profile", profile, PermissionsApiEnabled=False)
    sync = client.org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    client.org.admin.update("PermissionSet", sync, PermissionsApiEnabled=False)
    reply = client("GET", "/query?q=SELECT+Id+FROM+Account")
    assert (client.status, reply) == (403, [{"message": "The REST API is not enabled for this Organization.", "errorCode": "API_CURRENTLY_DISABLED"}])


def test_limits_need_the_right_to_view_setup(client):
    assert client.code("GET", "/limits")[0] == 403


def test_users_are_read_by_all_and_changed_by_those_who_manage_users(client):
    assert client.soql("SELECT Id FROM User")["totalSize"] == 2
    assert client.code("POST", "/sobjects/User", {"Username": "x@acme.example"}) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert client.code("PATCH", f"/sobjects/User/{client.org.admin_user_id}", {"Title": "x"}) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    own = f"/sobjects/User/{client.org.integration_user_id}"
    client("PATCH", own, {"Title": "Robot"})
    assert client.status == 204
    assert client.code("PATCH", own, {"IsActive": False}) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_nobody_grants_himself_rights(client):
    sync = client.org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    row = {"ParentId": sync, "SobjectType": "Opportunity", "PermissionsRead": True}
    assert client.code("POST", "/sobjects/ObjectPermissions", row) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert client.code("PATCH", f"/sobjects/PermissionSet/{sync}", {"PermissionsModifyAllData": True}) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_audit_fields_are_set_by_those_who_may(client):
    row = {"LastName": "a", "Company": "b", "CreatedDate": "2020-01-01T00:00:00Z"}
    assert client.code("POST", "/sobjects/Lead", row) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    sync = client.org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    client.org.admin.update("PermissionSet", sync, PermissionsCreateAuditFields=True)
    client("POST", "/sobjects/Lead", row)
    assert client.status == 201
    assert client.org.admin.rows("Lead")[0]["CreatedDate"] == "2020-01-01T00:00:00.000+0000"


def test_hard_delete_is_a_right_of_its_own(client):
    job = {"object": "Lead", "operation": "hardDelete"}
    assert client.code("POST", "/jobs/ingest", job) == (400, "FEATURENOTENABLED")
    sync = client.org.admin.rows("PermissionSet", Name="Sync")[0]["Id"]
    client.org.admin.update("PermissionSet", sync, PermissionsBulkApiHardDelete=True)
    assert client("POST", "/jobs/ingest", job)["state"] == "Open"


def test_setup_that_takes_a_right_to_see_is_not_there_without(client):
    assert client.soql("SELECT Id FROM SetupAuditTrail")[0]["errorCode"] == "INVALID_TYPE"
    assert client.soql("SELECT Id FROM EventLogFile")[0]["errorCode"] == "INVALID_TYPE"
