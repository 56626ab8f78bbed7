"""Where threads wait in virtual time, and the rule by which time jumps.

Time jumps to the earliest deadline only when nobody can do anything before it: no request is in flight elsewhere and
every other thread of the target waits here too. Threads blocked in something that is not replaced (a plain lock, a real
socket) are recognised by standing still over real pauses. One sleeper wakes at a time, in order of deadline and of
arrival, and the next only when that one waits again: the same program takes the same turns.
"""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable

from sfchaos.core.clock import VirtualClock
from sfchaos.vtime import originals
from sfchaos.vtime.crew import SEES_STATES, Crew, Posture, posture_of

PAUSE_S = 0.0005  # real: lets a thread that was just woken come to the interpreter
STANDING_STILL_S = PAUSE_S if SEES_STATES else 3 * PAUSE_S

Doze = Callable[[float], bool]


class Sleeper:
    """One thread that waits. `release` wakes it, as it would a lock: that is all `Condition.notify` asks of a waiter.

    `deadline_s` is in seconds of the clock's run, None for ever. `awake` tells whether the wait has already ended for a
    reason that releases nothing (a joined thread died, a selector has something ready): then the thread counts as running.
    `doze` waits up to some real seconds in another way than on the lock, and tells whether the wait is over.
    `heeds_outsiders`: threads outside the target could end this wait, so they too must stand still before time jumps.
    """

    __slots__ = ("awake", "deadline_s", "doze", "expired", "heeds_outsiders", "ident", "number", "parking", "real_deadline_s", "signal", "woken")

    def __init__(self, parking: Parking, seconds: float | None, *, awake: Callable[[], bool] | None = None, doze: Doze | None = None,
                 heeds_outsiders: bool = False) -> None:  # fmt: skip
        self.parking = parking
        self.deadline_s = None if seconds is None else parking.clock.elapsed_s() + seconds
        self.real_deadline_s = None if seconds is None else originals.monotonic() + seconds
        self.awake, self.doze, self.heeds_outsiders = awake, doze, heeds_outsiders
        self.signal = _thread.allocate_lock()
        self.signal.acquire()
        self.woken = self.expired = False
        self.ident = self.number = 0

    def release(self) -> None:
        """Wake the thread. Raises RuntimeError when it is awake already, so that a notify goes to the next one."""
        with self.parking.mutex:
            if self.woken or self.expired:
                raise RuntimeError("release unlocked lock")
            self.woken = True
            self.parking.forget(self)
            self.ring()

    def ring(self) -> None:
        """Make the thread look again. Call with the mutex held."""
        if self.signal.locked():
            self.signal.release()

    def wait_for_real(self, seconds: float | None) -> None:
        if self.doze is not None:
            self.woken = self.doze(PAUSE_S if seconds is None else seconds) or self.woken
        elif seconds is None:
            self.signal.acquire()
        else:
            self.signal.acquire(timeout=seconds)


