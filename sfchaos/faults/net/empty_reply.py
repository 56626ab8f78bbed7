"""The connection is closed cleanly, with no reply at all."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import nothing


@fault("net.empty_reply.pre", when="B", aliases=("net.empty_reply",), weight=4)
@dataclass(frozen=True)
class EmptyReplyBefore:
    """The connection closes cleanly without a byte, and nothing was done.

    Source: wire reference 4.4 ("Remote end closed connection without response" of customers).
    Right: as after any unknown fate: repeat what is idempotent.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return nothing(fate_close="fin")


@fault("net.empty_reply.post", when="A", nature="ambiguous", kinds=("idem", "nonidem", "transition", "session"), weight=11)
@dataclass(frozen=True)
class EmptyReplyAfter:
    """The work is done, then the connection closes cleanly without a byte of the reply.

    Source: wire reference 14, "lost response"; 4.4.
    Right: repeat only what is idempotent; look before repeating a create.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="fin")
