"""Statements by the hundred, against rows written by hand. Each line of corpus/*.txt is one.

`statement` alone must only run. `statement => cells` says what it finds: rows parted by ` | `, cells by `,` as Bulk writes them
(null is empty), `-` for no rows, `#3` for a totalSize alone. In refused.txt it is `statement !! CODE column sentence`; column 0
is a refusal without a place.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import run

CORPUS = Path(__file__).parent / "corpus"

THING = (
    Field("Text__c", length=80, custom=True),
    Field("Exact__c", length=80, custom=True, unique=True, case_sensitive=True, external_id=True),
    Field("Number__c", "double", precision=18, scale=2, custom=True),
    Field("Whole__c", "int", custom=True),
    Field("Amount__c", "currency", precision=18, scale=2, custom=True),
    Field("Rate__c", "percent", precision=5, scale=1, custom=True),
    Field("Flag__c", "boolean", nillable=False, custom=True),
    Field("Day__c", "date", custom=True),
    Field("At__c", "datetime", custom=True),
    Field("Clock__c", "time", custom=True),
    Field("Tags__c", "multipicklist", length=200, picklist=("red", "green", "blue", "dark blue"), custom=True),
    Field(
        "Kind__c",
        "picklist",
        length=40,
        picklist=("Zeta", "Alpha", "Mid"),
        picklist_labels=(("Zeta", "First one"), ("Mid", "In between")),
        custom=True,
    ),
    Field("Place__c", "location", custom=True),
    Field("Place__Latitude__s", "double", precision=9, scale=6, custom=True, compound="Place__c"),
    Field("Place__Longitude__s", "double", precision=9, scale=6, custom=True, compound="Place__c"),
    Field("Long__c", "textarea", length=32_000, custom=True, filterable=False, sortable=False, groupable=False),
    Field("Parent__c", "reference", custom=True, reference_to=("Thing__c",), relationship_name="Parent__r", child_relationship_name="Things__r"),
    Field("Account__c", "reference", custom=True, reference_to=("Account",), relationship_name="Account__r", child_relationship_name="Things__r"),
)
ONE, TWO = "2026-01-10", "2026-01-15"
THINGS = {
    "t1": {"Text__c": "Apple", "Exact__c": "aB", "Number__c": 1.5, "Whole__c": 1, "Amount__c": 100, "Rate__c": 10, "Flag__c": True, "Day__c": ONE, "At__c": "2026-01-10T23:30:00Z",
               "Clock__c": "08:15:00.000Z", "Tags__c": "red;green", "Kind__c": "Zeta", "Place__Latitude__s": 37.775, "Place__Longitude__s": -122.418, "Long__c": "long"},
    "t2": {"Text__c": "apple pie", "Exact__c": "Ab", "Number__c": -2, "Whole__c": 2, "Amount__c": 200, "Rate__c": 20, "Flag__c": False, "Day__c": TWO, "At__c": "2026-01-15T08:00:00Z",
               "Clock__c": "12:00:00.000Z", "Tags__c": "blue", "Kind__c": "Alpha", "Place__Latitude__s": 34.05, "Place__Longitude__s": -118.24},
    "t3": {"Text__c": "Straße 50%", "Exact__c": "ÄÖ", "Number__c": 0, "Whole__c": 3, "Amount__c": 300, "Flag__c": True, "Day__c": "2025-12-31", "At__c": "2025-12-31T23:59:59Z",
               "Clock__c": "23:59:59.000Z", "Tags__c": "dark blue;red", "Kind__c": "Mid", "Place__Latitude__s": 52.52, "Place__Longitude__s": 13.405},
    "t4": {"Text__c": "Ünder_score", "Number__c": 1000000.25, "Whole__c": 3, "Kind__c": "Alpha", "Day__c": "2024-02-29"},
    "t5": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def org():
    base = standard_schema()
    invoice = base.find("Invoice__c")
    system = tuple(f for f in invoice.fields if not f.custom)
    thing = SObject("Thing__c", "Thing", "Things", "a0T", (*system, *THING), custom=True)
    org = Org(schema=base.with_object(thing), seed=3)
    create = org.admin.create
    acme = create(
        "Account", Name="Acme", Industry="Retail", Rating="Hot", AnnualRevenue=2500, NumberOfEmployees=10, BillingCity="Bonn", External_Id__c="E-1"
    )
    beta = create("Account", Name="Beta", Industry="Retail", Rating="Cold", AnnualRevenue=500, NumberOfEmployees=20, ParentId=acme, BillingCity="Ulm")
    gamma = create("Account", Name="Gamma", Industry="Banking", Rating="Hot", NumberOfEmployees=30, ParentId=beta)
    create("Account", Name="Delta")
    ada = create("Contact", LastName="Lovelace", FirstName="Ada", AccountId=acme, Email="ada@example.com")
    create("Contact", LastName="Hopper", FirstName="Grace", AccountId=acme)
    create("Contact", LastName="Curie", AccountId=beta)
    create("Contact", LastName="Nobody")
    deal = create("Opportunity", Name="Deal", AccountId=acme, StageName="Prospecting", CloseDate="2026-03-01", Amount=1000)
    create("Opportunity", Name="Sale", AccountId=gamma, StageName="Closed Won", CloseDate="2026-02-01", Amount=250.5)
    lead = create("Lead", LastName="Newman", Company="New")
    create("Task", Subject="Call", WhatId=acme, WhoId=ada)
    create("Task", Subject="Mail", WhatId=deal, WhoId=lead)
    create("Task", Subject="Rest")
    ids = {}
    for name, fields in THINGS.items():
        ids[name] = create(
            "Thing__c", **fields, **({"Parent__c": ids["t1"]} if name in ("t2", "t3") else {}), **({"Account__c": acme} if name == "t1" else {})
        )
    org.admin.delete("Account", create("Account", Name="Gone"))
    return org


def lines(name):
    found = []
    for path in sorted(CORPUS.glob(name)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip() and not line.startswith("//"):
                found.append(pytest.param(line, id=f"{path.stem}:{number}"))
    return found


def shown(found):
    if found.plan.kind == "count":
        return f"#{found.total}"
    rows = [",".join(cells) for cells in found.flat_rows()]
    return " | ".join(rows) if rows else "-"


@pytest.mark.parametrize("line", lines("found-*.txt"))
def test_a_statement_finds_what_it_should(org, line):
    statement, arrow, expected = line.partition(" => ")
    found = run(org, statement, user_id=org.integration_user_id)
    assert found.records("/services/data/v62.0") is not None
    if not arrow:
        return
    if re.fullmatch(r"#\d+", expected):
        assert f"#{found.total}" == expected
    else:
        assert shown(found) == expected


@pytest.mark.parametrize("line", lines("refused.txt"))
def test_a_statement_is_refused_in_salesforces_words(org, line):
    statement, _, expected = line.partition(" !! ")
    code, column, sentence = expected.split(" ", 2)
    with pytest.raises(Refused) as caught:
        run(org, statement, user_id=org.integration_user_id)
    (refusal,) = caught.value.refusals
    place = re.search(r"\nERROR at Row:1:Column:(\d+)\n", refusal.message)
    assert (refusal.code, place[1] if place else "0", refusal.message.rpartition("\n")[2]) == (code, column, sentence)


def test_the_corpus_is_as_large_as_it_says():
    found = [line.values[0] for line in lines("found-*.txt")]
    assert len(found) >= 400
    assert sum(" => " in line for line in found) >= 150
    assert len(lines("refused.txt")) >= 80
    assert len(set(found)) == len(found)
