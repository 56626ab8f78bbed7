"""Pairs of SFC-INT-*: rows lost, doubled, changed, refused in silence; jobs that fail in part; replies that are lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sfchaos.scenario.selfcheck.desk import Desk, Reply, key_of, name_of, patiently
from sfchaos.scenario.selfcheck.pair import Pair

WAITS_S = (1, 2, 4)


def _everyone(desk: Desk) -> range:
    return range(1, desk.rows + 1)


def _all_rows(desk: Desk) -> None:
    for number in _everyone(desk):
        patiently(desk, number, WAITS_S)


def _ends_after_trouble(desk: Desk) -> None:
    """Leaves the loop with the row that needed a second try."""
    for number in _everyone(desk):
        reply = desk.upsert(number)
        if reply.passes:
            patiently(desk, number, WAITS_S)
            return
        desk.told(f"upsert of Contact {key_of(number)}", reply)


def _cuts_names(desk: Desk) -> None:
    for number in _everyone(desk):
        patiently(desk, number, WAITS_S, name=name_of(number)[:8])


# ---------------------------------------------------------------------- creates

def _repeats_one(desk: Desk) -> None:
    for number in _everyone(desk):
        if _created(desk, number).passes:
            time.sleep(1)
            _created(desk, number)


def _repeats_all(desk: Desk) -> None:
    """Starts the list again where only one row had failed."""
    for number in _everyone(desk):
        if _created(desk, number).passes:
            time.sleep(1)
            for again in _everyone(desk):
                _created(desk, again)
            return


def _looks_first(desk: Desk) -> None:
    if not _created(desk, 1).passes:
        return
    time.sleep(1)
    if not desk.told("query of Contact", desk.find(1)).data["totalSize"]:
        _created(desk, 1)


def _repeats_blindly(desk: Desk) -> None:
    if _created(desk, 1).passes:
        time.sleep(1)
        _created(desk, 1)


def _created(desk: Desk, number: int) -> Reply:
    return desk.told(f"create of Contact {key_of(number)}", desk.create(number))


# ---------------------------------------------------------------------- refusals for good

def _lists_rejects(desk: Desk) -> None:
    for number in _everyone(desk):
        reply = patiently(desk, number, ())
        if not reply.ok:
            desk.reject(number, reply)


def _counts_rejects(desk: Desk) -> None:
    """Says how many rows were refused, not which."""
    refused = sum(not desk.upsert(number).ok for number in _everyone(desk))
    for _ in _everyone(desk):
        desk.log.info("a Contact was sent")
    desk.log.warning("%s of Contact were refused", refused)


# ---------------------------------------------------------------------- jobs

def _repeats_failed_rows(desk: Desk) -> None:
    path = _loaded(desk, _everyone(desk))
    failed = desk.send("GET", f"{path}/failedResults").text
    _loaded(desk, [number for number in _everyone(desk) if key_of(number) in failed])


def _repeats_file(desk: Desk) -> None:
    path = _loaded(desk, _everyone(desk))
    if _state(desk, path)["numberRecordsFailed"]:
        _loaded(desk, _everyone(desk))


def _loaded(desk: Desk, numbers: Iterable[int]) -> str:
    """One upsert job from its creation to its end; the job's path."""
    settings = {"object": "Contact", "operation": "upsert", "externalIdFieldName": "External_Id__c", "contentType": "CSV", "lineEnding": "LF"}
    path = f"/jobs/ingest/{desk.send('POST', '/jobs/ingest', json.dumps(settings)).data['id']}"
    rows = "".join(f"{key_of(number)},{name_of(number)}\n" for number in numbers)
    desk.send("PUT", f"{path}/batches", f"External_Id__c,LastName\n{rows}", kind="text/csv")
    desk.send("PATCH", path, json.dumps({"state": "UploadComplete"}))
    for wait_s in (5, 10, 20, 40, 80):
        if _state(desk, path)["state"] in ("JobComplete", "Failed"):
            break
        time.sleep(wait_s)
    desk.log.info("bulk job for Contact ended")
    return path


def _state(desk: Desk, path: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.send("GET", path).data
    return found


def _busy(where: str) -> tuple[dict[str, Any], ...]:
    return ({"fault": "http.503", "on": where},)


PAIRS: Mapping[str, Pair] = {
    "SFC-INT-01": Pair(_all_rows, _ends_after_trouble, "row-lost", _busy("row.upsert/*#2~1"), rows=3),
    "SFC-INT-02": Pair(_repeats_one, _repeats_all, "row-duplicated", _busy("row.create/*#2~1"), rows=2, key="Legacy_Id__c", operation="create"),
    "SFC-INT-03": Pair(_all_rows, _cuts_names, "row-corrupted", _busy("row.upsert/*#1~1"), rows=2),
    "SFC-INT-04": Pair(_lists_rejects, _counts_rejects, "reject-not-reported", ({"fault": "row.validation", "before": "row.upsert/*#2~1"},),
                       also=("SFC-INT-01",), rows=2),
    "SFC-INT-05": Pair(_repeats_failed_rows, _repeats_file, "failed-results-not-fetched",
                       ({"fault": "bulk.rows_failed", "on": "bulk2.close/J1", "with": {"rows": [2], "codes": ["UNABLE_TO_LOCK_ROW"]}},), rows=3),
    "SFC-INT-06": Pair(_looks_first, _repeats_blindly, "duplicate-after-lost-reply", ({"fault": "net.response_lost", "on": "row.create/*#1~1"},),
                       also=("SFC-INT-02",), rows=1, key="Legacy_Id__c", operation="create"),
}  # fmt: skip
