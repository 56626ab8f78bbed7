"""The values of a picklist with what belongs to each: label, whether it is offered, default, and where it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfchaos.org.schema.model import Field


@dataclass(frozen=True, slots=True)
class Entry:
    """One value. `valid_for`: values of the controlling field with which it may be chosen; None where nothing controls it."""

    value: str
    label: str = ""
    active: bool = True
    default: bool = False
    valid_for: tuple[str, ...] | None = None


def with_entries(f: Field, entries: Sequence[Entry]) -> Field:
    """The field with these values, those that are not active among them."""
    chosen = next((entry.value for entry in entries if entry.default and entry.active), None)
    return replace(
        f, picklist=tuple(entry.value for entry in entries),
        picklist_labels=tuple((entry.value, entry.label) for entry in entries if entry.label and entry.label != entry.value),
        inactive_values=tuple(entry.value for entry in entries if not entry.active),
        valid_for=tuple((entry.value, entry.valid_for) for entry in entries if entry.valid_for is not None),
        default=chosen if chosen is not None else f.default,
    )  # fmt: skip
