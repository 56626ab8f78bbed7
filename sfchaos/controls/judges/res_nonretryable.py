"""SFC-RES-05: what was refused for good is not sent again unchanged."""

from __future__ import annotations

from sfchaos.controls.case import Case
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import Written, is_never, written_rows
from sfchaos.core.history import Exchange, History, Operation
from sfchaos.core.judgement import Judgement

_EFFECTS = frozenset({"idem", "nonidem", "transition", "session"})


@judges("SFC-RES-05")
def no_retry_of_refusals(case: Case) -> Judgement:
    """Stimulus: a refusal of the class "never unchanged" (control catalogue 6.2), of a request or of a row in it."""
    for operation in case.history.operations:
        _requests(case, operation)
    _rows(case)
    return case.conclude(f"{case.stimuli} permanent refusals, none repeated unchanged", absent="nothing was refused for good")


def _requests(case: Case, operation: Operation) -> None:
    for refusal, repeat in zip(operation.attempts, [*operation.attempts[1:], None], strict=True):
        if refusal.refusal_class != "never":
            continue
        case.stimuli += 1
        case.checked += 1
        if repeat is not None and not _something_changed(case.history, refusal, repeat):
            codes = ", ".join(refusal.codes) or str(refusal.status)
            case.against("repeated-unchanged", f"{repeat.address} repeats a request that was refused with {codes}", operation, repeat)


def _something_changed(history: History, refusal: Exchange, repeat: Exchange) -> bool:
    """Another token or credential; for a read also a write that succeeded in between (a lookup before and after a create)."""
    if (refusal.bearer, refusal.credential) != (repeat.bearer, repeat.credential):
        return True
    return repeat.kind == "read" and any(e.succeeded and e.kind in _EFFECTS for e in history.exchanges if refusal.n < e.n < repeat.n)


def _rows(case: Case) -> None:
    """Rows refused inside requests of many rows or jobs, and sent again with the same values."""
    refused: dict[tuple[object, ...], Written] = {}
    for written in written_rows(case.history):
        if written.exchange is not None and len(written.exchange.rows) < 2:
            continue
        same = (written.row.verb, *written.identity, tuple(sorted(written.row.fields.items())))
        before = refused.get(same)
        if before is not None and before.n != written.n and _arrived(before):
            case.violation("row-repeated-unchanged", f"{written.name} is sent again as it was refused with {before.row.code}", at=written.exchange, line=written.n,
                           story=(before.n, written.n))  # fmt: skip
        if not written.row.ok and is_never(written.row.code):
            case.stimuli += before is None
            case.checked += 1
            refused[same] = written


def _arrived(written: Written) -> bool:
    """Whether the client could know of the refusal; of a job's rows it can always ask."""
    return written.exchange is None or written.exchange.arrived
