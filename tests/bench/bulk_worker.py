"""One measurement of bulk work in a process of its own: `python bulk_worker.py WHO ROWS STORE FOLDER` prints it as JSON.

WHO is `org` (Bulk API 2.0 through Org.handle) or `hand`: csv and sqlite3 with the org's own table of contacts, its columns, its
indexes, its settings, and the values that the org fills in, in one transaction. What the org does beyond that (rights, checks, a
row of history for every contact, results that a client may fetch) the hand leaves out. STORE is `memory` or `file`.
"""

from __future__ import annotations

import csv
import json
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sfchaos.core.clock import VirtualClock
from sfchaos.core.messages import Request
from sfchaos.org.ids import make_id
from sfchaos.org.org import Org

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
HEADER = ("External_Id__c", "LastName", "FirstName", "Email", "Phone")
WANTED = ("Id", "External_Id__c", "LastName", "FirstName", "Email", "CreatedDate")
STEP_S = 11.0  # between two polls: an internal batch of 10,000 rows at the org's default pace


def write_csv(path: Path, rows: int) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((f"E-{n}", f"Name {n}", "Ada", f"a{n}@example.com", "555-0100") for n in range(rows))


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def bar(what: str, done: int, of: int) -> None:
    filled = 30 * done // max(of, 1)
    print(f"\r  {what:<16} [{'#' * filled}{'.' * (30 - filled)}] {done:>9,} of {of:,}", end="" if done < of else "\n", file=sys.stderr, flush=True)


class TheOrg:
    def __init__(self, store: Path | None) -> None:
        self.org = Org(clock=VirtualClock(), seed=1, store_path=store)
        self.org.limits.configure({"DailyApiRequests": 10_000_000})
        self._headers = (("Authorization", f"Bearer {self.org.credentials.access_token}"), ("Content-Type", "application/json"))
        self._json("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Contact"})  # the first statement builds the parser

    def _json(self, method: str, path: str, body: object = None) -> dict[str, object]:
        reply = self.org.handle(Request(method, BASE + path, self._headers, b"" if body is None else json.dumps(body).encode()))
        assert reply.status in (200, 201), reply.body
        found: dict[str, object] = json.loads(reply.body)
        return found

    def ingest(self, data: bytes, rows: int) -> None:
        job = self._json("POST", "/jobs/ingest", {"object": "Contact", "operation": "insert"})["id"]
        reply = self.org.handle(Request("PUT", f"{BASE}/jobs/ingest/{job}/batches", (self._headers[0], ("Content-Type", "text/csv")), data))
        assert reply.status == 201, reply.body
        self._json("PATCH", f"/jobs/ingest/{job}", {"state": "UploadComplete"})
        while True:
            self.org.clock.advance(STEP_S)
            info = self._json("GET", f"/jobs/ingest/{job}")
            bar("ingest", int(str(info["numberRecordsProcessed"])), rows)
            if info["state"] not in ("UploadComplete", "InProgress"):
                break
        assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", rows, 0), info

    def extract(self, rows: int) -> int:
        """Bytes of all pages of a query job."""
        job = self._json("POST", "/jobs/query", {"operation": "query", "query": f"SELECT {', '.join(WANTED)} FROM Contact"})["id"]
        while self._json("GET", f"/jobs/query/{job}")["state"] != "JobComplete":
            self.org.clock.advance(STEP_S)
        total, seen, locator = 0, 0, ""
        while locator != "null":
            reply = self.org.handle(Request("GET", f"{BASE}/jobs/query/{job}/results{f'?locator={locator}' if locator else ''}", self._headers))
            total += sum(map(len, reply.stream.pieces())) if reply.stream is not None else len(reply.body)
            seen, locator = seen + int(reply.header("Sforce-NumberOfRecords")), reply.header("Sforce-Locator")
            bar("extract", seen, rows)
        assert seen == rows, seen
        return total

    def table_mb(self) -> float:
        return _table_mb(self.org.store._db)


class ByHand:
    def __init__(self, store: Path | None) -> None:
        org = Org(clock=VirtualClock(), seed=1)
        contact = org.schema.find("Contact")
        assert contact is not None
        made = sqlite3.connect(":memory:")
        self._db = sqlite3.connect(str(store) if store else ":memory:", isolation_level=None)
        if store:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        org.store._db.backup(made)
        for (sql,) in made.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'Contact' AND sql IS NOT NULL").fetchall():
            self._db.execute(sql)
        made.close()
        plan, now = org.plans.write("Contact", org.integration_user_id), "2026-01-15T09:00:00.000+0000"
        user = org.integration_user_id
        self._same = {**plan.defaults, "OwnerId": user, "CreatedDate": now, "CreatedById": user, "LastModifiedDate": now, "LastModifiedById": user, "SystemModstamp": now}

    def ingest(self, data: bytes, rows: int) -> None:
        names = ("Id", *self._same, *HEADER)
        same = tuple(self._same.values())
        lines = csv.reader(_lines(data))
        next(lines)
        self._db.execute("BEGIN")
        self._db.executemany(f"INSERT INTO Contact ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                             ((make_id("003", number), *same, *cells) for number, cells in enumerate(lines, start=1)))  # fmt: skip
        self._db.execute("COMMIT")

    def extract(self, rows: int) -> int:
        total = 0

        class Counted:
            def write(self, text: str) -> int:
                nonlocal total
                total += len(text.encode())
                return len(text)

        writer = csv.writer(Counted(), lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(WANTED)
        writer.writerows(self._db.execute(f"SELECT {', '.join(WANTED)} FROM Contact WHERE IsDeleted = 0 ORDER BY Id"))
        return total

    def table_mb(self) -> float:
        return _table_mb(self._db)


def _lines(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        yield data[at:end].decode()
        at = end


def _table_mb(database: sqlite3.Connection) -> float:
    (pages,), (size,) = database.execute("PRAGMA page_count").fetchone(), database.execute("PRAGMA page_size").fetchone()
    return float(pages * size / 1e6)


def measured(who: str, rows: int, store: str, folder: Path) -> dict[str, float]:
    path = folder / f"{rows}.csv"
    if not path.exists():
        write_csv(path, rows)
    file = folder / f"{who}.db" if store == "file" else None
    side = TheOrg(file) if who == "org" else ByHand(file)
    before_mb, data = resident_mb(), path.read_bytes()
    began = time.process_time()
    side.ingest(data, rows)
    ingest_s, ingest_peak = time.process_time() - began, peak_mb()
    began = time.process_time()
    size = side.extract(rows)
    return {"ingest_s": ingest_s, "extract_s": time.process_time() - began, "before_mb": before_mb, "upload_mb": len(data) / 1e6, "extract_mb": size / 1e6,
            "table_mb": side.table_mb() if store == "memory" else 0.0, "ingest_peak_mb": ingest_peak, "peak_mb": peak_mb()}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))))
