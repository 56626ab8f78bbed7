"""Every fault of the catalogue: it fires, its phase stands in the journal, the client sees what Salesforce would send, in process as
over a socket; a small client that is none the worse for it, and one that is caught for the stated reason.

The rows stand in `tests/support/fault_cases`, one file a family.
"""

import contextlib
import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fault_cases
import pytest
from fault_case import Case, Client, Seen
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.doors.server import Server
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.doors.wire_door import wire_door
from sfchaos.faults.registry import FAULTS, catalogue
from sfchaos.faults.schedule import Schedule
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.scenario.config import load_config, with_target
from sfchaos.scenario.load import Scenario, library
from sfchaos.scenario.session import Session

CLIENTS = Path(__file__).parent / "fault_clients"
SEED = 7
FAMILIES = [importlib.import_module(f"fault_cases.{found.name}") for found in pkgutil.iter_modules(fault_cases.__path__)]
CASES = [case for family in FAMILIES for case in family.CASES]
PAIRS = [pair for family in FAMILIES for pair in family.PAIRS]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault)
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.fault)


@contextlib.contextmanager
def in_process() -> Iterator[Client]:
    clock = VirtualClock()
    org = Org(seed=7, clock=clock)
    rig = Rig(org)
    client = Client(rig, org, org.instance_url)
    with contextlib.closing(org.store), contextlib.closing(client), urllib3_door(paced(rig.handle, clock), clock=clock):
        yield client


@contextlib.contextmanager
def over_a_line_in_memory() -> Iterator[Client]:
    clock = VirtualClock()
    org = Org(seed=7, clock=clock)
    rig = Rig(org)
    client = Client(rig, org, org.instance_url)
    with contextlib.closing(org.store), contextlib.closing(client), wire_door(paced(rig.handle, clock), clock=clock):
        yield client


@contextlib.contextmanager
def over_a_socket() -> Iterator[Client]:
    clock = SystemClock()
    org = Org(seed=7, clock=clock)
    rig = Rig(org, clock=clock, seed=7)
    with Server(paced(rig.handle, clock), clock=clock, settle=rig.settle, next_due_s=rig.next_due_s) as server:
        client = Client(rig, org, server.url)
        with contextlib.closing(client):
            yield client
    org.store.close()


def paced(handle: Callable[[Request], Response], clock: Clock) -> Callable[[Request], Response]:
    """Two seconds between requests, so that the order of things does not hang on the machine."""

    def handler(request: Request) -> Response:
        clock.advance(2)
        return handle(request)

    return handler


def struck(client: Client, case: Case) -> list[Seen]:
    place = {"on": case.on} if case.on else {}
    client.rig.inject(case.fault, **place, **{_keyword(key): value for key, value in case.rule.items()}, **dict(case.parameters))
    return case.talk(client)


def _keyword(key: str) -> str:
    return f"{key}_" if key in ("for", "from", "if") else key


def met(client: Client) -> list[dict[str, Any]]:
    """Journal lines that name the rule."""
    return [line for line in client.rig.journal if "r1" in line.get("fired", ())]


@every_case
def test_without_the_fault_the_same_calls_go_well(case):
    with in_process() as client:
        assert case.talk(client) == case.healthy


@every_case
def test_the_fault_fires_and_the_client_sees_what_salesforce_would_send(case):
    with in_process() as client:
        assert struck(client, case) == case.seen
        assert (client.rig.fired["r1"] >= 1, client.rig.unfired) == (True, [])


@every_case
def test_the_journal_says_the_phase_and_whether_the_work_was_done(case):
    with in_process() as client:
        struck(client, case)
        lines = met(client)
    assert {line["commit_phase"] for line in lines} == {case.phase} == {FAULTS[case.fault].info.when}
    assert lines[0].get("applied", "") == case.applied
    assert {name for line in lines for name in line["faults"]} == {FAULTS[case.fault].info.id}


