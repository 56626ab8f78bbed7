"""The rule by which time jumps, at the level of single sleepers."""

from __future__ import annotations

import threading

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.vtime import originals
from sfchaos.vtime.crew import Crew
from sfchaos.vtime.parking import Parking, Sleeper


@pytest.fixture
def parking() -> Parking:
    return Parking(VirtualClock(), Crew())


def test_alone_a_sleeper_jumps_to_its_deadline(parking):
    assert parking.park(Sleeper(parking, 3600.0)) is False
    assert parking.clock.elapsed_s() == 3600.0


def test_a_sleeper_released_before_it_parks_does_not_wait(parking):
    sleeper = Sleeper(parking, 3600.0)
    sleeper.release()
    assert parking.park(sleeper) is True
    assert parking.clock.elapsed_s() == 0.0


def test_a_sleeper_can_be_released_once_and_not_after_its_deadline(parking):
    released, expired = Sleeper(parking, 1.0), Sleeper(parking, 1.0)
    released.release()
    with pytest.raises(RuntimeError):
        released.release()
    parking.park(expired)
    with pytest.raises(RuntimeError):
        expired.release()


def test_many_threads_with_equal_and_unequal_naps_all_wake_at_their_time():
    """Every sleeper that leaves must leave somebody awake to look after the others: 40 rounds of six threads."""
    for _ in range(40):
        clock = VirtualClock()
        parking = Parking(clock, Crew())
        late: list[float] = []

        def nap(seconds: float, clock: VirtualClock = clock, parking: Parking = parking, late: list[float] = late) -> None:
            for _ in range(4):
                due_s = clock.elapsed_s() + seconds
                parking.park(Sleeper(parking, seconds))
                late.append(clock.elapsed_s() - due_s)

        threads = [threading.Thread(target=nap, args=(seconds,), daemon=True) for seconds in (20.0, 20.0, 20.0, 5.0, 7.0, 40.0)]
        for thread in threads:
            thread.start()
        for thread in threads:
            originals.thread_join(thread, 5)
        assert not any(thread.is_alive() for thread in threads)
        assert late == [0.0] * 24
        assert clock.elapsed_s() == 160.0


def test_who_still_waits_when_time_ends_waits_the_rest_for_real():
    parking = Parking(VirtualClock(), Crew(), in_flight=lambda: 1)
    took_s: list[float] = []

    def nap() -> None:
        began_s = originals.perf_counter()
        parking.park(Sleeper(parking, 0.1))
        took_s.append(originals.perf_counter() - began_s)

    thread = threading.Thread(target=nap)
    thread.start()
    originals.sleep(0.02)
    parking.close()
    thread.join()
    assert 0.09 <= took_s[0] < 2


def test_who_leaves_at_once_wakes_another_to_look_after_time(parking):
    """Else the other, told before that somebody looks, would sleep for ever."""
    other = Sleeper(parking, 30.0)
    parking._parked[-1] = other  # as if another thread were blocked on it
    assert parking.park(Sleeper(parking, 20.0)) is False
    assert parking.clock.elapsed_s() == 20.0
    assert not other.signal.locked()
