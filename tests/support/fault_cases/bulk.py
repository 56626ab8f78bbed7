"""Faults named bulk.*"""

from __future__ import annotations

from fault_case import Case, Client, Pair, Seen


def loads(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(60)
    info = client.raw("GET", path).json()
    sizes = [len(client.raw("GET", f"{path}/{name}").text.splitlines()) - 1 for name in ("successfulResults", "failedResults", "unprocessedrecords")]
    return [info["state"], info["numberRecordsFailed"], *sizes]


def polls(client: Client) -> list[Seen]:
    path = client.job()
    seen = []
    for _ in range(2):
        client.rig.clock.advance(60)
        seen.append(client.raw("GET", path).json()["state"])
    return seen


LOADED: list[Seen] = ["JobComplete", 0, 10, 0, 0]

CASES = [
    Case("bulk.rows_failed", "P", "", loads, "bulk2.close", ["JobComplete", 3, 7, 3, 0], LOADED, (("rows", [2, 4, 9]),)),
    Case("bulk.job_failed_mid", "P", "", loads, "bulk2.close", ["Failed", 0, 5, 0, 5], LOADED),
    Case("bulk.stuck", "E", "", polls, "bulk2.close", ["InProgress", "JobComplete"], ["JobComplete"] * 2, (("hold", "90s"),)),
]  # fmt: skip
PAIRS: list[Pair] = []
