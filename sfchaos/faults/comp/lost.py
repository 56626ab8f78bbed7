"""A request of many items is done; the caller never hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.comp.asked import WRITES, asked_of
from sfchaos.faults.registry import fault


@fault("comp.lost", when="A", nature="ambiguous", kinds=("idem", "nonidem"), ops=WRITES, weight=14)
@dataclass(frozen=True)
class CompositeLost:
    """All items of a composite request, a batch, a collection or a tree are done, then the connection is reset before a byte of the reply.

    It is net.response_lost times the number of items: a blind repeat makes a twin of each row that was created.
    Source: wire reference 3.11 (order and commit, D) and 14, "lost response".
    Right: write so that it may come twice (upserts by external id inside); look before repeating creates.
    """

    def applies(self, at: At) -> bool:
        return any(asked_of(at.op, at.request).items)

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="reset")
