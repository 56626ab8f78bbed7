"""No row stands above itself."""

import pytest

RING = [{"message": "attempt to violate hierarchy constraints", "errorCode": "CIRCULAR_DEPENDENCY", "fields": []}]
PEOPLE = {"Contact": ("LastName", "ReportsToId"), "Account": ("Name", "ParentId"), "Campaign": ("Name", "ParentId"), "Case": ("Subject", "ParentId")}


@pytest.mark.parametrize("sobject", PEOPLE)
def test_a_row_cannot_be_put_below_itself_or_below_a_row_under_it(caller, org, sobject):
    name, parent = PEOPLE[sobject]
    top = caller.create(sobject, **{name: "top"})
    middle = caller.create(sobject, **{name: "middle", parent: top})
    low = caller.create(sobject, **{name: "low", parent: middle})
    for below in (top, middle, low):
        assert caller("PATCH", f"/sobjects/{sobject}/{top}", {parent: below}).status == 400
        assert caller.json == RING
    assert caller("PATCH", f"/sobjects/{sobject}/{low}", {parent: top}).status == 204
    assert caller("PATCH", f"/sobjects/{sobject}/{middle}", {parent: low}).status == 204
    assert org.admin.rows(sobject, Id=top)[0][parent] is None


def test_a_ring_is_refused_in_an_upsert_and_inside_collections_too(caller):
    top = caller.create("Account", Name="top", External_Id__c="T")
    low = caller.create("Account", Name="low", ParentId=top)
    assert caller("PATCH", "/sobjects/Account/External_Id__c/T", {"ParentId": low}).status == 400
    assert caller.json == RING
    records = [{"attributes": {"type": "Account"}, "Id": top, "ParentId": low}]
    caller("PATCH", "/composite/sobjects", {"records": records})
    assert [error["statusCode"] for error in caller.json[0]["errors"]] == ["CIRCULAR_DEPENDENCY"]
