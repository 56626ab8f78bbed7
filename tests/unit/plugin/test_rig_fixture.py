"""The fixtures as a user's test suite meets them, in processes of their own."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

README = """
    from crm import push_carefully, push_blindly

    def test_careful(rig):
        rig.inject("net.response_lost", on="row.upsert/Account")
        push_carefully(["Acme"])
        assert rig.org.count("Account", Name="Acme") == 1
        rig.verify("SFC-INT-02", "SFC-INT-06")

    def test_blind(rig):
        rig.inject("net.response_lost", on="row.create/Account")
        push_blindly(["Acme"])
        rig.verify("SFC-INT-02", "SFC-INT-06")
"""


def again_lines(text: str) -> list[str]:
    return re.findall(r"again:  (pytest .*)", text)


def cases_of(path) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Of a JUnit file: test -> (how it ended, its properties)."""
    found = {}
    for case in ElementTree.parse(path).iter("testcase"):
        ended = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        found[case.get("name")] = (ended, [(p.get("name"), p.get("value")) for p in case.iter("property")])
    return found


def played(line: str, folder) -> subprocess.CompletedProcess[str]:
    """The printed line, as somebody pastes it."""
    words = shlex.split(line)
    assert words[0] == "pytest"
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_a_blind_retry_fails_with_its_story_and_the_printed_line_plays_it_again(project):
    project.makepyfile(test_sync=README)
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([
        "*sfchaos.ObjectiveFailed: FAIL  SFC-INT-02 *None duplicated*test_sync.py::test_blind*seed *",
        "E *row.create/Account#1~1   POST  201, reply lost * <- net.response_lost",
        "E *row.create/Account#1~2   POST  201 * same fields, 1.0 s later",
        "E *remedy: upsert on an external id *",
        "E *again:  pytest test_sync.py::test_blind --sfchaos-schedule sfx1.*",
        "E *FAIL  SFC-INT-06 *",
        "* sfchaos *",
        "SFC-INT-02     1 fail, 1 pass",
        "seed * (drawn for this session; --sfchaos-seed repeats it)",
    ])  # fmt: skip
    assert "live.py" not in result.stdout.str(), "the failure stands at the test's line, not inside the harness"

    line = again_lines(result.stdout.str())[0]
    repeated = played(line, project.path)
    assert repeated.returncode == 1
    assert again_lines(repeated.stdout)[0] == line, "the same schedule, seed and org lead to the same token"


def test_a_token_arms_its_schedule_instead_of_what_the_test_injects(project):
    project.makepyfile(test_sync=README)
    token = again_lines(project.runpytest_subprocess("-q", "-k", "blind").stdout.str())[0].split()[-1]
    project.makepyfile(test_sync="""
        from crm import push_blindly

        def test_without_a_fault_of_its_own(rig):
            push_blindly(["Acme"])
            rig.verify("SFC-INT-06")

        def test_with_another(rig):
            rig.inject("http.503", on="*", times=20)
            push_blindly(["Acme"])
            assert rig.org.count("Account") == 2
            assert [rule.fault for rule in rig.schedule.rules] == ["net.response_lost"]
    """)
    project.runpytest_subprocess("-q", "--sfchaos-schedule", token).assert_outcomes(passed=1, failed=1)
    project.runpytest_subprocess("-q").assert_outcomes(failed=2)


def test_marker_objectives_are_verified_at_teardown(project):
    project.makepyfile("""
        import pytest
        from crm import push_carefully, push_blindly

        pytestmark = pytest.mark.sfchaos(objectives=["SFC-INT-06"])

        def test_met(rig):
            rig.inject("net.response_lost", on="row.upsert/Account")
            push_carefully(["Acme"])

        def test_not_met(rig):
            rig.inject("net.response_lost", on="row.create/Account")
            push_blindly(["Acme"])

        def test_not_exercised(rig):
            push_blindly(["Acme"])

        def test_fails_for_its_own_reason(rig):
            assert False, "my own reason"
    """)
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(passed=3, failed=1, errors=2)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_not_met*", "FAIL  SFC-INT-06 *", "*again:  pytest *"])
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_not_exercised*", "INCONCLUSIVE  SFC-INT-06 *"])


