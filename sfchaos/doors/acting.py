"""Acts out a Delivery on a socket: waiting, dripping, cutting, resetting, saying nothing."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable

from sfchaos.core.messages import Delivery
from sfchaos.doors.wire import Framed

FREE_WORK_S = 0.05  # service time that every reply has by default and that nobody would wait for on loopback
DRIP_TICK_S = 0.05  # pieces of a slow body are at least this far apart
FLUSH_TICK_S = 0.005
FLUSH_LIMIT_S = 30.0  # how long a client that does not read can put off a cut


def pause_before_reply_s(work_s: float, delivery: Delivery) -> float:
    """Real seconds before the first byte: the wire's delay, and the org's work above `FREE_WORK_S`."""
    return delivery.delay_s + max(0.0, work_s - FREE_WORK_S)


def reset(transport: asyncio.Transport) -> None:
    """End a connection with RST at once; what is not yet sent is dropped."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def unacknowledged_bytes(transport: asyncio.Transport) -> int:
    """Bytes in the kernel that the peer's kernel has not taken yet: a reset would drop them. 0 where that cannot be asked."""
    if not sys.platform.startswith("linux"):
        return 0
    import fcntl
    import termios

    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return 0
    return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"), sys.byteorder)


class Actor:
    """One reply on one transport. `done` is called when it is out and the connection is still good; else the connection ends.

    `raw` is the transport over the socket: the same as `transport`, or the one below TLS.
    """

    def __init__(self, transport: asyncio.Transport, raw: asyncio.Transport, framed: Framed, delivery: Delivery, done: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport, self._raw = transport, raw
        self._framed, self._delivery, self._done = framed, delivery, done
        self._timer: asyncio.TimerHandle | None = None
        self._sent = 0
        self._began_s = 0.0

    @property
    def is_silent(self) -> bool:
        """True when no byte will ever come: a client that closes its side has given up."""
        return self._delivery.fate == "never"

    def play(self, pause_s: float) -> None:
        if pause_s > 0:
            self._later(pause_s, self._speak)
        else:
            self._speak()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self, seconds: float, step: Callable[[], None]) -> None:
        self._timer = self._loop.call_later(seconds, step)

    def _speak(self) -> None:
        fate = self._delivery.fate
        if fate == "unconnected":
            reset(self._transport)  # the line is there already: the nearest thing is to cut it before a byte
        elif fate == "lost":
            self._drop()
        elif fate == "never":
            self._later(self._delivery.hold_s, self._drop)
        else:
            self._transport.write(self._framed.head)
            self._send_body()

    def _end(self) -> int:
        """How many bytes of the framed body go out."""
        framed = self._framed
        if self._delivery.fate == "cut":
            return min(len(framed.body), framed.lead + max(0, self._delivery.cut_after))
        return len(framed.body)

    def _send_body(self) -> None:
        if (self._delivery.bytes_per_s or self._delivery.gap_s) and self._end():
            self._began_s = self._loop.time()
            self._drip()
        else:
            self._transport.write(self._framed.body[: self._end()])
            self._finish()

    def _drip(self) -> None:
        """Send what is due by now, then wait for the next piece: at least a byte, at least a tick."""
        end = self._end()
        due, next_s = self._due_bytes(end)
        if due > self._sent:
            self._transport.write(self._framed.body[self._sent : due])
            self._sent = due
        if self._sent >= end:
            self._finish()
            return
        self._later(max(0.001, next_s - self._loop.time()), self._drip)

    def _due_bytes(self, end: int) -> tuple[int, float]:
        """(bytes that should be out by now, loop time of the next look)."""
        how, since_s = self._delivery, self._loop.time() - self._began_s
        if how.gap_s:
            pieces = int(since_s / how.gap_s + 1e-6)
            return min(end, pieces * max(1, how.piece_bytes)), self._began_s + (pieces + 1) * how.gap_s
        rate = how.bytes_per_s or 1.0
        due = min(end, int(since_s * rate + 1e-6))
        return due, self._began_s + max((max(due, self._sent) + 1) / rate, min(since_s + DRIP_TICK_S, end / rate))

    def _finish(self) -> None:
        if self._delivery.fate == "cut":
            self._began_s = self._loop.time()
            self._drop_when_taken()
        else:
            self._done()

    def _drop_when_taken(self) -> None:
        """A reset throws away what the peer has not taken, so that comes first."""
        waiting = self._transport.get_write_buffer_size() + self._raw.get_write_buffer_size() + unacknowledged_bytes(self._transport)
        if waiting and self._loop.time() - self._began_s < FLUSH_LIMIT_S:
            self._later(FLUSH_TICK_S, self._drop_when_taken)
        else:
            self._drop()

    def _drop(self) -> None:
        if self._delivery.close == "fin":
            self._transport.close()
        else:
            reset(self._transport)
