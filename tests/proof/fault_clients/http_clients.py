"""Clients that meet strange replies: those that look at what came, and those that take it as it comes."""

import csv
import io
import json
import time

import requests
from clients import FIELDS, connect, create, log, login, patiently, people, say, upsert

STRANGE = {406, 420, 429, 500, 502, 503, 504}


class Raw:
    """requests alone: what comes back is the caller's to read."""

    def __init__(self, **options):
        self.session, self.options = requests.Session(), {"timeout": (5, 30), **options}
        self.enter()

    def enter(self):
        self.token, self.host = login()

    def send(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.session.request(method, f"https://{self.host}/services/data/v62.0/{path}", headers=headers, **{**self.options, **more})

    def upsert(self, row):
        fields = {name: value for name, value in row.items() if name != "External_Id__c"}
        return self.send("PATCH", f"sobjects/Contact/External_Id__c/{row['External_Id__c']}", json=fields)


def skips_errors():
    sf = connect()
    for row in people(6):
        try:
            upsert(sf, row)
        except Exception as error:
            log.info("skipped: %s", error)


def reads_every_error_as_a_list():
    raw = Raw()
    for row in people(6):
        for attempt in range(5):
            reply = raw.upsert(row)
            if reply.ok:
                break
            log.warning("refused: %s", reply.json()[0]["errorCode"])
            time.sleep(2**attempt)


def repeats_whatever_is_strange():
    raw = Raw()
    for row in people(6):
        for attempt in range(5):
            reply = raw.upsert(row)
            if reply.status_code not in STRANGE:
                break
            time.sleep(2**attempt)
        reply.raise_for_status()


def believes_the_status():
    sf = connect()
    for row in people(6):
        patiently(lambda row=row: upsert(sf, row))


def believes_only_json():
    raw = Raw(allow_redirects=False)
    for row in people(6):
        for attempt in range(5):
            reply = raw.upsert(row)
            if reply.ok and "json" in reply.headers["Content-Type"]:
                break
            time.sleep(2**attempt)
            raw.enter()
        else:
            raise RuntimeError(f"no answer for {row['External_Id__c']}")


def stops_when_the_host_is_gone():
    raw = Raw()
    for row in people(6):
        reply = raw.upsert(row)
        if "html" in reply.headers.get("Content-Type", ""):
            raw.enter()
            reply = raw.upsert(row)
        if not reply.ok:
            log.error("stopped: %s answered %s", raw.host, reply.status_code)
            reply.raise_for_status()


def takes_404_for_a_record_that_is_gone():
    raw = Raw()
    for row in people(6):
        reply = raw.upsert(row)
        if reply.status_code == 404:
            log.info("no such record")
        else:
            reply.raise_for_status()


def creates_until_there_is_an_id():
    sf = connect()
    for row in people(6):
        for _ in range(5):
            try:
                log.info("created %s", create(sf, row)["id"])
                break
            except Exception:
                time.sleep(2)


def umlauts():
    return [{**row, "LastName": f"Müller {n}"} for n, row in enumerate(people(4))]


def marks_names_by_bytes():
    raw = Raw()
    for row in umlauts():
        raw.upsert(row).raise_for_status()
    for row in umlauts():
        found = json.loads(raw.send("GET", f"sobjects/Contact/External_Id__c/{row['External_Id__c']}").content)
        raw.upsert({**row, "LastName": found["LastName"] + " (seen)"}).raise_for_status()


def marks_names_by_the_label():
    sf = connect()
    for row in umlauts():
        upsert(sf, row)
    for row in umlauts():
        found = sf.Contact.get_by_custom_id("External_Id__c", row["External_Id__c"])
        upsert(sf, {**row, "LastName": found["LastName"] + " (seen)"})


def upserts_in_one(raw, rows):
    records = [{"attributes": {"type": "Contact"}, **row} for row in rows]
    return raw.send("PATCH", "composite/sobjects/Contact/External_Id__c", json={"records": records})


def halves_what_is_too_large():
    raw = Raw()
    waiting = [people(40)]
    while waiting:
        rows = waiting.pop()
        reply = upserts_in_one(raw, rows)
        if reply.status_code == 413:
            waiting += [rows[len(rows) // 2 :], rows[: len(rows) // 2]]
        else:
            reply.raise_for_status()


def sends_the_same_again():
    raw = Raw()
    for _ in range(3):
        if upserts_in_one(raw, people(40)).ok:
            return
        time.sleep(10)


def known(raw, keys):
    names = ",".join(f"'{key}'" for key in keys)
    return raw.send("GET", "query", params={"q": f"SELECT Id, External_Id__c FROM Contact WHERE External_Id__c IN ({names})"})


def asks_for_fewer():
    raw = Raw()
    keys, size = [row["External_Id__c"] for row in people(40)], 40
    while keys:
        reply = known(raw, keys[:size])
        if reply.status_code in (414, 431):
            size //= 2
            continue
        reply.raise_for_status()
        keys = keys[size:]


def asks_for_all_again():
    raw = Raw()
    for _ in range(3):
        if known(raw, [row["External_Id__c"] for row in people(40)]).ok:
            return
        time.sleep(10)


def extract(raw, header):
    """Rows of a Bulk query, page by page; `header` looks a name up."""
    job = raw.send("POST", "jobs/query", json={"operation": "query", "query": f"SELECT {FIELDS} FROM Contact"}).json()["id"]
    while raw.send("GET", f"jobs/query/{job}").json()["state"] != "JobComplete":
        time.sleep(10)
    locator = ""
    while locator != "null":
        reply = raw.send("GET", f"jobs/query/{job}/results", params={"maxRecords": 200, **({"locator": locator} if locator else {})})
        for record in csv.DictReader(io.StringIO(reply.text)):
            say(record)
        locator = header(reply, "Sforce-Locator")


def looks_headers_up_without_case():
    extract(Raw(), lambda reply, name: reply.headers[name])


def looks_headers_up_as_they_are_written():
    extract(Raw(), lambda reply, name: dict(reply.headers).get(name, "null"))


def counts_what_it_reads():
    """A page is read again until it has as many rows as its header says; gzip that breaks off gives the front of one without a word."""
    raw = Raw()
    job = raw.send("POST", "jobs/query", json={"operation": "query", "query": f"SELECT {FIELDS} FROM Contact"}).json()["id"]
    while raw.send("GET", f"jobs/query/{job}").json()["state"] != "JobComplete":
        time.sleep(10)
    for _ in range(3):
        reply = raw.send("GET", f"jobs/query/{job}/results")
        rows = list(csv.DictReader(io.StringIO(reply.text)))
        if len(rows) == int(reply.headers["Sforce-NumberOfRecords"]):
            break
    for record in rows:
        say(record)
