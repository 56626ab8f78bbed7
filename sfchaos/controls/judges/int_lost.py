"""SFC-INT-01: nothing is lost. A row that could not be delivered is reported, or it counts as lost."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.integrity import basis, is_silent, note, write_faults
from sfchaos.controls.judging import judges
from sfchaos.controls.reconcile import reconcile
from sfchaos.core.judgement import Judgement


@judges("SFC-INT-01")
def none_lost(case: Case) -> Judgement:
    """Stimulus: a fault that fired in a run that writes or reads rows."""
    found = reconcile(case.history)
    basis(case, found)
    case.stimuli = write_faults(case.history)
    if is_silent(case, found):
        return case.conclude("", absent="no fault fired on a transfer")
    reported = found.of("reported")
    case.measured |= {"lost": len(found.of("lost")), "reported": len(reported)}
    for difference in found.of("lost"):
        note(case, "row-lost", difference)
    unseen = case.history.ending.how == "unseen" and any(d.how == "ending" for d in reported)
    unsure = ("report-unseen", "rows are missing, and whether that was said could not be seen") if unseen else None
    return case.conclude(f"{times(found.checked, 'row')} reconciled, {len(reported)} of them missing and reported", absent="no fault fired on a transfer", unsure=unsure)
