"""How long a client's thread has been quiet."""

from sfchaos.rig.traffic import Traffic


def test_a_thread_is_idle_from_the_end_of_its_last_exchange():
    traffic = Traffic()
    assert traffic.idle_s("main", 5.0) is None
    traffic.ended("main", 10.0)
    traffic.ended("t2", 40.0)
    assert (traffic.idle_s("main", 70.0), traffic.idle_s("t2", 70.0), traffic.idle_s("main", 9.0)) == (60.0, 30.0, 0.0)
