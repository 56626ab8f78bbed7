"""Notices a client that hammers: the run is then cut short and reported, not waited for."""

from __future__ import annotations

import re
from collections import deque

from sfchaos.core.messages import Request
from sfchaos.rig.points import Point

REPEATS = 20
WINDOW_S = 60.0
_WHO = re.compile(rb"(?:\busername=|<(?:\w+:)?username>|\bclient_id=)([^&<\s]+)")


class StormWatch:
    """20 refused requests of one digest, or 20 refused logins of one user, within 60 s of org time with no success between.

    An answer of 2xx or 3xx never counts, nor does a client that waits. `most_requests` is a cap on the whole run.
    """

    def __init__(self, most_requests: int | None = None) -> None:
        self.most_requests = most_requests
        self._refused_s: dict[str, deque[float]] = {}

    def note(self, point: Point, request: Request, at_s: float, *, succeeded: bool, number: int) -> str:
        """What kind of storm it is by now, in words for people; "" while there is none."""
        who = self._who(point, request)
        if succeeded:
            self._refused_s.pop(who, None)
        elif self._is_storm(who, at_s):
            what = "refused logins of one user" if point.kind == "session" else f"refused repeats of {point.op}/{point.target}#{point.k}"
            return f"{REPEATS} {what} within {WINDOW_S:.0f} s"
        if self.most_requests is not None and number >= self.most_requests:
            return f"{number} requests, the most a run may send"
        return ""

    def _who(self, point: Point, request: Request) -> str:
        if point.kind != "session":
            return point.digest
        found = _WHO.search(request.body)
        return f"login {found[1].decode('utf-8', 'replace').lower()}" if found else f"login {point.op}"

    def _is_storm(self, who: str, at_s: float) -> bool:
        times = self._refused_s.setdefault(who, deque(maxlen=REPEATS))
        times.append(at_s)
        return len(times) == REPEATS and at_s - times[0] <= WINDOW_S
