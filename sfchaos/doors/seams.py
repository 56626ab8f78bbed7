"""What doors in process do alike: they nest, they replace functions while one of them is open, and they wait in tasks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sfchaos.core.clock import Clock, VirtualClock
from sfchaos.core.messages import Handler
from sfchaos.core.origins import Origins
from sfchaos.doors.common import T, Waits


@dataclass(frozen=True, eq=False)
class Door:
    """Serves `hosts` from `handler`; other hosts are told to `on_other_host`."""

    handler: Handler
    clock: Clock
    hosts: Callable[[str], bool]
    on_other_host: Callable[[str], None] | None

    @property
    def origins(self) -> Origins:
        return getattr(self.clock, "origins", None) or Origins()


class Seams:
    """The doors of one library, the last opened first. `put_in(replace)` is called with the first of them: `replace(owner, name, make)` puts
    `make(original)` in the place of an attribute, until the last door closes."""

    def __init__(self, put_in: Callable[[Callable[[Any, str, Callable[[Any], Any]], None]], None]) -> None:
        self.doors: tuple[Door, ...] = ()
        self._put_in = put_in
        self._lock = threading.Lock()
        self._saved: list[tuple[Any, str, Any]] = []

    def open(self, door: Door) -> None:
        with self._lock:
            if not self.doors:
                self._put_in(self._replace)
            self.doors = (*self.doors, door)

    def close(self, door: Door) -> None:
        with self._lock:
            self.doors = tuple(other for other in self.doors if other is not door)
            while self._saved and not self.doors:
                owner, name, original = self._saved.pop()
                setattr(owner, name, original)

    def door_for(self, host: str) -> Door | None:
        return next((door for door in reversed(self.doors) if door.hosts(host)), None)

    def note_other(self, host: str) -> None:
        told = next((door.on_other_host for door in reversed(self.doors) if door.on_other_host is not None), None)
        if told is not None:
            told(host)

    def _replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = vars(owner)[name]
        self._saved.append((owner, name, original))
        setattr(owner, name, make(original))


async def waited_by_task(work: Waits[T], clock: Clock) -> T:
    """Do `work`; what it waits, the calling task waits: others run meanwhile."""
    try:
        while True:
            try:
                seconds = next(work)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # what the generator returns
            await pass_time(clock, seconds)
    finally:
        work.close()  # a task that is cancelled waits no longer


async def pass_time(clock: Clock, seconds: float) -> None:
    if isinstance(clock, VirtualClock) and clock.waiter is None:
        clock.wait(seconds)  # nobody makes the loop's time virtual
    elif seconds > 0:
        await _sleep(seconds)


async def _sleep(seconds: float) -> None:
    """Of whatever runs this task: asyncio or trio."""
    if "trio" in sys.modules:
        import anyio

        await anyio.sleep(seconds)
    else:
        import asyncio

        await asyncio.sleep(seconds)
