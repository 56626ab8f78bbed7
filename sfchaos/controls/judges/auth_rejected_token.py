"""SFC-AUTH-03: a token that was rejected is not used again."""

from __future__ import annotations

from sfchaos.controls.case import Case
from sfchaos.controls.judges.auth_expired_token import is_rejection
from sfchaos.controls.judging import judges
from sfchaos.core.history import Exchange
from sfchaos.core.judgement import Judgement


@judges("SFC-AUTH-03")
def no_reuse_of_rejected_token(case: Case) -> Judgement:
    """Stimulus: a token that the org rejected and whose rejection arrived. Calls already in flight then are no exceptions."""
    grace_ms = case.limit("inflight_grace") * 1000
    told: dict[str, Exchange] = {}
    for exchange in case.history.exchanges:
        rejection = told.get(exchange.bearer) if exchange.bearer and exchange.op != "auth.revoke" else None
        if rejection is not None:
            case.checked += 1
            if _is_after(exchange, rejection, grace_ms):
                detail = f"{exchange.address or exchange.op} carries {exchange.bearer}, which was rejected {exchange.at_ms - rejection.delivered_ms} ms before"
                case.violation("rejected-token-reused", detail, at=exchange, story=(rejection.n, exchange.n))
        if is_rejection(exchange) and exchange.bearer not in told:
            told[exchange.bearer] = exchange
            case.stimuli += 1
    return case.conclude(f"{case.stimuli} rejected tokens were not used again", absent="no token was rejected")


def _is_after(exchange: Exchange, rejection: Exchange, grace_ms: float) -> bool:
    """Started after the caller knew. At the same millisecond only the thread that was told counts: others were in flight."""
    told_ms = rejection.delivered_ms + grace_ms
    same_thread = exchange.get("origin", "main") == rejection.get("origin", "main")
    return exchange.at_ms > told_ms or (same_thread and exchange.at_ms >= told_ms)
