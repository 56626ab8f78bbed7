"""Programs of their own that faults kill or freeze: the real process, started again."""

import sys

import pytest

from sfchaos.faults.schedule import Schedule
from sfchaos.scenario.config import load_config
from sfchaos.scenario.load import Scenario
from sfchaos.scenario.session import Session

JOB = """
import os, pathlib, sys
import requests

done = pathlib.Path("done.txt")
seen = done.read_text().split() if done.exists() else []
print("begins with", len(seen), "done", flush=True)
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["SF_ACCESS_TOKEN"]
for n in range(5):
    if str(n) in seen:
        continue
    url = f"{os.environ['SF_INSTANCE_URL']}/services/data/v62.0/sobjects/Contact"
    if sys.argv[1] == "upsert":
        reply = session.patch(f"{url}/External_Id__c/P-{n}", json={"LastName": f"Person {n}"}, timeout=30)
    else:
        reply = session.post(url, json={"LastName": f"Person {n}", "Legacy_Id__c": f"P-{n}"}, timeout=30)
    if reply.status_code == 401:
        sys.exit("the session has ended")
    with done.open("a") as file:
        file.write(f"{n} ")
"""


def played(tmp_path, how, rule):
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "sfchaos.toml").write_text(f'name = "job"\ntimeout_s = 60\ncommand = ["{sys.executable}", "job.py", "{how}"]\n')
    scenario = Scenario("dies", "", "", "", Schedule.from_tree({"sfchaos_schedule": 1, "rules": [rule]}), outcomes=("pass",), expect={"SFC-INT-01": "pass"})
    return Session(load_config(tmp_path / "sfchaos.toml"), 7).play(scenario)


def said(run):
    return [line["text"] for line in run.history.lines if line["kind"] == "log" and line["source"] == "stdout"]


@pytest.mark.parametrize(("fault", "how", "outcome"), [("proc.kill_before", "upsert", "pass"), ("proc.kill_after", "upsert", "pass"), ("proc.kill_after", "create", "duplicate")])
def test_a_job_that_is_killed_is_started_again_on_what_it_has_stored(tmp_path, fault, how, outcome):
    run = played(tmp_path, how, {"fault": fault, "on": f"row.{how}/*#3~1"})
    assert said(run) == ["begins with 0 done", "begins with 2 done"]
    assert [line["why"] for line in run.history.lines if line.get("event") == "restarted"] == ["ended by signal 9"]
    assert (run.outcome, run.history.ending.how) == (outcome, "ok")


def test_a_frozen_job_wakes_up_with_a_session_that_has_ended(tmp_path):
    run = played(tmp_path, "upsert", {"fault": "proc.pause", "on": "row.upsert/*#3~1", "with": {"hold": "5h"}})
    assert run.history.ending.how == "failed"
    statuses = [line["status"] for line in run.history.lines if line["kind"] == "exchange"]
    assert statuses == [201, 201, 201, 401]
