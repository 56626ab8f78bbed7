"""What doors in process share: how a reply arrives at the client's end of the line, and the body it reads from."""

from __future__ import annotations

import http.client
import io
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal, TypeVar

from sfchaos.core.clock import Clock
from sfchaos.core.coding import coded
from sfchaos.core.errors import HarnessError, ProcessKilled
from sfchaos.core.messages import HOLD_LOOK_S, WHOLE, Delivery, Handler, Headers, Hold, Request, Response

T = TypeVar("T")
Waits = Generator[float, Any, T]  # work that says how many seconds it waits each time: a thread waits them, or a task
TIMED_OUT = Response(0, work_s=0.0, delivery=Delivery(fate="never"))  # the client's patience ended while its request was held
RESET_ERRNO = 104  # ECONNRESET on Linux, the number a client's log shows


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the client sees after `after_s` seconds of silence: a reply's first byte, its own time-out, a dropped line, or no line at all."""

    kind: Literal["reply", "timeout", "reset", "fin", "unconnected", "connect_timeout"]
    after_s: float


def arrival_of(response: Response, read_timeout_s: float | None, connect_timeout_s: float | None = None) -> Arrival:
    """How `response` arrives at a client that waits `read_timeout_s` for a byte and `connect_timeout_s` for a line (None: for ever)."""
    if response is TIMED_OUT:
        return Arrival("timeout", 0.0)
    how = response.delivery
    if how.fate == "unconnected":
        silence_s = how.delay_s + (how.hold_s if how.connect == "unanswered" else 0.0)
        if connect_timeout_s is not None and silence_s > connect_timeout_s:
            return Arrival("connect_timeout", connect_timeout_s)
        return Arrival("unconnected", silence_s)
    silence_s = response.work_s + how.delay_s + (how.hold_s if how.fate == "never" else 0.0)
    if read_timeout_s is not None and silence_s > read_timeout_s:
        return Arrival("timeout", read_timeout_s)
    if how.fate in ("lost", "never"):
        return Arrival(how.close, silence_s)
    return Arrival("reply", silence_s)


def ask(handler: Handler, request: Request, clock: Clock) -> Response:
    """The handler's answer, its waits waited by this thread."""
    return waited(asking(handler, request), clock)


def asking(handler: Handler, request: Request) -> Waits[Response]:
    """The handler's answer; of one that it holds the reply, once it is there. An OSError or HTTPException out of a handler is a bug of
    ours: clients would take it for the network's."""
    try:
        response = handler(request)
        if response.hold is not None:
            response = yield from _held(response.hold, request.timeout_s)
        if response.delivery.befalls:
            yield from _befall(response.delivery)
        return response if response is TIMED_OUT else coded(request, response)
    except (OSError, http.client.HTTPException) as error:
        raise HarnessError(f"the handler of {request.method} {request.path} raised {error!r}") from error


def waited(work: Waits[T], clock: Clock) -> T:
    """Do `work`; what it waits, this thread waits."""
    while True:
        try:
            seconds = next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # what the generator returns
        clock.wait(seconds)


def _befall(how: Delivery) -> Waits[None]:
    """What happens to this very process: it dies (ProcessKilled), or stands still while time goes on."""
    if how.befalls == "killed":
        raise ProcessKilled("the client was killed by a fault, to be started again")
    if how.befalls == "frozen":
        yield how.freeze_s


def _held(hold: Hold, timeout_s: float | None) -> Waits[Response]:
    """The reply of a held request; TIMED_OUT when the client's read time-out comes first."""
    left_s = timeout_s
    try:
        while (reply := hold.resume()) is None:
            if left_s is not None and left_s <= 0:
                hold.dropped()
                return TIMED_OUT
            step_s = HOLD_LOOK_S if left_s is None else min(HOLD_LOOK_S, left_s)
            yield step_s
            left_s = None if left_s is None else left_s - step_s
    except GeneratorExit:  # the client's task was cancelled
        hold.dropped()
        raise
    return reply


def connection_reset() -> ConnectionResetError:
    return ConnectionResetError(RESET_ERRNO, "Connection reset by peer")


def closed_without_reply() -> http.client.RemoteDisconnected:
    return http.client.RemoteDisconnected("Remote end closed connection without response")


def has_body(method: str, status: int) -> bool:
    """Whether a reply carries a body at all (RFC 9110, 6.4.1)."""
    return method != "HEAD" and status >= 200 and status not in (204, 304)


def framed_headers(response: Response, method: str) -> Headers:
    """The reply's headers with a Content-Length, unless it brings its own framing or may have none."""
    if response.delivery.chunks and has_body(method, response.status):
        return rechunked(response.headers)
    names = {name.lower() for name, _ in response.headers}
    if response.stream is not None and response.delivery == WHOLE and has_body(method, response.status):
        return (*response.headers, ("Transfer-Encoding", "chunked"))
    if "content-length" in names or "transfer-encoding" in names or response.status < 200 or response.status in (204, 304):
        return response.headers
    return (*response.headers, ("Content-Length", str(len(response.whole().body))))


