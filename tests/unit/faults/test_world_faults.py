"""Each fault that changes the org, against a world that writes down what was asked of it."""

import pytest

from sfchaos.core.gate import JobEvent, JobTurn, RowEvent
from sfchaos.core.messages import Request
from sfchaos.core.units import FOREVER_S
from sfchaos.faults import FAULTS
from sfchaos.faults.at import At, Draw
from sfchaos.faults.perm.fls_removed import fields_named

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
UPDATE = Request("PATCH", BASE + "/sobjects/Contact/003A", (("Content-Type", "application/json"),), b'{"LastName":"Doe","Phone":"1"}')


class World:
    def __init__(self):
        self.asked = []

    def __getattr__(self, verb):
        def note(*args, **named):
            self.asked.append((verb, *args, *sorted(named.items())))

        return note


def struck(fault, at=None, **settings):
    world = World()
    FAULTS[fault](**settings).strike(world, at or At(UPDATE, "row.update", "Contact", token="tok", now_s=1000.0))
    return world.asked


def test_session_faults_name_the_token_of_the_point():
    assert struck("auth.expired") == [("expire_session", "tok", ("message", "Session expired or invalid"))]
    assert struck("auth.revoked") == [("revoke_user_access", "tok")]
    assert struck("auth.rotated", grace=5.0) == [("rotate_refresh_tokens", 5.0)]


def test_a_row_lock_is_held_until_its_time_on_the_org_clock():
    assert struck("row.locked", hold=2.5, scope="parent") == [
        ("lock_targets", "PATCH", "/services/data/v62.0/sobjects/Contact/003A", UPDATE.body, ("scope", "parent"), ("until_s", 1002.5))
    ]


def test_the_daily_limit_lasts_as_long_as_the_rule_or_a_day():
    def until(asked):
        return dict(asked[0][2:])["until_s"]

    assert until(struck("limit.daily")) == 1000 + 86_400
    assert until(struck("limit.daily", At(UPDATE, now_s=1000.0, until_s=1060.0))) == 1060
    assert until(struck("limit.daily", profile="never")) is None


def test_others_keep_their_slots_for_the_hold_of_the_concurrent_limit():
    assert struck("limit.concurrent", cap=5, hold=30.0) == [("crowd", ("cap", 5), ("until_s", 1030.0))]


def test_a_validation_rule_is_switched_on_for_the_object_of_the_point_or_the_one_named():
    assert struck("row.validation", message="no") == [("add_validation", "Contact", "", "no", 1000.0 + FOREVER_S)]
    assert struck("row.validation", object="Lead", field="Company", message="no")[0][1:3] == ("Lead", "Company")


def test_a_dead_cursor_is_the_one_of_the_page_asked_for():
    page = At(Request("GET", BASE + "/query/0r8xx-2000"), "query.more", k=1)
    assert struck("query.locator_dead", page) == [("kill_locator", "0r8xx-2000")]
    assert FAULTS["query.locator_dead"](page=2).applies(page)
    assert not FAULTS["query.locator_dead"](page=3).applies(page)


def test_the_field_that_vanishes_is_the_one_named_or_the_last_the_request_names():
    assert struck("perm.fls_removed") == [("hide_field", "Contact", "Phone")]
    assert struck("perm.fls_removed", object="Lead", field="Email") == [("hide_field", "Lead", "Email")]
    assert not FAULTS["perm.fls_removed"]().applies(At(Request("GET", BASE + "/limits"), "meta.limits"))


@pytest.mark.parametrize(("request_", "field"), [
    (Request("GET", BASE + "/query?q=SELECT+Id%2C+Name%2C+Owner.Name+FROM+Account"), "Name"),
    (Request("GET", BASE + "/sobjects/Account/001?fields=Name,Phone"), "Phone"),
    (Request("POST", BASE + "/composite/sobjects", (), b'{"allOrNone":false,"records":[{"attributes":{"type":"Lead"},"LastName":"a","Company":"b"}]}'), "Company"),
    (Request("PUT", BASE + "/jobs/ingest/750/batches", (("Content-Type", "text/csv"),), b"LastName,Email\r\na,b\r\n"), "Email"),
    (Request("POST", BASE + "/jobs/query", (), b'{"operation":"query","query":"select Id, Fax from Account"}'), "Fax"),
    (Request("GET", BASE + "/query?q=SELECT+Id+FROM+Account"), ""),
    (Request("POST", BASE + "/sobjects/Lead", (), b"{broken"), ""),
    (Request("POST", BASE + "/sobjects/Lead", (), b'{"a":' * 100_000), ""),
])  # fmt: skip
def test_fields_are_read_from_selects_bodies_and_csv_headers(request_, field):
    assert fields_named(request_)[-1:] == ([field] if field else [])


