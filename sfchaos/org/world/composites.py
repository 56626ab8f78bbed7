"""Requests of several parts. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from sfchaos.org.quotas.within import QuotaEnd, end_within
from sfchaos.org.world.part import WorldPart


class CompositesWorld(WorldPart):
    """Requests of several parts."""

    def end_quota_within(self, item: int, *, code: str = "REQUEST_LIMIT_EXCEEDED", message: str = "TotalRequests Limit exceeded.", until_s: float | None = None) -> None:
        """In the next composite request, batch or graphs the quota is spent before part `item` (from 1): it and all after it are refused.

        With `until_s` the daily allowance is spent for everybody until then; without, calls have come free again when the request is over.
        """
        end_within(self._org, QuotaEnd(item, code, message, until_s))
