"""The real functions, taken before anything is replaced. Only vtime calls them."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

sleep = time.sleep
monotonic = time.monotonic
monotonic_ns = time.monotonic_ns
perf_counter = time.perf_counter
perf_counter_ns = time.perf_counter_ns
get_clock_info = time.get_clock_info
condition_wait = threading.Condition.wait
thread_join = threading.Thread.join
# SimpleQueue waits in C. The library has the same in Python, which waits on a Condition, and so in virtual time.
QUEUES: dict[Any, Any] = {queue.SimpleQueue: vars(queue)["_PySimpleQueue"]} if "_PySimpleQueue" in vars(queue) else {}


def asyncio_sleep() -> Any:
    """asyncio.sleep, taken when asyncio is there: importing it would cost every run 30 ms."""
    import asyncio

    global _asyncio_sleep
    if _asyncio_sleep is None:
        _asyncio_sleep = asyncio.sleep
    return _asyncio_sleep


_asyncio_sleep: Any = None
