"""SFC-AUTH-10: no live secret stands in a URL, where proxies and access logs keep it."""

from __future__ import annotations

from sfchaos.controls.case import Case
from sfchaos.controls.judging import judges
from sfchaos.core.judgement import Judgement


@judges("SFC-AUTH-10")
def no_credential_in_url(case: Case) -> Judgement:
    """Stimulus: a request that carried a token or a credential. Secrets were recognised when the request was captured."""
    for exchange in case.history.exchanges:
        case.checked += 1
        labels = [str(label) for label in exchange.get("url_secrets", ())]
        case.stimuli += bool(exchange.bearer or exchange.credential or labels)
        if labels:
            case.violation("secret-in-url", f"{exchange.address or exchange.op} has {', '.join(labels)} in its URL", at=exchange)
    return case.conclude(f"{case.stimuli} authenticated requests, no secret in a URL", absent="no request carried a token or a credential")