TIERS = {"fast": in_process, "wire": over_a_line_in_memory, "real": over_a_socket}


@every_case
def test_it_is_the_same_story_in_every_tier_that_can_tell_it(case, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    stories = {}
    for tier, door in TIERS.items():
        with door() as client:
            stories[tier] = (struck(client, case), client.rig.trace_digest())
    told = next(story for tier, story in stories.items() if tier not in case.not_expressible)
    assert {tier: story == told for tier, story in stories.items()} == {tier: tier not in case.not_expressible for tier in TIERS}, stories


@pytest.mark.parametrize("door", TIERS.values(), ids=TIERS)
@pytest.mark.parametrize(("times", "status"), [(2, 201), (3, 503)])
def test_a_client_that_repeats_on_503_outlasts_two_of_them_and_not_three(door, times, status, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    retry = Retry(total=2, status_forcelist=[503], allowed_methods=None, backoff_factor=0.01, raise_on_status=False)
    with door() as client:
        for scheme in ("http://", "https://"):
            client.session.mount(scheme, HTTPAdapter(max_retries=retry))
        client.rig.inject("http.503", on="row.create", times=times)
        assert client.raw("POST", "/sobjects/Account", {"Name": "Acme"}).status_code == status
        assert client.rig.org.count("Account") == (status == 201)
        assert [line["address"] for line in client.rig.journal if line["kind"] == "exchange"] == [f"row.create/Account#1~{n}" for n in (1, 2, 3)]


def played(pair, client):
    schedule = Schedule.from_tree({"sfchaos_schedule": 1, "rules": [{"fault": pair.fault, **pair.rule}]})
    scenario = Scenario(pair.fault, pair.fault, "", "", schedule, expect=pair.expect, outcomes=pair.outcomes)
    if not isinstance(pair.caught, str):
        scenario = dataclasses.replace(scenario, expect={**pair.expect, pair.caught[0]: "pass"})
    session = Session(with_target(load_config(CLIENTS / pair.config), target=client), SEED)
    twin = session.twin(scenario)
    assert not twin.history.ending.loud, f"{client} fails without faults: {twin.history.ending.detail}"
    return session.play(scenario)


def verdicts(run):
    return {j.objective: (j.verdict, j.reason, j.detail) for j in run.judgements}


def assert_met(run, pair):
    assert FAULTS[pair.fault].info.id in {name for line in run.history.lines for name in line.get("faults", ())}, run.remark


@every_pair
def test_a_sound_client_is_none_the_worse(pair):
    run = played(pair, pair.good)
    assert_met(run, pair)
    assert not run.unfired
    assert run.outcome in pair.outcomes, (run.history.ending, verdicts(run))
    assert {name: verdicts(run)[name][0] for name in pair.expect} == dict(pair.expect), verdicts(run)


@every_pair
def test_an_unsound_client_is_caught_for_the_stated_reason(pair):
    run = played(pair, pair.bad)
    assert_met(run, pair)
    if isinstance(pair.caught, str):
        assert run.outcome == pair.caught, (run.history.ending, verdicts(run))
    else:
        assert verdicts(run)[pair.caught[0]][:2] == ("fail", pair.caught[1]), verdicts(run)


def test_every_fault_of_the_catalogue_has_its_row():
    assert {FAULTS[case.fault].info.id for case in CASES} == {info.id for info in catalogue()}
    assert {case.fault for case in CASES} == {*FAULTS}


def test_every_fault_has_its_pair_of_clients():
    """In a shipped scenario (`test_pairs` plays those), or in a table beside its row."""
    shipped = {name for scenario in library().values() for name in faults_of(scenario.schedule.rules)}
    assert shipped | {FAULTS[pair.fault].info.id for pair in PAIRS} == {info.id for info in catalogue()}


def faults_of(rules):
    return {rule.info.id for rule in rules} | {name for rule in rules for name in faults_of(rule.then)}
