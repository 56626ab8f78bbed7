"""Bulk jobs in pieces: what is kept of rows, where batches begin, results as streams, tries of a batch, how fast it all goes."""

from __future__ import annotations

import tracemalloc

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Request
from sfchaos.org.bulk.csv import read_table
from sfchaos.org.bulk.jobs import QueryJob
from sfchaos.org.bulk.outcomes import Outcome, packed
from sfchaos.org.bulk.pace import PACES, Pace, pace_of
from sfchaos.org.bulk.segments import SEGMENT_ROWS, page_pieces, page_reads
from sfchaos.org.org import Org
from sfchaos.org.rows.row_work import RowResult
from sfchaos.org.schema.load import load_org_file

A, B = "0015e0000000001AAA", "0015e0000000002AAA"


@pytest.fixture
def closed(caller):
    """A closed ingest job over some CSV; its path."""

    def make(data: str, operation: str = "insert", sobject: str = "Account") -> str:
        caller("POST", "/jobs/ingest", {"object": sobject, "operation": operation})
        path = f"/jobs/ingest/{caller.json['id']}"
        caller("PUT", f"{path}/batches", raw=data.encode(), headers=(("Content-Type", "text/csv"),))
        caller("PATCH", path, {"state": "UploadComplete"})
        return path

    return make


# ---------------------------------------------------------------------- outcomes


def test_outcomes_come_back_as_they_were():
    locked = Refusal("UNABLE_TO_LOCK_ROW", "no\n\x00é", ("A", "B"))
    results = [RowResult(True, A, True), RowResult(False, "", False, (locked,)), RowResult(True, B), RowResult(False, B, False, (locked, locked))]
    found = packed(results)
    text = "UNABLE_TO_LOCK_ROW:no\n\x00é:A,B --"
    assert list(found.each()) == [Outcome(A, True, ""), Outcome("", False, text), Outcome(B, False, ""), Outcome(B, False, text * 2)]
    assert (found.count, found.failed) == (4, 2)


def test_an_id_of_another_length_is_kept_too():
    results = [RowResult(False, "nonsense", False, (Refusal("MALFORMED_ID", "no"),)), RowResult(True, A), RowResult(False, "x" * 40, False, (Refusal("MALFORMED_ID", "no"),))]
    assert [outcome.id for outcome in packed(results).each()] == ["nonsense", A, "x" * 40]


def test_rows_that_were_written_take_twenty_bytes_each():
    found = packed([RowResult(True, A, True)] * 1000)
    assert len(found.ids) + len(found.marks) + len(found.errors) == 19_000


