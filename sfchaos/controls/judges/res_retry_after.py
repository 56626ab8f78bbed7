"""SFC-RES-04: a Retry-After is obeyed, as seconds and as a date; a malformed one does no harm."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sfchaos.controls.case import Case
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import is_surfaced, was_cut_short
from sfchaos.core.clock import EPOCH, parse_instant_s
from sfchaos.core.history import Exchange, History, Operation
from sfchaos.core.judgement import Judgement
from sfchaos.core.units import duration_text

_CRASH = re.compile(r"\b(ValueError|TypeError|OverflowError|InvalidHeader|NaN)\b|invalid literal")
SPIN = 3  # attempts without a pause after a malformed value


@judges("SFC-RES-04")
def honours_retry_after(case: Case) -> Judgement:
    """Stimulus: a refusal that arrived with a Retry-After header."""
    owners = {attempt.n: operation for operation in case.history.operations for attempt in operation.attempts}
    for refusal in case.history.where(lambda e: e.retry_after is not None and e.arrived and e.status >= 400):
        case.stimuli += 1
        case.checked += 1
        asked_s, kind = wanted_wait_s(refusal.retry_after or "", refusal.delivered_ms, epoch_s_of(case.history))
        case.measured[kind] = int(case.measured.get(kind, 0)) + 1
        if asked_s is None:
            _malformed(case, refusal, owners[refusal.n])
        else:
            _timed(case, refusal, owners[refusal.n], asked_s)
    return case.conclude(f"all {case.stimuli} Retry-After headers were obeyed", absent="no refusal carried a Retry-After header")


def epoch_s_of(history: History) -> float:
    """Where the run's clock began, from its start line; virtual time starts at a fixed instant."""
    start = next((line for line in history.lines if line["kind"] == "start"), {})
    epoch = start.get("epoch", start.get("epoch_s", EPOCH))
    try:
        return parse_instant_s(epoch) if isinstance(epoch, str) else float(epoch)
    except ValueError:
        return parse_instant_s(EPOCH)


def wanted_wait_s(value: str, now_ms: int, epoch_s: float) -> tuple[float | None, str]:
    """Seconds to wait, and the sort of value: seconds, date, or malformed (None; a negative number is malformed too)."""
    from email.utils import parsedate_to_datetime  # slow to import, rarely needed

    text = value.strip()
    if re.fullmatch(r"\d+", text):
        return float(text), "seconds"
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None, "malformed"
    at_s = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.fromtimestamp(epoch_s, UTC).timestamp()
    return max(0.0, at_s - now_ms / 1000), "date"


def _timed(case: Case, refusal: Exchange, operation: Operation, asked_s: float) -> None:
    """The next call to the same host must not start early. Calls already in flight when the refusal came do not count."""
    following = next((e for e in case.history.exchanges if _follows(e, refusal)), None)
    if following is not None:
        waited_s = (following.at_ms - refusal.delivered_ms) / 1000
        if waited_s < asked_s - case.limit("ra_slack"):
            detail = f"{following.address or following.op} came {duration_text(waited_s)} after a Retry-After of {duration_text(asked_s)}"
            case.violation("retry-after-ignored", detail, at=following, story=(refusal.n, following.n))
    elif asked_s > case.limit("max_retry_after_wait") and not was_cut_short(case.history) and not is_surfaced(case.history, operation):
        case.against("gave-up-silently", f"gave up on {refusal.address} at a Retry-After of {duration_text(asked_s)} without saying so", operation)


def _follows(later: Exchange, refusal: Exchange) -> bool:
    if later.n == refusal.n or later.get("host") != refusal.get("host"):
        return False
    same_thread = later.get("origin", "main") == refusal.get("origin", "main")
    return later.at_ms > refusal.delivered_ms or (same_thread and later.n > refusal.n and later.at_ms >= refusal.delivered_ms)


def _malformed(case: Case, refusal: Exchange, operation: Operation) -> None:
    """A client may treat it as absent; it must not crash on it, nor repeat without a pause."""
    later = [e for e in operation.attempts if e.n > refusal.n]
    quick = [e for e, gap in zip(operation.attempts[1:], operation.gaps_ms, strict=True) if e.n > refusal.n and gap < case.limit("min_first_delay") * 1000]
    if len(quick) >= SPIN:
        case.against("malformed-retry-after-spins", f"{len(quick)} attempts without a pause after Retry-After: {refusal.retry_after!r}", operation)
    ending = case.history.ending
    if not later and ending.how == "exception" and _CRASH.search(ending.detail):
        case.against("malformed-retry-after-crashes", f"Retry-After: {refusal.retry_after!r} ended the run: {ending.detail}", operation)
