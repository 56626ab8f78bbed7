"""Tier wire: http.client, urllib.request and urllib3 over a line in memory."""

import http.client
import os
import socket
import ssl
import urllib.request

import pytest
import requests
import urllib3

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Delivery, Response
from sfchaos.doors.wire_door import wire_door

HOST = "acme.my.salesforce.com"
TEXT = b"0123456789" * 10


class Stub:
    """Answers all with `reply`, and keeps what came."""

    def __init__(self, reply=None):
        self.reply = reply or Response(200, TEXT, (("Content-Type", "text/plain"),))
        self.seen = []

    def __call__(self, request):
        self.seen.append(request)
        return self.reply


@pytest.fixture
def clock():
    return VirtualClock()


def travelling(**how):
    return Stub(Response(200, TEXT, (("Content-Type", "text/plain"),), 0.0, Delivery(**how)))


def test_bare_http_client_gets_the_reply_and_the_org_the_request(clock):
    stub = Stub()
    with wire_door(stub, clock=clock):
        line = http.client.HTTPSConnection(HOST, timeout=3)
        line.request("POST", "/services/data?x=1", body=b'{"a":1}', headers={"Content-Type": "application/json"})
        reply = line.getresponse()
        assert (reply.status, reply.read(), reply.getheader("content-length")) == (200, TEXT, "100")
        line.request("GET", "/again")  # the same line
        assert line.getresponse().read() == TEXT
    first = stub.seen[0]
    assert (first.method, first.url, first.body, first.timeout_s) == ("POST", f"https://{HOST}/services/data?x=1", b'{"a":1}', 3.0)
    assert (first.verifies, first.tls[1], len(stub.seen)) == (True, "1.3", 2)


def test_urllib_request_is_served(clock):
    with wire_door(Stub(), clock=clock), urllib.request.urlopen(f"https://{HOST}/services/data", timeout=5) as reply:
        assert reply.read() == TEXT


def test_urllib3_reads_with_the_real_parser(clock):
    with wire_door(Stub(), clock=clock), urllib3.PoolManager() as pool:
        reply = pool.request("GET", f"https://{HOST}/x")
        assert (reply.data, type(reply._original_response)) == (TEXT, http.client.HTTPResponse)
        assert pool.request("GET", f"http://{HOST}/x").data == TEXT


def test_without_urllib3_that_library_is_left_alone(clock):
    make, connect = urllib3.connection.HTTPConnection._new_conn, urllib3.connection.HTTPSConnection.connect
    with wire_door(Stub(), clock=clock, with_urllib3=False):
        assert (urllib3.connection.HTTPConnection._new_conn, urllib3.connection.HTTPSConnection.connect) == (make, connect)


def test_broken_chunks_are_found_by_urllib3_itself(clock):
    with urllib3.PoolManager(retries=False) as pool:
        with wire_door(travelling(chunks="bad_size", cut_after=40), clock=clock), pytest.raises(urllib3.exceptions.ProtocolError, match="InvalidChunkLength"):
            list(pool.request("GET", f"https://{HOST}/x", preload_content=False).stream())
        with wire_door(travelling(chunks="unended"), clock=clock), pytest.raises(urllib3.exceptions.ProtocolError, match="ended prematurely"):
            list(pool.request("GET", f"https://{HOST}/y", preload_content=False).stream())


@pytest.mark.parametrize(("how", "error"), [
    ({"fate": "lost"}, ConnectionResetError), ({"fate": "lost", "close": "fin"}, http.client.RemoteDisconnected), ({"fate": "never", "hold_s": 60.0}, TimeoutError),
    ({"fate": "unconnected", "connect": "dns"}, socket.gaierror), ({"fate": "unconnected", "connect": "refused"}, ConnectionRefusedError),
    ({"fate": "unconnected", "connect": "unanswered", "hold_s": 60.0}, TimeoutError), ({"fate": "unconnected", "connect": "tls_expired"}, ssl.SSLCertVerificationError),
])  # fmt: skip
def test_http_client_raises_what_a_socket_would(clock, how, error):
    with wire_door(travelling(**how), clock=clock):
        line = http.client.HTTPSConnection(HOST, timeout=10)
        line.request("GET", "/x")
        with pytest.raises(error):
            line.getresponse()
    assert clock.elapsed_s() == (10.0 if how.get("hold_s") else 0.0)


