"""Job faults, against an org of forty lines that does nothing but one Bulk job: the rig arms, the gate answers, lines tell."""

import json
from types import SimpleNamespace

from sfchaos.core.clock import VirtualClock
from sfchaos.core.gate import JobEvent, OrgEvent, Receipt, RowEvent, RowTouch
from sfchaos.core.messages import Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.rig import Rig

BASE = "https://acme.my.salesforce.com/services/data/v62.0/jobs/ingest"
ROWS = 10


class JobOrg:
    """Jobs of ten rows; a closed job starts 2 s later, in `settle`, and takes one batch."""

    def __init__(self):
        self.clock, self.seed, self.secrets, self.gate, self.receipt = VirtualClock(), 3, SecretBook(), None, Receipt()
        self.schema = SimpleNamespace(find=lambda name: None)
        self.admin = SimpleNamespace(field_types=lambda sobject: {})
        self.registers = SimpleNamespace(sessions={})
        self.world = None
        self.jobs, self.due, self.now = 0, [], None

    def now_s(self):
        return self.clock.now_s() if self.now is None else self.now

    def on_event(self, emit):
        self.emit = emit

    def handle(self, request):
        self.receipt = Receipt(asked=1, changed=1)
        if request.url == BASE:
            self.jobs += 1
            self.receipt.facts["job"] = f"7505e000000000{self.jobs}AAA"
            return Response(200, json.dumps({"id": self.receipt.facts["job"]}).encode())
        if request.method == "PATCH":
            self.due.append((self.clock.now_s() + 2, request.path.rpartition("/")[2]))
        return Response(200, b"{}")

    def settle(self):
        while self.due and self.due[0][0] <= self.clock.now_s():
            self.now, job_id = self.due.pop(0)
            self.take_batch(job_id)
            self.now = None

    def take_batch(self, job_id):
        turn = self.gate.job(JobEvent(job_id, "bulk2", "batch", 0, 1, 0, ROWS)) if self.gate else None
        if turn and turn.action == "hold":
            self.due.append((self.now + turn.hold_s, job_id))
            return
        most = turn.rows if turn else ROWS
        touches = [self.write(job_id, n) for n in range(1, most + 1)]
        self.emit(OrgEvent("bulk_rows", {"job": job_id, "rows": touches}, self.now))
        self.emit(OrgEvent("job_state", {"job": job_id, "state": "Failed" if turn else "JobComplete"}, self.now))

    def write(self, job_id, n):
        event = RowEvent("create", "Contact", n, {"LastName": f"N{n}"}, job_id=job_id)
        refusal = self.gate.row(event) if self.gate else None
        return RowTouch("create", "Contact", "" if refusal else f"003{n}", refusal is None, refusal.code if refusal else "", values=event.values)


def run(*jobs_of, seconds=3, **rule):
    """Load `jobs_of` jobs one after the other; the rig."""
    rig = Rig(JobOrg())
    rig.inject(**rule)
    for _ in jobs_of:
        created = rig.handle(Request("POST", BASE, (("Content-Type", "application/json"),), b'{"object":"Contact","operation":"insert"}'))
        job = BASE + "/" + json.loads(created.body)["id"]
        rig.handle(Request("PUT", job + "/batches", (("Content-Type", "text/csv"),), b"LastName\nx\n"))
        rig.handle(Request("PATCH", job, (("Content-Type", "application/json"),), b'{"state":"UploadComplete"}'))
        rig.clock.advance(seconds)
        rig.handle(Request("GET", job))
    return rig


def events(rig, name):
    return [line for line in rig.journal if line.get("event") == name]


def failed(rig):
    return [(line["job"], sum(row["ok"] == "no" for row in line["rows"])) for line in events(rig, "bulk_rows")]


def test_rows_fail_in_the_job_whose_point_was_named_and_the_rule_is_told_on_a_line_of_its_own():
    rig = run(1, 2, fault="bulk.rows_failed", on="bulk2.close/J1", rows=[2, 5])
    assert failed(rig) == [("J1", 2), ("J2", 0)]
    lines = events(rig, "fault")
    assert [(line["job"], line["what"], line["times"], line["faults"], line["commit_phase"]) for line in lines] == [
        ("J1", "UNABLE_TO_LOCK_ROW", 1, ["bulk.rows_failed"], "P"), ("J1", "FIELD_CUSTOM_VALIDATION_EXCEPTION", 1, ["bulk.rows_failed"], "P")]  # fmt: skip
    assert {line["at_ms"] for line in lines} == {2000}
    assert rig.fired == {"r1": 1}


def test_a_rule_at_the_creation_arms_the_job_that_was_created():
    assert failed(run(1, 2, fault="bulk.rows_failed", on="bulk2.create/Contact#*~2", rows=[1])) == [("J1", 0), ("J2", 1)]


def test_once_is_one_job_and_always_is_each():
    assert failed(run(1, 2, fault="bulk.rows_failed", on="bulk2.*/*", rows=[1])) == [("J1", 1), ("J2", 0)]
    always = run(1, 2, fault="bulk.rows_failed", on="bulk2.*/*", rows=[1], times="always")
    assert failed(always) == [("J1", 1), ("J2", 1)]
    assert always.fired == {"r1": 2}


def test_a_stuck_job_moves_when_its_time_is_over():
    stuck = run(1, fault="bulk.stuck", on="bulk2.close/*", hold="1h", seconds=3000)
    assert events(stuck, "job_state") == []
    assert stuck.fired == {"r1": 1}
    stuck.clock.advance(602)
    stuck.settle()
    [state] = events(stuck, "job_state")
    assert (state["state"], state["at_ms"]) == ("JobComplete", 3_602_000)


def test_a_job_that_fails_midway_keeps_what_was_done():
    rig = run(1, fault="bulk.job_failed_mid", on="bulk2.close/*")
    assert [len(line["rows"]) for line in events(rig, "bulk_rows")] == [5]
    assert events(rig, "job_state")[0]["state"] == "Failed"
    assert events(rig, "fault")[0]["what"] == "fail"


def test_exchanges_of_a_job_bear_its_alias_and_its_object():
    rig = run(1, fault="http.503", on="bulk2.delete")
    lines = [line for line in rig.journal if line["kind"] == "exchange"]
    assert [(line["address"], line["job"], line["sobject"]) for line in lines] == [
        ("bulk2.create/Contact#1~1", "J1", "Contact"), ("bulk2.upload/J1#1~1", "J1", "Contact"), ("bulk2.close/J1#1~1", "J1", "Contact"),
        ("bulk2.poll/J1#1~1", "J1", "Contact")]  # fmt: skip


def test_what_settles_before_a_request_stands_before_it_at_its_own_time():
    rig = run(1, fault="http.503", on="bulk2.delete")
    names = [line.get("event") or line["op"] for line in rig.journal]
    assert names[-3:] == ["bulk_rows", "job_state", "bulk2.poll"]
    assert [line["at_ms"] for line in rig.journal][-3:] == [2000, 2000, 3000]


def test_conditions_know_the_state_of_the_job_and_the_rows_committed():
    rig = Rig(JobOrg())
    rig.inject("http.503", on="bulk2.poll", if_={"job_state": "JobComplete", "rows_committed": ">=10"})
    job = BASE + "/" + json.loads(rig.handle(Request("POST", BASE, (), b'{"object":"Contact"}')).body)["id"]
    rig.handle(Request("PATCH", job, (), b'{"state":"UploadComplete"}'))
    assert rig.handle(Request("GET", job)).status == 200
    rig.clock.advance(3)
    assert rig.handle(Request("GET", job)).status == 503
