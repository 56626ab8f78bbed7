"""What is armed in a rig: a schedule's rules, and what became of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sfchaos.faults.rule import Rule
from sfchaos.faults.schedule import Schedule

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.rig.armed import Armed
    from sfchaos.rig.gate import RigGate


class Scheduled:
    """The part of a rig that holds its rules."""

    _org: Org | None
    _lock: threading.RLock
    _armed: Armed
    _gate: RigGate

    def load(self, schedule: Schedule) -> None:
        """Arm a schedule in place of the present one; counts begin anew."""
        with self._lock:
            self._armed.load(schedule)
            self._gate.start(self._armed.seed)

    def inject(self, fault: str, **rule: Any) -> Rule:
        """Arm one more rule. Keywords are the rule's keys (`for_ from_ if_ with_` for the words Python keeps), all others
        parameters of the fault. Raises at once for anything unknown, and for a fault that cannot be expressed here."""
        with self._lock:
            return self._armed.inject(fault, rule)

    @property
    def schedule(self) -> Schedule:
        """What is armed, with seed and org: what a replay token carries."""
        return self._armed.schedule(self.org_name)

    @property
    def org_name(self) -> str:
        """`standard@2`; "" where there is only a handler."""
        return self._org.name if self._org is not None else ""

    @property
    def fired(self) -> dict[str, int]:
        """How often each rule did something, by rule id, for those that did."""
        return self._armed.fired

    @property
    def unfired(self) -> list[str]:
        """Ids of rules that did nothing, those that are not expressible here among them."""
        return self._armed.unfired

    @property
    def shadowed(self) -> dict[str, int]:
        """How often a reply rule had to stand back behind one before it in the list."""
        return self._armed.shadowed

    @property
    def not_expressible(self) -> list[str]:
        """Ids of rules that need an org where there is none; they never fire."""
        return self._armed.not_expressible
