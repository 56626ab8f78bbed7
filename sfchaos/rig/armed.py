"""The rules that are armed in a rig: loaded as a schedule, or injected one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sfchaos.core.errors import UsageError
from sfchaos.faults.rule import KEYS, Rule, rule_from_tree
from sfchaos.faults.schedule import Schedule
from sfchaos.rig.plan import Plan


class Armed:
    """`has_world` says whether there is an org to change; without one, rules that need it stand in `not_expressible`."""

    def __init__(self, schedule: Schedule, *, seed: int, has_world: bool) -> None:
        self._default_seed, self._has_world = seed, has_world
        self.load(schedule)

    def load(self, schedule: Schedule) -> None:
        self._loaded = schedule
        self.rules = list(schedule.rules)
        self.seed = self._default_seed if schedule.seed is None else schedule.seed
        self.plan = Plan(replace(schedule, rules=tuple(r for r in self.rules if self._can_express(r))), self.seed)

    def inject(self, fault: str, keywords: dict[str, Any]) -> Rule:
        made = rule_from_tree(_tree_of(fault, keywords), where=f"inject({fault!r})", default_id=f"r{len(self.rules) + 1}")
        replace(self._loaded, rules=(*self.rules, made))  # refuses a second rule of that id
        if not self._can_express(made):
            raise UsageError(
                f"{fault}: not expressible here, it changes the org and there is none", remedy="use a wire fault (net.*, http.*), or the mock org"
            )
        self.rules.append(made)
        self.plan.add(made)
        return made

    def _can_express(self, rule: Rule) -> bool:
        return self._has_world or rule.replies or rule.shapes

    @property
    def not_expressible(self) -> list[str]:
        return [rule.id for rule in self.rules if not self._can_express(rule)]

    def schedule(self, org_name: str) -> Schedule:
        return replace(self._loaded, rules=tuple(self.rules), seed=self.seed, org=self._loaded.org or org_name)

    @property
    def fired(self) -> dict[str, int]:
        return {state.rule.id: state.fired for state in self.plan.states if state.fired}

    @property
    def unfired(self) -> list[str]:
        return [state.rule.id for state in self.plan.states if not state.fired] + self.not_expressible

    @property
    def shadowed(self) -> dict[str, int]:
        return {state.rule.id: state.shadowed for state in self.plan.states if state.shadowed}


def _tree_of(fault: str, keywords: dict[str, Any]) -> dict[str, Any]:
    """A rule's tree from Python keywords: `for_` is `for`; what is no key of a rule is a parameter of the fault."""
    tree: dict[str, Any] = {"fault": fault}
    parameters: dict[str, Any] = {}
    for name, value in keywords.items():
        key = name.rstrip("_")
        if key in KEYS:
            tree[key] = value
        else:
            parameters[name] = value
    if parameters:
        tree["with"] = {**tree.get("with", {}), **parameters}
    return tree
