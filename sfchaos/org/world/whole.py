"""The whole org: its versions, its clock, whether it can be written. Verbs of an administrator, for faults that change it between requests."""

from __future__ import annotations

from sfchaos.org.identity import trials
from sfchaos.org.rows.dml import READ_ONLY
from sfchaos.org.world.part import WorldPart


class WholeWorld(WorldPart):
    """All of it is forgotten when the org is healed."""

    def retire_versions(self, upto: float) -> None:
        """API versions up to this one are answered 410."""
        held = self._org.registers.identity
        held[trials.RETIRED] = max(upto, held.get(trials.RETIRED, 0.0))

    def read_only(self, *, until_s: float) -> None:
        """No row is written until then, but by the administrator."""
        self._org.registers.limits[READ_ONLY] = until_s

    def shift_clock(self, by_s: float) -> None:
        """The org's clock goes on from another time."""
        self._org.skew_s += by_s
