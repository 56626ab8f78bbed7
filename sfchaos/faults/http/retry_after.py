"""503 with a hint when to come back."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.params import header_value
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import unavailable


@fault("http.503_retry_after", when="B", weight=3)
@dataclass(frozen=True)
class UnavailableUntil:
    """503 `SERVER_UNAVAILABLE` with a Retry-After header; nothing is done.

    Salesforce does not document the header, but gateways in front of it send it, and not always well formed: seconds,
    an HTTP date, zero, a date in the past, plain words.
    Source: wire reference 4.2 (Retry-After is a switchable fault only).
    Right: wait at least that long, up to a cap; survive nonsense by the usual backoff.
    """

    retry_after: str | None = header_value("30", "value of the header; null sends none")

    def around(self, request: Request, forward: Handler) -> Response:
        return unavailable(request, () if self.retry_after is None else (("Retry-After", self.retry_after),))
