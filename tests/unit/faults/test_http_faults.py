"""Faults named http.* against a handler that only counts: words of each surface, bytes of each damage, edges of each limit."""

import json
import zlib

import pytest

from sfchaos.core.coding import coded
from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.params import build
from sfchaos.faults.registry import FAULTS, applies_to, info_of

DATA = "https://acme.my.salesforce.com/services/data/v62.0"
GZIP = ("Accept-Encoding", "gzip, deflate")
CREATE = Request("POST", DATA + "/sobjects/Account", (("Content-Type", "application/json"), GZIP), b'{"Name":"Acme"}')
LOGIN = Request("POST", "https://login.salesforce.com/services/oauth2/token", (), b"grant_type=password")
SOAP = Request("POST", "https://login.salesforce.com/services/Soap/u/59.0", (("Content-Type", "text/xml"),), b"<x/>")
BULK1 = Request("GET", "https://acme.my.salesforce.com/services/async/62.0/job/750", ())
BULK1_JSON = Request("POST", "https://acme.my.salesforce.com/services/async/62.0/job", (("Content-Type", "application/json"),), b"{}")
JSON = ("Content-Type", "application/json;charset=UTF-8")
DONE = Response(201, b'{"id":"001"}', (JSON, ("Content-Length", "12"), ("Sforce-Limit-Info", "api-usage=1/2")))
LIST = Response(200, b'[{"id":"001"},{"id":"002"}]', (JSON,))
EMPTY = Response(204)


class Org:
    def __init__(self, reply=DONE):
        self.calls, self.reply = 0, reply

    def __call__(self, request):
        self.calls += 1
        return self.reply


def meet(fault, request=CREATE, reply=DONE, **settings):
    org = Org(reply)
    return build(FAULTS[fault], settings, where="with").around(request, org), org.calls


@pytest.mark.parametrize("fault", ["http.500", "http.500_empty", "http.502_html"])
@pytest.mark.parametrize("request_", [CREATE, LOGIN, SOAP, BULK1, BULK1_JSON], ids=["rest", "oauth", "soap", "bulk1", "bulk1json"])
def test_an_error_of_the_server_has_one_status_on_every_surface_before_the_work_and_after_it(fault, request_):
    status = int(fault[5:8])
    assert [(reply.status, calls) for reply, calls in (meet(fault, request_), meet(f"{fault}.pre", request_), meet(f"{fault}.post", request_))] == [
        (status, 0), (status, 0), (status, 1)
    ]  # fmt: skip
    assert [info_of(f"{fault}{phase}").when for phase in ("", ".pre", ".post")] == ["B", "B", "A"]
    assert meet(f"{fault}.post", request_)[0].body == meet(fault, request_)[0].body


def test_the_unexpected_is_worded_as_each_surface_words_errors():
    [item] = json.loads(meet("http.500")[0].body)
    assert item["errorCode"] == "UNKNOWN_EXCEPTION"
    assert item["message"].startswith("An unexpected error occurred. Please include this ErrorId if you contact support: ")
    assert json.loads(meet("http.500", LOGIN)[0].body)["error"] == "server_error"
    assert b"<faultcode>sf:UNKNOWN_EXCEPTION</faultcode>" in meet("http.500", SOAP)[0].body
    assert b"<exceptionCode>Unknown</exceptionCode>" in meet("http.500", BULK1)[0].body
    assert json.loads(meet("http.500", BULK1_JSON)[0].body)["exceptionCode"] == "Unknown"


def test_an_error_id_is_the_same_whenever_that_path_fails_and_another_for_another_path():
    other = Request("POST", DATA + "/sobjects/Contact", CREATE.headers)
    assert meet("http.500")[0] == meet("http.500")[0] != meet("http.500", other)[0]


def test_empty_errors_say_nothing_at_all():
    for fault in ("http.500_empty", "http.500_empty.post", "http.406_empty"):
        reply = meet(fault)[0]
        assert (reply.body, reply.headers) == (b"", ()), fault


@pytest.mark.parametrize(("fault", "status"), [("http.200_html", 200), ("http.420_html", 420), ("http.404_host", 404), ("http.302_login", 302), ("http.502_html", 502)])
def test_pages_of_the_edge_are_html_and_know_nothing_of_limits(fault, status):
    reply, calls = meet(fault)
    assert (reply.status, calls) == (status, 0)
    assert reply.header("content-type").startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")
    assert reply.header("sforce-limit-info") == ""


