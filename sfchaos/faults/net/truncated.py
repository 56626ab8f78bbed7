"""The reply breaks off, or its framing does, or it is noise."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core import chance
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.cutting import cut, cut_at
from sfchaos.faults.registry import fault


@fault("net.truncated", when="A", nature="ambiguous", weight=18)
@dataclass(frozen=True)
class Truncated:
    """Content-Length says N, the connection closes after fewer bytes; the work is done.

    The front of a CSV is a CSV: who does not look at the length takes the part for the whole.
    Source: wire reference 4.4 (IncompleteRead met by customers); Toxiproxy, "limit_data" (D).
    Right: a failed reply; repeat a read, treat a write as one of unknown fate.
    """

    cut: str = cut("half", "how many bytes of the body come")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        return reply.travelling(fate="cut", close="fin", cut_after=cut_at(self.cut, len(reply.body)))


@fault("net.chunk_broken", when="A", nature="ambiguous", weight=19)
@dataclass(frozen=True)
class ChunkBroken:
    """A chunked reply ends without its last chunk (the whole body comes), or, with `cut`, a chunk's size is no number.

    Source: wire reference 4.4 (InvalidChunkLength met by customers).
    Right: as a truncated reply.
    """

    cut: str = cut("last", "bytes of the body before a chunk size that is no number; last: the body comes whole, its end does not")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if self.cut == "last":
            return reply.travelling(chunks="unended", close="fin")
        return reply.travelling(chunks="bad_size", close="fin", cut_after=cut_at(self.cut, len(reply.body)))


@fault("net.garbage", when="A", nature="ambiguous", weight=20)
@dataclass(frozen=True)
class Garbage:
    """Status line and headers are right, then random bytes come and the connection closes.

    Source: WireMock, "RANDOM_DATA_THEN_CLOSE" (D).
    Right: as a truncated reply.
    """

    cut: str = cut("half", "how many bytes come in the place of the body")

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        length = max(len(reply.body), 2)
        noise = b"".join(chance.digest_of(n, "net.garbage", request.path) for n in range(length // 16 + 1))[:length]
        headers = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
        return Response(reply.status, noise, headers, reply.work_s).travelling(fate="cut", close="fin", cut_after=cut_at(self.cut, length))
