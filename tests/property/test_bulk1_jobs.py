"""Whatever order the calls of Bulk 1.0 jobs and batches come in: each gets the documented answer, and no row is lost or doubled."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from sfchaos.core.gate import JobEvent, JobTurn, Refusal, RowEvent
from sfchaos.core.messages import Request, Response
from sfchaos.org.bulk.pace import Pace
from sfchaos.org.bulk1.jobs import BATCH_MOVES, CONTENT_TYPES, JOB_MOVES, Batch, Job1
from sfchaos.org.bulk1.read import rows_of
from sfchaos.org.org import Org

BATCH_ENDED = ("Completed", "Failed", "NotProcessed")
JOB_ENDED = ("Aborted", "Failed")


def after(moves: dict[str, dict[str, str]], state: str) -> set[str]:
    """What a client may see after `state`, looking now and then."""
    found, left = {state}, [state]
    while left:
        for follower in moves[left.pop()].values():
            if follower not in found:
                found.add(follower)
                left.append(follower)
    return found


@dataclass
class SentBatch:
    """`rows` maps the name of each row sent to whether it is sound; None for a file that cannot be read."""

    path: str
    rows: dict[str, bool]
    readable: bool = True
    state: str = "Queued"


@dataclass
class SentJob:
    id: str
    state: str = "Open"
    batches: list[SentBatch] = field(default_factory=list)


@dataclass
class Trouble:
    """A gate: batch number `at` of a job in `turns` meets a fault, once; every `refused`-th row is refused."""

    turns: dict[str, tuple[int, JobTurn]] = field(default_factory=dict)
    refused: int = 0

    def job(self, event: JobEvent) -> JobTurn | None:
        at, turn = self.turns.get(event.job_id, (-1, None))
        if event.step != "batch" or event.batch != at:
            return None
        del self.turns[event.job_id]
        return turn

    def row(self, event: RowEvent) -> Refusal | None:
        return Refusal("UNABLE_TO_LOCK_ROW", "no") if self.refused and event.position % self.refused == 0 else None


TURNS = st.one_of(
    st.none(),
    st.builds(lambda at, rows: (at, JobTurn("fail", message="InvalidBatch : enough", rows=rows)), st.integers(0, 2), st.integers(0, 3)),
    st.builds(lambda at, rows: (at, JobTurn("abort", message="by somebody", rows=rows)), st.integers(0, 2), st.integers(0, 3)),
    st.builds(lambda at, state: (at, JobTurn("hold", hold_s=30, state=state)), st.integers(0, 2), st.sampled_from(["InProgress", "Queued", ""])),
)


class Jobs(RuleBasedStateMachine):
    jobs = Bundle("jobs")

    @initialize(refused=st.sampled_from([0, 2, 3]), contention=st.sampled_from([0.0, 0.5]))
    def begin(self, refused: int, contention: float) -> None:
        self.org = Org(seed=1)
        self.org.bulk.pace = Pace(queue_s=2, batch_s=3, contention=contention)
        self.org.gate = self.gate = Trouble(refused=refused)
        self.account = self.org.admin.create("Account", Name="Acme")
        self.sent: list[SentJob] = []

    def call(self, method: str, path: str, body: str = "", kind: str = "application/xml") -> Response:
        headers = (("X-SFDC-Session", self.org.credentials.access_token), ("Content-Type", kind))
        response = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/async/62.0{path}", headers, body.encode()))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return response

    def info(self, path: str) -> dict[str, str]:
        response = self.call("GET", path)
        assert response.status == 200, response.body
        return {child.tag.rpartition("}")[2]: child.text or "" for child in ET.fromstring(response.body)}

    def code(self, response: Response) -> str:
        return ET.fromstring(response.body)[0].text or "" if response.status == 400 else str(response.status)

    def look(self, job: SentJob) -> str:
        info = self.info(f"/job/{job.id}")
        assert info["state"] in after(JOB_MOVES, job.state), (job.state, info["state"])  # type: ignore[arg-type]
        assert int(info["numberBatchesTotal"]) == len(job.batches)
        job.state = info["state"]
        return job.state

    @rule(target=jobs, mode=st.sampled_from(["Parallel", "Serial"]), turn=TURNS)
    def create(self, mode: str, turn: tuple[int, JobTurn] | None) -> SentJob:
        info = {"operation": "insert", "object": "Contact", "contentType": "CSV", "concurrencyMode": mode}
        job = SentJob(json.loads(self.call("POST", "/job", json.dumps(info), "application/json").body)["id"])
        if turn is not None:
            self.gate.turns[job.id] = turn
        self.sent.append(job)
        return job

    @rule(job=jobs, sound=st.lists(st.booleans(), min_size=1, max_size=6), readable=st.sampled_from([True, True, True, False]))
    def add(self, job: SentJob, sound: list[bool], readable: bool) -> None:
        expected = "201" if self.look(job) == "Open" else "InvalidJobState"
        rows = {f"{job.id}-{len(job.batches)}-{n}": good for n, good in enumerate(sound)}
        header = "LastName,AccountId,HasOptedOutOfEmail\n" if readable else "LastName,Nmae,Nothing\n"
        body = header + "".join(f"{name},{self.account},{'true' if good else 'x'}\n" for name, good in rows.items())
        response = self.call("POST", f"/job/{job.id}/batch", body, "text/csv")
        assert self.code(response) == expected
        if expected == "201":
            job.batches.append(SentBatch(response.header("location").partition("62.0")[2], rows, readable))

    @rule(job=jobs)
    def close(self, job: SentJob) -> None:
        expected = "200" if self.look(job) == "Open" else "InvalidJobState"
        assert self.code(self.call("POST", f"/job/{job.id}", "<jobInfo><state>Closed</state></jobInfo>")) == expected

    @rule(job=jobs)
    def abort(self, job: SentJob) -> None:
        state = self.look(job)
        done = state == "Closed" and all(self.info(b.path)["state"] in BATCH_ENDED for b in job.batches)
        expected = "InvalidJobState" if state in JOB_ENDED or done else "200"
        assert self.code(self.call("POST", f"/job/{job.id}", "<jobInfo><state>Aborted</state></jobInfo>")) == expected

    @rule(seconds=st.sampled_from([0.5, 1, 3, 5, 20]))
    def wait(self, seconds: float) -> None:
        self.org.clock.advance(seconds)

    def outcomes(self, batch: SentBatch, info: dict[str, str]) -> list[list[str]]:
        """The batch's results; asked too early, or of a batch with none, the documented refusal."""
        response = self.call("GET", f"{batch.path}/result")
        available = info["state"] == "Completed" or (info["state"] in BATCH_ENDED and info["numberRecordsProcessed"] != "0")
        assert self.code(response) == ("200" if available else "InvalidBatch")
        return list(csv.reader(io.StringIO(response.body.decode())))[1:] if available else []

    @invariant()
    def every_row_is_accounted_for_once(self) -> None:
        expected: set[str] = set()
        running = 0
        for job in self.sent:
            self.look(job)
            for batch in job.batches:
                info = self.info(batch.path)
                assert info["state"] in after(BATCH_MOVES, batch.state)
                batch.state = info["state"]
                running += info["state"] == "InProgress"
                rows = self.outcomes(batch, info)
                assert (len(rows), sum(row[1] == "false" for row in rows)) == (int(info["numberRecordsProcessed"]), int(info["numberRecordsFailed"]))
                assert len(rows) == len(batch.rows) or info["state"] != "Completed"
                assert batch.readable or info["state"] != "Completed"
                for (name, good), row in zip(batch.rows.items(), rows, strict=False):
                    assert good or row[1] == "false"
                    expected |= {name} if row[1] == "true" else set()
        held = [row["LastName"] for row in self.org.admin.rows("Contact")]
        assert len(held) == len(set(held))
        assert set(held) == expected
        assert running <= 1 or any(self.info(f"/job/{job.id}")["concurrencyMode"] == "Parallel" for job in self.sent)

    def teardown(self) -> None:
        """Left alone, every batch ends, and nothing more is due."""
        if not hasattr(self, "org"):
            return
        self.org.clock.advance(3000)
        self.every_row_is_accounted_for_once()
        assert all(batch.state in BATCH_ENDED for job in self.sent for batch in job.batches)
        assert self.org.next_due_s() is None
        assert self.org.registers.serial_batches == {}


TestJobs = Jobs.TestCase
TestJobs.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@given(data=st.binary(max_size=200), form=st.sampled_from(CONTENT_TYPES), kind=st.sampled_from(["text/csv", "text/csv; charset=utf-16", "application/json", ""]))
def test_any_batch_is_read_or_refused(data: bytes, form: str, kind: str) -> None:
    job = Job1("750", "insert", "Account", "005", "62.0", 0, 0, form)
    found = rows_of(job, Batch("751", "750", 0, 0, 0, data, kind))
    assert found.problem.startswith("InvalidBatch : ") or all(len(row) == len(found.names) for row in found.cells)
    assert not (found.problem and found.cells)
