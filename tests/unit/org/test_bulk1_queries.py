"""Query batches of the Bulk API 1.0: files in three forms, PK chunking, and what cannot be asked."""

from __future__ import annotations

import csv
import io
import itertools
import json
import xml.etree.ElementTree as ET

import pytest

from sfchaos.org.bulk1.chunks import Chunking, read_header
from sfchaos.org.ids import make_id
from sfchaos.org.refusals import Refused

NS = "{http://www.force.com/2009/06/asyncapi/dataload}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def asked(bulk1, soql, form="CSV", *, operation="query", sobject="Account", headers=None):
    """The path of a query batch that has been worked on."""
    batch = bulk1.batch(bulk1.job(operation, sobject, form, headers=headers), soql, "text/csv")
    bulk1.done()
    return batch


def ids(bulk1, batch):
    reply = bulk1("GET", f"{batch}/result")
    assert reply.status == 200, reply.body
    return json.loads(reply.body) if reply.header("content-type") == "application/json" else [r.text for r in ET.fromstring(reply.body)]


def files(bulk1, batch):
    return [bulk1("GET", f"{batch}/result/{i}").body.decode() for i in ids(bulk1, batch)]


def message(bulk1, soql, form="CSV", **more):
    info = bulk1.info(asked(bulk1, soql, form, **more))
    assert info["state"] == "Failed"
    return info["stateMessage"]


@pytest.fixture
def acme(bulk1):
    return bulk1.org.admin.create("Account", Name='Acme "1"', External_Id__c="A-1")


def test_rows_in_csv_are_quoted_and_parents_have_columns(bulk1, acme):
    batch = asked(bulk1, "SELECT Name, Id, Phone, Owner.Name, CreatedDate FROM Account")
    assert files(bulk1, batch) == [f'"Name","Id","Phone","Owner.Name","CreatedDate"\n"Acme ""1""","{acme}","","Ada Admin","2026-01-15T09:00:00.000Z"\n']
    assert bulk1.info(batch)["numberRecordsProcessed"] == "1"
    assert bulk1.last.header("content-type") == "application/xml"
    [result] = ids(bulk1, batch)
    assert (len(result), result[:3]) == (15, "752")


def test_rows_in_json_have_attributes_and_dates_as_numbers(bulk1, acme):
    bulk1.org.admin.create("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-12-24", AccountId=acme)
    batch = asked(bulk1, "SELECT Name, CloseDate, Account.CreatedDate, Account.Name, Description FROM Opportunity", "JSON", sobject="Opportunity")
    [text] = files(bulk1, batch)
    [row] = json.loads(text)
    assert row["attributes"]["type"] == "Opportunity"
    assert (row["Name"], row["CloseDate"], row["Account"]["CreatedDate"], row["Description"]) == ("O", 1798070400000, 1768467600000, None)


def test_json_knows_children_and_types_of_parents(bulk1, acme):
    bulk1.org.admin.create("Contact", LastName="Byron", AccountId=acme)
    [text] = files(bulk1, asked(bulk1, "SELECT Name, (SELECT LastName, CreatedDate FROM Contacts) FROM Account", "JSON"))
    [child] = json.loads(text)[0]["Contacts"]["records"]
    assert (child["LastName"], child["CreatedDate"]) == ("Byron", 1768467600000)
    bulk1.org.admin.create("Task", Subject="a", WhatId=acme)
    bulk1.org.admin.create("Task", Subject="b")
    [text] = files(bulk1, asked(bulk1, "SELECT TYPEOF What WHEN Account THEN Name, CreatedDate END FROM Task", "JSON", sobject="Task"))
    assert [row["What"] and row["What"]["CreatedDate"] for row in json.loads(text)] == [1768467600000, None]


def test_rows_in_xml_say_their_type_and_what_is_null(bulk1, acme):
    [text] = files(bulk1, asked(bulk1, "SELECT Id, Name, Phone, Owner.Name, CreatedDate FROM Account", "XML"))
    [record] = ET.fromstring(text)
    found = {child.tag.removeprefix(NS): child for child in record}
    assert (record.tag, found["type"].text, found["Id"].text, found["Name"].text) == (f"{NS}records", "Account", acme, 'Acme "1"')
    assert found["Phone"].attrib == {NIL: "true"}
    assert found["CreatedDate"].text == "2026-01-15T09:00:00.000Z"
    assert [child.text for child in found["Owner"]] == ["User", "Ada Admin"]


@pytest.mark.parametrize(("form", "body"), [("CSV", "Records not found for this query\n"), ("JSON", "[]")])
def test_no_rows_are_one_file_that_says_so(bulk1, form, body):
    batch = asked(bulk1, "SELECT Id FROM Account", form)
    assert files(bulk1, batch) == [body]
    assert bulk1.info(batch)["state"] == "Completed"


