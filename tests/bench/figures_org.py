"""Figures of the org by itself: requests a second, SOQL against size, Bulk against doing it by hand."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
import tracemalloc

from measure import Row, best_s, micro, paired

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.soql import prepare

BASE = "https://acme.my.salesforce.com/services/data/v62.0"


def fresh() -> tuple[Org, tuple[tuple[str, str], ...]]:
    org = Org(clock=VirtualClock(), seed=1)
    org.limits.configure({"DailyApiRequests": 10_000_000})
    return org, (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))


def handle() -> list[Row]:
    """Simple reads, indexed queries and creates a second on one core."""
    org, headers = fresh()
    ids = org.admin.populate("Contact", 1000)
    read = Request("GET", f"{BASE}/sobjects/Contact/{ids[500]}?fields=LastName,Email", headers)
    query = Request("GET", f"{BASE}/query?q=SELECT+Id,LastName+FROM+Contact+WHERE+Id='{ids[500]}'", headers)
    bodies = iter(range(10**9))
    rows = []
    for name, aim, make in (
        ("read by id", ">= 10,000/s", lambda: read), ("indexed query", "", lambda: query),
        ("create", ">= 10,000/s", lambda: Request("POST", f"{BASE}/sobjects/Account", headers, json.dumps({"Name": f"A{next(bodies)}"}).encode())),
    ):  # fmt: skip
        assert org.handle(make()).status in (200, 201)
        took_s = best_s(lambda make=make: [org.handle(make()) for _ in range(1000)]) / 1000
        rows.append(Row(f"Org.handle: {name}", micro(took_s), "one second", f"{1 / took_s:,.0f}/s", aim))
    return rows


def soql() -> list[Row]:
    """Statements on 1,000,000 rows against the same on 1,000, and what a statement costs that was seen before."""
    small, large = {}, {}
    for size, times in ((1_000, small), (1_000_000, large)):
        org, headers = fresh()
        _fill(org, size)
        lookup = Request("GET", f"{BASE}/query?q=SELECT+Id,LastName+FROM+Contact+WHERE+External_Id__c='E-{size // 2}'", headers)
        assert json.loads(org.handle(lookup).body)["totalSize"] == 1
        times["lookup"] = best_s(lambda org=org, request=lookup: [org.handle(request) for _ in range(500)]) / 500
        for name, text in (("COUNT()", "SELECT COUNT() FROM Contact"), ("GROUP BY", "SELECT OwnerId,COUNT(Id) FROM Contact GROUP BY OwnerId")):
            request = Request("GET", f"{BASE}/query?q={text.replace(' ', '+')}", headers)
            times[name] = best_s(lambda org=org, request=request: org.handle(request))
        times["page"] = _paging_s(org, headers)
    rows = [
        Row(
            "SOQL lookup, 1,000,000 rows",
            micro(large["lookup"]),
            f"1,000 rows: {micro(small['lookup'])}",
            f"{large['lookup'] / small['lookup']:.2f}",
            "<= 2",
        )
    ]
    for name in ("COUNT()", "GROUP BY"):
        per_row = large[name] / 1000 / small[name]
        rows.append(
            Row(
                f"SOQL {name}, 1,000,000 rows",
                f"{large[name] * 1000:.1f} ms",
                f"1,000 rows: {small[name] * 1000:.2f} ms",
                f"{per_row:.2f} a row",
                "about 1",
            )
        )
    rows.append(Row("SOQL, a page of 2,000 (mean of the first 20)", f"{large['page'] * 1000:.1f} ms", "", ""))
    return rows + _compiling()


def _paging_s(org: Org, headers: tuple[tuple[str, str], ...]) -> float:
    """Seconds a page, the first 20 of all rows (the first of them numbers a million)."""
    began, path, pages = time.perf_counter(), "/services/data/v62.0/query?q=SELECT+Id,LastName+FROM+Contact", 0
    while path and pages < 20:
        reply = json.loads(org.handle(Request("GET", BASE.removesuffix("/services/data/v62.0") + path, headers)).body)
        path, pages = reply.get("nextRecordsUrl", ""), pages + 1
    return (time.perf_counter() - began) / pages


def _compiling() -> list[Row]:
    """A statement that was seen before, against one that was not."""
    org, _ = fresh()
    user = org.integration_user_id
    text = "SELECT Id, Name, Owner.Name, (SELECT LastName FROM Contacts) FROM Account WHERE Industry = 'Retail' AND CreatedDate > 2026-01-01T00:00:00Z LIMIT {}"
    prepare(org, text.format(1), user_id=user)
    seen_s = best_s(lambda: [prepare(org, text.format(1), user_id=user) for _ in range(500)]) / 500
    limits = iter(range(2, 10**9))
    new_s = best_s(lambda: [prepare(org, text.format(next(limits)), user_id=user) for _ in range(100)]) / 100
    return [Row("SOQL, a statement seen before", micro(seen_s), f"a new one: {micro(new_s)}", f"{seen_s / new_s:.2f}")]


def _fill(org: Org, size: int) -> None:
    """Rows straight into the table: this is about looking them up."""
    from sfchaos.org.ids import make_id

    stamp = "2026-01-15T09:00:00.000+0000"
    columns = (
        "Id",
        "LastName",
        "External_Id__c",
        "IsDeleted",
        "OwnerId",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    )
    user = org.integration_user_id
    rows = ((make_id("003", n + 1), f"Name {n}", f"E-{n}", 0, user, stamp, user, stamp, user, stamp) for n in range(size))
    org.store.run_many(f"INSERT INTO Contact ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
    org.mark()


def bulk(size: int = 50_000) -> list[Row]:
    """Bulk 2.0 ingest against reading the CSV and inserting it into SQLite by hand."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("External_Id__c", "LastName", "FirstName", "Email", "Phone"))
    writer.writerows((f"E-{n}", f"Name {n}", "Ada", f"a{n}@example.com", "555-0100") for n in range(size))
    data = text.getvalue().encode()

    def ours() -> None:
        org, headers = fresh()
        job = json.loads(org.handle(Request("POST", f"{BASE}/jobs/ingest", headers, b'{"object":"Contact","operation":"insert"}')).body)["id"]
        org.handle(Request("PUT", f"{BASE}/jobs/ingest/{job}/batches", (headers[0], ("Content-Type", "text/csv")), data))
        org.handle(Request("PATCH", f"{BASE}/jobs/ingest/{job}", headers, b'{"state":"UploadComplete"}'))
        org.clock.advance(3600)  # less than a session lasts
        info = json.loads(org.handle(Request("GET", f"{BASE}/jobs/ingest/{job}", headers)).body)
        assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", size, 0), info

    def by_hand() -> None:
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE c (ext TEXT, last TEXT, first TEXT, email TEXT, phone TEXT)")
        rows = csv.reader(io.StringIO(data.decode()))
        next(rows)
        database.executemany("INSERT INTO c VALUES (?, ?, ?, ?, ?)", rows)
        database.close()

    took_s, hand_s, ratio = paired(ours, by_hand, rounds=2)
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return [
        Row(f"Bulk 2.0 ingest, {size:,} rows", f"{took_s:.2f} s", f"csv + sqlite3 by hand: {hand_s:.2f} s", f"{ratio:.1f}", "<= 5 at 1,000,000 rows"),
        Row("  peak of Python memory", f"{peak / 1e6:.0f} MB", f"the CSV: {len(data) / 1e6:.1f} MB", f"{peak / len(data):.1f}", "flat"),
    ]
