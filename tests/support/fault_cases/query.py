"""Faults named query.*"""

from __future__ import annotations

from fault_case import Case, Client, Pair, Seen


def pages(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 201)
    first = client.raw("GET", "/query?q=SELECT+Id+FROM+Contact", headers={"Sforce-Query-Options": "batchSize=200"}).json()
    return [client.say("GET", first["nextRecordsUrl"].partition("v62.0")[2])]


CASES = [
    Case("query.locator_dead", "E", "no", pages, "query.more", [(400, "INVALID_QUERY_LOCATOR")], [(200, "")]),
]  # fmt: skip
PAIRS: list[Pair] = []
