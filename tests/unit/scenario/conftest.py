"""Targets written into a folder of their own, and a session over them."""

import textwrap

import pytest

from sfchaos.faults.schedule import Schedule
from sfchaos.scenario.config import load_config
from sfchaos.scenario.load import Scenario
from sfchaos.scenario.session import Session

HEAD = """
import json, os, sys, time
import requests

def send(method="POST", path="sobjects/Account", **json):
    return requests.request(method, os.environ["SF_INSTANCE_URL"] + "/services/data/v62.0/" + path, json=json or None,
                            headers={"Authorization": "Bearer " + os.environ["SF_ACCESS_TOKEN"]})
"""


@pytest.fixture
def target(tmp_path):
    """`target("def main(): ...", 'timeout_s = 5')`: a session whose target is that function."""

    def make(code, toml="", *, seed=7, place="job:main", command=""):
        (tmp_path / "job.py").write_text(HEAD + textwrap.dedent(code))
        what = f"command = {command}" if command else f'target = "{place}"'
        (tmp_path / "sfchaos.toml").write_text(f"{what}\n{toml}\n")
        return Session(load_config(tmp_path / "sfchaos.toml"), seed)

    return make


@pytest.fixture
def scenario():
    def make(*rules, outcomes=("pass",), **more):
        expect = more.pop("expect", {"SFC-INT-01": "pass", "SFC-INT-02": "pass"})
        return Scenario("s", "a title", "", "", Schedule.from_tree({"sfchaos_schedule": 1, "rules": list(rules)}), expect=expect, outcomes=outcomes, **more)

    return make
