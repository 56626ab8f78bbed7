"""Requests for ingest jobs: creating, listing, multipart, and those that make no sense. Expectations: wire reference 5.1 to 5.3."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = ["id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType", "apiVersion"]
TAIL = ["lineEnding", "columnDelimiter"]


def refusal(response: Any, caller: Any) -> tuple[int, str]:
    return response.status, caller.json[0]["errorCode"]



# ---------------------------------------------------------------------- create, list, odd requests


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"object": "Nope", "operation": "insert"}, "INVALIDENTITY", "Unable to find object: Nope"),
        ({"object": "Account"}, "INVALIDJOB", "Invalid value for operation: . Allowed are insert, update, upsert, delete, hardDelete"),
        ({"object": "Account", "operation": "INSERT"}, "INVALIDJOB", "Invalid value for operation: INSERT"),
        ({"object": "Account", "operation": ["insert"]}, "INVALIDJOB", "Invalid value for operation"),
        ({"object": "Account", "operation": "insert", "columnDelimiter": ","}, "INVALIDJOB", "columnDelimiter"),
        ({"object": "Account", "operation": "insert", "contentType": "JSON"}, "INVALIDJOB", "contentType"),
        ({"object": "Account", "operation": "upsert"}, "INVALIDJOB", "External ID was blank for Account. An External ID must be specified for upsert."),
        ({"object": "Account", "operation": "upsert", "externalIdFieldName": "Phone"}, "INVALIDJOB", "Field name provided, Phone does not match an External ID"),
        ({"object": "Account", "operation": "hardDelete"}, "FEATURENOTENABLED", "hardDelete operation requires"),
    ],
)
def test_a_request_for_an_impossible_job_is_refused(caller, org, fields, code, words):
    assert refusal(caller("POST", "/jobs/ingest", fields), caller) == (400, code)
    assert words in caller.json[0]["message"]
    assert org.registers.jobs == {}
    assert org.receipt.applied == "no"


def test_no_job_is_created_when_the_daily_batches_are_spent(caller, org):
    org.limits.exhaust("DailyBulkApiBatches")
    assert refusal(caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}), caller) == (400, "EXCEEDEDQUOTA")


def test_the_administrator_may_delete_for_good(org):
    record_id = org.admin.create("Account", Name="Acme")
    job = org.bulk.ingest.create({"object": "Account", "operation": "hardDelete"}, user_id=org.admin_user_id, version="62.0")
    job = org.bulk.ask(org.bulk.ingest.upload(job, f"Id\n{record_id}\n".encode()), "UploadComplete")
    org.clock.advance(10)
    org.settle()
    assert org.store.one("SELECT COUNT(*) FROM Account") == (0,)


def test_jobs_are_listed(ingest, caller):
    ids = [ingest().id, ingest("Contact").id]
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})
    caller("GET", "/jobs/ingest?jobType=V2Ingest")
    assert list(caller.json) == ["done", "nextRecordsUrl", "records"]
    assert (caller.json["done"], caller.json["nextRecordsUrl"]) == (True, None)
    assert [record["id"] for record in caller.json["records"]] == ids
    assert {record["jobType"] for record in caller.json["records"]} == {"V2Ingest"}


def test_there_are_no_classic_jobs_in_the_list(ingest, caller):
    ingest()
    caller("GET", "/jobs/ingest?jobType=Classic")
    assert caller.json == {"done": True, "records": [], "nextRecordsUrl": None}


def test_a_long_list_has_pages(ingest, caller, org, monkeypatch):
    monkeypatch.setattr("sfchaos.org.bulk.engine.LIST_ROWS", 2)
    ids = [ingest().id for _ in range(5)]
    found, path = [], "/jobs/ingest"
    while path:
        caller("GET", path)
        found += [record["id"] for record in caller.json["records"]]
        path = (caller.json["nextRecordsUrl"] or "").removeprefix("/services/data/v62.0")
    assert found == ids


def multipart(job: str, data: bytes) -> bytes:
    return (
        b'--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="job"\r\n\r\n' + job.encode() + b"\r\n--B\r\nContent-Type: text/csv\r\n"
        b'Content-Disposition: form-data; name="content"; filename="content"\r\n\r\n' + data + b"\r\n--B--\r\n"
    )


FORM = (("Content-Type", "multipart/form-data; boundary=B"),)


@pytest.mark.parametrize("ending", ["LF", "CRLF"])
def test_a_multipart_create_is_closed_at_once(caller, org, ending):
    end = "\n" if ending == "LF" else "\r\n"
    data = f'Name,Phone{end}Zoë,"1{end}2"{end}'.encode()
    response = caller("POST", "/jobs/ingest", raw=multipart(f'{{"object": "Account", "operation": "insert", "lineEnding": "{ending}"}}', data), headers=FORM)
    assert response.status == 200
    assert list(caller.json) == [*HEAD, *TAIL]
    assert caller.json["state"] == "UploadComplete"
    assert org.receipt.applied == "yes"
    org.clock.advance(10)
    org.settle()
    assert [(row["Name"], row["Phone"]) for row in org.admin.rows("Account")] == [("Zoë", f"1{end}2")]


def test_a_multipart_create_has_a_limit(caller, org):
    data = b"Name\n" + b"x" * 100_000
    assert caller("POST", "/jobs/ingest", raw=multipart('{"object": "Account", "operation": "insert"}', data), headers=FORM).status == 400
    assert org.registers.jobs == {}


@pytest.mark.parametrize("body", [b"", b"--B--\r\n", multipart("[]", b"Name\n"), multipart("{", b"Name\n")])
def test_a_broken_form_is_refused(caller, body):
    assert caller("POST", "/jobs/ingest", raw=body, headers=FORM).status == 400


def test_an_upload_of_another_type_is_refused(ingest, caller):
    one = ingest()
    assert caller("PUT", f"{one.path}/batches", raw=b"{}", headers=(("Content-Type", "application/json"),)).status == 415


@pytest.mark.parametrize("job_id", ["7505e0000000099AAA", "nonsense", "0015e0000000001AAA"])
def test_an_unknown_job_is_not_found(caller, job_id):
    assert caller("GET", f"/jobs/ingest/{job_id}").status == 404


def test_a_query_job_is_no_ingest_job(caller):
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})
    assert caller("GET", f"/jobs/ingest/{caller.json['id']}").status == 404


def test_ingest_does_not_exist_before_41(caller):
    assert caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}, version="40.0").status == 404
    assert caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}, version="41.0").status == 200


def test_events_of_a_refused_call_are_not_told(ingest, caller, org):
    told = []
    org.on_event(told.append)
    caller("POST", "/jobs/ingest", raw=multipart('{"object": "Account", "operation": "insert"}', b"x" * 100_001), headers=FORM)
    assert told == []
