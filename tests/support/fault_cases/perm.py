"""Faults named perm.*"""

from __future__ import annotations

from fault_case import Case, Client, Pair, Seen


def selects(client: Client) -> list[Seen]:
    return [client.say("GET", "/query?q=SELECT+Id,Phone+FROM+Account")]


CASES = [
    Case("perm.fls_removed", "E", "no", selects, "query.first", [(400, "INVALID_FIELD")], [(200, "")]),
]  # fmt: skip
PAIRS: list[Pair] = []
