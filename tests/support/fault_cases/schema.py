"""Faults named schema.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen


def selects(client: Client) -> list[Seen]:
    return [client.say("GET", "/query?q=SELECT+Id,Phone+FROM+Account")]


def creates_with_a_phone(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": "Acme", "Phone": "555 0101"})]


def creates_with_a_source(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": "Acme", "Industry": "Agriculture"})]


def describes_and_reads(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme", Phone="1")
    row = client.raw("GET", f"/sobjects/Account/{account}").json()
    described = [f["name"] for f in client.raw("GET", "/sobjects/Account/describe").json()["fields"]]
    return [row.get("Phone"), row.get("Phone_Renamed__c"), "Phone" in described, "Phone_Renamed__c" in described]


def reads_a_number(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme", NumberOfEmployees=12)
    client.say("GET", "/query?q=SELECT+Id,NumberOfEmployees+FROM+Account")
    return [client.raw("GET", f"/sobjects/Account/{account}").json()["NumberOfEmployees"]]


def reads(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme")
    return [client.say("GET", f"/sobjects/Account/{account}"), *selects(client)]


YES: list[Seen] = [(200, "")]
PHONE = (("field", "Phone"),)
CASES = [
    Case("schema.field_removed", "E", "no", selects, "query.first", [(400, "INVALID_FIELD")], YES),
    Case("schema.field_removed", "E", "no", creates_with_a_phone, "row.create", [(400, "INVALID_FIELD")], CREATED),
    Case("schema.field_removed", "E", "no", describes_and_reads, "row.get", [None, None, False, False], ["1", None, True, False], PHONE),
    Case("schema.field_renamed", "E", "no", describes_and_reads, "row.get", [None, "1", False, True], ["1", None, True, False], PHONE),
    Case("schema.type_changed", "E", "no", creates_with_a_phone, "row.create", [(400, "STRING_TOO_LONG")], CREATED),
    Case("schema.type_changed", "E", "no", reads_a_number, "query.first", ["12"], [12], (("becomes", "string"),)),
    Case("schema.picklist_restricted", "E", "no", creates_with_a_source, "row.create", [(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")], CREATED),
    Case("schema.object_gone", "E", "no", reads, "row.get", [(404, "NOT_FOUND"), (400, "INVALID_TYPE")], YES * 2),
]  # fmt: skip

STOPS, SKIPS, LOST, LOUD = "schema_clients:stops_at_a_refusal", "schema_clients:skips_what_is_refused", ("SFC-INT-01", "row-lost"), ("loud_ok",)
AT_THE_THIRD = {"before": "row.*/*#3~1"}
PAIRS = [
    Pair("schema.field_removed", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("schema.field_renamed", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("schema.type_changed", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("schema.picklist_restricted", "schema_clients:writes_sources_and_stops", "schema_clients:writes_sources_and_skips", {**AT_THE_THIRD, "with": {"field": "LeadSource", "value": "Web"}},
         LOST, LOUD),
    Pair("schema.object_gone", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
]  # fmt: skip
