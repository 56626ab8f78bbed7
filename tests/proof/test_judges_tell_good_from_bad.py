"""Every judged objective with its pair: a client that holds it, and one that fails it, and only what it is meant to fail."""

import importlib
import logging
import os
import socket
import threading
import time
from dataclasses import replace

import pytest
import urllib3

from sfchaos.controls.case import Case
from sfchaos.controls.judges import JUDGED, JUDGES, judge_all
from sfchaos.controls.judges.log_completeness import NO_LOG_SOURCE
from sfchaos.core.judgement import Judgement
from sfchaos.evidence.bundle import write_bundle
from sfchaos.evidence.document import document
from sfchaos.evidence.html import report_html
from sfchaos.evidence.junit import junit_xml
from sfchaos.evidence.terminal import findings, summary_lines
from sfchaos.evidence.verify import verify_bundle
from sfchaos.scenario.check import checked
from sfchaos.scenario.config import load_config
from sfchaos.scenario.load import library
from sfchaos.scenario.selfcheck import PAIRS, Examination, self_check
from sfchaos.scenario.selfcheck.bench import Bench, examined
from sfchaos.scenario.session import Session

NOTHING_TO_COMPARE = {"stimulus-absent", "no-expected-values", "no-baseline", "not-examined", NO_LOG_SOURCE[0]}
MOST_SECONDS = 3.0


@pytest.fixture(scope="module")
def bench():
    made = Bench()
    yield made
    made.close()


def history_of(bench, objective, which):
    pair = PAIRS[objective]
    client = getattr(pair, which)
    return examined(pair, client) if isinstance(pair, Examination) else bench.played(pair, client)


def judged(history):
    return {j.objective: j for j in judge_all(history)}


# ---------------------------------------------------------------------- the pairs

def test_every_judged_objective_has_a_pair():
    assert set(PAIRS) == set(JUDGED)


@pytest.mark.parametrize("objective", sorted(JUDGED))
def test_the_good_client_passes_all_that_it_meets(bench, objective):
    found = judged(history_of(bench, objective, "good"))
    assert found[objective].verdict == "pass", found[objective].detail
    assert found[objective].stimuli > 0
    wrong = {name: (j.verdict, j.reason, j.detail) for name, j in found.items() if j.verdict not in ("pass", "inconclusive")}
    assert not wrong
    assert {j.reason for j in found.values() if j.verdict == "inconclusive"} <= NOTHING_TO_COMPARE


@pytest.mark.parametrize("objective", sorted(JUDGED))
def test_the_bad_client_fails_for_the_stated_reason_and_nothing_else(bench, objective):
    history = history_of(bench, objective, "bad")
    found = judged(history)
    failed = {name for name, j in found.items() if j.verdict in ("fail", "error")}
    assert failed == {objective, *PAIRS[objective].also}, {name: (found[name].reason, found[name].detail) for name in failed}
    assert found[objective].reason == PAIRS[objective].reason
    assert history.ending.how != "exception", history.ending.detail


@pytest.mark.parametrize("objective", sorted(name for name in JUDGED if not isinstance(PAIRS[name], Examination) and PAIRS[name].rules))
def test_the_fault_of_a_pair_strikes_both_clients(bench, objective):
    for which in ("good", "bad"):
        assert history_of(bench, objective, which).faults_fired == (PAIRS[objective].rules[0]["fault"],), which


# ---------------------------------------------------------------------- the runner

def test_all_pairs_are_told_apart_in_three_seconds_and_alike_each_time():
    started_s = time.perf_counter()
    first = self_check(JUDGED)
    took_s = time.perf_counter() - started_s
    assert {name: found["ok"] for name, found in first.items()} == dict.fromkeys(JUDGED, "yes")
    assert all((found["good"], found["bad"]) == ("pass", "fail") for found in first.values())
    assert {name: found["reason"] for name, found in first.items()} == {name: pair.reason for name, pair in PAIRS.items()}
    assert self_check(JUDGED) == first
    assert took_s < MOST_SECONDS, f"{took_s:.2f} s"


def test_a_pair_leaves_the_same_journal_whatever_was_played_before(bench):
    fresh = Bench()
    try:
        assert history_of(fresh, "SFC-INT-05", "bad").lines == history_of(bench, "SFC-INT-05", "bad").lines
    finally:
        fresh.close()


def test_only_the_objectives_asked_for_are_played():
    assert list(self_check(["SFC-RES-01", "SFC-ACC-10"])) == ["SFC-RES-01"]
    assert self_check([]) == {}


