"""One request is processed two times."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault


@fault("net.dup_request", when="D", nature="ambiguous", kinds=("idem", "nonidem", "transition", "session"), weight=21)
@dataclass(frozen=True)
class DupRequest:
    """The org processes the request twice; the caller gets the second reply.

    A proxy or the client's own stack sends a POST again, when the first connection died after it was written.
    Source: wire reference 17 (stacks that repeat by themselves); RFC 9110, 9.2.2.
    Right: writes that may come twice (upsert by external id).
    """

    def around(self, request: Request, forward: Handler) -> Response:
        forward(request)
        return forward(request)
