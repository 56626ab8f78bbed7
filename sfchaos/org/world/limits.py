"""Quotas and crowds. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from sfchaos.org.world.part import WorldPart


class LimitsWorld(WorldPart):
    """Quotas and crowds."""

    def exhaust(self, limit: str, *, used: int | None = None, maximum: int | None = None, until_s: float | None = None, profile: str = "cliff",
                per_minute: float = 0.0) -> None:  # fmt: skip
        self._org.limits.exhaust(limit, used=used, maximum=maximum, until_s=until_s, profile=profile, per_minute=per_minute)
        self._org.send_events()

    def crowd(self, *, cap: int | None = None, until_s: float) -> None:
        """As if the org took `cap` long requests and others had them all open until then; None is the org's own number."""
        self._org.limits.crowd(cap=cap, until_s=until_s)
        self._org.send_events()
