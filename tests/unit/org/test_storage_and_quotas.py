"""Storage, the quota of one app, and what `explain` says of a query."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org
from sfchaos.org.quotas.storage import room_for_rows
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import ConnectedApp

BASE = "https://acme.my.salesforce.com/services/data/v62.0"


def ask(org: Org, path: str, method: str = "GET", body: Any = None, token: str = "") -> Response:
    headers = (("Authorization", f"Bearer {token or org.credentials.access_token}"), ("Content-Type", "application/json"))
    reply = org.handle(Request(method, BASE + path, headers, b"" if body is None else json.dumps(body).encode()))
    assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]
    return reply


def test_a_full_org_takes_no_more_rows_but_changes_and_deletes_them():
    org = Org(seed=1)
    account = org.admin.create("Account", Name="Acme")
    assert room_for_rows(org) is None
    org.limits.exhaust("DataStorageMB")
    reply = ask(org, "/sobjects/Account", "POST", {"Name": "More"})
    assert (reply.status, json.loads(reply.body)) == (400, [{"message": "storage limit exceeded", "errorCode": "STORAGE_LIMIT_EXCEEDED", "fields": []}])
    assert ask(org, f"/sobjects/Account/{account}", "PATCH", {"Name": "Other"}).status == 204
    assert ask(org, f"/sobjects/Account/{account}", "DELETE").status == 204


def test_the_rows_of_one_request_fill_the_storage_one_by_one():
    org = Org(seed=1, schema=OrgModel(standard_schema(), limits={"DataStorageMB": 1}))
    room = room_for_rows(org)
    assert room is not None
    for number in range(room - 2):
        org.admin.create("Account", Name=f"A{number}")
    body = {"records": [{"attributes": {"type": "Account"}, "Name": f"B{n}"} for n in range(4)]}
    results = json.loads(ask(org, "/composite/sobjects", "POST", body).body)
    assert [result["success"] for result in results] == [True, True, False, False]
    assert results[2]["errors"][0]["statusCode"] == "STORAGE_LIMIT_EXCEEDED"


def test_limits_show_used_storage_in_whole_megabytes():
    org = Org(seed=1)
    for number in range(1024):
        org.admin.create("Account", Name=f"A{number}")
    assert org.limits.table()["DataStorageMB"] == {"Max": 5, "Remaining": 3}


def test_an_app_with_a_quota_counts_on_its_own_and_is_refused_at_the_end_of_it():
    app = ConnectedApp("sample-app", scopes=("api",), run_as="", daily_requests=2)
    org = Org(seed=1, schema=OrgModel(standard_schema(), connected_apps=(app,)))
    token = org.sessions.open(org.integration_user_id, grant="client_credentials", app_id=org.apps.first.client_id).token
    other = org.sessions.open(org.integration_user_id, grant="jwt-bearer").token
    infos = [ask(org, "/limits", token=token).header("Sforce-Limit-Info") for _ in range(2)]
    assert infos == ["api-usage=1/15000; per-app-api-usage=1/2(appName=sample-app)", "api-usage=2/15000; per-app-api-usage=2/2(appName=sample-app)"]
    refused = ask(org, "/limits", token=token)
    assert (refused.status, json.loads(refused.body)[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    found = ask(org, "/limits", token=other)
    assert found.header("Sforce-Limit-Info") == "api-usage=3/15000"
    assert json.loads(found.body)["DailyApiRequests"]["sample-app"] == {"Max": 2, "Remaining": 0}


# ---------------------------------------------------------------------- explain


def explained(org: Org, soql: str, resource: str = "query") -> Any:
    return json.loads(ask(org, f"/{resource}?explain=" + quote(soql)).body)


def test_explain_names_index_and_scan_the_cheapest_first():
    org = Org(seed=1)
    for number in range(20):
        org.admin.create("Account", Name=f"A{number}", Industry="Energy" if number % 2 else "Banking")
    found = explained(org, "SELECT Id FROM Account a WHERE a.Name = 'A1' AND Industry = 'Energy'")
    assert list(found) == ["plans", "sourceQuery"]
    index, scan = found["plans"]
    assert list(index) == ["cardinality", "fields", "leadingOperationType", "notes", "relativeCost", "sobjectCardinality", "sobjectType"]
    assert (index["leadingOperationType"], index["fields"], index["cardinality"], index["sobjectCardinality"]) == ("Index", ["Name"], 1, 20)
    assert (scan["leadingOperationType"], scan["fields"], scan["cardinality"], scan["relativeCost"]) == ("TableScan", [], 1, 2.8)
    assert [note["fields"] for note in scan["notes"]] == [["Industry"], ["IsDeleted"]]


def test_an_index_that_finds_nearly_everything_comes_after_the_scan():
    org = Org(seed=1)
    for number in range(20):
        org.admin.create("Account", Name=f"A{number}")
    assert [plan["leadingOperationType"] for plan in explained(org, "SELECT Id FROM Account WHERE CreatedDate = TODAY")["plans"]] == ["TableScan", "Index"]


def test_explain_of_query_all_does_not_filter_deleted_rows():
    org = Org(seed=1)
    org.admin.delete("Account", org.admin.create("Account", Name="A"))
    assert explained(org, "SELECT Id FROM Account", "queryAll")["plans"][0]["notes"] == []
    assert explained(org, "SELECT Id FROM Account", "queryAll")["plans"][0]["cardinality"] == 1


def test_explain_refuses_what_the_query_would_and_ids_that_are_no_reports():
    org = Org(seed=1)
    assert explained(org, "SELECT Nope FROM Account")[0]["errorCode"] == "INVALID_FIELD"
    assert explained(org, "SELECT FROM")[0]["errorCode"] == "MALFORMED_QUERY"
    assert explained(org, "00B5e00000AAAAAAAA")[0]["errorCode"] == "INVALID_ID"
