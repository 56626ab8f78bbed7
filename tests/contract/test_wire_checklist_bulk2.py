"""The Bulk API 2.0 lines of the wire reference's checklist (section 16), one test each, through every door; the others are in the files beside."""

from __future__ import annotations

import csv
import io
import re

import requests


def refused(reply: requests.Response) -> bool:
    return 400 <= reply.status_code < 500 and bool(reply.json()[0]["errorCode"])


SHORT = ["id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType", "apiVersion"]
TIMES = ["retries", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime", "isPkChunkingSupported"]
DONE = [*SHORT, "jobType", "lineEnding", "columnDelimiter", "numberRecordsProcessed", "numberRecordsFailed", *TIMES]


def test_22_bulk_replies_have_the_keys_of_their_call(wire):
    created = wire.say("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()
    path = f"/jobs/ingest/{created['id']}"
    assert list(created) == [*SHORT, "contentUrl", "lineEnding", "columnDelimiter"]
    assert (created["contentUrl"], created["apiVersion"]) == (f"services/data/v62.0/jobs/ingest/{created['id']}/batches", 62.0)
    assert list(wire.get(path)) == [*SHORT, "jobType", "contentUrl", "lineEnding", "columnDelimiter", *TIMES]
    wire.put(path, "Name\nAcme\n")
    assert {*wire.get(path)} == {*DONE, "contentUrl"}
    assert list(wire.say("PATCH", path, {"state": "UploadComplete"}).json()) == SHORT
    wire.rig.clock.advance(60)
    done = wire.get(path)
    assert {*done} == {*DONE}
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 1, 0)


def test_23_bulk_refuses_what_the_state_or_version_does_not_allow(wire):
    path = "/jobs/ingest/" + wire.say("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()["id"]
    assert wire.put(path, "Name\nAcme\n").status_code == 201
    assert refused(wire.put(path, "Name\nAcme\n"))
    assert refused(wire.say("DELETE", path))
    wire.rig.inject("bulk.stuck", on="bulk2.close", hold="1h")
    wire.say("PATCH", path, {"state": "UploadComplete"})
    assert refused(wire.put(path, "Name\nAcme\n"))
    wire.rig.clock.advance(600)
    assert wire.get(path)["state"] == "InProgress"
    assert refused(wire.say("DELETE", path))
    assert refused(wire.say("GET", path + "/successfulResults"))
    job = "/jobs/query/" + wire.say("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
    wire.rig.clock.advance(60)
    assert wire.say("GET", job + "/results").status_code == 200
    assert wire.say("GET", job + "/results", version="61.0").status_code == 409


def test_24_bulk_results_have_a_header_always_and_quoted_names(wire):
    path = wire.ingest("Name,Phone\nAcme,1\n,2\n")
    good, bad = (wire.say("GET", f"{path}/{name}") for name in ("successfulResults", "failedResults"))
    assert good.headers["Content-Type"].startswith("text/csv")
    assert good.text.splitlines()[0] == '"sf__Id","sf__Created",Name,Phone'
    assert re.fullmatch(r'"001\w{15}","true","Acme","1"', good.text.splitlines()[1])
    assert bad.text.splitlines() == ['"sf__Id","sf__Error",Name,Phone', '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","2"']
    assert wire.say("GET", path + "/unprocessedrecords").text.splitlines() == ["Name,Phone"]
    clean = wire.ingest("Name\nAcme\n")
    assert wire.say("GET", clean + "/failedResults").text.splitlines() == ['"sf__Id","sf__Error",Name']


def test_25_bulk_query_pages_end_in_the_word_null_and_add_up(wire):
    wire.rig.org.populate("Contact", 25)
    job = "/jobs/query/" + wire.say("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id, LastName FROM Contact"}).json()["id"]
    wire.rig.clock.advance(60)
    locator, rows, counts, texts = "", [], [], {}
    while locator != "null":
        reply = wire.say("GET", f"{job}/results?maxRecords=10" + (f"&locator={locator}" if locator else ""))
        texts[locator] = reply.text
        counts.append(int(reply.headers["Sforce-NumberOfRecords"]))
        rows += [*csv.DictReader(io.StringIO(reply.text))]
        locator = reply.headers["Sforce-Locator"]
    assert (counts, len({row["Id"] for row in rows})) == ([10, 10, 5], 25)
    for locator, text in texts.items():
        assert wire.say("GET", f"{job}/results?maxRecords=10" + (f"&locator={locator}" if locator else "")).text == text


def test_26_a_complete_job_can_hold_rows_that_met_a_lock(wire):
    account = wire.create("Account", Name="Acme")
    other = wire.create("Account", Name="Other")
    wire.org.world.lock(account, wire.org.now_s() + 3600)
    path = wire.ingest(f"Id,Phone\n{account},1\n{other},2\n", operation="update")
    info = wire.get(path)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    [row] = csv.DictReader(io.StringIO(wire.say("GET", path + "/failedResults").text))
    assert row["sf__Error"] == f"UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: {account}:--"


def test_27_the_null_cell_nulls_and_an_empty_one_leaves_alone(wire):
    account = wire.create("Account", Name="Acme", Phone="1", Fax="2")
    wire.ingest(f"Id,Phone,Fax\n{account},#N/A,\n", operation="update")
    row = wire.get(f"/sobjects/Account/{account}?fields=Phone,Fax")
    assert (row["Phone"], row["Fax"]) == (None, "2")
