"""SFC-AUTH-06: a login that was refused for good is not hammered, and the refusal is said aloud."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.auth_expired_token import is_login
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import TERMINAL_AUTH, is_error
from sfchaos.core.history import Exchange
from sfchaos.core.judgement import Judgement

FURTHER = 1  # one more attempt is allowed


@judges("SFC-AUTH-06")
def terminal_errors_stop(case: Case) -> Judgement:
    """Stimulus: a login refused with a code that the same credential will meet again."""
    refusals = case.history.where(_is_terminal)
    by_credential: dict[tuple[str, str], list[Exchange]] = {}
    for refusal in refusals:
        by_credential.setdefault(_credential(refusal), []).append(refusal)
    for credential, told in by_credential.items():
        case.stimuli += 1
        _judge_credential(case, credential, told[0])
    if refusals and not _was_said(case, refusals[0]):
        case.violation("refusal-not-logged", f"{_codes(refusals[0])} and no ERROR log line after it", at=refusals[0])
    return case.conclude(f"{times(case.stimuli, 'credential')} refused for good, none hammered", absent="no login was refused for good")


def _is_terminal(exchange: Exchange) -> bool:
    return is_login(exchange) and exchange.arrived and exchange.status >= 400 and bool(TERMINAL_AUTH & {*exchange.codes})


def _credential(exchange: Exchange) -> tuple[str, str]:
    """The secret presented, or the request itself where no label was noted."""
    return exchange.op, exchange.credential or exchange.digest


def _judge_credential(case: Case, credential: tuple[str, str], told: Exchange) -> None:
    until_ms = told.delivered_ms + case.limit("auth_cooldown") * 1000
    again = [e for e in case.history.exchanges if e.n > told.n and is_login(e) and _credential(e) == credential and e.at_ms <= until_ms]
    case.checked += 1 + len(again)
    case.measured["further_attempts"] = max(len(again), int(case.measured.get("further_attempts", 0)))
    if len(again) > FURTHER:
        detail = f"{_codes(told)}, then {len(again)} further attempts with the same credential inside {case.limit('auth_cooldown'):g} s"
        case.violation("credential-hammered", detail, at=again[FURTHER], story=(told.n, *(e.n for e in again)))


def _codes(exchange: Exchange) -> str:
    return f"{exchange.op} was refused with {', '.join(exchange.codes) or exchange.status}"


def _was_said(case: Case, refusal: Exchange) -> bool:
    """An ERROR log line, or the run's own end in failure (its message reaches whoever started it). Unheard logs count for nothing."""
    history = case.history
    if history.ending.loud:
        return True
    return not history.log_sources or any(is_error(record) and record.n > refusal.n for record in history.logs)
