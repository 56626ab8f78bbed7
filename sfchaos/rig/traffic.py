"""How much is going on: what the conditions of rules are asked about."""

from __future__ import annotations

import heapq
from collections import deque

MINUTE_S = 60.0


class Traffic:
    """In flight are exchanges with `at_s <= now < at_s + work_s`: the org's view, whatever the line does meanwhile."""

    def __init__(self) -> None:
        self._ends_s: list[float] = []
        self._starts_s: deque[float] = deque()
        self._ended_s: dict[str, float] = {}
        self.rows_committed = 0
        self.limit_used = 0
        self.limit_max = 0

    def began(self, at_s: float) -> None:
        self._starts_s.append(at_s)
        while self._starts_s and self._starts_s[0] <= at_s - MINUTE_S:
            self._starts_s.popleft()

    def works(self, at_s: float, work_s: float) -> None:
        self.inflight(at_s)
        if work_s > 0:
            heapq.heappush(self._ends_s, at_s + work_s)

    def ended(self, origin: str, at_s: float) -> None:
        self._ended_s[origin] = at_s

    def idle_s(self, origin: str, now_s: float) -> float | None:
        """How long this thread or connection has been quiet; None when it never spoke."""
        ended_s = self._ended_s.get(origin)
        return None if ended_s is None else max(0.0, now_s - ended_s)

    def inflight(self, now_s: float) -> int:
        while self._ends_s and self._ends_s[0] <= now_s:
            heapq.heappop(self._ends_s)
        return len(self._ends_s)

    def rate_1m(self, now_s: float) -> int:
        """Requests of the last 60 s, the present one not counted."""
        return sum(1 for at_s in self._starts_s if at_s > now_s - MINUTE_S)

    @property
    def quota_used(self) -> float:
        return self.limit_used / self.limit_max if self.limit_max else 0.0
