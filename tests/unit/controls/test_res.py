"""Judges of resilience, by stories."""

import math

import pytest

from sfchaos.controls.judges import judge
from sfchaos.controls.judges.res_growth import growth_of
from sfchaos.core.chance import unit
from sfchaos.core.history import Ending

CREATE = "row.create/Account"


# SFC-RES-01

def test_six_refusals_in_a_row_are_one_too_many(story, log):
    found = judge("SFC-RES-01", story(*[f"{CREATE} 503"] * 6, log("ERROR", "gave up")))
    assert (found.verdict, found.reason) == ("fail", "attempts-exceeded")
    assert found.measured["max_attempts_seen"] == 6
    assert found.exceptions[0].story == (1, 2, 3, 4, 5, 6)
    assert found.exceptions[0].address == f"{CREATE}#1"


def test_five_attempts_and_an_error_are_bounded(story, crashed):
    found = judge("SFC-RES-01", story(*[f"{CREATE} 503"] * 5, ending=crashed))
    assert (found.verdict, found.stimuli) == ("pass", 1)


@pytest.mark.parametrize("said", ["log", "summary", "exit", "reject"])
def test_giving_up_is_fine_when_it_is_said(story, log, doing, row, given, said):
    steps = [doing(f"{CREATE} 503", row("create", "Account", ok=False, key="k1"))]
    more = {"summary": {"ending": Ending(summary={"failed": "1"})}, "exit": {"ending": Ending(2, "failed")}, "reject": {"rejects": [given("k1")]}}
    found = judge("SFC-RES-01", story(*steps, *([log("ERROR", "gave up")] if said == "log" else []), **more.get(said, {})))
    assert found.verdict == "pass"


def test_the_histogram_counts_operations_by_attempts(story, crashed):
    found = judge("SFC-RES-01", story(f"{CREATE} 503", f"{CREATE} 503 d=b", f"{CREATE} 503 d=b", f"{CREATE} 503 d=c", ending=crashed))
    assert (found.measured["operations_with_1_attempts"], found.measured["operations_with_2_attempts"], found.checked) == (2, 1, 3)


def test_giving_up_without_a_word_fails(story, log):
    found = judge("SFC-RES-01", story(f"{CREATE} 503", f"{CREATE} 503", log("INFO", "done"), ending=Ending(summary={"failed": "0"})))
    assert (found.verdict, found.reason) == ("fail", "gave-up-silently")


def test_an_error_logged_before_the_failure_does_not_speak_for_it(story, log):
    found = judge("SFC-RES-01", story(log("ERROR", "something else"), f"{CREATE} 503 at=5000"))
    assert found.reason == "gave-up-silently"


def test_a_failure_that_recovers_proves_nothing(story):
    found = judge("SFC-RES-01", story(f"{CREATE} 503", f"{CREATE} 201"))
    assert (found.verdict, found.reason) == ("inconclusive", "stimulus-absent")


def test_retrying_for_longer_than_allowed_fails(story, crashed):
    found = judge("SFC-RES-01", story(f"{CREATE} 503 at=0", f"{CREATE} 503 at=200000", f"{CREATE} 503 at=301000", ending=crashed))
    assert found.reason == "elapsed-exceeded"


def test_a_wait_that_was_asked_for_is_not_held_against_the_client(story, crashed):
    found = judge("SFC-RES-01", story(f"{CREATE} 503 at=0 ra=500", f"{CREATE} 503 at=500050", ending=crashed))
    assert found.verdict == "pass"


def test_a_run_that_was_killed_says_nothing_about_giving_up(story):
    found = judge("SFC-RES-01", story(f"{CREATE} 503", ending=Ending(137, "killed")))
    assert found.verdict == "inconclusive"


# SFC-RES-02

def refused(name, gaps_s):
    """One operation, refused at each attempt, with these waits between."""
    steps, at = [], 0
    for gap in [*gaps_s, None]:
        steps.append(f"{CREATE} 503 d={name} at={at} took=0")
        at += round((gap or 0) * 1000)
    return steps


@pytest.mark.parametrize(("gaps", "verdict", "reason"), [
    ((1, 2, 4), "pass", "held"),
    ((1, 2, 4, 8, 8, 8), "pass", "held"),
    ((1, 1, 1), "fail", "gaps-constant"),
    ((1, 1.1, 1.21, 1.331), "fail", "growth-too-small"),
    ((0, 2, 4), "fail", "first-wait-too-short"),
    ((1.3, 1.7, 5.2), "inconclusive", "too-few-operations"),
    ((1, 1), "inconclusive", "too-few-operations"),
    ((1,), "inconclusive", "stimulus-absent"),
])  # fmt: skip
def test_waits_of_one_operation(story, gaps, verdict, reason):
    found = judge("SFC-RES-02", story(*refused("a", gaps)))
    assert (found.verdict, found.reason) == (verdict, reason), found.detail


