"""What the small clients share: a login, rows, a patient call, the steps of a Bulk job."""

import csv
import io
import json
import logging
import os
import time

import requests
from simple_salesforce import Salesforce, SalesforceLogin

log = logging.getLogger("client")
log.setLevel(logging.INFO)
PASSING = {429, 500, 502, 503, 504}
PASSING_CODES = ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "ConcurrentRequests")


def login(session=None):
    """Token and host, by name and password."""
    env = os.environ
    return SalesforceLogin(username=env["SF_USERNAME"], password=env["SF_PASSWORD"], security_token=env["SF_SECURITY_TOKEN"], domain=env["SF_DOMAIN"],
                           session=session)  # fmt: skip


def connect():
    """A client that logs in again by itself when its session ends."""
    env = os.environ
    return Salesforce(username=env["SF_USERNAME"], password=env["SF_PASSWORD"], security_token=env["SF_SECURITY_TOKEN"], domain=env["SF_DOMAIN"])


def connect_once():
    """A client that has a token and nothing to get another with."""
    token, host = login()
    return Salesforce(session_id=token, instance=host)


def people(count):
    return [{"External_Id__c": f"P-{n:03}", "LastName": f"Person {n}", "Phone": f"555 01{n:02}"} for n in range(1, count + 1)]


def upsert(sf, row):
    fields = {name: value for name, value in row.items() if name != "External_Id__c"}
    return sf.Contact.upsert(f"External_Id__c/{row['External_Id__c']}", fields)


def create(sf, row):
    """With a key that need not be unique, so that a second create works too."""
    fields = {name: value for name, value in row.items() if name != "External_Id__c"}
    return sf.Contact.create({**fields, "Legacy_Id__c": row["External_Id__c"]})


def is_passing(error):
    if isinstance(error, requests.RequestException):
        return True
    return getattr(error, "status", 0) in PASSING or any(code in f"{error} {getattr(error, 'code', '')}" for code in PASSING_CODES)


def patiently(action, attempts=5, first_s=1.0, growth=2.0):
    """Do it, again after a passing failure, with waits that grow. The last error is raised."""
    for attempt in range(attempts):
        try:
            return action()
        except Exception as error:
            if attempt == attempts - 1 or not is_passing(error):
                raise
            time.sleep(first_s * growth**attempt)
    return None


def say(record):
    """A row of the sink."""
    print(json.dumps({"row": {"key": record["External_Id__c"], "surname": record["LastName"], "phone": record["Phone"]}}))


PAGES = {"Sforce-Query-Options": "batchSize=200"}
FIELDS = "Id, LastName, Phone, External_Id__c"


class Job:
    """A Bulk 2.0 job for rows of Contact. Replies are returned as they come; a lost one raises."""

    def __init__(self, sf, rows, operation="upsert"):
        key = "External_Id__c" if operation == "upsert" else "Legacy_Id__c"
        self.sf, self.key, self.path = sf, key, ""
        self.settings = {"object": "Contact", "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        if operation == "upsert":
            self.settings["externalIdFieldName"] = key
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([key, "LastName", "Phone"])
        writer.writerows([row["External_Id__c"], row["LastName"], row["Phone"]] for row in rows)
        self.csv = out.getvalue()

    def send(self, method, path, **request):
        headers = {**self.sf.headers, **request.pop("headers", {})}
        return self.sf.session.request(method, f"{self.sf.base_url}{path}", headers=headers, **request)

    def create(self):
        self.path = f"jobs/ingest/{self.send('POST', 'jobs/ingest', json=self.settings).json()['id']}"
        log.info("job created for Contact", extra={"job_id": self.path})

    def upload(self):
        return self.send("PUT", f"{self.path}/batches", data=self.csv, headers={"Content-Type": "text/csv"})

    def close(self):
        return self.send("PATCH", self.path, json={"state": "UploadComplete"})

    def state(self):
        return self.send("GET", self.path).json()

    def start(self):
        self.create()
        self.upload()
        self.close()

    def finished(self, pause_s=5.0):
        while (state := self.state())["state"] not in ("JobComplete", "Failed", "Aborted"):
            time.sleep(pause_s)
        return state

    def rows(self, results):
        return list(csv.DictReader(io.StringIO(self.send("GET", f"{self.path}/{results}").text)))
