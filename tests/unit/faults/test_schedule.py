import json

import pytest

from sfchaos.core.errors import BadFile, UnknownName, UsageError
from sfchaos.faults.schedule import Schedule

TREE = {
    "sfchaos_schedule": 1,
    "seed": 7,
    "org": "crm-small@3",
    "rules": [
        {"id": "r1", "fault": "net.response_lost", "on": "row.create/Contact#2~1"},
        {"id": "r2", "fault": "limit.daily", "on": "*/*", "for": "24h", "from": "T+90s", "with": {"profile": "rolling"}},
        {"id": "r3", "fault": "row.locked", "on": "row.upsert/*", "times": 2, "p": 0.05, "with": {"hold": "10s"}},
        {"id": "r4", "fault": "auth.expired", "before": "bulk2.poll/J1#1~3", "then": [{"id": "r4.1", "fault": "http.503", "on": "*/*"}]},
        {"id": "r5", "fault": "http.503", "on": "*/*", "if": {"inflight": ">=8"}},
    ],
}


def schedule(**rule):
    return Schedule.from_tree({"sfchaos_schedule": 1, "rules": [{"fault": "http.503", "on": "*/*", **rule}]})


def test_a_tree_comes_back_as_it_went_in():
    read = Schedule.from_tree(TREE)
    assert read.as_tree() == TREE
    assert Schedule.from_tree(json.loads(json.dumps(read.as_tree()))) == read
    assert Schedule.from_tree(read.as_tree()).digest == read.digest


def test_rules_without_an_id_are_numbered_and_those_they_arm_below_them():
    read = Schedule.from_tree({"sfchaos_schedule": 1, "rules": [
        {"fault": "http.503", "on": "*/*"}, {"fault": "http.503", "on": "*/*", "then": [{"fault": "net.reset_before", "on": "*/*"}]}]})  # fmt: skip
    assert [rule.id for rule in read.all_rules()] == ["r1", "r2", "r2.1"]


def test_a_rule_without_times_fires_once_unless_another_key_widens_it():
    assert schedule().rules[0].times == 1
    assert schedule(phase="load").rules[0].times == 1
    for widening in ({"p": 0.5}, {"every": 3}, {"for": "1m"}, {"from": "T+1s"}, {"to": 9}, {"if": {"object": "Contact"}}):
        assert schedule(**widening).rules[0].times == "always", widening
    assert schedule(p=0.5, times=2).rules[0].times == 2


def test_windows_are_seconds_since_the_run_began():
    rule = schedule(**{"from": "T+1.5m", "to": "2h", "for": "default"}).rules[0]
    assert (rule.from_s, rule.to_s, rule.for_s) == (90, 7200, 120)


