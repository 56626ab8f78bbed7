"""Lines 12-15 of the wire reference's checklist (section 16), and the composite half of line 36, through every door."""

from __future__ import annotations

from typing import Any

import pytest
import requests

DATA = "/services/data/v62.0"
ACCOUNT = f"{DATA}/sobjects/Account"


@pytest.fixture
def say(place: Any) -> Any:
    """One plain HTTP request of the integration user: `say("POST", "/composite", {...})`."""
    session = place.session()
    headers = {"Authorization": f"Bearer {place.org.credentials.access_token}"}

    def call(method: str, path: str, json: Any = None) -> requests.Response:
        return session.request(method, f"{place.org.instance_url}{DATA}{path}", json=json, headers=headers)

    return call


def part(method: str, url: str, reference: str, body: Any = None, **headers: str) -> dict[str, Any]:
    return {"method": method, "url": url, "referenceId": reference, "body": body, "httpHeaders": headers}


def record(kind: str, reference: str = "", **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, **({"referenceId": reference} if reference else {})}, **fields}


def test_12_composite_is_200_resolves_references_takes_25_parts_and_rolls_back(place, say):
    failing = say("POST", "/composite", {"compositeRequest": [part("POST", ACCOUNT, "a", {}), part("GET", f"{ACCOUNT}/001000000000000AAA", "b")]})
    assert failing.status_code == 200
    assert [item["httpStatusCode"] for item in failing.json()["compositeResponse"]] == [400, 404]
    linked = say("POST", "/composite", {"compositeRequest": [
        part("POST", ACCOUNT, "a", {"Name": "A"}), part("POST", f"{DATA}/sobjects/Contact", "c", {"LastName": "x", "AccountId": "@{a.id}"})]})  # fmt: skip
    made = linked.json()["compositeResponse"]
    assert [item["httpStatusCode"] for item in made] == [201, 201]
    assert place.rig.org.rows("Contact")[0]["AccountId"] == made[0]["body"]["id"]
    many = say("POST", "/composite", {"compositeRequest": [part("POST", ACCOUNT, f"r{n}", {"Name": "A"}) for n in range(26)]})
    assert (many.status_code, isinstance(many.json(), list)) == (400, True)
    strict = say("POST", "/composite", {"allOrNone": True, "compositeRequest": [
        part("POST", ACCOUNT, "a", {"Name": "B"}), part("POST", ACCOUNT, "b", {}), part("POST", ACCOUNT, "c", {"Name": "C"})]})  # fmt: skip
    codes = [item["body"][0]["errorCode"] for item in strict.json()["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert place.rig.org.count("Account") == 1


def test_13_collections_are_200_with_an_aligned_array_and_refused_when_too_large(place, say):
    reply = say("POST", "/composite/sobjects", {"records": [record("Account", Name="A"), record("Contact")]})
    assert reply.status_code == 200
    good, bad = reply.json()
    assert (good["success"], bad["success"], bad["errors"][0]["statusCode"], "id" in bad) == (True, False, "REQUIRED_FIELD_MISSING", False)
    for records in ([record("Account", Name="A")] * 201, [record("Account", Name="A"), record("Contact", LastName="x")] * 5 + [record("Account", Name="A")]):
        assert say("POST", "/composite/sobjects", {"records": records}).status_code == 400
    assert place.rig.org.count("Account") == 1


def test_14_a_tree_is_201_or_400_with_only_bad_rows_and_nothing_saved(place, say):
    def family(**fields: Any) -> dict[str, Any]:
        return {"records": [{**record("Account", "r1", Name="A"), "Contacts": {"records": [record("Contact", "r2", **fields)]}}]}

    bad = say("POST", "/composite/tree/Account", family(LastName="x", Email="123"))
    assert (bad.status_code, bad.json()["hasErrors"], [item["referenceId"] for item in bad.json()["results"]]) == (400, True, ["r2"])
    assert place.rig.org.count("Account") == 0
    good = say("POST", "/composite/tree/Account", family(LastName="x"))
    assert (good.status_code, [list(item) for item in good.json()["results"]]) == (201, [["referenceId", "id"]] * 2)


def test_15_a_batch_gives_has_errors_and_results_with_status_code_and_result(say):
    reply = say("POST", "/composite/batch", {"batchRequests": [
        {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": "A"}}, {"method": "GET", "url": "v62.0/sobjects/Account/001000000000000AAA"}]})  # fmt: skip
    assert reply.status_code == 200
    assert reply.json()["hasErrors"] is True
    assert [(list(item), item["statusCode"]) for item in reply.json()["results"]] == [(["statusCode", "result"], 201), (["statusCode", "result"], 404)]


def test_36_if_modified_since_gives_304_inside_composite(say):
    reply = say("POST", "/composite", {"compositeRequest": [part("GET", f"{ACCOUNT}/describe", "d", **{"If-Modified-Since": "Tue, 31 May 2033 18:00:00 GMT"})]})
    [item] = reply.json()["compositeResponse"]
    assert (item["httpStatusCode"], item["body"]) == (304, None)
    assert item["httpHeaders"]["ETag"]


def test_a_row_fault_inside_a_composite_refuses_its_row_and_judges_see_all_of_them(place, say):
    place.rig.inject("row.validation", on="comp.composite", object="Contact", p=1)
    reply = say("POST", "/composite", {"compositeRequest": [
        part("POST", ACCOUNT, "a", {"Name": "A"}), part("POST", f"{DATA}/sobjects/Contact", "c", {"LastName": "x", "AccountId": "@{a.id}"})]})  # fmt: skip
    assert [item["httpStatusCode"] for item in reply.json()["compositeResponse"]] == [201, 400]
    assert reply.json()["compositeResponse"][1]["body"][0]["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    touches = place.org.receipt.rows
    assert [(touch.sobject, touch.ok, touch.code) for touch in touches] == [("Account", True, ""), ("Contact", False, "FIELD_CUSTOM_VALIDATION_EXCEPTION")]
    assert place.org.receipt.applied == "partly"


def test_a_lock_on_a_row_of_a_tree_and_of_a_graph_is_met(place, say):
    place.rig.inject("row.locked", on="tree.create", hold="10s", times=1)
    tree = say("POST", "/composite/tree/Account", {"records": [record("Account", "r1", Name="A", External_Id__c="A-1")]})
    assert tree.json()["results"][0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    place.rig.inject("row.locked", on="comp.graph", hold="10s", times=1)
    graph = say("POST", "/composite/graph", {"graphs": [{"graphId": "g", "compositeRequest": [
        {"method": "PATCH", "url": f"{ACCOUNT}/External_Id__c/A-2", "referenceId": "a", "body": {"Name": "A"}}]}]})  # fmt: skip
    assert graph.json()["graphs"][0]["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert place.rig.org.count("Account") == 0
