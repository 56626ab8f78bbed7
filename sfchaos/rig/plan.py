"""Which rules act on a request. Chance is a hash of seed, rule and address, so no rule's luck depends on another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sfchaos.core import chance
from sfchaos.faults.at import At
from sfchaos.faults.conditions import Facts
from sfchaos.faults.rule import Rule
from sfchaos.faults.schedule import Schedule
from sfchaos.rig.points import Point


@dataclass(eq=False, slots=True)
class RuleState:
    """What became of a rule so far. `acted` counts what `times` limits, `fired` where it really did something."""

    rule: Rule
    active: bool = True
    matches: int = 0
    acted: int = 0
    fired: int = 0
    shadowed: int = 0
    first_hit_s: float | None = None
    digest: str = ""

    @property
    def is_spent(self) -> bool:
        times = self.rule.times
        if isinstance(times, int):
            return self.acted >= times
        return self.acted > 0 and times == "always" and self.rule.strikes and self.rule.info.holds

    def ends_s(self) -> float | None:
        """End of its window in run seconds, None when it has none."""
        ends = [self.first_hit_s + self.rule.for_s] if self.rule.for_s is not None and self.first_hit_s is not None else []
        if self.rule.to_s is not None:
            ends.append(self.rule.to_s)
        return min(ends) if ends else None

    def is_open(self, elapsed_s: float) -> bool:
        if self.rule.from_s is not None and elapsed_s < self.rule.from_s:
            return False
        end_s = self.ends_s()
        return end_s is None or elapsed_s < end_s


@dataclass(slots=True)
class Choice:
    """What acts on one request, in the order of fault-model 4.2."""

    before: list[RuleState] = field(default_factory=list)
    reply: RuleState | None = None
    modifiers: list[RuleState] = field(default_factory=list)
    gates: list[RuleState] = field(default_factory=list)
    after: list[RuleState] = field(default_factory=list)
    shadowed: list[RuleState] = field(default_factory=list)


NOTHING = Choice()


@dataclass(frozen=True, slots=True)
class Moment:
    """When and under which circumstances a request came. `facts` and `at` are made only when a rule asks."""

    elapsed_s: float
    phases: tuple[str, ...]
    facts: Callable[[], Facts]
    at: Callable[[RuleState], At]


class Plan:
    """The rules of a schedule with their state. Not thread-safe: the rig's lock is around it."""

    def __init__(self, schedule: Schedule, seed: int) -> None:
        self.seed = seed
        self.states: list[RuleState] = []
        for rule in schedule.rules:
            self.add(rule)

    def add(self, rule: Rule, *, active: bool = True) -> None:
        self.states.append(RuleState(rule, active))
        for later in rule.then:
            self.add(later, active=False)

    def choose(self, point: Point, moment: Moment) -> Choice:
        """The rules that act on this point. Counts them, except those that only arm rows or jobs (the gate counts these)."""
        matching = [state for state in self.states if state.active and self._matches(state, point, moment)]
        if not matching:
            return NOTHING
        choice = Choice()
        for state in matching:
            self._place(state, choice, point, moment.elapsed_s)
        return choice

    def choose_line(self, name: str, elapsed_s: float, kinds: tuple[str, ...], at: Callable[[RuleState], At]) -> RuleState | None:
        """The first rule that takes the line away before a request is known: one for every point, of these `kinds` (Delivery.connect begins so)."""
        for state in self.states:
            rule = state.rule
            if not (state.active and hasattr(rule.settings, "line") and rule.settings.line().connect.startswith(kinds)):
                continue
            if not rule.pattern.is_every_point or rule.condition is not None or rule.phase or state.is_spent or not state.is_open(elapsed_s):
                continue
            if hasattr(rule.settings, "applies") and not rule.settings.applies(at(state)):
                continue
            state.matches += 1
            if state.matches % rule.every or (rule.p < 1 and chance.unit(self.seed, rule.id, name) >= rule.p):
                continue
            state.first_hit_s = elapsed_s if state.first_hit_s is None else state.first_hit_s
            state.acted += 1
            return state
        return None

    def _place(self, state: RuleState, choice: Choice, point: Point, elapsed_s: float) -> None:
        rule = state.rule
        if rule.gates:
            choice.gates.append(state)
            self._hit(state, point, elapsed_s)
            return
        if rule.replies and choice.reply is not None:
            state.shadowed += 1
            choice.shadowed.append(state)
            return
        if rule.strikes:
            (choice.after if rule.place == "after" else choice.before).append(state)
        if rule.replies:
            choice.reply = state
        elif not rule.strikes:
            choice.modifiers.append(state)
        self._hit(state, point, elapsed_s)
        state.acted += 1

    def _hit(self, state: RuleState, point: Point, elapsed_s: float) -> None:
        if state.first_hit_s is None:
            state.first_hit_s = elapsed_s
            state.digest = point.digest

    def fired(self, state: RuleState) -> None:
        """The rule did something; rules that wait for it are armed from the next request on."""
        state.fired += 1
        if state.fired == 1 and state.rule.then:
            waiting = {rule.id for rule in state.rule.then}
            for other in self.states:
                other.active = other.active or other.rule.id in waiting

    def _matches(self, state: RuleState, point: Point, moment: Moment) -> bool:
        rule = state.rule
        if state.is_spent or not rule.pattern.matches(point.op, point.target, point.k, point.attempt):
            return False
        if not state.is_open(moment.elapsed_s) or (rule.times == "spent" and state.digest and state.digest != point.digest):
            return False
        if rule.phase and rule.phase not in moment.phases:
            return False
        if rule.condition is not None and not rule.condition.holds(moment.facts()):
            return False
        if hasattr(rule.settings, "applies") and not rule.settings.applies(moment.at(state)):
            return False
        return self._is_drawn(state, point)

    def _is_drawn(self, state: RuleState, point: Point) -> bool:
        rule = state.rule
        state.matches += 1
        if state.matches % rule.every:
            return False
        return rule.gates or rule.p >= 1 or chance.unit(self.seed, rule.id, point.address) < rule.p
