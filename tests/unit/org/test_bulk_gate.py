"""What the gate may do to a job, and what the org then does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sfchaos.core.gate import JobEvent, JobTurn, Refusal, RowEvent
from sfchaos.org.bulk.pace import Pace
from sfchaos.org.refusals import refuse

Answer = Callable[[JobEvent], JobTurn | None]


@dataclass
class Script:
    """A gate that notes what it is asked."""

    answer: Answer = lambda event: None
    refuse: Callable[[RowEvent], Refusal | None] = lambda event: None
    asked: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    rows: list[tuple[int, str, str]] = field(default_factory=list)

    def job(self, event: JobEvent) -> JobTurn | None:
        self.asked.append((event.step, event.batch, event.batches, event.rows_done, event.rows))
        return self.answer(event)

    def row(self, event: RowEvent) -> Refusal | None:
        self.rows.append((event.position, event.key, event.job_id))
        return self.refuse(event)


@pytest.fixture
def gate(org):
    org.bulk.pace = Pace(batch_rows=2)
    org.gate = Script()
    return org.gate


@pytest.fixture
def job(caller, org):
    def make(rows: int = 5) -> str:
        caller("POST", "/jobs/ingest", {"object": "Invoice__c", "operation": "upsert", "externalIdFieldName": "Number__c"})
        path = f"/jobs/ingest/{caller.json['id']}"
        caller("PUT", f"{path}/batches", raw=("Number__c\n" + "".join(f"N-{n}\n" for n in range(1, rows + 1))).encode(), headers=(("Content-Type", "text/csv"),))
        caller("PATCH", path, {"state": "UploadComplete"})
        return path

    return make


def shown(caller, path):
    caller("GET", path)
    info = caller.json
    return info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]


def numbers(org):
    return sorted(row["Number__c"] for row in org.admin.rows("Invoice__c"))


def test_every_step_and_every_row_is_asked_once(gate, job, org):
    path = job()
    org.clock.advance(60)
    org.settle()
    assert gate.asked == [("start", 0, 3, 0, 5), ("batch", 0, 3, 0, 2), ("batch", 1, 3, 2, 2), ("batch", 2, 3, 4, 1), ("finish", 3, 3, 5, 0)]
    assert gate.rows == [(n, f"N-{n}", path.rpartition("/")[2]) for n in range(1, 6)]


def test_a_refused_row_fails_alone(gate, job, caller, org):
    gate.refuse = lambda event: Refusal("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record") if event.position == 3 else None
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == ("JobComplete", 5, 1)
    assert caller("GET", f"{path}/failedResults").body.decode().splitlines()[1] == (
        '"","UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--","N-3"'
    )
    assert numbers(org) == ["N-1", "N-2", "N-4", "N-5"]


def test_a_locked_row_fails_and_the_next_job_takes_it(gate, job, caller, org):
    org.gate = None
    record_id = org.admin.create("Invoice__c", Number__c="N-2")
    org.world.lock(record_id, org.now_s() + 100)
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == ("JobComplete", 5, 1)
    assert f'"{record_id}","UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: {record_id}:--","N-2"' in (
        caller("GET", f"{path}/failedResults").body.decode()
    )
    org.clock.advance(60)
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == ("JobComplete", 5, 0)


@pytest.mark.parametrize(("name", "char"), [("COMMA", ","), ("PIPE", "|")])
def test_a_lock_on_what_an_upload_addresses_is_met_by_its_job(caller, org, name, char):
    org.admin.create("Invoice__c", Number__c="N-2")
    caller("POST", "/jobs/ingest", {"object": "Invoice__c", "operation": "upsert", "externalIdFieldName": "Number__c", "columnDelimiter": name})
    path, data = f"/jobs/ingest/{caller.json['id']}", f"Number__c{char}Amount__c\nN-2{char}5\n".encode()
    assert org.world.lock_targets("PUT", f"/services/data/v62.0{path}/batches", data, scope="record", until_s=org.now_s() + 100) > 0
    caller("PUT", f"{path}/batches", raw=data, headers=(("Content-Type", "text/csv"),))
    caller("PATCH", path, {"state": "UploadComplete"})
    org.clock.advance(60)
    assert shown(caller, path) == ("JobComplete", 1, 1)


@pytest.mark.parametrize(("action", "state"), [("fail", "Failed"), ("abort", "Aborted")])
def test_a_job_stopped_in_a_batch_keeps_what_is_done(gate, job, caller, org, action, state):
    gate.answer = lambda event: JobTurn(action, message="InvalidBatch : enough", rows=1) if event.batch == 1 else None
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == (state, 3, 0)
    caller("GET", path)
    assert caller.json["errorMessage"] == "InvalidBatch : enough"
    assert numbers(org) == ["N-1", "N-2", "N-3"]
    assert caller("GET", f"{path}/unprocessedrecords").body == b'Number__c\n"N-4"\n"N-5"\n'
    assert org.next_due_s() is None


def test_a_job_that_fails_at_its_start_has_done_nothing(gate, job, caller, org):
    gate.answer = lambda event: JobTurn("fail", message="no") if event.step == "start" else None
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == ("Failed", 0, 0)
    assert caller("GET", f"{path}/unprocessedrecords").body.count(b"\n") == 6


def test_a_job_that_fails_at_its_end_has_done_everything(gate, job, caller, org):
    gate.answer = lambda event: JobTurn("fail", message="no") if event.step == "finish" else None
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == ("Failed", 5, 0)
    assert caller("GET", f"{path}/unprocessedrecords").body == b"Number__c\n"


@pytest.mark.parametrize(("step", "meanwhile"), [("start", "UploadComplete"), ("start", "InProgress"), ("batch", "UploadComplete"), ("finish", "")])
def test_a_held_job_shows_its_state_and_then_goes_on(gate, job, caller, org, step, meanwhile):
    began_s = org.now_s()
    gate.answer = lambda event: JobTurn("hold", hold_s=began_s + 1000 - org.now_s(), state=meanwhile) if event.step == step and org.now_s() < began_s + 1000 else None
    path = job()
    org.clock.advance(500)
    assert shown(caller, path)[0] == (meanwhile or "InProgress")
    org.clock.advance(499)
    assert shown(caller, path)[0] == (meanwhile or "InProgress")
    org.clock.advance(100)
    assert shown(caller, path) == ("JobComplete", 5, 0)


def test_a_hold_too_short_for_the_clock_still_ends(gate, job, caller, org):
    end_s = org.now_s() + 2.1

    def answer(event: JobEvent) -> JobTurn | None:
        assert len(gate.asked) < 1000, "time stands still"
        return JobTurn("hold", hold_s=1e-9) if event.step == "batch" and org.now_s() < end_s else None

    gate.answer = answer
    path = job()
    org.clock.advance(60)
    assert shown(caller, path) == ("JobComplete", 5, 0)


def test_a_held_job_can_be_aborted(gate, job, caller, org):
    gate.answer = lambda event: JobTurn("hold", hold_s=1e9, state="InProgress")
    path = job()
    org.clock.advance(3600)
    assert shown(caller, path)[0] == "InProgress"
    assert caller("PATCH", path, {"state": "Aborted"}).status == 200
    assert org.next_due_s() is None
    assert caller("GET", f"{path}/unprocessedrecords").body.count(b"\n") == 6


def test_query_jobs_are_asked_and_held_and_failed(gate, caller, org):
    gate.answer = lambda event: JobTurn("hold", hold_s=100, state="InProgress") if len(gate.asked) == 1 else None
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})
    path = f"/jobs/query/{caller.json['id']}"
    org.clock.advance(50)
    caller("GET", path)
    assert caller.json["state"] == "InProgress"
    org.clock.advance(60)
    caller("GET", path)
    assert caller.json["state"] == "JobComplete"
    assert [step for step, *_ in gate.asked] == ["start", "start", "finish"]
    gate.answer = lambda event: JobTurn("fail", message="InvalidBatch : no")
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})
    path = f"/jobs/query/{caller.json['id']}"
    org.clock.advance(50)
    caller("GET", path)
    assert (caller.json["state"], caller.json["errorMessage"]) == ("Failed", "InvalidBatch : no")


def test_two_jobs_on_one_key_make_one_row(gate, job, caller, org):
    first, second = job(), job()
    org.clock.advance(60)
    assert [shown(caller, path) for path in (first, second)] == [("JobComplete", 5, 0)] * 2
    assert numbers(org) == ["N-1", "N-2", "N-3", "N-4", "N-5"]


def test_the_same_seed_gives_the_same_job_twice(gate, job, caller, org):
    def story() -> str:
        path = job()
        org.clock.advance(60)
        caller("GET", f"{path}/successfulResults")
        return json.dumps([caller.last.body.decode(), shown(caller, path)])

    first = story()
    org.clock.reset()
    org.reset()
    assert story() == first


# ---------------------------------------------------------------------- a batch is written in pieces


@pytest.fixture
def pieces(gate, org, monkeypatch):
    """Batches of five rows, written two at a time."""
    monkeypatch.setattr("sfchaos.org.bulk.ingest.PIECE_ROWS", 2)
    org.bulk.pace = Pace(batch_rows=5)
    return gate


def test_results_line_up_with_their_rows_over_the_border_of_a_piece(pieces, job, caller, org):
    pieces.refuse = lambda event: Refusal("UNABLE_TO_LOCK_ROW", "busy") if event.position in (2, 5, 6) else None
    path = job(7)
    org.clock.advance(60)
    assert shown(caller, path) == ("JobComplete", 7, 3)
    assert [line.rpartition(",")[2] for line in caller("GET", f"{path}/failedResults").body.decode().splitlines()[1:]] == ['"N-2"', '"N-5"', '"N-6"']
    assert [line.rpartition(",")[2] for line in caller("GET", f"{path}/successfulResults").body.decode().splitlines()[1:]] == [
        '"N-1"', '"N-3"', '"N-4"', '"N-7"',
    ]  # fmt: skip
    assert [position for position, _, _ in pieces.rows] == [1, 2, 3, 4, 5, 6, 7]
    assert numbers(org) == ["N-1", "N-3", "N-4", "N-7"]


def test_a_later_piece_that_cannot_be_written_takes_the_earlier_ones_of_its_batch_along(pieces, job, caller, org, monkeypatch):
    write = org.dml.write_cells

    def refusing(*args, **options):
        if options["first_position"] == 8:  # the second piece of the second batch
            raise refuse("INVALID_TYPE", "sObject type 'Invoice__c' is not supported.")
        return write(*args, **options)

    monkeypatch.setattr(org.dml, "write_cells", refusing)
    path = job(11)
    org.clock.advance(60)
    assert shown(caller, path) == ("Failed", 5, 0)
    assert numbers(org) == [f"N-{n}" for n in range(1, 6)]
    unprocessed = caller("GET", f"{path}/unprocessedrecords").body.decode().split()[1:]
    assert unprocessed == [f'"N-{n}"' for n in range(6, 12)]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 5])
def test_a_job_that_dies_within_a_piece_keeps_the_rows_it_was_allowed(pieces, job, caller, org, rows):
    pieces.answer = lambda event: JobTurn("fail", rows=rows, message="InternalServerError : died") if event.step == "batch" else None
    path = job(6)
    org.clock.advance(60)
    assert shown(caller, path) == ("Failed", rows, 0)
    assert numbers(org) == [f"N-{n}" for n in range(1, rows + 1)]
    assert len(caller("GET", f"{path}/unprocessedrecords").body.decode().split()) == 1 + 6 - rows
