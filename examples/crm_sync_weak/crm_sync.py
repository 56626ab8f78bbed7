"""Nightly job: contacts from the ERP into Salesforce, then all contacts of Salesforce into our own store.

It works, every night, until something goes wrong. Written to be tested: README.md lists what is wrong with it.
"""

import csv
import json
import logging
import os
import sqlite3
import time
from pathlib import Path

import settings
from simple_salesforce import Salesforce, SalesforceLogin

FIELDS = {"FirstName": "first_name", "LastName": "surname", "Email": "email", "Phone": "phone"}
KEY = "Legacy_Id__c"

log = logging.getLogger("crm_sync")


def connect():
    session_id, instance = SalesforceLogin(username=settings.USERNAME, password=os.environ.get("SF_PASSWORD", settings.PASSWORD),
                                           security_token=os.environ["SF_SECURITY_TOKEN"], domain=os.environ["SF_DOMAIN"])  # fmt: skip
    return Salesforce(session_id=session_id, instance=instance)


def keep_trying(what, action, sf=None):
    """Salesforce is flaky: try again, whatever it was."""
    for _ in range(settings.RETRIES):
        try:
            return action()
        except Exception as error:
            log.info("%s failed, session %s: %s", what, sf.session_id if sf else "-", error)
            time.sleep(settings.DELAY_S)
    return None


def push(sf, row, known):
    record = {name: row[column] for name, column in FIELDS.items()}
    if row["erp_id"] in known:
        sf.Contact.update(known[row["erp_id"]], record)
    else:
        sf.Contact.create({**record, KEY: row["erp_id"]})


def load(sf, rows, known):
    """The many rows go by Bulk API: new ones by an insert job, the others by an update job."""
    records = [{**{name: row[column] for name, column in FIELDS.items()}, KEY: row["erp_id"]} for row in rows]
    new = [record for record in records if record[KEY] not in known]
    old = [{"Id": known[record[KEY]], **record} for record in records if record[KEY] in known]
    for job, batch in ((sf.bulk2.Contact.insert, new), (sf.bulk2.Contact.update, old)):
        if batch:
            keep_trying("job", lambda job=job, batch=batch: job(records=batch), sf)
            log.info("job done", extra={"op": "load", "object": "Contact", "rows": len(batch)})


def read_all(sf):
    page = keep_trying("query", lambda: sf.query(f"SELECT Id, {', '.join(FIELDS)}, {KEY} FROM Contact", headers={"Sforce-Query-Options": "batchSize=200"}), sf)
    records = []
    while page:
        records += page["records"]
        if page["done"]:
            break
        try:
            page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        except Exception as error:
            log.info("no more pages: %s", error)
            break
    return records


def store(records):
    database = sqlite3.connect("out/contacts.db")
    database.execute(f"CREATE TABLE IF NOT EXISTS contacts (erp_id TEXT PRIMARY KEY, {', '.join(FIELDS.values())})")
    database.execute("DELETE FROM contacts")
    for record in records:
        if record[KEY]:
            database.execute("INSERT OR REPLACE INTO contacts VALUES (?, ?, ?, ?, ?)", [record[KEY], *(record[name] for name in FIELDS)])
    database.commit()
    database.close()


def main():
    for folder in ("out", "logs"):
        Path(folder).mkdir(exist_ok=True)
    logging.basicConfig(filename="logs/sync.log", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    with open("data/contacts.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["changed"] == "yes"]
    sf = keep_trying("login", connect)
    if sf is None:
        return
    found = keep_trying("look-up", lambda: sf.query_all(f"SELECT Id, {KEY} FROM Contact"), sf)
    known = {record[KEY]: record["Id"] for record in (found or {"records": []})["records"]}
    for row in rows:
        if row["priority"] == "yes":
            keep_trying("push", lambda row=row: push(sf, row, known), sf)
    load(sf, [row for row in rows if row["priority"] == "no"], known)
    store(read_all(sf))
    print(json.dumps({"summary": {"rows": len(rows), "status": "success"}}))


if __name__ == "__main__":
    main()
