"""Faults named http.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates, seen_of


def creates_and_shows_the_wait(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"})
    return [seen_of(reply), reply.headers.get("Retry-After")]


CASES = [
    Case("http.503", "B", "no", creates, "row.create", [(503, "SERVER_UNAVAILABLE")], CREATED),
    Case("http.503_retry_after", "B", "no", creates_and_shows_the_wait, "row.create", [(503, "SERVER_UNAVAILABLE"), "30"], [*CREATED, None]),
    Case("http.503_html", "B", "no", creates, "row.create", [(503, "<!DOCTYPE html>")], CREATED),
]  # fmt: skip
PAIRS: list[Pair] = []
