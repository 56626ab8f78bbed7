"""Query lines of the wire reference's checklist (section 16: 5, 7, 8, 9, 38; 3.8, 9.4, 9.5), through the client and every door."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest


def refusal(sf: Salesforce, statement: str) -> dict[str, Any]:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query(statement)
    assert caught.value.status == 400
    [item] = caught.value.content
    return dict(item)


def test_child_sets_have_envelopes_and_are_null_without_children(sf):
    parent = sf.Account.create({"Name": "Acme"})["id"]
    sf.Account.create({"Name": "Beta"})
    sf.Contact.create({"LastName": "Lovelace", "AccountId": parent})
    acme, beta = sf.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name")["records"]
    assert (acme["Contacts"]["totalSize"], acme["Contacts"]["done"], acme["Contacts"]["records"][0]["LastName"]) == (1, True, "Lovelace")
    assert beta["Contacts"] is None


def test_aggregates_have_a_type_and_no_address(sf):
    for industry in ("Banking", "Banking", "Retail"):
        sf.Account.create({"Name": industry, "Industry": industry})
    assert dict(sf.query("SELECT COUNT() FROM Account")) == {"totalSize": 3, "done": True, "records": []}
    rows = sf.query("SELECT Industry, COUNT(Id) FROM Account GROUP BY ROLLUP(Industry)")["records"]
    assert [dict(row) for row in rows] == [
        {"attributes": {"type": "AggregateResult"}, "Industry": "Banking", "expr0": 2},
        {"attributes": {"type": "AggregateResult"}, "Industry": "Retail", "expr0": 1},
        {"attributes": {"type": "AggregateResult"}, "Industry": None, "expr0": 3},
    ]


def test_typeof_shows_what_its_branch_asks_for(sf):
    parent = sf.Account.create({"Name": "Acme", "Phone": "555-0100"})["id"]
    sf.Task.create({"Subject": "Call", "WhatId": parent})
    [row] = sf.query("SELECT TYPEOF What WHEN Account THEN Phone ELSE Name END FROM Task")["records"]
    assert row["What"]["Phone"] == "555-0100"
    assert "Name" not in row["What"]


def test_refusals_carry_the_position_block_and_no_fields_key(sf):
    item = refusal(sf, "SELECT Id,Foo__c FROM Account")
    assert set(item) == {"message", "errorCode"}
    assert item["errorCode"] == "INVALID_FIELD"
    assert item["message"].startswith(
        "\nSELECT Id,Foo__c FROM Account\n          ^\nERROR at Row:1:Column:11\nNo such column 'Foo__c' on entity 'Account'."
    )


def test_text_is_compared_without_case_beyond_ascii_too(sf):
    sf.Account.create({"Name": "Müller"})
    assert sf.query("SELECT Name FROM Account WHERE Name = 'MÜLLER'")["totalSize"] == 1
    assert sf.query("SELECT Name FROM Account WHERE Name LIKE 'mÜ%'")["totalSize"] == 1


def test_an_offset_that_lost_its_plus_sign_is_malformed(sf):
    item = refusal(sf, "SELECT Id FROM Account WHERE CreatedDate > 2024-05-01T10:00:00 01:00")
    assert item["errorCode"] == "MALFORMED_QUERY"
    assert item["message"].endswith("\nline 1:62 no viable alternative at character ' '")
