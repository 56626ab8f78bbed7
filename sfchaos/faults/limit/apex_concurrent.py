"""Too much Apex runs at once."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import refusal_reply


@fault("limit.apex_concurrent", when="B", nature="quota", kinds=("idem", "nonidem"), window_s=60, weight=22)
@dataclass(frozen=True)
class ApexConcurrentLimit:
    """403 `REQUEST_LIMIT_EXCEEDED`, "ConcurrentPerOrgLongTxn Limit exceeded."; nothing is done.

    Triggers and flows that run for more than 5 s hold all places there are, so every write that would start Apex is refused.
    Source: wire reference 4.3 (U: mautic#5006).
    Right: short backoff with jitter, fewer workers.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return refusal_reply(request, Refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."), status=403)