class Parking:
    """All waiting threads of one VirtualTime. `mutex` guards everything here; it may be taken again by the same thread
    (a finalizer that notifies a condition can run anywhere)."""

    def __init__(self, clock: VirtualClock, crew: Crew, in_flight: Callable[[], int] | None = None) -> None:
        self.clock, self.crew = clock, crew
        self.mutex = threading.RLock()
        self.is_open = True
        self.still_s = STANDING_STILL_S
        self._in_flight = in_flight
        self._parked: dict[int, Sleeper] = {}  # by thread ident
        self._leader: Sleeper | None = None  # the one sleeper that looks again after each pause
        self._arrivals = 0
        self._moves = 0
        self._posture: tuple[int, Posture] | None = None
        self._still_since_s = 0.0

    def nothing_in_flight(self) -> bool:
        return self._in_flight is None or self._in_flight() <= 0

    def park(self, sleeper: Sleeper) -> bool:
        """Wait until the sleeper is woken (True) or its deadline has come (False)."""
        with self.mutex:
            self._enter(sleeper)
        try:
            while True:
                with self.mutex:
                    pause_s = None if sleeper.woken or not self.is_open else self._look(sleeper)
                    if sleeper.woken or sleeper.expired:
                        return sleeper.woken
                    if not self.is_open:
                        break
                sleeper.wait_for_real(pause_s)
            return self._finish_in_real_time(sleeper)
        finally:
            with self.mutex:
                self._leave(sleeper)

    def close(self) -> None:
        """Virtual time is over: who still waits goes on waiting for the rest in real time."""
        with self.mutex:
            self.is_open = False
            for sleeper in self._parked.values():
                sleeper.ring()

    def enter(self, sleeper: Sleeper) -> None:
        """Count the calling thread as waiting while it blocks in a real function; `leave` ends it."""
        with self.mutex:
            self._enter(sleeper)
            earliest = self._earliest()
            if earliest is not None:
                earliest.ring()

    def leave(self, sleeper: Sleeper) -> None:
        with self.mutex:
            self._leave(sleeper)

    def forget(self, sleeper: Sleeper) -> None:
        """It can run again from now on, whenever it gets to it. Call with the mutex held."""
        if self._parked.get(sleeper.ident) is sleeper:
            del self._parked[sleeper.ident]
            self._moves += 1

    def _enter(self, sleeper: Sleeper) -> None:
        self._arrivals += 1
        self._moves += 1
        sleeper.number, sleeper.ident = self._arrivals, _thread.get_ident()
        if not sleeper.woken:
            self._parked[sleeper.ident] = sleeper

    def _leave(self, sleeper: Sleeper) -> None:
        self.forget(sleeper)
        sleeper.expired = True
        following = self._earliest()
        if following is not None and self._nobody_leads():
            following.ring()

    def _earliest(self) -> Sleeper | None:
        timed = [(sleeper.deadline_s, sleeper.number, sleeper) for sleeper in self._parked.values() if sleeper.deadline_s is not None]
        return min(timed)[2] if timed else None

    def _look(self, sleeper: Sleeper) -> float | None:
        """Let time jump if it may. Returns how long `sleeper` is to wait for real before it looks again (None: until rung)."""
        if sleeper.awake is not None and sleeper.awake():
            sleeper.woken = True
            return None
        earliest = self._earliest()
        if earliest is not None and self._may_jump_to(earliest):
            self._expire(earliest)
        if sleeper.deadline_s is None or sleeper.expired:
            return None
        if self._nobody_leads():
            self._leader = sleeper
        return PAUSE_S if self._leader is sleeper else None

    def _nobody_leads(self) -> bool:
        return self._leader is None or self._leader.expired or self._leader.woken

    def _may_jump_to(self, earliest: Sleeper) -> bool:
        if self._wake_those_awake() or not self.nothing_in_flight():
            self._posture = None
            return False
        others = self.crew.apart_from(self._parked, among_outsiders=earliest.heeds_outsiders)
        if not others:
            return True
        if earliest.real_deadline_s is not None and originals.monotonic() >= earliest.real_deadline_s:
            return True  # it waited that long for real: somebody computes, and time would have passed
        return self._stand_still(others)

    def _wake_those_awake(self) -> bool:
        awake = [sleeper for sleeper in self._parked.values() if sleeper.awake is not None and sleeper.awake()]
        for sleeper in awake:
            sleeper.ring()
        return bool(awake)

    def _stand_still(self, others: list[threading.Thread]) -> bool:
        posture = posture_of(others)
        seen = None if posture is None else (self._moves, posture)
        now_s = originals.monotonic()
        if seen is None or seen != self._posture:
            self._posture, self._still_since_s = seen, now_s
            return False
        return now_s - self._still_since_s >= self.still_s

    def _expire(self, sleeper: Sleeper) -> None:
        assert sleeper.deadline_s is not None
        self.clock.advance_to(sleeper.deadline_s)
        sleeper.expired = True
        self.forget(sleeper)
        self._posture = None
        sleeper.ring()

    def _finish_in_real_time(self, sleeper: Sleeper) -> bool:
        left_s = None if sleeper.deadline_s is None else max(0.0, sleeper.deadline_s - self.clock.elapsed_s())
        until_s = None if left_s is None else originals.monotonic() + left_s
        while not sleeper.woken and (until_s is None or originals.monotonic() < until_s):
            sleeper.wait_for_real(None if until_s is None else max(0.0, until_s - originals.monotonic()))
            sleeper.woken = sleeper.woken or (sleeper.awake is not None and sleeper.awake())
        return sleeper.woken
