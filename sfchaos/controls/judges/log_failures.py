"""SFC-LOG-03: what failed for good is logged at WARNING or above."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.log_completeness import NO_LOG_SOURCE
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import Written, is_warning, mentions, names_row, refused_for_good, was_cut_short
from sfchaos.core.history import History, LogRecord, Operation, RowLine
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
    ear = _Ear(case.history, case.limit("log_match_window"))
    for operation in failed:
        _operation(case, ear, operation)
    for written in rows:
        _row(case, ear, written)
    return case.conclude(f"{times(case.stimuli, 'failure')}, each with a log line at WARNING or above", absent="nothing failed for good")


class _Ear:
    """Log lines by time, and those at WARNING or above."""

    def __init__(self, history: History, window_s: float) -> None:
        self.records = sorted(history.logs, key=lambda record: record.at_ms)
        self.warnings = [record for record in history.logs if is_warning(record)]
        self.window_ms = window_s * 1000

    def about(self, records: Sequence[LogRecord], n: int, words: Sequence[str], rows: Sequence[RowLine]) -> LogRecord | None:
        """The first later record that names one of the words or rows."""
        return next((r for r in records if r.n > n and (any(names_row(r, row) for row in rows) or mentions(r, words))), None)

    def close_to(self, n: int, from_ms: int, until_ms: int) -> Sequence[LogRecord]:
        """Later records in time: from a moment to the matching window after another."""
        first = bisect_left(self.records, from_ms, key=lambda record: record.at_ms)
        last = bisect_right(self.records, until_ms + self.window_ms, key=lambda record: record.at_ms)
        return [record for record in self.records[first:last] if record.n > n]


def _operation(case: Case, ear: _Ear, operation: Operation) -> None:
    first, last = operation.first, operation.last
    words = [w for w in (str(last.get("sobject")), last.op.rpartition(".")[2], *last.codes, str(last.status or "")) if w]
    near = ear.close_to(first.n, first.at_ms, last.delivered_ms)
    if any(is_warning(record) for record in near) or ear.about(ear.warnings, first.n, words, last.rows):
        return
    what = f"{last.address or last.op} failed ({', '.join(last.codes) or last.status or 'no reply'})"
    _note(case, what, next(iter(near), None) or ear.about(ear.records, first.n, words, last.rows), last.n, operation.lines)


def _row(case: Case, ear: _Ear, written: Written) -> None:
    words = [w for w in (written.row.sobject, written.row.code) if w]
    near = ear.close_to(written.n, written.at_ms, written.exchange.delivered_ms) if written.exchange is not None else []
    if any(is_warning(record) for record in near) or ear.about(ear.warnings, written.n, words, [written.row]):
        return
    what = f"{written.name} was refused with {written.row.code or 'no code'}"
    _note(case, what, next(iter(near), None) or ear.about(ear.records, written.n, words, [written.row]), written.n, (written.n,))


def _note(case: Case, what: str, quiet: LogRecord | None, line: int, story: tuple[int, ...]) -> None:
    if quiet is not None:
        case.violation("logged-below-warning", f"{what}, logged below WARNING only", line=line, story=(*story, quiet.n))
    else:
        case.violation("failure-not-logged", f"{what} and no log line says so", line=line, story=story)
