"""A custom address is one value made of its parts, by REST and by SOQL."""

import json
from urllib.parse import quote

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.schema.load import org_from_tree

TREE = {"objects": {"Depot__c": {"fields": {"Gate__c": {"type": "address"}, "Spot__c": {"type": "location"}}}}}
PARTS = {"Gate__Street__s": "Kai 7", "Gate__City__s": "Hamburg", "Gate__PostalCode__s": "20457", "Gate__StateCode__s": "HH", "Gate__CountryCode__s": "DE",
         "Gate__Latitude__s": 53.5, "Gate__Longitude__s": 9.9, "Gate__GeocodeAccuracy__s": "Street"}  # fmt: skip
WHOLE = {"city": "Hamburg", "countryCode": "DE", "geocodeAccuracy": "Street", "latitude": 53.5, "longitude": 9.9, "postalCode": "20457", "stateCode": "HH", "street": "Kai 7"}


@pytest.fixture
def org() -> Org:
    return Org(schema=org_from_tree(TREE, "x"))


def ask(org: Org, path: str, method: str = "GET", body: object = None) -> tuple[int, object]:
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
    reply = org.handle(Request(method, f"/services/data/v62.0/{path}", headers=headers, body=json.dumps(body).encode() if body else b""))
    return reply.status, json.loads(reply.body)


def test_the_value_has_its_parts_in_the_order_of_the_alphabet(org: Org) -> None:
    depot = org.admin.create("Depot__c", Name="D", **PARTS)
    _, row = ask(org, f"sobjects/Depot__c/{depot}?fields=Gate__c,Spot__c")
    assert isinstance(row, dict)
    assert row["Gate__c"] == WHOLE
    assert list(row["Gate__c"]) == sorted(WHOLE)
    assert row["Spot__c"] is None
    _, found = ask(org, "query?q=" + quote("SELECT Gate__c, Gate__City__s FROM Depot__c WHERE Gate__CountryCode__s = 'DE'"))
    assert isinstance(found, dict)
    assert found["records"][0]["Gate__c"] == WHOLE
    assert list(found["records"][0]["Gate__c"]) == sorted(WHOLE)


def test_an_address_without_parts_is_null_and_one_with_some_shows_all(org: Org) -> None:
    org.admin.create("Depot__c", Name="A")
    org.admin.create("Depot__c", Name="B", Gate__CountryCode__s="FR")
    rows = org.admin.query("SELECT Gate__c FROM Depot__c ORDER BY Name")
    assert rows == [{"Gate__c": None}, {"Gate__c": {**dict.fromkeys(WHOLE), "countryCode": "FR"}}]


def test_distance_is_measured_from_an_address(org: Org) -> None:
    org.admin.create("Depot__c", Name="D", **PARTS)
    assert org.admin.query("SELECT Name FROM Depot__c WHERE DISTANCE(Gate__c, GEOLOCATION(53.5, 10.0), 'km') < 10") == [{"Name": "D"}]


def test_the_parts_are_written_and_the_whole_is_not(org: Org) -> None:
    assert ask(org, "sobjects/Depot__c", "POST", {"Name": "x", "Gate__Street__s": "S"})[0] == 201
    status, reply = ask(org, "sobjects/Depot__c", "POST", {"Name": "x", "Gate__c": {"street": "S"}})
    assert (status, isinstance(reply, list) and reply[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_describe_says_which_field_the_parts_belong_to(org: Org) -> None:
    _, tree = ask(org, "sobjects/Depot__c/describe")
    assert isinstance(tree, dict)
    assert {f["name"] for f in tree["fields"] if f["compoundFieldName"] == "Gate__c"} == set(PARTS)
