"""The main job: many scenarios against one target, and what could not be exercised said plainly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sfchaos.core.history import History
from sfchaos.evidence.record import EvidenceRecord
from sfchaos.scenario.assemble import evidence_of, utc_now
from sfchaos.scenario.load import Scenario
from sfchaos.scenario.session import Session

Watch = Callable[[Iterable[Scenario]], Iterable[Scenario]]


def checked(session: Session, planned: Sequence[Scenario], *, named: bool, mode: str = "check", watch: Watch = iter) -> EvidenceRecord:
    """Play what applies. A scenario of a pack whose points the target never reaches is listed as not run, with why; one that
    was named is played all the same, and is inconclusive when its fault never fires."""
    start = utc_now()
    not_run: list[tuple[str, str]] = []
    played: list[Scenario] = []
    for scenario in watch(planned):
        twin = session.twin(scenario)
        why = "" if named or twin.history.ending.loud else unreachable(scenario, twin.history)
        if why:
            not_run.append((scenario.id, why))
            continue
        session.play(scenario)
        played.append(scenario)
    return evidence_of(session, mode, start=start, planned=played, not_run=not_run)


def unreachable(scenario: Scenario, clean: History) -> str:
    """Why no rule of the scenario can meet a point of this target; "" when one can."""
    points = {(e.op, str(e.get("target", ""))): None for e in clean.exchanges}
    rules = scenario.schedule.rules
    if not points or any(rule.pattern.covers(op, target) for rule in rules for op, target in points):
        return ""
    wanted = sorted({rule.pattern.op for rule in rules})
    return f"the target makes no {' or '.join(wanted)} request of that kind"


__all__ = ["checked", "unreachable"]