def test_a_named_objective_that_met_no_stimulus_raises_and_an_unnamed_one_does_not(project):
    project.makepyfile("""
        import pytest
        import sfchaos
        from crm import connect

        def test_quiet(rig):
            connect()
            judgements = rig.verify()
            assert "SFC-INT-06" in [j.objective for j in judgements if j.verdict == "inconclusive"]
            with pytest.raises(sfchaos.ObjectiveFailed) as found:
                rig.verify("sfc-int-06")
            assert isinstance(found.value, AssertionError)
            assert [(j.objective, j.verdict) for j in found.value.judgements] == [("SFC-INT-06", "inconclusive")]
    """)
    project.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_mistakes_are_told_with_the_nearest_name_and_without_our_own_frames(project):
    project.makepyfile("""
        import pytest

        def test_fault(rig):
            rig.inject("net.respose_lost", on="row.create/Account")

        def test_objective(rig):
            rig.verify("SFC-INT-99")

        @pytest.mark.sfchaos(sede=7)
        def test_marker(rig):
            pass

        @pytest.mark.sfchaos(scenario="lost-write-repl")
        def test_scenario(rig):
            pass

        @pytest.mark.sfchaos(objectives="SFC-INT-98")
        def test_marked_objective(rig):
            pass

        def test_both(rig, rig_server):
            pass
    """)
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(failed=2, passed=1, errors=4)
    text = result.stdout.str()
    for told in ("did you mean 'net.response_lost'", "unknown objective 'SFC-INT-99'", "did you mean 'seed'", "did you mean 'lost-write-reply'",
                 "unknown objective 'SFC-INT-98'", "`rig` and `rig_server` in one test"):  # fmt: skip
        assert told in text, told
    assert text.count("remedy: ") >= 6
    assert "During handling" not in text
    assert "suite.py" not in text


def test_a_seed_comes_from_marker_option_or_ini_and_repeats_everything(project):
    project.makepyfile("""
        import pytest

        def test_session(rig):
            print("session", rig.seed, rig.env["SF_PASSWORD"])

        @pytest.mark.sfchaos(seed=9)
        def test_marked(rig):
            print("marked", rig.seed)
    """)

    def printed(*options):
        return [line for line in project.runpytest_subprocess("-q", "-s", *options).outlines if line.startswith((".", "session", "marked"))]

    given = printed("--sfchaos-seed", "7")
    assert any("session 7 " in line for line in given)
    assert any("marked 9" in line for line in given)
    assert printed("-o", "sfchaos_seed=7") == given
    assert printed() != given
    for options, told in ((("-q", "-o", "sfchaos_seed=seven"), "'seven'"), (("-q", "--sfchaos-seed", "-5"), "'-5'")):
        wrong = project.runpytest_subprocess(*options)
        assert wrong.ret == pytest.ExitCode.USAGE_ERROR
        wrong.stderr.fnmatch_lines([f"*sfchaos-seed: {told} is not a whole number from 0", "*remedy: *"])


@pytest.mark.slow
def test_order_workers_and_selection_change_nothing(project):
    project.makepyfile(test_many="""
        import pytest
        from crm import push_carefully, push_blindly

        @pytest.mark.parametrize("push", [push_carefully, push_blindly])
        @pytest.mark.parametrize("fault", ["net.response_lost", "http.503", "net.reset_before"])
        def test_many(rig, push, fault, record_property):
            rig.inject(fault, on="row.*/Account")
            try:
                push(["Acme", "Beta"])
            except Exception as error:
                print(type(error).__name__)
            record_property("trace", rig.trace_digest())
            record_property("password", rig.env["SF_PASSWORD"])
            rig.verify("SFC-INT-02")
    """)

    def seen(*options: str) -> dict[str, list[tuple[str, str]]]:
        project.runpytest_subprocess("-q", "--sfchaos-seed", "7", "--junitxml=out.xml", *options)
        return {name: sorted([("ended", ended), *properties]) for name, (ended, properties) in cases_of(project.path / "out.xml").items()}

    plain = seen()
    assert len(plain) == 6
    assert {dict(found)["ended"] for found in plain.values()} == {"passed", "failure"}
    assert len({dict(found)["password"] for found in plain.values()}) == 1
    assert seen("-n", "2") == plain
    for number in ("1", "2", "3"):
        assert seen("-p", "randomly", "-p", "no:xdist", "--randomly-seed", number) == plain, number


