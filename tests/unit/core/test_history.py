"""What judges read: names for a line's keys, and attempts that belong together."""

import pytest

from sfchaos.core.history import Ending, Exchange, History, group_operations


def line(n, at_s, *, op="row.create", digest="d1", status=201, delivered="whole", took_s=0.05, **more):
    return {"n": n, "kind": "exchange", "run": "r1", "at_ms": round(at_s * 1000), "address": f"{op}/Account#1~1", "op": op, "request_sha256": digest, "status": status,
            "delivered": delivered, "delivered_ms": round((at_s + took_s) * 1000), **more}  # fmt: skip


def groups(*lines):
    return [operation.lines for operation in group_operations(Exchange(item) for item in lines)]


def test_a_repeat_after_a_failure_belongs_to_the_same_operation():
    assert groups(line(1, 0, status=503), line(2, 2, status=503), line(3, 6)) == [(1, 2, 3)]


def test_after_a_success_the_same_request_is_a_new_operation():
    assert groups(line(1, 0), line(2, 2), line(3, 4, status=500), line(4, 6)) == [(1,), (2,), (3, 4)]


def test_a_lost_reply_is_no_success_whatever_the_org_answered():
    assert groups(line(1, 0, delivered="lost"), line(2, 1)) == [(1, 2)]
    assert groups(line(1, 0, delivered="cut"), line(2, 1)) == [(1, 2)]


def test_another_body_or_another_verb_is_another_operation():
    assert groups(line(1, 0, status=503), line(2, 1, digest="d2", status=503), line(3, 2), line(4, 3, op="row.update")) == [(1, 3), (2,), (4,)]


def test_after_ten_minutes_a_repeat_is_a_new_operation():
    assert groups(line(1, 0, status=503, took_s=0), line(2, 600, status=503, took_s=0), line(3, 1200.001)) == [(1, 2), (3,)]


def test_the_ten_minutes_count_from_when_the_failure_reached_the_caller():
    assert groups(line(1, 0, status=503, took_s=300), line(2, 900)) == [(1, 2)]


def test_operations_stand_in_order_of_their_first_attempt():
    found = list(group_operations(Exchange(item) for item in (line(1, 0, status=503), line(2, 1, digest="d2"), line(3, 2))))
    assert [(o.first.n, o.last.n, o.succeeded) for o in found] == [(1, 3, True), (2, 2, True)]


def test_gaps_run_from_the_failure_to_the_next_start_and_never_back():
    found = next(group_operations(Exchange(item) for item in (line(1, 0, status=503, took_s=0.5), line(2, 2, status=503, took_s=3), line(3, 4))))
    assert found.gaps_ms == (1500, 0)


@pytest.mark.parametrize(("fields", "how"), [
    ({"status": 201}, ""), ({"status": 503}, "backoff"), ({"status": 400, "error_codes": ["UNABLE_TO_LOCK_ROW"]}, "backoff"), ({"status": 400}, "never"),
    ({"status": 201, "delivered": "lost"}, "ambiguous"), ({"status": 200, "delivered": "cut"}, "ambiguous"), ({"status": 200, "seen_status": 503}, "backoff"),
    ({"status": 200, "seen_status": 403, "seen_codes": ["REQUEST_LIMIT_EXCEEDED"]}, "window"),
])  # fmt: skip
def test_a_refusal_is_judged_by_what_the_caller_saw(fields, how):
    assert Exchange({"n": 1, "at_ms": 0, **fields}).refusal_class == how


def test_a_bare_line_has_empty_names():
    bare = Exchange({"n": 3, "at_ms": 40, "address": "row.upsert/Contact#2~1"})
    assert (bare.op, bare.kind, bare.status, bare.codes, bare.applied, bare.delivered_ms) == ("row.upsert", "idem", 0, (), "no", 40)
    assert (bare.digest, bare.fired, bare.faults, bare.bearer, bare.credential, bare.job, bare.retry_after, bare.rows) == ("", (), (), "", "", "", None, ())
    assert bare.get("user") == ""


def test_rows_of_a_line_have_names():
    exchange = Exchange(line(1, 0, rows=[{"verb": "create", "sobject": "Account", "id": "001", "ok": "yes", "created": "yes", "fields": {"Name": "ab"}, "nulls": ["Phone"]},
                                         {"verb": "update", "sobject": "Account", "ok": "no", "code": "REQUIRED_FIELD_MISSING"}]))  # fmt: skip
    first, second = exchange.rows
    assert (first.ok, first.created, first.fields, first.nulls) == (True, True, {"Name": "ab"}, ("Phone",))
    assert (second.ok, second.code, second.created, second.id) == (False, "REQUIRED_FIELD_MISSING", False, "")


def test_a_history_sorts_its_lines_by_kind():
    history = History("r1", [
        {"n": 1, "kind": "start", "at_ms": 0}, line(2, 1, faults=["http.503"]), {"n": 3, "kind": "wait", "at_ms": 1050, "requested_ms": 2000, "primitive": "time.sleep"},
        {"n": 4, "kind": "log", "at_ms": 3050, "level": "WARNING", "text": "retry", "hits": [{"secret": "secret:1"}]},
        {"n": 5, "kind": "org", "at_ms": 3100, "event": "bulk_rows", "job": "J1", "rows": [{"verb": "create", "ok": "yes"}, {"verb": "create"}], "faults": ["bulk.rows_failed"]},
        {"n": 6, "kind": "org", "at_ms": 3200, "event": "job_state", "faults": ["http.503"]}])  # fmt: skip
    assert [e.n for e in history.exchanges] == [2]
    assert [(w.requested_ms, w.primitive, w.origin) for w in history.waits] == [(2000, "time.sleep", "main")]
    assert [(r.level, r.text, r.hits) for r in history.logs] == [("WARNING", "retry", ({"secret": "secret:1"},))]
    assert [event["n"] for event in history.events] == [5, 6]
    assert [event["n"] for event in history.events_of("job_state", "other")] == [6]
    assert [row.ok for _, row in history.job_rows] == [True, False]
    assert history.faults_fired == ("http.503", "bulk.rows_failed")
    assert [o.lines for o in history.operations] == [(2,)]
    assert history.where(lambda e: e.status == 404) == []


@pytest.mark.parametrize(("ending", "loud"), [(Ending(), False), (Ending(exit=1), True), (Ending(how="exception"), True), (Ending(how="storm"), True)])
def test_a_target_is_loud_when_it_says_that_something_went_wrong(ending, loud):
    assert ending.loud is loud


def test_labels_for_people_are_no_part_of_a_history():
    assert History("r1", (), labels={"d": "A-1"}) == History("r1", ())
    assert "A-1" not in repr(History("r1", (), labels={"d": "A-1"}))
