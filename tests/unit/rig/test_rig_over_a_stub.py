"""The rig around a handler of three lines: no org, so only what needs none."""

import threading

import pytest

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.journal import check_chain
from sfchaos.core.messages import Request, Response
from sfchaos.faults.schedule import Schedule
from sfchaos.rig import Rig

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
TOKEN = "00D5e0000000001!AQkfjdkjfkdjfkdjfkjdkfj"
HEADERS = (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}"), ("User-Agent", "python-requests/2.34"))
CREATED = Response(201, b'{"id":"0015e0000000001AAA","success":true}', (("Sforce-Limit-Info", "api-usage=18/15000"),))


def create(name="Acme", path="/sobjects/Account"):
    return Request("POST", BASE + path, HEADERS, f'{{"Name":"{name}"}}'.encode())


class Stub:
    def __init__(self, reply=CREATED):
        self.reply, self.calls = reply, 0

    def __call__(self, request):
        self.calls += 1
        return self.reply


def test_without_rules_a_request_passes_through_and_leaves_a_line():
    rig = Rig.over(Stub())
    assert rig.handle(create()) is CREATED
    [line] = rig.journal
    assert line | {"n": 1, "kind": "exchange", "address": "row.create/Account#1~1", "op": "row.create", "method": "POST", "status": 201,
                   "host": "acme.my.salesforce.com", "path": "/services/data/v62.0/sobjects/Account", "delivered": "whole", "applied": "yes",
                   "bearer": "secret:1", "limit_used": 18, "limit_max": 15000, "client": "python-requests", "keys": ["0015e0000000001AAA"],
                   "work_ms": 50, "at_ms": 0, "delivered_ms": 50, "target": "Account", "sobject": "Account", "origin": "main"} == line  # fmt: skip
    assert not {"fired", "faults", "commit_phase", "seen_status", "seen_codes", "error_codes", "rows"} & set(line)
    assert rig.requests == 1


def test_a_lost_reply_is_applied_and_the_next_attempt_is_not_touched():
    stub = Stub()
    rig = Rig.over(stub)
    rig.inject("net.response_lost", on="row.create/Account")
    assert [rig.handle(create()).delivery.fate for _ in range(2)] == ["lost", "whole"]
    lost, whole = rig.journal
    assert (lost["applied"], lost["status"], lost["seen_status"], lost["delivered"], lost["commit_phase"]) == ("yes", 201, 0, "lost", "A")
    assert (lost["fired"], lost["faults"]) == (["r1"], ["net.response_lost"])
    assert whole["address"] == "row.create/Account#1~2"
    assert whole["request_sha256"] == lost["request_sha256"]
    assert (rig.fired, rig.unfired) == ({"r1": 1}, [])
    assert stub.calls == 2


def test_a_refused_reply_never_reaches_the_handler_and_says_so():
    stub = Stub()
    rig = Rig.over(stub)
    rig.inject("http.503_retry_after", on="*/*", retry_after=7)
    reply = rig.handle(create())
    assert (reply.status, stub.calls) == (503, 0)
    assert reply.header("date") == "Thu, 15 Jan 2026 09:00:00 GMT"
    [line] = rig.journal
    assert (line["status"], line["seen_status"], line["seen_codes"], line["applied"]) == (0, 503, ["SERVER_UNAVAILABLE"], "no")
    assert (line["commit_phase"], line["retry_after"]) == ("B", "7")


def test_a_lost_refusal_is_still_phase_a_but_was_not_applied_and_its_codes_were_not_seen():
    rig = Rig.over(Stub(Response(400, b'[{"message":"m","errorCode":"REQUIRED_FIELD_MISSING"}]')))
    rig.inject("net.response_lost", on="*/*")
    rig.handle(create())
    [line] = rig.journal
    assert (line["commit_phase"], line["applied"], line["error_codes"], line["seen_codes"]) == ("A", "no", ["REQUIRED_FIELD_MISSING"], [])