def test_a_cut_body_is_short_after_a_clean_close_and_reset_after_a_reset(clock):
    for close, error in (("fin", http.client.IncompleteRead), ("reset", ConnectionResetError)):
        with wire_door(travelling(fate="cut", close=close, cut_after=30), clock=clock):
            line = http.client.HTTPSConnection(HOST)
            line.request("GET", "/x")
            reply = line.getresponse()
            with pytest.raises(error):
                reply.read()


def test_a_body_in_pieces_takes_its_time_and_a_gap_longer_than_the_time_out_ends_it(clock):
    with wire_door(travelling(gap_s=2.0, piece_bytes=10), clock=clock):
        line = http.client.HTTPSConnection(HOST, timeout=5)
        line.request("GET", "/x")
        assert line.getresponse().read() == TEXT
        assert clock.elapsed_s() == 20.0
        short = http.client.HTTPSConnection(HOST, timeout=1)
        short.request("GET", "/x")
        reply = short.getresponse()
        with pytest.raises(TimeoutError):
            reply.read()
    assert clock.elapsed_s() == 21.0


def test_a_rate_is_kept(clock):
    with wire_door(travelling(bytes_per_s=50.0), clock=clock), urllib3.PoolManager() as pool:
        assert pool.request("GET", f"https://{HOST}/x", timeout=5).data == TEXT
    assert clock.elapsed_s() == 2.0


def test_who_waits_for_a_reply_to_nothing_waits_for_his_time_out(clock):
    with wire_door(Stub(), clock=clock):
        line = http.client.HTTPSConnection(HOST, timeout=7)
        line.connect()
        with pytest.raises(TimeoutError):
            line.sock.makefile("rb").read(1)
    assert clock.elapsed_s() == 7.0


def test_a_client_that_waits_for_100_continue_gets_it(clock):
    stub = Stub()
    with wire_door(stub, clock=clock):
        line = http.client.HTTPSConnection(HOST)
        line.putrequest("PUT", "/x")
        line.putheader("Content-Length", "3")
        line.putheader("Expect", "100-continue")
        line.endheaders()
        assert line.sock.makefile("rb").readline() == b"HTTP/1.1 100 Continue\r\n"
        line.send(b"abc")
        assert line.getresponse().read() == TEXT
    assert stub.seen[0].body == b"abc"


def test_other_hosts_go_their_way_and_are_named(clock):
    others = []
    with wire_door(Stub(), clock=clock, on_other_host=others.append):
        line = http.client.HTTPConnection("127.0.0.1", 1, timeout=1)
        with pytest.raises(OSError):
            line.connect()
    assert others == ["127.0.0.1"]


def test_a_proxy_in_the_environment_is_not_asked(clock, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with wire_door(Stub(), clock=clock):
        assert requests.get(f"https://{HOST}/x", timeout=5).content == TEXT
        assert urllib.request.urlopen(f"https://{HOST}/x", timeout=5).read() == TEXT


def test_everything_is_put_back_and_no_file_stays_open(clock):
    before = (http.client.HTTPConnection.connect, http.client.HTTPSConnection.connect, urllib3.connection.HTTPSConnection.connect, len(os.listdir("/proc/self/fd")))
    with wire_door(Stub(), clock=clock), wire_door(Stub(), clock=clock):
        pass
    assert (http.client.HTTPConnection.connect, http.client.HTTPSConnection.connect, urllib3.connection.HTTPSConnection.connect, len(os.listdir("/proc/self/fd"))) == before


def test_a_client_that_does_not_verify_says_so(clock):
    stub = Stub()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with wire_door(stub, clock=clock):
        line = http.client.HTTPSConnection(HOST, context=context)
        line.request("GET", "/x")
        line.getresponse().read()
    assert stub.seen[0].verifies is False
