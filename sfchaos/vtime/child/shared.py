"""The shared time in a Python process: its waits end when the keeper lets time leap, and its clocks leap with it.

Time is the machine's and as far ahead of it as the keeper says: what computes takes its real time. A wish is sent when every
thread waits, and is taken back when one of them runs again.
"""

from __future__ import annotations

import _thread
import json
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sfchaos.core.clock import VirtualClock
from sfchaos.vtime import active, originals
from sfchaos.vtime.child.sockets import wait_in_shared_time
from sfchaos.vtime.crew import Crew
from sfchaos.vtime.parking import Parking, Sleeper
from sfchaos.vtime.virtual import VirtualTime

if TYPE_CHECKING:
    from sfchaos.vtime.child.line import Line, Settings

LOOK_S = 0.005  # real: how often it is looked whether all threads wait
STILL_S = 0.02  # real: so long a thread that waits in C must stand still
ELSEWHERE_S = 1.0  # real: so long a read from another host holds time up; a listener that waits for ever must not
_wall = time.time


class SharedClock(VirtualClock):
    """`elapsed_s` is the machine's monotonic clock and `ahead_s`: what the keeper calls the shared time."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.ahead_s = 0.0

    def now_s(self) -> float:
        return _wall() + self.ahead_s

    def elapsed_s(self) -> float:
        return originals.monotonic() + self.ahead_s

    def advance(self, seconds: float) -> None:
        """Nobody moves this clock but the keeper."""

    def advance_to(self, elapsed_s: float) -> None:
        """It is as late already: the keeper said so."""


class SharedParking(Parking):
    """Asks the keeper where Parking would jump."""

    def __init__(self, clock: SharedClock, crew: Crew, line: Line) -> None:
        super().__init__(clock, crew)
        self.still_s = STILL_S
        self._line = line
        self._wish: tuple[float | None, bool] | None = None
        self._reads_elsewhere: dict[int, float] = {}  # by thread: since when

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """The calling thread reads from a host that knows nothing of the shared time."""
        ident = _thread.get_ident()
        self._reads_elsewhere[ident] = originals.monotonic()
        try:
            yield
        finally:
            self._reads_elsewhere.pop(ident, None)

    def look(self) -> None:
        """From time to time, whoever waits: is there something to wish for?"""
        with self.mutex:
            earliest = self._earliest()
            if earliest is not None:
                if self._may_jump_to(earliest):
                    self._expire(earliest)
            elif self._all_stand():
                self._wishes(None, io=True)

    def leapt(self) -> None:
        """The shared time moved: who is due wakes."""
        with self.mutex:
            now_s = self.clock.elapsed_s()
            if self._wish is not None and self._wish[0] is not None and self._wish[0] <= now_s:
                self._wish = None  # the keeper knows
            for sleeper in sorted(self._parked.values(), key=lambda one: one.number):
                if sleeper.deadline_s is not None and sleeper.deadline_s <= now_s:
                    sleeper.ring()

    def forget(self, sleeper: Sleeper) -> None:
        super().forget(sleeper)
        if self._wish is not None:
            self._wish = None
            self._line.say({"run": 1})

    def _may_jump_to(self, earliest: Sleeper) -> bool:
        assert earliest.deadline_s is not None
        if self.clock.elapsed_s() >= earliest.deadline_s:
            return True
        if not self._wake_those_awake() and self._all_stand():
            io = any(sleeper.doze is not None for sleeper in self._parked.values()) or bool(self.crew.apart_from(self._parked))
            self._wishes(earliest.deadline_s, io=io)
        return False

    def _all_stand(self) -> bool:
        now_s = originals.monotonic()
        if any(now_s - since_s < ELSEWHERE_S for since_s in list(self._reads_elsewhere.values())):
            return False
        others = self.crew.apart_from(self._parked)
        return not others or self._stand_still(others)

    def _wishes(self, until_s: float | None, *, io: bool) -> None:
        if self._wish != (until_s, io):
            self._wish = (until_s, io)
            self._line.say({"wish": until_s, "io": io})


class SharedTime(VirtualTime):
    """VirtualTime on a clock that other processes share. It ends with the process, or when the keeper is gone."""

    def __init__(self, line: Line) -> None:
        self.shared = SharedClock()
        super().__init__(self.shared, on_wait=self._tell_wait)
        self.peer_grace_s = 0.0  # the keeper sees what is under way
        self._line = line
        self._heard = b""
        self._told_ahead_s = 0.0

    def begin(self, ports: Collection[int]) -> None:
        self._hear_now(2.0)
        self.start()
        self.parking = SharedParking(self.shared, self.crew, self._line)
        wait_in_shared_time(ports)
        _thread.start_new_thread(self._follow_keeper, (os.getpid(),))  # not one of threading's: the program does not see it
        os.register_at_fork(after_in_child=self._reborn)

    def monotonic_s(self) -> float:
        return self.shared.elapsed_s()

    def monotonic_ns(self) -> int:
        return originals.monotonic_ns() + round(self.shared.ahead_s * 1e9)

    def pass_time(self, seconds: float) -> None:
        self.parking.park(Sleeper(self.parking, seconds))

    def _start_travelling(self) -> None:
        from time_machine import travel

        self._travel = travel(self.shared.now_s(), tick=True)
        self._traveller = self._travel.start()
        self._told_ahead_s = self.shared.ahead_s

    def _follow(self) -> None:
        """Nothing moves the clock but `_leap`."""

    def _leap(self, ahead_s: float) -> None:
        self.shared.ahead_s = ahead_s
        if self._traveller is not None and ahead_s != self._told_ahead_s:
            self._traveller.shift(ahead_s - self._told_ahead_s)
            self._told_ahead_s = ahead_s

    def _hear_now(self, seconds: float) -> bool:
        """Take what the keeper says within so many real seconds. False when it is gone."""
        data = self._line.hear(seconds)
        if data == b"":
            return False
        *lines, self._heard = (self._heard + (data or b"")).split(b"\n")
        for line in lines:
            self._leap(float(json.loads(line)["ahead"]))
        return True

    def _follow_keeper(self, pid: int) -> None:
        while os.getpid() == pid and active.now is self:
            before_s = self.shared.ahead_s
            if not self._hear_now(LOOK_S):
                self.parking.close()
                return
            parking = self.parking
            assert isinstance(parking, SharedParking)
            if self.shared.ahead_s != before_s:
                parking.leapt()
            parking.look()

    def _reborn(self) -> None:
        """After a fork: this thread only, a line of its own."""
        self._line.open(takes_part=True)
        self._heard = b""
        self.crew = Crew()
        self.parking = SharedParking(self.shared, self.crew, self._line)
        _thread.start_new_thread(self._follow_keeper, (os.getpid(),))

    def _tell_wait(self, primitive: str, seconds: float, origin: str) -> None:
        self._line.say({"wait": [primitive, seconds, origin]})


def share(settings: Settings, line: Line) -> None:
    """Take part in the shared time until the process ends."""
    SharedTime(line).begin((settings.door, *settings.services.values()))
