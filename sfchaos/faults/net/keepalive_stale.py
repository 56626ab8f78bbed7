"""A pooled connection has died while it was idle."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import nothing


@fault("net.keepalive_stale", when="B", weight=6)
@dataclass(frozen=True)
class KeepAliveStale:
    """A connection that was idle for `idle` is dead at its next use: reset before the org has seen the request.

    Firewalls and balancers cut idle connections without a word, often after 30 to 60 s.
    Source: AWS, "Network Load Balancers: connection idle timeout" (D); wire reference 4.4.
    Right: connect anew and repeat what is idempotent; look before repeating a create.
    """

    idle: float = duration("60s", "how long the client's thread was quiet")

    def applies(self, at: At) -> bool:
        return at.idle_s is not None and at.idle_s >= self.idle

    def around(self, request: Request, forward: Handler) -> Response:
        return nothing()
