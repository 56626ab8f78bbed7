"""A line in memory: what a client writes is read as HTTP and answered by the handler, byte for byte as a socket would bring it.

Nothing is answered before the client reads: only then does the socket have the read time-out that the client means for the reply.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from sfchaos.core.clock import Clock
from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.core.origins import Origins
from sfchaos.doors.common import Waits, arrival_of, asking, connection_reset, waited
from sfchaos.doors.wire import Framed, Incoming, Malformed, RequestReader, frame, url_of

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Line:
    """How a client came here. `unconnected(delivery)` is the error that its library makes of a line it cannot have."""

    scheme: str
    authority: str
    connect_timeout_s: float | None
    verifies: bool
    tls: tuple[str, str]
    unconnected: Callable[[Delivery], Exception]
    connect_timed_out: Callable[[], Exception]


@dataclass(eq=False)
class MemoryLine:
    """One line: `send` what the client writes, `receive` what comes back. Waits are yielded, for a thread or a task to wait.

    `connects_left` is how often the client's library would try again to have a line, `pauses` its seconds before each try.
    """

    handler: Handler
    origins: Origins
    line: Line
    timeout_s: float | None = None
    connects_left: int = 0
    pauses: Iterator[float] = field(default_factory=lambda: repeat(0.0))
    is_over: bool = False
    _reader: RequestReader = field(default_factory=RequestReader)
    _asked: list[Incoming] = field(default_factory=list)
    _reply: Reply | None = None

    def send(self, data: bytes) -> None:
        """Raises BrokenPipeError when the line is over."""
        if self.is_over:
            raise BrokenPipeError(32, "Broken pipe")
        self._asked.extend(self._reader.feed(data))

    @property
    def has_something_to_say(self) -> bool:
        """A reply is being read, or one is owed, or a client waits for leave to send its body."""
        return not self.is_over and (bool(self._asked) or self._reader.wants_continue or (self._reply is not None and not self._reply.is_done))

    def receive(self, most: int) -> Waits[bytes]:
        """Some bytes of the reply; none at the end of the line. Raises TimeoutError, ConnectionResetError, or what the library makes of no line."""
        if self.is_over or not most:
            return b""
        if self._reply is None or self._reply.is_done:
            if not self._asked and self._reader.wants_continue:
                return CONTINUE
            self._reply = yield from self._answered()
        piece = yield from self._reply.next_piece(most, self.timeout_s)
        if self._reply.is_done and (self._reply.ends_line or not piece):
            self.is_over = True
        return piece

    def _answered(self) -> Waits[Reply]:
        if not self._asked:  # the client waits for a reply to nothing: it would wait for ever
            yield self.timeout_s or 0.0
            raise TimeoutError("timed out")
        incoming = self._asked.pop(0)
        while True:
            response = yield from self._ask(incoming)
            arrival = arrival_of(response, self.timeout_s, self.line.connect_timeout_s)
            if arrival.after_s > 0:
                yield arrival.after_s
            if arrival.kind not in ("unconnected", "connect_timeout") or self.connects_left <= 0:
                break
            self.connects_left -= 1
            yield next(self.pauses)
        if arrival.kind == "timeout":
            raise TimeoutError("timed out")
        if arrival.kind == "unconnected":
            raise self.line.unconnected(response.delivery)
        if arrival.kind == "connect_timeout":
            raise self.line.connect_timed_out()
        if arrival.kind == "reset":
            raise connection_reset()
        framed = frame(response, method=incoming.method, version=incoming.version, keep_alive=incoming.keep_alive)
        return Reply(framed, response.delivery, is_lost=arrival.kind == "fin")

    def _ask(self, incoming: Incoming) -> Waits[Response]:
        try:
            if incoming.fault is not None:
                raise incoming.fault
            url = url_of(incoming, scheme=self.line.scheme, own=self.line.authority)
        except Malformed as fault:
            return Response(fault.status, f"sfchaos: {fault.what}\n".encode(), (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")))
        request = Request(incoming.method, url, tuple(incoming.headers), incoming.body, origin=self.origins.alias(), timeout_s=self.timeout_s,
                          verifies=self.line.verifies, tls=self.line.tls)  # fmt: skip
        response = yield from asking(self.handler, request)
        return response.whole()


class MemorySocket:
    """As much of a socket as http.client and urllib3 use. `poll_fd` is never ready: an idle line has nothing to read."""

    def __init__(self, handler: Handler, clock: Clock, origins: Origins, line: Line, poll_fd: int, timeout_s: float | None = None) -> None:
        self._clock, self._poll_fd = clock, poll_fd
        self._line = MemoryLine(handler, origins, line, timeout_s)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._line.send(bytes(data))

    def send(self, data: Any, flags: int = 0) -> int:
        self.sendall(data, flags)
        return len(data)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Some bytes of the reply; 0 at the end of the line. Raises what `MemoryLine.receive` does."""
        view = memoryview(buffer)
        piece = waited(self._line.receive(len(view)), self._clock)
        view[: len(piece)] = piece
        return len(piece)

    # ------------------------------------------------------------------ what else is asked of a socket

    def makefile(self, mode: str = "r", buffering: int | None = None, **_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Inbound(self))

    def settimeout(self, value: float | None) -> None:
        self._line.timeout_s = value

    def gettimeout(self) -> float | None:
        return self._line.timeout_s

    def fileno(self) -> int:
        return self._poll_fd

    def setsockopt(self, *args: Any) -> None:
        """There is nothing to set."""

    def shutdown(self, how: int) -> None:
        self._line.is_over = True

    def close(self) -> None:
        """Replies that are being read stay readable, as from a socket whose file is still open."""


