"""Judges of logging and of what was read, by stories."""

import pytest

from sfchaos.controls.judges import judge
from sfchaos.core.history import Examined, Finding

CREATE = "row.create/Account"
ID = "001000000000001AAA"


# SFC-LOG-01

def test_one_log_line_for_each_create_passes(story, log):
    found = judge("SFC-LOG-01", story(f"{CREATE} 201", log("INFO", "created Account A"), f"{CREATE} 201 d=b", log("INFO", "created Account B")))
    assert (found.verdict, found.measured["matched"]) == ("pass", 2)


def test_one_log_line_does_not_speak_for_two_transfers(story, log):
    found = judge("SFC-LOG-01", story(f"{CREATE} 201", log("INFO", "created Account A"), f"{CREATE} 201 d=b"))
    assert (found.verdict, found.reason) == ("fail", "transfer-not-logged")
    assert found.measured["missing_row.create"] == 1
    assert found.exceptions[0].journal == 3


def test_a_line_that_names_the_records_speaks_for_all_of_them(story, log, doing, row):
    other = "001000000000002AAA"
    steps = [doing(f"{CREATE} 201", row("create", "Account", id=ID)), doing(f"{CREATE} 201 d=b", row("create", "Account", id=other)), log("INFO", f"pushed {ID} and {other}")]
    assert judge("SFC-LOG-01", story(*steps)).verdict == "pass"


def test_a_structured_value_names_a_record(story, log, doing, row):
    steps = [doing(f"{CREATE} 201", row("create", "Account", id=ID)), log("INFO", "pushed", values={"id": ID})]
    assert judge("SFC-LOG-01", story(*steps)).verdict == "pass"


def test_a_line_outside_the_window_speaks_for_nothing(story, log):
    assert judge("SFC-LOG-01", story(f"{CREATE} 201", log("INFO", "created Account", at_ms=60_000))).verdict == "fail"


def test_a_relaxed_share_of_events_is_enough(story, log):
    steps = [f"{CREATE} 201", log("INFO", "created Account A"), f"{CREATE} 201 d=b"]
    assert judge("SFC-LOG-01", story(*steps, limits={"log_complete_min": 0.5})).verdict == "pass"
    assert judge("SFC-LOG-01", story(*steps, limits={"log_complete_min": 0.51})).verdict == "fail"


def test_wire_logging_at_debug_is_no_audit_trail(story, log):
    assert judge("SFC-LOG-01", story(f"{CREATE} 201", log("DEBUG", "POST /services/data/v62.0/sobjects/Account"))).verdict == "fail"


def test_retries_of_one_create_are_one_transfer(story, log):
    assert judge("SFC-LOG-01", story(f"{CREATE} 503", f"{CREATE} 201", log("INFO", "created Account A"))).stimuli == 1


def test_a_job_and_each_row_it_refused_want_an_event(story, log, org, row):
    bad = row("create", "Account", ok=False, code="REQUIRED_FIELD_MISSING", key="k1")
    job = [f"bulk2.create/Account 200 job=J1 path=/services/data/v62.0/jobs/ingest/{'7500000000000AAAAA'}", org("bulk_rows", job="J1", rows=[bad])]
    whole = story(*job, log("INFO", "job 7500000000000AAAAA done"), log("WARNING", "row refused: REQUIRED_FIELD_MISSING"))
    half = story(*job, log("INFO", "job 7500000000000AAAAA done"))
    assert (judge("SFC-LOG-01", whole).verdict, judge("SFC-LOG-01", whole).stimuli) == ("pass", 2)
    assert judge("SFC-LOG-01", half).measured["missing_bulk row refused"] == 1


def test_unheard_logs_are_not_held_against_anybody(story):
    for objective in ("SFC-LOG-01", "SFC-LOG-03", "SFC-LOG-04"):
        found = judge(objective, story(f"{CREATE} 400 bearer=t1", log_sources=()))
        assert (found.verdict, found.reason) == ("inconclusive", "no-log-source")


