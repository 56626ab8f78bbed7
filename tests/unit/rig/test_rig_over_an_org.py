"""The rig around the real mock org: faults are facts about the org, and the journal tells them."""

import json
from urllib.parse import quote

import pytest

from sfchaos.core.gate import OrgEvent, RowTouch
from sfchaos.core.journal import check_chain
from sfchaos.core.messages import Request
from sfchaos.faults.schedule import Schedule
from sfchaos.org.org import Org
from sfchaos.rig import Rig

BASE = "https://acme.my.salesforce.com/services/data/v62.0"


class Client:
    """A client without manners: one call, one reply."""

    def __init__(self, rig):
        self.rig = rig
        self.headers = (("Content-Type", "application/json"), ("Authorization", "Bearer " + rig.env["SF_ACCESS_TOKEN"]))

    def call(self, method, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        reply = self.rig.handle(Request(method, BASE + path, self.headers, data))
        return reply.status if reply.delivery.fate == "whole" else reply.delivery.fate


@pytest.fixture
def rig():
    return Rig(Org(seed=5))


@pytest.fixture
def client(rig):
    return Client(rig)


def lines(rig, kind="exchange"):
    return [line for line in rig.journal if line["kind"] == kind]


def test_a_lost_reply_and_a_blind_retry_make_twins(rig, client):
    rig.inject("net.response_lost", on="row.create/account")
    assert [client.call("POST", "/sobjects/Account", {"Name": "Acme"}) for _ in range(2)] == ["lost", 201]
    assert rig.org.count("Account", Name="Acme") == 2
    first, second = lines(rig)
    assert (first["applied"], second["applied"]) == ("yes", "yes")
    assert first["rows"][0]["fields"] == second["rows"][0]["fields"]
    assert first["rows"][0]["id"] != second["rows"][0]["id"]


def test_a_lock_is_met_by_rows_and_collections_alike_until_it_ends(rig, client):
    contact = rig.org.create("Contact", LastName="Doe")
    rig.inject("row.locked", on="row.update/Contact", hold="10s")
    row = {"Phone": "1"}
    assert client.call("PATCH", f"/sobjects/Contact/{contact}", row) == 400
    many = {"allOrNone": False, "records": [{"attributes": {"type": "Contact"}, "Id": contact, **row}]}
    assert client.call("PATCH", "/composite/sobjects", many) == 200
    refused, in_collection = lines(rig)
    assert refused["error_codes"] == ["UNABLE_TO_LOCK_ROW"]
    assert in_collection["rows"][0]["code"] == "UNABLE_TO_LOCK_ROW"
    assert [line["applied"] for line in (refused, in_collection)] == ["no", "no"]
    rig.clock.advance(10)
    assert client.call("PATCH", f"/sobjects/Contact/{contact}", row) == 204


def test_an_expired_session_is_dead_from_its_point_on(rig, client):
    rig.inject("auth.expired", before="row.get/Account~2")
    account = rig.org.create("Account", Name="Acme")
    assert [client.call("GET", f"/sobjects/Account/{account}") for _ in range(3)] == [200, 401, 401]
    struck = lines(rig)[1]
    assert (struck["commit_phase"], struck["fired"], struck["error_codes"]) == ("E", ["r1"], ["INVALID_SESSION_ID"])
    [ended] = [line for line in lines(rig, "org") if line["event"] == "token_ended"]
    assert ended["token"] == struck["bearer"]
    assert ended["n"] == struck["n"] + 1  # what an exchange causes stands after it


def test_an_expired_session_can_be_told_in_other_words(rig, client):
    rig.inject("auth.expired", before="meta.limits", message="Session expired: log in again")
    replies = [rig.handle(Request("GET", BASE + "/limits", client.headers)) for _ in range(2)]
    assert [json.loads(reply.body) for reply in replies] == [[{"message": "Session expired: log in again", "errorCode": "INVALID_SESSION_ID"}]] * 2


def test_the_phase_of_an_exchange_is_that_of_the_fault_that_made_its_reply(rig, client):
    rig.inject("auth.expired", before="row.create/Account")
    rig.inject("net.response_lost", on="row.create/Account")
    assert client.call("POST", "/sobjects/Account", {"Name": "Acme"}) == "lost"
    [line] = lines(rig)
    assert (line["faults"], line["commit_phase"], line["applied"]) == (["auth.expired", "net.response_lost"], "A", "no")


def test_after_means_that_the_point_itself_is_still_answered(rig, client):
    rig.inject("auth.expired", after="meta.limits")
    assert [client.call("GET", "/limits") for _ in range(2)] == [200, 401]


def test_the_daily_limit_is_one_fact_for_all_calls_and_ends_with_its_window(rig, client):
    rig.inject("limit.daily", on="*/*", from_="T+1s", for_="1h")
    assert client.call("GET", "/limits") == 200
    rig.clock.advance(1)
    assert [client.call("POST", "/sobjects/Account", {"Name": "Acme"}), client.call("GET", "/sobjects/Account/001")] == [403, 403]
    assert rig.fired == {"r1": 1}
    assert lines(rig)[1]["error_codes"] == ["REQUEST_LIMIT_EXCEEDED"]
    rig.clock.advance(3601)
    assert client.call("POST", "/sobjects/Account", {"Name": "Acme"}) == 201


def test_others_hold_the_slots_of_long_requests_for_a_while(rig, client):
    rig.inject("limit.concurrent", on="meta.limits~2", hold="20s")
    assert [client.call("GET", "/limits") for _ in range(2)] == [200, 403]
    rig.clock.advance(20)
    assert client.call("GET", "/limits") == 200


def token(rig, **form):
    body = "&".join(f"{name}={quote(value, safe='')}" for name, value in form.items()).encode()
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    return rig.handle(Request("POST", rig.env["SF_LOGIN_URL"] + "/services/oauth2/token", headers, body))


def refresh(rig, refresh_token):
    return token(
        rig, grant_type="refresh_token", client_id=rig.env["SF_CLIENT_ID"], client_secret=rig.env["SF_CLIENT_SECRET"], refresh_token=refresh_token
    )


def test_revoked_access_ends_calls_and_refreshes(rig, client):
    rig.inject("auth.revoked", before="row.create/Account")
    assert client.call("GET", "/limits") == 200
    assert client.call("POST", "/sobjects/Account", {"Name": "Acme"}) == 401
    reply = refresh(rig, rig.env["SF_REFRESH_TOKEN"])
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_grant")
    assert lines(rig)[2]["credential"].startswith("secret:")


def test_a_rotated_refresh_token_works_once(rig):
    rig.inject("auth.rotated", on="auth.refresh/-")
    first = rig.env["SF_REFRESH_TOKEN"]
    reply = refresh(rig, first)
    assert reply.status == 200
    second = json.loads(reply.body)["refresh_token"]
    assert second != first
    assert refresh(rig, first).status == 400
    assert refresh(rig, second).status == 200
    rotated = lines(rig)[0]
    assert {"credential", "issued", "refresh"} <= rotated.keys()
    assert first not in rig.journal.data().decode()


def test_a_dead_cursor_is_refused_while_other_queries_go_on(rig, client):
    rig.org.populate("Account", 450)
    rig.inject("query.locator_dead", on="query.more/Q1", page=3)
    headers = (*client.headers, ("Sforce-Query-Options", "batchSize=200"))
    reply = rig.handle(Request("GET", f"{BASE}/query?q=SELECT+Id+FROM+Account", headers))
    statuses = []
    while reply.status == 200 and "nextRecordsUrl" in json.loads(reply.body):
        reply = rig.handle(Request("GET", "https://acme.my.salesforce.com" + json.loads(reply.body)["nextRecordsUrl"], headers))
        statuses.append(reply.status)
    assert statuses == [200, 400]
    assert [line["address"] for line in lines(rig)] == ["query.first/Q1#1~1", "query.more/Q1#1~1", "query.more/Q1#2~1"]
    assert lines(rig)[-1]["error_codes"] == ["INVALID_QUERY_LOCATOR"]
    assert client.call("GET", "/query?q=SELECT+Id+FROM+Account") == 200


def test_a_hidden_field_vanishes_from_reads(rig, client):
    contact = rig.org.create("Contact", LastName="Doe", Phone="1")
    rig.inject("perm.fls_removed", before="row.get/Contact~2", field="Phone")
    for expected in (True, False):
        reply = rig.handle(Request("GET", f"{BASE}/sobjects/Contact/{contact}", client.headers))
        assert ("Phone" in json.loads(reply.body)) is expected


def test_a_change_the_org_cannot_make_is_told_and_does_not_count(rig, client):
    rig.inject("perm.fls_removed", before="row.create/Account", field="Nmae")
    assert client.call("POST", "/sobjects/Account", {"Name": "Acme"}) == 201
    [event] = [line for line in lines(rig, "org") if line["event"] == "fault_not_struck"]
    assert "Nmae" in event["reason"]
    assert rig.unfired == ["r1"]


def test_a_required_field_is_passed_over_and_cannot_be_named(rig, client):
    rig.inject("perm.fls_removed", before="row.create/Account~1")
    assert client.call("POST", "/sobjects/Account", {"Phone": "1", "Name": "Acme"}) == 400
    assert lines(rig)[0]["error_codes"] == ["INVALID_FIELD_FOR_INSERT_UPDATE"]
    assert client.call("POST", "/sobjects/Account", {"Name": "Acme"}) == 201
    rig.inject("perm.fls_removed", before="row.create/Lead", field="Company")
    assert client.call("POST", "/sobjects/Lead", {"LastName": "Doe", "Company": "c"}) == 201
    [event] = [line for line in lines(rig, "org") if line["event"] == "fault_not_struck"]
    assert "Lead.Company has no field-level security" in event["reason"]
    assert rig.unfired == ["r2"]


def test_a_share_of_rows_fails_validation_and_the_line_says_which_rule(rig, client):
    rig.inject("row.validation", on="coll.create/Contact", p=0.5, field="LastName")
    records = [{"attributes": {"type": "Contact"}, "LastName": f"N{n}"} for n in range(40)]
    assert client.call("POST", "/composite/sobjects", {"allOrNone": False, "records": records}) == 200
    [line] = lines(rig)
    codes = [row.get("code") for row in line["rows"]]
    assert 8 < codes.count("FIELD_CUSTOM_VALIDATION_EXCEPTION") < 32
    assert (line["applied"], line["fired"], line["commit_phase"]) == ("partly", ["r1"], "B")
    assert rig.fired == {"r1": 1}


def test_without_armed_rows_the_org_is_not_asked(rig, client):
    asked = []
    client.call("POST", "/sobjects/Account", {"Name": "Acme"})
    asked.append(rig._org.gate)
    rig.inject("row.validation", on="row.create/Lead", p=1.0)
    client.call("POST", "/sobjects/Lead", {"LastName": "Doe", "Company": "c"})
    client.call("POST", "/sobjects/Account", {"Name": "Acme"})
    asked.append(rig._org.gate)
    assert asked == [None, None]
    assert [line["status"] for line in lines(rig)] == [201, 400, 201]


def test_what_the_administrator_does_is_told_without_being_a_point(rig):
    rig.org.create("Account", Name="Acme")
    assert rig.requests == 0
    [line] = lines(rig, "org")
    assert (line["event"], line["verb"], line["sobject"], len(line["ids"])) == ("admin_write", "create", "Account", 1)


def test_rows_of_jobs_are_digests_two_hundred_a_line_and_jobs_go_by_alias(rig):
    touches = [RowTouch("create", "Contact", f"003{n}", n % 2 == 0, created=True, values={"LastName": f"N{n}", "Phone": None}) for n in range(250)]
    rig._org.emit(OrgEvent("bulk_rows", {"job": "7505e0000000001AAA", "rows": touches}, at_s=rig.clock.now_s()))
    rig._org.emit(OrgEvent("job_state", {"job": "7505e0000000001AAA", "state": "JobComplete", "job_kind": "bulk2", "object": "Contact", "operation": "insert", "processed": 250}))
    rig._org.send_events()
    first, second, state = lines(rig, "org")
    assert [len(line["rows"]) for line in (first, second)] == [200, 50]
    assert {line["job"] for line in (first, second, state)} == {"J1"}
    assert first["rows"][0].keys() >= {"verb", "id", "ok", "created", "fields", "nulls"}
    assert first["rows"][0]["nulls"] == ["Phone"]
    assert "N0" not in json.dumps(first)


SCHEDULE = Schedule.from_tree({"sfchaos_schedule": 1, "seed": 7, "rules": [
    {"fault": "net.response_lost", "on": "row.create/Account#2~1"}, {"fault": "row.locked", "on": "row.update/*", "p": 0.5, "with": {"hold": "3s"}},
    {"fault": "http.503", "on": "query.first/*", "p": 0.3}, {"fault": "auth.expired", "before": "row.get/Account#9"}]})  # fmt: skip


def story(org):
    rig = Rig(org, schedule=SCHEDULE)
    client = Client(rig)
    ids = [rig.org.create("Account", Name=f"N{n}") for n in range(4)]
    for n, account in enumerate(ids):
        client.call("POST", "/sobjects/Account", {"Name": f"New {n}"})
        client.call("PATCH", f"/sobjects/Account/{account}", {"Phone": str(n)})
        client.call("GET", "/query?q=SELECT+Id+FROM+Account")
        rig.clock.advance(1)
    rig.close()
    return rig


def test_the_same_schedule_and_seed_give_the_same_journal_bytes():
    runs = [story(Org(seed=7)) for _ in range(4)]
    assert len({rig.journal.head for rig in runs}) == 1
    assert len({rig.trace_digest() for rig in runs}) == 1
    assert check_chain(runs[0].journal.data()).trouble == ""
    assert len(runs[0].fired) >= 3
    assert runs[0].unfired == ["r4"]


def test_fifty_runs_on_one_org_that_is_put_back_have_one_trace():
    org = Org(seed=7)
    traces = set()
    for _ in range(50):
        traces.add(story(org).trace_digest())
        org.clock.reset()
        org.reset()
    assert len(traces) == 1


def test_another_seed_gives_another_trace():
    other = Schedule.from_tree({**SCHEDULE.as_tree(), "seed": 8})
    rig = Rig(Org(seed=7), schedule=other)
    client = Client(rig)
    ids = [rig.org.create("Account", Name=f"N{n}") for n in range(40)]
    statuses = [client.call("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"}) for account in ids]
    again = Rig(Org(seed=7), schedule=SCHEDULE)
    client = Client(again)
    ids = [again.org.create("Account", Name=f"N{n}") for n in range(40)]
    assert statuses != [client.call("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"}) for account in ids]
