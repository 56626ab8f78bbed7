"""Replies whose values are not the org's, by hand."""

import json

import pytest

from sfchaos.core.messages import Request, Response
from sfchaos.faults import FAULTS

GET = Request("GET", "https://acme.my.salesforce.com/services/data/v62.0/query?q=x")


def row(**fields):
    return {"attributes": {"type": "Account"}, "Id": "001A", **fields}


def altered(fault, body, status=200, **settings):
    reply = FAULTS[fault](**settings).around(GET, lambda _: Response(status, json.dumps(body).encode(), (("Content-Length", "1"),)))
    return json.loads(reply.body)


def test_the_last_text_that_is_no_id_is_altered_unless_a_field_is_named():
    rows = {"records": [row(Name="Acme", Phone="555", OwnerId="005A", N=1), row(Name="Beta", Phone="666")]}
    assert altered("data.bit_flip", rows)["records"] == [row(Name="Acme", Phone="455", OwnerId="005A", N=1), row(Name="Beta", Phone="666")]
    assert altered("data.bit_flip", rows, field="name")["records"][0]["Name"] == "@cme"
    assert altered("data.field_cut", rows, field="Name")["records"][0]["Name"] == "Ac"


def test_two_rows_that_differ_are_exchanged():
    rows = {"records": [row(Name="A"), row(Name="A"), row(Name="B")]}
    assert [r["Name"] for r in altered("data.rows_swapped", rows)["records"]] == ["B", "A", "A"]


@pytest.mark.parametrize("body", [{"records": []}, {"records": [row(N=1)]}, [], None, {"records": [row(Name="A"), row(Name="A")]}])
def test_where_there_is_nothing_to_exchange_the_reply_stays(body):
    assert altered("data.rows_swapped", body) == body


def test_a_refusal_has_no_values():
    assert altered("data.bit_flip", [{"errorCode": "X"}], status=400) == [{"errorCode": "X"}]
