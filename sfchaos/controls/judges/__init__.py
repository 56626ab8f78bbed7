"""Every judge, and the two functions that others call."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import replace

from sfchaos.controls.case import Case
from sfchaos.controls.judges import (
    auth_credential_in_url,
    auth_expired_token,
    auth_rejected_token,
    auth_terminal,
    auth_tls,
    int_corrupted,
    int_duplicated,
    int_lost,
    int_lost_reply,
    int_partial_bulk,
    int_rejects,
    log_completeness,
    log_failures,
    log_secrets,
    res_amplification,
    res_attempts,
    res_growth,
    res_nonretryable,
    res_retry_after,
    sec_literals,
)
from sfchaos.controls.judging import JUDGES
from sfchaos.core.declaration import NotApplicable
from sfchaos.core.history import History
from sfchaos.core.judgement import Judgement

__all__ = ["JUDGED", "judge", "judge_all"]

_MODULES = (res_attempts, res_growth, res_retry_after, res_nonretryable, res_amplification, auth_expired_token, auth_rejected_token, auth_terminal,
            auth_credential_in_url, auth_tls, log_completeness, log_failures, log_secrets, int_lost, int_duplicated, int_corrupted, int_rejects, int_partial_bulk,
            int_lost_reply, sec_literals)  # fmt: skip
JUDGED: tuple[str, ...] = tuple(JUDGES)
_EXAMINED = frozenset({"SFC-SEC-01"})  # files were read, not a stimulus met: only findings contradict a declaration


def judge(objective_id: str, history: History) -> Judgement:
    """Judge one objective. A judge that crashes gives the verdict error, with its traceback as detail; an objective of the
    catalogue that has no judge is inconclusive. Raises UnknownName for an id that the catalogue does not hold.
    """
    judge_of = JUDGES.get(objective_id)
    if judge_of is None:
        return _without_judge(objective_id)
    try:
        found = judge_of(Case(objective_id, history))
    except Exception:
        return Judgement(objective_id, "error", "judge-crashed", detail=traceback.format_exc())
    declared = next((item for item in history.declaration.not_applicable if item.objective == objective_id), None)
    return _declared_away(found, declared) if declared else found


def judge_all(history: History, ids: Iterable[str] | None = None) -> list[Judgement]:
    """Judge the given objectives, or all that have a judge, in order of their ids."""
    return [judge(objective, history) for objective in (JUDGED if ids is None else ids)]


def _without_judge(objective_id: str) -> Judgement:
    from sfchaos.controls.catalogue import objective

    found = objective(objective_id)
    how = "is attested or checked by reading" if found.kind != "T" else "has no judge in this version"
    return Judgement(found.id, "inconclusive", "not-judged", detail=f"{found.title}: {how}")


def _declared_away(found: Judgement, declared: NotApplicable) -> Judgement:
    """not-applicable, unless the run shows the thing happening: then a failure."""
    seen = found.exceptions_total if found.objective in _EXAMINED else found.stimuli
    if seen or found.exceptions_total:
        detail = f"declared not applicable ({declared.reason}), but seen {max(seen, found.exceptions_total)}x; it was judged: {found.verdict}. {found.detail}"
        return replace(found, verdict="fail", reason="declared-na-but-observed", detail=detail)
    return Judgement(found.objective, "not-applicable", "declared", checked=found.checked, detail=f"{declared.reason} (declared by {declared.owner})")
