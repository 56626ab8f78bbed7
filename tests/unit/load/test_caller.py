"""The caller repeats what passes, logs in again once a session is gone, and stops at a limit."""

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request
from sfchaos.load.caller import MOST_TRIES, Caller, GivenUp, Reply, failure_of, name_of, refused_rows
from sfchaos.load.guard import Budget, BudgetSpent
from sfchaos.load.settings import Entry
from sfchaos.org.org import Org
from sfchaos.rig import Rig

ORIGIN = "http://127.0.0.1:8700"
TOKEN_ONLY = Entry(ORIGIN, (), "t")
LOGIN = Entry(ORIGIN, (("grant_type", "password"),))
DOWN = Reply(503, b'[{"message":"busy","errorCode":"SERVER_UNAVAILABLE"}]')
GONE = Reply(401, b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]')
LOCKED = Reply(400, b'[{"message":"unable","errorCode":"UNABLE_TO_LOCK_ROW","fields":[]}]')
WRONG = Reply(400, b'[{"message":"no","errorCode":"REQUIRED_FIELD_MISSING","fields":["LastName"]}]')
LIMIT = Reply(403, b'[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]')
BUSY = Reply(403, b'[{"message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]')
OK = Reply(200, b"{}")


class Line:
    """Answers with what it was given, in order, and remembers what it was asked and how long it was waited for."""

    def __init__(self, *replies):
        self.replies, self.asked, self.waited_s = list(replies), [], []

    def __call__(self, request, name):
        if request.path.endswith("/token"):
            self.asked.append("login")
            return Reply(200, b'{"access_token":"fresh","instance_url":"http://127.0.0.1:8700"}')
        self.asked.append(request.header("authorization"))
        return self.replies.pop(0)

    def caller(self, entry=TOKEN_ONLY, **more):
        return Caller(entry, self, wait=self.waited_s.append, **more)


@pytest.mark.parametrize("passing", [Reply(0), DOWN, LOCKED, BUSY], ids=["no reply", "503", "locked", "concurrent"])
def test_what_passes_is_repeated_ever_more_slowly(passing):
    line = Line(passing, passing, passing, OK)
    assert line.caller().call("GET", "/limits") is OK
    assert len(line.waited_s) == 3
    assert 0.1 <= line.waited_s[0] <= 0.3
    assert 0.4 <= line.waited_s[2] <= 1.2


def test_a_refusal_that_stays_is_given_up_at_once_and_one_that_passes_after_eight_tries():
    line = Line(WRONG)
    with pytest.raises(GivenUp, match=r"row.upsert/Contact: 400 REQUIRED_FIELD_MISSING after 1 tries"):
        line.caller().call("PATCH", "/sobjects/Contact/External_Id__c/A", b"{}")
    line = Line(*[DOWN] * MOST_TRIES)
    with pytest.raises(GivenUp, match="after 8 tries") as caught:
        line.caller().call("GET", "/limits")
    assert caught.value.reply is DOWN
    assert len(line.waited_s) == MOST_TRIES - 1


def test_retry_after_is_the_least_wait_and_nonsense_in_it_is_passed_over():
    line = Line(Reply(503, b"", {"Retry-After": "7"}), Reply(503, b"", {"Retry-After": "soon"}), Reply(503, b"", {"Retry-After": "9999"}), OK)
    line.caller().call("GET", "/limits")
    assert line.waited_s[0] == 7.0
    assert line.waited_s[1] < 1
    assert line.waited_s[2] == 10.0


def test_a_lost_session_is_renewed_once_and_for_all_callers_of_the_token():
    line = Line(GONE, OK, OK)
    caller = line.caller(LOGIN)
    caller.call("GET", "/limits")
    caller.call("GET", "/limits")
    assert line.asked == ["login", "Bearer fresh", "login", "Bearer fresh", "Bearer fresh"]


