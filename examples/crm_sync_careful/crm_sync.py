"""Nightly job: contacts from the ERP into Salesforce, then all contacts of Salesforce into our own store.

Every row is sent with its ERP key as external id, so sending it twice does no harm. A row that does not get in stands in
out/rejects.jsonl with the org's own code. When going on makes no sense the job stops, says so, and exits with 1.
"""

import csv
import io
import json
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from calls import PASSING_CODES, Calls, Refused, Stop, Unavailable

KEY = "External_Id__c"
FIELDS = {"FirstName": "first_name", "LastName": "surname", "Email": "email", "Phone": "phone"}
ROUNDS = 3  # Bulk jobs for rows that may still get in
GIVE_UP_AFTER, BREATHER_S = 3, 30  # rows in succession that the org could not take; the pause after each of them
JOB_DEADLINE_S = 4 * 3600
PAGE = {"Sforce-Query-Options": "batchSize=200"}

log = logging.getLogger("crm_sync")
Row = dict[str, str]


class Sync:
    """One night. `open_rows` are the rows whose fate is not settled yet, by ERP key; `doubtful` those that may have got in."""

    def __init__(self, calls: Calls, rows: list[Row]) -> None:
        self.calls = calls
        self.open_rows = {row["erp_id"]: row for row in rows}
        self.doubtful: set[str] = set()
        self.rejects: list[dict[str, str]] = []
        self.delivered = 0

    # ------------------------------------------------------------------ one by one

    def send_urgent(self) -> None:
        failed_in_a_row = 0
        for row in [row for row in self.open_rows.values() if row["priority"] == "yes"]:
            if self._send_one(row):
                failed_in_a_row = 0
                continue
            failed_in_a_row += 1
            if failed_in_a_row == GIVE_UP_AFTER:
                raise Stop(f"{GIVE_UP_AFTER} rows in succession could not be sent")
            time.sleep(BREATHER_S)

    def _send_one(self, row: Row) -> bool:
        key = row["erp_id"]
        try:
            reply = self.calls.call("upsert", "PATCH", f"sobjects/Contact/{KEY}/{quote(key, safe='')}", json=fields_of(row))
        except Refused as refused:
            self.reject(key, refused.code, "rejected", str(refused))
        except Unavailable as failure:
            self.reject(key, "UNAVAILABLE", "unconfirmed" if failure.in_doubt else "undelivered", str(failure))
            return False
        else:
            self.deliver(key, "created" if reply is not None and reply.status_code == 201 else "updated")
        return True

    # ------------------------------------------------------------------ in bulk

    def send_rest(self) -> None:
        """Upsert jobs, each for what the one before left undone."""
        codes: dict[str, str] = {}
        for number in range(ROUNDS):
            if not self.open_rows:
                return
            if number:
                time.sleep(60)
            codes = self._load(list(self.open_rows.values()))
        for key, code in codes.items():
            self.reject(key, code, "rejected", f"refused in each of {ROUNDS} jobs")

    def _load(self, rows: list[Row]) -> dict[str, str]:
        """One job. Settles every row that got in or never will; the codes of those that may still get in, by key."""
        job = self.calls.call("create job", "POST", "jobs/ingest",
                              json={"object": "Contact", "operation": "upsert", "externalIdFieldName": KEY, "contentType": "CSV", "lineEnding": "LF"})  # fmt: skip
        path = f"jobs/ingest/{job.json()['id']}"
        try:
            self.calls.call("upload", "PUT", f"{path}/batches", data=csv_of(rows).encode(), headers={"Content-Type": "text/csv; charset=UTF-8"})
        except Refused as refused:
            if not refused.in_doubt:
                raise
            log.warning("upload refused after a lost reply: the job has its data", extra={"event": "resolved", "op": "upload", "code": refused.code})
        self.doubtful |= {row["erp_id"] for row in rows}
        self.calls.call("close job", "PATCH", path, json={"state": "UploadComplete"}, done_already=lambda: self._state(path)["state"] != "Open")
        state = self._finished(path)
        return self._results(path, state, rows)

    def _state(self, path: str) -> dict[str, Any]:
        return self.calls.call("poll", "GET", path).json()

    def _finished(self, path: str) -> dict[str, Any]:
        """Wait for the job's end, ever more patiently. A job that outlives its deadline is aborted."""
        pause_s, ends_at = 5.0, time.monotonic() + JOB_DEADLINE_S
        while True:
            time.sleep(pause_s)
            state = self._state(path)
            if state["state"] in ("JobComplete", "Failed", "Aborted"):
                return state
            pause_s = min(120, pause_s * 1.5)
            if time.monotonic() > ends_at:
                self.calls.call("abort job", "PATCH", path, json={"state": "Aborted"})
                raise Stop(f"job {state['id']} was still {state['state']} after {JOB_DEADLINE_S} s")

    def _results(self, path: str, state: dict[str, Any], rows: list[Row]) -> dict[str, str]:
        failed = {row[KEY]: row["sf__Error"].partition(":")[0] for row in self._csv(f"{path}/failedResults")}
        unprocessed = {row[KEY] for row in self._csv(f"{path}/unprocessedrecords")}
        again = {key: code for key, code in failed.items() if code in PASSING_CODES} | dict.fromkeys(unprocessed, "NOT_PROCESSED")
        level = logging.INFO if state["state"] == "JobComplete" and not failed else logging.WARNING
        log.log(level, "job ended", extra={"event": "job", "op": "upsert", "object": "Contact", "job_id": state["id"], "outcome": state["state"],
                                           "rows": len(rows), "failed": len(failed), "unprocessed": len(unprocessed)})  # fmt: skip
        for key in (row["erp_id"] for row in rows):
            if key in again:
                self.doubtful.discard(key)
                log.warning("row refused for now", extra={"event": "row", "op": "upsert", "object": "Contact", "key": key, "code": again[key], "outcome": "retry"})
            elif key in failed:
                self.reject(key, failed[key], "rejected", "refused by the job")
            else:
                self.deliver(key, "loaded")
        return again

    def _csv(self, path: str) -> Iterator[Row]:
        reply = self.calls.call("results", "GET", path, headers={"Accept": "text/csv"})
        reply.encoding = "utf-8"
        return csv.DictReader(io.StringIO(reply.text))

    # ------------------------------------------------------------------ read back

    def read_back(self) -> list[dict[str, Any]]:
        """All contacts in order of their Id. When the cursor dies, the query starts again after the last row it gave."""
        found: list[dict[str, Any]] = []
        while True:
            after = f" WHERE Id > '{found[-1]['Id']}'" if found else ""
            query = {"q": f"SELECT Id, {', '.join(FIELDS)}, {KEY} FROM Contact{after} ORDER BY Id"}
            page = self._page("query", "query", params=query)
            try:
                while True:
                    found += page["records"]
                    if page["done"]:
                        return found
                    page = self._page("query page", page["nextRecordsUrl"].partition("/services/data/")[2].partition("/")[2])
            except Refused as refused:
                if refused.code != "INVALID_QUERY_LOCATOR":
                    raise
                log.warning("the cursor died, reading on from the last row", extra={"event": "cursor", "op": "query", "object": "Contact", "code": refused.code})

    def _page(self, what: str, path: str, **request: Any) -> dict[str, Any]:
        page = self.calls.call(what, "GET", path, headers=PAGE, **request).json()
        log.info("page read", extra={"event": "page", "op": "query", "object": "Contact", "count": len(page["records"]), "outcome": "ok"})
        return page

    # ------------------------------------------------------------------ fates

    def deliver(self, key: str, outcome: str) -> None:
        self._settle(key)
        self.delivered += 1
        log.info("row delivered", extra={"event": "row", "op": "upsert", "object": "Contact", "key": key, "outcome": outcome})

    def reject(self, key: str, code: str, status: str, why: str) -> None:
        self._settle(key)
        self.rejects.append({"erp_id": key, "code": code, "status": status, "why": why})
        log.warning("row not delivered", extra={"event": "row", "op": "upsert", "object": "Contact", "key": key, "code": code, "outcome": status})

    def _settle(self, key: str) -> None:
        self.open_rows.pop(key, None)
        self.doubtful.discard(key)

    def give_up(self, why: str) -> None:
        """Every row whose fate is open is reported."""
        for key in list(self.open_rows):
            self.reject(key, "STOPPED", "unconfirmed" if key in self.doubtful else "undelivered", why)


