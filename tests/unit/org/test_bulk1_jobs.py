"""Jobs and batches of the Bulk API 1.0 as calls: replies in XML and JSON, states, refusals."""

from __future__ import annotations

import gzip
import json

import pytest

from sfchaos.core.gate import JobTurn

NS = 'xmlns="http://www.force.com/2009/06/asyncapi/dataload"'
CREATE = f'<?xml version="1.0" encoding="UTF-8"?><jobInfo {NS}><operation>insert</operation><object>Account</object><contentType>CSV</contentType></jobInfo>'
JOB_ORDER = [
    "id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType", "numberBatchesQueued",
    "numberBatchesInProgress", "numberBatchesCompleted", "numberBatchesFailed", "numberBatchesTotal", "numberRecordsProcessed", "numberRetries", "apiVersion",
    "numberRecordsFailed", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime",
]  # fmt: skip


def test_a_job_in_xml_is_laid_out_line_by_line(bulk1):
    reply = bulk1("POST", "/job", CREATE)
    job = reply.header("location").rpartition("/")[2]
    assert (reply.status, reply.header("content-type")) == (201, "application/xml")
    assert reply.body.decode().splitlines()[:4] == [
        '<?xml version="1.0" encoding="UTF-8"?><jobInfo', '   xmlns="http://www.force.com/2009/06/asyncapi/dataload">', f" <id>{job}</id>", " <operation>insert</operation>",
    ]  # fmt: skip
    assert list(bulk1.info(f"/job/{job}")) == JOB_ORDER
    assert job.startswith("750")
    assert (bulk1.info(f"/job/{job}")["createdDate"], bulk1.info(f"/job/{job}")["apiVersion"]) == ("2026-01-15T09:00:00.000Z", "62.0")


def test_a_job_in_json_has_its_keys_by_the_alphabet(bulk1):
    reply = bulk1("POST", "/job", json.dumps({"operation": "insert", "object": "account", "contentType": "JSON"}), "application/json")
    made = json.loads(reply.body)
    assert (reply.status, reply.header("content-type")) == (201, "application/json")
    assert list(made) == sorted([*JOB_ORDER, "assignmentRuleId", "externalIdFieldName", "fastPathEnabled"])
    assert (made["object"], made["apiVersion"], made["createdDate"], made["externalIdFieldName"]) == ("Account", 62.0, "2026-01-15T09:00:00.000+0000", None)


def test_the_mode_may_be_a_number_in_json(bulk1):
    assert bulk1.info(f"/job/{bulk1.job(concurrencyMode=1)}")["concurrencyMode"] == "Serial"
    assert bulk1.info(f"/job/{bulk1.job(concurrencyMode=0)}")["concurrencyMode"] == "Parallel"
    assert bulk1.info(f"/job/{bulk1.job(concurrencyMode='Serial')}")["concurrencyMode"] == "Serial"


def test_a_batch_goes_from_queued_over_in_progress_to_completed(bulk1):
    job = bulk1.job()
    batch = bulk1.batch(job, "Name\nAcme\n")
    states = [bulk1.info(batch)["state"]]
    for _ in range(3):
        bulk1.done(1.0)
        states.append(bulk1.info(batch)["state"])
    assert states == ["Queued", "InProgress", "InProgress", "Completed"]
    assert list(bulk1.info(batch)) == ["id", "jobId", "state", "createdDate", "systemModstamp", "numberRecordsProcessed", "numberRecordsFailed", "totalProcessingTime",
                                       "apiActiveProcessingTime", "apexProcessingTime"]  # fmt: skip


def test_rows_get_in_though_nobody_polls_or_closes(bulk1):
    bulk1.batch(bulk1.job(), "Name\nAcme\n")
    bulk1.done()
    assert [row["Name"] for row in bulk1.org.admin.rows("Account")] == ["Acme"]


def test_results_come_in_the_order_of_the_request(bulk1):
    batch = bulk1.batch(bulk1.job(), "Name,Phone\nAcme,1\n,2\nZoë,3\n")
    bulk1.done()
    reply = bulk1("GET", f"{batch}/result")
    first, second = (row["Id"] for row in bulk1.org.admin.rows("Account"))
    assert reply.header("content-type") == "text/csv"
    assert reply.body.decode() == (
        '"Id","Success","Created","Error"\n' f'"{first}","true","true",""\n'
        '"","false","false","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"\n' f'"{second}","true","true",""\n'
    )  # fmt: skip
    assert {key: bulk1.info(batch)[key] for key in ("state", "numberRecordsProcessed", "numberRecordsFailed")} == {
        "state": "Completed", "numberRecordsProcessed": "3", "numberRecordsFailed": "1",
    }  # fmt: skip


