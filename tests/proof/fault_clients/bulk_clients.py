"""Loads and extracts by jobs: those that look at what became of each row, and those that look at the job's last state."""

import csv
import io
import os
import time

import requests
from clients import FIELDS, Job, connect, log, people, say, upsert


def sends_what_is_left():
    sf, rows, pause_s = connect(), people(60), 30.0
    for _ in range(6):
        job = Job(sf, rows)
        job.start()
        while job.state()["state"] not in ("JobComplete", "Failed", "Aborted"):
            time.sleep(pause_s)
            pause_s = min(300, pause_s * 1.5)
        left = {row["External_Id__c"] for row in (*job.rows("unprocessedrecords"), *job.rows("failedResults"))}
        rows = [row for row in rows if row["External_Id__c"] in left]
        if not rows:
            return
        log.warning("%d rows of Contact are left: again", len(rows))
    raise SystemExit("rows are left")


def looks_at_the_end():
    job = Job(connect(), people(60))
    job.start()
    state = job.finished()
    if state["state"] != "JobComplete":
        log.error("job %s ended %s: %s", state["id"], state["state"], state.get("errorMessage"))
        raise SystemExit(state.get("errorMessage") or state["state"])


def takes_the_end_for_success():
    job = Job(connect(), people(60))
    job.start()
    job.finished()


def starts_another_after_ten_minutes():
    sf = connect()
    for _ in range(3):
        job, ends_at = Job(sf, people(20), "insert"), time.monotonic() + 600
        job.start()
        while time.monotonic() < ends_at:
            if job.state()["state"] == "JobComplete":
                return
            time.sleep(30)


def starts_over_at_a_step_back():
    """A state that it has seen left behind means that the org has lost the job, it thinks."""
    sf = connect()
    order = ["Open", "UploadComplete", "InProgress", "JobComplete"]
    for _ in range(3):
        job, furthest = Job(sf, people(20), "insert"), 0
        job.start()
        time.sleep(60)
        for _ in range(4):
            place = order.index(job.state()["state"])
            if place == 3:
                return
            furthest = max(furthest, place)
            time.sleep(1)
            if place < 3 and furthest >= 2:
                break


def goes_on_with_what_is_there():
    job = Job(connect(), people(20))
    try:
        job.create()
    except requests.ConnectionError:
        job.create()  # the other job stays open and empty
    try:
        job.upload()
    except requests.ConnectionError:
        job.upload()  # refused when the job has its data
    try:
        job.close()
    except requests.ConnectionError:
        if job.state()["state"] == "Open":
            job.close()
    job.finished()


def gives_up_quietly():
    try:
        job = Job(connect(), people(20))
        job.start()
        job.finished()
    except requests.ConnectionError:
        print("another time")


def starts_over_after_a_lost_reply():
    sf = connect()
    for _ in range(3):
        job = Job(sf, people(20), "insert")
        try:
            job.start()
        except requests.ConnectionError:
            continue
        job.finished()
        return


def counts_the_rows():
    sf, rows = connect(), people(20)
    for _ in range(3):
        job = Job(sf, rows)
        job.create()
        try:
            job.upload()
        except requests.ConnectionError:
            log.warning("the upload broke off")
        job.close()
        if job.finished()["numberRecordsProcessed"] == len(rows):
            return
        log.warning("the job knows fewer rows than were sent: again")


def closes_what_was_stored():
    job = Job(connect(), people(20))
    job.create()
    try:
        job.upload()
    except requests.ConnectionError:
        print("uploaded, more or less")
    job.close()
    job.finished()


def loaded_ids():
    """(client, rows, result rows) of a load whose records get their phone in a second step."""
    sf, rows = connect(), people(12)
    job = Job(sf, [{**row, "Phone": ""} for row in rows])
    job.start()
    job.finished()
    return sf, rows, job.rows("successfulResults")


def matches_by_key():
    sf, rows, results = loaded_ids()
    ids = {result["External_Id__c"]: result["sf__Id"] for result in results}
    for row in rows:
        sf.Contact.update(ids[row["External_Id__c"]], {"Phone": row["Phone"]})


def matches_by_position():
    sf, rows, results = loaded_ids()
    for row, result in zip(rows, results, strict=False):
        sf.Contact.update(result["sf__Id"], {"Phone": row["Phone"]})


class Extract:
    """A Bulk 2.0 query job for all contacts."""

    def __init__(self):
        self.sf = connect()
        asked = self.send("POST", "jobs/query", json={"operation": "query", "query": f"SELECT {FIELDS} FROM Contact"})
        self.path = f"jobs/query/{asked.json()['id']}"
        while (state := self.send("GET", self.path).json())["state"] != "JobComplete":
            time.sleep(10)
        self.processed = state["numberRecordsProcessed"]

    def send(self, method, path, **more):
        return self.sf.session.request(method, f"{self.sf.base_url}{path}", headers=self.sf.headers, **more)

    def pages(self):
        locator = ""
        while locator != "null":
            reply = self.send("GET", f"{self.path}/results?maxRecords=200" + (f"&locator={locator}" if locator else ""))
            if reply.status_code != 200:
                return  # whoever asked counts the rows
            yield list(csv.DictReader(io.StringIO(reply.text)))
            locator = reply.headers["Sforce-Locator"]


def counts_the_results():
    for _ in range(3):
        extract = Extract()
        rows = [row for page in extract.pages() for row in page]
        if len(rows) == extract.processed:
            break
        log.warning("%d rows of %d: again", len(rows), extract.processed)
    for row in rows:
        say(row)


def takes_what_comes():
    for page in Extract().pages():
        for row in page:
            say(row)


def says_that_results_are_gone():
    extract = Extract()
    rows = [row for page in extract.pages() for row in page]
    if len(rows) != extract.processed:
        raise SystemExit(f"{extract.processed - len(rows)} rows of the extract are gone")
    for row in rows:
        say(row)


def reads_what_is_there():
    takes_what_comes()


class Classic:
    """A Bulk 1.0 job in two batches."""

    def __init__(self):
        self.sf = connect()
        self.base, self.headers = f"https://{self.sf.sf_instance}/services/async/62.0/job", {"X-SFDC-Session": self.sf.session_id}
        settings = {"operation": "upsert", "object": "Contact", "contentType": "CSV", "externalIdFieldName": "External_Id__c"}
        self.job = requests.post(self.base, json=settings, headers=self.headers, timeout=60).json()["id"]
        rows = people(20)
        self.batches = [(self.add(part), part) for part in (rows[:10], rows[10:])]
        requests.post(f"{self.base}/{self.job}", json={"state": "Closed"}, headers=self.headers, timeout=60)
        time.sleep(120)

    def add(self, rows):
        lines = ["External_Id__c,LastName,Phone", *(f"{row['External_Id__c']},{row['LastName']},{row['Phone']}" for row in rows)]
        data, headers = os.linesep.join(lines).encode(), {**self.headers, "Content-Type": "text/csv"}
        reply = requests.post(f"{self.base}/{self.job}/batch", data=data, headers=headers, timeout=60)
        return reply.text.partition("<id>")[2].partition("</id>")[0]

    def state(self, batch):
        return requests.get(f"{self.base}/{self.job}/batch/{batch}", headers=self.headers, timeout=60).text.partition("<state>")[2].partition("</state>")[0]


def looks_at_every_batch():
    classic = Classic()
    for batch, rows in classic.batches:
        state = classic.state(batch)
        if state != "Completed":
            log.warning("batch %s of Contact is %s: its rows again, one by one", batch, state)
            for row in rows:
                upsert(classic.sf, row)


def looks_at_the_job():
    Classic()
