"""Faults named org.*"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from fault_case import CREATED, Case, Client, Pair, Seen, creates


def creates_then_reads(client: Client) -> list[Seen]:
    return [*creates(client), client.say("GET", "/query?q=SELECT+Id+FROM+Account")]


def asks_another_version(client: Client) -> list[Seen]:
    seen = client.say("GET", "/limits")
    newer = client.session.get(f"{client.base}/services/data/v63.0/limits", headers={"Authorization": f"Bearer {client.known.access_token}"}, timeout=0.5)
    return [seen, newer.status_code]


def asks_what_time_it_is(client: Client) -> list[Seen]:
    seconds = parsedate_to_datetime(client.raw("GET", "/limits").headers["Date"]).timestamp()
    return [round((seconds - client.rig.clock.now_s()) / 3600)]


YES: list[Seen] = [(200, "")]
CASES = [
    Case("org.version_retired", "E", "no", asks_another_version, "meta.limits", [(410, "UNSUPPORTED_API_VERSION"), 200], [(200, ""), 200]),
    Case("org.readonly", "E", "no", creates_then_reads, "row.create", [(503, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"), *YES], CREATED + YES),
    Case("org.clock", "E", "no", asks_what_time_it_is, "meta.limits", [1], [0]),
    Case("org.clock", "E", "no", asks_what_time_it_is, "meta.limits", [-2], [0], (("by", "-2h"),)),
]  # fmt: skip

LOST, LOUD = ("SFC-INT-01", "row-lost"), ("loud_ok",)
PAIRS = [
    Pair("org.version_retired", "schema_clients:stops_at_a_refusal", "schema_clients:skips_what_is_refused", {"before": "row.*/*#3~1"}, LOST, LOUD),
    Pair("org.readonly", "schema_clients:waits_for_the_window", "schema_clients:skips_what_is_refused", {"before": "row.*/*#3~1", "with": {"hold": "10m"}}, LOST),
    Pair("org.clock", "schema_clients:takes_the_watermark_from_the_org", "schema_clients:takes_the_watermark_from_its_own_clock", {"before": "query.first/*#1~1", "with": {"by": "-2h"}},
         LOST, config="reading.toml"),
]  # fmt: skip