def test_constant_waits_of_several_operations_need_only_three_attempts(story):
    found = judge("SFC-RES-02", story(*refused("a", (2, 2)), *refused("b", (2, 2))))
    assert found.reason == "growth-too-small"


def test_waits_that_the_org_asked_for_are_not_judged(story):
    steps = [f"{step} ra=1" for step in refused("a", (1, 1, 1))]
    assert judge("SFC-RES-02", story(*steps)).reason == "stimulus-absent"


def jittered(run, operations, *, factor=2.0, attempts=5, base_s=1.0, cap_s=60.0):
    return [[unit(run, "jitter", op, i) * min(cap_s, base_s * factor**i) for i in range(attempts - 1)] for op in range(operations)]


def test_full_jitter_over_sixty_operations_passes(story):
    steps = [step for number, gaps in enumerate(jittered(7, 60)) for step in refused(f"op{number}", gaps)]
    found = judge("SFC-RES-02", story(*steps))
    assert (found.verdict, found.measured["jittered"]) == ("pass", "yes"), found.detail


def test_jitter_without_growth_over_sixty_operations_fails(story):
    steps = [step for number, gaps in enumerate(jittered(7, 60, factor=1.0)) for step in refused(f"op{number}", gaps)]
    assert judge("SFC-RES-02", story(*steps)).reason == "growth-too-small"


def test_jitter_over_ten_operations_is_too_little(story):
    steps = [step for number, gaps in enumerate(jittered(7, 10)) for step in refused(f"op{number}", gaps)]
    assert judge("SFC-RES-02", story(*steps)).reason == "too-few-operations"


@pytest.mark.parametrize("shape", [{"attempts": 5}, {"attempts": 3}, {"attempts": 5, "cap_s": 3.0}])
def test_a_correct_full_jitter_client_fails_in_less_than_one_run_of_a_thousand(shape):
    failed = 0
    for run in range(1500):
        growth = growth_of(jittered(run, 60, **shape))
        failed += growth.constant or growth.upper < 1.5
    assert failed < 2


def test_growth_of_doubling_is_two():
    growth = growth_of([(1, 2, 4), (1, 2, 4)])
    assert (growth.rate, growth.upper) == (pytest.approx(2), pytest.approx(2))
    assert growth.known
    assert not math.isinf(growth.upper)


# SFC-RES-04

def test_a_call_before_its_time_fails(story):
    found = judge("SFC-RES-04", story(f"{CREATE} 503 ra=10 took=0", f"{CREATE} 201 at=2000"))
    assert (found.verdict, found.reason) == ("fail", "retry-after-ignored")
    assert "2.0 s after a Retry-After of 10.0 s" in found.detail


def test_another_call_to_the_same_host_counts_too(story):
    found = judge("SFC-RES-04", story(f"{CREATE} 503 ra=10 took=0", "query.first/Account 200 at=2000", f"{CREATE} 201 at=11000"))
    assert found.reason == "retry-after-ignored"


def test_another_host_does_not_count(story):
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=10 took=0", "auth.jwt 200 at=2000 host=login", f"{CREATE} 201 at=11000")).verdict == "pass"


@pytest.mark.parametrize("at", [9000, 9001, 30000])
def test_waiting_as_asked_passes_up_to_the_slack(story, at):
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=10 took=0", f"{CREATE} 201 at={at}")).verdict == "pass"


def test_a_date_is_read_against_the_run_s_clock(story):
    date = "Thu,_15_Jan_2026_09:00:30_GMT"
    early = story({"kind": "start", "epoch": "2026-01-15T09:00:00Z"}, f"{CREATE} 503 ra={date} at=1000 took=0", f"{CREATE} 201 at=5000")
    late = story({"kind": "start", "epoch": "2026-01-15T09:00:00Z"}, f"{CREATE} 503 ra={date} at=1000 took=0", f"{CREATE} 201 at=30000")
    assert judge("SFC-RES-04", early).reason == "retry-after-ignored"
    assert judge("SFC-RES-04", late).measured == {"date": 1}
    assert judge("SFC-RES-04", late).verdict == "pass"


def test_giving_up_is_obedient(story):
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=10")).verdict == "pass"


def test_giving_up_at_a_very_long_wait_must_be_said(story, crashed):
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=7200")).reason == "gave-up-silently"
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=7200", ending=crashed)).verdict == "pass"


def test_a_call_in_flight_when_the_refusal_came_is_no_offence(story):
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=10 at=0 took=500", "query.first/Account 200 at=100 origin=t2")).verdict == "pass"


@pytest.mark.parametrize("value", ["soon", "-5", "1.5.2"])
def test_a_malformed_value_must_not_make_it_spin(story, value):
    steps = [f"{CREATE} 503 ra={value} at={at} took=0" for at in (0, 10, 20, 30)]
    assert judge("SFC-RES-04", story(*steps)).reason == "malformed-retry-after-spins"