def test_on_means_before_for_a_fault_that_changes_the_org():
    rules = Schedule.from_tree({"sfchaos_schedule": 1, "rules": [
        {"fault": "auth.expired", "on": "*/*"}, {"fault": "auth.expired", "after": "*/*"}, {"fault": "http.503", "on": "*/*"}]}).rules  # fmt: skip
    assert [rule.place for rule in rules] == ["before", "after", "on"]


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"fault": "net.respons_lost", "on": "*/*"}, "rules[1].fault: unknown fault 'net.respons_lost'\n  did you mean 'net.response_lost'"),
        ({"fault": 3, "on": "*/*"}, "rules[1].fault: 3"),
        ({"fault": "http.503", "before": "*/*"}, "rules[1].before: http.503 changes a reply"),
        ({"fault": "http.503"}, "rules[1]: one of on, before, after"),
        ({"fault": "auth.expired", "on": "*/*", "before": "*/*"}, "seen on and before"),
        ({"fault": "http.503", "on": "row.craete/*"}, "rules[1].on: unknown operation"),
        ({"fault": "http.503", "on": "*/*", "time": 2}, "rules[1]: unknown key 'time'\n  did you mean 'times'?"),
        ({"fault": "http.503", "on": "*/*", "times": 0}, "rules[1].times: 0"),
        ({"fault": "http.503", "on": "*/*", "times": True}, "rules[1].times: True"),
        ({"fault": "http.503", "on": "*/*", "p": 2}, "rules[1].p: 2"),
        ({"fault": "http.503", "on": "*/*", "every": 0}, "rules[1].every: 0"),
        ({"fault": "http.503", "on": "*/*", "for": "soon"}, "rules[1].for: 'soon'"),
        ({"fault": "net.reset_before", "on": "*/*", "for": "default"}, "rules[1].for: net.reset_before has no default window"),
        ({"fault": "http.503", "on": "*/*", "from": "T+x"}, "rules[1].from: 'x'"),
        ({"fault": "http.503", "on": "*/*", "if": {"inflght": 3}}, "rules[1].if: unknown condition 'inflght'\n  did you mean 'inflight'?"),
        ({"fault": "http.503", "on": "*/*", "if": {"inflight": "many"}}, "rules[1].if.inflight: 'many'"),
        ({"fault": "http.503", "on": "*/*", "with": {"hold": 3}}, "rules[1].with: unknown parameter 'hold'"),
        ({"fault": "http.503", "on": "*/*", "with": [1]}, "rules[1].with: [1]"),
        ({"fault": "http.503", "on": "*/*", "then": [{"fault": "x", "on": "*/*"}]}, "rules[1].then[0].fault: unknown fault 'x'"),
        ({"fault": "http.503", "on": "*/*", "id": ""}, "rules[1].id: ''"),
        ("http.503", "rules[1]: 'http.503' is not a rule"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(rule, place):
    with pytest.raises(UsageError) as caught:
        Schedule.from_tree({"sfchaos_schedule": 1, "rules": [{"fault": "http.503", "on": "*/*"}, rule]}, where="sync.yaml")
    assert str(caught.value).startswith("sync.yaml: rules[1]")
    assert place in str(caught.value)
    assert caught.value.remedy


def test_two_rules_cannot_share_an_id():
    with pytest.raises(UsageError, match="two rules have the id 'a'"):
        Schedule.from_tree({"sfchaos_schedule": 1, "rules": [{"id": "a", "fault": "http.503", "on": "*/*"}] * 2})


@pytest.mark.parametrize("tree", [[], {"rules": []}, {"sfchaos_schedule": 2, "rules": []}, {"sfchaos_schedule": 1}, {"sfchaos_schedule": 1, "rules": {}},
                                  {"sfchaos_schedule": 1, "rules": [], "seed": "7"}, {"sfchaos_schedule": 1, "rules": [], "org": 3}])  # fmt: skip
def test_a_head_that_is_no_schedule_is_refused(tree):
    with pytest.raises(UsageError):
        Schedule.from_tree(tree)
    with pytest.raises(UnknownName, match="did you mean 'rules'"):
        Schedule.from_tree({"sfchaos_schedule": 1, "ruels": []})


def test_a_schedule_is_transient_when_the_work_must_converge_after_each_rule():
    assert schedule().transient
    assert not schedule(then=[{"fault": "auth.revoked", "on": "*/*"}]).transient


def test_files_are_json_or_yaml_and_errors_name_them(tmp_path):
    (tmp_path / "s.json").write_text(json.dumps(TREE))
    (tmp_path / "s.yaml").write_text("sfchaos_schedule: 1\nrules:\n  - {fault: net.response_lost, on: row.create/*}\n")
    assert Schedule.read(tmp_path / "s.json") == Schedule.from_tree(TREE)
    assert Schedule.read(tmp_path / "s.yaml").rules[0].pattern.text == "row.create/*"
    (tmp_path / "bad.json").write_text('{\n"rules": [,]}')
    with pytest.raises(BadFile, match=r"bad\.json:2: is not JSON"):
        Schedule.read(tmp_path / "bad.json")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(BadFile, match=r"deep\.json: is not JSON: maximum recursion"):
        Schedule.read(tmp_path / "deep.json")
    (tmp_path / "odd.yaml").write_text("sfchaos_schedule: 1\nrules: [{fault: nope, on: x}]\n")
    with pytest.raises(BadFile, match=r"odd.yaml: rules\[0\].fault"):
        Schedule.read(tmp_path / "odd.yaml")