def fields_of(row: Row) -> Row:
    return {name: row[column] for name, column in FIELDS.items()}


def csv_of(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*FIELDS, KEY], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**fields_of(row), KEY: row["erp_id"]} for row in rows)
    return out.getvalue()


def store(records: list[dict[str, Any]]) -> None:
    """Replace the store's contacts in one transaction: readers see last night's or tonight's, never half of them."""
    with sqlite3.connect("out/contacts.db") as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS contacts (erp_id TEXT PRIMARY KEY, {', '.join(FIELDS.values())})")
        database.execute("DELETE FROM contacts")
        database.executemany("INSERT INTO contacts VALUES (?, ?, ?, ?, ?)", [(r[KEY], *(r[name] for name in FIELDS)) for r in records if r[KEY]])
    database.close()


class JsonLines(logging.Formatter):
    """One JSON object a line, with the run's correlation id in each."""

    def __init__(self, run_id: str, host: str) -> None:
        super().__init__()
        self.common = {"correlation_id": run_id, "host": host}

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extra = {name: value for name, value in record.__dict__.items() if name not in PLAIN}
        return json.dumps({"time": at, "level": record.levelname, "message": record.getMessage(), **self.common, **extra})


PLAIN = {*logging.makeLogRecord({}).__dict__, "message", "taskName"}


def main() -> int:
    for folder in ("out", "logs"):
        Path(folder).mkdir(exist_ok=True)
    handler = logging.FileHandler("logs/sync.jsonl", encoding="utf-8")
    handler.setFormatter(JsonLines(f"nightly-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}", f"{os.environ['SF_DOMAIN']}.salesforce.com"))
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    with open("data/contacts.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["changed"] == "yes"]
    env = os.environ
    calls = Calls({"username": env["SF_USERNAME"], "consumer_key": env["SF_CLIENT_ID"], "privatekey_file": env["SF_PRIVATE_KEY"], "domain": env["SF_DOMAIN"]})
    sync, stopped = Sync(calls, rows), ""
    try:
        calls.connect()
        sync.send_urgent()
        sync.send_rest()
        store(sync.read_back())
    except (Stop, Refused, Unavailable) as reason:
        stopped = str(reason)
        log.error("stopped: %s", reason, extra={"event": "stopped", "outcome": "stopped"})
        sync.give_up(stopped)
    Path("out/rejects.jsonl").write_text("".join(json.dumps(reject) + "\n" for reject in sync.rejects), encoding="utf-8")
    summary = {"rows": len(rows), "delivered": sync.delivered, "rejected": len(sync.rejects), "stopped": stopped}
    print(json.dumps({"summary": summary}))
    return 1 if stopped or any(reject["status"] != "rejected" for reject in sync.rejects) else 0


if __name__ == "__main__":
    sys.exit(main())
