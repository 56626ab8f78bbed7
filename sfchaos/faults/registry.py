"""All faults by id, and what is known of each besides what it does.

A fault is a frozen dataclass with one or more of these hooks; the settings are its fields:

    around(request, forward) -> Response     on the wire; at most one such rule acts on a request
    shape(response) -> Response              a modifier of the reply; any number act
    strike(world, at) -> None                an administrator's act between two requests
    on_row(event, draw) -> Refusal | None    a row about to be written
    on_job(event, since_s) -> JobTurn | None a step of a job
    line() -> Delivery                       optional, beside `around`: what becomes of an attempt to connect, where no request is known yet
    applies(at) -> bool                      optional: whether this point is one it can act on
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.core.operations import OPERATIONS, kind_of
from sfchaos.core.registry import Registry
from sfchaos.faults.params import Param, params_of

When = Literal["B", "A", "P", "D", "R", "S", "E", "K"]
Nature = Literal["transient", "permanent", "quota", "ambiguous"]
ALL_KINDS = ("read", "idem", "nonidem", "transition", "session", "stream")
HOOKS = ("around", "shape", "strike", "on_row", "on_job")


@dataclass(frozen=True)
class FaultInfo:
    """What the catalogue says of a fault.

    when      commit phase (B before processing, A after commit, P partial, D twice, R reordered, S stale, E environment, K kill)
    family    net, http, limit, auth, row, query, bulk, perm ...
    nature    transient (must converge), permanent (must stop loudly), quota (must wait), ambiguous (fate unknown to the caller)
    transient whether the work must converge once the fault is over
    kinds     operation kinds, `ops` operations (`bulk2.*`) at which it can change what the client sees
    window_s  how long it lasts when a rule says `"for": "default"`
    holds     the org itself keeps the state until the rule's window ends, so it strikes once a window
    weight    simpler faults are lighter: shrinking prefers them
    """

    id: str
    cls: type[Any]
    when: When
    family: str
    nature: Nature
    transient: bool
    kinds: tuple[str, ...]
    ops: tuple[str, ...]
    window_s: float | None
    holds: bool
    weight: int
    aliases: tuple[str, ...] = ()

    @property
    def hooks(self) -> tuple[str, ...]:
        return tuple(hook for hook in HOOKS if hasattr(self.cls, hook))

    @property
    def changes_org(self) -> bool:
        """Takes `before` and `after`: the org changes between two requests."""
        return "around" not in self.hooks and "shape" not in self.hooks

    @property
    def title(self) -> str:
        """The first line of its docstring."""
        return (self.cls.__doc__ or "").strip().partition("\n")[0]

    @property
    def params(self) -> tuple[Param, ...]:
        return params_of(self.cls)


FAULTS: Registry[type[Any]] = Registry("fault", listing="sfchaos list faults")
C = TypeVar("C", bound=type[Any])


def fault(
    id: str,  # noqa: A002  (the catalogue calls it id)
    *,
    when: When,
    family: str = "",
    transient: bool = True,
    nature: Nature | None = None,
    kinds: tuple[str, ...] = ALL_KINDS,
    ops: tuple[str, ...] = ("*",),
    window_s: float | None = None,
    holds: bool = False,
    weight: int = 50,
    aliases: tuple[str, ...] = (),
) -> Callable[[C], C]:
    """Register a frozen dataclass as the fault `id` (and under its aliases)."""

    def register(cls: C) -> C:
        kind: Nature = nature or ("transient" if transient else "permanent")
        info = FaultInfo(id, cls, when, family or id.partition(".")[0], kind, transient, kinds, ops, window_s, holds, weight, aliases)
        if not info.hooks:
            raise TypeError(f"fault {id!r} has none of the hooks {', '.join(HOOKS)}")
        cls.info = info
        for name in (id, *aliases):
            FAULTS.add(name, cls)
        return cls

    return register


def info_of(fault_id: str) -> FaultInfo:
    """What the catalogue says of a fault id or alias. Raises UnknownName with the nearest ids."""
    info: FaultInfo = FAULTS[fault_id].info
    return info


def catalogue() -> list[FaultInfo]:
    """Every fault once, by id; aliases are in its `aliases`."""
    return [info for name, cls in FAULTS.items() if (info := cls.info).id == name]


def applies_to(info: FaultInfo, op: str) -> bool:
    """Whether the fault can change what a client sees at an operation: what exploration pairs, and coverage counts."""
    return kind_of(op) in info.kinds and any(_covers(pattern, op) for pattern in info.ops)


def _covers(pattern: str, op: str) -> bool:
    return pattern in ("*", op) or (pattern.endswith(".*") and op.startswith(pattern[:-1]))


def operations_of(info: FaultInfo) -> list[str]:
    return [op for op in OPERATIONS if applies_to(info, op)]


def catalogue_hash() -> str:
    """Changes when a fault, its phase or a parameter's default changes: replay tokens carry it. 16 hex digits."""
    rows = [[i.id, i.when, *i.aliases, [[p.name, p.kind, repr(p.default)] for p in i.params]] for i in catalogue()]
    return sha256_hex(canonical_json(rows))[:16]
