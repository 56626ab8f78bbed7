from sfchaos.core.messages import Request
from sfchaos.faults.at import At
from sfchaos.faults.conditions import Facts
from sfchaos.faults.schedule import Schedule
from sfchaos.rig.plan import Moment, Plan
from sfchaos.rig.points import Point


def plan(*rules, seed=1):
    return Plan(Schedule.from_tree({"sfchaos_schedule": 1, "rules": list(rules)}), seed)


def point(k=1, attempt=1, *, op="row.create", target="Contact", kind="nonidem", digest=""):
    return Point(op, target, k, attempt, kind, target, digest or f"d{k}")


def moment(at_s=0.0, phases=("write",), **facts):
    return Moment(at_s, phases, lambda: Facts(**facts), lambda _: At(Request("GET", "https://x/")))


def chosen(the_plan, *points_at):
    """Ids of the rules that act, one list for each (point, second)."""
    found = []
    for where, at_s in points_at:
        choice = the_plan.choose(where, moment(at_s))
        states = [*choice.before, *([choice.reply] if choice.reply else []), *choice.modifiers, *choice.gates, *choice.after]
        found.append([state.rule.id for state in states])
    return found


def replies(the_plan, *points):
    return [bool(ids) for ids in chosen(the_plan, *((p, 0.0) for p in points))]


def test_a_rule_fires_once_by_default():
    assert replies(plan({"fault": "http.503", "on": "*/*"}), point(1), point(1, 2), point(2)) == [True, False, False]


def test_a_rule_fires_as_often_as_it_says():
    assert replies(plan({"fault": "http.503", "on": "*/*", "times": 2}), point(1), point(2), point(3)) == [True, True, False]


def test_spent_lasts_as_long_as_the_request_it_first_hit_comes_again():
    spent = plan({"fault": "http.503", "on": "row.create/*", "times": "spent"})
    assert replies(spent, point(1), point(2), point(1, 2), point(3), point(1, 3)) == [True, False, True, False, True]


def test_every_counts_matches():
    third = plan({"fault": "http.503", "on": "row.create/Contact", "every": 3})
    assert replies(third, *(point(k) for k in range(1, 8))) == [False, False, True, False, False, True, False]


def test_a_window_counts_from_the_first_hit():
    windowed = plan({"fault": "http.503", "on": "*/*", "from": "T+10s", "for": "60s"})
    times = (5, 20, 79, 80.5)
    assert chosen(windowed, *((point(1, n), at_s) for n, at_s in enumerate(times, 1))) == [[], ["r1"], ["r1"], []]


def test_a_window_can_end_at_a_moment_of_the_run():
    assert chosen(plan({"fault": "http.503", "on": "*/*", "to": 30}), (point(), 29.9), (point(), 30)) == [["r1"], []]


def test_chance_depends_on_seed_rule_and_address_alone():
    share = plan({"id": "a", "fault": "http.503", "on": "*/*", "p": 0.25})
    hits = replies(share, *(point(k) for k in range(1, 401)))
    assert 60 < sum(hits) < 140
    backwards = replies(plan({"id": "a", "fault": "http.503", "on": "*/*", "p": 0.25}), *(point(k) for k in range(400, 0, -1)))
    assert backwards[::-1] == hits
    other_seed = replies(plan({"id": "a", "fault": "http.503", "on": "*/*", "p": 0.25}, seed=2), *(point(k) for k in range(1, 401)))
    assert other_seed != hits


def test_only_the_first_reply_rule_acts_and_the_rest_are_counted():
    both = plan({"id": "a", "fault": "http.503", "on": "row.create/*"}, {"id": "b", "fault": "net.reset_before", "on": "*/*"})
    assert chosen(both, (point(1), 0), (point(2), 0), (point(3), 0)) == [["a"], ["b"], []]
    assert [(state.rule.id, state.shadowed) for state in both.states] == [("a", 0), ("b", 1)]


def test_world_rules_stand_before_and_after_beside_the_reply_rule():
    mixed = plan({"id": "a", "fault": "auth.expired", "after": "*/*"}, {"id": "b", "fault": "http.503", "on": "*/*"},
                 {"id": "c", "fault": "auth.expired", "before": "*/*"})  # fmt: skip
    choice = mixed.choose(point(), moment())
    assert [s.rule.id for s in choice.before] == ["c"]
    assert choice.reply.rule.id == "b"
    assert [s.rule.id for s in choice.after] == ["a"]


def test_a_state_that_the_org_holds_is_struck_once_a_window():
    assert chosen(plan({"fault": "limit.daily", "on": "*/*", "for": "24h"}), (point(1), 0), (point(2), 5)) == [["r1"], []]
    assert chosen(plan({"fault": "auth.expired", "on": "*/*", "for": "24h"}), (point(1), 0), (point(2), 5)) == [["r1"], ["r1"]]


def test_rules_in_then_wait_until_the_one_before_them_has_fired():
    sequence = plan({"id": "a", "fault": "http.503", "on": "*/*#2", "then": [{"id": "b", "fault": "net.reset_before", "on": "*/*"}]})
    assert chosen(sequence, (point(1), 0)) == [[]]
    sequence.fired(sequence.choose(point(2), moment()).reply)
    assert chosen(sequence, (point(3), 0)) == [["b"]]


def test_phases_are_named_or_follow_from_the_operation():
    phased = plan({"fault": "http.503", "on": "*/*", "phase": "load", "times": "always"})
    assert phased.choose(point(), moment(phases=("write",))).reply is None
    assert phased.choose(point(), moment(phases=("load", "write"))).reply is not None


def test_conditions_are_asked_at_the_moment():
    crowd = plan({"fault": "http.503", "on": "*/*", "if": {"inflight": ">=2"}})
    assert crowd.choose(point(), moment(inflight=1)).reply is None
    assert crowd.choose(point(), moment(inflight=2)).reply is not None


def test_a_fault_may_decline_a_point():
    page = plan({"fault": "query.locator_dead", "on": "*/*", "with": {"page": 2}})
    here = Moment(0.0, (), Facts, lambda _: At(Request("GET", "https://x/"), "query.more", k=3))
    assert not page.choose(point(), here).before
    there = Moment(0.0, (), Facts, lambda _: At(Request("GET", "https://x/"), "query.more", k=1))
    assert page.choose(point(), there).before
