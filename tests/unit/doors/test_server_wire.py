"""Bytes to requests and replies to bytes, without a socket."""

import pytest

from sfchaos.core.messages import Response
from sfchaos.doors.wire import MAX_HEAD_BYTES, Malformed, RequestReader, frame, split_authority, url_of


def read(*parts: bytes):
    reader = RequestReader()
    return [incoming for part in parts for incoming in reader.feed(part)]


def test_two_pipelined_requests_come_out_in_order():
    first, second = read(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /b?c=1 HTTP/1.1\r\nHost: h\r\n\r\n")

    assert (first.method, first.target, first.body) == ("POST", "/a", b"abc")
    assert (second.method, second.target, second.body) == ("GET", "/b?c=1", b"")


def test_a_request_may_arrive_a_byte_at_a_time():
    raw = b"PATCH /x HTTP/1.1\r\nHost: acme.my.salesforce.com\r\nX-Two: words here\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n"

    (request,) = read(*(raw[i : i + 1] for i in range(len(raw))))

    assert request.body == b"abcdefg"
    assert request.headers == [("Host", "acme.my.salesforce.com"), ("X-Two", "words here"), ("Transfer-Encoding", "chunked")]


def test_a_client_that_waits_for_continue_is_known_until_its_body_is_there():
    reader = RequestReader()

    assert reader.feed(b"PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n") == []
    assert reader.wants_continue
    assert reader.feed(b"ok")[0].body == b"ok"
    assert not reader.wants_continue


def test_an_offer_to_upgrade_is_declined_and_the_body_is_kept():
    raw = b"POST /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: h\r\n\r\n"

    first, second = read(raw)

    assert (first.body, first.keep_alive) == (b"abc", True)
    assert first.headers == [("Host", "h"), ("Content-Length", "3")]
    assert second.target == "/b"


def test_a_declined_upgrade_keeps_the_wish_to_close():
    (only,) = read(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n")

    assert not only.keep_alive


def test_what_follows_a_connect_belongs_to_the_tunnel():
    (connect,) = read(b"CONNECT login.salesforce.com:443 HTTP/1.1\r\nHost: login.salesforce.com:443\r\n\r\n\x16\x03\x01")

    assert (connect.method, connect.target, connect.rest) == ("CONNECT", "login.salesforce.com:443", b"\x16\x03\x01")


@pytest.mark.parametrize(
    "raw",
    [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nHo st: h\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
     b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
def test_what_is_not_http_is_said_to_be_malformed(raw):
    (only,) = read(raw)

    assert only.fault is not None
    assert only.fault.status == 400


def test_endless_headers_are_refused_before_they_end():
    reader = RequestReader()
    reader.feed(b"GET / HTTP/1.1\r\nHost: h\r\n")
    line = b"X-Long: " + b"x" * 65536 + b"\r\n"

    faults = [incoming.fault for _ in range(MAX_HEAD_BYTES // 65536 + 1) for incoming in reader.feed(line)]

    assert faults[0] is not None
    assert faults[0].status == 431


@pytest.mark.parametrize(
    ("target", "host", "url"),
    [("/a?b=1", "acme.my.salesforce.com", "https://acme.my.salesforce.com/a?b=1"), ("//services/x", "h:8", "https://h:8//services/x"),
     ("http://login.salesforce.com/x", "other", "http://login.salesforce.com/x"), ("*", "h", "https://h/*")],
)  # fmt: skip
def test_the_url_is_what_the_client_meant(target, host, url):
    (incoming,) = read(f"OPTIONS {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert url_of(incoming, scheme="https", own="127.0.0.1:1") == url


def test_only_http_1_0_may_leave_out_its_host():
    (old,) = read(b"GET /a HTTP/1.0\r\n\r\n")
    (new,) = read(b"GET /a HTTP/1.1\r\n\r\n")

    assert url_of(old, scheme="http", own="127.0.0.1:8700") == "http://127.0.0.1:8700/a"
    with pytest.raises(Malformed, match="Host header"):
        url_of(new, scheme="http", own="127.0.0.1:8700")


@pytest.mark.parametrize("host", ["a b", "h/evil", "u@h", "[::1", "h:port", ""])
def test_a_host_that_would_bend_the_url_is_refused(host):
    with pytest.raises(Malformed):
        split_authority(host, 443)


def test_hosts_and_ports_are_told_apart():
    assert split_authority("Login.Salesforce.com:8443", 443) == ("login.salesforce.com", 8443)
    assert split_authority("[::1]", 443) == ("::1", 443)
    assert split_authority("[::1]:80", 443) == ("::1", 80)
    with pytest.raises(Malformed, match="above 65535"):
        split_authority("h:70000", 443)


def test_a_reply_gets_its_length_and_nothing_else():
    framed = frame(Response(201, b'{"id":1}', (("Content-Type", "application/json"),)))

    assert framed.head == b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n"
    assert (framed.body, framed.closes) == (b'{"id":1}', False)


def test_a_204_has_no_length_and_no_body():
    framed = frame(Response(204, b"ignored", (("Content-Length", "7"),)))

    assert (framed.head, framed.body) == (b"HTTP/1.1 204 No Content\r\n\r\n", b"")


def test_a_head_reply_tells_the_length_it_would_have():
    framed = frame(Response(200, b"12345"), method="HEAD")

    assert framed.head.endswith(b"Content-Length: 5\r\n\r\n")
    assert (framed.body, framed.closes) == (b"", False)


def test_a_length_that_lies_is_sent_and_ends_the_connection():
    framed = frame(Response(200, b"12345", (("content-length", "9"),)))

    assert framed.head == b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nConnection: close\r\n\r\n"
    assert framed.closes


def test_a_chunked_reply_is_framed_here_and_not_for_http_1_0():
    chunked = Response(200, b"hello world", (("Transfer-Encoding", "chunked"),))

    assert frame(chunked).body == b"b\r\nhello world\r\n0\r\n\r\n"
    assert frame(chunked).lead == 3
    assert frame(chunked, version="1.0").body == b"hello world"
    assert b"Content-Length: 11" in frame(chunked, version="1.0").head


def test_a_line_end_in_a_header_cannot_split_the_reply():
    framed = frame(Response(200, b"", (("X-Echo", "a\r\nSet-Cookie: evil=1"),)))

    assert b"X-Echo: a  Set-Cookie: evil=1\r\n" in framed.head


def test_closing_is_announced_once():
    assert frame(Response(200), keep_alive=False).head.count(b"Connection: close") == 1
    framed = frame(Response(200, b"", (("Connection", "close"),)))
    assert framed.closes
    assert framed.head.lower().count(b"connection:") == 1
