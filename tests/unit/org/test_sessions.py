"""Sessions slide, expire, and are told apart by the headers that name them."""

import json

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

LIMITS = "https://acme.my.salesforce.com/services/data/v62.0/limits"


@pytest.fixture
def org():
    return Org(seed=3)


def answer(org, **headers):
    reply = org.handle(Request("GET", LIMITS).with_headers(**headers))
    return reply.status, json.loads(reply.body) if reply.status != 200 else None


@pytest.mark.parametrize("scheme", ["Bearer", "OAuth", "bearer"])
def test_both_schemes_are_taken(org, scheme):
    assert answer(org, authorization=f"{scheme} {org.credentials.access_token}")[0] == 200


def test_the_session_header_of_bulk_and_the_sid_cookie_are_taken(org):
    assert answer(org, x_sfdc_session=org.credentials.access_token)[0] == 200
    assert answer(org, cookie=f"a=b; sid={org.credentials.access_token}")[0] == 200


def test_a_wrong_token_gets_the_exact_text(org):
    expected = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    assert answer(org, authorization="Bearer wrong") == (401, expected)
    assert answer(org) == (401, expected)


def test_an_unknown_scheme_is_named_as_such(org):
    assert answer(org, authorization="Digest abc") == (401, [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}])


def test_an_unused_session_ends_after_two_hours(org):
    org.clock.advance(7199)
    assert org.sessions.find("none") is None
    org.clock.advance(1)
    assert answer(org, authorization=f"Bearer {org.credentials.access_token}")[0] == 401


def test_use_renews_a_session_once_half_of_its_time_has_gone(org):
    token = org.credentials.access_token
    org.clock.advance(3000)  # less than half: not renewed
    assert org.sessions.find(token)
    org.clock.advance(4200)
    assert org.sessions.find(token) is None


def test_a_session_in_use_lives_on(org):
    token = org.credentials.access_token
    for _ in range(5):
        org.clock.advance(3700)
        assert org.sessions.find(token), "renewed by use"


def test_expiring_one_session_leaves_the_others(org):
    other = org.sessions.open(org.integration_user_id, grant="soap-login")
    org.sessions.expire_session(other.token)
    assert org.sessions.find(other.token) is None
    assert org.sessions.find(org.credentials.access_token)


def test_expiring_without_a_token_ends_every_session(org):
    org.sessions.expire_session("")
    assert org.registers.sessions == {}
    org.sessions.expire_session("")  # again: nothing to do


def test_the_end_of_a_session_is_told_with_its_label_and_reason(org):
    told = []
    org.on_event(told.append)
    org.sessions.expire_session(org.credentials.access_token)
    org.handle(Request("GET", LIMITS))
    assert [(e.event, e.facts["why"], e.facts["token"]) for e in told] == [("token_ended", "expired", org.secrets.label(org.credentials.access_token))]


def test_a_reset_brings_back_an_expired_session_and_forgets_a_new_one(org):
    new = org.sessions.open(org.integration_user_id, grant="soap-login")
    org.sessions.expire_session(org.credentials.access_token)
    org.reset()
    assert org.sessions.find(new.token) is None
    assert org.sessions.find(org.credentials.access_token)


def test_same_seed_same_tokens_and_another_seed_others():
    assert Org(seed=5).credentials.access_token == Org(seed=5).credentials.access_token
    assert Org(seed=5).credentials.access_token != Org(seed=6).credentials.access_token


def test_data_calls_are_not_served_on_the_login_host(org):
    bearer = (("Authorization", f"Bearer {org.credentials.access_token}"),)
    reply = org.handle(Request("GET", "https://login.salesforce.com/services/data/v62.0/limits", bearer))
    assert reply.status == 400
    assert json.loads(reply.body) == [{"errorCode": "URL_NOT_RESET", "message": "Destination URL not reset. The URL returned from login must be set"}]
    assert org.handle(Request("GET", "https://login.salesforce.com/services/data/")).status == 200
