"""Each fate of a reply, as bytes and errors on a real socket."""

import http.client
import socket
import subprocess
import time

import pytest
import requests

from sfchaos.core.clock import SystemClock
from sfchaos.core.messages import Delivery, Response
from sfchaos.doors.acting import pause_before_reply_s
from sfchaos.doors.server import Server

BODY = bytes(range(256)) * 4


class Heard:
    """Head and body bytes that came, how the connection ended, and how long it took."""

    def __init__(self, response: Response, *, wait_s: float = 5.0) -> None:
        self.ended = "open"
        raw = b""
        with Server(lambda request: response, clock=SystemClock()) as server, socket.create_connection(("127.0.0.1", server.port), timeout=wait_s) as sock:
            began_s = time.monotonic()
            sock.sendall(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
            self.first_byte_s = 0.0
            try:
                while chunk := sock.recv(65536):
                    self.first_byte_s = self.first_byte_s or time.monotonic() - began_s
                    raw += chunk
                    body = raw.partition(b"\r\n\r\n")[2]
                    if response.delivery.fate == "whole" and len(body) == len(response.body):
                        break
                else:
                    self.ended = "fin"
            except ConnectionResetError:
                self.ended = "reset"
            except TimeoutError:
                self.ended = "silence"
            self.took_s = time.monotonic() - began_s
        self.raw = raw
        self.body = raw.partition(b"\r\n\r\n")[2]
        assert server.errors == []


@pytest.mark.parametrize("close", ["reset", "fin"])
def test_a_lost_reply_sends_not_one_byte(close):
    heard = Heard(Response(200, BODY).travelling(fate="lost", close=close))

    assert (heard.raw, heard.ended) == (b"", close)


@pytest.mark.parametrize("close", ["reset", "fin"])
@pytest.mark.parametrize("cut_after", [0, 1, 512, len(BODY) - 1])
def test_a_cut_reply_promises_all_and_brings_exactly_so_much(cut_after, close):
    heard = Heard(Response(200, BODY).travelling(fate="cut", cut_after=cut_after, close=close))

    assert b"Content-Length: 1024\r\n" in heard.raw
    assert (heard.body, heard.ended) == (BODY[:cut_after], close)


def test_a_reset_waits_until_the_peer_has_taken_a_large_part():
    body = b"z" * 8_000_000
    heard = Heard(Response(200, body).travelling(fate="cut", cut_after=7_000_000))

    assert (len(heard.body), heard.ended) == (7_000_000, "reset")


def test_a_chunked_reply_can_end_without_its_last_chunk():
    heard = Heard(Response(200, b"hello world", (("Transfer-Encoding", "chunked"),)).travelling(fate="cut", cut_after=5, close="fin"))

    assert (heard.body, heard.ended) == (b"b\r\nhello", "fin")


def test_a_cut_in_a_head_reply_ends_after_the_head():
    with Server(lambda request: Response(200, BODY).travelling(fate="cut", cut_after=9), clock=SystemClock()) as server:
        assert requests.head(server.url, timeout=5).headers["Content-Length"] == "1024"


def test_silence_ends_when_its_time_is_up():
    heard = Heard(Response(200, BODY).travelling(fate="never", hold_s=0.2))

    assert (heard.raw, heard.ended) == (b"", "reset")
    assert 0.2 <= heard.took_s < 5


def test_silence_outlasts_a_client_that_gives_up():
    heard = Heard(Response(200, BODY).travelling(fate="never", hold_s=3600), wait_s=0.2)

    assert (heard.raw, heard.ended) == (b"", "silence")


def test_a_client_that_gave_up_frees_its_connection_at_once():
    with Server(lambda request: Response(200).travelling(fate="never", hold_s=3600), clock=SystemClock()) as server:
        with pytest.raises(requests.ReadTimeout):
            requests.get(server.url, timeout=0.2)
        deadline_s = time.monotonic() + 5
        while server._site.connections and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert not server._site.connections


def test_the_delay_is_real_and_comes_before_the_first_byte():
    heard = Heard(Response(200, BODY, work_s=0.0).travelling(delay_s=0.25))

    assert 0.25 <= heard.first_byte_s < 5
    assert heard.body == BODY


def test_only_work_above_the_default_is_waited_for():
    assert pause_before_reply_s(0.05, Delivery()) == 0
    assert pause_before_reply_s(0.0, Delivery(delay_s=2)) == 2
    assert pause_before_reply_s(1.05, Delivery(delay_s=2)) == pytest.approx(3)


def test_a_drip_takes_as_long_as_its_rate_says():
    heard = Heard(Response(200, BODY).travelling(bytes_per_s=2048))

    assert heard.body == BODY
    assert heard.first_byte_s < 0.25
    assert 0.45 <= heard.took_s < 5


def test_a_drip_can_be_slower_than_a_byte_a_tick_and_can_be_cut():
    heard = Heard(Response(200, BODY).travelling(fate="cut", cut_after=3, bytes_per_s=10))

    assert (heard.body, heard.ended) == (BODY[:3], "reset")
    assert 0.29 <= heard.took_s < 5


def test_a_connection_is_usable_after_a_slow_reply():
    replies = iter([Response(200, BODY).travelling(bytes_per_s=8192, delay_s=0.05), Response(200, b"next")])
    with Server(lambda request: next(replies), clock=SystemClock()) as server:
        connection = http.client.HTTPConnection(server.address, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().read() == BODY
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"next"
        connection.close()
        assert server.connections_seen == 1


@pytest.mark.parametrize(
    ("how", "code"),
    [({"fate": "lost"}, 56), ({"fate": "lost", "close": "fin"}, 52), ({"fate": "cut", "cut_after": 10}, 56), ({"fate": "cut", "cut_after": 10, "close": "fin"}, 18)],
    ids=["reset", "empty", "cut-reset", "cut-fin"],
)
def test_curl_agrees_on_what_happened(how, code):
    """curl's exit codes: 56 receive failure, 52 empty reply, 18 partial file."""
    with Server(lambda request: Response(200, BODY).travelling(**how), clock=SystemClock()) as server:
        run = subprocess.run(["curl", "-sS", "-m", "5", "--noproxy", "*", server.url], capture_output=True, check=False)

    assert run.returncode == code, run.stderr
