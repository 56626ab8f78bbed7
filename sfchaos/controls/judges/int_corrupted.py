"""SFC-INT-03: what arrived is what was sent, field by field."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.integrity import basis, is_silent, note, write_faults
from sfchaos.controls.judging import judges
from sfchaos.controls.reconcile import reconcile
from sfchaos.core.judgement import Judgement


@judges("SFC-INT-03")
def none_corrupted(case: Case) -> Judgement:
    """Stimulus: a fault that fired in a run that writes or reads rows. Needs values to compare with: a source, a sink or a clean twin."""
    found = reconcile(case.history)
    basis(case, found)
    case.stimuli = write_faults(case.history)
    if is_silent(case, found):
        return case.conclude("", absent="no fault fired on a transfer")
    case.measured["corrupted"] = len(found.of("corrupt"))
    for difference in found.of("corrupt"):
        note(case, "row-corrupted", difference)
    unsure = ("no-expected-values", "neither a declared source or sink nor a clean run gives values to compare with") if found.basis == "journal" else None
    return case.conclude(f"{times(found.checked, 'row')} compared field by field", absent="no fault fired on a transfer", unsure=unsure)
