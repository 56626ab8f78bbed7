"""The same nightly job twice: the weak one is caught at each of its mistakes, the careful one holds, and every replay line keeps its word."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sfchaos.controls.judges import JUDGED

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"
SFCHAOS = [sys.executable, "-c", "from sfchaos.cli.main import main; main()"]
MISTAKES = [
    ("lost-write-reply", "SFC-INT-06", "duplicate-after-lost-reply"), ("silent-after-commit", "SFC-INT-02", "row-duplicated"),
    ("waits-grow", "SFC-RES-02", "gaps-constant"), ("maintenance-window", "SFC-RES-01", "attempts-exceeded"), ("daily-limit", "SFC-RES-01", "attempts-exceeded"),
    ("retry-after", "SFC-RES-04", "retry-after-ignored"), ("validation-rule", "SFC-RES-05", "repeated-unchanged"),
    ("one-row-unavailable", "SFC-INT-01", "row-lost"), ("validation-rule", "SFC-INT-04", "reject-not-reported"),
    ("session-expires", "SFC-AUTH-01", "operation-lost"), ("session-expires", "SFC-AUTH-03", "rejected-token-reused"),
    ("login-refused", "SFC-AUTH-06", "credential-hammered"), ("rows-fail-in-job", "SFC-INT-05", "failed-results-not-fetched"),
    ("job-fails-midway", "SFC-INT-02", "row-duplicated"), ("cursor-dies", "SFC-INT-01", "row-lost"), ("daily-limit", "SFC-LOG-03", "logged-below-warning"),
    ("record-locked", "SFC-LOG-04", "secret-in-log"), ("connection-resets", "SFC-LOG-01", "transfer-not-logged"), ("", "SFC-SEC-01", "credential-literal"),
]  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `sfchaos demo` wrote: (weak, careful) as documents, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run([*SFCHAOS, "demo", "--seed", "7"], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    weak, careful = (json.loads((folder / "evidence" / name / "evidence.json").read_text()) for name in ("run-0001", "run-0002"))
    return weak, careful, done.stdout


def failures(document):
    return {(run["scenario"], j["objective"]): j for run in document["runs"] for j in run["judgements"] if j["verdict"] == "fail"}


def test_the_careful_one_holds_every_objective_that_is_judged(demo):
    _, careful, _ = demo
    assert careful["exit_code"] == 0
    assert {row["objective"]: row["verdict"] for row in careful["results"]} == dict.fromkeys(JUDGED, "pass")
    assert [item["scenario"] for item in careful["scope"]["not_run"]] == ["refresh-token-rotates"]
    assert [run["scenario"] for run in careful["runs"] if run["unfired"]] == []


@pytest.mark.parametrize(("scenario", "objective", "reason"), MISTAKES)
def test_each_mistake_of_the_weak_one_is_found_by_name(demo, scenario, objective, reason):
    found = failures(demo[0])
    assert found[scenario, objective]["reason"] == reason
    assert found[scenario, objective]["exceptions"]


def test_the_weak_one_fails_and_the_failure_reads_like_a_story(demo):
    weak, _, printed = demo
    assert weak["exit_code"] == 1
    story = printed[printed.index("FAIL  SFC-INT-06") :].splitlines()
    assert "lost-write-reply" in story[0]
    assert story[0].endswith("seed 7")
    assert story[1].split() == ["row.create/Contact#2~1", "POST", "201,", "reply", "lost", "<-", "net.response_lost"]
    assert story[2].split() == ["row.create/Contact#2~2", "POST", "201", "same", "fields,", "2.0", "s", "later"]
    assert story[3].strip() == "Contact: 2 rows for one create; the reply to the first was lost"
    assert story[4].strip() == "remedy: upsert on an external id, or look before repeating a create"
    assert story[5].strip().startswith("again:  sfchaos replay sfx1.")


def test_every_replay_line_plays_its_failure_again(demo, tmp_path):
    failed = [run for run in demo[0]["runs"] if run["replay"] and any(j["verdict"] == "fail" for j in run["judgements"])]
    assert len(failed) >= 20

    def again(run):
        folder = tmp_path / run["id"] / "crm_sync_weak"
        shutil.copytree(EXAMPLES / "crm_sync_weak", folder)
        done = subprocess.run([*SFCHAOS, *shlex.split(run["replay"])[1:], "--json"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 1, done.stderr
        return next(r for r in json.loads(done.stdout)["runs"] if not r["clean"])

    with ThreadPoolExecutor(2) as pool:
        for run, replayed in zip(failed, pool.map(again, failed), strict=True):
            reasons = [{j["objective"]: (j["verdict"], j["reason"], j["exceptions_total"]) for j in r["judgements"]} for r in (run, replayed)]
            assert reasons[0] == reasons[1], run["scenario"]
            assert (replayed["trace_digest"], replayed["outcome"]) == (run["trace_digest"], run["outcome"]), run["scenario"]


ONE_RUN = """
import sys
from pathlib import Path
from sfchaos.scenario.config import load_config
from sfchaos.scenario.load import library
from sfchaos.scenario.session import Session
session = Session(load_config(Path("sfchaos.toml")), 11)
session.play(library()["connection-resets"])
sys.stdout.buffer.write(session.journal.data())
"""


@pytest.mark.parametrize(("example", "zones"), [("crm_sync_careful", ("UTC", "Asia/Tokyo", "America/New_York")), ("crm_sync_weak", ("UTC",))])  # the weak one logs local time
def test_the_same_seed_gives_the_same_journal_byte_for_byte_in_twenty_processes(tmp_path, example, zones):
    def journal(number):
        folder = tmp_path / str(number) / example
        shutil.copytree(EXAMPLES / example, folder)
        env = {**os.environ, "PYTHONHASHSEED": str(number), "TZ": zones[number % len(zones)]}
        return subprocess.run([sys.executable, "-c", ONE_RUN], cwd=folder, env=env, capture_output=True, timeout=120, check=True).stdout

    with ThreadPoolExecutor(2) as pool:
        journals = list(pool.map(journal, range(20)))
    assert journals[0].count(b'"kind":"exchange"') > 140
    assert [number for number, data in enumerate(journals) if data != journals[0]] == []