class _Inbound(io.RawIOBase):
    """The reading end, as `socket.makefile` gives it."""

    def __init__(self, sock: MemorySocket) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.recv_into(buffer)


class Reply:
    """The bytes of one reply as they come: at once, in pieces with gaps, up to a cut."""

    def __init__(self, framed: Framed, how: Delivery, *, is_lost: bool) -> None:
        self._how = how
        self._data = b"" if is_lost else framed.head + framed.body
        self._body_at = len(framed.head)
        self._end = self._body_at + framed.lead + max(0, how.cut_after) if how.fate == "cut" else len(self._data)
        self._end = min(self._end, len(self._data))
        self._at = 0
        self._is_cut = how.fate == "cut"
        self.ends_line = is_lost or framed.closes or self._is_cut

    @property
    def is_done(self) -> bool:
        return self._at >= self._end and not (self._is_cut and self._how.close == "reset")

    def next_piece(self, most: int, timeout_s: float | None) -> Waits[bytes]:
        """Up to `most` bytes, none at the end. Raises ConnectionResetError after a cut, TimeoutError when a gap is longer than `timeout_s`."""
        if self._at >= self._end:
            if self._is_cut and self._how.close == "reset":
                raise connection_reset()
            return b""
        in_head = self._at < self._body_at and bool(self._how.gap_s or self._how.bytes_per_s)  # else one segment, as from the server
        most = min(most, self._body_at - self._at) if in_head else (yield from self._travelled(min(most, self._end - self._at), timeout_s))
        piece = self._data[self._at : min(self._at + most, self._end)]
        self._at += len(piece)
        return piece

    def _travelled(self, most: int, timeout_s: float | None) -> Waits[int]:
        """Pass the time of the next bytes of the body; how many come."""
        how = self._how
        if how.gap_s:
            gap_s, most, waits_s = how.gap_s, min(most, max(1, how.piece_bytes)), how.gap_s
        elif how.bytes_per_s:
            gap_s, waits_s = 1.0 / how.bytes_per_s, most / how.bytes_per_s
        else:
            return most
        if timeout_s is not None and gap_s > timeout_s:
            yield timeout_s
            raise TimeoutError("timed out")
        yield waits_s
        return most


