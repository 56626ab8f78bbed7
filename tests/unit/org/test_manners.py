"""How replies are written: XML, compression, headers of each family, and requests that are wrong in their form."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET
import zlib
from typing import Any

import pytest

from sfchaos.core.coding import SMALLEST_BYTES, coded, wanted
from sfchaos.core.messages import Delivery, Request, Response
from sfchaos.org.org import Org

HOST = "https://acme.my.salesforce.com"
BASE = "/services/data/v62.0"


@pytest.fixture
def org() -> Org:
    return Org(seed=7)


def ask(org: Org, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Response:
    named = {"Authorization": f"Bearer {org.credentials.access_token}", "Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    reply = org.handle(Request(method, HOST + path, tuple(named.items()), body))
    assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]
    return reply


# ---------------------------------------------------------------------- XML


def test_a_row_is_its_element_with_type_and_url_and_null_is_nil(org):
    account = org.admin.create("Account", Name='A & "B" <c>')
    reply = ask(org, f"{BASE}/sobjects/Account/{account}?fields=Name,Industry", Accept="application/xml")
    assert reply.header("Content-Type") == "application/xml;charset=UTF-8"
    root = ET.fromstring(reply.body)
    assert (root.tag, root.attrib) == ("Account", {"type": "Account", "url": f"{BASE}/sobjects/Account/{account}"})
    assert [(e.tag, e.text) for e in root] == [("Name", 'A & "B" <c>'), ("Industry", None), ("Id", account)]
    assert root[1].attrib == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}


def test_query_versions_errors_and_results_have_their_roots(org):
    for name in ("A", "B"):
        org.admin.create("Account", Name=name)
    found = ET.fromstring(ask(org, f"{BASE}/query?q=SELECT+Name+FROM+Account", Accept="application/xml").body)
    assert (found.tag, [e.tag for e in found], found[2].attrib["type"]) == ("QueryResult", ["totalSize", "done", "records", "records"], "Account")
    versions = ET.fromstring(ask(org, "/services/data/", Accept="text/xml").body)
    assert (versions.tag, versions[-1].tag, versions[-1].findtext("version")) == ("Versions", "Version", "67.0")
    assert ask(org, f"{BASE}/nothing", Accept="application/xml").body == (
        b'<?xml version="1.0" encoding="UTF-8"?><Errors><Error><errorCode>NOT_FOUND</errorCode><message>The requested resource does not exist</message></Error></Errors>')  # fmt: skip


def test_a_row_can_be_written_as_xml(org):
    reply = ask(org, f"{BASE}/sobjects/Account", "POST", b"<Account><Name>Acme</Name><NumberOfEmployees>12</NumberOfEmployees></Account>",
                Content_Type="application/xml", Accept="application/xml")  # fmt: skip
    made = ET.fromstring(reply.body)
    assert (reply.status, made.tag, made.findtext("success")) == (201, "Result", "true")
    assert org.store.one("SELECT Name, NumberOfEmployees FROM Account") == ("Acme", 12)


@pytest.mark.parametrize("body", [b"", b"<Account><Name>x</Nam></Account>", b"<!DOCTYPE x [<!ENTITY e 'x'>]><Account><Name>&e;</Name></Account>", b"<Account>x</Account>", b"\xff"])
def test_bad_xml_is_a_parser_error(org, body):
    reply = ask(org, f"{BASE}/sobjects/Account", "POST", body, Content_Type="application/xml")
    assert (reply.status, json.loads(reply.body)[0]["errorCode"]) == (400, "XML_PARSER_ERROR")
    assert org.store.one("SELECT COUNT(*) FROM Account") == (0,)


@pytest.mark.parametrize(("accept", "kind"), [
    ("", "json"), ("*/*", "json"), ("application/json", "json"), ("application/json, application/xml", "json"), ("application/xml, application/json", "xml"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "xml"), ("application/xhtml+xml", "json"),
])  # fmt: skip
def test_the_first_kind_in_accept_that_is_known_counts(org, accept, kind):
    assert kind in ask(org, f"{BASE}/limits", Accept=accept).header("Content-Type")


def test_a_suffix_stands_for_the_accept_header(org):
    account = org.admin.create("Account", Name="Acme")
    assert ask(org, f"{BASE}/sobjects/Account/{account}.xml?fields=Name").body.startswith(b"<?xml")
    assert json.loads(ask(org, f"{BASE}/sobjects/Account/{account}.json?fields=Name", Accept="application/xml").body)["Name"] == "Acme"
    assert ask(org, "/services/data.xml").body.startswith(b"<?xml")


def test_an_external_id_that_ends_like_a_suffix_is_itself(org):
    field = next(f.name for f in org.schema.objects["account"].fields if f.external_id)
    org.admin.create("Account", Name="Acme", **{field: "a.json"})
    assert json.loads(ask(org, f"{BASE}/sobjects/Account/{field}/a.json").body)["Name"] == "Acme"


# ---------------------------------------------------------------------- compression

LONG = Response(200, b'"' + b"x" * SMALLEST_BYTES + b'"', (("Content-Type", "application/json;charset=UTF-8"), ("ETag", '"abc"')))


def asking(accept_encoding: str) -> Request:
    return Request("GET", HOST + BASE, (("Accept-Encoding", accept_encoding),))


def test_a_reply_is_compressed_when_asked_and_its_tag_says_so():
    reply = coded(asking("gzip, deflate"), LONG)
    assert (gzip.decompress(reply.body), reply.header("Content-Encoding"), reply.header("ETag")) == (LONG.body, "gzip", '"abc-gzip"')
    assert reply.body == coded(asking("gzip"), LONG).body  # no time of day in it
    assert zlib.decompress(coded(asking("deflate"), LONG).body) == LONG.body


@pytest.mark.parametrize(("accept", "coding"), [("", ""), ("identity", ""), ("br", ""), ("gzip;q=0", ""), ("gzip;q=0, deflate", "deflate"), ("*", "gzip"), ("GZIP", "gzip")])
def test_only_what_the_client_takes_is_used(accept, coding):
    assert wanted(accept) == coding


@pytest.mark.parametrize("reply", [
    Response(200, b"{}", LONG.headers), Response(200, LONG.body, (("Content-Type", "image/png"),)), Response(200, LONG.body, (*LONG.headers, ("Content-Encoding", "gzip"))),
    Response(200, LONG.body, LONG.headers, delivery=Delivery("cut", cut_after=10)),
])  # fmt: skip
def test_small_binary_coded_and_cut_replies_stay_as_they_are(reply):
    assert coded(asking("gzip"), reply) is reply


# ---------------------------------------------------------------------- headers


def test_the_token_endpoint_has_other_headers_than_the_data_api(org):
    known = org.credentials
    form = f"grant_type=client_credentials&client_id={known.client_id}&client_secret={known.client_secret}"
    token = org.handle(Request("POST", HOST + "/services/oauth2/token", (("Content-Type", "application/x-www-form-urlencoded"),), form.encode()))
    data = ask(org, f"{BASE}/limits")
    assert [token.header(n) for n in ("X-Xss-Protection", "Expires", "X-Readonlymode")] == ["1; mode=block", "Thu, 01 Jan 1970 00:00:00 GMT", "false"]
    assert (token.header("X-Robots-Tag"), token.header("Sforce-Limit-Info")) == ("", "")
    assert [data.header(n) for n in ("X-Xss-Protection", "X-Robots-Tag", "Vary", "Server")] == ["", "none", "Accept-Encoding", "sfdcedge"]
    consent = [[value for name, value in reply.headers if name == "Set-Cookie"][1].partition(";")[0] for reply in (token, data)]
    assert consent == ["CookieConsentPolicy=0:0", "CookieConsentPolicy=0:1"]


def test_the_browser_id_is_the_same_all_run_and_another_with_another_seed(org):
    first, second = (ask(org, f"{BASE}/limits").header("Set-Cookie") for _ in range(2))
    assert first == second
    assert len(first.partition("=")[2].partition(";")[0]) == 22
    assert ask(Org(seed=8), f"{BASE}/limits").header("Set-Cookie") != first


def test_a_client_that_sends_its_browser_id_back_is_not_given_it_again(org):
    assert ask(org, f"{BASE}/limits", Cookie="BrowserId=abc; CookieConsentPolicy=0:1").header("Set-Cookie") == ""
    assert ask(org, f"{BASE}/limits", Cookie="other=1").header("Set-Cookie") != ""


# ---------------------------------------------------------------------- bodies


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b'{"NumberOfEmployees":' + b"9" * 5000 + b"}", b'{"Name": NaN}', b'{"Name": "x"', b"null", b"[]", b"5"])
def test_bodies_that_are_no_row_are_parser_errors(org, body):
    reply = ask(org, f"{BASE}/sobjects/Account", "POST", body)
    assert (reply.status, json.loads(reply.body)[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_more_than_50_mb_are_refused_by_every_resource(org):
    large: Any = b'{"compositeRequest": "' + b"x" * (50 << 20) + b'"}'
    reply = ask(org, f"{BASE}/composite", "POST", large)
    assert (reply.status, json.loads(reply.body)[0]["errorCode"]) == (413, "EXCEEDED_MAX_SIZE_REQUEST")