def test_many_rows_come_in_several_files(bulk1):
    bulk1.org.bulk1.result_rows = 10
    for n in range(25):
        bulk1.org.admin.create("Contact", LastName=f"B{n}")
    batch = asked(bulk1, "SELECT Id, LastName FROM Contact", sobject="Contact")
    parts = [list(csv.DictReader(io.StringIO(text))) for text in files(bulk1, batch)]
    assert [len(part) for part in parts] == [10, 10, 5]
    assert len({row["Id"] for part in parts for row in part}) == 25


def test_a_receipt_says_which_rows_a_file_showed(bulk1):
    bulk1.org.bulk1.result_rows = 2
    made = [bulk1.org.admin.create("Account", Name=f"A{n}") for n in range(3)]
    first, second = ids(bulk1, batch := asked(bulk1, "SELECT Id, Name FROM Account ORDER BY Name"))
    bulk1("GET", f"{batch}/result/{first}")
    assert bulk1.org.receipt.read == [("Account", ("Id", "Name"), tuple(made[:2]))]
    bulk1("GET", f"{batch}/result/{second}")
    assert bulk1.org.receipt.read == [("Account", ("Id", "Name"), (made[2],))]


def test_query_all_shows_deleted_rows(bulk1, acme, caller):
    caller("DELETE", f"/sobjects/Account/{acme}")
    assert files(bulk1, asked(bulk1, "SELECT Id FROM Account", operation="queryAll")) == [f'"Id"\n"{acme}"\n']
    assert files(bulk1, asked(bulk1, "SELECT Id FROM Account")) == ["Records not found for this query\n"]


@pytest.mark.parametrize(("soql", "form", "text"), [
    ("SELECT Id FRO Account", "CSV", "MALFORMED_QUERY: "),
    ("SELECT Nmae FROM Account", "CSV", "INVALID_FIELD: "),
    ("SELECT COUNT() FROM Account", "CSV", "FUNCTIONALITY_NOT_ENABLED: Aggregate functions"),
    ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name", "JSON", "FUNCTIONALITY_NOT_ENABLED: Aggregate functions"),
    ("SELECT Id FROM Account LIMIT 1 OFFSET 1", "CSV", "FUNCTIONALITY_NOT_ENABLED: OFFSET"),
    ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "CSV", "FUNCTIONALITY_NOT_ENABLED: Aggregate Relationships not supported in Bulk Query with CSV content type"),
    ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "CSV", "FUNCTIONALITY_NOT_ENABLED: TYPEOF"),
    ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "XML", "FUNCTIONALITY_NOT_ENABLED: TYPEOF"),
    ("SELECT BillingAddress FROM Account", "CSV", "FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported in Bulk Query"),
])  # fmt: skip
def test_what_bulk_cannot_ask_fails_the_batch(bulk1, soql, form, text):
    assert message(bulk1, soql, form).startswith(f"InvalidBatch : Failed to process query: {text}")


# ---------------------------------------------------------------------- PK chunking


@pytest.mark.parametrize(("text", "found"), [
    ("TRUE", Chunking()), ("true; chunkSize=50000", Chunking(50_000)), ("chunkSize=250000; startRow=0015e0000000001AAA; parent=Account", Chunking(250_000, "Account", "0015e0000000001")),
    ("False", None), ("", None),
])  # fmt: skip
def test_the_chunking_header_in_all_its_forms(text, found):
    assert read_header(text) == found


@pytest.mark.parametrize("text", ["chunkSize=250001", "chunkSize=0", "chunkSize=x", "startRow=1", "parent=", "maybe"])
def test_a_chunking_header_that_means_nothing_is_refused(text):
    with pytest.raises(Refused, match="InvalidJob: Invalid value of Sforce-Enable-PKChunking"):
        read_header(text)


def chunked(bulk1, soql, header, **more):
    """The job's batches: (state, statement) of each."""
    batch = asked(bulk1, soql, headers={"sforce_enable_pkchunking": header}, **more)
    job = batch.partition("/batch")[0]
    bulk1.done()
    found = ET.fromstring(bulk1("GET", f"{job}/batch").body)
    paths = [f"{job}/batch/{info[0].text}" for info in found]
    return [(bulk1.info(path)["state"], bulk1("GET", f"{path}/request").body.decode()) for path in paths], paths


def test_a_query_is_cut_by_ranges_of_ids(bulk1):
    made = [bulk1.org.admin.create("Account", Name=f"A{n}") for n in range(25)]
    states, paths = chunked(bulk1, "SELECT Id FROM Account WHERE Name LIKE 'A%' OR Name = 'x'", "chunkSize=10")
    bounds = [make_id("001", n)[:15] for n in (1, 11, 21, 31)]
    where = "SELECT Id FROM Account WHERE (Name LIKE 'A%' OR Name = 'x') AND Id >= '{}' AND Id < '{}'"
    assert states == [("NotProcessed", "SELECT Id FROM Account WHERE Name LIKE 'A%' OR Name = 'x'"),
                      *(("Completed", where.format(low, high)) for low, high in itertools.pairwise(bounds))]  # fmt: skip
    rows = [row["Id"] for path in paths[1:] for text in files(bulk1, path) for row in csv.DictReader(io.StringIO(text))]
    assert rows == made
    info = bulk1.info(paths[0].partition("/batch")[0])
    assert (info["numberBatchesTotal"], info["numberBatchesCompleted"], info["numberRecordsProcessed"]) == ("4", "3", "25")


