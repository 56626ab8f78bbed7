"""The client's process dies at a point, and is started again."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import NO_REPLY


@fault("proc.kill_before", when="K", weight=60)
@dataclass(frozen=True)
class KilledBefore:
    """The client dies before the request is sent; then the job is started again.

    A deployment, a node that is drained, memory that ran out. Nothing survives but what the job has stored itself.
    Source: practice of operation (SIGKILL).
    Right: the next start goes on where the last one stood: nothing lost, nothing twice.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return Response(NO_REPLY, work_s=0.0, delivery=Delivery(fate="lost", befalls="killed"))


@fault("proc.kill_after", when="K", kinds=("idem", "nonidem", "transition", "session"), weight=61)
@dataclass(frozen=True)
class KilledAfter:
    """The org has done the work, and the client dies before it reads the reply; then the job is started again.

    Source: practice of operation (SIGKILL); wire reference 14, "lost response".
    Right: the next start finds out what was done (upsert by external id, a look before a create).
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", befalls="killed")
