"""SFC-LOG-03: what failed for good is logged at WARNING or above."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.log_completeness import NO_LOG_SOURCE
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import Written, is_warning, mentions, names_row, refused_for_good, was_cut_short
from sfchaos.core.history import LogRecord, Operation
from sfchaos.core.judgement import Judgement


@judges("SFC-LOG-03")
def failures_are_logged(case: Case) -> Judgement:
    """Stimulus: an operation that ended in failure, or a row that the org refused and that never got in.

    One line may speak for several failures (a summary), if it names what failed or stands close in time.
    """
    failed = [op for op in case.history.operations if not op.succeeded and not was_cut_short(case.history)]
    seen = {attempt.n for operation in failed for attempt in operation.attempts}
    rows = [w for w in refused_for_good(case.history) if w.n not in seen]
    case.stimuli = case.checked = len(failed) + len(rows)
    if not case.history.log_sources:
        return case.unsure(*NO_LOG_SOURCE)
    for operation in failed:
        _operation(case, operation)
    for written in rows:
        _row(case, written)
    return case.conclude(f"{times(case.stimuli, 'failure')}, each with a log line at WARNING or above", absent="nothing failed for good")


def _operation(case: Case, operation: Operation) -> None:
    last = operation.last
    window_ms = case.limit("log_match_window") * 1000
    words = (str(last.get("sobject")), last.op.rpartition(".")[2], *last.codes, *([str(last.status)] if last.status else []))
    later = [r for r in case.history.logs if r.at_ms >= operation.first.at_ms and r.n > operation.first.n]
    near = [r for r in later if r.at_ms <= last.delivered_ms + window_ms or mentions(r, words) or any(names_row(r, row) for row in last.rows)]
    if not any(is_warning(record) for record in near):
        what = f"{last.address or last.op} failed ({', '.join(last.codes) or last.status or 'no reply'})"
        _note(case, what, near, last.n, operation.lines)


def _row(case: Case, written: Written) -> None:
    words = (written.row.sobject, written.row.code)
    near = [r for r in case.history.logs if r.n > written.n and (names_row(r, written.row) or mentions(r, words))]
    if written.exchange is not None:
        until_ms = written.exchange.delivered_ms + case.limit("log_match_window") * 1000
        near += [r for r in case.history.logs if r.n > written.n and r.at_ms <= until_ms]
    if not any(is_warning(record) for record in near):
        _note(case, f"{written.name} was refused with {written.row.code or 'no code'}", near, written.n, (written.n,))


def _note(case: Case, what: str, near: list[LogRecord], line: int, story: tuple[int, ...]) -> None:
    if near:
        case.violation("logged-below-warning", f"{what}, logged below WARNING only", line=line, story=(*story, near[0].n))
    else:
        case.violation("failure-not-logged", f"{what} and no log line says so", line=line, story=story)
