"""An event loop whose timers follow a SystemClock: what is due in an hour comes at once when the clock is moved by an hour."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVarTuple

from sfchaos.core.clock import SystemClock

_Arguments = TypeVarTuple("_Arguments")


class FollowingLoop(asyncio.SelectorEventLoop):
    """`next_event_s` says when the next timer is due that was not set by `call_unheeded`. Use it from one thread, as any loop."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__()
        self.clock = clock
        self._events: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timers_set = 0
        clock.moved.append(self._wake)

    def time(self) -> float:
        return self.clock.elapsed_s()

    def call_at(self, when: float, callback: Callable[[*_Arguments], object], *args: *_Arguments, context: Context | None = None) -> asyncio.TimerHandle:
        handle = super().call_at(when, callback, *args, context=context)
        self._timers_set += 1
        self.next_event_s()  # forgets what is past
        heapq.heappush(self._events, (when, self._timers_set, handle))
        return handle

    def call_unheeded(self, delay_s: float, callback: Callable[..., Any]) -> asyncio.TimerHandle:
        """A timer that only looks whether something is to do: time may move past it."""
        return super().call_at(self.time() + delay_s, callback)

    def next_event_s(self) -> float | None:
        while self._events and (self._events[0][2].cancelled() or self._events[0][0] <= self.time()):
            heapq.heappop(self._events)
        return self._events[0][0] if self._events else None

    def close(self) -> None:
        if self._wake in self.clock.moved:
            self.clock.moved.remove(self._wake)
        super().close()

    def _wake(self) -> None:
        """The clock moved, in whatever thread: look at the timers again."""
        if not self.is_closed():
            self.call_soon_threadsafe(lambda: None)


def call_unheeded(loop: asyncio.AbstractEventLoop, delay_s: float, callback: Callable[..., Any]) -> asyncio.TimerHandle:
    """`call_later` for what only looks whether something is to do."""
    return loop.call_unheeded(delay_s, callback) if isinstance(loop, FollowingLoop) else loop.call_later(delay_s, callback)
