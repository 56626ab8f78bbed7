"""Bulk API 1.0 and 2.0 by simple-salesforce: all verbs, autosized batches, lazy queries, files, results."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import simple_salesforce.bulk
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

CROWD = 300


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def refused(act: Callable[[], Any]) -> list[Any]:
    try:
        act()
    except SalesforceError as error:
        content = error.content
        return [type(error).__name__, error.status, content[0]["errorCode"] if isinstance(content, list) else content]
    except Exception as error:
        return [type(error).__name__, str(error)[:120]]
    return ["nothing was refused"]


def main() -> None:
    sf = Salesforce(instance_url=os.environ["SF_INSTANCE_URL"], session_id=os.environ["SF_ACCESS_TOKEN"], version="62.0")
    two(sf)
    files(sf)
    simple_salesforce.bulk.sleep = lambda _seconds: time.sleep(0.2)  # its calls have no way to say it
    one(sf)


# ---------------------------------------------------------------------- 2.0


def two(sf: Any) -> None:
    rows = [{"Name": "One", "External_Id__c": "W-1"}, {"Name": 'Two, "quoted"', "External_Id__c": "W-2"}, {"Name": "", "External_Id__c": "W-3"}]
    job = sf.bulk2.Account.insert(records=rows, wait=0.2)[0]
    told("two_insert", {name: job[name] for name in ("numberRecordsTotal", "numberRecordsProcessed", "numberRecordsFailed")})
    everything = sf.bulk2.Account.get_all_ingest_records(job["job_id"])
    told("two_all", [[row["External_Id__c"] for row in everything[kind]] for kind in ("successfulRecords", "failedRecords", "unprocessedRecords")])
    upserted = sf.bulk2.Account.upsert(records=[{"Name": "One more", "External_Id__c": "W-1"}, {"Name": "Four", "External_Id__c": "W-4"}],
                                       external_id_field="External_Id__c", wait=0.2)[0]  # fmt: skip
    told("two_upsert", [row["sf__Created"] for row in sf.bulk2.Account.get_all_ingest_records(upserted["job_id"])["successfulRecords"]])
    crowd = sf.bulk2.Contact.insert(records=[{"LastName": f"Wave {n}", "Account.External_Id__c": "W-1"} for n in range(CROWD)], batch_size=100, concurrency=2, wait=0.2)
    told("two_batches", [job["numberRecordsProcessed"] for job in crowd])
    pages = list(sf.bulk2.Contact.query("SELECT Id, LastName FROM Contact WHERE LastName LIKE 'Wave %'", max_records=120, wait=0.2))
    told("two_query", [page.count("\n") for page in pages])
    ids = [line.split(",")[0].strip('"') for page in pages for line in page.splitlines()[1:]]
    updated = sf.bulk2.Contact.update(records=[{"Id": one, "Title": "Surfer"} for one in ids[:10]], wait=0.2)[0]
    told("two_update", [updated["numberRecordsFailed"], sf.query("SELECT COUNT() FROM Contact WHERE Title = 'Surfer'")["totalSize"]])
    deleted = sf.bulk2.Contact.delete(records=[{"Id": one} for one in ids], wait=0.2)[0]
    told("two_delete", [deleted["numberRecordsProcessed"], deleted["numberRecordsFailed"]])
    told("two_query_all", sum(page.count("\n") - 1 for page in sf.bulk2.Contact.query_all("SELECT Id FROM Contact WHERE LastName LIKE 'Wave %'", wait=0.2)))
    told("two_hard_delete", refused(lambda: sf.bulk2.Contact.hard_delete(records=[{"Id": ids[0]}], wait=0.2)))
    told("two_bad_query", refused(lambda: list(sf.bulk2.Account.query("SELECT Nothing FROM Account", wait=0.2))))


def files(sf: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text("Name,External_Id__c\nFive,W-5\nSix,W-6\n", encoding="utf-8")
        job = sf.bulk2.Account.insert(str(path), wait=0.2)[0]
        told("file_insert", [job["numberRecordsTotal"], job["numberRecordsFailed"]])
        done = sf.bulk2.Account.download("SELECT Name FROM Account WHERE External_Id__c LIKE 'W-%' ORDER BY External_Id__c", path=folder, max_records=2, wait=0.2)
        told("file_download", [Path(one["file"]).read_text("utf-8").split("\n")[1:-1] for one in done])


# ---------------------------------------------------------------------- 1.0


def one(sf: Any) -> None:
    rows = [{"Name": "Uno", "External_Id__c": "V-1"}, {"Name": "Dos", "External_Id__c": "V-2"}, {"External_Id__c": "V-3"}]
    inserted = sf.bulk.Account.insert(rows, batch_size=2, use_serial=True)
    told("one_insert", [[row["success"], row["created"], (row["id"] or "")[:3], [error["statusCode"] for error in row["errors"]]] for row in inserted])
    upserted = sf.bulk.Account.upsert([{"Name": "Uno mas", "External_Id__c": "V-1"}, {"Name": "Cuatro", "External_Id__c": "V-4"}], "External_Id__c")
    told("one_upsert", [[row["success"], row["created"]] for row in upserted])
    told("one_query", [[row["Name"], row["Parent"]] for row in sf.bulk.Account.query(
        "SELECT Name, Parent.Name FROM Account WHERE External_Id__c LIKE 'V-%' ORDER BY External_Id__c")])  # fmt: skip
    updated = sf.bulk.Account.update([{"Id": inserted[0]["id"], "Description": "x"}, {"Id": "001000000000000AAA", "Description": "x"}])
    told("one_update", [[row["success"], [error["statusCode"] for error in row["errors"]]] for row in updated])
    crowd = sf.bulk.Contact.insert([{"LastName": f"Ola {n}"} for n in range(CROWD)], batch_size="auto")
    told("one_auto", [len(crowd), all(row["success"] for row in crowd)])
    lazily = sf.bulk.Contact.query("SELECT Id FROM Contact WHERE LastName LIKE 'Ola %'", lazy_operation=True)
    told("one_lazy", [len(page) for page in lazily])
    deleted = sf.bulk.Contact.delete([{"Id": row["id"]} for row in crowd], batch_size=200)
    told("one_delete", [len(deleted), all(row["success"] for row in deleted)])
    told("one_query_all", len(sf.bulk.Contact.query_all("SELECT Id FROM Contact WHERE LastName LIKE 'Ola %' AND IsDeleted = true")))
    detailed = sf.bulk.submit_dml("Account", "insert", [{"Name": "Cinco"}, {"Description": "x"}], include_detailed_results=True)
    told("one_partly", [sorted(detailed[0]), len(detailed)])
    told("one_hard_delete", refused(lambda: sf.bulk.Contact.hard_delete([{"Id": crowd[0]["id"]}])))
    told("one_bad_object", refused(lambda: sf.bulk.Nothing__c.insert([{"Name": "x"}])))


if __name__ == "__main__":
    main()
