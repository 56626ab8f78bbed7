"""What a statement reads of a parent that is not there."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import run


@pytest.fixture(scope="module")
def org():
    system = tuple(f for f in standard_schema().find("Invoice__c").fields if not f.custom)
    computed = {"custom": True, "calculated": True, "createable": False, "updateable": False, "blank_as_zero": False}
    thing = SObject("Thing__c", "Thing", "Things", "a0T", (
        *system, Field("Whole__c", "int", custom=True), Field("Flag__c", "boolean", nillable=False, custom=True),
        Field("Seven__c", "double", precision=18, formula_text="BLANKVALUE(Whole__c, 7)", **computed),
        Field("Word__c", length=20, formula_text='IF(ISBLANK(Whole__c), "None", "Some")', **computed),
        Field("Up__c", "reference", custom=True, reference_to=("Thing__c",), relationship_name="Up__r", child_relationship_name="Downs__r")), custom=True)  # fmt: skip
    org = Org(schema=standard_schema().with_object(thing), seed=2)
    top = org.admin.create("Thing__c", Name="top")
    org.admin.create("Thing__c", Name="low", Up__c=top, Whole__c=1)
    return org


def names(org, text):
    return [",".join(cells) for cells in run(org, text, user_id=org.integration_user_id).flat_rows()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT Name FROM Thing__c WHERE Up__r.Seven__c = null", ["top"]),
        ("SELECT Name FROM Thing__c WHERE Up__r.Seven__c = 7", ["low"]),
        ("SELECT Name FROM Thing__c WHERE Up__r.Word__c = 'NONE'", ["low"]),
        ("SELECT COUNT(Id), SUM(Up__r.Seven__c) FROM Thing__c", ["2,7.0"]),
        ("SELECT Name FROM Thing__c WHERE Up__r.Flag__c = false", ["top", "low"]),
        ("SELECT Up__r.Flag__c, COUNT(Id) FROM Thing__c GROUP BY Up__r.Flag__c", ["false,2"]),
    ],
)
def test_a_formula_of_no_parent_is_null_and_a_checkbox_false(org, text, found):
    assert names(org, text) == found