def test_nothing_stays_replaced(monkeypatch):
    def place(module, name):
        return getattr(importlib.import_module(module), name)

    places = [("time", "sleep"), ("time", "time"), ("time", "monotonic"), ("threading", "Thread"), ("logging", "lastResort"), ("sys", "stdout"), ("sys", "stderr"), ("builtins", "open")]
    before = {at: place(*at) for at in places}
    held = (urllib3.connectionpool.HTTPConnectionPool._make_request, logging.Logger.callHandlers, logging.root.handlers[:], logging.root.level)
    environment, folder, threads = dict(os.environ), os.getcwd(), threading.active_count()
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # a target may do this
    assert {found["ok"] for found in self_check(JUDGED).values()} == {"yes"}
    assert logging.root.manager.disable == logging.CRITICAL
    assert {at: place(*at) for at in places} == before
    assert (urllib3.connectionpool.HTTPConnectionPool._make_request, logging.Logger.callHandlers, logging.root.handlers[:], logging.root.level) == held
    assert (dict(os.environ), os.getcwd(), threading.active_count()) == (environment, folder, threads)


def test_no_client_opens_a_connection(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert {found["ok"] for found in self_check(JUDGED).values()} == {"yes"}


# ---------------------------------------------------------------------- judges that are sabotaged

def blind(case: Case) -> Judgement:
    return Judgement(case.objective, "pass", "held", stimuli=1, checked=1)


def severe(case: Case) -> Judgement:
    return Judgement(case.objective, "fail", "row-lost", stimuli=1, checked=1, exceptions_total=1, detail="everything is wrong")


def broken(case: Case) -> Judgement:
    raise ZeroDivisionError("by design")


@pytest.mark.parametrize(("sabotage", "good", "bad", "said"), [
    (blind, "pass", "pass", "the known-bad client was judged pass (held), expected fail (row-lost)"),
    (severe, "fail", "fail", "the known-good client was judged fail (row-lost): everything is wrong"),
    (broken, "error", "error", "the known-good client was judged error (judge-crashed): ZeroDivisionError: by design"),
])  # fmt: skip
def test_a_judge_that_answers_wrongly_is_noticed(monkeypatch, sabotage, good, bad, said):
    monkeypatch.setitem(JUDGES._items, "SFC-INT-01", sabotage)
    found = self_check(["SFC-INT-01", "SFC-RES-01"])
    assert (found["SFC-INT-01"]["good"], found["SFC-INT-01"]["bad"], found["SFC-INT-01"]["ok"]) == (good, bad, "no")
    assert said in found["SFC-INT-01"]["detail"]
    assert found["SFC-RES-01"]["ok"] == "yes"


def test_a_bad_client_caught_for_another_reason_is_not_told_apart(monkeypatch):
    def other_reason(case):
        found = original(case)
        return replace(found, reason="something-else") if found.verdict == "fail" else found

    original = JUDGES["SFC-RES-02"]
    monkeypatch.setitem(JUDGES._items, "SFC-RES-02", other_reason)
    found = self_check(["SFC-RES-02"])["SFC-RES-02"]
    assert (found["bad"], found["reason"], found["ok"]) == ("fail", "something-else", "no")


def test_an_instrument_that_is_deaf_is_noticed(monkeypatch):
    """Not the judge, but what it listens with: log lines are lost on the way into the journal."""
    from sfchaos.rig.rig import Rig

    monkeypatch.setattr(Rig, "note_log", lambda *_, **__: None)
    found = self_check(["SFC-LOG-01", "SFC-LOG-04", "SFC-AUTH-10"])
    assert {name: pair["ok"] for name, pair in found.items()} == {"SFC-LOG-01": "no", "SFC-LOG-04": "no", "SFC-AUTH-10": "yes"}


# ---------------------------------------------------------------------- what becomes of the session

CLIENT = '''
import logging
import os
import time

import requests

log = logging.getLogger("sync")
log.setLevel(logging.INFO)


def main():
    env = os.environ
    for n in range(3):
        for wait_s in (1, 2):
            try:
                requests.post(f"{env['SF_INSTANCE_URL']}/services/data/v62.0/sobjects/Contact", json={"LastName": f"P {n}", "Legacy_Id__c": f"P-{n}"},
                              headers={"Authorization": f"Bearer {env['SF_ACCESS_TOKEN']}"})
            except requests.ConnectionError:
                time.sleep(wait_s)
            else:
                break
        log.info("create of Contact P-%s: done", n)
'''


@pytest.fixture
def project(tmp_path):
    (tmp_path / "sync.py").write_text(CLIENT)
    (tmp_path / "sfchaos.toml").write_text('target = "sync:main"\n')
    return tmp_path


def record_of(project):
    session = Session(load_config(project / "sfchaos.toml"), 7)
    return checked(session, [library()["lost-write-reply"]], named=True)


def test_evidence_says_that_the_pairs_were_told_apart(project):
    record = record_of(project)
    assert record.verdict == "fail"
    assert set(record.self_check) == set(record.objectives)
    assert document(record)["self_check"]["SFC-INT-06"] == {"good": "pass", "bad": "fail", "reason": "duplicate-after-lost-reply", "ok": "yes"}
    assert f"self-check: {len(record.objectives)} of {len(record.objectives)} pairs told apart" in summary_lines(record, None)
    assert 'id="self-check"' in report_html(record)
    assert b"self-check" not in record.journal
    assert record.journal.count(b'"kind":"start"') == len(record.runs) == 2


def test_a_doubted_objective_is_an_error_without_findings(project, monkeypatch):
    """A judge that fails everything: its finding about the target is not issued, the session's exit code is 2."""
    monkeypatch.setitem(JUDGES._items, "SFC-INT-06", severe)
    record = record_of(project)
    raw = [j.verdict for run in record.runs for j in run.judgements if j.objective == "SFC-INT-06"]
    assert raw == ["fail"], "the judge was sabotaged, so the run as judged fails"
    result = next(j for j in record.results if j.objective == "SFC-INT-06")
    assert (result.verdict, result.reason, result.exceptions) == ("error", "self-check-failed", ())
    assert (record.verdict, record.exit_code) == ("error", 2)
    told = "\n".join(findings(record))
    assert "SFC-INT-06" not in told
    assert "SFC-INT-02" in told, "the other objectives keep theirs"
    page = report_html(record)
    assert "SFC-INT-06: the known-good client was judged fail" in page
    assert 'class="finding fail"' in page
    assert "everything is wrong" not in page.partition('id="objectives"')[0]
    assert 'type="self-check-failed"' in junit_xml(record)
    assert any(line.startswith("self-check failed: SFC-INT-06") for line in summary_lines(record, None))


def test_check_ends_with_2_and_says_which_objective_is_doubted(project, monkeypatch):
    from click.testing import CliRunner

    from sfchaos.cli.main import cli

    monkeypatch.chdir(project)
    monkeypatch.setitem(JUDGES._items, "SFC-INT-06", severe)
    done = CliRunner().invoke(cli, ["check", "--scenario", "lost-write-reply", "--seed", "7"])
    assert done.exit_code == 2, done.output
    assert "self-check failed: SFC-INT-06, the known-good client was judged fail" in done.output
    assert "FAIL  SFC-INT-02" in done.output
    assert "FAIL  SFC-INT-06" not in done.output


def test_a_blind_judge_passes_nothing(project, monkeypatch):
    monkeypatch.setitem(JUDGES._items, "SFC-INT-06", blind)
    record = record_of(project)
    assert next(j for j in record.results if j.objective == "SFC-INT-06").verdict == "error"
    assert record.exit_code == 2


def test_a_bundle_comes_to_the_same_doubts_when_it_is_verified(project, monkeypatch):
    monkeypatch.setitem(JUDGES._items, "SFC-INT-06", severe)
    report = verify_bundle(write_bundle(record_of(project), project / "evidence"))
    assert report.ok, report.lines()
    assert report.verdict == "error"


def test_a_sound_verifier_does_not_take_over_what_a_sabotaged_judge_said(project, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(JUDGES._items, "SFC-INT-06", blind)
        bundle = write_bundle(record_of(project), project / "evidence")
    report = verify_bundle(bundle)
    assert not report.ok
    assert any("SFC-INT-06" in line for line in report.lines())


def test_a_self_check_that_contradicts_itself_is_doubted(project):
    """`ok` alone is not believed: the two verdicts count."""
    record = record_of(project)
    changed = {**record.blocks, "self_check": {**record.self_check, "SFC-INT-02": {"good": "pass", "bad": "pass", "reason": "held", "ok": "yes"}}}
    assert list(replace(record, blocks=changed).doubts) == ["SFC-INT-02"]
