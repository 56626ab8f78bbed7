"""SFC-INT-04: every row that the org refused is reported as refused, and no row that it took."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import Written, refused_for_good, written_rows
from sfchaos.controls.rejects import NOT_HELD_AGAINST, Reports
from sfchaos.core.history import SourceRow
from sfchaos.core.judgement import Judgement


@judges("SFC-INT-04")
def rejects_reported(case: Case) -> Judgement:
    """Stimulus: a row that the org refused and that never got in, or a row that the integration lists as a reject.

    A reject without a code is taken (the code is optional in a rejects file); a reject with another code is not.
    """
    reports = Reports(case.history)
    refused = refused_for_good(case.history)
    case.stimuli = case.checked = len(refused) + len(case.history.rejects)
    for written in refused:
        _refused(case, reports, written)
    by_key: dict[str, list[Written]] = {}
    for written in written_rows(case.history):
        by_key.setdefault(written.row.key, []).append(written)
    for reject in case.history.rejects:
        _rejected(case, reject, by_key.get(reject.key, []))
    case.measured |= {"refused": len(refused), "rejects": len(case.history.rejects), "rejects_without_code": sum(not r.code for r in case.history.rejects)}
    unseen = case.history.ending.how == "unseen" and any(reports.of(w) == "ending" for w in refused)
    unsure = ("report-unseen", "rows were refused, and whether that was said could not be seen") if unseen else None
    return case.conclude(f"{times(len(refused), 'refused row')}, each reported", absent="the org refused no row", unsure=unsure)


def _refused(case: Case, reports: Reports, written: Written) -> None:
    how, code = reports.of(written), written.row.code
    reject = reports.reject_for(written.row.key)
    if not how:
        case.violation("reject-not-reported", f"{written.name} was refused with {code or 'no code'} and reported nowhere", at=written.exchange, line=written.n)
    elif reject and reject.code and code and reject.status not in NOT_HELD_AGAINST and reject.code != code:
        case.violation("reject-with-wrong-code", f"{written.name} was refused with {code}, the rejects say {reject.code}", at=written.exchange, line=written.n)


def _rejected(case: Case, reject: SourceRow, known: list[Written]) -> None:
    """A row in the rejects that the org took is misreported, unless its fate was said to be unknown or unsent.

    Without a status the line only says "not delivered": then it is held against the client if it was told of the success.
    """
    if reject.status in NOT_HELD_AGAINST or not reject.key:
        return
    taken = [w for w in known if w.committed]
    if not reject.status:
        taken = [w for w in taken if w.exchange is None or w.exchange.arrived]
    undone = [w for w in known if not w.row.ok]
    if taken and not (undone and undone[-1].n > taken[-1].n):
        case.violation("accepted-row-in-rejects", f"key:{reject.key} stands in the rejects, but the org took it", at=taken[-1].exchange, line=taken[-1].n)