def test_the_job_counts_what_its_batches_did(bulk1):
    job = bulk1.job()
    bulk1.batch(job, "Name\nA\n\nB\n")
    bulk1.batch(job, "Nmae\nC\n")
    bulk1.done()
    bulk1.batch(job, "Name\nD\n")
    info = bulk1.info(f"/job/{job}")
    counts = {name: info[name] for name in JOB_ORDER if name.startswith("number")}
    assert counts == {
        "numberBatchesQueued": "1", "numberBatchesInProgress": "0", "numberBatchesCompleted": "1", "numberBatchesFailed": "1", "numberBatchesTotal": "3",
        "numberRecordsProcessed": "2", "numberRetries": "0", "numberRecordsFailed": "0",
    }  # fmt: skip


def test_an_empty_list_of_batches_is_self_closed(bulk1):
    job = bulk1.job()
    assert bulk1("GET", f"/job/{job}/batch").body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><batchInfoList\n   xmlns="http://www.force.com/2009/06/asyncapi/dataload" />'
    )
    bulk1.batch(job, "Name\nA\n")
    assert bulk1("GET", f"/job/{job}/batch").body.count(b" <batchInfo>\n  <id>751") == 1


def test_lists_of_json_jobs_are_json(bulk1):
    job = bulk1.job(form="JSON")
    assert json.loads(bulk1("GET", f"/job/{job}/batch").body) == {"batchInfo": []}
    bulk1.batch(job, '[{"Name": "A"}]', "application/json")
    [batch] = json.loads(bulk1("GET", f"/job/{job}/batch").body)["batchInfo"]
    assert list(batch) == sorted(batch)
    assert (batch["state"], batch["stateMessage"]) == ("Queued", None)


def test_a_csv_job_answers_a_get_in_xml_whatever_the_request_says_of_itself(bulk1):
    batch = bulk1.batch(bulk1.job(), "Name\nA\n")
    assert bulk1("GET", batch, kind="application/json").header("content-type") == "application/xml"


def test_the_request_comes_back_as_it_was_sent(bulk1):
    batch = bulk1.batch(bulk1.job(), "Name\r\nZoë\r\n", "text/csv; charset=UTF-8")
    reply = bulk1("GET", f"{batch}/request")
    assert (reply.body.decode(), reply.header("content-type")) == ("Name\r\nZoë\r\n", "text/csv; charset=UTF-8")


def test_a_batch_may_be_compressed(bulk1):
    batch = bulk1.batch(bulk1.job(), gzip.compress(b"Name\nAcme\n"), content_encoding="gzip")
    bulk1.done()
    assert len(bulk1.rows(batch)) == 1


def test_a_bearer_token_serves_as_well(bulk1):
    bulk1("GET", "/job/x", token="none", authorization=f"Bearer {bulk1.org.credentials.access_token}")
    assert bulk1.error()[1] == "InvalidJob"


# ---------------------------------------------------------------------- closing and aborting


def test_a_closed_job_takes_no_batch_and_charges_for_it(bulk1):
    job = bulk1.job()
    assert b"<state>Closed</state>" in bulk1.close(job).body
    used = bulk1.org.limits.used_of("DailyBulkApiBatches")
    bulk1("POST", f"/job/{job}/batch", "Name\nA\n", "text/csv")
    assert bulk1.error() == (400, "InvalidJobState", "Job not in Open state")
    assert bulk1.org.limits.used_of("DailyBulkApiBatches") == used + 1


def test_batches_go_on_after_the_job_is_closed(bulk1):
    job = bulk1.job()
    batch = bulk1.batch(job, "Name\nA\n")
    bulk1.close(job)
    bulk1.done()
    assert bulk1.info(batch)["state"] == "Completed"


def test_an_abort_takes_queued_batches_out_and_lets_those_at_work_end(bulk1):
    job = bulk1.job()
    first = bulk1.batch(job, "Name\nA\n")
    bulk1.done(1.5)
    second = bulk1.batch(job, "Name\nB\n")
    assert b"<state>Aborted</state>" in bulk1.close(job, "Aborted").body
    bulk1.done()
    assert [bulk1.info(b)["state"] for b in (first, second)] == ["Completed", "NotProcessed"]
    assert [row["Name"] for row in bulk1.org.admin.rows("Account")] == ["A"]
    assert bulk1.org.next_due_s() is None
    bulk1("GET", f"{second}/result")
    assert bulk1.error() == (400, "InvalidBatch", "Records not processed")


