"""Exit codes and messages: 0 all pass, 1 an objective failed, 2 usage or harness, 3 inconclusive; every mistake names its remedy."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

GOOD = """
import os, time
import requests
from simple_salesforce import Salesforce

def connect():
    return Salesforce(username=os.environ["SF_USERNAME"], password=os.environ["SF_PASSWORD"], security_token=os.environ["SF_SECURITY_TOKEN"])

def main():
    sf = connect()
    for name in ("A", "B", "C"):
        for _ in range(3):
            try:
                sf.Account.upsert("External_Id__c/" + name, {"Name": name})
                break
            except requests.ConnectionError:
                time.sleep(1)

def blind():
    sf = connect()
    for name in ("A", "B", "C"):
        try:
            sf.Account.create({"Name": name})
        except requests.ConnectionError:
            sf.Account.create({"Name": name})

def crash():
    raise KeyError("CRM_URL")

def busy():
    while True:
        pass

def asleep():
    while True:
        time.sleep(3600)

def hammer():
    while True:
        try:
            requests.get(os.environ["SF_INSTANCE_URL"] + "/services/data/v62.0/limits", headers={"Authorization": "Bearer wrong"})
        except requests.ConnectionError:
            pass
"""


@pytest.fixture
def project(shell):
    """A folder with `good.py`; `project(target)` writes sfchaos.toml."""
    shell.script("good.py", GOOD)

    def declare(target: str = "good:main", more: str = "") -> None:
        (shell.folder / "sfchaos.toml").write_text(f'target = "{target}"\n{more}')

    declare()
    shell.declare = declare
    return shell


def in_process(*words: str) -> int:
    """The same entry point without a process of its own: for mistakes that are told before anything runs."""
    from sfchaos.cli.main import main

    with pytest.raises(SystemExit) as stop:
        main(words)
    code = stop.value.code
    assert isinstance(code, int)
    return code


@pytest.mark.parametrize(("target", "code"), [("good:main", 0), ("good:blind", 1)])
def test_a_sound_target_passes_and_a_weak_one_fails(project, target, code):
    project.declare(target)
    done = project("check", "--scenario", "lost-write-reply", "--seed", "7")
    assert done.returncode == code, done.stdout + done.stderr
    assert ("FAIL  SFC-INT-06" in done.stdout) == (code == 1)
    assert project("verify", "evidence/run-0001").returncode == 0
    assert project.left_over() == []


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("good:crash", "the target failed in the clean run, without any fault: KeyError: 'CRM_URL'"),
        ("good:busy", "the target hung in the clean run, without any fault: neither ended nor sent a request within 1 s"),
        ("good:asleep", "the target hung in the clean run"),
        ("good:hammer", "the target hammered the org in the clean run"),
    ],
)
def test_a_target_that_cannot_run_without_faults_is_inconclusive(project, target, told):
    project.declare(target, "timeout_s = 1\n")
    done = project("check", "--scenario", "lost-write-reply", "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert told in done.stderr
    assert "remedy: " in done.stderr
    document = json.loads(done.stdout)
    assert (document["verdict"], document["exit_code"]) == ("inconclusive", 3)
    assert {j["reason"] for run in document["runs"] if not run["clean"] for j in run["judgements"]} == {"clean-run-failed"}


@pytest.mark.parametrize(
    ("name", "text", "words", "told"),
    [
        ("s.json", '{"sfchaos_schedule": 1, "rules": [\n{"fault": "net.respnse_lost", "on": "row.create/*"}]}', ("check", "--schedule", "s.json"),
         ["s.json:2: ", "unknown fault 'net.respnse_lost'", "did you mean 'net.response_lost'"]),
        ("s.yaml", "rules:\n  - {fault: net.response_lost\n  on: x", ("check", "--schedule", "s.yaml"), ["s.yaml:3: not YAML"]),
        ("s.yaml", "sfchaos_schedule: 1\nrules:\n  - {fault: http.503, on: '*', tmes: 2}\n", ("check", "--schedule", "s.yaml"), ["s.yaml:3: ", "'tmes'", "did you mean 'times'"]),
        ("sfchaos.toml", 'target = "good:main"\n\n[sla]\nrto = 5\n', ("check",), ["sfchaos.toml:4: unknown key 'sla.rto'", "did you mean 'rto_s'"]),
        ("sfchaos.toml", 'target = "good:main\n', ("check",), ["sfchaos.toml:1: not TOML"]),
        ("sfchaos.toml", 'target = "good"\n', ("check",), ["sfchaos.toml:1: ", "not of the form module:function"]),
        ("sfchaos.toml", 'target = "good:main"\ncommand = ["true"]\n', ("check",), ["sfchaos.toml:2: ", "both `target` and `command`"]),
        ("sfchaos.toml", 'name = "x"\n', ("check",), ["no target"]),
        ("sfchaos.toml", 'target = "good:mian"\n', ("check", "--scenario", "lost-write-reply"), ["no function 'mian'", "did you mean 'main'"]),
        ("sfchaos.toml", 'target = "goood:main"\n', ("check", "--scenario", "lost-write-reply"), ["no module named 'goood'", "did you mean 'good'"]),
        ("x.yaml", "id: y\n", ("check", "--scenario", "x.yaml"), ["x.yaml:1: id 'y' differs from the file's name 'x'"]),
        ("org.yaml", "sfchaos_org: 1\nobjets: {}\n", ("check", "--org", "org.yaml"), ["org.yaml:2: ", "'objets'", "did you mean 'objects'"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_names_file_line_value_and_remedy(project, monkeypatch, capsys, name, text, words, told):
    (project.folder / name).write_text(text)
    monkeypatch.chdir(project.folder)
    assert in_process(*words) == 2
    error = capsys.readouterr().err
    for part in told:
        assert part in error, error
    assert "remedy: " in error
    assert not (project.folder / "evidence").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("chek",), "Did you mean 'check'?"),
        (("check", "--scenario", "lost-write-rply"), "did you mean 'lost-write-reply'"),
        (("check", "--pack", "quik"), "did you mean 'quick'"),
        (("check", "--schedule", "nowhere.json"), "schedule file 'nowhere.json' does not exist"),
        (("check", "--schedule", "sfx1.eNoVjcsKgz"), "is cut short"),
        (("check", "--config", "nowhere.toml"), "configuration file 'nowhere.toml' does not exist"),
        (("check", "--org", "nowhere.yaml"), "nowhere.yaml: no such file"),
        (("check", "--seed", "-1"), "-1 is not in the range"),
        (("replay", "sfx1.zzz"), "is damaged"),
        (("replay", "something"), "schedule file 'something' does not exist"),
        (("run",), "nothing to run"),
        (("run", "--", "no-such-program"), "command 'no-such-program' cannot be started"),
        (("explain", "net.response_lst"), "did you mean 'net.response_lost'"),
        (("explain", "SFC-INT-66"), "unknown id 'SFC-INT-66'"),
        (("list", "things"), "is not one of 'scenarios', 'faults'"),
        (("serve", "--scenario", "lost-write-rply"), "did you mean 'lost-write-reply'"),
        (("serve", "--port", "70000"), "70000 is not in the range"),
    ],
)
def test_a_mistake_on_the_command_line_is_told_at_once(project, monkeypatch, capsys, words, told):
    monkeypatch.chdir(project.folder)
    assert in_process(*words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "remedy: " in error or "Usage: " in error
    assert "Traceback" not in error
    assert not (project.folder / "evidence").exists()


def test_verify_tells_no_bundle_from_a_bad_one(project):
    done = project("verify", "evidence/run-0001")
    assert done.returncode == 2
    assert "remedy: " in done.stdout + done.stderr
    assert project("check", "--scenario", "lost-write-reply").returncode == 0
    journal = project.folder / "evidence" / "run-0001" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"201", b"200", 1))
    assert project("verify", "evidence/run-0001").returncode == 1


def test_a_replay_that_passes_says_so_with_code_3(project):
    project.declare("good:blind")
    done = project("check", "--scenario", "lost-write-reply", "--seed", "7")
    token = done.stdout.partition("sfchaos replay ")[2].split()[0]
    assert project("replay", token).returncode == 1
    project.declare("good:main")
    mended = project("replay", token)
    assert mended.returncode == 3
    assert "not reproduced" in mended.stderr
    assert not (project.folder / "evidence" / "run-0002").exists(), "a replay writes only when asked"


OWN = """\
id: {name}
title: mine
rules:
  - {{fault: net.response_lost, on: "row.create/*"}}
