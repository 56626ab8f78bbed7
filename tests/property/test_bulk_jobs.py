"""Whatever order the calls of several Bulk jobs come in: each gets the documented answer, and no row is lost or doubled."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from sfchaos.core.gate import JobEvent, JobTurn, Refusal, RowEvent
from sfchaos.core.messages import Request, Response
from sfchaos.org.bulk.csv import quoted_line, read_table
from sfchaos.org.bulk.pace import Pace
from sfchaos.org.org import Org

# What a client may see after what. Source: wire reference 5.2 (D), read for a client that polls now and then.
LATER = {
    "Open": {"Open", "UploadComplete", "Aborted"},
    "UploadComplete": {"UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"},
    "InProgress": {"InProgress", "JobComplete", "Failed", "Aborted"},
    "JobComplete": {"JobComplete"}, "Failed": {"Failed"}, "Aborted": {"Aborted"},
}  # fmt: skip
MOST_JOBS = 4  # so that much happens to each
ENDED = ("JobComplete", "Failed", "Aborted")


@dataclass
class Sent:
    """What the client knows of one of its jobs. `rows` maps the name of each row sent to whether it is sound."""

    id: str
    state: str = "Open"
    rows: dict[str, bool] | None = None
    deleted: bool = False
    broken: str = ""


@dataclass
class Trouble:
    """A gate: jobs whose number is in `fails` stop in that batch with `kept` rows of it done; every `refused`-th row is refused."""

    fails: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: int = 0

    def job(self, event: JobEvent) -> JobTurn | None:
        batch, kept = self.fails.get(event.job_id, (-1, 0))
        return JobTurn("fail", message="InvalidBatch : enough", rows=kept) if event.step == "batch" and event.batch == batch else None

    def row(self, event: RowEvent) -> Refusal | None:
        return Refusal("UNABLE_TO_LOCK_ROW", "no") if self.refused and event.position % self.refused == 0 else None


class Jobs(RuleBasedStateMachine):
    jobs = Bundle("jobs")

    @initialize(batch_rows=st.integers(1, 4), refused=st.sampled_from([0, 2, 3]), shuffles=st.booleans(), fitting=st.sampled_from([0, 1, 2]))
    def begin(self, batch_rows: int, refused: int, shuffles: bool, fitting: int) -> None:
        """`fitting` rows of a batch fit into one try of it (0: all), and two retries end a job."""
        self.org = Org(seed=1)
        tries = {"batch_limit_s": 3 + fitting, "row_s": 1.0, "most_retries": 1} if fitting else {}
        self.org.bulk.pace = Pace(queue_s=2, batch_s=3, batch_rows=batch_rows, shuffles=shuffles, **tries)
        self.org.gate = self.gate = Trouble(refused=refused)
        self.sent: list[Sent] = []
        self.got_in: set[str] = set()  # names in the successful results of jobs that were deleted since

    def call(self, method: str, path: str, body: Any = None, raw: bytes = b"", kind: str = "application/json") -> Response:
        headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", kind))
        response = self.org.handle(Request(method, f"https://acme.my.salesforce.com/services/data/v62.0/jobs/ingest{path}", headers, json.dumps(body).encode() if body else raw))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return response

    def look(self, job: Sent) -> str:
        """The job's state as a poll shows it."""
        info = json.loads(self.call("GET", f"/{job.id}").body)
        assert info["state"] in LATER[job.state], (job.state, info["state"])
        job.state = info["state"]
        assert info.get("numberRecordsProcessed", 0) <= len(job.rows or {})
        return job.state

    @precondition(lambda self: len(self.sent) < MOST_JOBS)
    @rule(target=jobs, fails=st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 3))))
    def create(self, fails: tuple[int, int] | None) -> Sent:
        job = Sent(json.loads(self.call("POST", "", {"object": "Account", "operation": "insert"}).body)["id"])
        if fails is not None:
            self.gate.fails[job.id] = fails
        self.sent.append(job)
        return job

    @rule(job=jobs, sound=st.lists(st.booleans(), max_size=9))
    def upload(self, job: Sent, sound: list[bool]) -> None:
        expected = 404 if job.deleted else 201 if self.look(job) == "Open" and job.rows is None else 400
        rows = {f"{job.id}-{n}": good for n, good in enumerate(sound)}
        data = "Name,NumberOfEmployees\n" + "".join(f"{name},{7 if good else 'x'}\n" for name, good in rows.items())
        assert self.call("PUT", f"/{job.id}/batches", raw=data.encode(), kind="text/csv").status == expected
        if expected == 201:
            job.rows = rows

    @precondition(lambda self: len(self.sent) < MOST_JOBS)
    @rule(target=jobs, sound=st.lists(st.booleans(), min_size=3, max_size=9))
    def load(self, sound: list[bool]) -> Sent:
        """What most clients do."""
        job = self.create(None)
        self.upload(job, sound)
        self.close(job)
        return job

    @rule(job=jobs)
    def close(self, job: Sent) -> None:
        expected = 404 if job.deleted else 200 if self.look(job) == "Open" else 400
        assert self.call("PATCH", f"/{job.id}", {"state": "UploadComplete"}).status == expected
        job.state = "UploadComplete" if expected == 200 else job.state

    @rule(job=jobs)
    def abort(self, job: Sent) -> None:
        expected = 404 if job.deleted else 400 if self.look(job) in ENDED else 200
        assert self.call("PATCH", f"/{job.id}", {"state": "Aborted"}).status == expected

    @rule(job=jobs)
    def delete(self, job: Sent) -> None:
        expected = 404 if job.deleted else 400 if self.look(job) in ("Open", "InProgress") else 204
        good = self.names(job, "successfulResults") if job.state in ENDED and not job.deleted else []
        assert self.call("DELETE", f"/{job.id}").status == expected
        if expected == 204:
            job.deleted = True
            self.got_in.update(good)

    @rule(job=jobs, text=st.sampled_from(["Name,Nope__c\nA,1\n", "Name\nA,1\n", 'Name\n"A"x\n', "Name\r\nA\r\n"]))
    def upload_what_cannot_be_loaded(self, job: Sent, text: str) -> None:
        """Its one row is lost to the job, and comes back when that has ended."""
        expected = 404 if job.deleted else 201 if self.look(job) == "Open" and job.rows is None else 400
        assert self.call("PUT", f"/{job.id}/batches", raw=text.encode(), kind="text/csv").status == expected
        if expected == 201:
            job.rows, job.broken = {}, text

    @rule(job=jobs)
    def read_results_early(self, job: Sent) -> None:
        for kind in ("successfulResults", "failedResults", "unprocessedrecords"):
            expected = 404 if job.deleted else 200 if self.look(job) in ENDED else 400
            assert self.call("GET", f"/{job.id}/{kind}").status == expected

    @rule(seconds=st.sampled_from([0.5, 1, 3, 5, 20]))
    def wait(self, seconds: float) -> None:
        self.org.clock.advance(seconds)

    def names(self, job: Sent, kind: str) -> list[str]:
        response = self.call("GET", f"/{job.id}/{kind}")
        assert response.status == (200 if job.state in ENDED else 400)
        return [row["Name"] for row in csv.DictReader(io.StringIO(response.whole().body.decode()))] if response.status == 200 else []

    @invariant()
    def every_row_is_accounted_for_once(self) -> None:
        expected = set(self.got_in)
        running = False
        for job in self.sent:
            if job.deleted:
                assert self.call("GET", f"/{job.id}").status == 404
                continue
            state = self.look(job)
            running |= state == "InProgress"
            if job.broken:
                assert state not in ("JobComplete", "InProgress")
                assert state not in ENDED or self.call("GET", f"/{job.id}/unprocessedrecords").body.decode().replace('"', "") == job.broken.replace('"', "")
                continue
            good, bad, left = (self.names(job, kind) for kind in ("successfulResults", "failedResults", "unprocessedrecords"))
            if state in ENDED:
                assert sorted(good + bad + left) == sorted(job.rows or {})
                assert left == [] or state != "JobComplete"
                assert all((job.rows or {})[name] for name in good)
                expected |= set(good)
                info = json.loads(self.call("GET", f"/{job.id}").body)
                assert (info.get("numberRecordsProcessed", 0), info.get("numberRecordsFailed", 0)) == (len(good) + len(bad), len(bad))
        held = [row["Name"] for row in self.org.admin.rows("Account")]
        assert len(held) == len(set(held))
        assert set(held) >= expected if running else set(held) == expected

    def teardown(self) -> None:
        """Left alone, every closed job ends, and nothing more is due."""
        if not hasattr(self, "org"):
            return
        for job in self.sent:
            if not job.deleted and self.look(job) == "Open":
                self.close(job)
        self.org.clock.advance(3000)
        self.every_row_is_accounted_for_once()
        assert all(job.deleted or job.state in ENDED for job in self.sent)
        assert self.org.next_due_s() is None


TestJobs = Jobs.TestCase
TestJobs.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=6), separator=st.sampled_from(",;|^`\t"), ending=st.sampled_from(["LF", "CRLF"]))
def test_what_results_write_an_upload_reads(rows, separator, ending):
    end = "\n" if ending == "LF" else "\r\n"
    text = end.join(quoted_line(row, separator) for row in [["A", "B"], *rows]) + end
    table = read_table(text.encode(), separator, ending)
    assert (table.problem, [list(row) for row in table.rows()]) == ("", rows)


@given(data=st.binary(max_size=200), separator=st.sampled_from(",|\t"), ending=st.sampled_from(["LF", "CRLF"]))
def test_any_upload_is_read_or_refused(data, separator, ending):
    table = read_table(data, separator, ending)
    assert table.problem or all(len(row) == len(table.names) for row in table.rows())
