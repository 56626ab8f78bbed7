"""The line comes and goes."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import no_line, unconnected


@fault("net.flap", when="B", window_s=60, weight=14)
@dataclass(frozen=True)
class Flap:
    """Connections are refused for one period, possible for the next, and so on.

    Give it a window (`"for": "default"` is 60 s): it begins down at its first hit.
    Source: practice of network operation (link flap); wire reference 4.4.
    Right: backoff with jitter; tries at a fixed gap may meet every down phase.
    """

    period: float = duration("1s", "how long the line is down, and up, each time")

    def applies(self, at: At) -> bool:
        return self.period <= 0 or int(at.since_s / self.period) % 2 == 0

    def line(self) -> Delivery:
        return no_line("refused")

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line())
