"""Where judges register, one per objective. A judge reads a Case's history and returns its Judgement."""

from __future__ import annotations

from collections.abc import Callable

from sfchaos.controls.case import Case
from sfchaos.core.judgement import Judgement
from sfchaos.core.registry import Registry

Judge = Callable[[Case], Judgement]
JUDGES: Registry[Judge] = Registry("judged objective", listing="sfchaos list objectives")


def judges(objective: str) -> Callable[[Judge], Judge]:
    """Register a judge: `@judges("SFC-RES-01")`."""
    return lambda judge: JUDGES.add(objective, judge)
