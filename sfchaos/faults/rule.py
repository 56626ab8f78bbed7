"""A rule: one fault, where it strikes, how often and for how long. Plain data, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.units import seconds_of, share_of
from sfchaos.faults.address import Pattern, parse_pattern
from sfchaos.faults.conditions import Condition, parse_condition
from sfchaos.faults.params import build
from sfchaos.faults.registry import FAULTS, FaultInfo, info_of

Place = Literal["on", "before", "after"]
Times = int | Literal["spent", "always"]
PLACES: tuple[Place, ...] = ("on", "before", "after")
KEYS = ("id", "fault", *PLACES, "times", "for", "from", "to", "p", "every", "phase", "if", "with", "then")
WIDENING = ("p", "every", "for", "from", "to", "if")  # keys that make `always` the default of `times`


@dataclass(frozen=True)
class Rule:
    """One rule. Windows are seconds since the run began; `for_s` counts from the first hit.

    `fault` is the id as written (aliases stay), `settings` the fault itself with its parameters read. `tree` is the rule
    as data, defaults left out: equal trees make equal rules.
    """

    id: str
    fault: str
    place: Place = field(compare=False)
    pattern: Pattern = field(compare=False)
    times: Times = field(compare=False)
    settings: Any = field(compare=False)
    tree: Mapping[str, Any]
    for_s: float | None = field(default=None, compare=False)
    from_s: float | None = field(default=None, compare=False)
    to_s: float | None = field(default=None, compare=False)
    p: float = field(default=1.0, compare=False)
    every: int = field(default=1, compare=False)
    phase: str = field(default="", compare=False)
    condition: Condition | None = field(default=None, compare=False)
    then: tuple[Rule, ...] = field(default=(), compare=False)

    @property
    def info(self) -> FaultInfo:
        return info_of(self.fault)

    @property
    def strikes(self) -> bool:
        """It changes the org between requests. A fault that can also pick rows does so when the rule says `p`."""
        return hasattr(self.settings, "strike") and not (hasattr(self.settings, "on_row") and "p" in self.tree)

    @property
    def replies(self) -> bool:
        return hasattr(self.settings, "around")

    @property
    def shapes(self) -> bool:
        return hasattr(self.settings, "shape")

    @property
    def gates(self) -> bool:
        """It acts on rows or job steps."""
        return not self.strikes and (hasattr(self.settings, "on_row") or hasattr(self.settings, "on_job"))

    def renamed(self, new_id: str) -> Rule:
        return replace(self, id=new_id, tree={"id": new_id, **{k: v for k, v in self.tree.items() if k != "id"}})


def rule_from_tree(tree: object, *, where: str, default_id: str) -> Rule:
    """A rule from its JSON or YAML tree. Raises UsageError with the place, the value and the nearest valid name."""
    if not isinstance(tree, Mapping):
        raise UsageError(
            f"{where}: {tree!r} is not a rule", remedy='a rule is an object such as {"fault": "net.response_lost", "on": "row.create/*"}'
        )
    for key in tree:
        if key not in KEYS:
            raise UnknownName("key", str(key), KEYS, where=f"{where}: ", remedy=f"keys of a rule: {', '.join(KEYS)}")
    fault_id = tree.get("fault")
    if not isinstance(fault_id, str):
        raise UsageError(f"{where}.fault: {fault_id!r} is no fault id", remedy="`sfchaos list faults` shows all")
    if fault_id not in FAULTS:
        raise UnknownName("fault", fault_id, FAULTS, where=f"{where}.fault: ", remedy=f"`{FAULTS.listing}` shows all {len(FAULTS)}")
    info = info_of(fault_id)
    place, pattern = _place(tree, where, info)
    rule_id = _rule_id(tree.get("id", default_id), where)
    then = _then(tree.get("then", ()), where, rule_id)
    return Rule(
        id=rule_id, fault=fault_id, place=place, pattern=pattern, times=_times(tree, where),
        settings=build(info.cls, _with(tree.get("with", {}), where), where=f"{where}.with"),
        tree=_canonical({**tree, "id": rule_id}, then),
        for_s=_window(tree.get("for"), where, info), from_s=_instant(tree.get("from"), f"{where}.from"), to_s=_instant(tree.get("to"), f"{where}.to"),
        p=1.0 if tree.get("p") is None else share_of(tree["p"], name=f"{where}.p"), every=_whole(tree.get("every", 1), f"{where}.every"),
        phase=_word(tree.get("phase", ""), f"{where}.phase"),
        condition=None if tree.get("if") is None else parse_condition(tree["if"], where=f"{where}.if"),
        then=then,
    )  # fmt: skip


def _place(tree: Mapping[str, Any], where: str, info: FaultInfo) -> tuple[Place, Pattern]:
    given = [place for place in PLACES if tree.get(place) is not None]
    if len(given) != 1:
        seen = " and ".join(given) or "none"
        raise UsageError(
            f"{where}: one of on, before, after is needed, seen {seen}", remedy='say where it strikes, such as "on": "row.create/Contact"'
        )
    place = given[0]
    if place != "on" and not info.changes_org:
        raise UsageError(f"{where}.{place}: {info.id} changes a reply, so it has no {place}", remedy=f'write "on" instead of "{place}"')
    address = tree[place]
    if not isinstance(address, str):
        raise UsageError(f"{where}.{place}: {address!r} is no address", remedy="an address is text such as row.create/Contact#2~1")
    pattern = parse_pattern(address, where=f"{where}.{place}")
    return ("before" if place == "on" and info.changes_org else place), pattern


def _times(tree: Mapping[str, Any], where: str) -> Times:
    value = tree.get("times")
    if value is None:
        return "always" if any(tree.get(key) is not None for key in WIDENING) else 1
    if value in ("spent", "always"):
        return "spent" if value == "spent" else "always"
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{where}.times: {value!r} is no count", remedy='write a number from 1, "spent" or "always"')
    return value


def _window(value: object, where: str, info: FaultInfo) -> float | None:
    if value is None:
        return None
    if value != "default":
        return seconds_of(value, name=f"{where}.for")
    if info.window_s is None:
        raise UsageError(f"{where}.for: {info.id} has no default window", remedy='write a duration, such as "120s"')
    return info.window_s


def _instant(value: object, where: str) -> float | None:
    """`"T+90s"`, or seconds since the run began."""
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text[:2].upper() == "T+":
        text = text[2:]
    return seconds_of(text, name=where)


def _whole(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{where}: {value!r} is no number from 1", remedy="write 3 for each third match")
    return value


def _word(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: {value!r} is no name of a phase", remedy="automatic phases: auth, read, write, bulk; others by rig.phase(name)")
    return value


def _rule_id(value: object, where: str) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise UsageError(f"{where}.id: {value!r} is no id of a rule", remedy='write a short name, such as "r1"')
    return value


def _with(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{where}.with: {value!r} is not an object of parameters", remedy='write {"hold": "10s"}')
    return {str(name): item for name, item in value.items()}


def _then(value: object, where: str, parent: str) -> tuple[Rule, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise UsageError(f"{where}.then: {value!r} is not a list of rules", remedy="write a list, even of one")
    return tuple(rule_from_tree(item, where=f"{where}.then[{i}]", default_id=f"{parent}.{i + 1}") for i, item in enumerate(value))


def _canonical(tree: Mapping[str, Any], then: tuple[Rule, ...]) -> dict[str, Any]:
    """The tree with plain JSON values, keys in their usual order, nothing that says nothing."""
    kept = {key: _plain(tree[key]) for key in KEYS if tree.get(key) not in (None, {}, [], ())}
    if then:
        kept["then"] = [dict(rule.tree) for rule in then]
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
