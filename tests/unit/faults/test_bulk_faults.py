"""Faults of jobs by hand: steps, rows, results."""

import json

import pytest

from sfchaos.core.gate import JobEvent, JobTurn, RowEvent
from sfchaos.core.messages import Request, Response
from sfchaos.faults import FAULTS
from sfchaos.faults.at import At, Draw

CSV = (("Content-Type", "text/csv"), ("Sforce-Locator", "MjAw"))
GET = Request("GET", "https://acme.my.salesforce.com/services/data/v62.0/jobs/ingest/750/successfulResults?locator=MjAw")


def step(name="batch", *, batch=0, batches=1, done=0, rows=10, kind="bulk2"):
    return JobEvent("750", kind, name, batch, batches, done, rows)


def turn(fault, event, since_s=0.0, **settings):
    return FAULTS[fault](**settings).on_job(event, since_s)


def reply_of(fault, body, request=GET, headers=CSV, **settings):
    return FAULTS[fault](**settings).around(request, lambda _: Response(200, body, headers))


@pytest.mark.parametrize("fault", ["bulk.job_failed_all", "bulk.csv_dialect"])
def test_a_job_fails_before_its_first_row_and_not_later(fault):
    assert turn(fault, step("start")).action == "fail"
    assert turn(fault, step("batch")) is None


@pytest.mark.parametrize(("settings", "event", "rows"), [
    ({}, step(), 5), ({}, step(batches=3), None), ({}, step(batch=1, batches=3), 0), ({"after_rows": 3}, step(), 3), ({"after_rows": 12}, step(), None),
    ({"after_rows": 12}, step(batch=1, batches=2, done=10), 2), ({"batches": 2}, step(batch=1, batches=3), None), ({"batches": 2}, step(batch=2, batches=3), 0),
])  # fmt: skip
def test_an_abort_keeps_the_rows_that_were_done(settings, event, rows):
    found = turn("bulk.aborted_by_admin", event, **settings)
    assert (found.rows if found else None) == rows
    assert found is None or found.action == "abort"


@pytest.mark.parametrize(("since_s", "hold_s"), [(0.0, 3600.0), (600.0, 3000.0), (3600.0, None)])
def test_a_slow_queue_holds_the_start_for_its_time(since_s, hold_s):
    found = turn("bulk.slow_queue", step("start"), since_s, hold=3600.0)
    assert found == (JobTurn("hold", hold_s=hold_s, state="UploadComplete") if hold_s else None)
    assert turn("bulk.slow_queue", step("batch"), hold=3600.0) is None


def test_a_lock_storm_waits_once_and_then_refuses_its_rows():
    assert turn("bulk.row_lock_storm", step()).hold_s == 300
    assert turn("bulk.row_lock_storm", step(), 300.0) is None
    assert turn("bulk.row_lock_storm", step(batch=1, batches=2)) is None
    storm = FAULTS["bulk.row_lock_storm"](rows=(2,))
    codes = [found.code if (found := storm.on_row(RowEvent("update", "Contact", n, {}), Draw(0.0, 0.0))) else None for n in (1, 2, 3)]
    assert codes == [None, "UNABLE_TO_LOCK_ROW", None]


def test_only_the_first_batch_of_a_bulk_1_job_is_left_out():
    assert turn("bulk.batch_not_processed", step(kind="bulk1", batches=2)).action == "leave"
    assert turn("bulk.batch_not_processed", step(kind="bulk1", batch=1, batches=2)) is None
    assert turn("bulk.batch_not_processed", step()) is None


def test_the_day_s_rows_end_in_the_midst_of_a_batch():
    assert turn("limit.bulk_rows_daily", step(), after_rows=4).rows == 4
    assert turn("limit.bulk_rows_daily", step(batch=1, batches=2, done=10), after_rows=4).rows == 0
    assert turn("limit.bulk_rows_daily", step(), after_rows=10) is None


@pytest.mark.parametrize(("state", "shown"), [("InProgress", "UploadComplete"), ("JobComplete", "InProgress"), ("Failed", "InProgress"), ("Open", "Open")])
def test_a_poll_shows_the_state_before(state, shown):
    body = json.dumps({"id": "750", "state": state}).encode()
    assert json.loads(reply_of("bulk.state_flicker", body, headers=()).body)["state"] == shown


def test_a_poll_that_is_no_object_stays_as_it_is():
    assert reply_of("bulk.state_flicker", b"[]", headers=()).body == b"[]"
    assert reply_of("bulk.state_flicker", b"<x/>", headers=()).body == b"<x/>"


def test_results_change_places_and_none_is_lost():
    rows = [b'"%d","a\nb"\n' % n for n in range(5)]
    body = reply_of("bulk.results_reordered", b"h1,h2\n" + b"".join(rows)).body
    assert body.startswith(b"h1,h2\n")
    assert body != b"h1,h2\n" + b"".join(rows)
    assert all(row in body for row in rows)
    assert reply_of("bulk.results_reordered", b"h\n1\n2").body in (b"h\n2\n1\n", b"h\n1\n2\n")
    assert reply_of("bulk.results_reordered", b"h\n1\n").body == b"h\n1\n"


@pytest.mark.parametrize(("line", "left"), [(None, b"h\n1\n"), (0, b"h\n"), (2, b"h\n1\n2\n"), (9, b"h\n1\n2\n3\n")])
def test_results_end_at_a_line_end(line, left):
    settings = {} if line is None else {"line": line}
    assert reply_of("bulk.results_truncated", b"h\n1\n2\n3\n", **settings).body == left


def test_a_line_end_inside_a_cell_ends_no_row():
    assert reply_of("bulk.results_truncated", b'h\n"a\nb"\n"c"\n', line=1).body == b'h\n"a\nb"\n'


def test_what_is_no_csv_is_left_alone():
    assert reply_of("bulk.results_truncated", b"<result/>", headers=(("Content-Type", "application/xml"),)).body == b"<result/>"


def test_a_locator_is_spoiled_after_its_page_or_ends_early():
    locators = FAULTS["bulk.results_locator"]
    assert [locators(page=2).applies(At(GET, k=k)) for k in (2, 3)] == [False, True]
    asked = []
    locators().around(GET, lambda request: asked.append(request.query["locator"]) or Response(400))
    assert asked != ["MjAw"]
    assert reply_of("bulk.results_locator", b"h\n", how="early").header("sforce-locator") == "null"


@pytest.mark.parametrize(("keep", "calls"), [("nothing", 0), ("prefix", 1)])
def test_a_cut_upload_reaches_the_org_in_part_or_not_at_all(keep, calls):
    came = []
    put = Request("PUT", "https://x/batches", (("Content-Length", "10"),), b"0123456789")
    reply = FAULTS["bulk.upload_partial"](keep=keep, cut="4").around(put, lambda request: came.append(request) or Response(201))
    assert reply.delivery.fate == "lost"
    assert [(request.body, request.header("content-length")) for request in came] == [(b"0123", "4")] * calls
