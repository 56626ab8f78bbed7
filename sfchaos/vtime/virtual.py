"""Virtual time for code under test in this process: `time.sleep(86400)` returns at once, and a day has passed.

While it is on, sleeping, monotonic clocks, `Condition.wait` (so Event, Queue, Semaphore, Barrier, Future.result), SimpleQueue,
`Thread.join` and asyncio's waiting follow a VirtualClock; `time.time`, `datetime.now` and the like do too (time-machine).
Not reached: `Lock.acquire(timeout=)`, SimpleQueues made before, waits in C, raw sockets, and references taken before
(default arguments, class attributes, closures). They wait for real.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sfchaos.core.clock import VirtualClock
from sfchaos.core.errors import HarnessError
from sfchaos.vtime import active, originals, stand_ins
from sfchaos.vtime.crew import Crew
from sfchaos.vtime.parking import Parking, Sleeper

if TYPE_CHECKING:
    from time_machine import Traveller, travel

OnWait = Callable[[str, float, str], None]

BASE_S = float(2**30)  # where monotonic clocks stand at first: one power of two for 34 years, so that differences round alike in every run
LIMIT_S = float(2**31)
REPORTED_FROM_S = 1e-6  # shorter waits are the remains of rounding in somebody's deadline arithmetic
READS_BEFORE_TIME_MOVES = 100_000
SPIN_STEP_S = 0.001
PEER_GRACE_S = 0.02  # real: how long asyncio waits for a peer's reply that may be under way
NS = 1_000_000_000


class VirtualTime:
    """Virtual time on `clock`. `start` and `stop` it (or use it as a context manager); between runs only reset the clock.

    `on_wait(primitive, requested_s, origin)` is told of every wait the target asks for: "time.sleep", "Event.wait",
    "Queue.get", "Thread.join", "asyncio.sleep" ...; origin is the thread's alias ("main", "t2").
    `in_flight()` counts requests being worked on elsewhere: while it is above 0 time does not jump.
    """

    def __init__(self, clock: VirtualClock, *, on_wait: OnWait | None = None, in_flight: Callable[[], int] | None = None) -> None:
        self.clock, self.on_wait = clock, on_wait
        self.peer_grace_s = PEER_GRACE_S
        self._in_flight = in_flight
        self.crew: Crew
        self.parking: Parking
        self._base_s = BASE_S
        self._last_s = 0.0
        self._reads = 0
        self._wall_ns = 0
        self._travel: travel | None = None
        self._traveller: Traveller | None = None

    def start(self) -> None:
        """Raises HarnessError when virtual time is already on: one clock per process."""
        if active.now is not None:
            raise HarnessError("virtual time is already on", remedy="use the clock of the VirtualTime that is on, or end that first")
        self.crew = Crew()
        self.parking = Parking(self.clock, self.crew, self._in_flight)
        self._start_travelling()  # first: time-machine after the replacements crashes the interpreter
        try:
            stand_ins.put_in()
        except BaseException:
            self._stop_travelling()
            raise
        self.clock.waiter, self.clock.moved = self.deliver, self._follow
        active.now = self

    def stop(self) -> None:
        """Everything as it was. Threads that still wait go on in real time."""
        if active.now is not self:
            return
        active.now = None
        self.clock.waiter = self.clock.moved = None
        try:
            stand_ins.take_out()
        finally:
            self._stop_travelling()
            self.parking.close()

    def __enter__(self) -> VirtualTime:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def monotonic_s(self) -> float:
        """What `time.monotonic` says. Reading it over and over without waiting moves it in the end: a busy loop would never finish."""
        self._reads += 1
        if self._reads > READS_BEFORE_TIME_MOVES:
            self.clock.advance(SPIN_STEP_S)
        return self._base_s + self.clock.elapsed_s()

    def monotonic_ns(self) -> int:
        self.monotonic_s()
        return int(self._base_s) * NS + round(self.clock.elapsed_s() * NS)

    def sleep(self, seconds: float) -> None:
        """A wait the target asked for."""
        self.report("time.sleep", seconds)
        self.pass_time(seconds)

    def deliver(self, seconds: float) -> None:
        """A wait on the wire, which a door acts out: the clock's `waiter`."""
        if self.crew.is_outsider():
            self.crew.adopt()
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self._reads = 0
        if self.crew.is_alone() and self.parking.nothing_in_flight():
            self.clock.advance(seconds)
        else:
            self.parking.park(Sleeper(self.parking, seconds))

    def wait_on(self, condition: Any, seconds: float | None, asked_by: str) -> bool:
        """`Condition.wait`, with the condition's lock held. True when notified."""
        self._reads = 0
        if seconds is not None:
            self.report(asked_by, seconds)
        sleeper = Sleeper(self.parking, None if seconds is None else max(0.0, seconds), heeds_outsiders=True)
        condition._waiters.append(sleeper)
        held = condition._release_save()
        notified = False
        try:
            notified = self.parking.park(sleeper)
            return notified
        finally:
            condition._acquire_restore(held)
            if not notified and sleeper in condition._waiters:
                condition._waiters.remove(sleeper)

    def join(self, thread: threading.Thread, seconds: float | None) -> None:
        """`Thread.join`."""
        self._reads = 0

        def has_ended() -> bool:
            return not thread.is_alive() or thread not in threading.enumerate()

        if seconds is None:
            sleeper = Sleeper(self.parking, None, awake=has_ended)
            self.parking.enter(sleeper)
            try:
                originals.thread_join(thread)
            finally:
                self.parking.leave(sleeper)
            return
        originals.thread_join(thread, 0)  # also raises what join raises
        if thread.is_alive() and seconds > 0:
            self.report("Thread.join", seconds)

            def doze(pause_s: float) -> bool:
                originals.thread_join(thread, pause_s)
                return not thread.is_alive()

            self.parking.park(Sleeper(self.parking, seconds, awake=has_ended, doze=doze))

    def report(self, primitive: str, seconds: float) -> None:
        if self.on_wait is not None and seconds >= REPORTED_FROM_S:
            self.on_wait(primitive, seconds, self.clock.origins.alias())

    def _follow(self) -> None:
        """The clock moved: so does the wall's time. After a reset monotonic clocks go on from where they were."""
        elapsed_s = self.clock.elapsed_s()
        if elapsed_s < self._last_s:
            after_s = self._base_s + float(int(self._last_s) + 1)
            self._base_s = after_s if after_s < LIMIT_S else BASE_S
        self._last_s = elapsed_s
        wall_ns = round(self.clock.now_s() * NS)
        if self._traveller is not None and wall_ns != self._wall_ns:
            self._traveller.shift((wall_ns - self._wall_ns) / NS)
            self._wall_ns = wall_ns

    def _start_travelling(self) -> None:
        from time_machine import travel

        self._last_s = self.clock.elapsed_s()
        self._travel = travel(self.clock.now_s(), tick=False)
        self._traveller = self._travel.start()
        self._wall_ns = round(self.clock.now_s() * NS)

    def _stop_travelling(self) -> None:
        if self._travel is not None:
            self._travel.stop()
        self._travel = self._traveller = None


@contextmanager
def virtual_time(
    clock: VirtualClock, *, on_wait: OnWait | None = None, in_flight: Callable[[], int] | None = None
) -> Iterator[VirtualTime]:  # fmt: skip
    """Virtual time on `clock` until the block ends. Inside another block on the same clock it changes nothing."""
    outer = active.now
    if outer is not None and outer.clock is clock and on_wait is None and in_flight is None:
        yield outer
        return
    with VirtualTime(clock, on_wait=on_wait, in_flight=in_flight) as on:
        yield on