def test_a_login_page_is_on_the_host_that_was_asked_with_the_way_back_in_its_address():
    near = Request("GET", "http://127.0.0.1:8700/services/data/v62.0/limits?x=1")
    assert meet("http.302_login", near)[0].header("location") == "http://127.0.0.1:8700/?ec=302&startURL=%2Fservices%2Fdata%2Fv62.0%2Flimits"


@pytest.mark.parametrize("request_", [CREATE, LOGIN, SOAP, BULK1], ids=["rest", "oauth", "soap", "bulk1"])
def test_429_is_a_bare_object_everywhere_and_hints_only_when_told_to(request_):
    reply, calls = meet("http.429", request_)
    assert (reply.status, calls, json.loads(reply.body)["errorCode"]) == (429, 0, "INTERNAL_SERVER_ERROR")
    assert reply.header("retry-after", "none") == "none"
    assert [meet("http.429", request_, retry_after=given)[0].header("retry-after") for given in (5, "soon")] == ["5", "soon"]


@pytest.mark.parametrize("cut", [0, 1, "half", "last"])
def test_json_breaks_off_where_it_is_told_and_no_length_contradicts(cut):
    reply, calls = meet("http.json_truncated", cut=cut)
    kept = {0: 0, 1: 1, "half": 6, "last": 11}[cut]
    assert (reply.body, calls, reply.header("content-length", "none")) == (DONE.body[:kept], 1, "none")
    with pytest.raises(ValueError, match=r"^(Expecting|Unterminated)"):
        json.loads(reply.body)


@pytest.mark.parametrize(("reply", "settings", "body"), [
    (DONE, {}, b'[{"id":"001"}]'), (LIST, {}, b'{"id":"001"}'), (Response(200, b"[]", (JSON,)), {}, b"{}"), (DONE, {"body": "null"}, b"null"),
    (LIST, {"body": "null"}, b"null"), (EMPTY, {}, b""), (Response(200, b"Id\n1\n", (("Content-Type", "text/csv"),)), {}, b"Id\n1\n"),
    (Response(200, '{"Name":"Zoë"}'.encode(), (JSON,)), {}, '[{"Name":"Zoë"}]'.encode()),
])  # fmt: skip
def test_json_of_another_type_is_sound_json(reply, settings, body):
    assert meet("http.json_wrong_type", reply=reply, **settings)[0].body == body


def test_a_wrong_label_leaves_the_bytes_and_wrong_bytes_leave_the_label():
    text = Response(200, '{"Name":"Zoë €"}'.encode(), (("content-type", "application/json; charset=utf-8"),))
    labelled, coded_anew = meet("http.wrong_charset", reply=text)[0], meet("http.wrong_charset", reply=text, wrong="body")[0]
    assert (labelled.body, labelled.header("content-type")) == (text.body, "application/json;charset=ISO-8859-1")
    assert (coded_anew.body, coded_anew.headers) == ('{"Name":"Zoë ?"}'.encode("iso-8859-1"), text.headers)
    bare = Response(200, b"Id\n1\n", (("Content-Type", "text/csv"),))
    assert meet("http.wrong_charset", reply=bare)[0].header("content-type") == "text/csv;charset=ISO-8859-1"
    assert meet("http.wrong_charset", reply=EMPTY)[0] == EMPTY


def unpacked(body):
    machine = zlib.decompressobj(wbits=31)
    return machine.decompress(body), machine.eof


def test_each_damage_of_a_packed_body_is_one_that_unpacking_meets():
    whole = Response(200, bytes(range(256)) * 40, (JSON, ("Content-Length", "10240")))
    for settings, why in (({}, "incorrect header"), ({"damage": "checksum"}, "incorrect data check")):
        reply = meet("http.gzip_corrupt", reply=whole, **settings)[0]
        with pytest.raises(zlib.error, match=why):
            unpacked(reply.body)
        assert (reply.header("content-encoding"), reply.header("content-length", "none")) == ("gzip", "none")
    text, ended = unpacked(meet("http.gzip_corrupt", reply=whole, damage="cut")[0].body)
    assert whole.body.startswith(text)
    assert not ended
    assert meet("http.gzip_corrupt", reply=whole, damage="cut", cut=0)[0].body == b""
    assert unpacked(meet("http.gzip_corrupt", reply=whole, damage="cut", cut="last")[0].body) == (whole.body, False)
    assert meet("http.gzip_corrupt", reply=EMPTY)[0] == EMPTY


