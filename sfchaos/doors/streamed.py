"""Replies that are made piece by piece: sent as fast as the client takes them, never whole in anybody's memory.

On a socket they travel chunked; in process a client reads from them as it would from a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

from sfchaos.core.clock import Clock
from sfchaos.core.messages import WHOLE, Headers, Response
from sfchaos.doors.common import Body, has_body

PIECES_A_TURN = 8  # written before the loop looks at other connections
LAST_CHUNK = b"0\r\n\r\n"
_CHUNKED = ("Transfer-Encoding", "chunked")


def is_streamed(response: Response, *, method: str, version: str = "1.1") -> bool:
    """Whether the reply can go out piece by piece; else `whole()` goes. HTTP/1.0 knows no chunks, and a cut, drip or loss counts bytes."""
    return response.stream is not None and has_body(method, response.status) and version != "1.0" and response.delivery == WHOLE


def chunked_head(response: Response) -> Response:
    """The head of a streamed reply, as a reply without a body."""
    kept = tuple(pair for pair in response.headers if pair[0].lower() not in ("content-length", "transfer-encoding"))
    return replace(response, headers=(*kept, _CHUNKED), stream=None)


class Pour:
    """A streamed body on its way into one transport. `done` is called when all is written, `failed` when the stream raises.

    `go` writes until the transport is full; the connection calls it again when there is room.
    """

    def __init__(self, transport: asyncio.Transport, pieces: Iterator[bytes], is_full: Callable[[], bool], done: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport, self._pieces, self._is_full = transport, pieces, is_full
        self._done, self._failed = done, failed
        self._turn: asyncio.Handle | None = None
        self._over = False

    def begin(self, head: bytes, pause_s: float) -> None:
        """Send `head` after `pause_s` seconds, then the body."""
        if pause_s > 0:
            self._turn = self._loop.call_later(pause_s, self.begin, head, 0.0)
            return
        self._transport.write(head)
        self.go()

    def go(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        for _ in range(PIECES_A_TURN):
            if self._over or self._is_full():
                return
            if not self._write_next():
                return
        self._turn = self._loop.call_soon(self.go)

    def stop(self) -> None:
        """The client is gone."""
        self._over = True
        if self._turn is not None:
            self._turn.cancel()

    def _write_next(self) -> bool:
        try:
            piece = next(self._pieces, None)
        except Exception as error:  # the head is out: all that is left is to drop the line
            self._over = True
            self._failed(error)
            return False
        if piece is None:
            self._over = True
            self._transport.write(LAST_CHUNK)
            self._done()
            return False
        if piece:
            self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        return True


class StreamBody(Body):
    """The body of a streamed reply in process: made while it is read."""

    def __init__(self, response: Response, headers: Headers, method: str, clock: Clock, read_timeout_s: float | None) -> None:
        super().__init__(replace(response, stream=None), headers, method, clock, read_timeout_s)
        assert response.stream is not None
        self._pieces = response.stream.pieces()
        self._piece, self._read_of_piece = b"", 0
        self._done = False

    def read(self, amount: int | None = None) -> bytes:
        """Up to `amount` bytes (None or negative: all); b"" at the end."""
        parts = list(self._taken(-1 if amount is None else amount))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read1(self, amount: int | None = None) -> bytes:
        return self.read(amount)

    def _taken(self, amount: int) -> Iterator[bytes]:
        while amount and not (self.closed or self._done):
            if self._read_of_piece >= len(self._piece):
                self._piece, self._read_of_piece = next(self._pieces, b""), 0
                self._done = not self._piece
            part = self._piece if amount < 0 and not self._read_of_piece else self._piece[self._read_of_piece :][: amount if amount > 0 else None]
            self._read_of_piece += len(part)
            amount -= len(part) if amount > 0 else 0
            yield part


def body_of(response: Response, headers: Headers, method: str, clock: Clock, read_timeout_s: float | None) -> Body:
    """What a client in process reads a reply from."""
    kind = StreamBody if is_streamed(response, method=method) else Body
    return kind(response if kind is StreamBody else response.whole(), headers, method, clock, read_timeout_s)
