"""The functions that stand in for the real ones. Each asks which VirtualTime is on, and does the real thing when none is,
when the calling thread is an outsider, or when the harness itself calls."""

from __future__ import annotations

import selectors
import sys
import threading
import types
from typing import TYPE_CHECKING, Any

from sfchaos.vtime import active, originals, selecting
from sfchaos.vtime.replacing import Replacements, is_harness

if TYPE_CHECKING:
    from sfchaos.vtime.virtual import VirtualTime

RESOLUTION_S = 1e-6  # of virtual monotonic clocks; asyncio runs timers that are due within one resolution
WAITING_LIBRARIES = frozenset({"threading", "queue", "concurrent"})


def _virtual() -> VirtualTime | None:
    """The VirtualTime that governs the caller of a stand-in, if any."""
    on = active.now
    if on is None or on.crew.is_outsider() or is_harness(sys._getframe(2).f_globals.get("__name__", "")):
        return None
    return on


def sleep(seconds: float) -> None:
    on = _virtual()
    if on is None or not isinstance(seconds, int | float) or not seconds > 0:
        originals.sleep(seconds)  # raises what it should, or gives way to other threads
    else:
        on.sleep(seconds)


def monotonic() -> float:
    on = _virtual()
    return originals.monotonic() if on is None else on.monotonic_s()


def monotonic_ns() -> int:
    on = _virtual()
    return originals.monotonic_ns() if on is None else on.monotonic_ns()


def perf_counter() -> float:
    on = _virtual()
    return originals.perf_counter() if on is None else on.monotonic_s()


def perf_counter_ns() -> int:
    on = _virtual()
    return originals.perf_counter_ns() if on is None else on.monotonic_ns()


def get_clock_info(name: Any) -> Any:
    info = originals.get_clock_info(name)
    if _virtual() is None or name not in ("monotonic", "perf_counter"):
        return info
    return types.SimpleNamespace(**{**vars(info), "resolution": RESOLUTION_S, "implementation": "virtual"})


def condition_wait(self: threading.Condition, timeout: float | None = None) -> bool:
    on = active.now
    if on is None or on.crew.is_outsider():
        return originals.condition_wait(self, timeout)
    if not self._is_owned():  # type: ignore[attr-defined]  # what the real one asks
        raise RuntimeError("cannot wait on un-acquired lock")
    return on.wait_on(self, timeout, _waiting_for())


def thread_join(self: threading.Thread, timeout: float | None = None) -> None:
    on = active.now
    if on is None or on.crew.is_outsider():
        originals.thread_join(self, timeout)
    else:
        on.join(self, timeout)


async def asyncio_sleep(delay: float, result: Any = None) -> Any:
    on = active.now
    if on is not None and not on.crew.is_outsider():
        on.report("asyncio.sleep", delay)
    return await originals.asyncio_sleep()(delay, result)


def _waiting_for() -> str:
    """`Event.wait`, `Queue.get`: the library's method that waits on a condition, else `Condition.wait`."""
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__", "").partition(".")[0] in WAITING_LIBRARIES:
        return frame.f_code.co_qualname
    return "Condition.wait"


_FUNCTIONS = Replacements({
    originals.sleep: sleep, originals.monotonic: monotonic, originals.monotonic_ns: monotonic_ns, originals.perf_counter: perf_counter,
    originals.perf_counter_ns: perf_counter_ns, originals.get_clock_info: get_clock_info, **originals.QUEUES,
})  # fmt: skip

_METHODS: list[tuple[type, str, Any, Any]] = [
    (threading.Condition, "wait", originals.condition_wait, condition_wait),
    (threading.Thread, "join", originals.thread_join, thread_join),
    *selecting.methods(selectors),
]


def put_in() -> None:
    """Replace everything that is not patched by somebody else."""
    if "asyncio" in sys.modules:
        _FUNCTIONS.extend({originals.asyncio_sleep(): asyncio_sleep})
    _FUNCTIONS.put_in()
    for owner, name, original, stand_in in _METHODS:
        if vars(owner).get(name) is original:
            setattr(owner, name, stand_in)


def take_out() -> None:
    for owner, name, original, stand_in in _METHODS:
        if vars(owner).get(name) is stand_in:
            setattr(owner, name, original)
    _FUNCTIONS.take_out()