def test_no_door_packs_a_damaged_body_once_more():
    damaged = meet("http.gzip_corrupt", reply=Response(200, b"x" * 9000, (JSON,)))[0]
    assert coded(CREATE, damaged) is damaged


def test_only_who_asks_for_gzip_can_be_sent_a_broken_one():
    fault = FAULTS["http.gzip_corrupt"]()
    asked = {"gzip": True, "deflate, gzip;q=0.5": True, "*": True, "": False, "deflate": False, "gzip;q=0, deflate": False}
    assert {text: fault.applies(At(Request("GET", DATA, (("Accept-Encoding", text),)))) for text in asked} == asked


@pytest.mark.parametrize(("fault", "size"), [("http.413", 15), ("http.414", len("/services/data/v62.0/sobjects/Account?")), ("http.431", 38 + 32 + 32)])
def test_a_request_is_too_long_from_the_first_byte_over_the_limit(fault, size):
    at = At(CREATE)
    assert [FAULTS[fault](limit_bytes=limit).applies(at) for limit in (size, size - 1)] == [False, True]
    assert not FAULTS[fault]().applies(at)
    reply, calls = meet(fault, limit_bytes=size - 1)
    assert (reply.status, calls) == (int(fault[5:]), 0)


def test_413_speaks_the_language_of_the_surface():
    assert json.loads(meet("http.413")[0].body)[0]["errorCode"] == "EXCEEDED_MAX_SIZE_REQUEST"
    assert b"<faultcode>sf:EXCEEDED_MAX_SIZE_REQUEST</faultcode>" in meet("http.413", SOAP)[0].body
    assert meet("http.413", SOAP)[0].status == 413


def test_headers_come_in_lower_case_some_of_them_twice_and_one_not_at_all():
    reply = Response(200, b"{}", (("Date", "d"), JSON, ("Sforce-Limit-Info", "x"), ("Cache-Control", "no-cache")))
    shaped = FAULTS["http.header_case"]().shape(reply)
    assert shaped.headers == (("date", "d"), ("date", "d"), ("content-type", JSON[1]), ("cache-control", "no-cache"), ("cache-control", "no-cache"))
    assert (shaped.status, shaped.body) == (200, b"{}")


@pytest.mark.parametrize(("fault", "has", "has_not"), [
    ("http.json_truncated", ("row.create", "query.first", "comp.composite", "bulk2.poll", "auth.refresh"), ("row.update", "row.delete", "bulk2.upload", "bulk2.ok", "soap.create")),
    ("http.json_wrong_type", ("coll.create", "meta.limits"), ("row.update", "bulk2q.results")),
    ("http.wrong_charset", ("row.get", "bulk2.ok", "soap.query"), ("row.delete", "blob.get")),
    ("http.gzip_corrupt", ("row.get", "bulk2.ok", "blob.get"), ("row.update", "bulk2.upload")),
    ("http.500.post", ("row.create", "auth.refresh", "bulk2.close"), ("query.first", "bulk2.poll")),
    ("http.500.pre", ("row.create", "query.first", "other"), ()),
])  # fmt: skip
def test_a_fault_of_the_body_is_only_where_there_is_such_a_body(fault, has, has_not):
    info = info_of(fault)
    assert [op for op in has if not applies_to(info, op)] == []
    assert [op for op in has_not if applies_to(info, op)] == []


@pytest.mark.parametrize(("fault", "settings"), [
    ("http.json_truncated", {"cut": "most"}), ("http.gzip_corrupt", {"damage": "rust"}), ("http.413", {"limit_bytes": -1}), ("http.429", {"retry_after": "a\nb"}),
    ("http.json_wrong_type", {"body": "none"}), ("http.wrong_charset", {"wrong": "both"}),
])  # fmt: skip
def test_settings_that_mean_nothing_are_refused(fault, settings):
    with pytest.raises(UsageError, match="with"):
        build(FAULTS[fault], settings, where="with")


def test_natures_say_what_helps():
    assert {name: info_of(name).nature for name in ("http.500", "http.500.post", "http.413", "http.404_host", "http.420_html", "http.302_login")} == {
        "http.500": "transient", "http.500.post": "ambiguous", "http.413": "permanent", "http.404_host": "permanent", "http.420_html": "transient",
        "http.302_login": "transient",
    }  # fmt: skip
    assert info_of("http.420_html").window_s == 300
