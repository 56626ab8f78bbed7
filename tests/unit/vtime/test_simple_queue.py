"""queue.SimpleQueue in virtual time: C's is the library's own in Python meanwhile."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.vtime.virtual import virtual_time


def test_an_empty_queue_is_waited_for_in_virtual_time():
    clock = VirtualClock()
    with virtual_time(clock), pytest.raises(queue.Empty):
        queue.SimpleQueue().get(timeout=3600)
    assert clock.elapsed_s() == 3600


def test_a_thread_that_puts_later_ends_the_wait_at_its_time():
    clock = VirtualClock()

    def put(where):
        time.sleep(60)
        where.put("late")

    with virtual_time(clock):
        here = queue.SimpleQueue()
        thread = threading.Thread(target=put, args=(here,))
        thread.start()
        assert here.get(timeout=3600) == "late"
        thread.join()
    assert clock.elapsed_s() == 60


def test_a_pool_of_threads_works_through_it():
    clock = VirtualClock()
    with virtual_time(clock), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda n: time.sleep(n) or n, [1, 2, 3])) == [1, 2, 3]
    assert clock.elapsed_s() == pytest.approx(4)


def test_the_real_one_is_back_afterwards_and_one_that_was_made_still_works():
    real = queue.SimpleQueue
    with virtual_time(VirtualClock()):
        made = queue.SimpleQueue()
        assert queue.SimpleQueue is not real
    assert queue.SimpleQueue is real
    made.put(1)
    assert made.get(timeout=1) == 1
