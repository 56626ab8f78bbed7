"""Whatever JSON a client sends to the row doors, it gets an answer of Salesforce's, never a defect of ours, and a refused call leaves no row."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org

ORG = Org(seed=3)
PARENT = ORG.admin.create("Account", Name="Parent", External_Id__c="P-1")
ORG.mark()

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=40) | st.sampled_from(
    ["", "P-1", PARENT, PARENT[:15], "2024-05-01", "2024-05-01T10:00:00Z", "1e999", "true", "\ud800", "\x00", "9" * 30, "0" * 500])  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["External_Id__c", "attributes", "type", "Id", "x"]), inner, max_size=3), max_leaves=6)
names = st.sampled_from([
    "Name", "LastName", "name", "Account", "AccountId", "ParentId", "Parent", "Owner", "AnnualRevenue", "NumberOfEmployees", "Birthdate", "Email", "External_Id__c",
    "attributes", "Id", "id", "CreatedDate", "BillingAddress", "Foo__c", "Account.Name", "", "User:Owner.Username", "IsDeleted", "DoNotCall",
])  # fmt: skip
rows = st.dictionaries(names, values, max_size=5)
objects = st.sampled_from(["Account", "Contact", "Opportunity", "Profile", "Organization", "Nothing__c"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def call(method: str, path: str, body: Any = None) -> Response:
    raw = b"" if body is None else json.dumps(body).encode("utf-8", "surrogatepass")
    headers = (("Authorization", f"Bearer {ORG.credentials.access_token}"), ("Content-Type", "application/json"))
    response = ORG.handle(Request(method, "https://acme.my.salesforce.com/services/data/v62.0" + path, headers, raw))
    assert "defect" not in ORG.receipt.facts, ORG.receipt.facts["defect"]
    assert response.status < 500
    assert response.status != 401
    return response


def live_rows() -> int:
    return sum(1 for _ in ORG.admin.all_rows())


@settings(max_examples=300, deadline=None)
@given(sobject=objects, row=rows)
@example(sobject="Account", row={"Name": "half a \ud800 pair"})
@example(sobject="Account", row={"Name": "nul \x00 inside", "AnnualRevenue": float("nan")})
@example(sobject="Account", row={"Name": "x", "AnnualRevenue": 10**400, "NumberOfEmployees": "1" * 401})
@example(sobject="Contact", row={"LastName": "x", "Account": {"External_Id__c": "\udfff"}})
@example(sobject="Contact", row={"LastName": "x", "Account": {"External_Id__c": [PARENT]}})
@example(sobject="Contact", row={"LastName": "x", "Account": {"attributes": {"type": []}, "External_Id__c": "P-1"}})
def test_a_create_is_answered_and_adds_one_row_or_none(sobject: str, row: dict[str, Any]) -> None:
    ORG.reset()
    before = live_rows()
    response = call("POST", f"/sobjects/{sobject}", row)
    assert live_rows() - before == (response.status == 201)
    assert ORG.limits.used == 1


@settings(max_examples=200, deadline=None)
@given(row=rows, path=st.sampled_from(["/sobjects/Account/" + PARENT, "/sobjects/Account/External_Id__c/p-1", "/sobjects/Account/Id/" + PARENT]))
def test_an_update_is_answered_and_keeps_the_number_of_rows(row: dict[str, Any], path: str) -> None:
    ORG.reset()
    before = ORG.admin.rows("Account")
    response = call("PATCH", path, row)
    after = ORG.admin.rows("Account")
    assert len(after) == len(before)
    if response.status >= 300:
        assert after == before


@settings(max_examples=200, deadline=None)
@given(method=st.sampled_from(["POST", "PATCH"]), body=values | st.fixed_dictionaries({"records": st.lists(rows, max_size=4), "allOrNone": scalars}),
       path=st.sampled_from(["", "/Account", "/Account/External_Id__c"]))  # fmt: skip
def test_collections_are_answered(method: str, body: Any, path: str) -> None:
    ORG.reset()
    response = call(method, f"/composite/sobjects{path}", body)
    if response.status >= 300:
        assert live_rows() == 1


@settings(max_examples=200, deadline=None)
@given(method=st.sampled_from(["GET", "DELETE", "PATCH"]), sobject=objects, one=texts, two=texts, query=texts)
def test_any_path_and_query_are_answered(method: str, sobject: str, one: str, two: str, query: str) -> None:
    ORG.reset()
    call(method, f"/sobjects/{sobject}/{quote(one, safe='')}", {} if method == "PATCH" else None)
    call(method, f"/sobjects/{sobject}/{quote(one, safe='')}/{quote(two, safe='')}?fields={quote(query)}", {} if method == "PATCH" else None)
    call(method, f"/composite/sobjects?ids={quote(query)}")
    assert live_rows() == 1


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_answered(raw: bytes) -> None:
    ORG.reset()
    headers = (("Authorization", f"Bearer {ORG.credentials.access_token}"), ("Content-Type", "application/json"))
    response = ORG.handle(Request("POST", "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Account", headers, raw))
    assert "defect" not in ORG.receipt.facts, ORG.receipt.facts["defect"]
    assert response.status == 400
