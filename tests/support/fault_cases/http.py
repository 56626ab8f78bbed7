"""Faults named http.*"""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime

from fault_case import CREATED, Case, Client, Pair, Seen, creates, seen_of


def creates_and_shows_the_wait(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"})
    return [seen_of(reply), reply.headers.get("Retry-After")]


def creates_and_shows_the_bytes(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"})
    return [reply.status_code, reply.content.decode()]


def creates_and_shows_the_place(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"}, allow_redirects=False)
    return [reply.status_code, reply.headers["Location"].partition("?")[2]]


def creates_and_shows_the_type(client: Client) -> list[Seen]:
    return [type(client.raw("POST", "/sobjects/Account", {"Name": "Acme"}).json()).__name__]


def creates_many_and_shows_the_type(client: Client) -> list[Seen]:
    rows = [{"attributes": {"type": "Account"}, "Name": name} for name in ("A", "B")]
    return [type(client.raw("POST", "/composite/sobjects", {"records": rows}).json()).__name__]


def reads_a_name(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Zoë €")
    reply = client.raw("GET", f"/sobjects/Account/{account}?fields=Name")
    return [reply.headers["Content-Type"], json.loads(reply.text)["Name"]]


def reads_many(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 90)
    return [client.say("GET", "/query?q=SELECT+Id+FROM+Contact")]


def reads_results(client: Client) -> list[Seen]:
    """How many lines of a CSV came."""
    path = client.job()
    client.rig.clock.advance(60)
    return [len(client.raw("GET", f"{path}/successfulResults").text.splitlines()) > 10]


def creates_with_a_long_name(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": "A" * 200})]


def asks_for_long(client: Client) -> list[Seen]:
    return [client.say("GET", "/query?q=SELECT+Id+FROM+Account+WHERE+Name+IN+(" + ",".join(f"'{n:020}'" for n in range(20)) + ")")]


def shows_header_names(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"})
    dates = reply.raw.headers.getlist("Date")
    assert all(parsedate_to_datetime(date) for date in dates)
    return [seen_of(reply), "Cache-Control" in dict(reply.headers), "cache-control" in dict(reply.headers), len(dates), "Sforce-Limit-Info" in reply.headers]


def refreshes(client: Client) -> list[Seen]:
    return [seen_of(client.refresh())]


def loads_in_bulk1(client: Client) -> list[Seen]:
    """Status and exceptionCode of a new job of the Bulk API 1.0, in XML."""
    url = client.raw("GET", "/limits").url.partition("/services/")[0] + "/services/async/62.0/job"
    info = '<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><operation>insert</operation><object>Account</object><contentType>CSV</contentType></jobInfo>'
    reply = client.session.post(url, data=info, headers={"X-SFDC-Session": client.known.access_token, "Content-Type": "application/xml"}, timeout=0.5)
    return [reply.status_code, reply.text.partition("<exceptionCode>")[2].partition("<")[0]]


HTML = "<!DOCTYPE html>"
UNEXPECTED = (500, "UNKNOWN_EXCEPTION")
BUSY = (503, "SERVER_UNAVAILABLE")
PAST = "Wed, 21 Oct 2015 07:28:00 GMT"
UTF8 = "application/json;charset=UTF-8"
CASES = [
    Case("http.500", "B", "no", creates, "row.create", [UNEXPECTED], CREATED),
    Case("http.500.pre", "B", "no", creates, "row.create", [UNEXPECTED], CREATED),
    Case("http.500.post", "A", "yes", creates, "row.create", [UNEXPECTED], CREATED),
    Case("http.500.post", "A", "yes", refreshes, "auth.refresh", [(500, "server_error")], [(200, "")]),
    Case("http.500.post", "A", "yes", loads_in_bulk1, "bulk1.job", [500, "Unknown"], [201, ""]),
    Case("http.500_empty", "B", "no", creates, "row.create", [(500, "")], CREATED),
    Case("http.500_empty.pre", "B", "no", creates, "row.create", [(500, "")], CREATED),
    Case("http.500_empty.post", "A", "yes", creates, "row.create", [(500, "")], CREATED),
    Case("http.502_html", "B", "no", creates, "row.create", [(502, HTML)], CREATED),
    Case("http.502_html.pre", "B", "no", creates, "row.create", [(502, HTML)], CREATED),
    Case("http.502_html.post", "A", "yes", creates, "row.create", [(502, HTML)], CREATED),
    Case("http.503", "B", "no", creates, "row.create", [BUSY], CREATED),
    Case("http.503_retry_after", "B", "no", creates_and_shows_the_wait, "row.create", [BUSY, "30"], [*CREATED, None]),
    *(Case("http.503_retry_after", "B", "no", creates_and_shows_the_wait, "row.create", [BUSY, seen], [*CREATED, None], (("retry_after", given),))
      for given, seen in ((1, "1"), (3600, "3600"), (0, "0"), (-1, "-1"), ("soon", "soon"), (PAST, PAST))),
    Case("http.503_html", "B", "no", creates, "row.create", [(503, HTML)], CREATED),
    Case("http.200_html", "B", "no", creates, "row.create", [(200, HTML)], CREATED),
    Case("http.420_html", "B", "no", creates, "row.create", [(420, HTML)], CREATED),
    Case("http.406_empty", "B", "no", creates, "row.create", [(406, "")], CREATED),
    Case("http.429", "B", "no", creates_and_shows_the_wait, "row.create", [(429, "INTERNAL_SERVER_ERROR"), None], [*CREATED, None]),
    Case("http.429", "B", "no", creates_and_shows_the_wait, "row.create", [(429, "INTERNAL_SERVER_ERROR"), "7"], [*CREATED, None], (("retry_after", 7),)),
    Case("http.302_login", "B", "no", creates, "row.create", [(200, HTML)], CREATED),  # a library follows it
    Case("http.404_host", "B", "no", creates, "row.create", [(404, HTML)], CREATED),
    Case("http.json_truncated", "A", "yes", creates, "row.create", ["JSONDecodeError"], CREATED),
    Case("http.json_truncated", "A", "yes", creates, "row.create", ["JSONDecodeError"], CREATED, (("cut", 0),)),
    Case("http.json_truncated", "A", "yes", creates, "row.create", ["JSONDecodeError"], CREATED, (("cut", "last"),)),
    Case("http.json_wrong_type", "A", "yes", creates_and_shows_the_type, "row.create", ["list"], ["dict"]),
    Case("http.json_wrong_type", "A", "yes", creates_many_and_shows_the_type, "coll.create", ["dict"], ["list"]),
    Case("http.json_wrong_type", "A", "yes", creates_and_shows_the_type, "row.create", ["NoneType"], ["dict"], (("body", "null"),)),
    Case("http.wrong_charset", "A", "no", reads_a_name, "row.get", ["application/json;charset=ISO-8859-1", "ZoÃ« â\x82¬"], [UTF8, "Zoë €"]),
    Case("http.wrong_charset", "A", "no", reads_a_name, "row.get", [UTF8, "Zo\ufffd ?"], [UTF8, "Zoë €"], (("wrong", "body"),)),
    Case("http.gzip_corrupt", "A", "yes", creates, "row.create", ["ContentDecodingError"], CREATED),
    Case("http.gzip_corrupt", "A", "yes", creates, "row.create", ["ContentDecodingError"], CREATED, (("damage", "checksum"),)),
    Case("http.gzip_corrupt", "A", "no", reads_many, "query.first", ["JSONDecodeError"], [(200, "")], (("damage", "cut"),)),
    Case("http.gzip_corrupt", "A", "no", reads_results, "bulk2.ok", [False], [True], (("damage", "cut"), ("cut", "half"))),
    Case("http.413", "B", "no", creates_with_a_long_name, "row.create", [(413, "EXCEEDED_MAX_SIZE_REQUEST")], CREATED, (("limit_bytes", 100),)),
    Case("http.414", "B", "no", asks_for_long, "query.first", [(414, "<h1>")], [(200, "")], (("limit_bytes", 256),)),
    Case("http.431", "B", "no", asks_for_long, "query.first", [(431, "<h1>")], [(200, "")], (("limit_bytes", 512),)),
    Case("http.header_case", "A", "yes", shows_header_names, "row.create", [(201, ""), False, True, 2, False], [(201, ""), True, False, 1, True]),
]  # fmt: skip

UP, BLIND = "net_clients:upserts_patiently", "net_clients:creates_until_it_works"
SKIPS, LIST, STATUS = "http_clients:skips_errors", "http_clients:reads_every_error_as_a_list", "http_clients:believes_the_status"
STRANGE, JSON, FEWER, ALL = (f"http_clients:{name}" for name in ("repeats_whatever_is_strange", "believes_only_json", "asks_for_fewer", "asks_for_all_again"))
WRITE = {"on": "row.*/*#3~1"}
EVERYWHERE = {"on": "row.*/*", "times": "always"}
LOST, AGAIN = ("SFC-INT-01", "row-lost"), ("SFC-RES-05", "repeated-unchanged")
AFTER = ("http.500.post", "http.500_empty.post", "http.502_html.post", "http.json_truncated", "http.gzip_corrupt")
PAIRS = [
    Pair("http.500.pre", UP, SKIPS, WRITE, LOST),
    *(Pair(name, UP, LIST, WRITE, "loud_ok") for name in ("http.500_empty.pre", "http.502_html.pre", "http.429")),  # it crashes over the body
    *(Pair(name, UP, BLIND, WRITE, "duplicate", expect={"SFC-INT-01": "pass"}) for name in AFTER),
    Pair("http.json_wrong_type", UP, "http_clients:creates_until_there_is_an_id", WRITE, "duplicate"),
    *(Pair(name, JSON, STATUS, WRITE, LOST) for name in ("http.200_html", "http.302_login")),
    *(Pair(name, STRANGE, SKIPS, WRITE, LOST) for name in ("http.420_html", "http.406_empty")),
    Pair("http.404_host", "http_clients:stops_when_the_host_is_gone", "http_clients:takes_404_for_a_record_that_is_gone", EVERYWHERE, "silent", outcomes=("loud_ok",)),
    Pair("http.wrong_charset", "http_clients:marks_names_by_bytes", "http_clients:marks_names_by_the_label", {"on": "row.get/*", "times": "always"}, "silent"),
    Pair("http.413", "http_clients:halves_what_is_too_large", "http_clients:sends_the_same_again", {"on": "coll.*/*", "times": "always", "with": {"limit_bytes": 3000}},
         AGAIN, expect={"SFC-RES-05": "pass"}),
    Pair("http.414", FEWER, ALL, {"on": "query.*/*", "times": "always", "with": {"limit_bytes": 300}}, AGAIN, expect={"SFC-RES-05": "pass"}),
    Pair("http.431", FEWER, ALL, {"on": "query.*/*", "times": "always", "with": {"limit_bytes": 800}}, AGAIN, expect={"SFC-RES-05": "pass"}),
    Pair("http.header_case", "http_clients:looks_headers_up_without_case", "http_clients:looks_headers_up_as_they_are_written",
         {"on": "bulk2q.results/*", "times": "always"}, "silent", config="reading.toml"),
    Pair("http.gzip_corrupt", "http_clients:counts_what_it_reads", "http_clients:looks_headers_up_without_case",
         {"on": "bulk2q.results/*#1~1", "with": {"damage": "cut", "cut": 700}}, "silent", config="reading.toml"),
]  # fmt: skip