def test_workers_without_a_given_seed_share_the_drawn_one_and_hand_over_their_bundles(project):
    project.makepyfile("""
        import pytest
        from crm import push_carefully

        @pytest.mark.parametrize("number", range(4))
        def test_some(rig, number):
            rig.inject("net.response_lost", on="row.upsert/Account")
            push_carefully(["Acme"])
            rig.verify("SFC-INT-06")
    """)
    result = project.runpytest_subprocess("-q", "-n", "2", "--sfchaos-evidence", "evidence")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["SFC-INT-06     4 pass", "seed * (drawn*", "evidence: *evidence*run-0001", "evidence: *evidence*run-0002"])
    from sfchaos.evidence.verify import verify_bundle

    reports = [verify_bundle(path) for path in sorted((project.path / "evidence").glob("run-*"))]
    assert [report.ok for report in reports] == [True, True], [report.lines() for report in reports]


def test_evidence_of_a_session_verifies_and_judges_every_test_once(project):
    project.makepyfile(test_sync=README)
    result = project.runpytest_subprocess("-q", "--sfchaos-evidence", "evidence", "--junitxml=out.xml")
    result.assert_outcomes(passed=1, failed=1)
    bundle = project.path / "evidence" / "run-0001"
    import json

    from sfchaos.evidence.verify import verify_bundle

    evidence = json.loads((bundle / "evidence.json").read_text())
    assert evidence["mode"] == "pytest"
    assert evidence["verdict"] == "fail"
    assert {run["scenario"]: {j["objective"]: j["verdict"] for j in run["judgements"]} for run in evidence["runs"]} == {
        "test_sync.py::test_careful": {"SFC-INT-02": "pass", "SFC-INT-06": "pass"},
        "test_sync.py::test_blind": {"SFC-INT-02": "fail", "SFC-INT-06": "fail"},
    }
    report = verify_bundle(bundle)
    assert report.ok, report.lines()

    cases = cases_of(project.path / "out.xml")
    assert ("sfc.verdict", "SFC-INT-06=fail") in cases["test_blind"][1]
    assert ("control", "iso27001:2022:A.8.26") in cases["test_blind"][1]
    assert [value for name, value in cases["test_careful"][1] if name == "sfc.objective"] == ["SFC-INT-02", "SFC-INT-06"]


def test_a_body_that_expects_its_error_is_not_called_silent(project):
    project.makepyfile("""
        import pytest, requests
        from crm import connect

        def test_loud(rig):
            sf = connect()
            rig.inject("net.reset_before", on="row.create/Account")
            with pytest.raises(requests.ConnectionError):
                sf.Account.create({"Name": "Acme"})
            assert rig.record().outcome == "loud_ok"
    """)
    project.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_nothing_stays_behind_a_body_that_crashes(project):
    project.makeconftest("""
        import datetime, logging, os, sys, time
        import urllib3.connectionpool
        from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

        def state():
            return {
                "sleep": time.sleep, "monotonic": time.monotonic, "perf_counter": time.perf_counter, "make": HTTPConnectionPool._make_request,
                "prepare": HTTPSConnectionPool._prepare_proxy, "heard": logging.Logger.callHandlers,
                "handlers": [h for h in logging.getLogger().handlers if "pytest" not in type(h).__module__], "level": logging.getLogger().level,
                "stdout": sys.stdout, "sf": sorted(n for n in os.environ if n.startswith("SF")), "cwd": os.getcwd(),
            }

        ORIGINAL = state()
    """)
    project.makepyfile("""
        import datetime, logging, sys, threading, time
        import pytest
        from conftest import ORIGINAL, state

        def ending(how):
            if how == "exit": raise SystemExit(3)
            if how == "error": raise ValueError("crash")
            if how == "base": raise BaseException("worse")
            if how == "skip": pytest.skip("no")
            if how == "thread":
                thread = threading.Thread(target=lambda: time.sleep(3600), daemon=True)
                thread.start()

        @pytest.mark.parametrize("fixture", ["rig", "rig_server"])
        @pytest.mark.parametrize("how", ["exit", "error", "base", "skip", "thread"])
        def test_crash(how, fixture, request):
            live = request.getfixturevalue(fixture)
            assert state()["sf"], "its names are in the environment"
            logging.basicConfig(level="DEBUG", force=True)
            live.inject("net.response_lost", on="row.create/Account")
            ending(how)

        @pytest.mark.parametrize("how", ["exit", "error", "base", "skip", "thread"])
        def test_zz_after(how):
            now = state()
            now.pop("stdout"); before = dict(ORIGINAL); before.pop("stdout")
            assert now == before
            assert type(sys.stdout).__module__ != "sfchaos.scenario.capture"
            assert abs(datetime.datetime.now().timestamp() - time.clock_gettime(time.CLOCK_REALTIME)) < 5
            assert datetime.datetime.now().year != 2026 or datetime.datetime.now().timetuple().tm_yday != 15
    """)
    result = project.runpytest_subprocess("-q", "-W", "ignore")
    result.assert_outcomes(passed=7, failed=6, skipped=2)


