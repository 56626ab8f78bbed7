"""What sfbulk2 offers: ingest jobs step by step and in one multipart request, query jobs. It gives raw replies."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import time
from typing import Any

with contextlib.redirect_stdout(io.StringIO()):
    from sfbulk2 import SFBulk2

ENDED = {"JobComplete", "Failed", "Aborted"}


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


class Quiet:
    """The client prints every request."""

    def __init__(self, client: SFBulk2) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            with contextlib.redirect_stdout(io.StringIO()):
                return getattr(self._client, name)(*arguments, **named)

        return call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def ended(client: Any, job_id: str, kind: str) -> dict[str, Any]:
    for _ in range(200):
        job: dict[str, Any] = client.get_job_status(job_id=job_id, optype=kind).json()
        if job["state"] in ENDED:
            return job
        time.sleep(0.2)
    raise SystemExit(f"{job_id} did not end")


def main() -> None:
    client = Quiet(SFBulk2(os.environ["SF_ACCESS_TOKEN"], os.environ["SF_INSTANCE_URL"], "v62.0"))
    ingest(client)
    multipart(client)
    queries(client)


def ingest(client: Any) -> None:
    job_id = client.create_job("insert", "Account")
    told("created", [job_id[:3], len(job_id)])
    opened = client.get_job_status(job_id=job_id, optype="ingest").json()
    told("opened", [opened["state"], opened["contentUrl"], opened["apiVersion"]] if opened["contentUrl"] != f"services/data/v62.0/jobs/ingest/{job_id}/batches" else True)
    sent = client.put_data(opened["contentUrl"], 'Name,External_Id__c\nOne,B-1\n"Two, with ""quotes""",B-2\n,B-3\n')
    told("sent", [sent.status_code, sent.text])
    closed = client.patch_state(job_id, "UploadComplete").json()
    told("closed", [closed["state"], closed["object"], closed["operation"]])
    job = ended(client, job_id, "ingest")
    told("ended", [job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"], job["jobType"]])
    failed = client.get_failure_status(job_id)
    told("failed", [failed.headers["Content-Type"], [[row["sf__Error"], row["External_Id__c"]] for row in rows(failed.text)]])
    told("closed_twice", client.patch_state(job_id, "UploadComplete").json()[0]["errorCode"])


def multipart(client: Any) -> None:
    """The body has bare line feeds, and its CSV begins with an empty line of the client's own."""
    reply = client.ingest_multipart("insert", "Account", "\nName\nThree\nFour")
    job = reply.json()
    told("multipart", [reply.status_code, job["state"]])
    done = ended(client, job["id"], "ingest")
    told("multipart_ended", [done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]])


def queries(client: Any) -> None:
    job_id = client.create_query_job("SELECT Name, External_Id__c FROM Account WHERE External_Id__c LIKE 'B-%' ORDER BY External_Id__c")
    told("query", ended(client, job_id, "query")["numberRecordsProcessed"])
    reply = client.get_query_results(job_id)
    told("query_results", [rows(reply.text), reply.headers["Sforce-Locator"], reply.headers["Sforce-NumberOfRecords"]])
    told("query_listed", job_id in {job["id"] for job in client.get_all_query_jobs().json()["records"]})
    told("abort_ended", client.abort_query_job(job_id).json()[0]["errorCode"])


if __name__ == "__main__":
    main()
