"""Faults named limit.*"""

from __future__ import annotations

from typing import Any

from fault_case import CREATED, Case, Client, Pair, Seen, creates, seen_of


def creates_and_shows_the_usage(client: Client) -> list[Seen]:
    reply = client.raw("POST", "/sobjects/Account", {"Name": "Acme"})
    used, maximum = reply.headers.get("Sforce-Limit-Info", "api-usage=0/1").partition("=")[2].split("/")
    return [seen_of(reply), int(used) >= int(maximum)]


def creates_many(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": f"Acme {n}"}) for n in range(4)]


def logs_in(client: Client) -> list[Seen]:
    return [_by_password(client, client.known.password + client.known.security_token)]


def logs_in_wrongly_first(client: Client) -> list[Seen]:
    return [_by_password(client, "wrong"), _by_password(client, "wrong"), *logs_in(client)]


def _by_password(client: Client, secret: str) -> Seen:
    known = client.known
    form = {"grant_type": "password", "username": known.username, "password": secret, "client_id": known.client_id, "client_secret": known.client_secret}
    return seen_of(client.session.post(f"{client.base}/services/oauth2/token", data=form, timeout=0.5))


def creates_a_job(client: Client) -> list[Seen]:
    return [client.say("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})]


def creates_a_query_job(client: Client) -> list[Seen]:
    return [client.say("POST", "/jobs/query", {"query": "SELECT Id FROM Account", "operation": "query"})]


def loads(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(60)
    info = client.raw("GET", path).json()
    sizes = [len(client.raw("GET", f"{path}/{name}").text.splitlines()) - 1 for name in ("successfulResults", "failedResults", "unprocessedrecords")]
    return [info["state"], *sizes]


def creates_then_updates(client: Client) -> list[Seen]:
    account = client.rig.org.create("Account", Name="Old")
    return [*creates(client), client.say("PATCH", f"/sobjects/Account/{account}", {"Phone": "1"})]


def opens_three_cursors(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 201)
    pages = []
    for n in range(3):
        query = f"/query?q=SELECT+Id+FROM+Contact+LIMIT+{300 + n}"
        pages.append(client.raw("GET", query, headers={"Sforce-Query-Options": "batchSize=200"}).json()["nextRecordsUrl"].partition("v62.0")[2])
    return [client.say("GET", page) for page in pages]


def publishes(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Order__e", {"Order_Number__c": "1"})]


def works_for_an_hour(client: Client) -> list[Seen]:
    seen = creates(client)
    client.rig.clock.advance(3600)
    return [*seen, *creates(client)]


SPENT: list[Seen] = [(403, "REQUEST_LIMIT_EXCEEDED")]
REFUSED: list[Seen] = [(400, "invalid_grant")]
YES: list[Seen] = [(200, "")]
PROFILES: tuple[tuple[tuple[str, Any], ...], ...] = tuple((("profile", name),) for name in ("rolling", "trickle", "relapse", "never"))
CASES = [
    Case("limit.daily", "B", "no", creates, "row.create", SPENT, CREATED),
    *(Case("limit.daily", "B", "no", creates, "row.create", SPENT, CREATED, profile) for profile in PROFILES),
    Case("limit.concurrent", "B", "no", creates, "row.create", SPENT, CREATED),
    Case("limit.daily_soft", "B", "yes", creates_and_shows_the_usage, "row.create", [(201, ""), True], [(201, ""), False]),
    Case("limit.daily_soft", "B", "yes", creates_many, "row.create", [(201, "")] * 2 + SPENT * 2, CREATED * 4, (("max", 20), ("overrun", 0.1))),
    Case("limit.apex_concurrent", "B", "no", creates, "row.create", SPENT, CREATED),
    Case("limit.login_rate", "B", "no", logs_in, "auth.password", REFUSED, YES),
    Case("limit.user_lock", "B", "no", logs_in, "auth.password", REFUSED, YES),
    Case("limit.user_lock", "B", "no", logs_in_wrongly_first, "auth.password", REFUSED * 3, REFUSED * 2 + YES, (("attempts", 2),)),
    Case("limit.bulk_jobs", "B", "no", creates_a_job, "bulk2.create", [(400, "EXCEEDEDQUOTA")], YES),
    Case("limit.bulk_jobs", "B", "no", creates_a_query_job, "bulk2q.create", [(400, "EXCEEDEDQUOTA")], YES),
    Case("limit.bulk_rows_daily", "P", "", loads, "bulk2.close", ["Failed", 5, 0, 5], ["JobComplete", 10, 0, 0]),
    Case("limit.storage", "B", "no", creates_then_updates, "row.create", [(400, "STORAGE_LIMIT_EXCEEDED"), (204, "")], [(201, ""), (204, "")]),
    Case("limit.storage", "B", "yes", creates_many, "row.create", [(201, "")] * 2 + [(400, "STORAGE_LIMIT_EXCEEDED")] * 2, CREATED * 4, (("after_rows", 2),)),
    Case("limit.cursors", "E", "no", opens_three_cursors, "query.first", [(400, "INVALID_QUERY_LOCATOR"), *YES * 2], YES * 3, (("max", 2),)),
    Case("limit.events", "B", "no", publishes, "event.publish", [(400, "LIMIT_EXCEEDED")], CREATED),
    Case("limit.shared_drain", "E", "yes", works_for_an_hour, "row.create", CREATED + SPENT, CREATED * 2, (("per_minute", 300),)),
]  # fmt: skip

STOPS, SKIPS, SILENT, LOUD = "limit_clients:stops_at_a_refusal", "limit_clients:skips_what_is_refused", ("SFC-INT-01", "row-lost"), ("loud_ok",)
AT_THE_THIRD = {"before": "row.*/*#3~1"}
PAIRS = [
    Pair("limit.daily_soft", STOPS, SKIPS, {**AT_THE_THIRD, "with": {"overrun": 0, "max": 100}, "for": "24h"}, SILENT, LOUD),
    Pair("limit.apex_concurrent", "limit_clients:waits_and_goes_on", SKIPS, {"on": "row.*/*#3~1", "times": 2}, SILENT),
    Pair("limit.login_rate", STOPS, "limit_clients:logs_in_again_and_again", {"before": "auth.soap/*"}, SILENT, LOUD),
    Pair("limit.user_lock", STOPS, "limit_clients:logs_in_again_and_again", {"before": "auth.soap/*"}, ("SFC-AUTH-06", "credential-hammered"), LOUD),
    Pair("limit.bulk_jobs", "limit_clients:loads_and_looks", "limit_clients:loads_and_hopes", {"before": "bulk2.create/*"}, SILENT, LOUD),
    Pair("limit.bulk_rows_daily", "limit_clients:loads_and_looks", "limit_clients:loads_and_hopes", {"on": "bulk2.close/*"}, SILENT, LOUD),
    Pair("limit.storage", STOPS, SKIPS, AT_THE_THIRD, SILENT, LOUD),
    Pair("limit.cursors", "limit_clients:reads_one_query_after_the_other", "limit_clients:reads_two_at_once", {"before": "query.first/*#1~1", "with": {"max": 1}},
         SILENT, config="reading.toml"),
    Pair("limit.events", "limit_clients:publishes_or_says_so", "limit_clients:publishes_and_forgets", {"before": "event.publish/*#2~1"}, ("SFC-LOG-03", "logged-below-warning"), LOUD),
    Pair("limit.shared_drain", STOPS, SKIPS, {"before": "row.*/*#1~1", "with": {"per_minute": 100000, "max": 60}}, SILENT, LOUD),
]  # fmt: skip
