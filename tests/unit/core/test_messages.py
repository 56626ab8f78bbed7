"""Requests and replies as values: what a door hands in and what it gets back."""

from dataclasses import FrozenInstanceError

import pytest

from sfchaos.core.messages import Delivery, Request, Response, find_header, headers_of

URL = "https://Acme.My.Salesforce.com:8443/services/data/v62.0/query?q=SELECT+Id&q=second&empty="


def test_a_url_is_shown_in_its_parts():
    request = Request("GET", URL)
    assert (request.scheme, request.host, request.authority) == ("https", "acme.my.salesforce.com", "Acme.My.Salesforce.com:8443")
    assert request.path == "/services/data/v62.0/query"
    assert request.query_string == "q=SELECT+Id&q=second&empty="


def test_of_a_repeated_parameter_the_first_counts_and_empty_ones_are_kept():
    assert Request("GET", URL).query == {"q": "SELECT Id", "empty": ""}


def test_credentials_in_a_url_are_no_part_of_the_authority():
    assert Request("GET", "http://user:pw@127.0.0.1:8700/").authority == "127.0.0.1:8700"


@pytest.mark.parametrize(("url", "path"), [
    ("https://h.example", "/"),
    ("https://h.example?x=1", "/"),
    ("https://h.example//services/data", "/services/data"),
    ("https://h.example/a%2Fb", "/a%2Fb"),
    ("https://h.example/a//b/", "/a//b/"),
])  # fmt: skip
def test_a_path_stays_as_sent_but_begins_with_one_slash(url, path):
    assert Request("GET", url).path == path


def test_headers_are_found_without_case_and_the_first_wins():
    request = Request("GET", URL, headers=(("Content-Type", "text/csv"), ("content-type", "text/plain")))
    assert request.header("CONTENT-TYPE") == "text/csv"
    assert request.header("Accept", "none") == "none"
    assert find_header(request.headers, "content-TYPE") == "text/csv"
    assert find_header((), "x", "absent") == "absent"


def test_changed_headers_replace_every_spelling_and_leave_the_original_alone():
    request = Request("GET", URL, headers=(("AUTHORIZATION", "Bearer a"), ("Accept", "*/*")))
    changed = request.with_headers(authorization="Bearer b", content_type="text/csv")
    assert changed.headers == (("Accept", "*/*"), ("authorization", "Bearer b"), ("content-type", "text/csv"))
    assert request.header("authorization") == "Bearer a"
    assert changed.header("authorization") == "Bearer b"


def test_headers_come_from_mappings_and_from_pairs():
    assert headers_of({"A": "1", "B": "2"}) == (("A", "1"), ("B", "2"))
    assert headers_of([("A", "1"), ("A", "2")]) == (("A", "1"), ("A", "2"))


def test_a_reply_travels_otherwise_without_changing_itself():
    reply = Response(201, b"{}", work_s=0.2)
    lost = reply.travelling(fate="lost", close="fin")
    assert reply.delivery == Delivery()
    assert lost.delivery == Delivery(fate="lost", close="fin")
    assert (lost.status, lost.body, lost.work_s) == (201, b"{}", 0.2)
    assert lost.travelling(delay_s=3.0).delivery == Delivery(fate="lost", close="fin", delay_s=3.0)


def test_requests_and_replies_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Request("GET", URL).method = "POST"
    with pytest.raises(FrozenInstanceError):
        Response(200).status = 500


def test_equal_requests_are_equal_whatever_was_asked_of_them():
    first, second = Request("GET", URL), Request("GET", URL)
    assert first.header("x") == ""
    assert first.query
    assert first == second
