"""The connection stays open and no reply comes."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import NO_REPLY

_HOLD = "how long the line stays silent before it drops"


@fault("net.read_timeout.pre", when="B", aliases=("net.read_timeout",), weight=12)
@dataclass(frozen=True)
class ReadTimeoutBefore:
    """Silence: the request was swallowed on the way and nothing was done.

    A client without a read time-out hangs until the line drops.
    Source: wire reference 7 (the platform's own time-out is 10 minutes; middleboxes wait longer).
    Right: a bounded read time-out, then as after any unknown fate.
    """

    hold: float = duration("1h", _HOLD)

    def around(self, request: Request, forward: Handler) -> Response:
        return Response(NO_REPLY, work_s=0.0, delivery=Delivery(fate="never", hold_s=self.hold))


@fault("net.read_timeout.post", when="A", nature="ambiguous", kinds=("idem", "nonidem", "transition", "session"), weight=13)
@dataclass(frozen=True)
class ReadTimeoutAfter:
    """Silence: the org did the work, but the reply never arrives.

    The caller's own time-out ends it, and then it cannot know whether the work was done.
    Source: wire reference 14, "lost response"; wire reference 7 (10 minutes).
    Right: repeat only what is idempotent; look before repeating a create.
    """

    hold: float = duration("1h", _HOLD)

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="never", hold_s=self.hold)
