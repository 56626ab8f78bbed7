"""Judges of authentication, by stories."""

import pytest

from sfchaos.controls.judges import judge
from sfchaos.core.history import Ending

GET = "query.first/Account"
EXPIRED = f"{GET} 401 INVALID_SESSION_ID bearer=t1"


# SFC-AUTH-01

def test_one_login_and_one_repeat_pass(story):
    found = judge("SFC-AUTH-01", story(EXPIRED, "auth.refresh 200", f"{GET} 200 bearer=t2"))
    assert (found.verdict, found.stimuli) == ("pass", 1)


def test_two_logins_for_one_expiry_fail(story):
    found = judge("SFC-AUTH-01", story(EXPIRED, "auth.refresh 200 d=1", "auth.refresh 200 d=2", f"{GET} 200 bearer=t3"))
    assert (found.verdict, found.reason) == ("fail", "refreshed-more-than-once")


def test_an_operation_given_up_at_an_expired_token_is_lost(story):
    assert judge("SFC-AUTH-01", story(EXPIRED)).reason == "operation-lost"


def test_two_calls_that_meet_one_expiry_share_its_login(story):
    steps = [EXPIRED, f"{GET} 401 INVALID_SESSION_ID bearer=t1 d=b origin=t2", "auth.refresh 200", f"{GET} 200 bearer=t2", f"{GET} 200 bearer=t2 d=b origin=t2"]
    assert judge("SFC-AUTH-01", story(*steps)).verdict == "pass"


def test_two_expiries_may_cost_two_logins(story):
    steps = [EXPIRED, "auth.refresh 200 d=1", f"{GET} 200 bearer=t2", f"{GET} 401 INVALID_SESSION_ID bearer=t2 d=b", "auth.refresh 200 d=2", f"{GET} 200 bearer=t3 d=b"]
    found = judge("SFC-AUTH-01", story(*steps))
    assert (found.verdict, found.stimuli) == ("pass", 2)


def test_a_token_that_stays_rejected_is_not_tried_for_ever(story):
    steps = [EXPIRED]
    for n in (2, 3, 4):
        steps += [f"auth.refresh 200 d={n}", f"{GET} 401 INVALID_SESSION_ID bearer=t{n}"]
    assert judge("SFC-AUTH-01", story(*steps)).reason == "still-rejected"


def test_a_refused_credential_is_the_business_of_another_objective(story, crashed):
    assert judge("SFC-AUTH-01", story(EXPIRED, "auth.refresh 400 invalid_grant", ending=crashed)).verdict == "pass"


def test_without_an_expiry_nothing_is_shown(story):
    assert judge("SFC-AUTH-01", story("auth.jwt 200", f"{GET} 200 bearer=t1")).reason == "stimulus-absent"


# SFC-AUTH-03

def test_a_rejected_token_used_again_fails(story):
    found = judge("SFC-AUTH-03", story(EXPIRED, EXPIRED))
    assert (found.verdict, found.reason) == ("fail", "rejected-token-reused")
    assert found.exceptions[0].story == (1, 2)


def test_a_rejected_token_used_at_the_same_instant_by_the_same_thread_fails(story):
    assert judge("SFC-AUTH-03", story(f"{EXPIRED} at=0", f"{EXPIRED} at=50")).verdict == "fail"


def test_a_call_already_in_flight_is_no_reuse(story):
    assert judge("SFC-AUTH-03", story(f"{EXPIRED} at=0 took=500", f"{EXPIRED} at=100 d=b origin=t2 took=600", "auth.refresh 200")).verdict == "pass"


def test_a_grace_gives_late_calls_time(story):
    steps = [f"{EXPIRED} at=0", f"{EXPIRED} at=900"]
    assert judge("SFC-AUTH-03", story(*steps, limits={"inflight_grace": 1})).verdict == "pass"
    assert judge("SFC-AUTH-03", story(*steps, limits={"inflight_grace": 0.8})).verdict == "fail"


def test_a_new_token_passes(story):
    assert judge("SFC-AUTH-03", story(EXPIRED, "auth.refresh 200", f"{GET} 200 bearer=t2")).verdict == "pass"


