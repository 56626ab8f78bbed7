"""503 as the API says it."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import unavailable


@fault("http.503", when="B", window_s=120, weight=2)
@dataclass(frozen=True)
class Unavailable:
    """503 `SERVER_UNAVAILABLE`, without Retry-After; nothing is done.

    Salesforce gives no hint when to come back.
    Source: wire reference 4.2 (503 down or overloaded, D) and 4.3 (text, U).
    Right: exponential backoff with jitter, a bounded number of tries, then a loud end.
    """

    def around(self, request: Request, forward: Handler) -> Response:
        return unavailable(request)
