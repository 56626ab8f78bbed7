"""Faults named proc.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates

from sfchaos.core.errors import ProcessKilled


def creates_and_is_started_again(client: Client) -> list[Seen]:
    try:
        return [*creates(client), client.rig.org.count("Account")]
    except ProcessKilled:
        return ["killed", *creates(client), client.rig.org.count("Account")]


def creates_and_looks_at_the_clock(client: Client) -> list[Seen]:
    before_s = client.rig.clock.now_s()
    return [*creates(client), round((client.rig.clock.now_s() - before_s) / 3600)]


OWN_PROCESS = ("real",)  # behind this socket is the process of the test; `sfchaos run` kills and freezes its child
CASES = [
    Case("proc.kill_before", "K", "no", creates_and_is_started_again, "row.create", ["killed", (201, ""), 1], [(201, ""), 1], not_expressible=OWN_PROCESS),
    Case("proc.kill_after", "K", "yes", creates_and_is_started_again, "row.create", ["killed", (201, ""), 2], [(201, ""), 1], not_expressible=OWN_PROCESS),
    Case("proc.pause", "E", "yes", creates_and_looks_at_the_clock, "row.create", [*CREATED, 3], [*CREATED, 0], not_expressible=OWN_PROCESS),
]  # fmt: skip

PAIRS = [
    Pair("proc.kill_before", "proc_clients:upserts", "proc_clients:marks_before_it_writes", {"on": "row.*/*#3~1"}, ("SFC-INT-01", "row-lost")),
    Pair("proc.kill_after", "proc_clients:upserts", "proc_clients:creates", {"on": "row.*/*#3~1"}, "duplicate"),
    Pair("proc.pause", "proc_clients:logs_in_again", "proc_clients:trusts_its_session", {"on": "row.*/*#3~1"}, ("SFC-INT-01", "row-lost"),
         outcomes=("pass", "slow")),  # three hours have passed
]  # fmt: skip
