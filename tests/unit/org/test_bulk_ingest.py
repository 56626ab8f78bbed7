"""/jobs/ingest as a client meets it: replies, results, and what is told besides. Expectations: wire reference 5.1 to 5.4."""

from __future__ import annotations

import pytest

from sfchaos.org.bulk.pace import Pace

HEAD = ["id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType", "apiVersion"]
TAIL = ["lineEnding", "columnDelimiter"]
TIMES = ["retries", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime", "isPkChunkingSupported"]
COUNTS = ["numberRecordsProcessed", "numberRecordsFailed"]


# ---------------------------------------------------------------------- replies


def test_key_sets_differ_between_create_get_and_patch(ingest, caller):
    one = ingest()
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


def test_states_follow_the_clock_without_anybody_polling(ingest, caller, org):
    one = ingest()
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


def test_rows_carry_the_time_at_which_their_batch_was_done(ingest, org):
    ingest().run("Name\nAcme\n")
    assert org.admin.rows("Account")[0]["CreatedDate"] == "2026-01-15T09:00:02.000+0000"


def test_an_upsert_job_names_its_key(ingest, caller):
    ingest("invoice__c", "upsert", externalIdFieldName="number__c")
    assert (caller.json["object"], caller.json["externalIdFieldName"]) == ("Invoice__c", "Number__c")


# ---------------------------------------------------------------------- results


def test_good_and_bad_rows_part_ways(ingest):
    one = ingest()
    done = one.run("Name,Phone\nAcme,1\n,2\n")
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    assert one.results("successfulResults") == '"sf__Id","sf__Created",Name,Phone\n"0015e0000000001AAA","true","Acme","1"\n'
    assert one.results("failedResults") == '"sf__Id","sf__Error",Name,Phone\n"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","2"\n'
    assert one.results("unprocessedrecords") == "Name,Phone\n"
    assert one.results("unprocessedRecords") == "Name,Phone\n"


def test_an_error_without_fields_has_nothing_between_colon_and_dashes(ingest, caller):
    one = ingest("Account", "update")
    one.run("Id,Phone\n0015e0000000009AAA,1\n")
    assert one.results("failedResults").splitlines()[1] == '"0015e0000000009AAA","INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--","0015e0000000009AAA","1"'


def test_an_upsert_creates_then_updates(ingest, org):
    first, second = (ingest("Invoice__c", "upsert", externalIdFieldName="Number__c") for _ in range(2))
    first.run("Number__c,Amount__c\nN-1,10\n")
    second.run("Number__c,Amount__c\nn-1,20\nN-2,5\n")
    created = [line.split(",")[1] for line in second.results("successfulResults").splitlines()[1:]]
    assert created == ['"false"', '"true"']
    assert sorted((row["Number__c"], row["Amount__c"]) for row in org.admin.rows("Invoice__c")) == [("N-1", 20.0), ("N-2", 5.0)]


def test_delete_and_its_second_try(ingest, caller, org):
    record_id = caller.create("Account", Name="Acme")
    ingest("Account", "delete").run(f"Id\n{record_id}\n")
    assert org.admin.count("Account") == 0
    again = ingest("Account", "delete")
    again.run(f"Id\n{record_id}\n")
    assert again.results("failedResults").splitlines()[1] == f'"{record_id}","ENTITY_IS_DELETED:entity is deleted:--","{record_id}"'


def test_an_empty_cell_leaves_a_field_alone_and_n_a_nulls_it(ingest, caller, org):
    record_id = caller.create("Account", Name="Acme", Phone="1", Fax="2")
    done = ingest("Account", "update").run(f"Id,Phone,Fax\n{record_id},,#N/A\n")
    assert done["numberRecordsFailed"] == 0
    row = org.admin.rows("Account")[0]
    assert (row["Phone"], row["Fax"]) == ("1", None)


def test_cells_have_more_words_for_booleans_and_dates_may_end_in_z(ingest, org):
    one = ingest("Invoice__c")
    one.run("Number__c,Paid__c,Due_Date__c\n1,Yes,2026-02-03Z\n2,off,2026-02-03\n3,maybe,\n4,1,2026-02-03T23:00:00Z\n")
    assert [(row["Number__c"], row["Paid__c"], row["Due_Date__c"]) for row in org.admin.rows("Invoice__c")] == [
        ("1", True, "2026-02-03"), ("2", False, "2026-02-03"), ("4", True, "2026-02-03"),
    ]  # fmt: skip
    assert one.results("failedResults").count("INVALID_TYPE_ON_FIELD_IN_RECORD") == 1


def test_a_parent_may_be_named_by_its_key(ingest, org):
    parent_id = org.admin.create("Account", Name="Acme", External_Id__c="X")
    assert ingest("Contact").run("LastName,Account.External_Id__c\nAda,x\n")["numberRecordsFailed"] == 0
    assert [row["AccountId"] for row in org.admin.rows("Contact")] == [parent_id]
    assert ingest("Contact").run("LastName,Account.Phone\nAda,1\n")["errorMessage"] == "InvalidBatch : Field name not found : Account.Phone"
    assert ingest("Contact").run("LastName,Nobody.Name\nAda,1\n")["errorMessage"] == "InvalidBatch : Field name not found : Nobody.Name"


def test_an_upsert_by_an_external_id_may_carry_an_id_column(ingest, org):
    """jsforce sends one, empty, before the columns that it was given."""
    done = ingest("Account", "upsert", externalIdFieldName="External_Id__c").run("Id,Name,External_Id__c\n,Acme,X-1\n")
    assert (done["state"], done["numberRecordsFailed"]) == ("JobComplete", 0)
    assert [row["Name"] for row in org.admin.rows("Account", External_Id__c="X-1")] == ["Acme"]


@pytest.mark.parametrize("column", ["User:Owner.Username", "Owner:User.Username", "owner.username"])
def test_a_polymorphic_parent_is_named_with_its_type(ingest, org, column):
    user = org.admin.rows("User")[0]
    one = ingest("Case")
    done = one.run(f"Subject,{column}\nAcme,{user['Username']}\nBeta,nobody@x.example\n")
    assert done["numberRecordsFailed"] == 1, done
    assert [row["OwnerId"] for row in org.admin.rows("Case")] == [user["Id"]]
    assert "INVALID_FIELD:Foreign key external ID: nobody@x.example not found for field " in one.results("failedResults")


@pytest.mark.parametrize(("name", "char"), [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")])
def test_delimiter_and_line_ending_hold_for_results_too(ingest, name, char):
    one = ingest(columnDelimiter=name, lineEnding="CRLF")
    assert one.run(f"Name{char}Phone\r\nAcme, Inc.{char}1\r\n")["state"] == "JobComplete"
    assert one.results("successfulResults") == (
        f'"sf__Id"{char}"sf__Created"{char}Name{char}Phone\r\n"0015e0000000001AAA"{char}"true"{char}"Acme, Inc."{char}"1"\r\n'
    )


def test_column_names_have_any_case_and_the_header_comes_back_as_uploaded(ingest, org):
    one = ingest()
    one.run('\ufeff"NAME",phone\nAcme,1\n')
    assert org.admin.rows("Account")[0]["Name"] == "Acme"
    assert one.results("failedResults") == '"sf__Id","sf__Error","NAME",phone\n'


def test_rows_are_counted_over_internal_batches(ingest, org):
    org.bulk.pace = Pace(batch_rows=3)
    one = ingest()
    one.upload("Name\n" + "".join(f"A{n}\n" for n in range(7)))
    one.close()
    org.clock.advance(1 + 1.003)
    assert (one.info()["state"], one.info()["numberRecordsProcessed"]) == ("InProgress", 3)
    org.clock.advance(10)
    assert (one.info()["state"], one.info()["numberRecordsProcessed"]) == ("JobComplete", 7)
    assert org.limits.used_of("DailyBulkApiBatches") == 3
    assert [row["Name"] for row in org.admin.rows("Account")] == [f"A{n}" for n in range(7)]


def test_an_upload_without_rows_completes(ingest):
    one = ingest("Account", "update")
    done = one.run("Id,Name\n")
    assert (done["state"], done["numberRecordsProcessed"]) == ("JobComplete", 0)
    assert one.results("successfulResults") == '"sf__Id","sf__Created",Id,Name\n'


@pytest.mark.parametrize("operation", ["insert", "update", "delete"])
def test_a_job_closed_without_an_upload_completes(ingest, org, operation):
    one = ingest("Account", operation)
    assert one.close().status == 200
    org.clock.advance(5)
    assert one.info()["state"] == "JobComplete"
    assert one.results("failedResults") == '"sf__Id","sf__Error"\n'


# ---------------------------------------------------------------------- what is told besides replies


def test_receipts_name_the_job_and_what_was_done(ingest, caller, org):
    one = ingest()
    assert (org.receipt.facts["job"], org.receipt.applied) == (one.id, "yes")
    one.upload("Name\nAcme\n")
    assert (org.receipt.facts["job"], org.receipt.applied) == (one.id, "yes")
    one.upload("Name\nAcme\n")
    assert (org.receipt.facts["job"], org.receipt.applied) == (one.id, "no")
    one.info()
    assert (org.receipt.facts["job"], org.receipt.asked) == (one.id, 0)


def test_every_change_and_every_row_is_told(ingest, org):
    told = []
    org.on_event(told.append)
    one = ingest("Invoice__c", "upsert", externalIdFieldName="Number__c")
    one.run("Number__c,Amount__c,Due_Date__c\nN-1,10,#N/A\n" + "".join(f"M-{n},x,\n" for n in range(250)))
    states = [(event.facts["state"], event.facts["processed"], event.facts["failed"]) for event in told if event.event == "job_state"]
    assert states == [("Open", 0, 0), ("UploadComplete", 0, 0), ("InProgress", 0, 0), ("JobComplete", 251, 250)]
    lines = [event.facts["rows"] for event in told if event.event == "bulk_rows"]
    assert [len(rows) for rows in lines] == [200, 51]
    good, bad = lines[0][:2]
    assert (good.verb, good.sobject, good.ok, good.created, good.key_field, good.key) == ("upsert", "Invoice__c", True, True, "Number__c", "N-1")
    assert dict(good.values) == {"Number__c": "N-1", "Amount__c": 10.0, "Due_Date__c": None}
    assert (bad.ok, bad.code, bad.key, dict(bad.values)) == (False, "INVALID_TYPE_ON_FIELD_IN_RECORD", "M-0", {"Number__c": "M-0", "Amount__c": "x"})


def test_a_reset_takes_jobs_and_their_work_back(ingest, org):
    before = org.digest()
    one = ingest()
    one.upload("Name\nAcme\n")
    one.close()
    org.clock.advance(1.5)
    org.settle()
    org.reset()
    org.clock.advance(60)
    org.settle()
    assert org.digest() == before
    assert ingest().id == one.id
