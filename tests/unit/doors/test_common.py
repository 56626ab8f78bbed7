"""How a reply arrives, and how its body reads, without any client."""

from __future__ import annotations

import http.client

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Delivery, Response
from sfchaos.doors.common import Arrival, Body, arrival_of, framed_headers


@pytest.mark.parametrize(
    ("delivery", "timeout_s", "expected"),
    [
        (Delivery(), None, Arrival("reply", 1.0)),
        (Delivery(delay_s=4.0), 5.0, Arrival("reply", 5.0)),
        (Delivery(delay_s=4.5), 5.0, Arrival("timeout", 5.0)),
        (Delivery(fate="lost"), None, Arrival("reset", 1.0)),
        (Delivery(fate="lost", close="fin", delay_s=1.0), 3.0, Arrival("fin", 2.0)),
        (Delivery(fate="lost", delay_s=10.0), 3.0, Arrival("timeout", 3.0)),
        (Delivery(fate="never", hold_s=100.0), None, Arrival("reset", 101.0)),
        (Delivery(fate="never", hold_s=100.0), 30.0, Arrival("timeout", 30.0)),
        (Delivery(fate="cut", cut_after=0), 30.0, Arrival("reply", 1.0)),
    ],
)
def test_silence_is_work_and_delay_and_ends_in_whatever_comes_first(delivery, timeout_s, expected):
    assert arrival_of(Response(200, work_s=1.0, delivery=delivery), timeout_s) == expected


def body(data: bytes, *, timeout_s: float | None = None, clock: VirtualClock | None = None, **how: object) -> Body:
    reply = Response(200, data, delivery=Delivery(**how))  # type: ignore[arg-type]
    return Body(reply, framed_headers(reply, "GET"), "GET", clock or VirtualClock(), timeout_s)


def test_a_whole_body_reads_in_pieces_and_then_counts_as_closed():
    read = body(b"abcdef")
    assert not read.isclosed()
    assert (read.read(4), read.isclosed(), read.read(4), read.isclosed(), read.read(4)) == (b"abcd", False, b"ef", True, b"")


def test_an_empty_body_is_closed_from_the_start():
    assert body(b"").isclosed()


def test_a_cut_at_or_after_the_end_is_no_cut():
    assert body(b"abc", fate="cut", cut_after=3).read() == b"abc"


def test_a_reset_drops_the_piece_that_was_being_read():
    read = body(b"abcdef", fate="cut", cut_after=3)
    assert read.read(2) == b"ab"
    with pytest.raises(ConnectionResetError):
        read.read(2)


def test_one_recv_brings_what_came_before_the_reset():
    read = body(b"abcdef", fate="cut", cut_after=3)
    assert read.read1(100) == b"abc"
    with pytest.raises(ConnectionResetError):
        read.read1(100)


def test_a_clean_close_gives_a_short_piece_and_a_read_of_everything_says_so():
    read = body(b"abcdef", fate="cut", cut_after=3, close="fin")
    assert (read.read(2), read.read(2), read.read(2)) == (b"ab", b"c", b"")
    with pytest.raises(http.client.IncompleteRead) as raised:
        body(b"abcdef", fate="cut", cut_after=3, close="fin").read()
    assert (raised.value.partial, raised.value.expected) == (b"abc", 3)


def test_bytes_take_their_time():
    clock = VirtualClock()
    read = body(b"x" * 100, clock=clock, bytes_per_s=10.0)
    read.read(30)
    assert clock.elapsed_s() == pytest.approx(3.0)


def test_a_byte_that_takes_longer_than_the_timeout_times_out():
    clock = VirtualClock()
    with pytest.raises(TimeoutError):
        body(b"xx", clock=clock, bytes_per_s=0.1, timeout_s=4.0).read()
    assert clock.elapsed_s() == 4.0


@pytest.mark.parametrize(
    ("reply", "method", "added"),
    [
        (Response(200, b"abc"), "GET", [("Content-Length", "3")]),
        (Response(200, b"abc"), "HEAD", [("Content-Length", "3")]),
        (Response(204), "PATCH", []),
        (Response(304), "GET", []),
        (Response(200, b"abc", (("content-length", "9"),)), "GET", [("content-length", "9")]),
        (Response(200, b"abc", (("Transfer-Encoding", "chunked"),)), "GET", [("Transfer-Encoding", "chunked")]),
    ],
)
def test_a_length_is_announced_unless_the_reply_frames_itself(reply, method, added):
    assert list(framed_headers(reply, method)) == added