# ---------------------------------------------------------------------- uploads


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100])
def test_rows_are_read_from_anywhere(step):
    cells = [f'"r{n}\n"' if n % 3 else f"é{n}" for n in range(20)]
    table = read_table(("Name\n\n" + "\n".join(cells) + "\n\n").encode(), ",", "LF", step=step)
    rows = [cell.strip('"') for cell in cells]
    assert (table.count, len(table.starts)) == (20, -(-20 // step))
    for first in range(22):
        assert [row[0] for row in table.rows(first)] == rows[first:]
        assert [row[0] for row in table.rows(first, 4)] == rows[first : first + 4]


def test_looking_through_an_upload_holds_little_of_it():
    data = b"Name,Phone,Website\n" + b"Acme,0123456789,https://acme.example/with/a/long/path\n" * 400_000
    tracemalloc.start()
    try:
        table = read_table(data, ",", "LF")
        rows = sum(1 for _ in table.rows(390_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (table.count, rows) == (400_000, 10_000)
    assert peak < 0.3 * len(data)


# ---------------------------------------------------------------------- results


def test_large_results_are_streams_and_small_ones_are_not(closed, caller, org):
    small, large = closed("Name\nAcme\n"), closed("Name,Description\n" + "".join(f"A{n},{'x' * 900}\n" for n in range(1300)))
    org.clock.advance(60)
    assert caller("GET", f"{small}/successfulResults").stream is None
    reply = caller("GET", f"{large}/successfulResults")
    assert (reply.body, reply.header("content-length")) == (b"", "")
    pieces = list(reply.stream.pieces())
    assert max(map(len, pieces)) < 1_000_000
    assert b"".join(pieces) == b"".join(reply.stream.pieces()) == reply.whole().body
    assert b"".join(pieces).count(b"\n") == 1301
    assert caller("GET", f"{large}/unprocessedrecords").whole().body == b"Name,Description\n"


def test_a_stream_outlives_its_job(closed, caller, org):
    path = closed("Name,Description\n" + "".join(f"A{n},{'x' * 900}\n" for n in range(1300)))
    org.clock.advance(60)
    reply = caller("GET", f"{path}/successfulResults")
    caller("DELETE", path)
    org.reset()
    assert reply.whole().body.count(b"\n") == 1301


def test_an_upload_that_cannot_be_read_is_streamed_back(closed, caller, org):
    text = "\ufeffName,Description\n" + "".join(f"A{n},{'x' * 900}\n" for n in range(1300)) + '"B"x,\n'
    path = closed(text)
    org.clock.advance(60)
    assert caller("GET", f"{path}/unprocessedrecords").whole().body.decode() == text[1:]


def test_results_may_come_in_another_order_that_the_seed_decides(closed, caller, org):
    def lines(shuffles: bool) -> list[str]:
        org.bulk.pace = Pace(batch_rows=10, shuffles=shuffles)
        path = closed("Name,Phone\n" + "".join(f"{'' if n % 4 == 0 else f'A{n}'},{n}\n" for n in range(30)))
        org.clock.advance(60)
        found = [caller("GET", f"{path}/{kind}").body.decode().splitlines()[1:] for kind in ("successfulResults", "failedResults")]
        assert list(map(len, found)) == [22, 8]
        return [line.rpartition(",")[2] for part in found for line in part]

    plain, once = lines(False), lines(True)
    org.clock.reset()
    org.reset()
    lines(False)
    assert lines(True) == once != plain
    assert sorted(once) == sorted(plain)


def test_pages_of_a_query_are_cut_at_rows_across_segments(caller, org):
    count = SEGMENT_ROWS * 2 + 7
    org.admin.create_many("Account", [{"Name": f"Zoë {n}\n" if n % 5 else f"A{n}"} for n in range(count)])
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Name, Owner.Name FROM Account"})
    job_id = caller.json["id"]
    org.clock.advance(60)
    org.settle()
    job = org.bulk.find(job_id, QueryJob)
    assert [segment.count for segment in job.segments] == [SEGMENT_ROWS, SEGMENT_ROWS, 7]
    whole = b"".join(page_pieces(job, 0, count)).removeprefix(b'"Name","Owner.Name"\n')
    for size in (1, 999, SEGMENT_ROWS, SEGMENT_ROWS + 1, count):
        starts = range(0, count, size) if size > 100 else range(SEGMENT_ROWS - 3, SEGMENT_ROWS + 3)
        parts = [b"".join(page_pieces(job, at, min(count, at + size))).removeprefix(b'"Name","Owner.Name"\n') for at in starts]
        assert b"".join(parts) in whole
        assert size < 100 or b"".join(parts) == whole
        own = [ids for at in starts for sobject, _, ids in page_reads(job, at, min(count, at + size)) if sobject == "Account"]
        assert sum(map(len, own)) == (6 if size < 100 else count)


def test_results_beyond_the_daily_storage_fail_the_query(caller, org):
    org.limits.exhaust("DailyBulkV2QueryFileStorageMB")
    org.admin.create_many("Account", [{"Name": f"A{n}", "Description": "x" * 2000} for n in range(600)])
    for statement, state in (("SELECT Name FROM Account", "JobComplete"), ("SELECT Description FROM Account", "Failed")):
        caller("POST", "/jobs/query", {"operation": "query", "query": statement})
        path = f"/jobs/query/{caller.json['id']}"
        org.clock.advance(60)
        caller("GET", path)
        assert caller.json["state"] == state
    assert caller.json["errorMessage"] == "ExceededQuota : DailyBulkV2QueryFileStorageMB Limit exceeded."


# ---------------------------------------------------------------------- tries of a batch


def polled(caller, path, seconds):
    """The job's info after some time; whoever polls keeps the session alive."""
    for _ in range(seconds // 600):
        caller.org.clock.advance(600)
        assert caller("GET", path).status == 200
    return caller.json


def test_a_batch_that_outlasts_its_time_is_tried_again(closed, caller, org):
    org.bulk.pace = Pace(queue_s=1, batch_s=10, row_s=10, batch_rows=100)  # 29 rows fit into five minutes
    path = closed("Name\n" + "".join(f"A{n}\n" for n in range(70)))
    seen = []
    for seconds in (300, 300, 130, 100):
        org.clock.advance(seconds)
        caller("GET", path)
        seen.append((caller.json["state"], caller.json["numberRecordsProcessed"], caller.json["retries"]))
    assert seen == [("InProgress", 0, 0), ("InProgress", 29, 1), ("InProgress", 58, 2), ("JobComplete", 70, 2)]
    assert [row["Name"] for row in org.admin.rows("Account")] == [f"A{n}" for n in range(70)]
    assert caller("GET", f"{path}/successfulResults").body.count(b"\n") == 71
    assert org.limits.used_of("DailyBulkApiBatches") == 1


def test_after_twenty_retries_the_job_fails_and_the_rest_is_unprocessed(closed, caller, org):
    org.bulk.pace = Pace(queue_s=1, batch_s=0, row_s=150, batch_rows=100)  # two rows a try
    path = closed("Name\n" + "".join(f"A{n}\n" for n in range(50)))
    info = polled(caller, path, 30 * 300)
    assert (info["state"], info["numberRecordsProcessed"], info["retries"]) == ("Failed", 42, 20)
    assert info["errorMessage"] == "InvalidBatch : Batch was retried 20 times and did not finish"
    assert caller("GET", f"{path}/unprocessedrecords").body.decode() == "Name\n" + "".join(f'"A{n}"\n' for n in range(42, 50))
    assert org.admin.count("Account") == 42


def test_tries_count_for_each_batch_alone(closed, caller, org):
    org.bulk.pace = Pace(queue_s=1, batch_s=0, row_s=150, batch_rows=30, most_retries=15)
    path = closed("Name\n" + "".join(f"A{n}\n" for n in range(60)))
    info = polled(caller, path, 40 * 300)
    assert (info["state"], info["numberRecordsProcessed"], info["retries"]) == ("JobComplete", 60, 28)


# ---------------------------------------------------------------------- pace


@pytest.mark.parametrize("profile", PACES)
def test_under_every_profile_a_job_ends_and_loses_nothing(closed, caller, org, profile):
    org.bulk.pace = PACES[profile]
    path = closed("Name\n" + "".join(f"A{n}\n" for n in range(500)))
    org.clock.advance(3600)
    caller("GET", path)
    assert (caller.json["state"], caller.json["numberRecordsProcessed"], org.admin.count("Account")) == ("JobComplete", 500, 500)


def test_an_instant_job_is_done_when_somebody_looks(closed, caller, org):
    org.bulk.pace = PACES["instant"]
    path = closed("Name\nAcme\n")
    caller("GET", path)
    assert caller.json["state"] == "JobComplete"


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("believable", PACES["believable"]),
        ("{profile: busy, queue_s: 60, shuffles: false}", pace_of("busy", queue_s=60.0, shuffles=False)),
        ("{batch_rows: 200, contention: 0.5}", Pace(batch_rows=200, contention=0.5)),
        ("{}", Pace()),
    ],
)
def test_an_org_file_says_how_fast_jobs_move(tmp_path, text, pace):
    path = tmp_path / "org.yaml"
    path.write_text(f"sfchaos_org: 1\nbulk: {text}\n", encoding="utf-8")
    model = load_org_file(path)
    assert Org(schema=model, seed=1).bulk.pace == model.pace == pace
    plain = tmp_path / "plain.yaml"
    plain.write_text("sfchaos_org: 1\n", encoding="utf-8")
    assert (model.digest == load_org_file(plain).digest) == (pace == Pace())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("busi", "unknown profile 'busi'"),
        ("{profile: [1]}", "is not a text"),
        ("{queue: 3}", "unknown key 'queue'"),
        ("{queue_s: -1}", "queue_s: -1 is not a number of seconds from 0 to 604800"),
        ("{queue_s: yes}", "queue_s"),
        ("{batch_rows: 0}", "at least 1 row"),
        ("{batch_rows: 2.5}", "is not a whole number"),
        ("{shuffles: 1}", "neither true nor false"),
        ("{contention: 2}", "contention: 2 is not a share from 0 to 1"),
        ("[1]", "is not a table"),
    ],
)
def test_an_org_file_that_says_it_wrongly_is_refused(tmp_path, text, words):
    path = tmp_path / "org.yaml"
    path.write_text(f"sfchaos_org: 1\nbulk: {text}\n", encoding="utf-8")
    with pytest.raises(BadFile, match=words):
        load_org_file(path)


# ---------------------------------------------------------------------- the list


def test_jobs_of_both_apis_are_listed_and_can_be_chosen(caller, org):
    xml = '<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><operation>query</operation><object>Account</object><contentType>CSV</contentType></jobInfo>'
    ids = []
    for chunking in ("FALSE", "TRUE"):
        sent = (("X-SFDC-Session", org.credentials.access_token), ("Content-Type", "application/xml"), ("Sforce-Enable-PKChunking", chunking))
        made = org.handle(Request("POST", "https://acme.my.salesforce.com/services/async/62.0/job", sent, xml.encode()))
        assert made.status == 201, made.body
        ids.append(made.body.partition(b"<id>")[2].partition(b"</id>")[0].decode())
    caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})
    ingest = caller.json["id"]
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})
    query = caller.json["id"]
    wanted = {
        "ingest": [*ids, ingest], "query": [*ids, query], "ingest?jobType=Classic": ids, "query?jobType=V2Ingest": [ingest], "ingest?jobType=V2Query": [query],
        "ingest?isPkChunkingEnabled=true": ids[1:], "ingest?isPkChunkingEnabled=false": [*ids, ingest], "query?jobType=Nonsense": [],
    }  # fmt: skip
    for path, expected in wanted.items():
        caller("GET", f"/jobs/{path}")
        assert [record["id"] for record in caller.json["records"]] == expected, path
    caller("GET", "/jobs/ingest?jobType=Classic")
    assert {(record["jobType"], record["object"], record["apiVersion"]) for record in caller.json["records"]} == {("Classic", "Account", 62.0)}


def test_a_page_of_the_list_keeps_what_was_asked_for(caller, monkeypatch):
    monkeypatch.setattr("sfchaos.org.bulk.engine.LIST_ROWS", 1)
    for _ in range(2):
        caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})
    caller("GET", "/jobs/ingest?jobType=V2Ingest")
    assert caller.json["nextRecordsUrl"].endswith("&jobType=V2Ingest")
