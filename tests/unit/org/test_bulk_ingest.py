"""/jobs/ingest as a client meets it. Expectations: wire reference 5.1 to 5.5."""

from __future__ import annotations

from typing import Any

import pytest

from sfchaos.org.access import hide
from sfchaos.org.bulk.pace import Pace

CSV = (("Content-Type", "text/csv"),)
HEAD = ["id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType", "apiVersion"]
TAIL = ["lineEnding", "columnDelimiter"]
TIMES = ["retries", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime", "isPkChunkingSupported"]
COUNTS = ["numberRecordsProcessed", "numberRecordsFailed"]


class Job:
    """One job, driven over HTTP."""

    def __init__(self, caller: Any, sobject: str = "Account", operation: str = "insert", **fields: str) -> None:
        self.caller = caller
        response = caller("POST", "/jobs/ingest", {"object": sobject, "operation": operation, **fields})
        assert response.status == 200, response.body
        self.id = caller.json["id"]
        self.path = f"/jobs/ingest/{self.id}"

    def upload(self, data: str | bytes) -> Any:
        return self.caller("PUT", f"{self.path}/batches", raw=data if isinstance(data, bytes) else data.encode(), headers=CSV)

    def close(self) -> Any:
        return self.caller("PATCH", self.path, {"state": "UploadComplete"})

    def abort(self) -> Any:
        return self.caller("PATCH", self.path, {"state": "Aborted"})

    def run(self, data: str | bytes) -> Any:
        """Upload, close, wait; what a GET says then."""
        assert self.upload(data).status == 201
        assert self.close().status == 200
        self.caller.org.clock.advance(600)
        return self.info()

    def info(self) -> Any:
        assert self.caller("GET", self.path).status == 200
        return self.caller.json

    def results(self, kind: str) -> str:
        response = self.caller("GET", f"{self.path}/{kind}")
        assert response.status == 200, response.body
        assert response.header("content-type") == "text/csv"
        return response.body.decode()


@pytest.fixture
def job(caller):
    def make(*arguments: Any, **fields: Any) -> Job:
        return Job(caller, *arguments, **fields)

    return make


def refusal(response: Any, caller: Any) -> tuple[int, str]:
    return response.status, caller.json[0]["errorCode"]


def log_in_again(caller: Any) -> None:
    """Sessions die long before jobs do: stand the old token's session up anew."""
    registers = caller.org.registers
    session = caller.org.sessions.open(caller.org.integration_user_id, grant="password")
    registers.sessions[caller.org.credentials.access_token] = session


# ---------------------------------------------------------------------- replies


def test_key_sets_differ_between_create_get_and_patch(job, caller):
    one = job()
    assert list(caller.json) == [*HEAD, "contentUrl", *TAIL]
    assert caller.json["contentUrl"] == f"services/data/v62.0/jobs/ingest/{one.id}/batches"
    assert caller.json["apiVersion"] == 62.0
    assert one.id.startswith("750")
    assert list(one.info()) == [*HEAD, "jobType", "contentUrl", *TAIL, *TIMES]
    assert one.upload("Name\nAcme\n").body == b""
    assert list(one.info()) == [*HEAD, "jobType", "contentUrl", *TAIL, *COUNTS, *TIMES]
    one.close()
    assert list(caller.json) == HEAD
    assert caller.json["state"] == "UploadComplete"
    assert list(one.info()) == [*HEAD, "jobType", *TAIL, *COUNTS, *TIMES]


def test_states_follow_the_clock_without_anybody_polling(job, caller, org):
    one = job()
    one.upload("Name\nAcme\nBeta\n")
    one.close()
    org.clock.advance(0.9)
    assert one.info()["state"] == "UploadComplete"
    org.clock.advance(0.2)
    assert one.info()["state"] == "InProgress"
    assert org.admin.count("Account") == 0
    org.clock.advance(1)
    org.settle()
    assert org.admin.count("Account") == 2
    done = one.info()
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"], done["totalProcessingTime"]) == ("JobComplete", 2, 0, 1002)


def test_rows_carry_the_time_at_which_their_batch_was_done(job, org):
    job().run("Name\nAcme\n")
    assert org.admin.rows("Account")[0]["CreatedDate"] == "2026-01-15T09:00:02.000+0000"


def test_an_upsert_job_names_its_key(job, caller):
    job("invoice__c", "upsert", externalIdFieldName="number__c")
    assert (caller.json["object"], caller.json["externalIdFieldName"]) == ("Invoice__c", "Number__c")


# ---------------------------------------------------------------------- results


def test_good_and_bad_rows_part_ways(job):
    one = job()
    done = one.run("Name,Phone\nAcme,1\n,2\n")
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    assert one.results("successfulResults") == '"sf__Id","sf__Created",Name,Phone\n"0015e0000000001AAA","true","Acme","1"\n'
    assert one.results("failedResults") == '"sf__Id","sf__Error",Name,Phone\n"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","2"\n'
    assert one.results("unprocessedrecords") == "Name,Phone\n"
    assert one.results("unprocessedRecords") == "Name,Phone\n"


def test_an_error_without_fields_has_nothing_between_colon_and_dashes(job, caller):
    one = job("Account", "update")
    one.run("Id,Phone\n0015e0000000009AAA,1\n")
    assert one.results("failedResults").splitlines()[1] == '"0015e0000000009AAA","INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--","0015e0000000009AAA","1"'


def test_an_upsert_creates_then_updates(job, org):
    first, second = (job("Invoice__c", "upsert", externalIdFieldName="Number__c") for _ in range(2))
    first.run("Number__c,Amount__c\nN-1,10\n")
    second.run("Number__c,Amount__c\nn-1,20\nN-2,5\n")
    created = [line.split(",")[1] for line in second.results("successfulResults").splitlines()[1:]]
    assert created == ['"false"', '"true"']
    assert sorted((row["Number__c"], row["Amount__c"]) for row in org.admin.rows("Invoice__c")) == [("N-1", 20.0), ("N-2", 5.0)]


def test_delete_and_its_second_try(job, caller, org):
    record_id = caller.create("Account", Name="Acme")
    job("Account", "delete").run(f"Id\n{record_id}\n")
    assert org.admin.count("Account") == 0
    again = job("Account", "delete")
    again.run(f"Id\n{record_id}\n")
    assert again.results("failedResults").splitlines()[1] == f'"{record_id}","ENTITY_IS_DELETED:entity is deleted:--","{record_id}"'


def test_an_empty_cell_leaves_a_field_alone_and_n_a_nulls_it(job, caller, org):
    record_id = caller.create("Account", Name="Acme", Phone="1", Fax="2")
    done = job("Account", "update").run(f"Id,Phone,Fax\n{record_id},,#N/A\n")
    assert done["numberRecordsFailed"] == 0
    row = org.admin.rows("Account")[0]
    assert (row["Phone"], row["Fax"]) == ("1", None)


def test_cells_have_more_words_for_booleans_and_dates_may_end_in_z(job, org):
    one = job("Invoice__c")
    one.run("Number__c,Paid__c,Due_Date__c\n1,Yes,2026-02-03Z\n2,off,2026-02-03\n3,maybe,\n4,1,2026-02-03T23:00:00Z\n")
    assert [(row["Number__c"], row["Paid__c"], row["Due_Date__c"]) for row in org.admin.rows("Invoice__c")] == [
        ("1", True, "2026-02-03"), ("2", False, "2026-02-03"), ("4", True, "2026-02-03"),
    ]  # fmt: skip
    assert one.results("failedResults").count("INVALID_TYPE_ON_FIELD_IN_RECORD") == 1


def test_a_parent_may_be_named_by_its_key(job, org):
    parent_id = org.admin.create("Account", Name="Acme", External_Id__c="X")
    assert job("Contact").run("LastName,Account.External_Id__c\nAda,x\n")["numberRecordsFailed"] == 0
    assert [row["AccountId"] for row in org.admin.rows("Contact")] == [parent_id]
    assert job("Contact").run("LastName,Account.Phone\nAda,1\n")["errorMessage"] == "InvalidBatch : Field name not found : Account.Phone"
    assert job("Contact").run("LastName,Nobody.Name\nAda,1\n")["errorMessage"] == "InvalidBatch : Field name not found : Nobody.Name"


def test_an_upsert_by_an_external_id_may_carry_an_id_column(job, org):
    """jsforce sends one, empty, before the columns that it was given."""
    done = job("Account", "upsert", externalIdFieldName="External_Id__c").run("Id,Name,External_Id__c\n,Acme,X-1\n")
    assert (done["state"], done["numberRecordsFailed"]) == ("JobComplete", 0)
    assert [row["Name"] for row in org.admin.rows("Account", External_Id__c="X-1")] == ["Acme"]


@pytest.mark.parametrize("column", ["User:Owner.Username", "Owner:User.Username", "owner.username"])
def test_a_polymorphic_parent_is_named_with_its_type(job, org, column):
    user = org.admin.rows("User")[0]
    one = job("Case")
    done = one.run(f"Subject,{column}\nAcme,{user['Username']}\nBeta,nobody@x.example\n")
    assert done["numberRecordsFailed"] == 1, done
    assert [row["OwnerId"] for row in org.admin.rows("Case")] == [user["Id"]]
    assert "INVALID_FIELD:Foreign key external ID: nobody@x.example not found for field " in one.results("failedResults")


@pytest.mark.parametrize(("name", "char"), [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")])
def test_delimiter_and_line_ending_hold_for_results_too(job, name, char):
    one = job(columnDelimiter=name, lineEnding="CRLF")
    assert one.run(f"Name{char}Phone\r\nAcme, Inc.{char}1\r\n")["state"] == "JobComplete"
    assert one.results("successfulResults") == (
        f'"sf__Id"{char}"sf__Created"{char}Name{char}Phone\r\n"0015e0000000001AAA"{char}"true"{char}"Acme, Inc."{char}"1"\r\n'
    )


def test_column_names_have_any_case_and_the_header_comes_back_as_uploaded(job, org):
    one = job()
    one.run('\ufeff"NAME",phone\nAcme,1\n')
    assert org.admin.rows("Account")[0]["Name"] == "Acme"
    assert one.results("failedResults") == '"sf__Id","sf__Error","NAME",phone\n'


def test_rows_are_counted_over_internal_batches(job, org):
    org.bulk.pace = Pace(batch_rows=3)
    one = job()
    one.upload("Name\n" + "".join(f"A{n}\n" for n in range(7)))
    one.close()
    org.clock.advance(1 + 1.003)
    assert (one.info()["state"], one.info()["numberRecordsProcessed"]) == ("InProgress", 3)
    org.clock.advance(10)
    assert (one.info()["state"], one.info()["numberRecordsProcessed"]) == ("JobComplete", 7)
    assert org.limits.used_of("DailyBulkApiBatches") == 3
    assert [row["Name"] for row in org.admin.rows("Account")] == [f"A{n}" for n in range(7)]


def test_an_upload_without_rows_completes(job):
    one = job("Account", "update")
    done = one.run("Id,Name\n")
    assert (done["state"], done["numberRecordsProcessed"]) == ("JobComplete", 0)
    assert one.results("successfulResults") == '"sf__Id","sf__Created",Id,Name\n'


@pytest.mark.parametrize("operation", ["insert", "update", "delete"])
def test_a_job_closed_without_an_upload_completes(job, org, operation):
    one = job("Account", operation)
    assert one.close().status == 200
    org.clock.advance(5)
    assert one.info()["state"] == "JobComplete"
    assert one.results("failedResults") == '"sf__Id","sf__Error"\n'


# ---------------------------------------------------------------------- jobs that fail as a whole


@pytest.mark.parametrize(
    ("operation", "data", "message"),
    [
        ("insert", "Nmae\nAcme\n", "InvalidBatch : Field name not found : Nmae"),
        ("insert", "Id,Name\n,Acme\n", "InvalidBatch : Field name not found : Id"),
        ("insert", "Name,BillingAddress\nAcme,x\n", "InvalidBatch : Field name not found : BillingAddress"),
        ("insert", "Name,Phone,name\nAcme,1,2\n", "InvalidBatch : Duplicate field name : Name"),
        ("update", "Name\nAcme\n", "InvalidBatch : Field name not found : Id"),
        ("delete", "Id,Name\n0015e0000000001AAA,Acme\n", "InvalidBatch : The 'delete' batch must contain only ids"),
        ("insert", "Name\r\nAcme\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("insert", "Name,Phone\nAcme\n", "InvalidBatch : Failed to parse CSV. Row 1 has 1 columns, the header has 2"),
    ],
)
def test_an_upload_that_does_not_fit_fails_the_job(job, org, operation, data, message):
    one = job("Account", operation)
    done = one.run(data)
    assert (done["state"], done["errorMessage"], done["numberRecordsProcessed"]) == ("Failed", message, 0)
    assert org.admin.count("Account") == 0
    assert len(one.results("unprocessedrecords").splitlines()) == 2


def test_an_upload_that_cannot_be_read_comes_back_as_it_is(job):
    one = job()
    assert one.run('\ufeffName\nAcme\n"B"x\nGamma')["errorMessage"].startswith("InvalidBatch : Failed to parse CSV. Found unescaped quote.")
    assert one.results("unprocessedrecords") == 'Name\nAcme\n"B"x\nGamma'
    assert one.results("successfulResults") == '"sf__Id","sf__Created",Name\n'


def test_the_header_is_judged_when_the_job_leaves_the_queue(job, org):
    one = job()
    one.upload("Nmae\n")
    one.close()
    org.clock.advance(1.1)
    assert one.info()["state"] == "Failed"


def test_rows_are_written_as_the_user_who_made_the_job(job, org):
    hide(org, org.schema.find("Account"), org.schema.find("Account").find("Phone"), "edit")
    one = job()
    one.run("Name,Phone\nAcme,\nBeta,1\n")
    assert [(row["Name"], row["CreatedById"]) for row in org.admin.rows("Account")] == [("Acme", org.integration_user_id)]
    assert '"INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Phone.' in one.results("failedResults")


def test_a_hidden_field_is_not_found(job, org):
    org.world.hide_field("Account", "Phone")
    assert job().run("Name,Phone\nAcme,1\n")["errorMessage"] == "InvalidBatch : Field name not found : Phone"


def test_a_field_that_vanishes_between_batches_fails_the_job_and_the_rest_is_unprocessed(job, org):
    org.bulk.pace = Pace(batch_rows=1)
    one = job()
    one.upload("Name,Phone\nAcme,1\nBeta,2\n")
    one.close()
    org.clock.advance(2.1)
    org.settle()
    org.world.hide_field("Account", "Phone")
    org.clock.advance(10)
    assert (one.info()["state"], one.info()["numberRecordsProcessed"]) == ("Failed", 1)
    assert one.results("unprocessedrecords") == 'Name,Phone\n"Beta","2"\n'


def test_batches_beyond_the_daily_limit_fail_the_job(job, org):
    one = job()
    org.limits.exhaust("DailyBulkApiBatches")
    done = one.run("Name\nAcme\n")
    assert (done["state"], done["errorMessage"]) == ("Failed", "ExceededQuota : ApiBatchItems Limit exceeded.")
    assert one.results("unprocessedrecords") == 'Name\n"Acme"\n'


# ---------------------------------------------------------------------- moves


def test_a_second_upload_is_refused_and_the_first_counts(job, caller, org):
    one = job()
    one.upload("Name\nAcme\n")
    assert refusal(one.upload("Name\nBeta\n"), caller) == (400, "CLIENTINPUTERROR")
    one.close()
    assert refusal(one.upload("Name\nBeta\n"), caller) == (400, "INVALIDJOBSTATE")
    org.clock.advance(10)
    org.settle()
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Acme"]


def test_a_second_close_is_refused(job, caller):
    one = job()
    one.close()
    assert refusal(one.close(), caller) == (400, "INVALIDJOBSTATE")
    assert caller.json[0]["message"] == "Invalid job state: UploadComplete"


@pytest.mark.parametrize("state", ["Open", "InProgress", "JobComplete", "Failed", "", "aborted"])
def test_no_other_state_can_be_asked_for(job, caller, state):
    one = job()
    assert refusal(caller("PATCH", one.path, {"state": state}), caller) == (400, "INVALIDJOBSTATE")
    assert one.info()["state"] == "Open"


def test_an_aborted_job_stays_aborted_and_does_nothing(job, caller, org):
    one = job()
    one.upload("Name\nAcme\n")
    one.close()
    assert one.abort().status == 200
    assert caller.json["state"] == "Aborted"
    assert org.next_due_s() is None
    org.clock.advance(60)
    assert one.info()["state"] == "Aborted"
    assert org.admin.count("Account") == 0
    assert one.results("unprocessedrecords") == 'Name\n"Acme"\n'
    assert refusal(one.abort(), caller) == (400, "INVALIDJOBSTATE")


def test_work_done_before_an_abort_stays(job, org):
    org.bulk.pace = Pace(batch_rows=1)
    one = job()
    one.upload("Name\nAcme\nBeta\n")
    one.close()
    org.clock.advance(2.5)
    assert one.abort().status == 200
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Acme"]
    assert one.results("successfulResults").count("\n") == 2
    assert one.results("unprocessedrecords") == 'Name\n"Beta"\n'


@pytest.mark.parametrize("kind", ["successfulResults", "failedResults", "unprocessedrecords"])
def test_results_before_the_end_are_refused(job, caller, kind):
    one = job()
    one.upload("Name\nAcme\n")
    assert refusal(caller("GET", f"{one.path}/{kind}"), caller) == (400, "INVALIDJOBSTATE")
    one.close()
    assert refusal(caller("GET", f"{one.path}/{kind}"), caller) == (400, "INVALIDJOBSTATE")


def test_deleting_waits_until_the_job_is_at_rest(job, caller, org):
    one = job()
    assert refusal(caller("DELETE", one.path), caller) == (400, "INVALIDJOBSTATE")
    one.upload("Name\nAcme\n")
    one.close()
    org.clock.advance(1.5)
    assert refusal(caller("DELETE", one.path), caller) == (400, "INVALIDJOBSTATE")
    org.clock.advance(5)
    assert caller("DELETE", one.path).status == 204
    assert caller("GET", one.path).status == 404
    assert caller.json == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def test_a_job_deleted_in_the_queue_is_never_done(job, caller, org):
    one = job()
    one.upload("Name\nAcme\n")
    one.close()
    assert caller("DELETE", one.path).status == 204
    assert org.next_due_s() is None
    org.clock.advance(60)
    org.settle()
    assert org.admin.count("Account") == 0


def test_an_open_job_takes_no_data_after_a_day(job, caller, org):
    one = job()
    org.clock.advance(86_400)
    log_in_again(caller)
    assert refusal(one.upload("Name\nAcme\n"), caller) == (400, "INVALIDJOBSTATE")


def test_an_ended_job_is_gone_after_seven_days(job, caller, org):
    one = job()
    one.run("Name\nAcme\n")
    org.clock.advance(6 * 86_400)
    log_in_again(caller)
    assert one.info()["state"] == "JobComplete"
    org.clock.advance(86_400)
    log_in_again(caller)
    assert caller("GET", f"{one.path}/failedResults").status == 404
    caller("GET", "/jobs/ingest")
    assert caller.json["records"] == []


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


def test_jobs_are_listed(job, caller):
    ids = [job().id, job("Contact").id]
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})
    caller("GET", "/jobs/ingest?jobType=V2Ingest")
    assert list(caller.json) == ["done", "nextRecordsUrl", "records"]
    assert (caller.json["done"], caller.json["nextRecordsUrl"]) == (True, None)
    assert [record["id"] for record in caller.json["records"]] == ids
    assert {record["jobType"] for record in caller.json["records"]} == {"V2Ingest"}


def test_there_are_no_classic_jobs_in_the_list(job, caller):
    job()
    caller("GET", "/jobs/ingest?jobType=Classic")
    assert caller.json == {"done": True, "records": [], "nextRecordsUrl": None}


def test_a_long_list_has_pages(job, caller, org, monkeypatch):
    monkeypatch.setattr("sfchaos.org.bulk.engine.LIST_ROWS", 2)
    ids = [job().id for _ in range(5)]
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


def test_an_upload_of_another_type_is_refused(job, caller):
    one = job()
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


# ---------------------------------------------------------------------- what is told besides replies


def test_receipts_name_the_job_and_what_was_done(job, caller, org):
    one = job()
    assert (org.receipt.facts["job"], org.receipt.applied) == (one.id, "yes")
    one.upload("Name\nAcme\n")
    assert (org.receipt.facts["job"], org.receipt.applied) == (one.id, "yes")
    one.upload("Name\nAcme\n")
    assert (org.receipt.facts["job"], org.receipt.applied) == (one.id, "no")
    one.info()
    assert (org.receipt.facts["job"], org.receipt.asked) == (one.id, 0)


def test_every_change_and_every_row_is_told(job, org):
    told = []
    org.on_event(told.append)
    one = job("Invoice__c", "upsert", externalIdFieldName="Number__c")
    one.run("Number__c,Amount__c,Due_Date__c\nN-1,10,#N/A\n" + "".join(f"M-{n},x,\n" for n in range(250)))
    states = [(event.facts["state"], event.facts["processed"], event.facts["failed"]) for event in told if event.event == "job_state"]
    assert states == [("Open", 0, 0), ("UploadComplete", 0, 0), ("InProgress", 0, 0), ("JobComplete", 251, 250)]
    lines = [event.facts["rows"] for event in told if event.event == "bulk_rows"]
    assert [len(rows) for rows in lines] == [200, 51]
    good, bad = lines[0][:2]
    assert (good.verb, good.sobject, good.ok, good.created, good.key_field, good.key) == ("upsert", "Invoice__c", True, True, "Number__c", "N-1")
    assert dict(good.values) == {"Number__c": "N-1", "Amount__c": 10.0, "Due_Date__c": None}
    assert (bad.ok, bad.code, bad.key, dict(bad.values)) == (False, "INVALID_TYPE_ON_FIELD_IN_RECORD", "M-0", {"Number__c": "M-0", "Amount__c": "x"})


def test_events_of_a_refused_call_are_not_told(job, caller, org):
    told = []
    org.on_event(told.append)
    caller("POST", "/jobs/ingest", raw=multipart('{"object": "Account", "operation": "insert"}', b"x" * 100_001), headers=FORM)
    assert told == []


def test_a_reset_takes_jobs_and_their_work_back(job, org):
    before = org.digest()
    one = job()
    one.upload("Name\nAcme\n")
    one.close()
    org.clock.advance(1.5)
    org.settle()
    org.reset()
    org.clock.advance(60)
    org.settle()
    assert org.digest() == before
    assert job().id == one.id