def test_chunks_use_the_days_batches_and_may_run_out(bulk1):
    for n in range(25):
        bulk1.org.admin.create("Account", Name=f"A{n}")
    bulk1.org.world.exhaust("DailyBulkApiBatches", used=0, maximum=3, until_s=None, profile="cliff", per_minute=0)
    states, paths = chunked(bulk1, "SELECT Id FROM Account", "chunkSize=10")
    assert [state for state, _ in states] == ["Failed", "Completed", "Completed"]
    assert bulk1.info(paths[0])["stateMessage"] == "ExceededQuota : ApiBatchItems Limit exceeded."


def test_a_chunk_without_rows_is_complete(bulk1, caller):
    made = [bulk1.org.admin.create("Account", Name=f"A{n}") for n in range(25)]
    for account in made[10:20]:
        caller("DELETE", f"/sobjects/Account/{account}")
    states, paths = chunked(bulk1, "SELECT Id FROM Account", "chunkSize=10")
    assert [state for state, _ in states] == ["NotProcessed", "Completed", "Completed", "Completed"]
    assert files(bulk1, paths[2]) == ["Records not found for this query\n"]


def test_chunks_may_start_at_a_row_and_an_object_without_rows_has_one(bulk1):
    made = [bulk1.org.admin.create("Account", Name=f"A{n}") for n in range(25)]
    states, _ = chunked(bulk1, "SELECT Id FROM Account", f"chunkSize=10; startRow={made[15]}")
    assert [text for _, text in states][1] == f"SELECT Id FROM Account WHERE Id >= '{made[15][:15]}' AND Id < '{make_id('001', 26)[:15]}'"
    assert len(states) == 2
    states, _ = chunked(bulk1, "SELECT Id FROM Case", "TRUE", sobject="Case")
    assert states == [("NotProcessed", "SELECT Id FROM Case"), ("Completed", "SELECT Id FROM Case")]


def test_a_start_far_before_the_first_row_makes_no_flood_of_chunks(bulk1):
    bulk1.org.admin.create("Account", Name="A")
    states, _ = chunked(bulk1, "SELECT Id FROM Account", "chunkSize=10; startRow=001000000000000")
    assert [state for state, _ in states] == ["NotProcessed", "Completed", "Completed"]


def test_shares_and_histories_are_cut_by_their_parent(bulk1, acme):
    bulk1.org.admin.create("Account", Name="B")
    states, _ = chunked(bulk1, "SELECT Id, AccountId FROM AccountShare", "chunkSize=1; parent=Account", sobject="AccountShare")
    bound = make_id("001", 2)[:15]
    assert [text for _, text in states][1:] == [
        f"SELECT Id, AccountId FROM AccountShare WHERE AccountId >= '{acme[:15]}' AND AccountId < '{bound}'",
        f"SELECT Id, AccountId FROM AccountShare WHERE AccountId >= '{bound}' AND AccountId < '{make_id('001', 3)[:15]}'",
    ]  # fmt: skip


@pytest.mark.parametrize(("soql", "header", "sobject", "text"), [
    ("SELECT Id FROM Account ORDER BY Name", "TRUE", "Account", "FUNCTIONALITY_NOT_ENABLED: PK chunking works only with"),
    ("SELECT Id FROM Account LIMIT 5", "TRUE", "Account", "FUNCTIONALITY_NOT_ENABLED: PK chunking works only with"),
    ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "TRUE", "Account", "FUNCTIONALITY_NOT_ENABLED: PK chunking works only with"),
    ("SELECT Id FROM Profile", "TRUE", "Profile", "FUNCTIONALITY_NOT_ENABLED: PK chunking is not supported for Profile"),
    ("SELECT Id FROM Contact", "parent=Account", "Contact", "FUNCTIONALITY_NOT_ENABLED: Account is not a parent that Contact can be chunked by"),
    ("SELECT Id FRO Account", "TRUE", "Account", "MALFORMED_QUERY"),
])  # fmt: skip
def test_what_cannot_be_chunked_fails(bulk1, soql, header, sobject, text):
    [(state, _)], [path] = chunked(bulk1, soql, header, sobject=sobject)
    assert state == "Failed"
    assert bulk1.info(path)["stateMessage"].startswith(f"InvalidBatch : Failed to process query: {text}")
