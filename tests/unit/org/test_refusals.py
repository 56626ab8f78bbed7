"""Refusals in the shape of each surface, wire reference 4.1."""

import json

import pytest

from sfchaos.core.gate import Refusal
from sfchaos.org.refusals import Refused, bulk_error, collection_item, no_such_resource, refuse, render, rest_item, status_of, surface_of

LOCKED = Refusal("UNABLE_TO_LOCK_ROW", "busy & <late>", (), None, {"dml": True})


def test_rest_is_an_array_with_fields_only_for_dml():
    reply = render("rest", [LOCKED, Refusal("INVALID_FIELD", "no")])
    assert reply.status == 400
    assert reply.body == b'[{"message":"busy & <late>","errorCode":"UNABLE_TO_LOCK_ROW","fields":[]},{"message":"no","errorCode":"INVALID_FIELD"}]'


def test_the_plain_not_found_has_its_code_first():
    assert list(rest_item(no_such_resource().refusals[0])) == ["errorCode", "message"]
    assert list(rest_item(Refusal("NOT_FOUND", "x"))) == ["message", "errorCode"]


def test_further_keys_come_last():
    item = rest_item(refuse("DUPLICATES_DETECTED", "x", duplicateResult={"allowSave": True}).refusals[0])
    assert item == {"message": "x", "errorCode": "DUPLICATES_DETECTED", "duplicateResult": {"allowSave": True}}


@pytest.mark.parametrize(("code", "status"), [
    ("INVALID_SESSION_ID", 401), ("REQUEST_LIMIT_EXCEEDED", 403), ("ENTITY_IS_DELETED", 404), ("METHOD_NOT_ALLOWED", 405), ("UNSUPPORTED_API_VERSION", 410),
    ("UNSUPPORTED_MEDIA_TYPE", 415), ("UNKNOWN_EXCEPTION", 500), ("SERVER_UNAVAILABLE", 503), ("ANYTHING_ELSE", 400),
])  # fmt: skip
def test_each_code_has_its_status(code, status):
    assert status_of(Refusal(code, "")) == status


def test_a_status_of_its_own_wins():
    assert render("rest", [Refusal("INVALID_CROSS_REFERENCE_KEY", "", (), 404)]).status == 404


def test_collections_say_status_code():
    assert collection_item(Refusal("X", "y", ("F",))) == {"statusCode": "X", "message": "y", "fields": ["F"]}


def test_bulk_results_end_in_dashes():
    assert bulk_error(Refusal("REQUIRED_FIELD_MISSING", "m", ("A", "B"))) == "REQUIRED_FIELD_MISSING:m:A,B --"
    assert bulk_error(LOCKED) == "UNABLE_TO_LOCK_ROW:busy & <late>:--"


def test_oauth_is_an_object():
    reply = render("oauth", [Refusal("invalid_grant", "expired")])
    assert (reply.status, json.loads(reply.body)) == (400, {"error": "invalid_grant", "error_description": "expired"})


def test_soap_is_a_fault_with_escaped_text():
    reply = render("soap", [LOCKED])
    assert reply.status == 500
    assert b"<faultcode>sf:UNABLE_TO_LOCK_ROW</faultcode><faultstring>UNABLE_TO_LOCK_ROW: busy &amp; &lt;late&gt;</faultstring>" in reply.body
    assert reply.header("content-type").startswith("text/xml")


def test_bulk_1_has_its_own_words():
    assert b"<exceptionCode>UNABLE_TO_LOCK_ROW</exceptionCode>" in render("bulk1", [LOCKED]).body
    assert json.loads(render("bulk1json", [LOCKED]).body) == {"exceptionCode": "UNABLE_TO_LOCK_ROW", "exceptionMessage": "busy & <late>"}


@pytest.mark.parametrize(("path", "kind", "surface"), [
    ("/services/Soap/u/62.0", "text/xml", "soap"), ("/services/oauth2/token", "", "oauth"), ("/services/async/62.0/job", "", "bulk1"),
    ("/services/async/62.0/job", "application/json", "bulk1json"), ("/services/data/v62.0", "", "rest"), ("/", "", "rest"),
])  # fmt: skip
def test_a_path_belongs_to_a_surface(path, kind, surface):
    assert surface_of(path, kind) == surface


def test_a_refusal_can_be_read_in_a_log():
    assert str(Refused(Refusal("A", "x"), Refusal("B", "y"))) == "A: x; B: y"
