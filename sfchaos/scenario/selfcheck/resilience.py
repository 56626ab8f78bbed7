"""Pairs of SFC-RES-*: attempts, waits, Retry-After, refusals for good, load under an outage."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from sfchaos.scenario.selfcheck.desk import Desk, Reply, patiently
from sfchaos.scenario.selfcheck.pair import Client, Pair

DOUBLING = (1, 2, 4, 8, 16, 32, 64, 128)


def _waits(waits_s: Sequence[float]) -> Client:
    return lambda desk: 0 if patiently(desk, 1, waits_s).ok else 1


def _obeys(desk: Desk) -> None:
    _comes_back_after(desk, float(desk.upsert(1).retry_after))


def _hurries(desk: Desk) -> None:
    desk.upsert(1)
    _comes_back_after(desk, 1)


def _comes_back_after(desk: Desk, wait_s: float) -> None:
    time.sleep(wait_s)
    desk.told("upsert of Contact", desk.upsert(1))


def _reports_refusal(desk: Desk) -> int:
    return _refused(desk, desk.upsert(1))


def _insists(desk: Desk) -> int:
    desk.upsert(1)
    time.sleep(1)
    return _refused(desk, desk.upsert(1))


def _refused(desk: Desk, reply: Reply) -> int:
    desk.told("upsert of Contact P-001", reply)
    return 1


# ---------------------------------------------------------------------- an outage of 100 s, after a minute of calm

CALM = 6


def _reads(desk: Desk, number: int, waits_s: Sequence[float]) -> Reply:
    reply = desk.find(number)
    for wait_s in waits_s:
        if reply.ok:
            break
        time.sleep(wait_s)
        reply = desk.find(number)
    return desk.told(f"read of Contact {number}", reply)


def _calm_minute(desk: Desk) -> None:
    for number in range(CALM):
        _reads(desk, number, ())
        time.sleep(10)


def _slows_down(desk: Desk) -> None:
    _calm_minute(desk)
    _reads(desk, CALM, (10, 20, 40, 80))


def _presses_on(desk: Desk) -> None:
    """Gives each row a few quick tries and takes the next one: nobody counts the calls in all."""
    _calm_minute(desk)
    for number in range(CALM, CALM + 60):
        if _reads(desk, number, (0.5, 1, 2)).ok:
            return


PAIRS: Mapping[str, Pair] = {
    "SFC-RES-01": Pair(_waits(DOUBLING[:4]), _waits(DOUBLING), "attempts-exceeded", ({"fault": "http.503", "on": "row.upsert/*", "times": "always"},)),
    "SFC-RES-02": Pair(_waits((1, 2, 4)), _waits((2, 2, 2)), "gaps-constant", ({"fault": "http.503", "on": "row.upsert/*#1~1..3", "times": "always"},)),
    "SFC-RES-04": Pair(_obeys, _hurries, "retry-after-ignored", ({"fault": "http.503_retry_after", "on": "row.upsert/*#1~1", "with": {"retry_after": "30"}},)),
    "SFC-RES-05": Pair(_reports_refusal, _insists, "repeated-unchanged", ({"fault": "row.validation", "before": "row.upsert/*#1~1"},)),
    "SFC-RES-09": Pair(_slows_down, _presses_on, "load-amplified", ({"fault": "http.503", "on": "query.first/*", "from": "T+55s", "for": "100s"},)),
}  # fmt: skip
