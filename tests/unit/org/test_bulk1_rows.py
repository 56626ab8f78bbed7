"""Batches of the Bulk API 1.0 that load: CSV, XML, JSON and zips, and how their rows come out."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest

from sfchaos.core.gate import JobEvent, JobTurn
from sfchaos.org.bulk.pace import Pace

XML_ROWS = ('<?xml version="1.0" encoding="UTF-8"?><sObjects xmlns="http://www.force.com/2009/06/asyncapi/dataload" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{}</sObjects>')  # fmt: skip


def load(bulk1, body, kind="text/csv", *, headers=None, **job):
    """The path of a batch that has been worked on."""
    batch = bulk1.batch(bulk1.job(**job), body, kind, **(headers or {}))
    bulk1.done()
    return batch


def failed(bulk1, body, kind="text/csv", **job) -> str:
    """The stateMessage of a batch that could not be taken; no row of it is there."""
    before = len(bulk1.org.admin.rows("Account"))
    batch = load(bulk1, body, kind, **job)
    info = bulk1.info(batch)
    assert (info["state"], info["numberRecordsProcessed"], len(bulk1.org.admin.rows("Account"))) == ("Failed", "0", before)
    bulk1("GET", f"{batch}/result")
    assert bulk1.error() == (400, "InvalidBatch", "Records not processed")
    return info["stateMessage"]


def accounts(bulk1, *fields):
    return [tuple(row[name] for name in fields) for row in bulk1.org.admin.rows("Account")]


# ---------------------------------------------------------------------- CSV


def test_every_operation_has_its_effect(bulk1):
    load(bulk1, "Name,External_Id__c\nA,1\nB,2\n")
    first, second = (row["Id"] for row in bulk1.org.admin.rows("Account"))
    assert bulk1.rows(load(bulk1, "External_Id__c,Name\n1,AA\n3,C\n", operation="upsert", externalIdFieldName="External_Id__c"))[0] == [first, "true", "false", ""]
    assert bulk1.rows(load(bulk1, f"Id,Phone\n{second},#N/A\n{first},5\n", operation="update")) == [[second, "true", "false", ""], [first, "true", "false", ""]]
    assert accounts(bulk1, "Name", "Phone") == [("AA", "5"), ("B", None), ("C", None)]
    assert bulk1.rows(load(bulk1, f"Id\n{second}\n", operation="delete")) == [[second, "true", "false", ""]]
    assert accounts(bulk1, "Name") == [("AA",), ("C",)]


def test_a_hard_delete_leaves_nothing_behind(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme")
    bulk1("POST", "/job", json.dumps({"operation": "hardDelete", "object": "Account", "contentType": "CSV"}), "application/json")
    assert bulk1.error()[1] == "FeatureNotEnabled"
    job = bulk1.org.bulk1.create({"operation": "hardDelete", "object": "Account", "contentType": "CSV"}, user_id=bulk1.org.admin_user_id, version="62.0")
    bulk1.org.bulk1.add(job, f"Id\n{account}\n".encode())
    bulk1.done()
    assert bulk1.org.store.one("SELECT COUNT(*) FROM Account")[0] == 0


def test_a_parent_may_be_named_by_its_external_id(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme", External_Id__c="A-1")
    rows = bulk1.rows(load(bulk1, "LastName,Account.External_Id__c\nByron,A-1\nNobody,A-2\n", sobject="Contact"))
    assert [row[1] for row in rows] == ["true", "false"]
    assert "A-2".lower() in rows[1][3]
    assert [row["AccountId"] for row in bulk1.org.admin.rows("Contact")] == [account]


@pytest.mark.parametrize(("body", "message"), [
    ("Name,Nmae\nA,B\n", "InvalidBatch : Field name not found : Nmae"),
    ("Id,Name\n0015e0000000001AAA,B\n", "InvalidBatch : Field name not found : Id"),
    ("Name,name\nA,B\n", "InvalidBatch : Duplicate field name : Name"),
    ("Name\n", "InvalidBatch : Records not found"),
    ("Name,Phone\nA\n", "InvalidBatch : Failed to parse CSV. Row 1 has 1 columns, the header has 2"),
    ('Name\n"A\n', "InvalidBatch : Failed to parse CSV. unexpected end of data"),
    ("Name\n" + "A\n" * 10_001, "InvalidBatch : Number of records exceeds the limit of 10000"),
    ("Name,Description\nA," + "x" * 400_000 + "\n", "InvalidBatch : A record is longer than the limit of 400000 characters"),
])  # fmt: skip
def test_a_file_that_cannot_be_taken_fails_its_batch(bulk1, body, message):
    assert failed(bulk1, body) == message


def test_cells_keep_their_quotes_line_ends_and_letters(bulk1):
    load(bulk1, '\ufeffName,Description\r\n"Say ""hi"", Zoë","one\r\ntwo"\r\n')
    assert accounts(bulk1, "Name", "Description") == [('Say "hi", Zoë', "one\r\ntwo")]


@pytest.mark.parametrize(("wanted", "kept"), [("LF", "one\ntwo"), ("crlf", "one\r\ntwo")])
def test_line_ends_in_values_can_be_asked_for(bulk1, wanted, kept):
    load(bulk1, 'Name,Description\nA,"one\r\ntwo"\n', headers={"sforce_line_ending": wanted})
    assert accounts(bulk1, "Description") == [(kept,)]


def test_a_file_may_have_another_charset(bulk1):
    load(bulk1, "Name\nZoë\n".encode("latin-1"), "text/csv; charset=ISO-8859-1")
    assert accounts(bulk1, "Name") == [("Zoë",)]


# ---------------------------------------------------------------------- XML and JSON


def test_rows_in_xml_with_nulls_and_parents(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme", External_Id__c="A-1")
    contact = bulk1.org.admin.create("Contact", LastName="Byron", Phone="1", Email="a@b.example")
    body = XML_ROWS.format(
        f'<sObject><Id>{contact}</Id><Phone xsi:nil="true"/><Email></Email><Account><sObject><External_Id__c>A-1</External_Id__c></sObject></Account></sObject>'
        f"<sObject><Id>{contact[:15]}x</Id><LastName>&amp;</LastName></sObject>"
    )
    batch = load(bulk1, body, "application/xml", operation="update", sobject="Contact", form="XML")
    row = bulk1.org.admin.rows("Contact")[0]
    assert (row["Phone"], row["Email"], row["AccountId"], row["LastName"]) == (None, "a@b.example", account, "Byron")
    text = bulk1("GET", f"{batch}/result").body.decode()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?><results xmlns="http://www.force.com/2009/06/asyncapi/dataload">')
    assert f"<id>{contact}</id>\n  <success>true</success>\n  <created>false</created>" in text
    assert "<errors>" in text
    assert text.count("<success>false</success>") == 1


def test_rows_in_json_with_nulls_numbers_and_parents(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme", External_Id__c="A-1", Phone="1")
    rows = [{"attributes": {"type": "Account"}, "Id": account, "Phone": None, "NumberOfEmployees": 7, "AnnualRevenue": 2.5e6}, {"Id": account, "Nothing": ""}]
    assert failed(bulk1, json.dumps(rows), "application/json", operation="update", form="JSON") == "InvalidBatch : Field name not found : Nothing"
    batch = load(bulk1, json.dumps(rows[:1]), "application/json", operation="update", form="JSON")
    assert accounts(bulk1, "Phone", "NumberOfEmployees", "AnnualRevenue") == [(None, 7, 2_500_000)]
    assert json.loads(bulk1("GET", f"{batch}/result").body) == [{"success": True, "created": False, "id": account, "errors": []}]
    parents = [{"LastName": "B", "Account": {"External_Id__c": "A-1"}, "HasOptedOutOfEmail": True}, {"FirstName": "C"}]
    batch = load(bulk1, json.dumps(parents), "application/json", sobject="Contact", form="JSON")
    assert json.loads(bulk1("GET", f"{batch}/result").body)[1] == {
        "success": False, "created": False, "id": None,
        "errors": [{"fields": ["LastName"], "message": "Required fields are missing: [LastName]", "statusCode": "REQUIRED_FIELD_MISSING", "extendedErrorDetails": None}],
    }  # fmt: skip
    assert bulk1.org.admin.rows("Contact")[0]["AccountId"] == account


def test_a_polymorphic_parent_names_its_type(bulk1):
    user = bulk1.org.admin.rows("User")[0]
    rows = [{"Name": "A", "Owner": {"attributes": {"type": "User"}, "Username": user["Username"]}}]
    load(bulk1, json.dumps(rows), "application/json", form="JSON")
    body = XML_ROWS.format(f"<sObject><Name>B</Name><Owner><sObject><type>User</type><Username>{user['Username']}</Username></sObject></Owner></sObject>")
    load(bulk1, body, "application/xml", form="XML")
    assert accounts(bulk1, "Name", "OwnerId") == [("A", user["Id"]), ("B", user["Id"])]


@pytest.mark.parametrize(("form", "body", "message"), [
    ("JSON", "{}", "InvalidBatch : Failed to parse JSON. Expected an array of records"),
    ("JSON", "[1]", "InvalidBatch : Failed to parse JSON. Expected an array of records"),
    ("JSON", "[{", "InvalidBatch : Failed to parse JSON. Expecting property name enclosed in double quotes: line 1 column 3 (char 2)"),
    ("JSON", '[{"Name": NaN}]', "InvalidBatch : Failed to parse JSON. Unexpected NaN"),
    ("JSON", '[{"Name": ["a"]}]', "InvalidBatch : Failed to parse JSON. Name is neither a value nor a parent"),
    ("JSON", '[{"Parent": {}}]', "InvalidBatch : Invalid reference Parent: it needs one external id field"),
    ("JSON", "[]", "InvalidBatch : Records not found"),
    ("XML", "<sObjects>", "InvalidBatch : Failed to parse XML. no element found: line 1, column 10"),
    ("XML", "<!DOCTYPE a []><sObjects/>", "InvalidBatch : Failed to parse XML. DOCTYPE is not allowed"),
    ("XML", "<sObjects/>", "InvalidBatch : Records not found"),
])  # fmt: skip
def test_rows_that_cannot_be_read_fail_their_batch(bulk1, form, body, message):
    assert failed(bulk1, body, f"application/{form.lower()}", form=form) == message


# ---------------------------------------------------------------------- zips


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), body)
    return made.getvalue()


def test_a_zip_brings_the_files_that_its_rows_name(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme")
    rows = f"Name,ParentId,Body\na.txt,{account},#docs/a.txt\nb.txt,{account},#b.txt\nc.txt,{account},docs/a.txt\n".encode()
    batch = load(bulk1, zipped(request_txt=rows, docs__a_txt=b"\x00hello"), "zip/csv", sobject="Attachment", form="ZIP_CSV")
    outcomes = bulk1.rows(batch)
    assert [row[1] for row in outcomes] == ["true", "false", "false"]
    assert [row[3].partition(":")[0] for row in outcomes[1:]] == ["INVALID_FIELD", "INVALID_FIELD"]
    [attachment] = bulk1.org.admin.rows("Attachment")
    assert (attachment["Name"], attachment["BodyLength"]) == ("a.txt", 6)


def test_json_rows_may_come_in_a_zip_too(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme")
    rows = json.dumps([{"Name": "a", "ParentId": account, "Body": "#a.bin"}, {"Name": "b", "ParentId": account, "Body": "#a.bin"}]).encode()
    batch = load(bulk1, zipped(request_txt=rows, a_bin=b"12"), "zip/json", sobject="Attachment", form="ZIP_JSON")
    assert [row["success"] for row in json.loads(bulk1("GET", f"{batch}/result").body)] == [True, True]


@pytest.mark.parametrize(("body", "message"), [
    (b"PK no zip", "InvalidBatch : Invalid zip content: File is not a zip file"),
    (zipped(rows_txt=b"Name\nA\n"), "InvalidBatch : request.txt not found in the zip"),
    (zipped(request_txt=b"Name\nA\n", big_bin=b"0" * 10_000_001), "InvalidBatch : The unzipped content is too large"),
])  # fmt: skip
def test_a_zip_that_cannot_be_taken_fails_its_batch(bulk1, body, message):
    assert failed(bulk1, body, "zip/csv", form="ZIP_CSV") == message


# ---------------------------------------------------------------------- transformation specs

SPEC = "Salesforce Field,Csv Header,Value,Hint\nName,Company,,\nPhone,Tel,none,\nDescription,,imported,\nSLAExpirationDate__c,Until,,dd/MM/yyyy\n"


def test_a_spec_maps_columns_defaults_and_dates(bulk1):
    job = bulk1.job()
    spec = SPEC if bulk1.org.schema.find("Account").find("SLAExpirationDate__c") else SPEC.rpartition("SLA")[0]
    assert bulk1("POST", f"/job/{job}/spec", spec, "text/csv").status == 201
    batch = bulk1.batch(job, "Tel,Company,Shoe size\n1,Acme,44\n,Globex,45\n")
    bulk1.done()
    assert len(bulk1.rows(batch)) == 2
    assert accounts(bulk1, "Name", "Phone", "Description") == [("Acme", "1", "imported"), ("Globex", "none", "imported")]


def test_a_spec_reads_dates_as_its_hint_says(bulk1):
    job = bulk1.job(sobject="Opportunity")
    bulk1("POST", f"/job/{job}/spec", "Salesforce Field,Csv Header,Value,Hint\nName,N,,\nStageName,,Prospecting,\nCloseDate,D,,dd/MM/yyyy\n", "text/csv")
    batch = bulk1.batch(job, "N,D\nA,24/12/2026\nB,2026\n")
    bulk1.done()
    assert [row["CloseDate"] for row in bulk1.org.admin.rows("Opportunity")] == ["2026-12-24"]
    assert [row[1] for row in bulk1.rows(batch)] == ["true", "false"]


@pytest.mark.parametrize(("spec", "message"), [
    ("A,B\nName,N\n", "A transformation spec needs the columns Salesforce Field, Csv Header, Value, Hint"),
    ("Salesforce Field,Csv Header,Value,Hint\n,N,,\n", "A line of the transformation spec names no Salesforce Field"),
    ("Salesforce Field,Csv Header,Value,Hint\nName,N,,QQQ\n", "Hint 'QQQ' of the transformation spec has the letters QQQ"),
    ("x" * 8192, "A transformation spec must be shorter than 8192 characters"),
])  # fmt: skip
def test_a_spec_that_says_nothing_is_refused(bulk1, spec, message):
    bulk1("POST", f"/job/{bulk1.job()}/spec", spec, "text/csv")
    assert bulk1.error()[:2] == (400, "ClientInputError")
    assert bulk1.error()[2].startswith(message)


def test_a_spec_comes_before_the_first_batch(bulk1):
    job = bulk1.job()
    bulk1.batch(job, "Name\nA\n")
    bulk1("POST", f"/job/{job}/spec", SPEC, "text/csv")
    assert bulk1.error()[1] == "InvalidJobState"
    bulk1("POST", f"/job/{bulk1.job(form='JSON')}/spec", SPEC, "text/csv")
    assert bulk1.error()[1] == "ClientInputError"


# ---------------------------------------------------------------------- side by side, one by one


def test_serial_batches_are_worked_on_one_at_a_time_over_all_serial_jobs(bulk1):
    first, second = bulk1.job(concurrencyMode="Serial"), bulk1.job(concurrencyMode="Serial")
    paths = [bulk1.batch(job, "Name\nA\n") for job in (first, second, first)]
    states = []
    for _ in range(60):
        bulk1.done(0.1)
        states.append(tuple(bulk1.info(path)["state"] for path in paths))
    assert max(row.count("InProgress") for row in states) == 1
    assert states[-1] == ("Completed", "Completed", "Completed")
    assert bulk1.org.registers.serial_batches == {}


def test_parallel_batches_are_worked_on_side_by_side(bulk1):
    job = bulk1.job()
    paths = [bulk1.batch(job, "Name\nA\n") for _ in range(3)]
    bulk1.done(1.5)
    assert [bulk1.info(path)["state"] for path in paths] == ["InProgress"] * 3


def contended(bulk1, mode, rows=20, share=0.5, **job):
    """Outcomes of two batches of contacts under one account."""
    bulk1.org.bulk.pace = Pace(contention=share)
    account = bulk1.org.admin.create("Account", Name="Acme")
    made = bulk1.job(sobject="Contact", concurrencyMode=mode, **job)
    paths = [bulk1.batch(made, "LastName,AccountId\n" + "".join(f"{name}{n},{account}\n" for n in range(rows))) for name in "AB"]
    bulk1.done(3)
    return paths


def test_parallel_batches_under_one_parent_meet_locks_by_the_seed(bulk1):
    first, second = contended(bulk1, "Parallel")
    locked = [row for path in (first, second) for row in bulk1.rows(path) if row[1] == "false"]
    assert 0 < len(locked) < 20
    assert all(row[3].startswith("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: 001") for row in locked)
    assert len(bulk1.org.admin.rows("Contact")) == 40 - len(locked)
    assert all(row[1] == "true" for row in bulk1.rows(second))  # the first has let go of its locks by then
    again = type(bulk1)(type(bulk1.org)(seed=7))
    assert [row[1] for row in again.rows(contended(again, "Parallel")[0])] == [row[1] for row in bulk1.rows(first)]


def test_serial_batches_never_meet_locks_of_each_other(bulk1):
    first, second = contended(bulk1, "Serial", share=1.0)
    bulk1.done()
    assert all(row[1] == "true" for path in (first, second) for row in bulk1.rows(path))


def test_without_contention_parallel_batches_meet_no_locks(bulk1):
    first, second = contended(bulk1, "Parallel", share=0.0)
    assert all(row[1] == "true" for path in (first, second) for row in bulk1.rows(path))


def test_too_many_locks_put_a_batch_back_in_the_queue(bulk1):
    first, second = contended(bulk1, "Parallel", rows=300, share=1.0)
    info = bulk1.info(first)
    assert (info["state"], info["stateMessage"]) == ("Queued", "TooManyLockFailure : Too many lock failure 200 . Trying again later.")
    assert bulk1.info(second)["state"] == "Completed"
    bulk1.done()
    assert (bulk1.info(first)["state"], "stateMessage" in bulk1.info(first)) == ("Completed", False)
    assert bulk1.info(first.partition("/batch")[0])["numberRetries"] == "1"
    assert len(bulk1.org.admin.rows("Contact")) == 600


def test_without_retries_too_many_locks_fail_the_batch(bulk1):
    first, _ = contended(bulk1, "Parallel", rows=300, share=1.0, headers={"sforce_disable_batch_retry": "TRUE"})
    info = bulk1.info(first)
    assert (info["state"], info["stateMessage"]) == ("Failed", "InvalidBatch : TooManyLockFailure : Too many lock failure 200 . Trying again later.")
    assert len(bulk1.org.admin.rows("Contact")) == 300


# ---------------------------------------------------------------------- the gate


class Turns:
    """A gate with one answer, for one step of one batch; it keeps what it was asked."""

    def __init__(self, step, batch, turn):
        self.step, self.batch, self.turn, self.asked, self.rows = step, batch, turn, [], []

    def job(self, event: JobEvent):
        self.asked.append(event)
        if (event.step, event.batch) != (self.step, self.batch) or self.turn is None:
            return None
        found = self.turn
        if found.action == "hold":  # once
            self.turn = None
        return found

    def row(self, event):
        self.rows.append((event.job_id, event.position))
        return


def gated(bulk1, step, turn, batches=2):
    bulk1.org.gate = gate = Turns(step, 0, turn)
    job = bulk1.job()
    return gate, job, [bulk1.batch(job, "Name\nA\nB\nC\nD\n") for _ in range(batches)]


def test_the_gate_hears_of_each_batch_and_row(bulk1):
    gate, job, _ = gated(bulk1, "never", None)
    bulk1.done()
    assert [(e.kind, e.step, e.batch, e.batches, e.rows_done, e.rows) for e in gate.asked] == [
        ("bulk1", "start", 0, 2, 0, 4), ("bulk1", "start", 1, 2, 0, 4), ("bulk1", "batch", 0, 2, 0, 4), ("bulk1", "batch", 1, 2, 4, 4),
    ]  # fmt: skip
    assert gate.rows == [(job, n) for n in range(1, 9)]


def test_a_job_that_fails_in_a_batch_keeps_the_rows_done_so_far(bulk1):
    _, job, paths = gated(bulk1, "batch", JobTurn("fail", message="InvalidBatch : enough", rows=3))
    bulk1.done()
    assert bulk1.info(f"/job/{job}")["state"] == "Failed"
    info = bulk1.info(paths[0])
    assert (info["state"], info["stateMessage"], info["numberRecordsProcessed"]) == ("Failed", "InvalidBatch : enough", "3")
    assert [row[1] for row in bulk1.rows(paths[0])] == ["true"] * 3
    assert bulk1.info(paths[1])["state"] == "Completed"  # it was at work already


@pytest.mark.parametrize(("step", "state", "shown"), [("start", "UploadComplete", "Queued"), ("start", "InProgress", "InProgress"), ("batch", "InProgress", "InProgress"), ("batch", "Queued", "Queued")])
def test_a_held_batch_shows_what_the_hold_says_and_goes_on(bulk1, step, state, shown):
    _, _, paths = gated(bulk1, step, JobTurn("hold", hold_s=3600, state=state), batches=1)
    bulk1.done()
    assert bulk1.info(paths[0])["state"] == shown
    bulk1.done(3590)
    assert bulk1.info(paths[0])["state"] == "Completed"
    assert len(bulk1.org.admin.rows("Account")) == 4


def test_an_abort_takes_a_held_batch_out_wherever_it_stands(bulk1):
    _, job, paths = gated(bulk1, "batch", JobTurn("hold", hold_s=3600, state="InProgress"), batches=1)
    bulk1.done()
    bulk1.close(job, "Aborted")
    assert bulk1.info(paths[0])["state"] == "NotProcessed"
    assert bulk1.org.next_due_s() is None


def test_an_abort_from_inside_ends_the_job(bulk1):
    _, job, paths = gated(bulk1, "start", JobTurn("abort", message="by somebody"))
    bulk1.done()
    assert bulk1.info(f"/job/{job}")["state"] == "Aborted"
    assert [bulk1.info(p)["state"] for p in paths] == ["NotProcessed", "NotProcessed"]


def test_facts_are_told_of_rows_and_states(bulk1):
    told = []
    bulk1.org.on_event(told.append)
    job = bulk1.job()
    bulk1.batch(job, "Name,Phone\nA,1\n,2\n")
    bulk1.batch(job, "Nmae\nB\n")
    bulk1.close(job)
    bulk1.done()
    states = [e.facts for e in told if e.event == "job_state"]
    assert [(s["state"], s["processed"], s["failed"], s["unprocessed"]) for s in states] == [("Open", 0, 0, 0), ("Closed", 0, 0, 0), ("Closed", 2, 1, 1)]
    assert {s["job_kind"] for s in states} == {"bulk1"}
    [rows] = [e.facts for e in told if e.event == "bulk_rows"]
    assert (rows["job"], rows["batch"], [(t.verb, t.ok, t.code) for t in rows["rows"]]) == (job, 0, [("create", True, ""), ("create", False, "REQUIRED_FIELD_MISSING")])


def test_a_blob_in_a_plain_csv_is_base64(bulk1):
    account = bulk1.org.admin.create("Account", Name="Acme")
    load(bulk1, f"Name,ParentId,Body\na,{account},{base64.b64encode(b'abc').decode()}\n", sobject="Attachment")
    assert bulk1.org.admin.rows("Attachment")[0]["BodyLength"] == 3
