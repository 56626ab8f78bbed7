"""SFC-AUTH-01: an expired access token costs one refresh and one repeat, and loses nothing."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import was_cut_short
from sfchaos.core.history import Exchange, Operation
from sfchaos.core.judgement import Judgement

_NOT_A_LOGIN = frozenset({"auth.revoke", "auth.introspect"})


def is_login(exchange: Exchange) -> bool:
    return exchange.kind == "session" and exchange.op not in _NOT_A_LOGIN


def is_rejection(exchange: Exchange) -> bool:
    """The org no longer takes the token of a data call: 401 or INVALID_SESSION_ID, seen by the caller."""
    return exchange.kind != "session" and bool(exchange.bearer) and exchange.refusal_class == "reauth"


@judges("SFC-AUTH-01")
def expired_token_recovers_once(case: Case) -> Judgement:
    """Stimulus: a token that the org rejected. Each rejected token is one expiry, however many calls ran into it."""
    expiries: dict[str, list[Operation]] = {}
    for operation in case.history.operations:
        for attempt in operation.attempts:
            if is_rejection(attempt) and operation not in expiries.setdefault(attempt.bearer, []):
                expiries[attempt.bearer].append(operation)
    for bearer, operations in expiries.items():
        case.stimuli += 1
        case.checked += len(operations)
        _judge_expiry(case, bearer, operations)
    return case.conclude(f"{times(case.stimuli, 'expired token')} recovered with one login each", absent="no token was rejected")


def _judge_expiry(case: Case, bearer: str, operations: list[Operation]) -> None:
    first = next(e for e in case.history.exchanges if is_rejection(e) and e.bearer == bearer)
    until = _recovered_at(case, first, operations)
    logins = [e for e in case.history.exchanges if is_login(e) and first.n < e.n < until]
    granted = [e for e in logins if e.succeeded]
    if len(granted) > 1:
        case.violation("refreshed-more-than-once", f"{len(granted)} logins for one expired token ({bearer})", at=granted[1], story=(first.n, *(e.n for e in granted)))
    login_impossible = bool(logins) and not granted  # what the client then does is judged by SFC-AUTH-06 and SFC-RES-01
    for operation in operations:
        rejected = [a for a in operation.attempts if is_rejection(a)]
        if len({a.bearer for a in rejected}) > 2:
            case.against("still-rejected", f"{operation.first.address} was repeated {len(rejected) - 1}x and the token rejected each time", operation)
        elif is_rejection(operation.last) and not login_impossible and not was_cut_short(case.history):
            case.against("operation-lost", f"{operation.first.address} was given up when its token had expired", operation)


def _recovered_at(case: Case, first: Exchange, operations: list[Operation]) -> int:
    """Journal line by which this expiry was over: its operations went on, or another token was rejected, or the run ended."""
    end = case.history.exchanges[-1].n + 1
    over = end if any(is_rejection(op.last) for op in operations) else max(op.last.n for op in operations)
    other = next((e.n for e in case.history.exchanges if is_rejection(e) and e.bearer != first.bearer and e.n > first.n), end)
    return min(over, other)