def test_a_client_that_never_gives_up_is_stopped(project):
    project.makepyfile("""
        import time
        import requests

        def get(rig):
            return requests.get(rig.env["SF_INSTANCE_URL"] + "/services/data/v62.0/limits", headers={"Authorization": "Bearer wrong"})

        def test_hammer(rig):
            while True:
                try:
                    get(rig)
                except requests.ConnectionError:
                    pass

        def test_wait_for_ever(rig):
            while get(rig).status_code != 200:
                time.sleep(3600)
    """)
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*StormCut: 20 refused repeats *", "*StormCut: the client has waited 7 virtual days*"])


def test_a_schedule_is_loaded_from_its_tree_a_file_or_a_value(project):
    project.makepyfile("""
        import json
        import pytest
        from crm import connect
        from sfchaos.faults.schedule import Schedule

        TREE = {"sfchaos_schedule": 1, "rules": [{"fault": "http.503", "on": "query.first/*"}]}

        @pytest.mark.parametrize("form", ["tree", "path", "text", "value"])
        def test_loaded(rig, form, tmp_path):
            file = tmp_path / "s.json"
            file.write_text(json.dumps(TREE))
            rig.load({"tree": TREE, "path": file, "text": str(file), "value": Schedule.from_tree(TREE)}[form])
            sf = connect()
            with pytest.raises(Exception):
                sf.query("SELECT Id FROM Account")
            assert rig.fired == {"r1": 1}

        def test_mistaken(rig):
            with pytest.raises(Exception, match="did you mean 'http.503'"):
                rig.load({"sfchaos_schedule": 1, "rules": [{"fault": "http.504", "on": "*/*"}]})
    """)
    project.runpytest_subprocess("-q").assert_outcomes(passed=5)


def test_a_schedule_named_from_here_is_found_after_a_test_went_elsewhere(project):
    (project.path / "s.json").write_text('{"sfchaos_schedule": 1, "rules": [{"fault": "http.503", "on": "query.first/*"}]}')
    project.makepyfile("""
        import os

        def test_goes(rig):
            os.chdir("/")

        def test_stays(rig):
            assert [rule.fault for rule in rig.schedule.rules] == ["http.503"]
    """)
    project.runpytest_subprocess("-q", "-p", "no:randomly", "--sfchaos-schedule", "s.json").assert_outcomes(passed=2)


def test_time_is_virtual_and_the_clock_is_at_hand(project):
    project.makepyfile("""
        import time
        from crm import connect
        import pytest
        from simple_salesforce.exceptions import SalesforceExpiredSession

        def test_a_day(rig):
            before = rig.clock.now_s()
            time.sleep(86400)
            assert rig.clock.now_s() - before == pytest.approx(86400)
            rig.clock.advance(3600)
            assert rig.clock.now_s() - before == pytest.approx(90000)
            with rig.phase("nightly"):
                connect().query("SELECT Id FROM Account")
            lines = [line for line in rig.journal if line.get("phase") == "nightly" and line["kind"] == "exchange"]
            assert [line["op"] for line in lines] == ["auth.soap", "query.first"]
    """)
    result = project.runpytest_subprocess("-q", "--durations=1")
    result.assert_outcomes(passed=1)


def test_the_served_rig_has_an_address_and_its_names_in_the_environment(project):
    project.makepyfile("""
        import os, subprocess, sys
        import requests

        def test_served(rig_server):
            assert rig_server.url == os.environ["SFCHAOS_HTTP"] == rig_server.env["SF_LOGIN_URL"]
            headers = {"Authorization": "Bearer " + os.environ["SF_ACCESS_TOKEN"]}
            rig_server.inject("http.503", on="row.create/Account")
            place = rig_server.url + "/services/data/v62.0/sobjects/Account"
            assert [requests.post(place, json={"Name": "A"}, headers=headers).status_code for _ in range(2)] == [503, 201]
            assert rig_server.org.count("Account") == 1

        def test_another_program(rig_server):
            script = "import os, urllib.request as u; print(u.urlopen(os.environ['SFCHAOS_HTTP'] + '/services/data').status)"
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
            assert done.stdout.strip() == "200", done.stderr
    """)
    project.runpytest_subprocess("-q").assert_outcomes(passed=2)
