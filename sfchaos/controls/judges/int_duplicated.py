"""SFC-INT-02: nothing is there twice, and nothing that nobody asked for."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.integrity import basis, is_silent, note, write_faults
from sfchaos.controls.judging import judges
from sfchaos.controls.reconcile import reconcile
from sfchaos.core.judgement import Judgement


@judges("SFC-INT-02")
def none_duplicated(case: Case) -> Judgement:
    """Stimulus: a fault that fired in a run that writes or reads rows."""
    found = reconcile(case.history)
    basis(case, found)
    case.stimuli = write_faults(case.history)
    if is_silent(case, found):
        return case.conclude("", absent="no fault fired on a transfer")
    case.measured["duplicates"] = len(found.of("duplicate"))
    case.measured["unasked"] = len(found.of("extra"))
    for difference in found.of("duplicate"):
        note(case, "row-duplicated", difference)
    for difference in found.of("extra"):
        note(case, "row-unasked", difference)
    return case.conclude(f"{times(found.checked, 'row')} reconciled, none there twice", absent="no fault fired on a transfer")
