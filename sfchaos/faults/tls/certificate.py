"""The handshake shows a certificate that must be refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sfchaos.core.messages import Connect, Delivery, Handler, Request, Response
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import no_line, unconnected


@dataclass(frozen=True)
class _BadCertificate:
    """A client that verifies has no line; one that does not goes on, and its request is served."""

    kind: ClassVar[Connect]

    def applies(self, at: At) -> bool:
        return at.request.scheme == "https"

    def line(self) -> Delivery:
        return no_line(self.kind)

    def around(self, request: Request, forward: Handler) -> Response:
        return unconnected(self.line()) if request.verifies else forward(request).travelling(connect=self.kind)


@fault("tls.cert_expired", when="B", transient=False, weight=30)
@dataclass(frozen=True)
class CertificateExpired(_BadCertificate):
    """The server's certificate has expired.

    A box in the middle that nobody looks after, or somebody in the middle.
    Source: RFC 9110, 4.3.4 (verification); Salesforce Security Guide, "Transport Layer Security" (D).
    Right: refuse, send nothing, end loudly. Never switch verification off.
    """

    kind = "tls_expired"


@fault("tls.cert_host", when="B", transient=False, weight=30)
@dataclass(frozen=True)
class CertificateOfAnother(_BadCertificate):
    """The server's certificate is another host's.

    Source: RFC 9110, 4.3.4; RFC 9525.
    Right: refuse, send nothing, end loudly. Never switch verification off.
    """

    kind = "tls_host"


@fault("tls.cert_unknown_ca", when="B", transient=False, weight=30)
@dataclass(frozen=True)
class CertificateOfNobody(_BadCertificate):
    """The server's certificate is signed by an authority that nobody trusts.

    A company's box that opens TLS, or somebody in the middle.
    Source: RFC 5280, 6; Salesforce Security Guide, "Transport Layer Security" (D).
    Right: refuse, send nothing, end loudly; trust the company's authority by name where it is one.
    """

    kind = "tls_unknown_ca"
