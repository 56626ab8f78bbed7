"""The org does the work; the caller never hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault


@fault("net.response_lost", when="A", nature="ambiguous", kinds=("idem", "nonidem", "transition", "session"), weight=10)
@dataclass(frozen=True)
class ResponseLost:
    """The request is processed, then the connection is reset before a byte of the reply.

    Salesforce commits before it answers, so the caller cannot tell this from a request that never arrived. A create that
    is blindly sent again makes a twin.
    Source: wire reference 14, "lost response".
    Right: repeat only what is idempotent (upsert by external id); look before repeating a create.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="reset")