def rechunked(headers: Headers) -> Headers:
    """The headers of the same reply sent in chunks."""
    return (*(pair for pair in headers if pair[0].lower() not in ("content-length", "transfer-encoding")), ("Transfer-Encoding", "chunked"))


def joined(parts: Iterable[bytes | str]) -> bytes:
    """All of a body that a client sends in parts, held once: a list of them and their sum would be twice the size."""
    whole = io.BytesIO()
    for part in parts:
        whole.write(part.encode("utf-8") if isinstance(part, str) else part)
    return whole.getvalue()


class Body:
    """The body of one reply as `http.client.HTTPResponse` would give it: whole, cut, or a few bytes a second.

    Reading past the cut raises what a socket would: ConnectionResetError after a reset, IncompleteRead after a clean
    close of a body whose end was announced, or of chunks that break off. A byte that takes longer than `read_timeout_s` raises TimeoutError.
    """

    def __init__(self, response: Response, headers: Headers, method: str, clock: Clock, read_timeout_s: float | None) -> None:
        how = response.delivery
        self._data = response.body if has_body(method, response.status) else b""
        self._at = 0
        self._cut = how.cut_after if how.fate == "cut" and how.cut_after < len(self._data) else None
        if how.chunks and self._data:
            self._cut = len(self._data) if how.chunks == "unended" else min(how.cut_after, len(self._data))
            self._data += b"0"  # the end that never comes
        self._end = len(self._data) if self._cut is None else self._cut
        self._close_kind = how.close
        self._bytes_per_s = how.bytes_per_s
        self._piece_bytes, self._gap_s = max(1, how.piece_bytes), how.gap_s
        self._clock = clock
        self._read_timeout_s = read_timeout_s
        self._chunked = self._cut is not None and any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)
        self._headers = headers
        self._msg: Message | None = None
        self._done = not self._data
        self.closed = False
        self.status, self.version = response.status, 11

    @property
    def msg(self) -> Message:
        """The headers as cookie code reads them; made when asked for."""
        if self._msg is None:
            self._msg = http.client.HTTPMessage()
            for name, value in self._headers:
                self._msg[name] = value
        return self._msg

    def read(self, amount: int | None = None) -> bytes:
        """Up to `amount` bytes (None or negative: all); b"" at the end."""
        if self.closed or self._done:
            return b""
        whole = amount is None or amount < 0
        wanted = len(self._data) - self._at if whole or amount is None else min(amount, len(self._data) - self._at)
        available = min(wanted, self._end - self._at)
        self._travel(available)
        piece = self._data[self._at : self._at + available]
        self._at += available
        if available < wanted:
            self._drop(piece, whole)
        self._done = self._at >= len(self._data) or (self._cut is not None and available < wanted)
        return piece

    def read1(self, amount: int | None = None) -> bytes:
        """What one recv would bring. After a cut the bytes before it come first, then the drop."""
        left = self._end - self._at
        if self._cut is not None and left and not self._done and not self.closed:
            return self.read(left if amount is None or amount < 0 else min(amount, left))
        return self.read(amount)

    def readinto(self, buffer: bytearray) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def readable(self) -> bool:
        return True

    def isclosed(self) -> bool:
        """Whether the whole body was read (or given up): then the connection goes back to its pool."""
        return self._done or self.closed

    def close(self) -> None:
        self.closed = True

    def flush(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def _travel(self, count: int) -> None:
        """Pass the time that the next `count` bytes take. Each wait for a byte is held against the read time-out by itself."""
        if not count or not (self._bytes_per_s or self._gap_s):
            return
        gap_s = self._gap_s or 1.0 / (self._bytes_per_s or 1.0)
        if self._read_timeout_s is not None and gap_s > self._read_timeout_s:
            self._clock.wait(self._read_timeout_s)
            raise TimeoutError("timed out")
        self._clock.wait(gap_s * (self._pieces_in(count) if self._gap_s else count))

    def _pieces_in(self, count: int) -> int:
        """How many pieces must come before `count` more bytes are there."""
        return -(-(self._at + count) // self._piece_bytes) - -(-self._at // self._piece_bytes)

    def _drop(self, piece: bytes, whole: bool) -> None:
        """The line is gone: raise as a socket would, or return and let a short read say it (clean close, announced length)."""
        if self._close_kind == "reset":
            self._done = True
            raise connection_reset()
        if whole or self._chunked:
            self._done = True
            raise http.client.IncompleteRead(piece, None if self._chunked else len(self._data) - self._at)