def test_a_rejection_that_never_arrived_tells_the_client_nothing(story):
    assert judge("SFC-AUTH-03", story(f"{EXPIRED} lost", EXPIRED)).verdict == "pass"


def test_no_rejection_no_verdict(story):
    assert judge("SFC-AUTH-03", story(f"{GET} 200 bearer=t1", f"{GET} 200 bearer=t1")).verdict == "inconclusive"


def test_revoking_a_rejected_token_is_allowed(story):
    assert judge("SFC-AUTH-03", story(EXPIRED, "auth.revoke 200 bearer=t1")).verdict == "pass"


# SFC-AUTH-06

DEAD = "auth.refresh 400 invalid_grant credential=secret:1"


def test_one_more_attempt_is_allowed(story, log):
    assert judge("SFC-AUTH-06", story(DEAD, DEAD, log("ERROR", "login refused"))).verdict == "pass"


def test_hammering_a_dead_credential_fails(story, log):
    found = judge("SFC-AUTH-06", story(DEAD, DEAD, DEAD, log("ERROR", "login refused")))
    assert (found.verdict, found.reason, found.measured["further_attempts"]) == ("fail", "credential-hammered", 2)


def test_attempts_after_the_cool_down_pass(story, log):
    assert judge("SFC-AUTH-06", story(DEAD, f"{DEAD} at=70000", f"{DEAD} at=140000", log("ERROR", "login refused"))).verdict == "pass"


def test_another_credential_is_another_matter(story, log):
    steps = [DEAD, "auth.password 400 invalid_grant credential=secret:2", "auth.jwt 400 invalid_grant credential=secret:3", log("ERROR", "login refused")]
    assert judge("SFC-AUTH-06", story(*steps)).verdict == "pass"


@pytest.mark.parametrize(("more", "verdict"), [({}, "fail"), ({"ending": Ending(1, "exception")}, "pass"), ({"log_sources": ()}, "pass")])
def test_a_refused_login_must_be_said(story, more, verdict):
    assert judge("SFC-AUTH-06", story(DEAD, **more)).verdict == verdict


def test_a_login_that_fails_in_passing_is_no_stimulus(story):
    assert judge("SFC-AUTH-06", story("auth.refresh 503", "auth.refresh 200")).reason == "stimulus-absent"


# SFC-AUTH-10

def test_a_secret_in_a_url_fails(story):
    found = judge("SFC-AUTH-10", story("auth.password 200 url_secrets=secret:1 credential=secret:1"))
    assert (found.verdict, found.reason) == ("fail", "secret-in-url")


def test_a_token_in_a_header_passes(story):
    assert judge("SFC-AUTH-10", story(f"{GET} 200 bearer=secret:2")).verdict == "pass"


def test_anonymous_calls_prove_nothing(story):
    assert judge("SFC-AUTH-10", story("meta.versions 200")).reason == "stimulus-absent"


# SFC-AUTH-08

BAD_LINE = {"kind": "exchange", "op": "row.create", "address": "row.create/Contact#1~1", "status": 0, "seen_status": 0, "delivered": "unconnected", "delivered_ms": 0,
            "faults": ["tls.cert_expired"]}  # fmt: skip


def test_a_bad_certificate_that_is_refused_is_a_pass(story):
    found = judge("SFC-AUTH-08", story(BAD_LINE))
    assert (found.verdict, found.stimuli) == ("pass", 1)


def test_a_request_over_a_bad_certificate_is_a_finding_that_names_what_it_carried(story):
    found = judge("SFC-AUTH-08", story({**BAD_LINE, "status": 201, "seen_status": 201, "delivered": "whole", "tls_accepted": "expired", "bearer": "access_token:1"}))
    assert (found.verdict, found.reason) == ("fail", "unverified-line-used")
    assert "an expired certificate, with access_token:1" in found.exceptions[0].detail


def test_without_a_bad_handshake_nothing_is_said_of_tls(story):
    assert judge("SFC-AUTH-08", story(f"{GET} 200 bearer=t1")).verdict == "inconclusive"
    assert judge("SFC-AUTH-08", story({**BAD_LINE, "faults": ["tls.reset"]})).verdict == "inconclusive"
