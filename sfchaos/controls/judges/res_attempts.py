"""SFC-RES-01: a refused operation is attempted a bounded number of times, and giving up is said aloud."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import RETRYABLE, is_surfaced, was_cut_short
from sfchaos.core.history import Operation
from sfchaos.core.judgement import Judgement
from sfchaos.core.units import duration_text


@judges("SFC-RES-01")
def bounded_attempts(case: Case) -> Judgement:
    """Stimulus: an operation that met only retryable failures until its client gave up, or went past the limit."""
    most = int(case.limit("max_attempts"))
    met = [op for op in case.history.operations if any(a.refusal_class in RETRYABLE for a in op.attempts)]
    cut = was_cut_short(case.history)
    for operation in met:
        tries = len(operation.attempts)
        case.checked += 1
        case.measured[f"operations_with_{tries}_attempts"] = int(case.measured.get(f"operations_with_{tries}_attempts", 0)) + 1
        case.measured["max_attempts_seen"] = max(tries, int(case.measured.get("max_attempts_seen", 0)))
        gave_up = operation.last.refusal_class in RETRYABLE and not cut
        case.stimuli += gave_up or tries > most
        _judge_one(case, operation, most, gave_up)
    return case.conclude(
        f"{times(case.stimuli, 'operation')} met a failure that outlasted its attempts: at most {case.measured.get('max_attempts_seen', 0)} attempts, and it was said",
        absent="no operation met a retryable failure that outlasted its attempts",
    )


def _judge_one(case: Case, operation: Operation, most: int, gave_up: bool) -> None:
    tries, where = len(operation.attempts), operation.first.address or operation.first.op
    if tries > most:
        case.against("attempts-exceeded", f"{tries} attempts at {where}, at most {most} allowed", operation)
    spent_s, allowed_s = _retrying_s(operation), case.limit(_patience(operation))
    if spent_s > allowed_s:
        case.against("elapsed-exceeded", f"retried {where} for {duration_text(spent_s)}, at most {duration_text(allowed_s)} allowed", operation)
    if gave_up and not is_surfaced(case.history, operation):
        case.against("gave-up-silently", f"gave up on {where} after {times(tries, 'attempt')}, without an error, an exit code or a log line", operation)


def _patience(operation: Operation) -> str:
    """Jobs, and operations that must wait for a limit window, may take longer."""
    slow = operation.first.op.startswith("bulk") or any(a.refusal_class == "window" for a in operation.attempts)
    return "max_elapsed_batch" if slow else "max_elapsed"


def _retrying_s(operation: Operation) -> float:
    """Seconds from the first attempt to the last, without waits that a Retry-After asked for."""
    pairs = zip(operation.attempts, operation.attempts[1:], strict=False)
    return sum((later.at_ms - earlier.at_ms) / 1000 for earlier, later in pairs if earlier.retry_after is None)
