"""Requests that a server keeps waiting (long polls): asked again and again whether they have their reply by now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sfchaos.core.clock import Clock, VirtualClock
from sfchaos.core.messages import HOLD_LOOK_S, Hold, Response
from sfchaos.doors.following import call_unheeded


class Waiter(Protocol):
    """Who waits for the reply: a connection."""

    @property
    def is_open(self) -> bool: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    waiter: Waiter
    hold: Hold
    finish: Callable[[Response], None]


class Holding:
    """One timer for all that is held, in the loop's thread. A virtual clock goes with real time while anything is."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._held: list[_Held] = []
        self._timer: asyncio.TimerHandle | None = None
        self._looked_s = 0.0

    def add(self, waiter: Waiter, hold: Hold, finish: Callable[[Response], None]) -> None:
        """Call `finish` with the reply once there is one, unless the waiter is gone by then."""
        self._held.append(_Held(waiter, hold, finish))
        if self._timer is None:
            self._looked_s = asyncio.get_running_loop().time()
            self._again()

    def waits(self, waiter: Waiter) -> bool:
        return any(held.waiter is waiter for held in self._held)

    def next_s(self) -> float | None:
        """When the first of what is held has its reply at the latest, in seconds since 1970 on the handler's clock."""
        return min((held.hold.until_s for held in self._held), default=None)

    def stop(self) -> None:
        """Give up on everything: the server ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gone, self._held = self._held, []
        for held in gone:
            held.hold.dropped()

    def _again(self) -> None:
        self._timer = call_unheeded(asyncio.get_running_loop(), HOLD_LOOK_S, self._look)

    def _look(self) -> None:
        self._timer = None
        now_s = asyncio.get_running_loop().time()
        if isinstance(self._clock, VirtualClock):
            self._clock.advance(now_s - self._looked_s)
        self._looked_s = now_s
        for held in list(self._held):
            if not held.waiter.is_open:
                self._held.remove(held)
                held.hold.dropped()
            elif (reply := held.hold.resume()) is not None:
                self._held.remove(held)
                held.finish(reply)
        if self._held:
            self._again()
