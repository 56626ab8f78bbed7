"""How replies are compared: masks, bindings of ids and placeholders, polls, CSV."""

from pathlib import Path

import pytest

from sfchaos.core.messages import Request, Response
from sfchaos.replayable.cassette import Cassette, Exchange
from sfchaos.replayable.fidelity import fidelity, masked

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
JSON = (("Content-Type", "application/json;charset=UTF-8"),)


def cassette(*pairs):
    return Cassette(Path("rest/x.yaml"), {}, tuple(Exchange(request, response) for request, response in pairs))


def get(path, headers=()):
    return Request("GET", BASE + path, headers)


@pytest.mark.parametrize(("value", "mask"), [
    ("0015e00000AAAAAAA5", "ID"), ("/sobjects/Account/0015e00000AAAAAAA5", "/sobjects/Account/ID"), ("a0X5e00000AAAAA", "ID"),
    ("2026-01-15T09:00:00.000+0000", "TIME"), ("1645224274824", "TIME"), ("https://acme.my.salesforce.com/x", "HOST/x"),
    ("Session expired or invalid", "Session expired or invalid"), ("INVALID_SESSION_ID", "INVALID_SESSION_ID"), (12, 12), (None, None),
    ("internationally", "internationally"),
])  # fmt: skip
def test_only_what_differs_between_two_orgs_is_masked(value, mask):
    assert masked(value) == mask


def test_ids_of_the_recording_become_those_of_the_handler():
    asked = []

    def handler(request):
        asked.append(request.path)
        return Response(201, b'{"id":"0019z00000ZZZZZAAA"}', JSON)

    created = (Request("POST", BASE + "/sobjects/Account"), Response(201, b'{"id":"0015e00000AAAAAAA5"}', JSON))
    again = (get("/sobjects/Account/0015e00000AAAAA"), Response(201, b'{"id":"0015e00000AAAAAAA5"}', JSON))
    assert fidelity(cassette(created, again), handler) == []
    assert asked[1].endswith("/sobjects/Account/0019z00000ZZZZZ")


def test_placeholders_are_filled_encoded_where_needed_and_renewed_by_a_login():
    asked = []

    def handler(request):
        asked.append(request)
        return Response(200, b'{"access_token":"fresh"}', JSON)

    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    login = (Request("POST", "https://login.salesforce.com/services/oauth2/token", form, b"password=SCRUBBED-password"),
             Response(200, b'{"access_token":"SCRUBBED-access_token"}', JSON))  # fmt: skip
    look = (get("/limits", (("Authorization", "Bearer SCRUBBED-access_token"),)), Response(200, b'{"access_token":"SCRUBBED-access_token"}', JSON))
    assert fidelity(cassette(login, look), handler, values={"password": "a&b", "access_token": "old"}) == []
    assert asked[0].body == b"password=a%26b"
    assert asked[1].header("authorization") == "Bearer fresh"


def test_a_job_is_polled_until_it_shows_the_recorded_state():
    states = iter(["Open", "InProgress", "JobComplete"])
    waited = []

    def handler(request):
        return Response(200, b'{"state":"%s"}' % next(states).encode(), JSON)

    poll = (get("/jobs/ingest/7505e00000AAAAAAA5"), Response(200, b'{"state":"JobComplete"}', JSON))
    assert fidelity(cassette(poll), handler, wait=waited.append) == []
    assert len(waited) == 2


def test_a_job_that_never_gets_there_is_a_difference():
    poll = (get("/jobs/ingest/7505e00000AAAAAAA5"), Response(200, b'{"state":"JobComplete"}', JSON))
    [found] = fidelity(cassette(poll), lambda request: Response(200, b'{"state":"Open"}', JSON), wait=lambda s: None)
    assert (found.where, found.recorded, found.answered) == ("body.state", "'JobComplete'", "'Open'")
    assert str(found).startswith("1 GET /services/data/v62.0/jobs/ingest/")


@pytest.mark.parametrize(("body", "where"), [
    (b'"sf__Id",Name\n"0019z00000ZZZZZAAA","b"\n"0019z00000ZZZZYAAA","a"\n', ""), (b'sf__Id,Name\n"0019z00000ZZZZZAAA","a"\n', "csv header"),
    (b'"sf__Id",Name\n"0019z00000ZZZZZAAA","a"\n', "csv rows"), (b'"sf__Id",Name\n"0019z00000ZZZZZAAA",a\n"0019z00000ZZZZYAAA","b"\n', "csv rows"),
], ids=["another order", "header unquoted", "row missing", "cell unquoted"])  # fmt: skip
def test_results_are_compared_row_by_row_in_any_order(body, where):
    kind = (("Content-Type", "text/csv"),)
    recorded = Response(200, b'"sf__Id",Name\n"0015e00000AAAAAAA5","a"\n"0015e00000BBBBBAA5","b"\n', kind)
    found = fidelity(cassette((get("/jobs/ingest/7505e00000AAAAAAA5/successfulResults"), recorded)), lambda request: Response(200, body, kind))
    assert [difference.where for difference in found] == ([where] if where else [])


@pytest.mark.parametrize(("answered", "where"), [
    (b'{"a":1,"b":[1,2]}', ""), (b'{"b":[1,2],"a":1}', "body order of keys"), (b'{"a":1.0,"b":[1,2]}', "body.a"), (b'{"a":true,"b":[1,2]}', "body.a"),
    (b'{"a":1,"b":[1]}', "body.b"), (b'{"a":1}', "body.b"), (b'{"a":1,"b":[1,2],"c":0}', "body.c"), (b"", "body"),
])  # fmt: skip
def test_trees_differ_by_key_order_type_length_and_value(answered, where):
    recorded = Response(200, b'{"a":1,"b":[1,2]}', JSON)
    found = fidelity(cassette((get("/x"), recorded)), lambda request: Response(200, answered, JSON))
    assert [difference.where for difference in found] == ([where] if where else [])


def test_times_that_a_job_took_are_compared_by_type_alone():
    recorded = Response(200, b'{"totalProcessingTime":170}', JSON)
    assert fidelity(cassette((get("/x"), recorded)), lambda request: Response(200, b'{"totalProcessingTime":5}', JSON)) == []
    [found] = fidelity(cassette((get("/x"), recorded)), lambda request: Response(200, b'{"totalProcessingTime":"5"}', JSON))
    assert found.where == "body.totalProcessingTime"
