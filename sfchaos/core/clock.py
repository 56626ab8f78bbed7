"""Time comes in through the door: nothing in org, faults or controls reads the machine's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from sfchaos.core.origins import Origins

EPOCH = "2026-01-15T09:00:00Z"  # where virtual time starts unless told otherwise


class Clock(Protocol):
    """`now_s` is seconds since 1970 on the org's clock; `elapsed_s` seconds since the run began."""

    def now_s(self) -> float: ...
    def elapsed_s(self) -> float: ...
    def wait(self, seconds: float) -> None: ...
    def advance(self, seconds: float) -> None: ...


class VirtualClock:
    """Time that moves only when somebody waits. A day costs nothing.

    `wait` jumps at once, unless `waiter` is set: then whoever knows the other threads (vtime) decides when to jump.
    `moved` is told of every change, also a reset. `origins` names the client's threads; a reset starts their names again.
    """

    def __init__(self, epoch: str | float = EPOCH) -> None:
        self._start_s = parse_instant_s(epoch) if isinstance(epoch, str) else float(epoch)
        self._elapsed_s = 0.0
        self._lock = threading.Lock()
        self.waiter: Callable[[float], None] | None = None
        self.moved: Callable[[], None] | None = None
        self.origins = Origins()

    def now_s(self) -> float:
        return self._start_s + self._elapsed_s

    def elapsed_s(self) -> float:
        return self._elapsed_s

    def wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if self.waiter is not None:
            self.waiter(seconds)
        else:
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        if seconds > 0:
            with self._lock:
                self._elapsed_s += seconds
            if self.moved is not None:
                self.moved()

    def advance_to(self, elapsed_s: float) -> None:
        """Exactly this many seconds since the run began; never back. (Adding up differences would drift by rounding.)"""
        with self._lock:
            self._elapsed_s = max(self._elapsed_s, elapsed_s)
        if self.moved is not None:
            self.moved()

    def reset(self) -> None:
        """Back to the start of the run."""
        with self._lock:
            self._elapsed_s = 0.0
        self.origins.clear()
        if self.moved is not None:
            self.moved()


class SystemClock:
    """The machine's time, and as far ahead of it as `advance` has moved it: all that is told by `moved` when it does.

    `ahead_s` are seconds ahead of the machine. Programs that share this time count from the machine's monotonic clock, as this does.
    """

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._wall_s = time.time()
        self._lock = threading.Lock()
        self.ahead_s = 0.0
        self.moved: list[Callable[[], None]] = []
        self.origins = Origins()

    def now_s(self) -> float:
        return self._wall_s + self.elapsed_s()

    def elapsed_s(self) -> float:
        return time.monotonic() - self._started_s + self.ahead_s

    def shared_s(self) -> float:
        """Seconds of the machine's monotonic clock, and how far we are ahead of it: the time that several processes can share."""
        return time.monotonic() + self.ahead_s

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def advance(self, seconds: float) -> None:
        if seconds > 0:
            with self._lock:
                self.ahead_s += seconds
            for tell in list(self.moved):
                tell()


def parse_instant_s(text: str) -> float:
    """`2026-01-15T09:00:00Z` as seconds since 1970. Raises ValueError for anything that is not ISO 8601 with an offset."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it with Z or an offset")
    return moment.timestamp()


def iso_utc(at_s: float, *, milliseconds: bool = False) -> str:
    """Seconds since 1970 as `2026-01-15T09:00:00Z` (or with `.000`)."""
    text = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.replace("+00:00", "Z")