def test_no_transfer_no_verdict(story, log):
    assert judge("SFC-LOG-01", story("meta.limits 200", log("INFO", "nothing to do"))).reason == "stimulus-absent"


# SFC-LOG-03

def test_a_failure_logged_as_error_passes(story, log):
    assert judge("SFC-LOG-03", story(f"{CREATE} 400 REQUIRED_FIELD_MISSING", log("ERROR", "no luck"))).verdict == "pass"


def test_a_failure_logged_as_information_fails(story, log):
    found = judge("SFC-LOG-03", story(f"{CREATE} 400 REQUIRED_FIELD_MISSING", log("INFO", "REQUIRED_FIELD_MISSING")))
    assert found.reason == "logged-below-warning"
    assert found.exceptions[0].story == (1, 2)


def test_a_failure_without_a_line_fails(story, log):
    assert judge("SFC-LOG-03", story(log("ERROR", "earlier trouble"), f"{CREATE} 400 REQUIRED_FIELD_MISSING at=60000")).reason == "failure-not-logged"


def test_a_summary_at_the_end_speaks_for_what_it_names(story, log):
    assert judge("SFC-LOG-03", story(f"{CREATE} 400 REQUIRED_FIELD_MISSING", log("WARNING", "3 Account rows failed", at_ms=90_000))).verdict == "pass"


def test_plain_output_has_the_level_it_prints(story):
    line = {"kind": "log", "level": "", "source": "stderr", "text": "2026-01-15 ERROR create failed"}
    assert judge("SFC-LOG-03", story(f"{CREATE} 400 REQUIRED_FIELD_MISSING", line)).verdict == "pass"


def test_a_refused_row_of_a_batch_wants_a_line_too(story, log, doing, row):
    step = doing("coll.create/Contact 200", row("create", "Contact", ok=False, code="STRING_TOO_LONG", key="k1"), row("create", "Contact", id="003", key="k2"))
    assert judge("SFC-LOG-03", story(step)).reason == "failure-not-logged"
    assert judge("SFC-LOG-03", story(step, log("WARNING", "STRING_TOO_LONG"))).verdict == "pass"


def test_a_recovered_retry_wants_nothing(story):
    assert judge("SFC-LOG-03", story(f"{CREATE} 503", f"{CREATE} 201")).reason == "stimulus-absent"


# SFC-LOG-04

def test_a_secret_in_a_log_line_fails(story, log):
    hit = {"secret": "secret:3", "what": "password", "form": "base64"}
    found = judge("SFC-LOG-04", story(f"{CREATE} 201 bearer=secret:1", log("INFO", "login secret:3", hits=[hit])))
    assert (found.verdict, found.reason) == ("fail", "secret-in-log")
    assert found.detail == "password secret:3 (base64) in logging"


def test_clean_logs_pass(story, log):
    assert judge("SFC-LOG-04", story(f"{CREATE} 201 bearer=secret:1", log("INFO", "done"))).verdict == "pass"


def test_without_a_secret_in_use_nothing_is_shown(story, log):
    assert judge("SFC-LOG-04", story("meta.versions 200", log("INFO", "done"))).reason == "stimulus-absent"


# SFC-SEC-01

@pytest.mark.parametrize(("examined", "verdict", "reason"), [
    (None, "inconclusive", "not-examined"),
    (Examined(), "inconclusive", "stimulus-absent"),
    (Examined(3, ("logo.png: binary",)), "inconclusive", "files-skipped"),
    (Examined(3), "pass", "held"),
    (Examined(3, (), (Finding("tls-verify-off", "a.py", 3, "verify=False"),)), "pass", "held"),
    (Examined(3, ("x",), (Finding("password-literal", "config.py", 12, "password = ***"),)), "fail", "credential-literal"),
])  # fmt: skip
def test_credential_literals(story, examined, verdict, reason):
    found = judge("SFC-SEC-01", story(examined=examined))
    assert (found.verdict, found.reason) == (verdict, reason)
    if verdict == "fail":
        assert (found.exceptions[0].file, found.exceptions[0].line) == ("config.py", 12)
