"""What the org will do later without being asked: steps of jobs, mostly. Plain data, so it can be put back.

A step is (due time, name, arguments). `Org.handle` first does what is due, in order, with `org.now_s()` standing at the
step's own due time, so that a job nobody polls is finished all the same when SOQL looks for its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sfchaos.org.registers import Registers


@dataclass(frozen=True, slots=True, order=True)
class Due:
    at_s: float
    number: int
    step: str
    arguments: tuple[Any, ...] = ()


class Agenda:
    """Steps by name are registered once (`agenda.steps["bulk2.start"] = function`); entries are data in the registers."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers
        self.steps: dict[str, Callable[..., None]] = {}
        self._soonest_s: float | None = None

    def add(self, at_s: float, step: str, *arguments: Any) -> None:
        """Do `step(*arguments)` at `at_s` (org seconds). Arguments must be frozen values."""
        if step not in self.steps:
            raise KeyError(f"no agenda step {step!r}")
        number = self._registers.next("agenda")
        self._registers.agenda[number] = Due(at_s, number, step, arguments)
        self._soonest_s = None

    def cancel(self, first: Any) -> None:
        """Drop the entries whose first argument is `first` (all that is still to do for a job)."""
        for number in [number for number, due in self._registers.agenda.items() if due.arguments[:1] == (first,)]:
            del self._registers.agenda[number]
        self._soonest_s = None

    def forget(self) -> None:
        """Drop what is remembered of the registers (after a reset)."""
        self._soonest_s = None

    def next_due_s(self) -> float | None:
        entries = self._registers.agenda
        if not entries:
            return None
        if self._soonest_s is None:
            self._soonest_s = min(due.at_s for due in entries.values())
        return self._soonest_s

    def pop_due(self, now_s: float) -> Due | None:
        """The earliest entry that is due, removed; None when nothing is."""
        soonest_s = self.next_due_s()
        if soonest_s is None or soonest_s > now_s:
            return None
        due: Due = min(self._registers.agenda.values())
        del self._registers.agenda[due.number]
        self._soonest_s = None
        return due
