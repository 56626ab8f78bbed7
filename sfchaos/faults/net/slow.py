"""The reply is right, but it takes its time."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Response
from sfchaos.faults.params import count, duration
from sfchaos.faults.registry import fault


@fault("net.slow_headers", when="A", nature="ambiguous", weight=15)
@dataclass(frozen=True)
class SlowHeaders:
    """The first byte comes after `delay`; the work is done at once.

    A gateway queues. A client whose read time-out is shorter gives up on work that was done.
    Source: wire reference 7 (requests may run for ten minutes).
    Right: a read time-out that fits the call; after it, as after a lost reply.
    """

    delay: float = duration("5s", "how late the first byte is")

    def shape(self, response: Response) -> Response:
        return response.travelling(delay_s=response.delivery.delay_s + self.delay)


@fault("net.slow_loris", when="A", nature="ambiguous", weight=17)
@dataclass(frozen=True)
class SlowLoris:
    """The body comes in pieces of `piece_bytes`, one every `gap`.

    Each wait is shorter than the read time-out, the whole may take hours.
    Source: WireMock, "Chunked dribble delay" (D); Toxiproxy, "slicer" (D).
    Right: a deadline for the whole reply, besides the read time-out.
    """

    gap: float = duration("5s", "seconds between two pieces")
    piece_bytes: int = count(1, "bytes in a piece", least=1)

    def shape(self, response: Response) -> Response:
        return response.whole().travelling(gap_s=self.gap, piece_bytes=self.piece_bytes)


@fault("net.bandwidth", when="A", nature="ambiguous", weight=16)
@dataclass(frozen=True)
class Bandwidth:
    """The body comes at `bytes_per_s`.

    Source: Toxiproxy, "bandwidth" (D).
    Right: finish, or give up at a deadline for the whole reply.
    """

    bytes_per_s: int = count(1024, "bytes a second", least=1)

    def shape(self, response: Response) -> Response:
        return response.whole().travelling(bytes_per_s=float(self.bytes_per_s))
