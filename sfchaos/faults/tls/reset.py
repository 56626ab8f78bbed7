"""The line drops in the handshake."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import no_line, unconnected


@fault("tls.reset", when="B", weight=5)
@dataclass(frozen=True)
class TlsReset:
    """The connection is reset in the TLS handshake; no request is sent.

    Source: wire reference 4.4 (resets met by customers).
    Right: repeat with backoff: nothing was done.
    """

    def applies(self, at: At) -> bool:
        return at.request.scheme == "https"

    def line(self) -> Delivery:
        return no_line("tls_reset")

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line())
