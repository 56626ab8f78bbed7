"""Faults of rows and pages by hand."""

import json

import pytest

from sfchaos.core.gate import RowEvent
from sfchaos.core.messages import Request, Response
from sfchaos.faults import FAULTS
from sfchaos.faults.at import At, Draw

QUERY = Request("GET", "https://acme.my.salesforce.com/services/data/v62.0/query?q=SELECT+Id+FROM+Contact")


def refused(fault, positions, verb="create", row=0.5, **settings):
    made = FAULTS[fault](**settings)
    return [n for n in positions if made.on_row(RowEvent(verb, "Contact", n, {}), Draw(row, 0.9))]


def test_a_trigger_fails_for_every_nth_row():
    assert refused("row.trigger_error", range(1, 7), nth=3) == [3, 6]
    assert refused("row.trigger_error", range(1, 4)) == [1, 2, 3]


def test_a_duplicate_rule_looks_at_new_rows_only_and_always_at_the_same():
    assert refused("row.duplicate_rule", range(1, 5), rows=(1, 4)) == [1, 4]
    assert refused("row.duplicate_rule", range(1, 3), verb="update") == []
    assert refused("row.duplicate_rule", [1], share=0.4, row=0.39) == [1]
    assert refused("row.duplicate_rule", [1], share=0.4, row=0.41) == []


def page(fault, body, status=200, **settings):
    reply = FAULTS[fault](**settings).around(QUERY, lambda _: Response(status, json.dumps(body).encode(), (("Content-Length", "9"),)))
    return json.loads(reply.body)


FULL = {"totalSize": 450, "done": False, "records": [{"n": n} for n in range(200)], "nextRecordsUrl": "/services/data/v62.0/query/01gX-400"}


@pytest.mark.parametrize(("size", "next_offset"), [(0, 200), (1, 201), (199, 399)])
def test_a_short_page_is_followed_from_where_it_ended(size, next_offset):
    found = page("query.short_page", FULL, size=size)
    assert (len(found["records"]), found["done"], found["nextRecordsUrl"].rpartition("-")[2]) == (size, False, str(next_offset))


@pytest.mark.parametrize("body", [{**FULL, "done": True}, {"totalSize": 1, "done": False, "records": [{"n": 1}], "nextRecordsUrl": "/x-1"}, [], {"errorCode": "X"}])
def test_a_last_page_and_what_is_no_page_stay_as_they_are(body):
    assert page("query.short_page", body) == body


def test_a_total_lies_by_as_much_as_it_was_told_and_a_refusal_has_none():
    assert page("query.total_lies", FULL, by=5)["totalSize"] == 455
    assert page("query.total_lies", [{"errorCode": "X"}], status=400) == [{"errorCode": "X"}]


@pytest.mark.parametrize(("sobject", "prefix"), [("Contact", "003"), ("Thing__c", "a00")])
def test_several_matches_are_named_with_ids_of_their_object(sobject, prefix):
    request = Request("PATCH", f"https://acme.my.salesforce.com/services/data/v62.0/sobjects/{sobject}/Key__c/A-1")
    reply = FAULTS["row.multi_match"]().around(request, lambda _: pytest.fail("nothing is to be done"))
    first, second = json.loads(reply.body)
    assert reply.status == 300
    assert first.startswith(f"/services/data/v62.0/sobjects/{sobject}/{prefix}")
    assert first != second
    assert not FAULTS["row.multi_match"]().applies(At(Request("PATCH", f"https://x/services/data/v62.0/sobjects/{sobject}/{prefix}A")))


def test_a_race_shows_only_where_a_record_was_made():
    upsert = Request("PATCH", "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Contact/Key__c/A-1")
    made = FAULTS["row.upsert_race"]().around(upsert, lambda _: Response(201, b'{"id":"003A"}'))
    assert (made.status, b"Key__c duplicates value on record with id: 003A" in made.body) == (400, True)
    assert FAULTS["row.upsert_race"]().around(upsert, lambda _: Response(200, b"{}")).status == 200