expect: {{SFC-INT-06: pass}}
"""


@pytest.mark.parametrize(
    ("check", "start"),
    [
        (("check", "--scenario", "own"), "deep"),
        (("check", "--config", "../sfchaos.toml", "--scenario", "own"), "deep"),
        (("check", "--scenario", "elsewhere/other.yaml", "--timeout", "30"), "."),
        (("run", "--scenario", "elsewhere/other.yaml", "--", sys.executable, "-c", "import good; good.blind()"), "."),
    ],
)
def test_the_printed_replay_line_plays_from_where_it_was_printed(project, check, start):
    project.declare("good:blind")
    for name, path in (("own", "own.sfchaos.yaml"), ("other", "elsewhere/other.yaml"), ("x", "deep/x.txt")):
        (project.folder / path).parent.mkdir(exist_ok=True)
        (project.folder / path).write_text(OWN.format(name=name))
    project.folder /= start
    done = project(*check, "--seed", "7")
    assert done.returncode == 1, done.stdout + done.stderr
    line = (done.stdout + done.stderr).partition("again:  sfchaos ")[2].splitlines()[0]
    again = project(*shlex.split(line))
    assert again.returncode == 1, line + again.stdout + again.stderr
    assert "FAIL  SFC-INT-06" in again.stdout + again.stderr


def test_a_project_s_own_scenarios_are_listed_and_explained(project, monkeypatch, capsys):
    (project.folder / "own.sfchaos.yaml").write_text(OWN.format(name="own"))
    monkeypatch.chdir(project.folder)
    assert in_process("list", "scenarios", "--json") == 0
    assert "own" in [row["id"] for row in json.loads(capsys.readouterr().out)]
    assert in_process("explain", "own") == 0
    assert "SFC-INT-06" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["scenarios", "faults", "objectives", "routes"])
def test_lists_are_rows_in_json(monkeypatch, capsys, tmp_path, what):
    monkeypatch.chdir(tmp_path)
    assert in_process("list", what, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 10
    assert all(isinstance(row, dict) for row in rows)


@pytest.mark.parametrize("name", ["net.response_lost", "SFC-INT-06", "lost-write-reply", "config", "scenario"])
def test_explain_knows_faults_objectives_scenarios_and_files(monkeypatch, capsys, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    assert in_process("explain", name) == 0
    assert len(capsys.readouterr().out) > 100


def test_every_command_has_help_and_the_version_is_told(capsys):
    from sfchaos import __version__
    from sfchaos.cli.main import COMMANDS

    for name in COMMANDS:
        assert in_process(name, "--help") == 0
        assert "Usage: " in capsys.readouterr().out
    assert in_process("--version") == 0
    assert __version__ in capsys.readouterr().out
