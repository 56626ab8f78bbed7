"""The server speaks other versions of TLS than the client."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.params import texts
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import no_line, unconnected


@fault("tls.version", when="B", transient=False, weight=31)
@dataclass(frozen=True)
class TlsVersion:
    """The server offers only the versions in `offer`; a client that speaks none of them has no line.

    Salesforce switched TLS 1.0 and 1.1 off and will switch off others. Only a client that is too old, or that still takes the old
    versions, meets this: with 1.3 offered, one that speaks 1.3 notices nothing.
    Source: Salesforce Help 000383240 (TLS 1.0), 000381664 (TLS 1.1) (D).
    Right: refuse the old ones with a clear error; speak 1.2 and 1.3.
    """

    offer: tuple[str, ...] = texts(("1.0", "1.1"), "versions that the server speaks", allowed=("1.0", "1.1", "1.2", "1.3"))

    def applies(self, at: At) -> bool:
        return at.request.scheme == "https" and (self._is_old or not self._is_common(at.request))

    def line(self) -> Delivery:
        return no_line("tls_old_version" if self._is_old else "tls_new_version")

    def around(self, request: Request, forward: Handler) -> Response:
        if not self._is_common(request):
            return unconnected(self.line())
        return forward(request).travelling(connect="tls_old_version")

    @property
    def _is_old(self) -> bool:
        return max(self.offer) < "1.2"

    def _is_common(self, request: Request) -> bool:
        oldest, newest = request.tls
        return any(oldest <= version <= newest for version in self.offer)
