"""Faults named bulk.*"""

from __future__ import annotations

from typing import Any

import requests
from fault_case import Case, Client, Pair, Seen, seen_of


def loads(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(600)
    info = client.raw("GET", path).json()
    sizes = [len(client.raw("GET", f"{path}/{name}").text.splitlines()) - 1 for name in ("successfulResults", "failedResults", "unprocessedrecords")]
    return [info["state"], info["numberRecordsFailed"], *sizes]


def loads_and_asks_why(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(60)
    info = client.raw("GET", path).json()
    return [info["state"], info["numberRecordsProcessed"], info.get("errorMessage", "").partition(" : ")[0]]


def polls(client: Client) -> list[Seen]:
    path = client.job()
    seen = []
    for _ in range(2):
        client.rig.clock.advance(60)
        seen.append(client.raw("GET", path).json()["state"])
    return seen


def _step(client: Client, method: str, path: str, json: Any = None, **more: Any) -> Seen:
    try:
        reply = client.raw(method, path, json, **more)
    except requests.RequestException as error:
        return type(error).__name__
    return seen_of(reply)


def creates(client: Client) -> list[Seen]:
    return [_step(client, "POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}) for _ in range(2)]


def uploads_twice(client: Client) -> list[Seen]:
    path = "/jobs/ingest/" + client.raw("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()["id"]
    return [_step(client, "PUT", path + "/batches", data=b"Name\nA\nB\nC\nD\n", headers={"Content-Type": "text/csv"}) for _ in range(2)]


def uploads_and_counts(client: Client) -> list[Seen]:
    path = "/jobs/ingest/" + client.raw("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()["id"]
    seen = [_step(client, "PUT", path + "/batches", data=b"Name\nAA\nBB\nCC\nDD\n", headers={"Content-Type": "text/csv"})]
    client.raw("PATCH", path, {"state": "UploadComplete"})
    client.rig.clock.advance(60)
    return [*seen, client.raw("GET", path).json()["numberRecordsProcessed"]]


def closes_twice(client: Client) -> list[Seen]:
    path = "/jobs/ingest/" + client.raw("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()["id"]
    client.raw("PUT", path + "/batches", data=b"Name\nA\n", headers={"Content-Type": "text/csv"})
    return [_step(client, "PATCH", path, {"state": "UploadComplete"}) for _ in range(2)]


def names_loaded(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(60)
    rows = client.raw("GET", f"{path}/successfulResults").text.splitlines()[1:]
    names = [row.rpartition(",")[2].strip('"') for row in rows]
    return [names == sorted(names, key=lambda name: int(name[1:])), sorted(names) == sorted(f"N{n}" for n in range(10)), len(names)]


def asks_for_results(client: Client) -> list[Seen]:
    path = client.job()
    client.rig.clock.advance(60)
    return [client.raw("GET", f"{path}/successfulResults").status_code]


def pages_of_a_query(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 5)
    path = "/jobs/query/" + client.raw("POST", "/jobs/query", {"query": "SELECT Id FROM Contact", "operation": "query"}).json()["id"]
    client.rig.clock.advance(60)
    seen: list[Seen] = []
    locator = ""
    while locator != "null":
        page = client.raw("GET", f"{path}/results?maxRecords=2" + (f"&locator={locator}" if locator else ""))
        seen.append(page.status_code if page.status_code != 200 else len(page.text.splitlines()) - 1)
        locator = page.headers.get("Sforce-Locator", "null")
    return seen


def two_batches(client: Client) -> list[Seen]:
    base, headers = f"{client.base}/services/async/62.0", {"X-SFDC-Session": client.known.access_token}
    job = client.session.post(f"{base}/job", json={"operation": "insert", "object": "Account", "contentType": "CSV"}, headers=headers, timeout=0.5).json()["id"]
    for name in ("A", "B"):
        client.session.post(f"{base}/job/{job}/batch", data=f"Name\n{name}\n".encode(), headers={**headers, "Content-Type": "text/csv"}, timeout=0.5)
    client.session.post(f"{base}/job/{job}", json={"state": "Closed"}, headers=headers, timeout=0.5)
    client.rig.clock.advance(60)
    listed = client.session.get(f"{base}/job/{job}/batch", headers=headers, timeout=0.5).text
    return [[state for state in ("NotProcessed", "Failed", "Completed") if f">{state}<" in listed or f'"{state}"' in listed], client.rig.org.count("Account")]


LOADED: list[Seen] = ["JobComplete", 0, 10, 0, 0]
OK: Seen = (200, "")
STORED: Seen = (201, "")
CASES = [
    Case("bulk.rows_failed", "P", "", loads, "bulk2.close", ["JobComplete", 3, 7, 3, 0], LOADED, (("rows", [2, 4, 9]),)),
    Case("bulk.job_failed_mid", "P", "", loads, "bulk2.close", ["Failed", 0, 5, 0, 5], LOADED),
    Case("bulk.stuck", "E", "", polls, "bulk2.close", ["InProgress", "JobComplete"], ["JobComplete"] * 2, (("hold", "90s"),)),
    Case("bulk.job_failed_all", "B", "", loads_and_asks_why, "bulk2.close", ["Failed", 0, "InvalidBatch"], ["JobComplete", 10, ""]),
    Case("bulk.csv_dialect", "B", "", loads_and_asks_why, "bulk2.close", ["Failed", 0, "ClientInputError"], ["JobComplete", 10, ""]),
    Case("bulk.aborted_by_admin", "P", "", loads, "bulk2.close", ["Aborted", 0, 5, 0, 5], LOADED),
    Case("bulk.aborted_by_admin", "P", "", loads, "bulk2.close", ["Aborted", 0, 3, 0, 7], LOADED, (("after_rows", 3),)),
    Case("bulk.slow_queue", "E", "", polls, "bulk2.close", ["UploadComplete", "JobComplete"], ["JobComplete"] * 2, (("hold", "90s"),)),
    Case("bulk.state_flicker", "S", "no", polls, "bulk2.poll", ["InProgress", "JobComplete"], ["JobComplete"] * 2),
    Case("bulk.create_lost", "A", "yes", creates, "bulk2.create", ["ConnectionError", OK], [OK, OK]),
    Case("bulk.upload_lost", "A", "yes", uploads_twice, "bulk2.upload", ["ConnectionError", (400, "CLIENTINPUTERROR")], [STORED, (400, "CLIENTINPUTERROR")]),
    Case("bulk.close_lost", "A", "yes", closes_twice, "bulk2.close", ["ConnectionError", (400, "INVALIDJOBSTATE")], [OK, (400, "INVALIDJOBSTATE")]),
    Case("bulk.upload_partial", "P", "yes", uploads_and_counts, "bulk2.upload", ["ConnectionError", 1], [STORED, 4]),
    Case("bulk.upload_partial", "P", "no", uploads_twice, "bulk2.upload", ["ConnectionError", STORED], [STORED, (400, "CLIENTINPUTERROR")], (("keep", "nothing"),)),
    Case("bulk.results_reordered", "R", "no", names_loaded, "bulk2.ok", [False, True, 10], [True, True, 10]),
    Case("bulk.results_truncated", "A", "no", names_loaded, "bulk2.ok", [True, False, 5], [True, True, 10]),
    Case("bulk.results_expired", "E", "no", asks_for_results, "bulk2.ok", [404], [200]),
    Case("bulk.results_locator", "E", "no", pages_of_a_query, "bulk2q.results", [2, 400], [2, 2, 1]),
    Case("bulk.results_locator", "E", "no", pages_of_a_query, "bulk2q.results", [2], [2, 2, 1], (("how", "early"),)),
    Case("bulk.row_lock_storm", "P", "", loads, "bulk2.close", ["JobComplete", 2, 8, 2, 0], LOADED, (("rows", [1, 5]),)),
    Case("bulk.batch_not_processed", "P", "", two_batches, "bulk1.batch", [["Failed", "Completed"], 1], [["Completed"], 2]),
    Case("bulk.batch_not_processed", "P", "", two_batches, "bulk1.batch", [["NotProcessed", "Completed"], 1], [["Completed"], 2], (("state", "NotProcessed"),)),
]  # fmt: skip

LOST, LOUD = ("SFC-INT-01", "row-lost"), ("loud_ok",)
CLOSE = {"on": "bulk2.close/*"}
MENDS = "bulk_clients:sends_what_is_left"
PAIRS = [
    Pair("bulk.job_failed_all", "bulk_clients:looks_at_the_end", "bulk_clients:takes_the_end_for_success", CLOSE, LOST, LOUD),
    Pair("bulk.csv_dialect", "bulk_clients:looks_at_the_end", "bulk_clients:takes_the_end_for_success", CLOSE, LOST, LOUD),
    Pair("bulk.aborted_by_admin", MENDS, "bulk_clients:takes_the_end_for_success", CLOSE, LOST),
    Pair("bulk.slow_queue", MENDS, "bulk_clients:starts_another_after_ten_minutes", CLOSE, "duplicate"),
    Pair("bulk.state_flicker", MENDS, "bulk_clients:starts_over_at_a_step_back", {"on": "bulk2.poll/*", "times": 2}, "duplicate"),
    Pair("bulk.create_lost", "bulk_clients:goes_on_with_what_is_there", "bulk_clients:gives_up_quietly", {"on": "bulk2.create/*"}, LOST),
    Pair("bulk.upload_lost", "bulk_clients:goes_on_with_what_is_there", "bulk_clients:gives_up_quietly", {"on": "bulk2.upload/*"}, LOST),
    Pair("bulk.close_lost", "bulk_clients:goes_on_with_what_is_there", "bulk_clients:starts_over_after_a_lost_reply", CLOSE, "duplicate"),
    Pair("bulk.upload_partial", "bulk_clients:counts_the_rows", "bulk_clients:closes_what_was_stored", {"on": "bulk2.upload/*", "with": {"cut": 400}}, LOST),
    Pair("bulk.results_reordered", "bulk_clients:matches_by_key", "bulk_clients:matches_by_position", {"on": "bulk2.ok/*"}, ("SFC-INT-03", "row-corrupted")),
    Pair("bulk.results_truncated", "bulk_clients:counts_the_results", "bulk_clients:takes_what_comes", {"on": "bulk2q.results/*"}, LOST, config="reading.toml"),
    Pair("bulk.results_expired", "bulk_clients:says_that_results_are_gone", "bulk_clients:reads_what_is_there", {"before": "bulk2q.results/*"}, LOST, LOUD, config="reading.toml"),
    Pair("bulk.results_locator", "bulk_clients:counts_the_results", "bulk_clients:takes_what_comes", {"on": "bulk2q.results/*", "with": {"how": "early"}}, LOST, config="reading.toml"),
    Pair("bulk.row_lock_storm", MENDS, "bulk_clients:takes_the_end_for_success", CLOSE, LOST),
    Pair("bulk.batch_not_processed", "bulk_clients:looks_at_every_batch", "bulk_clients:looks_at_the_job", {"on": "bulk1.batch/*"}, LOST),
]  # fmt: skip
