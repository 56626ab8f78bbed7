"""The SOAP doors, each with the namespaces that its WSDL declares. Source: wire reference 2.7, the WSDLs (D)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """`calls` is the namespace of requests and replies, `rows` that of sObjects, `faults` that of a fault's detail.

    `surface` is what a route names it by; `letter` stands in the path (`/services/Soap/u/62.0`). `tells_limits`: replies carry
    LimitInfoHeader. `details`: a fault has a detail element.
    """

    surface: str
    letter: str
    calls: str
    rows: str
    faults: str
    tells_limits: bool = False
    details: bool = True


_METADATA, _APEX = "http://soap.sforce.com/2006/04/metadata", "http://soap.sforce.com/2006/08/apex"
PARTNER = Dialect("soap", "u", "urn:partner.soap.sforce.com", "urn:sobject.partner.soap.sforce.com", "urn:fault.partner.soap.sforce.com", tells_limits=True)
ENTERPRISE = Dialect("soap-c", "c", "urn:enterprise.soap.sforce.com", "urn:sobject.enterprise.soap.sforce.com", "urn:fault.enterprise.soap.sforce.com", tells_limits=True)
METADATA = Dialect("soap-m", "m", _METADATA, _METADATA, _METADATA, details=False)
APEX = Dialect("soap-s", "s", _APEX, _APEX, _APEX, details=False)
TOOLING = Dialect("soap-t", "T", "urn:tooling.soap.sforce.com", "urn:sobject.tooling.soap.sforce.com", "urn:fault.tooling.soap.sforce.com")

_BY_LETTER = {d.letter.lower(): d for d in (PARTNER, ENTERPRISE, METADATA, APEX, TOOLING)}
_BY_SURFACE = {d.surface: d for d in _BY_LETTER.values()}
_ROOT = "/services/soap/"


def is_soap(surface: str) -> bool:
    return surface in _BY_SURFACE


def of_surface(surface: str) -> Dialect:
    return _BY_SURFACE[surface]


def of_path(path: str) -> Dialect:
    """By the letter of a path; partner for a path that has none of them (a custom class answers with faults of its own, a guess)."""
    lowered = path.lower()
    return _BY_LETTER.get(lowered.removeprefix(_ROOT).partition("/")[0], PARTNER) if lowered.startswith(_ROOT) else PARTNER