def test_a_session_that_cannot_be_renewed_is_given_up():
    line = Line(GONE)
    with pytest.raises(GivenUp, match="INVALID_SESSION_ID"):
        line.caller().call("GET", "/limits")
    line = Line(GONE, GONE, GONE)
    with pytest.raises(GivenUp, match="after 3 tries"):
        line.caller(LOGIN).call("GET", "/limits")


def test_a_spent_allowance_and_a_spent_share_both_stop():
    with pytest.raises(BudgetSpent, match="the org refuses calls: REQUEST_LIMIT_EXCEEDED"):
        Line(LIMIT).caller().call("GET", "/limits")
    line = Line(Reply(200, b"{}", {"Sforce-Limit-Info": "api-usage=90/100"}))
    with pytest.raises(BudgetSpent, match="90 of 100"):
        line.caller(budget=Budget(0.5)).call("GET", "/limits")


def test_a_login_that_leads_to_production_ends_before_any_data_call():
    asked = []

    def send(request, name):
        asked.append(name)
        return Reply(200, b'{"access_token":"t","instance_url":"https://acme.my.salesforce.com"}')

    with pytest.raises(UsageError, match=r"acme\.my\.salesforce\.com"):
        Caller(LOGIN, send, wait=lambda s: None).call("GET", "/limits")
    assert len(asked) == 1


def test_the_same_seed_waits_alike():
    waits = []
    for seed in (1, 1, 2):
        line = Line(DOWN, DOWN, OK)
        line.caller(seed=seed, name="user 1").call("GET", "/limits")
        waits.append(line.waited_s)
    assert waits[0] == waits[1] != waits[2]


def test_it_logs_in_to_a_real_org_and_reads_it():
    org = Org(seed=1, clock=VirtualClock())
    rig = Rig(org, seed=1)
    known = org.credentials
    form = (("grant_type", "password"), ("client_id", known.client_id), ("client_secret", known.client_secret), ("username", known.username),
            ("password", known.password + known.security_token))  # fmt: skip

    def send(request, name):
        reply = rig.handle(request)
        body = reply.body.replace(org.instance_url.encode(), ORIGIN.encode())  # what a server does with its own origin
        return Reply(reply.status, body, dict(reply.headers))

    reply = Caller(Entry(ORIGIN, form), send, wait=lambda s: None).call("GET", "/limits")
    assert reply.json()["DailyApiRequests"]["Max"] == 15000


@pytest.mark.parametrize(("reply", "why"), [
    (OK, ""), (Reply(0), "no reply"), (DOWN, "503 SERVER_UNAVAILABLE"), (Reply(502, b"<html>"), "502"), (Reply(400, b'{"error":"invalid_grant"}'), "400 invalid_grant"),
    (Reply(200, b'{"state":"JobComplete","numberRecordsFailed":3}', {"Content-Type": "application/json;charset=UTF-8"}), "3 rows refused"),
    (Reply(200, b'[{"success":true},{"success":false}]', {"Content-Type": "application/json"}), "1 rows refused"),
    (Reply(200, b'{"numberRecordsFailed":0}', {"Content-Type": "application/json"}), ""), (Reply(300, b'["/a","/b"]'), "300"),
])  # fmt: skip
def test_a_call_counts_as_failed_for_a_refusal_and_for_refused_rows_in_a_good_reply(reply, why):
    assert failure_of(reply) == why


def test_rows_in_a_csv_are_no_rows_refused():
    assert refused_rows(Reply(200, b'"sf__Id","sf__Error"\n', {"Content-Type": "text/csv"})) == 0


@pytest.mark.parametrize(("method", "path", "name"), [
    ("PATCH", "/services/data/v62.0/sobjects/Contact/External_Id__c/A-1", "row.upsert/Contact"), ("GET", "/services/data/v62.0/jobs/ingest/7505e", "bulk2.poll"),
    ("GET", "/services/data/v62.0/query?q=SELECT+Id+FROM+Contact", "query.first"),
])  # fmt: skip
def test_calls_are_named_by_operation_so_that_statistics_have_few_lines(method, path, name):
    assert name_of(Request(method, ORIGIN + path)) == name
