"""Faults named row.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates


def updates(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme")
    return [client.say("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"})]


CASES = [
    Case("row.locked", "B", "no", updates, "row.update", [(400, "UNABLE_TO_LOCK_ROW")], [(204, "")]),
    Case("row.validation", "B", "no", creates, "row.create", [(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")], CREATED),
]  # fmt: skip
PAIRS: list[Pair] = []
