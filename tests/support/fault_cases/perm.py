"""Faults named perm.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates


def selects(client: Client) -> list[Seen]:
    return [client.say("GET", "/query?q=SELECT+Id,Phone+FROM+Account")]


def reads_whole(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme", Phone="1")
    row = client.raw("GET", f"/sobjects/Account/{account}").json()
    return [row.get("Phone", "gone"), "Tax_Number__c" in row]


def counts_others_rows(client: Client) -> list[Seen]:
    client.rig.org.create("Account", Name="Somebody's")
    return [client.raw("GET", "/query?q=SELECT+Id+FROM+Account").json()["totalSize"]]


YES: list[Seen] = [(200, "")]
CASES = [
    Case("perm.fls_removed", "E", "no", selects, "query.first", [(400, "INVALID_FIELD")], YES),
    Case("perm.object_removed", "E", "no", selects, "query.first", [(400, "INVALID_TYPE")], YES),
    Case("perm.sharing_shrunk", "E", "no", counts_others_rows, "query.first", [0], [1]),
    Case("perm.fls_leak", "E", "no", reads_whole, "row.get", ["1", True], ["1", False]),
    Case("perm.api_disabled", "E", "no", creates, "row.create", [(403, "API_CURRENTLY_DISABLED")], CREATED),
]  # fmt: skip

STOPS, SKIPS, LOST, LOUD = "schema_clients:stops_at_a_refusal", "schema_clients:skips_what_is_refused", ("SFC-INT-01", "row-lost"), ("loud_ok",)
PAIRS = [
    Pair("perm.object_removed", STOPS, SKIPS, {"before": "row.*/*#3~1"}, LOST, LOUD),
    Pair("perm.sharing_shrunk", "schema_clients:reads_and_counts", "schema_clients:reads_what_it_sees", {"before": "query.first/Q2"}, LOST, LOUD, config="reading.toml"),
    Pair("perm.fls_leak", "schema_clients:reads_what_it_needs", "schema_clients:logs_whole_rows", {"before": "row.get/*#1~1"}, "leak"),
    Pair("perm.api_disabled", STOPS, SKIPS, {"before": "row.*/*#3~1"}, LOST, LOUD),
]  # fmt: skip
