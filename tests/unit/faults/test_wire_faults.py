"""Each reply fault against a handler that only counts: what the caller gets, and whether the work was done."""

import json

import pytest

from sfchaos.core.messages import Request, Response
from sfchaos.faults import FAULTS

CREATE = Request("POST", "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Account", (("Content-Type", "application/json"),), b"{}")
LOGIN = Request("POST", "https://login.salesforce.com/services/oauth2/token", (), b"grant_type=password")
SOAP = Request("POST", "https://login.salesforce.com/services/Soap/u/59.0", (("Content-Type", "text/xml"),), b"<x/>")
BULK1 = Request("GET", "https://acme.my.salesforce.com/services/async/62.0/job/750", ())
DONE = Response(201, b'{"id":"001"}')


class Org:
    def __init__(self):
        self.calls = 0

    def __call__(self, request):
        self.calls += 1
        return DONE


def meet(fault, request=CREATE, **settings):
    org = Org()
    return FAULTS[fault](**settings).around(request, org), org.calls


@pytest.mark.parametrize(("fault", "fate", "calls"), [
    ("net.response_lost", "lost", 1), ("net.reset_before", "lost", 0), ("net.read_timeout", "never", 0), ("net.read_timeout.pre", "never", 0),
    ("net.read_timeout.post", "never", 1),
])  # fmt: skip
def test_the_line_fails_with_the_work_done_or_not_as_the_phase_says(fault, fate, calls):
    reply, seen = meet(fault)
    assert (reply.delivery.fate, seen) == (fate, calls)
    assert FAULTS[fault].info.when == ("A" if calls else "B")


def test_silence_lasts_as_long_as_it_was_told():
    assert meet("net.read_timeout")[0].delivery.hold_s == 3600
    assert meet("net.read_timeout.post", hold=90.0)[0].delivery.hold_s == 90


@pytest.mark.parametrize("fault", ["http.503", "http.503_retry_after", "http.503_html"])
@pytest.mark.parametrize("request_", [CREATE, LOGIN, SOAP, BULK1], ids=["rest", "oauth", "soap", "bulk1"])
def test_an_outage_is_503_on_every_surface_and_nothing_is_done(fault, request_):
    reply, calls = meet(fault, request_)
    assert (reply.status, calls) == (503, 0)


def test_an_outage_is_worded_as_each_surface_words_errors():
    assert json.loads(meet("http.503")[0].body) == [{"message": "Server too busy", "errorCode": "SERVER_UNAVAILABLE"}]
    assert json.loads(meet("http.503", LOGIN)[0].body)["error"] == "temporarily_unavailable"
    assert b"<sf:exceptionCode>SERVER_UNAVAILABLE</sf:exceptionCode>" in meet("http.503", SOAP)[0].body
    assert b"<exceptionCode>SERVER_UNAVAILABLE</exceptionCode>" in meet("http.503", BULK1)[0].body


def test_retry_after_is_sent_only_where_it_was_asked_for():
    assert meet("http.503")[0].header("retry-after", "none") == "none"
    assert meet("http.503_retry_after")[0].header("retry-after") == "30"
    assert meet("http.503_retry_after", retry_after="soon")[0].header("retry-after") == "soon"
    assert meet("http.503_retry_after", retry_after=None)[0].header("retry-after", "none") == "none"


def test_the_maintenance_page_is_html():
    reply, _ = meet("http.503_html")
    assert reply.header("content-type").startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")
