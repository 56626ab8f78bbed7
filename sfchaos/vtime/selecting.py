"""asyncio under virtual time: an event loop that would wait in its selector jumps instead, when nothing is ready.

With only the loop's own wake-up pipe registered it jumps at once. With a real peer's socket registered it first waits
20 real milliseconds for it: a reply that is under way must not become a time-out.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sfchaos.vtime import active
from sfchaos.vtime.parking import PAUSE_S, Sleeper

if TYPE_CHECKING:
    from sfchaos.vtime.virtual import VirtualTime

Ready = list[Any]
Select = Callable[[Any, float | None], Ready]


def methods(selectors: types.ModuleType) -> list[tuple[type, str, Any, Any]]:
    """(class, "select", original, stand-in) of every selector this system has."""
    names = ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
    found = [getattr(selectors, name) for name in names if hasattr(selectors, name)]
    return [(cls, "select", vars(cls)["select"], _stand_in(vars(cls)["select"])) for cls in found if "select" in vars(cls)]


def _stand_in(original: Select) -> Select:
    def select(self: Any, timeout: float | None = None) -> Ready:
        on = active.now
        if on is None or on.crew.is_outsider() or sys._getframe(1).f_globals.get("__name__") != "asyncio.base_events":
            return original(self, timeout)
        return _select(on, original, self, timeout)

    return select


def _select(on: VirtualTime, original: Select, selector: Any, timeout: float | None) -> Ready:
    ready = original(selector, 0)
    if ready or (timeout is not None and timeout <= 0):
        return ready
    if timeout is None and on.crew.is_alone(among_outsiders=True):
        return original(selector, None)
    if on.peer_grace_s > 0 and len(selector.get_map()) > 1:
        ready = original(selector, on.peer_grace_s)
        if ready:
            return ready

    def doze(pause_s: float) -> bool:
        nonlocal ready
        ready = original(selector, min(pause_s, PAUSE_S) if timeout is not None else PAUSE_S)
        return bool(ready)

    on.parking.park(Sleeper(on.parking, timeout, awake=lambda: bool(original(selector, 0)), doze=doze, heeds_outsiders=True))
    return ready or original(selector, 0)
