"""The door for suites on `responses`: what it serves, what it leaves alone, what it says it cannot show."""

from __future__ import annotations

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from sfchaos.core.clock import VirtualClock
from sfchaos.core.errors import HarnessError
from sfchaos.core.messages import Delivery, Request, Response
from sfchaos.doors.responses import responses_door

ROWS = "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Account"
OK = Response(200, b'{"ok": true}', (("Content-Type", "application/json"), ("Set-Cookie", "a=1")))


class Script:
    def __init__(self, *replies: Response) -> None:
        self.replies = list(replies)
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.seen.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "REPORT"])
def test_every_method_reaches_the_handler(method):
    script = Script(OK)
    with responses_door(script, clock=VirtualClock()):
        requests.request(method, ROWS + "?a=1", data=b"body", timeout=(3, 9))
    request = script.seen[0]
    assert (request.method, request.url, request.body, request.timeout_s, request.origin) == (method, ROWS + "?a=1", b"body", 9.0, "main")


def test_replies_are_real_with_cookies_and_headers():
    with responses_door(Script(OK), clock=VirtualClock()):
        session = requests.Session()
        reply = session.post(ROWS, json={"Name": "A"})
    assert reply.json() == {"ok": True}
    assert reply.headers["Content-Length"] == "12"
    assert session.cookies["a"] == "1"


def test_a_lost_reply_surfaces_at_once_and_is_told():
    told: list[str] = []
    script = Script(OK.travelling(fate="lost"))
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(total=3)))
    opened = responses_door(script, clock=VirtualClock(), on_not_expressible=told.append)
    with opened, pytest.raises(requests.ConnectionError, match="Connection aborted"):
        session.get(ROWS)
    assert len(script.seen) == 1
    assert told == [
        "GET /services/data/v62.0/sobjects/Account: connection reset before a reply; urllib3.Retry is not asked through responses",
    ]


def test_a_read_timeout_takes_its_time_and_is_told():
    told: list[str] = []
    clock = VirtualClock()
    with responses_door(Script(OK.travelling(delay_s=60.0)), clock=clock, on_not_expressible=told.append), pytest.raises(requests.ReadTimeout):
        requests.get(ROWS, timeout=10)
    assert clock.elapsed_s() == 10
    assert "read time-out" in told[0]


def test_a_cut_body_breaks_while_it_is_read_and_needs_no_telling():
    told: list[str] = []
    cut = Response(200, b"0123456789", delivery=Delivery(fate="cut", cut_after=4, close="fin"))
    with responses_door(Script(cut), clock=VirtualClock(), on_not_expressible=told.append), pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(ROWS)
    assert told == []


def test_in_a_suites_own_mock_their_answers_go_first_and_ours_are_taken_back():
    with responses.RequestsMock() as mock:
        mock.add("GET", "https://erp.example/rows", json=[1])
        with responses_door(Script(OK), clock=VirtualClock(), mock=mock) as same:
            assert same is mock
            mock.add("GET", ROWS, json={"theirs": True})
            assert [requests.get(ROWS).json() for _ in range(2)] == [{"theirs": True}] * 2
            assert requests.post(ROWS).json() == {"ok": True}
            assert requests.get("https://erp.example/rows").json() == [1]
        assert len(mock.registered()) == 2
        with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
            requests.post(ROWS)


def test_with_its_own_mock_other_hosts_pass():
    with responses_door(Script(OK), clock=VirtualClock()), pytest.raises(requests.ConnectionError, match=r"127\.0\.0\.1"):
        requests.get("http://127.0.0.1:9/", timeout=2)  # the discard port: nobody listens, and responses did not refuse it


def test_bodies_that_are_iterated_arrive_whole():
    script = Script(OK)
    with responses_door(script, clock=VirtualClock()):
        requests.post(ROWS, data=iter([b"a", b"b"]))
        requests.post(ROWS, data="ä")
    assert [request.body for request in script.seen] == [b"ab", "ä".encode()]


def test_an_oserror_of_the_handler_is_ours():
    def broken(request: Request) -> Response:
        raise OSError("disk")

    with responses_door(broken, clock=VirtualClock()), pytest.raises(HarnessError, match="disk"):
        requests.get(ROWS)
