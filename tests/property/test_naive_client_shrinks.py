"""A client that repeats a create blindly is found out by a random schedule, and the schedule shrinks to the one rule that matters."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.messages import Request
from sfchaos.faults.registry import info_of
from sfchaos.faults.schedule import Schedule
from sfchaos.org.org import Org
from sfchaos.rig import Rig
from sfchaos.strategies import hostile_values, played, records, schedules, soql

INSTANCE = "https://acme.my.salesforce.com"
ROWS = INSTANCE + "/services/data/v62.0/sobjects/Account"
SEARCH = settings(max_examples=2_000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
ORG = Org(seed=3)
ORG.mark()


def naive(rig: Rig) -> None:
    """Three tries at a create, whatever went wrong; between a login that never fails and a look that never counts."""
    headers = (("Content-Type", "application/json"), ("Authorization", "Bearer " + rig.env["SF_ACCESS_TOKEN"]))
    rig.handle(Request("GET", INSTANCE + "/services/data/v62.0/limits", headers))
    for _ in range(3):
        reply = rig.handle(Request("POST", ROWS, headers, b'{"Name":"Acme"}'))
        rig.clock.advance(1)
        if reply.status == 201 and reply.delivery.fate == "whole":
            return


def careful(rig: Rig) -> None:
    """The same with an upsert by external id."""
    headers = (("Content-Type", "application/json"), ("Authorization", "Bearer " + rig.env["SF_ACCESS_TOKEN"]))
    for _ in range(3):
        reply = rig.handle(Request("PATCH", ROWS + "/External_Id__c/A-1", headers, b'{"Name":"Acme"}'))
        rig.clock.advance(1)
        if reply.status in (200, 201) and reply.delivery.fate == "whole":
            return


def twins(client, schedule: Schedule) -> bool:
    """Whether the client leaves two rows behind under the schedule."""
    ORG.reset()
    rig = Rig(ORG, schedule=schedule, seed=3)
    client(rig)
    return rig.org.count("Account", Name="Acme") > 1


def test_the_failing_schedule_of_a_naive_client_shrinks_to_one_rule():
    smallest = find(schedules(), lambda schedule: twins(naive, schedule), settings=SEARCH)

    [rule] = smallest.rules
    assert info_of(rule.fault).when in ("A", "D"), rule
    assert rule.pattern.matches("row.create", "Account", 1, 1)
    assert (rule.times, rule.p, rule.for_s) == (1, 1.0, None)


@pytest.mark.parametrize("narrow", [{"faults": ["net.*"]}, {"operations": ["row.*", "query.first"]}, {"max_rules": 6, "operations": ["row.create"]}],
                         ids=["faults", "operations", "many rules"])  # fmt: skip
def test_however_the_search_is_narrowed_the_same_rule_comes_out(narrow):
    smallest = find(schedules(**narrow), lambda schedule: twins(naive, schedule), settings=SEARCH)

    assert [dict(rule.tree) for rule in smallest.rules] == [{"id": "r1", "fault": "net.response_lost", "on": "row.create/*"}]


def test_given_reports_the_shrunk_schedule_of_a_failing_test():
    seen: list[Schedule] = []

    @settings(SEARCH, phases=(Phase.generate, Phase.shrink), max_examples=500, print_blob=False)
    @given(schedule=schedules(operations=["row.create", "meta.limits"]))
    def the_naive_client_makes_no_twin(schedule: Schedule) -> None:
        if twins(naive, schedule):
            seen.append(schedule)
            raise AssertionError("two rows hold Name = Acme")

    with pytest.raises(AssertionError, match="two rows hold"):
        the_naive_client_makes_no_twin()
    assert [rule.fault for rule in seen[-1].rules] == ["net.response_lost"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedule=schedules(operations=["row.*"]))
def test_no_schedule_makes_an_upserting_client_leave_twins(schedule):
    assert not twins(careful, schedule)


def test_a_schedule_drawn_can_be_played_around_unmodified_code():
    def push() -> None:
        for _ in range(2):
            try:
                requests.post(ROWS, json={"Name": "Acme"}, headers={"Authorization": "Bearer " + token}, timeout=5)
            except requests.ConnectionError:
                continue
            return

    with played(Schedule.from_tree({"sfchaos_schedule": 1, "rules": [{"fault": "net.response_lost", "on": "row.create/Account"}]}), seed=4) as rig:
        token = rig.env["SF_ACCESS_TOKEN"]
        push()
        assert rig.org.count("Account", Name="Acme") == 2
    with played(Schedule(), seed=4) as rig:
        token = rig.env["SF_ACCESS_TOKEN"]
        push()
        assert rig.org.count("Account", Name="Acme") == 1


# ---------------------------------------------------------------------- what the strategies promise


@settings(max_examples=100, deadline=None)
@given(schedule=schedules(max_rules=4))
def test_every_schedule_survives_its_json_and_loads_into_a_rig(schedule):
    assert Schedule.from_tree(json.loads(json.dumps(schedule.as_tree()))).digest == schedule.digest
    assert len(schedule.rules) <= 4
    assert Rig(ORG, schedule=schedule).not_expressible == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), sobject=st.sampled_from(["Account", "Contact", "Lead", "Opportunity", "Case", "Task"]), hostile=st.booleans())
def test_the_org_takes_every_record(data, sobject, hostile):
    row = data.draw(records(sobject, hostile=hostile))
    ORG.reset()
    token = ORG.credentials.access_token
    headers = (("Content-Type", "application/json"), ("Authorization", "Bearer " + token))
    reply = ORG.handle(Request("POST", f"{INSTANCE}/services/data/v62.0/sobjects/{sobject}", headers, json.dumps(row).encode()))
    assert reply.status == 201, (row, reply.body)
    kept = ORG.admin.rows(sobject, Id=json.loads(reply.body)["id"])[0]
    for name in ("Description", "LastName", "Subject"):
        if name in row:
            assert kept[name] == row[name]


def test_fixed_fields_stay_and_unknown_ones_are_named():
    assert find(records("Contact", LastName="Doe"), lambda row: True) == {"LastName": "Doe"}
    with pytest.raises(UnknownName, match="LastName"):
        records("Contact", LastNme="Doe")
    with pytest.raises(UnknownName, match="Account"):
        records("Acount")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(statement=soql())
def test_the_org_answers_every_statement(statement):
    assert isinstance(ORG.admin.query(statement), list)


@given(value=hostile_values(max_size=20))
def test_hostile_values_keep_their_length_and_can_be_encoded(value):
    assert len(value) <= 20
    assert not any(ord(char) < 32 and char not in "\t\r\n" for char in value)
    value.encode("utf-8")


def test_a_pattern_that_fits_nothing_is_named_with_the_nearest():
    with pytest.raises(UnknownName, match=r"net\.response_lost"):
        schedules(faults=["net.response_lots"])
    with pytest.raises(UnknownName, match=r"row\.create"):
        schedules(operations=["row.creat"])
    with pytest.raises(UsageError, match="none of these faults"):
        schedules(faults=["auth.rotated"], operations=["row.create"])
