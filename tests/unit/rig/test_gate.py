from sfchaos.core.gate import JobEvent, RowEvent
from sfchaos.faults.schedule import Schedule
from sfchaos.rig.gate import RigGate, row_identity
from sfchaos.rig.plan import Plan


def states(*rules):
    return Plan(Schedule.from_tree({"sfchaos_schedule": 1, "rules": list(rules)}), 1).states


def row(position, job_id="750A", **more):
    return RowEvent("create", "Contact", position, {"LastName": f"N{position}"}, job_id=job_id, **more)


def refused(gate, rows):
    return [event.position for event in rows if gate.row(event) is not None]


def test_a_rule_armed_for_a_job_leaves_other_jobs_and_requests_alone():
    gate = RigGate(lambda: 0.0)
    gate.arm_job("750A", states({"fault": "bulk.rows_failed", "on": "bulk2.*/*", "with": {"rows": [1, 3]}}))
    assert refused(gate, [row(1), row(2), row(3)]) == [1, 3]
    assert refused(gate, [row(1, "750B"), row(1, "")]) == []
    assert [(hit.job_id, hit.what) for hit in gate.take_hits()] == [("750A", "UNABLE_TO_LOCK_ROW"), ("750A", "FIELD_CUSTOM_VALIDATION_EXCEPTION")]
    assert gate.take_hits() == []


def test_a_rule_armed_for_a_request_is_disarmed_after_it():
    gate = RigGate(lambda: 0.0)
    gate.arm_request(states({"fault": "row.validation", "on": "row.*", "p": 1}), "row.create/Contact#1~1")
    assert gate.is_armed
    assert refused(gate, [row(1, "")]) == [1]
    gate.disarm_request()
    assert not gate.is_armed
    assert refused(gate, [row(1, "")]) == []


def test_a_share_of_the_rows_fails_and_it_is_the_same_share_whoever_asks_first():
    def share(order):
        gate = RigGate(lambda: 0.0)
        gate.arm_job("750A", states({"id": "a", "fault": "bulk.rows_failed", "on": "bulk2.*/*", "with": {"share": 0.2}}))
        return sorted(refused(gate, [row(n) for n in order]))

    forward = share(range(1, 501))
    assert 60 < len(forward) < 140
    assert share(range(500, 0, -1)) == forward


def test_the_rows_that_fail_are_the_same_rows_wherever_they_stand_in_the_file():
    def names(order):
        gate = RigGate(lambda: 0.0)
        gate.arm_job("750A", states({"id": "a", "fault": "bulk.rows_failed", "on": "bulk2.*/*", "with": {"share": 0.3}}))
        events = [RowEvent("create", "Contact", place, {"LastName": f"N{n}"}, job_id="750A") for place, n in enumerate(order, 1)]
        return {event.values["LastName"] for event in events if gate.row(event) is not None}

    assert names(range(60)) == names(range(59, -1, -1))


def test_a_validation_rule_with_p_refuses_the_same_rows_in_every_request():
    gate = RigGate(lambda: 0.0)
    rule = states({"fault": "row.validation", "on": "*/*", "p": 0.3})
    picked = []
    for address in ("coll.create/Contact#1~1", "coll.create/Contact#2~1"):
        gate.arm_request(rule, address)
        picked.append(refused(gate, [row(n, "") for n in range(1, 101)]))
    assert picked[0] == picked[1]
    assert 10 < len(picked[0]) < 50


def test_a_row_is_known_by_its_external_id_then_its_id_then_all_it_carries():
    assert row_identity(row(1, key="A-1")) == row_identity(row(2, key="a-1"))
    assert row_identity(row(1, record_id="003AA")) != row_identity(row(1, record_id="003aa"))
    assert row_identity(row(1)) != row_identity(row(2))


def test_a_job_is_armed_once_by_a_rule_and_no_more_jobs_than_times_says():
    [state] = states({"fault": "bulk.rows_failed", "on": "bulk2.*/*", "with": {"share": 1}})
    gate = RigGate(lambda: 0.0)
    for job_id in ("750A", "750A", "750B"):
        gate.arm_job(job_id, [state])
    assert state.acted == 1
    assert refused(gate, [row(1), row(1, "750B")]) == [1]
    assert gate.row(row(1, "750B")) is None


def test_a_held_job_goes_on_when_its_time_is_over():
    now = [100.0]
    gate = RigGate(lambda: now[0])
    gate.arm_job("750A", states({"fault": "bulk.stuck", "on": "bulk2.close/*", "with": {"hold": "1h"}}))
    first_batch = JobEvent("750A", "bulk2", "batch", 0, 1, 0, 10)
    assert gate.job(first_batch).hold_s == 3600
    now[0] += 1000
    assert gate.job(first_batch).hold_s == 2600
    now[0] += 2600
    assert gate.job(first_batch) is None
    assert {hit.what for hit in gate.take_hits()} == {"hold"}
