"""Virtual time moves when somebody waits; the machine's time is only read."""

import threading

import pytest

from sfchaos.core.clock import EPOCH, SystemClock, VirtualClock, iso_utc, parse_instant_s

AT_EPOCH_S = 1768467600.0  # 2026-01-15T09:00:00Z


def test_virtual_time_starts_at_the_epoch():
    clock = VirtualClock()
    assert (clock.now_s(), clock.elapsed_s()) == (AT_EPOCH_S, 0.0)
    assert VirtualClock("2026-01-15T10:00:00+01:00").now_s() == AT_EPOCH_S
    assert VirtualClock(5).now_s() == 5.0


def test_waiting_jumps_and_nothing_goes_back():
    clock = VirtualClock()
    clock.wait(86400)
    clock.wait(0)
    clock.wait(-5)
    clock.advance(-5)
    clock.advance_to(10)
    assert clock.elapsed_s() == 86400.0
    clock.advance_to(90000.5)
    assert clock.now_s() == AT_EPOCH_S + 90000.5


def test_a_waiter_decides_when_to_jump():
    clock = VirtualClock()
    asked = []
    clock.waiter = asked.append
    clock.wait(3.5)
    clock.wait(0)
    assert asked == [3.5]
    assert clock.elapsed_s() == 0.0


def test_every_move_is_told_and_a_reset_too():
    clock = VirtualClock()
    told = []
    clock.moved = lambda: told.append(clock.elapsed_s())
    clock.wait(2)
    clock.advance(0)
    clock.advance_to(7)
    clock.reset()
    assert told == [2.0, 7.0, 0.0]


def test_ten_thousand_exact_instants_do_not_drift():
    clock = VirtualClock()
    for n in range(1, 10_001):
        clock.advance_to(n / 10)
    assert clock.elapsed_s() == 1000.0


def test_threads_get_names_in_order_of_first_use_and_anew_after_a_reset():
    clock = VirtualClock()
    names = [clock.origins.alias(), clock.origins.alias()]
    for _ in range(2):
        thread = threading.Thread(target=lambda: names.append(clock.origins.alias()))
        thread.start()
        thread.join()
    assert names == ["main", "main", "t2", "t3"]
    clock.reset()
    assert clock.origins.alias() == "main"


def test_the_machines_time_runs_and_can_be_moved_ahead():
    clock = SystemClock()
    before_s = clock.elapsed_s()
    clock.advance(3600)
    clock.advance(-7200)
    assert 3600 <= clock.elapsed_s() - before_s < 3700
    clock.wait(-1)


def test_instants_are_read_and_written():
    assert parse_instant_s(EPOCH) == AT_EPOCH_S
    assert parse_instant_s("1970-01-01T01:00:00.25+01:00") == 0.25
    assert iso_utc(AT_EPOCH_S) == EPOCH
    assert iso_utc(AT_EPOCH_S + 0.25, milliseconds=True) == "2026-01-15T09:00:00.250Z"


def test_an_instant_without_a_zone_is_refused_by_name():
    with pytest.raises(ValueError, match=r"2026-01-15T09:00:00.*no time zone"):
        parse_instant_s("2026-01-15T09:00:00")
