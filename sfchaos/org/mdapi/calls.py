"""Components saved and deleted by a call of their own, one result for each. Source: Metadata API guide, "createMetadata()" and its like (D)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sfchaos.org.mdapi import components
from sfchaos.org.mdapi.components import KINDS, Kind, taken_apart
from sfchaos.org.mdapi.parts import Component, Outcome, Problem

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True)
class Told:
    name: str
    ok: bool = True
    created: bool = False
    problem: str = ""
    code: str = ""


class _TakeBack(Exception):
    """Leaves the unit of an object whose part could not be saved, or of a call that is all or nothing."""


def all_of(org: Org, act: Callable[[_Given], Told], given: Sequence[_Given], *, all_or_none: bool) -> list[Told]:
    """In order. `all_or_none`: when one fails, the others are undone and say so (code D, text K)."""
    told: list[Told] = []
    kept = org.events_kept
    try:
        with org.store.unit():
            told = [act(one) for one in given]
            if all_or_none and not all(one.ok for one in told):
                raise _TakeBack
    except _TakeBack:
        org.drop_events(kept)
        why = "Record rolled back because not all records were valid and the request was using AllOrNone header"
        return [Told(one.name, False, problem=why, code="ALL_OR_NONE_OPERATION_ROLLED_BACK") if one.ok else one for one in told]
    return told


def save(org: Org, component: Component, user_id: str, *, may_be_there: bool, may_be_new: bool) -> Told:
    """An object with the fields and rules that stand inside it, all or none of them."""
    kind = KINDS.get(component.type)
    if kind is None:
        return Told(component.name, False, problem=f"Cannot use: {component.type} in this organization", code="INVALID_TYPE")
    if not component.name:
        return Told("", False, problem="Required field is missing: fullName", code="REQUIRED_FIELD_MISSING")
    is_there = components.is_there(org, kind, component.name)
    if is_there and not may_be_there:  # code D, text U
        return Told(component.name, False, problem=f"There is already a {kind.name} named {component.name}", code="DUPLICATE_DEVELOPER_NAME")
    if not is_there and not may_be_new:  # text K
        return Told(component.name, False, problem=f"In field: fullName - no {kind.name} named {component.name} found", code="INVALID_CROSS_REFERENCE_KEY")
    return _saved(org, component, user_id)


def _saved(org: Org, component: Component, user_id: str) -> Told:
    kept = org.events_kept
    outcomes: list[Outcome] = []
    try:
        with org.store.unit():
            for part in taken_apart(component):
                outcomes.append(components.deploy(org, part, user_id))
                if not outcomes[-1].ok:
                    raise _TakeBack
    except _TakeBack:
        org.drop_events(kept)
        return Told(component.name, False, problem=outcomes[-1].problem, code=outcomes[-1].code or "FIELD_INTEGRITY_EXCEPTION")
    return Told(component.name, created=outcomes[0].created)


def delete(org: Org, kind: Kind, name: str, user_id: str) -> Told:
    try:
        components.remove(org, kind, name, user_id)
    except Problem as problem:
        return Told(name, False, problem=problem.message, code=problem.code or "DELETE_FAILED")
    return Told(name)
