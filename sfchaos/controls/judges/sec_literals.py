"""SFC-SEC-01: no credential literal in what is kept under version control. Kind C: judged from what was read."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judging import judges
from sfchaos.core.judgement import Judgement

_OTHER_RULES = ("tls", "sfdx", "permission", "record")  # findings of the examination that other objectives are about


@judges("SFC-SEC-01")
def no_credential_literals(case: Case) -> Judgement:
    """Stimulus: a file that was read. Files that had to be skipped leave a doubt."""
    examined = case.history.examined
    if examined is None:
        return case.unsure("not-examined", "no source or configuration was examined (source_paths)")
    case.stimuli = case.checked = examined.files
    case.measured |= {"files": examined.files, "skipped": len(examined.skipped)}
    for finding in examined.findings:
        if not finding.rule.startswith(_OTHER_RULES):
            case.place("credential-literal", f"{finding.rule}: {finding.detail}", finding.file, finding.line)
    skipped = ("files-skipped", f"{times(len(examined.skipped), 'file')} could not be read: {', '.join(examined.skipped[:3])}") if examined.skipped else None
    return case.conclude(f"{times(examined.files, 'file')} examined, no credential in them", absent="no file was examined", unsure=skipped)