def test_a_malformed_value_must_not_crash_it(story):
    found = judge("SFC-RES-04", story(f"{CREATE} 503 ra=soon", ending=Ending(1, "exception", "ValueError: invalid literal for int()")))
    assert found.reason == "malformed-retry-after-crashes"


def test_a_malformed_value_treated_as_absent_passes(story):
    assert judge("SFC-RES-04", story(f"{CREATE} 503 ra=soon at=0", f"{CREATE} 201 at=2000")).verdict == "pass"


# SFC-RES-05

def test_a_refused_row_sent_again_unchanged_fails(story):
    found = judge("SFC-RES-05", story(f"{CREATE} 400 REQUIRED_FIELD_MISSING", f"{CREATE} 400 REQUIRED_FIELD_MISSING"))
    assert (found.verdict, found.reason) == ("fail", "repeated-unchanged")
    assert "REQUIRED_FIELD_MISSING" in found.detail
    assert found.exceptions_total == 1


def test_a_corrected_row_passes(story):
    assert judge("SFC-RES-05", story(f"{CREATE} 400 REQUIRED_FIELD_MISSING", f"{CREATE} 201 d=other")).verdict == "pass"


def test_a_new_token_is_a_real_change(story):
    assert judge("SFC-RES-05", story(f"{CREATE} 403 INSUFFICIENT_ACCESS bearer=t1", f"{CREATE} 201 bearer=t2")).verdict == "pass"


def test_a_lookup_before_and_after_a_create_passes(story):
    assert judge("SFC-RES-05", story("row.get/Account 404 NOT_FOUND", f"{CREATE} 201", "row.get/Account 200")).verdict == "pass"


def test_a_lookup_repeated_for_nothing_fails(story):
    assert judge("SFC-RES-05", story("row.get/Account 404 NOT_FOUND", "row.get/Account 404 NOT_FOUND")).verdict == "fail"


def test_a_lock_may_be_tried_again(story):
    assert judge("SFC-RES-05", story(f"{CREATE} 400 UNABLE_TO_LOCK_ROW", f"{CREATE} 201")).reason == "stimulus-absent"


def test_a_refused_row_of_a_batch_sent_again_fails(story, doing, row):
    bad, good = row("upsert", "Contact", ok=False, code="STRING_TOO_LONG", key="k1", LastName="d1"), row("upsert", "Contact", key="k2")
    found = judge("SFC-RES-05", story(doing("coll.upsert/Contact 200 d=1", bad, good), doing("coll.upsert/Contact 200 d=2", bad, row("upsert", "Contact", key="k3"))))
    assert found.reason == "row-repeated-unchanged"
    assert "Contact key:k1" in found.detail


def test_a_locked_row_of_a_batch_may_be_sent_again(story, doing, row):
    locked = row("upsert", "Contact", ok=False, code="UNABLE_TO_LOCK_ROW", key="k1", LastName="d1")
    history = story(doing("coll.upsert/Contact 200 d=1", locked, row("upsert", "Contact", key="k2")), doing("coll.upsert/Contact 200 d=2", locked, row("upsert", "Contact", key="k3")))
    assert judge("SFC-RES-05", history).reason == "stimulus-absent"


def test_a_refused_row_of_a_batch_sent_corrected_passes(story, doing, row):
    bad, good = row("upsert", "Contact", ok=False, code="STRING_TOO_LONG", key="k1", LastName="d1"), row("upsert", "Contact", key="k2")
    fixed = row("upsert", "Contact", key="k1", LastName="d9")
    assert judge("SFC-RES-05", story(doing("coll.upsert/Contact 200 d=1", bad, good), doing("coll.upsert/Contact 200 d=2", fixed, good))).verdict == "pass"


# SFC-RES-09

def outage(calls, *, every_ms):
    before = [f"query.first/Account 200 d=b{i} at={i * 1000} took=1000" for i in range(10)]
    return before + [f"{CREATE} 503 d=x{i} at={10_000 + i * every_ms} took=0" for i in range(calls)]


def test_calls_at_five_times_the_usual_rate_are_amplified(story):
    found = judge("SFC-RES-09", story(*outage(401, every_ms=200)))
    assert (found.verdict, found.reason) == ("fail", "load-amplified")
    assert found.measured["amplification"] == pytest.approx(5, rel=0.02)


def test_calls_at_the_usual_rate_pass(story):
    assert judge("SFC-RES-09", story(*outage(81, every_ms=1000))).verdict == "pass"


def test_an_outage_of_seconds_proves_nothing(story):
    assert judge("SFC-RES-09", story(*outage(10, every_ms=200))).reason == "stimulus-absent"


def test_an_outage_from_the_start_has_no_baseline(story):
    assert judge("SFC-RES-09", story(*outage(81, every_ms=1000)[10:])).reason == "no-baseline"