def test_a_collection_that_half_succeeded_was_applied_partly():
    body = b'[{"id":"0015e0000000001AAA","success":true},{"success":false,"errors":[{"statusCode":"X"}]}]'
    rig = Rig.over(Stub(Response(200, body)))
    rig.handle(create(path="/composite/sobjects"))
    assert rig.journal[0]["applied"] == "partly"


def test_names_that_do_not_exist_raise_at_once_and_arm_nothing():
    rig = Rig.over(Stub())
    for wrong, fault, keywords in (
        ("fault", "net.respons_lost", {}),
        ("parameter", "http.503_retry_after", {"retry_afer": 3}),
        ("operation", "http.503", {"on": "row.x"}),
    ):
        with pytest.raises(UnknownName, match=f"unknown {wrong}"):
            rig.inject(fault, **{"on": "*/*", **keywords})
    assert rig.schedule.rules == ()


def test_python_keywords_take_an_underscore_and_all_others_are_parameters():
    rule = Rig.over(Stub()).inject("net.read_timeout.post", on="*/*", for_="1m", from_="T+5s", if_={"object": "Account"}, hold="90s", times=2)
    assert (rule.for_s, rule.from_s, rule.times, rule.settings.hold) == (60, 5, 2, 90)
    assert rule.tree["with"] == {"hold": "90s"}


def test_faults_that_change_an_org_are_not_expressible_without_one():
    schedule = Schedule.from_tree({"sfchaos_schedule": 1, "rules": [{"fault": "auth.expired", "on": "*/*"}, {"fault": "http.503", "on": "*/*#2"}]})
    rig = Rig.over(Stub(), schedule=schedule)
    rig.handle(create())
    assert rig.not_expressible == ["r1"]
    assert sorted(rig.unfired) == ["r1", "r2"]
    with pytest.raises(UsageError, match="not expressible"):
        rig.inject("row.locked", on="*/*")


def test_a_schedule_loaded_replaces_the_one_armed_and_its_seed_decides():
    rig = Rig.over(Stub(), seed=3)
    rig.inject("http.503", on="*/*")
    rig.load(Schedule.from_tree({"sfchaos_schedule": 1, "seed": 9, "rules": [{"id": "x", "fault": "net.reset_before", "on": "*/*"}]}))
    assert rig.handle(create()).delivery.fate == "lost"
    assert rig.fired == {"x": 1}
    assert (rig.schedule.seed, [rule.id for rule in rig.schedule.rules]) == (9, ["x"])


def test_secrets_stand_in_the_journal_by_label_only():
    rig = Rig.over(Stub())
    rig.handle(Request("GET", f"{BASE}/limits?sid={TOKEN}", HEADERS))
    rig.note_log("warning", "stderr", f"login with {TOKEN} failed\nretrying", fields=("op",), values={"op": "create", "key": TOKEN})
    data = rig.journal.data()
    assert TOKEN.encode() not in data
    exchange, log = rig.journal
    assert exchange["url_secrets"] == ["secret:1"]
    assert (log["level"], log["text"]) == ("WARNING", "login with secret:1 failed\nretrying")
    assert log["hits"] == [{"secret": "secret:1", "what": "access_token", "form": "plain"}] * 2
    assert log["values"] == {"op": "create", "key": "secret:1"}


def test_the_digest_of_a_login_cannot_be_checked_against_a_guessed_password():
    login = Request("POST", "https://login.salesforce.com/services/oauth2/token", (), b"grant_type=password&username=u&password=spring2026")
    lines = []
    for seed in (1, 2):
        rig = Rig.over(Stub(Response(200, b'{"access_token":"00D5e0000000001!AQtokentokentoken"}')), seed=seed)
        rig.handle(login)
        lines.append(rig.journal[0])
    assert lines[0]["request_sha256"] != lines[1]["request_sha256"]
    assert (lines[0]["grant"], lines[0]["credential"], lines[0]["issued"], lines[0]["applied"]) == ("password", "secret:1", "secret:2", "yes")


