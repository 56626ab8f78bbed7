"""What people read after a run, letter by letter."""

from dataclasses import replace
from pathlib import Path

import pytest

from sfchaos.core.history import Ending, History
from sfchaos.core.judgement import ExceptionRef, Judgement, Threshold
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.terminal import finding_text, findings, summary_lines, summary_table, summary_text

KEY = "a1b2c3d4e5f6a7b8c9d0e1f2"
CREATE = {"kind": "exchange", "op": "row.create", "sobject": "Account", "method": "POST", "status": 201, "applied": "yes", "request_sha256": "d1"}
LOST = {"n": 1, "at_ms": 200, "address": "row.create/Account#1~1", **CREATE, "delivered": "lost", "delivered_ms": 250, "faults": ["net.response_lost"]}
AGAIN = {"n": 2, "at_ms": 1250, "address": "row.create/Account#1~2", **CREATE, "delivered_ms": 1300}
REPLAY = "sfchaos replay sfx1.eJyrVkrLzCkp"


def run_of(*lines, judgements=(), **more):
    facts = {"schedule": {}, "seed": 7, "outcome": "duplicate", "trace_digest": "", "replay": REPLAY, "requests": 2} | more
    history = facts.pop("history", None) or History("r2", lines, labels={KEY: "A-1"})
    return RunRecord("r2", False, facts.pop("scenario", "lost-create-reply"), "a title", history=history, judgements=judgements, **facts)


def failed(objective, detail, story, **more):
    return Judgement(objective, "fail", "reason", 1, 1, (ExceptionRef(detail, story[-1] if story else None, "r2", story=story),), 1, detail=detail, **more)


def test_a_duplicate_after_a_lost_reply():
    judgement = failed("SFC-INT-06", f"2 rows hold External_Id__c = key:{KEY}", (1, 2))
    assert finding_text(run_of(LOST, AGAIN), judgement) == (
        "FAIL  SFC-INT-06  Idempotent under lost response        lost-create-reply   seed 7\n"
        "      row.create/Account#1~1   POST  201, reply lost   <- net.response_lost\n"
        "      row.create/Account#1~2   POST  201               same fields, 1.0 s later\n"
        "      2 rows hold External_Id__c = A-1\n"
        "      remedy: upsert on an external id, or look before repeating a create\n"
        "      again:  sfchaos replay sfx1.eJyrVkrLzCkp"
    )


def test_a_long_story_is_told_by_its_beginning_and_its_end():
    lines = [{"n": n, "at_ms": 1000 * n, "kind": "exchange", "op": "query", "address": f"query.first/Contact#1~{n}", "method": "GET", "status": 503, "request_sha256": "q",
              "error_codes": ["SERVER_UNAVAILABLE"], "delivered_ms": 1000 * n + 100, "faults": ["http.503"]} for n in range(1, 31)]  # fmt: skip
    judgement = Judgement("SFC-RES-01", "fail", "attempts-exceeded", 1, 30, (ExceptionRef("30 attempts, 5 allowed", 30, "r2", story=tuple(range(1, 31))),), 1,
                          thresholds={"max_attempts": Threshold("max_attempts", 9, 5, "practice", "attempts", "sfchaos.toml", True)})  # fmt: skip
    text = finding_text(run_of(*lines), judgement).splitlines()
    assert len([line for line in text if "query.first" in line]) == 11
    assert text[8:11] == [
        "      query.first/Contact#1~8    GET   503 SERVER_UNAVAILABLE   <- http.503   same request, 900 ms later",
        "      … 19 more",
        "      query.first/Contact#1~28   GET   503 SERVER_UNAVAILABLE   <- http.503   same request, 900 ms later",
    ]
    assert "      relaxed: max_attempts = 9 (default 5), set in sfchaos.toml" in text


def test_waits_logs_and_job_events_are_part_of_a_story():
    lines = (
        {"n": 1, "at_ms": 0, "kind": "exchange", "op": "bulk2.close", "address": "bulk2.close/Contact#1~1", "method": "PATCH", "status": 200, "delivered": "never"},
        {"n": 2, "at_ms": 50, "kind": "wait", "primitive": "time.sleep", "requested_ms": 300_000, "origin": "main"},
        {"n": 3, "at_ms": 300_050, "kind": "org", "event": "job_state", "state": "Failed", "failed": 3, "job": "J1"},
        {"n": 4, "at_ms": 300_060, "kind": "log", "level": "ERROR", "source": "logging", "text": "job failed\nTraceback"},
        {"n": 5, "at_ms": 300_100, "kind": "end", "exit": 1, "how": "failed"},
    )
    assert finding_text(run_of(*lines, replay="", scenario=""), failed("SFC-INT-05", "failed results were never fetched", (1, 2, 3, 4, 5))).splitlines() == [
        "FAIL  SFC-INT-05  Partial bulk failures handled row by row  a title   seed 7",
        "      bulk2.close/Contact#1~1   PATCH 200, no reply",
        "      wait time.sleep           asked for 5 min",
        "      org job_state             job J1, state Failed, failed 3",
        "      log ERROR                 job failed",
        "      end of the run            exit 1, failed",
        "      failed results were never fetched",
        "      remedy: fetch failed and unprocessed results of every job, and resubmit only rows that may succeed",
    ]