def row(position=1, **more):
    return RowEvent("create", "Contact", position, {"LastName": "Doe"}, job_id="750", **more)


def test_failed_rows_are_chosen_by_position_or_by_share():
    chosen = FAULTS["bulk.rows_failed"](rows=(2, 5), codes=("UNABLE_TO_LOCK_ROW", "STORAGE_LIMIT_EXCEEDED"))
    assert chosen.on_row(row(1), Draw(0, 0)) is None
    assert chosen.on_row(row(2), Draw(0, 0)).code == "UNABLE_TO_LOCK_ROW"
    assert chosen.on_row(row(5), Draw(0, 0)).message == "storage limit exceeded"
    share = FAULTS["bulk.rows_failed"](share=0.3, message="no")
    assert share.on_row(row(), Draw(0, 0.29)).message == "no"
    assert share.on_row(row(), Draw(0, 0.31)) is None


def test_a_validation_rule_on_rows_keeps_to_its_object():
    assert FAULTS["row.validation"](field="LastName").on_row(row(), Draw(0, 0)).fields == ("LastName",)
    assert FAULTS["row.validation"](object="Lead").on_row(row(), Draw(0, 0)) is None


def batch(number, of, rows, done=0, step="batch", kind="bulk2"):
    return JobEvent("750", kind, step, number, of, done, rows)


@pytest.mark.parametrize(("settings", "event", "kept"), [
    ({}, batch(0, 1, 10), 5), ({}, batch(0, 3, 10_000), None), ({}, batch(1, 3, 10_000, 10_000), 0), ({"batches": 2}, batch(1, 3, 10_000), None),
    ({"batches": 2}, batch(2, 3, 5), 0), ({"batches": 0}, batch(0, 1, 5), 0), ({"after_rows": 3}, batch(0, 1, 10), 3), ({"after_rows": 10}, batch(0, 2, 10), None),
    ({"after_rows": 10}, batch(1, 2, 10, 10), 0), ({}, batch(0, 1, 10, step="start"), None),
    ({"after_rows": 10}, batch(0, 1, 0, kind="bulk1"), 10),  # a query batch
])  # fmt: skip
def test_a_job_fails_after_the_rows_it_may_keep(settings, event, kept):
    turn = FAULTS["bulk.job_failed_mid"](**settings).on_job(event, 0.0)
    assert (turn and (turn.action, turn.rows)) == (None if kept is None else ("fail", kept))


def test_a_stuck_job_is_held_until_its_time_is_over():
    stuck = FAULTS["bulk.stuck"](hold=3600.0)
    assert stuck.on_job(batch(0, 1, 10), 0.0) == JobTurn("hold", hold_s=3600.0, state="InProgress")
    assert stuck.on_job(batch(0, 1, 10), 3000.0).hold_s == 600
    assert stuck.on_job(batch(0, 1, 10), 3600.0) is None
    assert stuck.on_job(batch(1, 2, 10), 0.0) is None
    assert stuck.on_job(batch(0, 0, 0, step="start"), 0.0) is None


def test_a_job_stuck_in_the_queue_or_a_query_job_is_held_before_it_starts():
    start = batch(0, 0, 0, step="start")
    assert FAULTS["bulk.stuck"](hold=60.0, state="UploadComplete").on_job(start, 0.0).state == "UploadComplete"
    assert FAULTS["bulk.stuck"](hold=60.0).on_job(batch(0, 0, 0, step="start", kind="bulk2q"), 0.0).action == "hold"
