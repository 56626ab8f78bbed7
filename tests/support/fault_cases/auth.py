"""Faults named auth.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates, seen_of


def creates_then_refreshes(client: Client) -> list[Seen]:
    return [*creates(client), seen_of(client.refresh())]


def refreshes_twice(client: Client) -> list[Seen]:
    return ["refresh_token" in client.refresh().json(), seen_of(client.refresh())]


CASES = [
    Case("auth.expired", "E", "no", creates, "row.create", [(401, "INVALID_SESSION_ID")], CREATED),
    Case("auth.revoked", "E", "no", creates_then_refreshes, "row.create", [(401, "INVALID_SESSION_ID"), (400, "invalid_grant")], [*CREATED, (200, "")]),
    Case("auth.rotated", "E", "yes", refreshes_twice, "auth.refresh", [True, (400, "invalid_grant")], [False, (200, "")]),
]  # fmt: skip
PAIRS: list[Pair] = []
