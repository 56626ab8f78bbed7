"""Virtual time: a day costs nothing, every wait is told, and everything is put back."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import queue
import selectors
import sys
import threading
import time
import types
from time import monotonic as imported_monotonic
from time import sleep as imported_sleep

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from sfchaos.core.clock import VirtualClock
from sfchaos.core.errors import HarnessError
from sfchaos.core.messages import Request, Response
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.vtime import originals
from sfchaos.vtime.virtual import VirtualTime, virtual_time

DAY_S = 86400.0
ROWS = "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Account"


class Waits:
    def __init__(self) -> None:
        self.told: list[tuple[str, float, str]] = []

    def __call__(self, primitive: str, requested_s: float, origin: str) -> None:
        self.told.append((primitive, requested_s, origin))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def real_limit():
    """Fails the test when it took a second of real time: a wait was not virtual."""
    began_s = originals.perf_counter()
    yield
    assert originals.perf_counter() - began_s < 1.0


pytestmark = pytest.mark.usefixtures("real_limit")


def test_a_day_of_sleep_moves_every_clock_by_a_day(clock):
    with virtual_time(clock):
        began = (time.monotonic(), time.perf_counter(), time.time(), dt.datetime.now(dt.UTC), imported_monotonic(), time.monotonic_ns())
        assert began[3] == dt.datetime(2026, 1, 15, 9, tzinfo=dt.UTC)
        time.sleep(DAY_S)
        assert time.monotonic() - began[0] == DAY_S
        assert time.perf_counter() - began[1] == DAY_S
        assert time.time() - began[2] == DAY_S
        assert dt.datetime.now(dt.UTC) - began[3] == dt.timedelta(days=1)
        assert imported_monotonic() - began[4] == DAY_S
        assert time.monotonic_ns() - began[5] == 86_400_000_000_000
        assert time.strftime("%Y-%m-%d", time.gmtime()) == "2026-01-16"
    assert clock.elapsed_s() == DAY_S


def test_names_imported_before_are_reached_and_waits_are_told(clock):
    waits = Waits()
    with virtual_time(clock, on_wait=waits):
        imported_sleep(3)
        time.sleep(0.25)
        time.sleep(0)
        threading.Event().wait(5)
        with pytest.raises(queue.Empty):
            queue.Queue().get(timeout=7)
        threading.Semaphore(0).acquire(timeout=2)
    assert [wait[:2] for wait in waits.told] == [
        ("time.sleep", 3), ("time.sleep", 0.25), ("Event.wait", 5), ("Queue.get", 7), ("Semaphore.acquire", 2),
    ]  # fmt: skip
    assert {origin for _, _, origin in waits.told} == {"main"}
    assert clock.elapsed_s() == pytest.approx(17.25)


def test_sleep_refuses_what_the_real_one_refuses(clock):
    with virtual_time(clock):
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
        with pytest.raises(TypeError):
            time.sleep("1")  # type: ignore[arg-type]


def test_the_clock_moved_by_hand_moves_the_wall_too(clock):
    with virtual_time(clock):
        before = time.monotonic()
        clock.advance(90)
        assert time.time() == clock.now_s()
        assert time.monotonic() - before == 90


def test_a_twenty_four_hour_backoff_takes_as_many_waits_as_arithmetic_says(clock):
    waits, pause_s = 0, 1.0
    began_s = originals.perf_counter()
    with virtual_time(clock):
        while clock.elapsed_s() < DAY_S:
            waits += 1
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 3600.0)
    assert originals.perf_counter() - began_s < 0.1
    assert waits == 35  # 12 doubling waits are 4,095 s, 23 of 3,600 s end at 86,895 s: 36 tries with 35 waits between them


def test_the_real_retry_waits_its_backoff_in_virtual_time(clock):
    waits = Waits()
    replies = [Response(503, work_s=0.0)] * 3 + [Response(200, b"", work_s=0.0)]
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(total=5, backoff_factor=2, status_forcelist=[503])))
    with urllib3_door(lambda request: replies.pop(0), clock=clock), virtual_time(clock, on_wait=waits):
        assert session.get(ROWS).status_code == 200
    assert waits.told == [("time.sleep", 4, "main"), ("time.sleep", 8, "main")]
    assert clock.elapsed_s() == 12


def test_a_read_timeout_of_an_hour_takes_no_time_and_is_no_wait_of_the_target(clock):
    waits = Waits()
    silent = Response(200).travelling(fate="never", hold_s=7200.0)
    with urllib3_door(lambda request: silent, clock=clock), virtual_time(clock, on_wait=waits), pytest.raises(requests.ReadTimeout):
        requests.get(ROWS, timeout=3600)
    assert clock.elapsed_s() == 3600
    assert waits.told == []


def test_four_sleeping_threads_share_one_time(clock):
    woken: list[tuple[float, int]] = []

    def work(seconds: int) -> int:
        for _ in range(3):
            time.sleep(seconds)
            woken.append((clock.elapsed_s(), seconds))
        return seconds

    with virtual_time(clock), concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, [100, 200, 300, 500])) == [100, 200, 300, 500]
    assert clock.elapsed_s() == 1500
    assert [at for at, _ in woken] == sorted(at for at, _ in woken)
    assert sorted(woken) == sorted((n * s, s) for s in (100, 200, 300, 500) for n in (1, 2, 3))


def test_threads_wake_in_the_same_order_every_time():
    def run() -> list[tuple[str, float]]:
        clock, order = VirtualClock(), []

        def work(name: str, step_s: float) -> None:
            for _ in range(6):
                time.sleep(step_s)
                order.append((name, clock.elapsed_s()))

        with virtual_time(clock):
            threads = [threading.Thread(target=work, args=(name, step_s)) for name, step_s in [("a", 1.0), ("b", 2.0), ("c", 3.0)]]
            for thread in threads:
                thread.start()
                time.sleep(0.125)
            for thread in threads:
                thread.join()
        return order

    first = run()
    assert all(run() == first for _ in range(10))


def test_a_thread_that_computes_is_not_overtaken(clock):
    results: queue.Queue[float] = queue.Queue()

    def compute() -> None:
        total = 0
        for number in range(300_000):
            total += number
        results.put(clock.elapsed_s())

    with virtual_time(clock):
        thread = threading.Thread(target=compute)
        thread.start()
        assert results.get(timeout=60) == 0.0
        thread.join()
    assert clock.elapsed_s() == 0.0


def test_a_notified_thread_runs_before_time_jumps(clock):
    seen: list[float] = []
    event = threading.Event()

    def wait_for_it() -> None:
        event.wait(50)
        seen.append(clock.elapsed_s())

    with virtual_time(clock):
        for _ in range(20):
            event.clear()
            thread = threading.Thread(target=wait_for_it)
            thread.start()
            time.sleep(1)
            event.set()
            time.sleep(10)
            thread.join()
    assert seen == [1 + 11 * n for n in range(20)]


def test_conditions_time_out_at_their_deadline_and_return_what_the_real_ones_return(clock):
    condition = threading.Condition()
    with virtual_time(clock):
        with condition:
            assert condition.wait(9) is False
            assert condition.wait(0) is False
            assert condition.wait_for(lambda: clock.elapsed_s() >= 9, timeout=100) is True
        with pytest.raises(RuntimeError, match="un-acquired"):
            condition.wait(1)
        barrier = threading.Barrier(2)
        with pytest.raises(threading.BrokenBarrierError):
            barrier.wait(timeout=5)
    assert clock.elapsed_s() == pytest.approx(14)


def test_a_notify_reaches_the_next_waiter_when_the_first_has_timed_out(clock):
    condition = threading.Condition()
    got: dict[str, bool] = {}

    def wait(name: str, seconds: float) -> None:
        with condition:
            got[name] = condition.wait(seconds)

    with virtual_time(clock):
        threads = [threading.Thread(target=wait, args=args) for args in (("short", 1.0), ("long", 100.0))]
        for thread in threads:
            thread.start()
        time.sleep(5)
        with condition:
            condition.notify()
        for thread in threads:
            thread.join()
    assert got == {"short": False, "long": True}
    assert clock.elapsed_s() == 5


def test_join_with_a_timeout_gives_up_in_virtual_time_and_sees_the_end(clock):
    waits = Waits()
    with virtual_time(clock, on_wait=waits):
        thread = threading.Thread(target=time.sleep, args=(100,))
        thread.start()
        thread.join(30)
        assert (thread.is_alive(), clock.elapsed_s()) == (True, 30)
        thread.join(500)
        assert (thread.is_alive(), clock.elapsed_s()) == (False, 100)
        with pytest.raises(RuntimeError, match="current thread"):
            threading.current_thread().join(1)
    assert ("Thread.join", 30, "t2") in waits.told or ("Thread.join", 30, "main") in waits.told


def test_a_thread_blocked_in_a_plain_lock_does_not_stop_time(clock):
    lock = threading.Lock()
    entered: list[float] = []

    def wait_for_the_lock() -> None:
        with lock:
            entered.append(clock.elapsed_s())

    with virtual_time(clock):
        with lock:
            thread = threading.Thread(target=wait_for_the_lock)
            thread.start()
            time.sleep(40)
        thread.join()
    assert entered == [40]


def test_time_does_not_jump_while_a_request_is_in_flight_elsewhere(clock):
    in_flight = [1]
    waited_s: list[float] = []

    def work() -> None:
        began_s = originals.perf_counter()
        time.sleep(30)
        waited_s.append(originals.perf_counter() - began_s)

    with virtual_time(clock, in_flight=lambda: in_flight[0]):
        thread = threading.Thread(target=work)
        thread.start()
        originals.sleep(0.05)
        assert clock.elapsed_s() == 0
        in_flight[0] = 0
        thread.join()
    assert waited_s[0] >= 0.04
    assert clock.elapsed_s() == 30


def test_a_delivery_wait_counts_as_waiting_not_as_running(clock):
    slow = Response(200, b"", work_s=0.0).travelling(delay_s=20.0)
    done: list[float] = []

    def fetch() -> None:
        requests.get(ROWS)
        done.append(clock.elapsed_s())

    with urllib3_door(lambda request: slow, clock=clock), virtual_time(clock):
        threads = [threading.Thread(target=fetch) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert done == [20, 20, 20, 20]


def test_doors_and_waits_name_a_thread_alike(clock):
    waits = Waits()
    seen: list[Request] = []

    def handler(request: Request) -> Response:
        seen.append(request)
        return Response(200, b"")

    def work() -> None:
        requests.get(ROWS)
        time.sleep(1)

    with urllib3_door(handler, clock=clock), virtual_time(clock, on_wait=waits):
        work()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [request.origin for request in seen] == [origin for _, _, origin in waits.told] == ["main", "t2"]


def test_a_thread_from_before_lives_in_real_time(clock):
    stop = threading.Event()
    reads: list[float] = []

    def tick() -> None:
        while not stop.wait(0.01):
            time.sleep(0.001)
            reads.append(time.monotonic())

    outsider = threading.Thread(target=tick)
    outsider.start()
    try:
        with virtual_time(clock):
            time.sleep(DAY_S)
            originals.sleep(0.1)
            assert clock.elapsed_s() == DAY_S
    finally:
        stop.set()
        outsider.join()
    assert 1 <= len(reads) < 50
    assert max(reads) <= originals.monotonic()


def test_asyncio_sleeps_timeouts_and_threads_follow(clock):
    waits = Waits()

    async def main() -> None:
        await asyncio.sleep(100)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(7):
                await asyncio.sleep(1000)
        await asyncio.gather(asyncio.sleep(5), asyncio.sleep(20))
        await asyncio.to_thread(time.sleep, 33)

    with virtual_time(clock, on_wait=waits):
        asyncio.run(main())
    assert clock.elapsed_s() == pytest.approx(100 + 7 + 20 + 33)
    assert [wait[:2] for wait in waits.told if wait[0] == "asyncio.sleep"] == [("asyncio.sleep", n) for n in (100, 1000, 5, 20)]


def test_the_clock_set_back_between_runs_never_sets_monotonic_clocks_back(clock):
    with virtual_time(clock):
        before = time.monotonic()
        time.sleep(50)
        clock.reset()
        assert time.time() == clock.now_s() == 1768467600.0
        assert time.monotonic() > before + 50
        again = time.monotonic()
        time.sleep(0.1)
        assert time.monotonic() - again == pytest.approx(0.1, abs=1e-6)


def test_a_busy_loop_on_the_clock_ends(clock):
    with virtual_time(clock):
        until_s = time.monotonic() + 2
        while time.monotonic() < until_s:
            pass
    assert clock.elapsed_s() == pytest.approx(2)


def names() -> tuple[object, ...]:
    return (time.sleep, time.monotonic, time.perf_counter, time.monotonic_ns, time.perf_counter_ns, time.get_clock_info, imported_sleep,
            threading.Condition.wait, threading.Thread.join, selectors.DefaultSelector.select, asyncio.sleep)  # fmt: skip


def test_nothing_remains_patched_also_after_an_exception(clock):
    before = names()
    with virtual_time(clock):
        assert all(now is not then for now, then in zip(names(), before, strict=True))
    assert names() == before
    with pytest.raises(ZeroDivisionError), virtual_time(clock):
        _ = 1 / 0
    assert names() == before
    assert (clock.waiter, clock.moved) == (None, None)
    assert abs(time.time() - dt.datetime.now().timestamp()) < 1
    assert time.time() != clock.now_s()


def test_a_module_loaded_meanwhile_is_given_the_real_functions_afterwards(clock):
    module = types.ModuleType("late_comer")
    try:
        with virtual_time(clock):
            sys.modules["late_comer"] = module
            exec("from time import sleep", module.__dict__)
            module.sleep(10)
            assert clock.elapsed_s() == 10
        assert module.sleep is originals.sleep
    finally:
        del sys.modules["late_comer"]


def test_what_somebody_else_patched_stays_theirs(clock, monkeypatch):
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    with virtual_time(clock):
        time.sleep(9)
    assert naps == [9]
    assert clock.elapsed_s() == 0


def test_two_clocks_at_once_are_refused_and_the_same_one_is_taken_again(clock):
    with virtual_time(clock) as outer:
        with virtual_time(clock) as inner:
            assert inner is outer
        time.sleep(1)
        with pytest.raises(HarnessError, match="already on"):
            VirtualTime(VirtualClock()).start()
    assert clock.elapsed_s() == 1


def test_a_thread_still_asleep_at_the_end_goes_on_in_real_time(clock):
    done = threading.Event()

    def nap() -> None:
        time.sleep(0.15)
        done.set()

    thread = threading.Thread(target=nap)
    with virtual_time(clock, in_flight=lambda: 1):
        thread.start()
        originals.sleep(0.02)
    assert not done.is_set()
    assert done.wait(0.5)
    thread.join()
