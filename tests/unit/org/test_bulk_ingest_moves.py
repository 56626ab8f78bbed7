"""Ingest jobs as they go from state to state: what is refused when, and what fails as a whole. Expectations: wire reference 5.1 and 5.5."""

from __future__ import annotations

from typing import Any

import pytest

from sfchaos.org.access import hide
from sfchaos.org.bulk.pace import Pace


def refusal(response: Any, caller: Any) -> tuple[int, str]:
    return response.status, caller.json[0]["errorCode"]


def log_in_again(caller: Any) -> None:
    """Sessions die long before jobs do: stand the old token's session up anew."""
    registers = caller.org.registers
    session = caller.org.sessions.open(caller.org.integration_user_id, grant="password")
    registers.sessions[caller.org.credentials.access_token] = session


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
def test_an_upload_that_does_not_fit_fails_the_job(ingest, org, operation, data, message):
    one = ingest("Account", operation)
    done = one.run(data)
    assert (done["state"], done["errorMessage"], done["numberRecordsProcessed"]) == ("Failed", message, 0)
    assert org.admin.count("Account") == 0
    assert len(one.results("unprocessedrecords").splitlines()) == 2


def test_an_upload_that_cannot_be_read_comes_back_as_it_is(ingest):
    one = ingest()
    assert one.run('\ufeffName\nAcme\n"B"x\nGamma')["errorMessage"].startswith("InvalidBatch : Failed to parse CSV. Found unescaped quote.")
    assert one.results("unprocessedrecords") == 'Name\nAcme\n"B"x\nGamma'
    assert one.results("successfulResults") == '"sf__Id","sf__Created",Name\n'


def test_the_header_is_judged_when_the_job_leaves_the_queue(ingest, org):
    one = ingest()
    one.upload("Nmae\n")
    one.close()
    org.clock.advance(1.1)
    assert one.info()["state"] == "Failed"


def test_rows_are_written_as_the_user_who_made_the_job(ingest, org):
    hide(org, org.schema.find("Account"), org.schema.find("Account").find("Phone"), "edit")
    one = ingest()
    one.run("Name,Phone\nAcme,\nBeta,1\n")
    assert [(row["Name"], row["CreatedById"]) for row in org.admin.rows("Account")] == [("Acme", org.integration_user_id)]
    assert '"INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Phone.' in one.results("failedResults")


def test_a_hidden_field_is_not_found(ingest, org):
    org.world.hide_field("Account", "Phone")
    assert ingest().run("Name,Phone\nAcme,1\n")["errorMessage"] == "InvalidBatch : Field name not found : Phone"


def test_a_field_that_vanishes_between_batches_fails_the_job_and_the_rest_is_unprocessed(ingest, org):
    org.bulk.pace = Pace(batch_rows=1)
    one = ingest()
    one.upload("Name,Phone\nAcme,1\nBeta,2\n")
    one.close()
    org.clock.advance(2.1)
    org.settle()
    org.world.hide_field("Account", "Phone")
    org.clock.advance(10)
    assert (one.info()["state"], one.info()["numberRecordsProcessed"]) == ("Failed", 1)
    assert one.results("unprocessedrecords") == 'Name,Phone\n"Beta","2"\n'


def test_batches_beyond_the_daily_limit_fail_the_job(ingest, org):
    one = ingest()
    org.limits.exhaust("DailyBulkApiBatches")
    done = one.run("Name\nAcme\n")
    assert (done["state"], done["errorMessage"]) == ("Failed", "ExceededQuota : ApiBatchItems Limit exceeded.")
    assert one.results("unprocessedrecords") == 'Name\n"Acme"\n'


# ---------------------------------------------------------------------- moves


def test_a_second_upload_is_refused_and_the_first_counts(ingest, caller, org):
    one = ingest()
    one.upload("Name\nAcme\n")
    assert refusal(one.upload("Name\nBeta\n"), caller) == (400, "CLIENTINPUTERROR")
    one.close()
    assert refusal(one.upload("Name\nBeta\n"), caller) == (400, "INVALIDJOBSTATE")
    org.clock.advance(10)
    org.settle()
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Acme"]


def test_a_second_close_is_refused(ingest, caller):
    one = ingest()
    one.close()
    assert refusal(one.close(), caller) == (400, "INVALIDJOBSTATE")
    assert caller.json[0]["message"] == "Invalid job state: UploadComplete"


@pytest.mark.parametrize("state", ["Open", "InProgress", "JobComplete", "Failed", "", "aborted"])
def test_no_other_state_can_be_asked_for(ingest, caller, state):
    one = ingest()
    assert refusal(caller("PATCH", one.path, {"state": state}), caller) == (400, "INVALIDJOBSTATE")
    assert one.info()["state"] == "Open"


def test_an_aborted_job_stays_aborted_and_does_nothing(ingest, caller, org):
    one = ingest()
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


def test_work_done_before_an_abort_stays(ingest, org):
    org.bulk.pace = Pace(batch_rows=1)
    one = ingest()
    one.upload("Name\nAcme\nBeta\n")
    one.close()
    org.clock.advance(2.5)
    assert one.abort().status == 200
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Acme"]
    assert one.results("successfulResults").count("\n") == 2
    assert one.results("unprocessedrecords") == 'Name\n"Beta"\n'


@pytest.mark.parametrize("kind", ["successfulResults", "failedResults", "unprocessedrecords"])
def test_results_before_the_end_are_refused(ingest, caller, kind):
    one = ingest()
    one.upload("Name\nAcme\n")
    assert refusal(caller("GET", f"{one.path}/{kind}"), caller) == (400, "INVALIDJOBSTATE")
    one.close()
    assert refusal(caller("GET", f"{one.path}/{kind}"), caller) == (400, "INVALIDJOBSTATE")


def test_deleting_waits_until_the_job_is_at_rest(ingest, caller, org):
    one = ingest()
    assert refusal(caller("DELETE", one.path), caller) == (400, "INVALIDJOBSTATE")
    one.upload("Name\nAcme\n")
    one.close()
    org.clock.advance(1.5)
    assert refusal(caller("DELETE", one.path), caller) == (400, "INVALIDJOBSTATE")
    org.clock.advance(5)
    assert caller("DELETE", one.path).status == 204
    assert caller("GET", one.path).status == 404
    assert caller.json == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def test_a_job_deleted_in_the_queue_is_never_done(ingest, caller, org):
    one = ingest()
    one.upload("Name\nAcme\n")
    one.close()
    assert caller("DELETE", one.path).status == 204
    assert org.next_due_s() is None
    org.clock.advance(60)
    org.settle()
    assert org.admin.count("Account") == 0


def test_an_open_job_takes_no_data_after_a_day(ingest, caller, org):
    one = ingest()
    org.clock.advance(86_400)
    log_in_again(caller)
    assert refusal(one.upload("Name\nAcme\n"), caller) == (400, "INVALIDJOBSTATE")


def test_an_ended_job_is_gone_after_seven_days(ingest, caller, org):
    one = ingest()
    one.run("Name\nAcme\n")
    org.clock.advance(6 * 86_400)
    log_in_again(caller)
    assert one.info()["state"] == "JobComplete"
    org.clock.advance(86_400)
    log_in_again(caller)
    assert caller("GET", f"{one.path}/failedResults").status == 404
    caller("GET", "/jobs/ingest")
    assert caller.json["records"] == []
