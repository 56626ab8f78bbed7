"""Figures of the org by itself: requests a second, SOQL against size, Bulk against doing it by hand."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tracemalloc

from measure import Row, best_s, micro, paired

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request
from sfchaos.org.org import Org

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
    """An indexed lookup on 1,000,000 rows against the same on 1,000."""
    times = {}
    for size in (1_000, 1_000_000):
        org, headers = fresh()
        _fill(org, size)
        request = Request("GET", f"{BASE}/query?q=SELECT+Id,LastName+FROM+Contact+WHERE+External_Id__c='E-{size // 2}'", headers)
        assert json.loads(org.handle(request).body)["totalSize"] == 1
        times[size] = best_s(lambda org=org, request=request: [org.handle(request) for _ in range(500)]) / 500
    return [Row("SOQL lookup, 1,000,000 rows", micro(times[1_000_000]), f"1,000 rows: {micro(times[1_000])}", f"{times[1_000_000] / times[1_000]:.2f}", "<= 2")]


def _fill(org: Org, size: int) -> None:
    """Rows straight into the table: this is about looking them up."""
    from sfchaos.org.ids import make_id

    stamp = "2026-01-15T09:00:00.000+0000"
    columns = ("Id", "LastName", "External_Id__c", "IsDeleted", "OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
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