@pytest.mark.parametrize(("first", "then"), [("Closed", "Closed"), ("Aborted", "Closed"), ("Aborted", "Aborted"), ("Closed", "Aborted")])
def test_a_job_at_rest_stays_as_it_is(bulk1, first, then):
    job = bulk1.job()
    bulk1.close(job, first)
    bulk1.close(job, then)
    assert bulk1.error()[:2] == (400, "InvalidJobState")
    assert bulk1.info(f"/job/{job}")["state"] == first


def test_a_closed_job_with_batches_in_the_queue_can_be_aborted(bulk1):
    job = bulk1.job()
    bulk1.batch(job, "Name\nA\n")
    bulk1.close(job)
    assert bulk1.close(job, "Aborted").status == 200


# ---------------------------------------------------------------------- refusals


def test_a_lost_session_is_a_400_in_the_shape_of_this_api(bulk1):
    bulk1("GET", "/job/750", token="00D!gone")
    assert bulk1.error() == (400, "InvalidSessionId", "Invalid session id")
    bulk1("POST", "/job", "{}", "application/json", token="00D!gone")
    assert bulk1.error() == (400, "InvalidSessionId", "Invalid session id")
    assert bulk1.last.header("content-type") == "application/json"


@pytest.mark.parametrize(("fields", "code", "message"), [
    ({"operation": "destroy"}, "InvalidJob", "Invalid value for operation: destroy"),
    ({"sobject": "Nothing__c"}, "InvalidJob", "Unable to find object: Nothing__c"),
    ({"form": "PDF"}, "InvalidJob", "Invalid value for contentType: PDF"),
    ({"operation": "upsert"}, "InvalidJob", "External ID was blank for Account"),
    ({"operation": "upsert", "externalIdFieldName": "Phone"}, "InvalidJob", "Field name provided, Phone does not match an External ID"),
    ({"operation": "query", "form": "ZIP_CSV"}, "InvalidJob", "contentType ZIP_CSV is not supported for query"),
    ({"createdById": "005"}, "InvalidJob", "CreatedById cannot be specified"),
    ({"operation": "hardDelete"}, "FeatureNotEnabled", "hardDelete operation requires special user profile permission"),
])  # fmt: skip
def test_a_job_that_cannot_be_is_refused(bulk1, fields, code, message):
    with pytest.raises(AssertionError):
        bulk1.job(**fields)
    assert bulk1.error()[:2] == (400, code)
    assert bulk1.error()[2].startswith(message)


def test_bodies_that_are_no_job_are_refused_by_their_form(bulk1):
    bulk1("POST", "/job", "<jobInfo>")
    assert bulk1.error()[:2] == (400, "InvalidXML")
    bulk1("POST", "/job", "<batchInfo/>")
    assert bulk1.error()[2] == "Failed to parse XML. Expected jobInfo, found batchInfo"
    bulk1("POST", "/job", '<!DOCTYPE x [<!ENTITY a "b">]><jobInfo>&a;</jobInfo>')
    assert bulk1.error()[2] == "Failed to parse XML. DOCTYPE is not allowed"
    bulk1("POST", "/job", "{", "application/json")
    assert bulk1.error()[:2] == (400, "ClientInputError")


def test_jobs_batches_and_results_that_are_not_there(bulk1):
    job, other = bulk1.job(), bulk1.job("query")
    batch = bulk1.batch(other, "SELECT Id FROM Account")
    bulk1("GET", "/job/7505e0000000009AAA")
    assert bulk1.error() == (400, "InvalidJob", "Invalid job id: 7505e0000000009AAA")
    bulk1("GET", f"/job/{job}/batch/{batch.rpartition('/')[2]}")
    assert bulk1.error()[:2] == (400, "InvalidBatch")
    bulk1("GET", f"{batch}/result")
    assert bulk1.error() == (400, "InvalidBatch", "Batch not completed")
    bulk1.done()
    bulk1("GET", f"{batch}/result/7525e0000000099")
    assert bulk1.error() == (400, "InvalidBatch", "Invalid result id: 7525e0000000099")


def test_a_job_of_bulk_2_is_none_of_these(bulk1, caller):
    caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})
    bulk1("GET", f"/job/{caller.json['id']}")
    assert bulk1.error()[1] == "InvalidJob"
    assert caller("GET", f"/jobs/ingest/{bulk1.job()}").status == 404


def test_unknown_urls_methods_and_versions(bulk1):
    bulk1("GET", "/jobs")
    assert bulk1.error()[:2] == (400, "InvalidUrl")
    bulk1("DELETE", f"/job/{bulk1.job()}")
    assert bulk1.error()[:2] == (405, "MethodNotAllowed")
    bulk1("GET", "/job/750", version="99.0")
    assert bulk1.error() == (400, "InvalidVersion", "Invalid Api version specified on URL")
    bulk1("GET", "/job/750", version="20.0")
    assert bulk1.error()[:2] == (400, "InvalidVersion")