def test_a_place_in_a_file_is_a_finding_without_a_story():
    judgement = Judgement("SFC-SEC-01", "fail", "credential-literal", 1, 1, (ExceptionRef("a literal given to password", file="config/crm.ini", line=3),), 1)
    assert "      config/crm.ini:3: a literal given to password" in finding_text(run_of(), judgement).splitlines()


def test_an_inconclusive_finding_says_what_would_settle_it():
    judgement = Judgement("SFC-RES-04", "inconclusive", "stimulus-absent", detail="no Retry-After was sent")
    assert finding_text(run_of(), judgement).splitlines()[:3] == [
        "INCONCLUSIVE  SFC-RES-04  Honours Retry-After                   lost-create-reply   seed 7",
        "      no Retry-After was sent",
        "      remedy: play a scenario that brings this about: without it nothing is shown",
    ]


def test_the_crash_of_a_judge_is_shown_whole():
    text = finding_text(run_of(), Judgement("SFC-RES-04", "error", "judge-crashed", detail="Traceback\n  boom")).splitlines()
    assert text[0].startswith("ERROR  SFC-RES-04")
    assert text[1:3] == ["      Traceback", "        boom"]
    assert not any("remedy" in line for line in text)


@pytest.fixture
def record():
    twin = RunRecord("r1", True, "", "clean twin", {}, 7, "pass", "", History("r1", (), clean=True), (Judgement("SFC-LOG-04", "pass", "held"),), requests=1)
    bad = run_of(LOST, AGAIN, judgements=(failed("SFC-INT-06", "2 rows", (1, 2)), Judgement("SFC-RES-01", "inconclusive", "stimulus-absent")))
    quiet = run_of(scenario="reads-hang", outcome="hang", unfired=("r3",), judgements=(Judgement("SFC-LOG-04", "pass", "held"), Judgement("SFC-RES-04", "error", "judge-crashed")),
                   history=History("r2", (), ending=Ending(1, "hang", "120 s")))  # fmt: skip
    wrong = run_of(scenario="row-lock", outcome="loud_ok", judgements=(Judgement("SFC-LOG-04", "pass", "held"),), history=History("r2", (), ending=Ending(2, "failed")))
    objectives = ("SFC-INT-06", "SFC-LOG-04", "SFC-RES-01", "SFC-RES-04")
    return EvidenceRecord("check", 7, "2026-01-15T09:30:00Z", "2026-01-15T09:34:12Z", (twin, bad, quiet, wrong), b"", "0" * 64, objectives,
                          {"scope": {"not_run": [{"scenario": "bulk-stuck", "why": "no bulk"}]}})  # fmt: skip


def test_findings_come_worst_first_and_a_wrong_outcome_is_one(record):
    assert [text.splitlines()[0] for text in findings(record)] == [
        "ERROR  SFC-RES-04  Honours Retry-After                   reads-hang   seed 7",
        "FAIL  SFC-INT-06  Idempotent under lost response        lost-create-reply   seed 7",
        "FAIL  outcome loud_ok                                     row-lock   seed 7",
    ]
    assert findings(record)[2].splitlines()[1:] == ["      a sound target ends pass", "      the target ended: failed, exit 2", f"      again:  {REPLAY}"]


def test_the_summary(record):
    assert summary_text(record, Path("evidence/run-0001")) == (
        "scenario           verdict  outcome    requests  not met or not shown\n"
        "(clean run)        pass     pass       1\n"
        "lost-create-reply  fail     duplicate  2         INT-06 RES-01?\n"
        "reads-hang         error    hang       2         RES-04!\n"
        "row-lock           fail     loud_ok    2\n"
        "\n"
        "ERROR  4 objectives: 1 error, 1 fail, 1 inconclusive, 1 pass; 1 run ended as no sound target may: row-lock loud_ok  (seed 7)\n"
        "reads-hang: never fired: r3\n"
        "not run: bulk-stuck\n"
        "3 runs under faults and 1 clean run, judged against 4 objectives: this shows that the controls as built behave as recorded, at a point in time, against a mock org. "
        "It is evidence of design and of one operation of automated controls; it is not by itself operating effectiveness over a period, and it says nothing about faults, "
        "objectives and systems that are not listed here.\n"
        "report: evidence/run-0001/report.html\n"
        "verify: sfchaos verify evidence/run-0001"
    )


def test_without_a_bundle_no_report_is_named(record):
    assert not any(line.startswith(("report:", "verify:")) for line in summary_lines(record, None))


def test_markup_in_names_stays_text(record):
    cell = summary_table(record).columns[0]._cells[1]
    assert cell.plain == "lost-create-reply"


def test_a_session_that_fails_for_an_outcome_alone_says_so(record):
    first = summary_lines(replace(record, runs=(record.runs[3],), objectives=("SFC-LOG-04",)), None)[0]
    assert first == "FAIL  1 objective: 1 pass; 1 run ended as no sound target may: row-lock loud_ok  (seed 7)"
