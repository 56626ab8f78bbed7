"""Pairs of SFC-LOG-*: a line for every transfer, failures at WARNING or above, no secret in any line."""

from __future__ import annotations

from collections.abc import Mapping

from sfchaos.scenario.selfcheck.desk import Desk, key_of
from sfchaos.scenario.selfcheck.pair import Pair


def _logs_each(desk: Desk) -> None:
    for number in (1, 2):
        desk.told(f"upsert of Contact {key_of(number)}", desk.upsert(number))


def _logs_first(desk: Desk) -> None:
    desk.told(f"upsert of Contact {key_of(1)}", desk.upsert(1))
    desk.upsert(2)


def _warns(desk: Desk) -> None:
    reply = desk.upsert(1)
    desk.reject(1, reply)
    desk.log.warning("Contact %s was refused with %s", key_of(1), reply.code)


def _mentions(desk: Desk) -> None:
    reply = desk.upsert(1)
    desk.reject(1, reply)
    desk.log.info("Contact %s was refused with %s", key_of(1), reply.code)


def _keeps_token(desk: Desk) -> None:
    desk.log.info("session opened")
    _logs_each(desk)


def _logs_token(desk: Desk) -> None:
    desk.log.info("session opened: %s", desk.token)
    _logs_each(desk)


PAIRS: Mapping[str, Pair] = {
    "SFC-LOG-01": Pair(_logs_each, _logs_first, "transfer-not-logged"),
    "SFC-LOG-03": Pair(_warns, _mentions, "logged-below-warning", ({"fault": "row.validation", "before": "row.upsert/*#1~1"},), rows=1),
    "SFC-LOG-04": Pair(_keeps_token, _logs_token, "secret-in-log"),
}
