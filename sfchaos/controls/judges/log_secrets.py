"""SFC-LOG-04: no secret of this run stands in any output. Secrets are this run's own canaries, so a hit is exact."""

from __future__ import annotations

from sfchaos.controls.case import Case
from sfchaos.controls.judges.log_completeness import NO_LOG_SOURCE
from sfchaos.controls.judging import judges
from sfchaos.core.judgement import Judgement


@judges("SFC-LOG-04")
def no_secret_in_logs(case: Case) -> Judgement:
    """Stimulus: a secret that was in use. Hits were found at capture, before redaction; they can be counted again, not searched again."""
    case.stimuli = len({label for e in case.history.exchanges for label in (e.bearer, e.credential, str(e.get("issued")), str(e.get("refresh"))) if label})
    for record in case.history.logs:
        case.checked += 1
        for hit in record.hits:
            detail = f"{hit.get('what', 'secret')} {hit.get('secret', '')} ({hit.get('form', 'plain')}) in {record.source or 'a log'}"
            case.violation("secret-in-log", detail, line=record.n)
    if not case.exceptions_total and not case.history.log_sources:
        return case.unsure(*NO_LOG_SOURCE)
    case.measured["log_lines"] = case.checked
    return case.conclude(f"{case.stimuli} secrets in use, none in {case.checked} lines of output", absent="no secret was in use")
