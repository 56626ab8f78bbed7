"""Faults named row.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates


def updates(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme")
    return [client.say("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"})]


def reads_and_updates(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Acme")
    return [client.say("GET", f"/sobjects/Account/{account}"), *[client.say("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"})]]


def creates_four(client: Client) -> list[Seen]:
    rows = [{"attributes": {"type": "Account"}, "Name": f"A{n}"} for n in range(4)]
    reply = client.raw("POST", "/composite/sobjects", {"allOrNone": False, "records": rows})
    return [row["errors"][0]["statusCode"] if row["errors"] else "" for row in reply.json()]


def creates_with_a_phone(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": "Acme", "Phone": "1"})]


def upserts_twice(client: Client) -> list[Seen]:
    path = "/sobjects/Account/External_Id__c/A-1"
    return [*[client.say("PATCH", path, {"Name": "Acme"}) for _ in range(2)], client.rig.org.count("Account")]


def upserts_and_counts_the_matches(client: Client) -> list[Seen]:
    reply = client.raw("PATCH", "/sobjects/Account/External_Id__c/A-1", {"Name": "Acme"})
    return [reply.status_code, len(reply.json()), client.rig.org.count("Account")]


TRIGGER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
CASES = [
    Case("row.locked", "B", "no", updates, "row.update", [(400, "UNABLE_TO_LOCK_ROW")], [(204, "")]),
    Case("row.validation", "B", "no", creates, "row.create", [(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")], CREATED),
    Case("row.required_missing", "E", "no", creates, "row.create", [(400, "REQUIRED_FIELD_MISSING")], CREATED),
    Case("schema.new_required", "E", "no", creates_four, "coll.create", ["REQUIRED_FIELD_MISSING"] * 4, [""] * 4),
    Case("row.readonly_field", "B", "no", creates_with_a_phone, "row.create", [(400, "INVALID_FIELD_FOR_INSERT_UPDATE")], CREATED),
    Case("row.trigger_error", "B", "no", creates, "row.create", [(400, TRIGGER)], CREATED),
    Case("row.trigger_error", "B", "partly", creates_four, "coll.create", ["", TRIGGER] * 2, [""] * 4, (("nth", 2),)),
    Case("row.duplicate_rule", "B", "no", creates, "row.create", [(400, "DUPLICATES_DETECTED")], CREATED),
    Case("row.duplicate_rule", "B", "partly", creates_four, "coll.create", ["", "DUPLICATES_DETECTED", "", ""], [""] * 4, (("rows", [2]),)),
    Case("row.upsert_race", "A", "yes", upserts_twice, "row.upsert", [(400, "DUPLICATE_VALUE"), (200, ""), 1], [(201, ""), (200, ""), 1]),
    Case("row.multi_match", "B", "no", upserts_and_counts_the_matches, "row.upsert", [300, 2, 0], [201, 4, 1]),
    Case("row.deleted", "E", "no", reads_and_updates, "row.update", [(200, ""), (404, "ENTITY_IS_DELETED")], [(200, ""), (204, "")]),
]  # fmt: skip

STOPS, SKIPS, LOST, LOUD = "schema_clients:stops_at_a_refusal", "schema_clients:skips_what_is_refused", ("SFC-INT-01", "row-lost"), ("loud_ok",)
AT_THE_THIRD = {"on": "row.*/*#3~1"}
PAIRS = [
    Pair("row.required_missing", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("row.readonly_field", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("row.trigger_error", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("row.duplicate_rule", STOPS, SKIPS, AT_THE_THIRD, LOST, LOUD),
    Pair("row.upsert_race", "row_clients:upserts_once_more", "row_clients:creates_what_cannot_be_upserted", {"on": "row.upsert/*#3~1"}, "duplicate"),
    Pair("row.multi_match", STOPS, "row_clients:takes_three_hundred_for_success", AT_THE_THIRD, LOST, LOUD),
    Pair("row.deleted", "row_clients:says_what_is_gone", "row_clients:inserts_it_again", {"before": "row.update/*#2~1"}, ("SFC-INT-01", "row-lost"), LOUD),
]  # fmt: skip
