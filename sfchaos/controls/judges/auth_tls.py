"""SFC-AUTH-08: certificates and TLS versions that must be refused are refused."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.core.history import Exchange
from sfchaos.core.judgement import Judgement

_OFFERS = ("tls.cert_expired", "tls.cert_host", "tls.cert_unknown_ca", "tls.version")
_WORDS = {"expired": "an expired certificate", "host": "another host's certificate", "unknown_ca": "a certificate that nobody vouches for",
          "old_version": "TLS 1.0 or 1.1"}  # fmt: skip


@judges("SFC-AUTH-08")
def tls_is_verified(case: Case) -> Judgement:
    """Stimulus: a handshake that showed what must be refused. A request that came through it all the same is a violation."""
    for line in case.history.lines:
        case.stimuli += any(fault in _OFFERS for fault in line.get("faults", ()))
    for exchange in case.history.exchanges:
        case.checked += 1
        accepted = str(exchange.get("tls_accepted", ""))
        if accepted:
            detail = f"{exchange.address or exchange.op} was sent over {_WORDS.get(accepted, accepted)}{_carrying(exchange)}"
            case.violation("unverified-line-used", detail, at=exchange)
    return case.conclude(f"{times(case.stimuli, 'bad handshake')} refused before anything was sent", absent="no handshake showed a bad certificate or an old version")


def _carrying(exchange: Exchange) -> str:
    secrets = [str(label) for label in (exchange.bearer, exchange.credential) if label]
    return f", with {' and '.join(secrets)}" if secrets else ""
