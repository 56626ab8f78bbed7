"""Values that are hard to carry: which fields of which rows get them, and what the org then gives by every API."""

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.errors import UnknownName
from sfchaos.core.messages import Request
from sfchaos.faults.at import At
from sfchaos.faults.registry import FAULTS
from sfchaos.org.org import Org
from sfchaos.org.world import OrgWorld

KINDS = ("data.unicode", "data.csv", "data.numbers", "data.dates", "data.long", "data.null_storm", "data.injection")


def strike(org, kind, **settings):
    FAULTS[kind](**settings).strike(OrgWorld(org), At(Request("GET", "https://acme.my.salesforce.com/x"), op="query.first", sobject="Contact"))


@pytest.mark.parametrize("kind", KINDS)
def test_keys_stay_what_they_are(kind):
    org = Org(seed=7, clock=VirtualClock())
    for n in range(3):
        org.admin.create("Contact", LastName=f"Person {n}", External_Id__c=f"P-{n}")
    before = [(row["Id"], row["External_Id__c"], row["OwnerId"]) for row in org.admin.rows("Contact")]
    strike(org, kind)
    assert [(row["Id"], row["External_Id__c"], row["OwnerId"]) for row in org.admin.rows("Contact")] == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_strike_changes_nothing(kind):
    org = Org(seed=7, clock=VirtualClock())
    for n in range(3):
        org.admin.create("Contact", LastName=f"Person {n}", Phone="555", Birthdate="1990-01-01")
    strike(org, kind)
    first = org.admin.rows("Contact")
    strike(org, kind)
    assert org.admin.rows("Contact") == first


@pytest.mark.parametrize("kind", KINDS)
def test_healing_leaves_the_rows(kind):
    org = Org(seed=7, clock=VirtualClock())
    org.admin.create("Contact", LastName="Person", Phone="555", Birthdate="1990-01-01")
    strike(org, kind)
    first = org.admin.rows("Contact")
    org.heal()
    assert org.admin.rows("Contact") == first
    assert first[0]["Phone"] != "555" or kind == "data.dates"


def test_only_so_many_rows_and_only_the_field_that_is_named():
    org = Org(seed=7, clock=VirtualClock())
    for n in range(5):
        org.admin.create("Contact", LastName=f"Person {n}", Phone="555", Description="plain")
    strike(org, "data.unicode", field="Phone", rows=2)
    rows = sorted(org.admin.rows("Contact"), key=lambda row: row["Id"])
    assert [row["Phone"] for row in rows] == ["Zo\u00eb", "Zoe\u0308", "555", "555", "555"]
    assert {row["Description"] for row in rows} == {"plain"}


def test_a_name_that_is_no_field_is_an_error_with_the_nearest():
    org = Org(seed=7, clock=VirtualClock())
    org.admin.create("Contact", LastName="Person")
    with pytest.raises(UnknownName, match="Phone"):
        strike(org, "data.csv", field="Phon")
