"""What the fault model promises of runs as a whole. The checks that have a home elsewhere:

    the same trace in tiers fast, wire and real     tests/proof/test_every_fault.py
    removing a rule disturbs no other; unfired      tests/property/test_schedule_properties.py
    a blind creator shrinks to one rule             tests/property/test_naive_client_shrinks.py
    two of http.503 against Retry, in every tier    tests/proof/test_every_fault.py
    each id: fires, phase, a client that passes, one that fails    tests/proof/test_every_fault.py, tests/proof/test_pairs.py
"""

import math
import time

import pytest
from simple_salesforce import Salesforce

from sfchaos.core.clock import VirtualClock
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.faults.schedule import Schedule
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.scenario.config import load_config, with_target
from sfchaos.scenario.load import Scenario
from sfchaos.scenario.session import Session, most_requests
from sfchaos.vtime.virtual import virtual_time

CLIENTS = """
import os, time
import requests
from simple_salesforce import Salesforce

def connect():
    env = os.environ
    return Salesforce(username=env["SF_USERNAME"], password=env["SF_PASSWORD"], security_token=env["SF_SECURITY_TOKEN"], domain=env["SF_DOMAIN"])

def mixed():
    sf = connect()
    for n in range(6):
        for wait in (1, 2, 4, 8, 0):
            try:
                sf.Contact.upsert(f"External_Id__c/P-{n}", {"LastName": f"Person {n}"})
                break
            except (requests.RequestException, Exception):
                if not wait:
                    raise
                time.sleep(wait)
    list(sf.query_all_iter("SELECT Id FROM Contact"))

def loads():
    sf = connect()
    sf.bulk2.Contact.insert(records=[{"LastName": f"Person {n}"} for n in range(20)])
"""
RULES = [
    {"fault": "net.response_lost", "on": "row.upsert/Contact#2~1"},
    {"fault": "http.503", "on": "row.*/*", "p": 0.3, "times": 4},
    {"fault": "auth.expired", "before": "row.upsert/Contact#4~1"},
    {"fault": "row.locked", "on": "row.upsert/*#5~1", "with": {"hold": "5s"}},
    {"fault": "net.slow_headers", "on": "row.upsert/*#6"},
]


FAMILY = """
import json, sys
from crm import connect

def save_all(sf):
    sf.headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    for n in range(5):
        row = {"LastName": "Person", "Email": "family@example.com", "Legacy_Id__c": f"P-{n}"}
        sf.restful("sobjects/Contact", method="POST", data=json.dumps(row))

def twins():
    try:
        save_all(connect())
    except Exception as error:
        print("the rest was not loaded:", error, file=sys.stderr)
        return 1

def careful_twins():
    sf = connect()
    again = sf._refresh_session
    def refresh():
        again()
        sf.headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    sf._refresh_session = refresh
    save_all(sf)
"""
ONE_MAIL = "sfchaos_org: 1\nobjects:\n  Contact:\n    duplicateRules: {Mail: {fields: [Email], onCreate: allow}}\n"


def project(tmp_path):
    (tmp_path / "crm.py").write_text(CLIENTS)
    (tmp_path / "sfchaos.toml").write_text('name = "checks"\ntimeout_s = 60\n')
    return load_config(tmp_path / "sfchaos.toml")


def scenario(rules, **more):
    return Scenario("check", "check", "", "", Schedule.from_tree({"sfchaos_schedule": 1, "rules": rules}), **more)


def test_the_same_schedule_and_seed_give_the_same_trace_in_fifty_runs(tmp_path):
    session = Session(with_target(project(tmp_path), target="crm:mixed"), 7)
    runs = [session.play(scenario(RULES)) for _ in range(50)]
    assert {run.unfired for run in runs} == {()}
    assert len({run.trace_digest for run in runs}) == 1
    assert len({tuple(str(sorted(line.items())) for line in without_chain(run)) for run in runs}) == 1


def without_chain(run):
    """Lines of a run without what only says where in the journal it stands."""
    return [{key: value for key, value in line.items() if key not in ("n", "prev", "run")} for line in run.history.lines]


def test_a_job_that_is_stuck_for_a_day_makes_stock_simple_salesforce_a_storm(tmp_path):
    session = Session(with_target(project(tmp_path), target="crm:loads"), 7)
    began_s = time.perf_counter()
    run = session.play(scenario([{"fault": "bulk.stuck", "on": "bulk2.close", "with": {"hold": "24h"}}]))
    assert run.outcome == "storm"
    assert run.requests == most_requests(session.twin(scenario([])).requests)
    assert time.perf_counter() - began_s < 5


@pytest.mark.parametrize(("target", "outcome", "rows"), [("family:twins", "dirty_crash", 2), ("family:careful_twins", "pass", 5)])
def test_a_header_that_stock_simple_salesforce_loses_when_it_logs_in_again_is_found(tmp_path, target, outcome, rows):
    """It makes its headers anew; a row that was to be saved all the same is refused from then on."""
    (tmp_path / "family.py").write_text(FAMILY)
    (tmp_path / "org.yaml").write_text(ONE_MAIL)
    project(tmp_path)
    (tmp_path / "sfchaos.toml").write_text('name = "checks"\ntimeout_s = 60\n[org]\nschema = "org.yaml"\n')
    run = Session(with_target(load_config(tmp_path / "sfchaos.toml"), target=target), 7).play(scenario([{"fault": "auth.expired", "before": "row.create/Contact#3~1"}]))
    assert (run.outcome, sum(row.sobject == "Contact" for row in run.history.after)) == (outcome, rows)
    refused = [code for line in run.history.lines if line["kind"] == "exchange" and line["status"] == 400 for code in line["error_codes"]]
    assert refused == (["DUPLICATES_DETECTED"] if outcome != "pass" else [])


def polls_of(wait_s, seconds):
    """By the library's own waits: `wait` + e^n/1000 until one is above 2 s, and then that one for ever (simple_salesforce.bulk2, `wait_for_job`)."""
    n = next(n for n in range(20) if wait_s + math.exp(n) / 1000 >= 2.0)
    first = [wait_s, *(wait_s + math.exp(k) / 1000 for k in range(n))]
    return len(first) + (seconds - sum(first)) / (wait_s + math.exp(n) / 1000)


def test_uncapped_it_would_poll_some_25_000_times_a_day():
    """As the library's jobs wait by themselves; its `insert` asks for 5 s, which makes 17,000, still more than a Developer Edition has calls."""
    assert polls_of(0.5, 86_400) == pytest.approx(24_827, abs=5)
    assert polls_of(5.0, 86_400) == pytest.approx(17_277, abs=5)


@pytest.mark.parametrize("wait_s", [0.5, 5.0])
def test_and_an_hour_of_it_is_what_arithmetic_says(wait_s):
    clock = VirtualClock()
    org = Org(seed=7, clock=clock)
    rig = Rig(org, storms=False)
    rig.inject("bulk.stuck", on="bulk2.close", hold="1h")
    with virtual_time(clock), urllib3_door(rig.handle, clock=clock):
        sf = Salesforce(session_id=org.credentials.access_token, instance=org.instance_url.removeprefix("https://"))
        sf.bulk2.Contact.insert(records=[{"LastName": "Person"}], wait=wait_s)
    polls = [line for line in rig.journal if line.get("op") == "bulk2.poll"]
    work_s = 0.05  # each takes that long besides
    assert len(polls) == pytest.approx(polls_of(wait_s + work_s, 3600), abs=15)