def test_waits_traffic_elsewhere_and_phases_are_lines_of_their_own():
    rig = Rig.over(Stub())
    rig.clock.advance(2)
    rig.note_wait("time.sleep", 1.5, "t2")
    rig.note_egress("api.example.com", "refused", "proxy")
    with rig.phase("load"):
        rig.handle(create())
    rig.handle(create())
    wait, egress, begin, inside, end, outside = rig.journal
    assert (wait["kind"], wait["at_ms"], wait["requested_ms"], wait["primitive"], wait["origin"]) == ("wait", 2000, 1500, "time.sleep", "t2")
    assert (egress["kind"], egress["host"], egress["action"], egress["how"]) == ("egress", "api.example.com", "refused", "proxy")
    assert [(line["kind"], line["phase"], line["step"]) for line in (begin, end)] == [("phase", "load", "begin"), ("phase", "load", "end")]
    assert inside["phase"] == "load"
    assert "phase" not in outside


def test_rules_look_at_named_and_automatic_phases():
    rig = Rig.over(Stub())
    rig.inject("http.503", on="*/*", phase="verify")
    rig.inject("net.reset_before", on="*/*", phase="read")
    assert rig.handle(create()).status == 201
    assert rig.handle(Request("GET", BASE + "/limits")).delivery.fate == "lost"
    with rig.phase("verify"):
        assert rig.handle(create()).status == 503


def test_conditions_see_how_much_is_going_on():
    rig = Rig.over(Stub(Response(200, b"{}", work_s=10)))
    rig.inject("http.503", on="*/*", if_={"inflight": ">=2"})
    rig.inject("net.reset_before", on="row.create/Lead", if_={"rate_1m": ">=3"})
    assert [rig.handle(create(str(n))).status for n in range(3)] == [200, 200, 503]
    rig.clock.advance(10)
    assert rig.handle(create("x", "/sobjects/Lead")).delivery.fate == "lost"
    rig.clock.advance(60)
    assert rig.handle(create("y", "/sobjects/Lead")).delivery.fate == "whole"


def test_a_storm_cuts_the_run_short_and_says_why():
    stub = Stub(Response(503, b""))
    rig = Rig.over(stub)
    said = []
    rig.on_storm = said.append
    replies = [rig.handle(create()) for _ in range(25)]
    assert (stub.calls, rig.requests) == (20, 20)
    assert {reply.delivery.fate for reply in replies[20:]} == {"lost"}
    assert said == [rig.storm] == ["20 refused repeats of row.create/Account#1 within 60 s"]
    assert rig.journal[-1]["event"] == "storm_cut"
    assert rig.journal[-1]["address"] == "row.create/Account#1~20"
    patient = Rig.over(Stub(Response(503, b"")), storms=False)
    assert all(patient.handle(create()).status == 503 for _ in range(50))
    assert patient.storm is None


def test_an_upstream_is_called_without_the_lock():
    both_inside = threading.Barrier(2, timeout=5)

    def upstream(request):
        both_inside.wait()
        return CREATED

    rig = Rig.over(upstream)
    threads = [threading.Thread(target=rig.handle, args=(create(str(n)),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line["address"] for line in rig.journal) == ["row.create/Account#1~1", "row.create/Account#2~1"]


def test_the_trace_digest_follows_what_happened_and_not_the_words():
    def digest(fault, name="Acme"):
        rig = Rig.over(Stub())
        if fault:
            rig.inject(fault, on="*/*")
        rig.handle(create(name))
        return rig.trace_digest()

    assert digest("http.503") == digest("http.503", "Other")
    assert len({digest(fault) for fault in ("", "http.503", "http.503_html", "net.reset_before", "net.response_lost")}) == 4  # 503 is 503


def test_the_journal_is_a_sound_chain_whatever_the_reply():
    rig = Rig.over(Stub(Response(500, b"\xff\xfe not text", (("Retry-After", "soon\udcff"),))))
    rig.handle(create())
    rig.handle(Request("GET", "https://acme.my.salesforce.com/%ff%00?q=%e4"))
    assert check_chain(rig.journal.data()).trouble == ""