def test_somebody_elses_job_is_not_shown(bulk1):
    job = bulk1.job()
    other = bulk1.org.admin.create("User", Username="other@acme.example", LastName="Other", Email="other@acme.example", Alias="other", ProfileId=bulk1.org.admin.rows("User")[1]["ProfileId"],
                                   TimeZoneSidKey="GMT", LocaleSidKey="en_US", EmailEncodingKey="UTF-8", LanguageLocaleKey="en_US", IsActive=True)  # fmt: skip
    with pytest.raises(Exception, match="created by another user"):
        bulk1.org.bulk1.find(job, other)


@pytest.mark.parametrize(("form", "kind", "taken"), [
    ("CSV", "text/csv; charset=UTF-8", True), ("CSV", "application/json", False), ("CSV", "application/xml", False), ("XML", "text/xml", True), ("XML", "application/xml", True),
    ("JSON", "text/csv", False), ("ZIP_CSV", "zip/csv", True), ("ZIP_CSV", "text/csv", False), ("CSV", "", True),
])  # fmt: skip
def test_a_batch_says_what_its_job_is_of(bulk1, form, kind, taken):
    reply = bulk1("POST", f"/job/{bulk1.job(form=form)}/batch", "x", kind)
    assert reply.status == (201 if taken else 400)
    assert taken or bulk1.error()[1] == "ClientInputError"


# ---------------------------------------------------------------------- limits and time


def test_the_days_batches_are_shared_and_run_out(bulk1):
    job = bulk1.job()
    bulk1.org.world.exhaust("DailyBulkApiBatches", used=15000, maximum=15000, until_s=None, profile="cliff", per_minute=0)
    bulk1("POST", f"/job/{job}/batch", "Name\nA\n", "text/csv")
    assert bulk1.error() == (400, "ExceededQuota", "ApiBatchItems Limit exceeded.")


def test_a_batch_is_10_million_bytes_at_most(bulk1):
    bulk1("POST", f"/job/{bulk1.job()}/batch", b"Name\n" + b"x" * 9_999_996, "text/csv")
    assert bulk1.error()[1:] == ("ClientInputError", "Failed to read request. Exceeded max size limit of 10000000 with response size 10000001")
    bulk1("POST", f"/job/{bulk1.job()}/batch", b" \n", "text/csv")
    assert bulk1.error()[1:] == ("InvalidBatch", "Records not found")


def test_a_job_takes_batches_for_a_day_and_is_there_for_a_week_after_its_youngest(bulk1):
    job = bulk1.job()
    bulk1.done(86_399)
    batch = bulk1.batch(job, "Name\nA\n")
    bulk1.done(1)
    bulk1("POST", f"/job/{job}/batch", "Name\nB\n", "text/csv")
    assert bulk1.error()[1] == "InvalidJobState"
    bulk1.done(7 * 86_400 - 2)
    assert bulk1.info(batch)["state"] == "Completed"
    bulk1.done(1)
    bulk1("GET", batch)
    assert bulk1.error()[1] == "InvalidJob"
    bulk1.job()
    assert batch.rpartition("/")[2] not in bulk1.org.registers.batches


def test_a_reset_forgets_jobs_and_batches(bulk1):
    before = bulk1.org.digest()
    job = bulk1.job(concurrencyMode="Serial")
    bulk1.batch(job, "Name\nA\n")
    bulk1.batch(job, "Name\nB\n")
    bulk1.done(1.5)
    assert bulk1.org.digest() != before
    bulk1.org.reset()
    assert bulk1.org.digest() == before


class FailsOneJob:
    """A gate at which every batch of one job fails it."""

    def __init__(self, job_id):
        self.job_id = job_id

    def row(self, event):
        return None

    def job(self, event):
        return JobTurn("fail", message="InvalidBatch : enough") if event.job_id[:15] == self.job_id[:15] and event.step == "batch" else None


def test_a_serial_job_that_fails_leaves_the_line_to_those_behind_it(bulk1):
    failing, other = (bulk1.job(concurrencyMode="Serial") for _ in range(2))
    bulk1.org.gate = FailsOneJob(failing)
    batches = [bulk1.batch(job, "Name\nA\n") for job in (other, failing, failing, other)]
    bulk1.done(3000)
    assert [bulk1.info(batch)["state"] for batch in batches] == ["Completed", "Failed", "NotProcessed", "Completed"]
