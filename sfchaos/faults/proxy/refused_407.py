"""The proxy wants to know who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import no_line, unconnected


@fault("proxy.407", when="B", transient=False, weight=32)
@dataclass(frozen=True)
class ProxyWantsAuthentication:
    """The proxy answers CONNECT with 407 Proxy Authentication Required; there is no tunnel.

    A company's proxy has changed its policy.
    Source: RFC 9110, 15.5.8.
    Right: end loudly and name the proxy; no repeats, no way around it.
    """

    def applies(self, at: At) -> bool:
        return at.request.scheme == "https"

    def line(self) -> Delivery:
        return no_line("proxy_auth")

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line())
