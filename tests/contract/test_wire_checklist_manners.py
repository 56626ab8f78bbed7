"""Lines 2, 20, 21 and 34 of the wire reference's checklist (section 16), search and compression, through every door."""

from __future__ import annotations

from typing import Any

import pytest
import requests

BASE = "https://acme.my.salesforce.com/services/data/v62.0"


def say(place: Any, method: str, path: str, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {place.org.credentials.access_token}", **more.pop("headers", {})}
    session = place.sessions[0] if place.sessions else place.session()
    return session.request(method, BASE + path, headers=headers, **more)


def test_02_json_is_compact_and_spaced_when_asked(place):
    made = say(place, "POST", "/sobjects/Account", json={"Name": "Acme"})
    assert made.text == f'{{"id":"{made.json()["id"]}","success":true,"errors":[]}}'
    spaced = say(place, "POST", "/sobjects/Account", json={"Name": "Acme"}, headers={"X-PrettyPrint": "1"})
    assert spaced.text == f'{{\n  "id" : "{spaced.json()["id"]}",\n  "success" : true,\n  "errors" : [ ]\n}}'


def test_20_every_reply_but_versions_and_token_has_the_usage_and_refused_calls_count(place):
    first = say(place, "GET", "/sobjects/Nothing/describe")
    second = say(place, "GET", "/sobjects/Account/describe")
    assert [reply.headers["Sforce-Limit-Info"] for reply in (first, second)] == ["api-usage=1/15000", "api-usage=2/15000"]
    assert first.status_code == 404
    versions = place.sessions[0].get("https://acme.my.salesforce.com/services/data/")
    assert (versions.status_code, "Sforce-Limit-Info" in versions.headers) == (200, False)


def test_21_at_the_daily_cap_the_sentence_is_exact_and_nothing_says_when(place):
    place.org.limits.exhaust("daily")
    refused = say(place, "GET", "/limits")
    assert (refused.status_code, refused.json()) == (403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}])
    assert "Retry-After" not in refused.headers


def test_34_recorded_counts_leave_unknown_objects_out(place):
    say(place, "POST", "/sobjects/Account", json={"Name": "Acme"})
    assert say(place, "GET", "/limits/recordCount?sObjects=Account,Nothing").json() == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_a_search_finds_rows_by_every_door(place):
    say(place, "POST", "/sobjects/Account", json={"Name": "Acme Corp"})
    found = say(place, "GET", "/search", params={"q": "FIND {acm*} IN NAME FIELDS RETURNING Account(Name)"})
    assert [row["Name"] for row in found.json()["searchRecords"]] == ["Acme Corp"]
    assert say(place, "GET", "/search", params={"q": "FIND acme"}).json()[0]["errorCode"] == "MALFORMED_SEARCH"


@pytest.mark.parametrize(("coding", "sent"), [("gzip, deflate", "gzip"), ("deflate", "deflate"), ("identity", None)])
def test_a_long_reply_is_compressed_when_asked_and_read_by_the_client(place, coding, sent):
    reply = say(place, "GET", "/sobjects/Account/describe", headers={"Accept-Encoding": coding})
    assert (reply.headers.get("Content-Encoding"), reply.json()["name"]) == (sent, "Account")


def test_xml_comes_to_who_asks_for_it(place):
    reply = say(place, "GET", "/nothing", headers={"Accept": "application/xml"})
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/xml;charset=UTF-8")
    assert "<Errors><Error><errorCode>NOT_FOUND</errorCode>" in reply.text


