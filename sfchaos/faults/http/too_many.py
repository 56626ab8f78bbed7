"""429, which the platform's own tables do not have."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.params import header_value
from sfchaos.faults.registry import fault

_BODY = b'{"errorCode":"INTERNAL_SERVER_ERROR","message":"Too many requests"}'  # shape and code L, text is a guess


@fault("http.429", when="B", weight=4)
@dataclass(frozen=True)
class TooManyRequests:
    """429 with a bare JSON object, not an array; nothing is done.

    Newer services and gateways send it, on every surface alike; the REST API itself says 403 REQUEST_LIMIT_EXCEEDED.
    Source: wire reference 4.1 (bare object with status 429, L jsforce) and 4.2 (an optional fault).
    Right: fewer requests, a wait with jitter, or as long as Retry-After says; no crash over the object.
    """

    retry_after: str | None = header_value(None, "value of Retry-After; null sends none")

    def around(self, request: Request, forward: Handler) -> Response:
        hint = () if self.retry_after is None else (("Retry-After", self.retry_after),)
        return Response(429, _BODY, (("Content-Type", "application/json"), *hint))
