"""Answers the org's questions about rows and job steps, from the rules that are armed.

A rule whose point is a step of a Bulk job is armed for that job from then on; a rule whose point is a request that writes
rows is armed for that request alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sfchaos.core import chance
from sfchaos.core.gate import JobEvent, JobTurn, Refusal, RowEvent
from sfchaos.faults.at import Draw
from sfchaos.rig.plan import RuleState


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule acted on a row or a job, at `at_s` on the org's clock. `what` is the error code of a row, or hold, fail, abort."""

    state: RuleState
    job_id: str
    what: str
    at_s: float


class RigGate:
    """`now_s` is the org's clock, which stands at a step's own due time while the step is done."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.start(0)

    def start(self, seed: int) -> None:
        """Nothing is armed; chance comes from `seed`."""
        self.seed = seed
        self._request: list[RuleState] = []
        self._here = ""
        self._jobs: dict[str, list[RuleState]] = {}
        self._held_since: dict[tuple[str, str], float] = {}
        self.hits: list[Hit] = []

    @property
    def is_armed(self) -> bool:
        return bool(self._request or self._jobs)

    def arm_request(self, states: list[RuleState], address: str) -> None:
        self._request, self._here = states, address
        for state in states:
            state.acted += 1

    def disarm_request(self) -> None:
        self._request = []

    def arm_job(self, job_id: str, states: list[RuleState]) -> None:
        """Arm rules for a job, each once."""
        armed = self._jobs.setdefault(job_id, [])
        for state in states:
            if state not in armed and not state.is_spent:
                state.acted += 1
                armed.append(state)

    def take_hits(self) -> list[Hit]:
        hits, self.hits = self.hits, []
        return hits

    def row(self, event: RowEvent) -> Refusal | None:
        states = self._jobs.get(event.job_id, ()) if event.job_id else self._request
        for state in states:
            refusal = self._refusal(state, event)
            if refusal is not None:
                self.hits.append(Hit(state, event.job_id, refusal.code, self._now_s()))
                return refusal
        return None

    def _refusal(self, state: RuleState, event: RowEvent) -> Refusal | None:
        rule = state.rule
        if not hasattr(rule.settings, "on_row"):
            return None
        row = row_identity(event)
        if rule.p < 1 and chance.unit(self.seed, rule.id, "p", row) >= rule.p:
            return None
        here = event.job_id or self._here
        draw = Draw(chance.unit(self.seed, rule.id, "row", row), chance.unit(self.seed, rule.id, "here", here, row))
        refusal: Refusal | None = rule.settings.on_row(event, draw)
        return refusal

    def job(self, event: JobEvent) -> JobTurn | None:
        for state in self._jobs.get(event.job_id, ()):
            if not hasattr(state.rule.settings, "on_job"):
                continue
            turn = self._turn(state, event)
            if turn is not None:
                self.hits.append(Hit(state, event.job_id, turn.action, self._now_s()))
                return turn
        return None

    def _turn(self, state: RuleState, event: JobEvent) -> JobTurn | None:
        now_s, key = self._now_s(), (state.rule.id, event.job_id)
        turn: JobTurn | None = state.rule.settings.on_job(event, now_s - self._held_since.get(key, now_s))
        if turn is not None and turn.action == "hold":
            self._held_since.setdefault(key, now_s)
        return turn


def row_identity(event: RowEvent) -> str:
    """What makes a row the same row when it comes again: its external id, its Id, or else all it carries."""
    if event.key or event.record_id:
        return f"{event.sobject}/{(event.key or event.record_id).lower() if event.key else event.record_id}"
    return f"{event.sobject}/{json.dumps(event.values, sort_keys=True, default=str)}"
