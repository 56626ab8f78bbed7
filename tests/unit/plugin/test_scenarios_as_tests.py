"""`*.sfchaos.yaml` files, --sfchaos-check, --sfchaos-scenario and --sfchaos-schedule."""

from __future__ import annotations

import json
import re

import pytest

pytest_plugins = ["pytester"]

SCENARIO = """\
id: lost-one
title: A create whose reply is lost is not repeated blindly
why: The org commits before it answers.
source: REST API Developer Guide
rules:
  - {fault: net.response_lost, on: "row.*/Account"}
expect: {outcome: [pass], SFC-INT-02: pass}
"""


def test_a_scenario_file_is_a_test_of_the_declared_target(declared):
    (declared.path / "lost-one.sfchaos.yaml").write_text(SCENARIO)
    declared.target("careful")
    sound = declared.runpytest_subprocess("-v", "--sfchaos-seed", "7")
    sound.assert_outcomes(passed=1)
    sound.stdout.fnmatch_lines(["lost-one.sfchaos.yaml::lost-one PASSED*", "SFC-INT-02     1 pass"])

    declared.target("blind")
    weak = declared.runpytest_subprocess("-q", "--sfchaos-seed", "7", "--sfchaos-evidence", "evidence")
    weak.assert_outcomes(failed=1)
    weak.stdout.fnmatch_lines(["FAIL  SFC-INT-02 *lost-one * seed 7", "*reply lost*<- net.response_lost", "*again:  sfchaos replay sfx1.*", "SFC-INT-02     1 fail", "evidence: *run-0001"])
    assert "Traceback" not in weak.stdout.str()
    from sfchaos.evidence.verify import verify_bundle

    report = verify_bundle(declared.path / "evidence" / "run-0001")
    assert report.ok, report.lines()


def test_the_replay_line_of_a_scenario_plays_it_again(declared):
    import shlex
    import subprocess
    import sys

    (declared.path / "lost-one.sfchaos.yaml").write_text(SCENARIO)
    declared.target("blind")
    found = re.search(r"again:  sfchaos (replay .*)", declared.runpytest_subprocess("-q").stdout.str())
    assert found
    again = subprocess.run([sys.executable, "-c", "from sfchaos.cli.main import main; main()", *shlex.split(found[1])], cwd=declared.path, capture_output=True,
                           text=True, timeout=120, check=False)  # fmt: skip
    assert again.returncode == 1, again.stderr
    assert "FAIL  SFC-INT-02" in again.stderr


def test_files_and_bodies_stand_in_one_bundle_without_disturbing_each_other(declared):
    (declared.path / "lost-one.sfchaos.yaml").write_text(SCENARIO)
    declared.target("careful")
    declared.makepyfile(test_a="""
        import crm

        def test_before(rig):
            crm.careful()
            assert rig.org.count("Account") == 3
            rig.verify("SFC-AUTH-10")
    """, test_z="""
        import sys
        import crm

        def test_after(rig):
            assert sys.modules["crm"] is crm, "the module that tests imported is still the one"
            crm.careful()
            rig.verify("SFC-AUTH-10")
    """)  # fmt: skip
    result = declared.runpytest_subprocess("-q", "--sfchaos-evidence", "evidence", "test_a.py", "lost-one.sfchaos.yaml", "test_z.py")
    result.assert_outcomes(passed=3)
    evidence = json.loads((declared.path / "evidence" / "run-0001" / "evidence.json").read_text())
    assert [run["id"] for run in evidence["runs"]] == ["r1", "r2", "r3", "r4"]
    assert [(run["scenario"], run["clean"]) for run in evidence["runs"]] == [
        ("test_a.py::test_before", False), ("", True), ("lost-one", False), ("test_z.py::test_after", False)]  # fmt: skip
    from sfchaos.evidence.verify import verify_bundle

    report = verify_bundle(declared.path / "evidence" / "run-0001")
    assert report.ok, report.lines()


def test_mistakes_in_a_scenario_file_name_file_line_and_remedy(declared):
    declared.target("careful")
    (declared.path / "lost-one.sfchaos.yaml").write_text(SCENARIO.replace("net.response_lost", "net.respnse_lost"))
    (declared.path / "torn.sfchaos.yaml").write_text("id: torn\ntitle: [unclosed\nrules: {")
    result = declared.runpytest_subprocess("-q")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*lost-one.sfchaos.yaml:6: *unknown fault 'net.respnse_lost'*", "*did you mean 'net.response_lost'*", "*remedy: *"])
    result.stdout.re_match_lines([r".*torn\.sfchaos\.yaml:\d+: not YAML.*", ".*remedy: .*"])
    assert "load.py" not in result.stdout.str()


def test_a_scenario_file_without_a_target_says_where_to_name_one(project):
    (project.path / "lost-one.sfchaos.yaml").write_text(SCENARIO)
    result = project.runpytest_subprocess("-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["no target: nothing says what to test", "*remedy: write `target = *"])


def test_a_target_that_fails_without_faults_cannot_be_judged(declared):
    (declared.path / "lost-one.sfchaos.yaml").write_text(SCENARIO)
    (declared.path / "sfchaos.toml").write_text('target = "broken:main"\n')
    (declared.path / "broken.py").write_text("def main():\n    raise KeyError('CRM_URL')\n")
    result = declared.runpytest_subprocess("-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["INCONCLUSIVE  SFC-INT-02*", "*KeyError*CRM_URL*"])


def test_the_library_is_played_with_check_and_what_does_not_apply_is_skipped(declared):
    declared.target("blind")
    result = declared.runpytest_subprocess("-q", "--sfchaos-check", "-rs", "-k", "lost-write-reply or cursor-dies", "--sfchaos-seed", "7")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] >= 1
    assert outcomes["skipped"] >= 1
    result.stdout.fnmatch_lines(["*FAIL  SFC-INT-02 *lost-write-reply *", "SKIPPED * not exercised: the target makes no *"])


def test_check_without_a_target_is_a_usage_error(project):
    project.makepyfile("def test_other(): pass")
    result = project.runpytest_subprocess("-q", "--sfchaos-check")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: no target*", "*remedy: *"])


def test_scenario_and_schedule_arm_every_rig(project):
    project.makepyfile("""
        from crm import push_blindly

        def test_sync(rig):
            push_blindly(["Acme", "Beta"])
            assert rig.org.count("Account") == 2
    """)
    project.runpytest_subprocess("-q").assert_outcomes(passed=1)
    project.runpytest_subprocess("-q", "--sfchaos-scenario", "lost-write-reply").assert_outcomes(failed=1)
    rules = {"sfchaos_schedule": 1, "rules": [{"fault": "net.response_lost", "on": "row.create/Account"}]}
    (project.path / "twin.json").write_text(json.dumps(rules))
    project.runpytest_subprocess("-q", "--sfchaos-schedule", "twin.json").assert_outcomes(failed=1)
    project.runpytest_subprocess("-q", "-o", "sfchaos_schedule=twin.json").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--sfchaos-scenario", "lost-write-repl"), "did you mean 'lost-write-reply'"),
        (("--sfchaos-schedule", "sfx1.nonsense"), "is damaged"),
        (("--sfchaos-schedule", "nowhere.json"), "does not exist"),
        (("--sfchaos-seed", "x"), "'x' is not a whole number"),
    ],
)
def test_a_mistake_on_the_command_line_ends_the_session_at_once(project, options, told):
    project.makepyfile("def test_other(): pass")
    result = project.runpytest_subprocess("-q", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stderr.str()
    assert told in text
    assert "remedy: " in text or "usage: " in text
