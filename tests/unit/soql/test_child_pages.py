"""Rows of child subqueries count towards a page; sets that do not fit have locators of their own."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

HOST = "https://acme.my.salesforce.com"


@pytest.fixture(scope="module")
def loaded():
    org = Org(seed=1)
    for name, children in (("Few", 2), ("Many", 450), ("None", 0), ("Some", 100)):
        parent = org.admin.create("Account", Name=name)
        org.admin.create_many("Contact", [{"LastName": f"{name} {n:03d}", "AccountId": parent} for n in range(children)])
    org.mark()
    return org


@pytest.fixture
def org(loaded):
    loaded.reset()
    return loaded


def get(org, path, **headers):
    sent = (("Authorization", f"Bearer {org.credentials.access_token}"), *((k.replace("_", "-"), v) for k, v in headers.items()))
    reply = org.handle(Request("GET", HOST + path, sent))
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def query(org, text, version="62.0", **headers):
    return get(org, f"/services/data/v{version}/query?q={quote(text)}", **headers)


NESTED = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account ORDER BY Name"


def test_what_fits_a_page_is_whole(org):
    reply = query(org, NESTED)
    assert (reply["done"], "nextRecordsUrl" in reply) == (True, False)
    assert [row["Contacts"] and (row["Contacts"]["totalSize"], row["Contacts"]["done"]) for row in reply["records"]] == [
        (2, True),
        (450, True),
        None,
        (100, True),
    ]


def test_a_child_set_that_does_not_fit_is_continued_by_its_own_locator(org):
    reply = query(org, NESTED, Sforce_Query_Options="batchSize=200")
    assert (reply["totalSize"], reply["done"], [row["Name"] for row in reply["records"]]) == (4, False, ["Few", "Many"])
    some = reply["records"][1]["Contacts"]
    assert list(some) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert (some["totalSize"], some["done"], len(some["records"])) == (450, False, 200)
    names = [row["LastName"] for row in some["records"]]
    while not some["done"]:
        some = get(org, some["nextRecordsUrl"], Sforce_Query_Options="batchSize=200")
        assert some["totalSize"] == 450
        names += [row["LastName"] for row in some["records"]]
    assert names == [f"Many {n:03d}" for n in range(450)]

    rest = get(org, reply["nextRecordsUrl"])
    assert (rest["totalSize"], rest["done"], [row["Name"] for row in rest["records"]]) == (4, True, ["None", "Some"])


def test_only_what_was_shown_counts_as_read(org):
    query(org, NESTED, Sforce_Query_Options="batchSize=200")
    read = {sobject: len(ids) for sobject, _, ids in org.receipt.read}
    assert read == {"Account": 2, "Contact": 202}


def test_children_nest_from_version_58_on(org):
    text = "SELECT Name, (SELECT Name, (SELECT LastName FROM Contacts) FROM ChildAccounts) FROM Account LIMIT 1"
    assert query(org, text, "58.0")["totalSize"] == 1
    refused = org.handle(
        Request("GET", f"{HOST}/services/data/v57.0/query?q={quote(text)}", (("Authorization", f"Bearer {org.credentials.access_token}"),))
    )
    assert refused.status == 400
    assert b"SOQL statements cannot query aggregate relationships more than 1 level away from the root entity object." in refused.body


def test_typeof_needs_version_46(org):
    text = "SELECT TYPEOF What WHEN Account THEN Name END FROM Task"
    assert query(org, text, "46.0")["totalSize"] == 0
    refused = org.handle(
        Request("GET", f"{HOST}/services/data/v45.0/query?q={quote(text)}", (("Authorization", f"Bearer {org.credentials.access_token}"),))
    )
    assert refused.status == 400


def test_typeof_shows_each_parent_by_its_type(org):
    account = org.admin.rows("Account", Name="Few")[0]["Id"]
    case = org.admin.create("Case", Subject="Broken")
    for subject, what in (("a", account), ("b", case), ("c", None)):
        org.admin.create("Task", Subject=subject, **({"WhatId": what} if what else {}))
    rows = query(org, "SELECT Subject, TYPEOF What WHEN Account THEN Name, Owner.Name ELSE Name END FROM Task ORDER BY Subject")["records"]
    base = "/services/data/v62.0/sobjects"
    owner = {"attributes": {"type": "User", "url": f"{base}/User/{org.admin_user_id}"}, "Name": "Ada Admin"}
    assert rows[0]["What"] == {"attributes": {"type": "Account", "url": f"{base}/Account/{account}"}, "Name": "Few", "Owner": owner}
    assert rows[1]["What"]["attributes"] == {"type": "Case", "url": f"{base}/Case/{case}"}
    assert rows[2]["What"] is None


def test_rows_for_view_count_as_seen(org):
    assert org.admin.rows("Account", Name="Few")[0]["LastViewedDate"] is None
    query(org, "SELECT Id FROM Account WHERE Name = 'Few' FOR VIEW")
    assert org.admin.rows("Account", Name="Few")[0]["LastViewedDate"] == "2026-01-15T09:00:00.000+0000"
    assert org.admin.rows("Account", Name="Some")[0]["LastViewedDate"] is None


def test_columns_of_functions_are_described(org):
    text = "SELECT FORMAT(AnnualRevenue) a, DISTANCE(BillingAddress, GEOLOCATION(1, 2), 'km'), toLabel(Industry) FROM Account"
    reply = get(org, f"/services/data/v62.0/query?columns=true&q={quote(text)}")
    assert [(c["columnName"], c["apexType"]) for c in reply["columnMetadata"]] == [("a", "String"), ("expr0", "Double"), ("Industry", "String")]
