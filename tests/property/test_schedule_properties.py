"""What is true of every schedule: rules do not disturb one another, and their form survives the way out and in."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request, Response
from sfchaos.faults.schedule import Schedule
from sfchaos.faults.token import decode, encode
from sfchaos.rig import Rig

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
OBJECTS = ("Account", "Contact", "Lead", "Case")


@st.composite
def apart(draw):
    """Rules of which no two can meet at one point, so that none depends on another: each has an object of its own."""
    rules = []
    for sobject in draw(st.lists(st.sampled_from(OBJECTS), unique=True, min_size=1)):
        rule = {"id": f"on-{sobject}", "fault": draw(st.sampled_from(["http.503", "net.response_lost", "net.reset_before"])),
                "on": draw(st.sampled_from([f"row.create/{sobject}", f"row.*/{sobject}#1..3", f"*/{sobject}#*~1"]))}  # fmt: skip
        rule.update(draw(st.fixed_dictionaries({}, optional={
            "p": st.sampled_from([0.2, 0.5, 0.9]), "times": st.sampled_from([1, 2, "spent", "always"]), "every": st.integers(1, 3),
            "for": st.sampled_from(["5s", "1m"]), "from": st.sampled_from(["T+3s", 7]), "phase": st.sampled_from(["write", "read"])})))  # fmt: skip
        rules.append(rule)
    return {"sfchaos_schedule": 1, "seed": draw(st.integers(0, 5)), "rules": rules}


CALLS = st.lists(st.tuples(st.sampled_from(OBJECTS), st.integers(1, 4), st.sampled_from(["POST", "GET"])), max_size=40)


def where_they_fired(tree, calls):
    """For each rule the addresses at which it fired."""
    rig = Rig.over(lambda request: Response(200, b"{}"), schedule=Schedule.from_tree(tree), clock=VirtualClock(), storms=False)
    for sobject, n, method in calls:
        path = f"/sobjects/{sobject}" if method == "POST" else f"/sobjects/{sobject}/00{n}"
        rig.handle(Request(method, BASE + path, (("Content-Type", "application/json"),), b'{"n":%d}' % n if method == "POST" else b""))
        rig.clock.advance(1)
    return {rule["id"]: [line["address"] for line in rig.journal if rule["id"] in line.get("fired", ())] for rule in tree["rules"]}


@given(tree=apart(), calls=CALLS, data=st.data())
def test_removing_a_rule_leaves_the_firing_of_the_others_unchanged(tree, calls, data):
    whole = where_they_fired(tree, calls)
    removed = data.draw(st.sampled_from(tree["rules"]))
    rest = {**tree, "rules": [rule for rule in tree["rules"] if rule is not removed]}
    del whole[removed["id"]]
    assert where_they_fired(rest, calls) == whole


@given(tree=apart(), calls=CALLS)
def test_rules_that_never_fired_are_reported_and_no_others(tree, calls):
    fired = where_they_fired(tree, calls)
    rig = Rig.over(lambda request: Response(200, b"{}"), schedule=Schedule.from_tree(tree), storms=False)
    assert set(rig.unfired) == {rule["id"] for rule in tree["rules"]}
    for sobject, n, method in calls:
        path = f"/sobjects/{sobject}" if method == "POST" else f"/sobjects/{sobject}/00{n}"
        rig.handle(Request(method, BASE + path, (("Content-Type", "application/json"),), b'{"n":%d}' % n if method == "POST" else b""))
        rig.clock.advance(1)
    assert set(rig.unfired) == {rule_id for rule_id, addresses in fired.items() if not addresses}
    assert rig.fired == {rule_id: len(addresses) for rule_id, addresses in fired.items() if addresses}


@given(tree=apart())
def test_a_schedule_survives_json_and_the_replay_token(tree):
    schedule = Schedule.from_tree(tree)
    assert Schedule.from_tree(json.loads(json.dumps(schedule.as_tree()))).as_tree() == schedule.as_tree()
    assert decode(encode(schedule, org_digest="0" * 16)).digest == schedule.digest
