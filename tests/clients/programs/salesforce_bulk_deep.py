"""Bulk API 1.0 by salesforce-bulk: batches and queries in CSV, XML and JSON, results, deleting and hard deleting, closing and aborting."""

from __future__ import annotations

import csv
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from salesforce_bulk import BulkApiError, CsvDictsAdapter, SalesforceBulk
from salesforce_bulk.salesforce_bulk import BulkBatchFailed

ASYNC = "http://www.force.com/2009/06/asyncapi/dataload"


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def refused(act: Callable[[], Any]) -> list[Any]:
    try:
        act()
    except BulkBatchFailed as error:
        return ["BulkBatchFailed", error.state, error.state_message]
    except BulkApiError as error:
        return ["BulkApiError", error.status_code, str(error)]
    return ["nothing was refused"]


def results(bulk: Any, job: str, batch: str) -> list[list[Any]]:
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    return [[row.success, row.created, row.id[:3] if row.id else row.id, row.error] for row in bulk.get_batch_results(batch, job)]


def main() -> None:
    bulk = SalesforceBulk(sessionId=os.environ["SF_ACCESS_TOKEN"], host=os.environ["SF_INSTANCE_URL"].removeprefix("https://"), API_version="62.0")
    writes(bulk)
    xml(bulk)
    queries(bulk)
    deletes(bulk)
    refusals(bulk)


def writes(bulk: Any) -> None:
    job = bulk.create_insert_job("Account", contentType="CSV", concurrency="Serial")
    told("job", [bulk.job_status(job)[name] for name in ("operation", "object", "state", "concurrencyMode", "contentType", "apiVersion")])
    rows = [{"Name": "One", "External_Id__c": "H-1"}, {"Name": 'Two, "quoted"\nlines', "External_Id__c": "H-2"}, {"Name": "", "External_Id__c": "H-3"}]
    batch = bulk.post_batch(job, CsvDictsAdapter(iter(rows)))
    bulk.close_job(job)
    told("insert", results(bulk, job, batch))
    told("batches", [[one["state"], one["numberRecordsProcessed"], one["numberRecordsFailed"]] for one in bulk.get_batch_list(job)])
    told("closed", [bulk.job_state(job), bulk.job_status(job)["numberBatchesCompleted"], bulk.job_status(job)["numberRecordsProcessed"]])
    upsert = bulk.create_upsert_job("Account", "External_Id__c", contentType="CSV")
    first = bulk.post_batch(upsert, CsvDictsAdapter(iter([{"External_Id__c": "H-1", "Name": "One more"}])))
    second = bulk.post_batch(upsert, CsvDictsAdapter(iter([{"External_Id__c": "H-4", "Name": "Four"}])))
    told("upsert", [results(bulk, upsert, first), results(bulk, upsert, second)])
    bulk.close_job(upsert)


def xml(bulk: Any) -> None:
    """Batches in XML: the client sends them as they are, and reads results as CSV only."""
    job = bulk.create_insert_job("Contact", contentType="XML")
    rows = f'<sObjects xmlns="{ASYNC}"><sObject><LastName>Exemel &amp; Söhne</LastName><Account><sObject><External_Id__c>H-1</External_Id__c></sObject></Account></sObject><sObject/></sObjects>'
    batch = bulk.post_batch(job, iter([rows.encode()]))
    bulk.close_job(job)
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    info = bulk.batch_status(batch, job, reload=True)
    told("xml", [info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]])
    job = bulk.create_query_job("Contact", contentType="XML")
    batch = bulk.query(job, "SELECT LastName, Account.Name FROM Contact WHERE LastName LIKE 'Exemel%'", contentType="XML")
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    (page,) = bulk.get_all_results_for_query_batch(batch, job)
    (record,) = ET.fromstring(b"".join(page))
    told("query_xml", [record.findtext(f"{{{ASYNC}}}LastName"), record.findtext(f"{{{ASYNC}}}Account/{{{ASYNC}}}Name")])


def deletes(bulk: Any) -> None:
    """Into the recycle bin, and past it."""
    job = bulk.create_query_job("Account", contentType="CSV")
    batch = bulk.query(job, "SELECT Id FROM Account WHERE External_Id__c LIKE 'H-%' ORDER BY External_Id__c")
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    (page,) = bulk.get_all_results_for_query_batch(batch, job)
    ids = [{"Id": row["Id"]} for row in csv.DictReader(line.decode() for line in page)]
    for step, operation, rows in (("delete", "delete", ids[:1]), ("hard_delete", "hardDelete", ids[1:]), ("delete_twice", "delete", ids)):
        job = bulk.create_job("Account", operation, contentType="CSV")
        batch = bulk.post_batch(job, CsvDictsAdapter(iter(rows)))
        bulk.close_job(job)
        told(step, results(bulk, job, batch))
    job = bulk.create_queryall_job("Account", contentType="CSV")
    batch = bulk.query(job, "SELECT External_Id__c, IsDeleted FROM Account WHERE External_Id__c LIKE 'H-%'")
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    told("left", [list(csv.reader(line.decode() for line in page)) for page in bulk.get_all_results_for_query_batch(batch, job)])


def queries(bulk: Any) -> None:
    job = bulk.create_query_job("Contact", contentType="CSV")
    batch = bulk.query(job, "SELECT Id, LastName FROM Contact WHERE LastName = 'Crowd'")
    bulk.close_job(job)
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    pages = [[row["LastName"] for row in csv.DictReader(line.decode() for line in page)] for page in bulk.get_all_results_for_query_batch(batch, job)]
    told("query_csv", [len(page) for page in pages])
    job = bulk.create_queryall_job("Account", contentType="JSON")
    batch = bulk.query(job, "SELECT Name, Parent.Name, CreatedDate FROM Account WHERE External_Id__c = 'H-4'", contentType="JSON")
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    (page,) = bulk.get_all_results_for_query_batch(batch, job)
    row = json.loads(b"".join(page))[0]
    told("query_json", [row["Name"], row["Parent"], type(row["CreatedDate"]).__name__, row["attributes"]["type"]])
    job = bulk.create_query_job("Account", contentType="CSV")
    batch = bulk.query(job, "SELECT Nothing FROM Account")
    told("query_failed", refused(lambda: bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2))[:2])


def refusals(bulk: Any) -> None:
    job = bulk.create_delete_job("Account", contentType="CSV")
    told("aborted", [bulk.abort_job(job), bulk.job_state(job)][1])
    told("batch_after_abort", refused(lambda: bulk.post_batch(job, CsvDictsAdapter(iter([{"Id": "001000000000000AAA"}]))))[:2])
    told("unknown_object", refused(lambda: bulk.create_insert_job("Nothing__c", contentType="CSV"))[:2])
    told("dead_session", refused(lambda: SalesforceBulk(sessionId="00D!dead", host="acme.my.salesforce.com").create_insert_job("Account"))[:2])


if __name__ == "__main__":
    main()
