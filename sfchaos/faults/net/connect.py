"""There is no line: the name is not found, nobody listens, or nobody answers."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import no_line, unconnected


@fault("net.dns_fail", when="B", window_s=30, weight=3)
@dataclass(frozen=True)
class NameNotFound:
    """The host's name is not found; there is no connection.

    A resolver fails for some seconds, or the name is gone for a moment while an instance is refreshed.
    Source: wire reference 17 (clients look the My Domain up themselves); Salesforce Help, "My Domain" (D).
    Right: repeat with backoff, a bounded number of times: nothing was done.
    """

    def line(self) -> Delivery:
        return no_line("dns")

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line())


@fault("net.refused", when="B", window_s=30, weight=2)
@dataclass(frozen=True)
class Refused:
    """The connection is refused at once: nobody listens.

    An edge restarts.
    Source: wire reference 4.4 (connection failures met by customers).
    Right: repeat with backoff, a bounded number of times: nothing was done.
    """

    def line(self) -> Delivery:
        return no_line("refused")

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line())


@fault("net.connect_timeout", when="B", window_s=120, weight=11)
@dataclass(frozen=True)
class ConnectTimeout:
    """Nobody answers the attempt to connect: it blocks until the client's own time-out, or for `hold`.

    A firewall drops packets, an IP allow-list has changed. Without a connect time-out the operating system waits, on Linux for
    about two minutes.
    Source: tcp(7), tcp_syn_retries (127 s by default); wire reference 4.4.
    Right: a connect time-out of some seconds, then backoff: nothing was done.
    """

    hold: float = duration("120s", "how long the operating system waits before it gives up by itself")

    def line(self) -> Delivery:
        return no_line("unanswered", hold_s=self.hold)

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line())
