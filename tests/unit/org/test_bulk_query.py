"""/jobs/query as a client meets it. Expectations: wire reference 5.6."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from sfchaos.org.bulk.pace import Pace
from sfchaos.org.bulk.query import locator_of, offset_of
from sfchaos.org.refusals import Refused

HEAD = ["id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode", "contentType", "apiVersion"]


@pytest.fixture
def job(caller):
    """Creates a query job; its path."""

    def make(query: str, operation: str = "query", **fields: str) -> str:
        response = caller("POST", "/jobs/query", {"operation": operation, "query": query, **fields})
        assert response.status == 200, response.body
        return f"/jobs/query/{caller.json['id']}"

    return make


@pytest.fixture
def done(job, org):
    """The same, and waits for its end."""

    def make(*arguments: str, **fields: str) -> str:
        path = job(*arguments, **fields)
        org.clock.advance(60)
        return path

    return make


def refusal(response, caller):
    return response.status, caller.json[0]["errorCode"]


def test_key_sets_and_states(job, caller, org):
    org.admin.create_many("Account", [{"Name": "A"}, {"Name": "B"}])
    path = job("SELECT Id FROM account")
    assert list(caller.json) == [*HEAD, "lineEnding", "columnDelimiter"]
    assert (caller.json["state"], caller.json["object"], caller.json["operation"]) == ("UploadComplete", "Account", "query")
    org.clock.advance(1.5)
    caller("GET", path)
    assert list(caller.json) == [*HEAD, "jobType", "lineEnding", "columnDelimiter", "numberRecordsProcessed", "retries", "totalProcessingTime", "isPkChunkingSupported"]
    assert caller.json["isPkChunkingSupported"] is True
    assert (caller.json["state"], caller.json["jobType"]) == ("InProgress", "V2Query")
    org.clock.advance(1)
    caller("GET", path)
    assert (caller.json["state"], caller.json["numberRecordsProcessed"]) == ("JobComplete", 2)


def test_results_are_quoted_cells_in_the_order_of_the_statement(done, caller, org):
    account_id = org.admin.create("Account", Name='the "A", Zoë', AnnualRevenue=1500, NumberOfEmployees=7)
    org.admin.create("Contact", LastName="Ada", AccountId=account_id, Birthdate="1990-02-03")
    org.admin.create("Contact", LastName="Bob")
    path = done("SELECT LastName, account.name, Account.NumberOfEmployees, Birthdate, IsDeleted, CreatedDate FROM Contact ORDER BY LastName")
    response = caller("GET", f"{path}/results")
    assert response.header("content-type") == "text/csv"
    assert response.body.decode() == (
        '"LastName","Account.Name","Account.NumberOfEmployees","Birthdate","IsDeleted","CreatedDate"\n'
        '"Ada","the ""A"", Zoë","7","1990-02-03","false","2026-01-15T09:00:00.000Z"\n'
        '"Bob","","","","false","2026-01-15T09:00:00.000Z"\n'
    )
    assert (response.header("sforce-numberofrecords"), response.header("sforce-locator")) == ("2", "null")


def test_an_empty_result_is_a_header(done, caller):
    response = caller("GET", f"{done('SELECT Id, Name FROM Account')}/results")
    assert response.body == b'"Id","Name"\n'
    assert (response.header("sforce-numberofrecords"), response.header("sforce-locator")) == ("0", "null")


def test_delimiter_and_line_ending_are_the_jobs(done, caller, org):
    org.admin.create("Account", Name="a|b", Phone="1")
    path = done("SELECT Name, Phone FROM Account", columnDelimiter="PIPE", lineEnding="CRLF")
    assert caller("GET", f"{path}/results").body == b'"Name"|"Phone"\r\n"a|b"|"1"\r\n'


def pages(caller, path, query=""):
    """All pages: (names, locators)."""
    found, locators, url = [], [], f"{path}/results?{query}"
    while True:
        response = caller("GET", url)
        rows = list(csv.DictReader(io.StringIO(response.body.decode())))
        assert response.header("sforce-numberofrecords") == str(len(rows))
        found.append([row["Name"] for row in rows])
        locators.append(response.header("sforce-locator"))
        if locators[-1] == "null":
            return found, locators
        url = f"{path}/results?{query}&locator={locators[-1]}"


def test_locators_chain_to_the_word_null_and_repeat(done, caller, org):
    names = [f"A{n}" for n in range(7)]
    org.admin.create_many("Account", [{"Name": name} for name in names])
    path = done("SELECT Name FROM Account ORDER BY Name")
    found, locators = pages(caller, path, "maxRecords=3")
    assert found == [names[:3], names[3:6], names[6:]]
    assert locators == ["Mw", "Ng", "null"]
    org.admin.delete("Account", org.admin.rows("Account")[4]["Id"])
    assert pages(caller, path, "maxRecords=3")[0] == found


def test_a_result_that_fills_its_last_page_has_no_empty_one(done, caller, org):
    org.admin.create_many("Account", [{"Name": f"A{n}"} for n in range(6)])
    assert pages(caller, done("SELECT Name FROM Account"), "maxRecords=3")[1] == ["Mw", "null"]


def test_small_results_are_one_page_and_large_ones_are_not(done, caller, org):
    org.bulk.pace = Pace(page_rows=4)
    org.admin.create_many("Account", [{"Name": f"A{n}"} for n in range(9)])
    assert [len(page) for page in pages(caller, done("SELECT Name FROM Account"))[0]] == [4, 4, 1]
    org.bulk.pace = Pace()
    assert len(pages(caller, done("SELECT Name FROM Account"))[0]) == 1


def test_result_pages_come_five_at_a_time(done, caller, org):
    org.bulk.pace = Pace(page_rows=1)
    org.admin.create_many("Account", [{"Name": f"A{n}"} for n in range(7)])
    path = done("SELECT Name FROM Account ORDER BY Name")
    caller("GET", f"{path}/resultPages")
    first = caller.json
    assert (len(first["resultPages"]), first["done"]) == (5, False)
    caller("GET", first["nextRecordsUrl"].removeprefix("/services/data/v62.0"))
    second = caller.json
    assert (len(second["resultPages"]), second["done"], second["nextRecordsUrl"]) == (2, True, None)
    urls = [page["resultUrl"].removeprefix("/services/data/v62.0") for page in first["resultPages"] + second["resultPages"]]
    assert [caller("GET", url).body for url in urls] == [f'"Name"\n"A{n}"\n'.encode() for n in range(7)]


def test_query_all_shows_deleted_rows(done, caller, org):
    org.admin.delete("Account", org.admin.create("Account", Name="Gone"))
    assert caller("GET", f"{done('SELECT Name FROM Account')}/results").body == b'"Name"\n'
    assert caller("GET", f"{done('SELECT Name FROM Account', 'queryAll')}/results").body == b'"Name"\n"Gone"\n'


def test_the_rows_are_those_of_the_moment_the_job_ran(job, caller, org):
    org.admin.create("Account", Name="Acme")
    path = job("SELECT Name FROM Account")
    org.clock.advance(1.5)
    org.settle()
    org.admin.create("Account", Name="Late")
    org.clock.advance(5)
    assert caller("GET", f"{path}/results").body == b'"Name"\n"Acme"\n'


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FEATURENOTENABLED", "Aggregate Relationships not supported"),
        ("SELECT BillingAddress FROM Account", "FEATURENOTENABLED", "Selecting compound data not supported in Bulk Query"),
        ("SELECT FIELDS(STANDARD) FROM Account", "FEATURENOTENABLED", "Selecting compound data not supported in Bulk Query"),
        ("SELECT COUNT(Id) FROM Account", "FEATURENOTENABLED", "not supported in Bulk V2 Query"),
        ("SELECT COUNT() FROM Account", "FEATURENOTENABLED", "not supported in Bulk V2 Query"),
        ("SELECT Name FROM Account GROUP BY Name", "FEATURENOTENABLED", "not supported in Bulk V2 Query"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 2", "FEATURENOTENABLED", "OFFSET not supported"),
        ("SELECT Nmae FROM Account", "INVALID_FIELD", "No such column 'Nmae'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"),
        ("SELECT Id FORM Account", "MALFORMED_QUERY", "unexpected token: 'FORM'"),
        ("", "MALFORMED_QUERY", ""),
    ],
)
def test_what_bulk_does_not_take_is_refused_at_create(caller, org, query, code, words):
    assert refusal(caller("POST", "/jobs/query", {"operation": "query", "query": query}), caller) == (400, code)
    assert words in caller.json[0]["message"]
    assert org.registers.jobs == {}
    assert org.limits.used_of("DailyBulkV2QueryJobs") == 0


def test_an_object_that_cannot_be_queried_is_named(caller, org):
    org.schema = org.schema.with_object(replace(org.schema.find("Lead"), queryable=False))
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"})
    assert caller.json == [{"message": "Entity 'Lead' is not supported by the Bulk API.", "errorCode": "INVALIDENTITY"}]


def test_an_operation_of_ingest_is_refused(caller):
    assert refusal(caller("POST", "/jobs/query", {"operation": "insert", "query": "SELECT Id FROM Account"}), caller) == (400, "INVALIDJOB")


def test_jobs_count_against_their_daily_limit(job, caller, org):
    job("SELECT Id FROM Account")
    assert org.limits.used_of("DailyBulkV2QueryJobs") == 1
    org.limits.exhaust("DailyBulkV2QueryJobs")
    assert refusal(caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}), caller) == (400, "EXCEEDEDQUOTA")


def test_a_field_hidden_before_the_job_runs_fails_it(job, caller, org):
    path = job("SELECT Phone FROM Account")
    org.world.hide_field("Account", "Phone")
    org.clock.advance(10)
    caller("GET", path)
    assert caller.json["state"] == "Failed"
    assert caller.json["errorMessage"].startswith("InvalidBatch : Failed to process query: INVALID_FIELD: ")
    assert refusal(caller("GET", f"{path}/results"), caller) == (400, "INVALIDJOBSTATE")


@pytest.mark.parametrize("what", ["results", "resultPages"])
def test_results_need_the_version_of_the_create_and_the_end_of_the_job(job, caller, org, what):
    path = job("SELECT Id FROM Account")
    assert refusal(caller("GET", f"{path}/{what}"), caller) == (400, "INVALIDJOBSTATE")
    org.clock.advance(10)
    assert caller("GET", f"{path}/{what}", version="61.0").status == 409
    assert caller("GET", path, version="61.0").status == 200
    assert caller("GET", f"{path}/{what}").status == 200


@pytest.mark.parametrize("locator", ["MTA", "NQ", "bm8", "!!", "Mw==", "LTE", "Zoë"])
def test_a_locator_that_the_job_never_gave_is_refused(done, caller, org, locator):
    org.admin.create_many("Account", [{"Name": f"A{n}"} for n in range(5)])
    path = done("SELECT Name FROM Account")
    assert refusal(caller("GET", f"{path}/results?locator={locator}"), caller) == (400, "INVALID_QUERY_LOCATOR")
    assert refusal(caller("GET", f"{path}/resultPages?locator={locator}"), caller) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "²"])
def test_max_records_is_a_number_above_zero(done, caller, text):
    assert caller("GET", f"{done('SELECT Id FROM Account')}/results?maxRecords={text}").status == 400


def test_a_locator_is_the_number_of_a_row():
    assert locator_of(10_000) == "MTAwMDA"
    assert [offset_of(locator_of(n)) for n in (0, 1, 99, 123_456)] == [0, 1, 99, 123_456]
    with pytest.raises(Refused):
        offset_of("MDE")  # "01"


def test_abort_and_delete(job, caller, org):
    path = job("SELECT Id FROM Account")
    assert caller("DELETE", path).status == 400
    assert caller.json == [{"message": "Error encountered when deleting the job because the job is not terminated", "errorCode": "API_ERROR"}]
    assert refusal(caller("PATCH", path, {"state": "UploadComplete"}), caller) == (400, "INVALIDJOBSTATE")
    assert caller("PATCH", path, {"state": "Aborted"}).status == 200
    assert (list(caller.json), caller.json["state"]) == (HEAD, "Aborted")
    assert org.next_due_s() is None
    assert refusal(caller("PATCH", path, {"state": "Aborted"}), caller) == (400, "INVALIDJOBSTATE")
    assert caller("DELETE", path).status == 204
    assert caller("GET", path).status == 404


def test_query_jobs_are_listed_apart(job, caller):
    path = job("SELECT Id FROM Account")
    caller("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})
    caller("GET", "/jobs/query")
    assert [(record["id"], record["jobType"]) for record in caller.json["records"]] == [(path.rpartition("/")[2], "V2Query")]


def test_versions_have_their_resources(done, caller):
    assert caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}, version="46.0").status == 404
    caller("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}, version="57.0")
    path = f"/jobs/query/{caller.json['id']}"
    caller.org.clock.advance(10)
    assert caller("GET", f"{path}/resultPages", version="57.0").status == 404
    assert caller("GET", f"{path}/results", version="57.0").status == 200


def test_receipts_say_which_rows_a_page_showed(done, caller, org):
    ids = org.admin.create_many("Account", [{"Name": f"A{n}"} for n in range(3)])
    path = done("SELECT Name, Owner.Name FROM Account ORDER BY Name")
    caller("GET", f"{path}/results?maxRecords=2")
    assert org.receipt.read[0] == ("Account", ("Name",), tuple(ids[:2]))
    assert org.receipt.facts["job"] == path.rpartition("/")[2]
    caller("GET", f"{path}/results?maxRecords=2&locator=Mg")
    assert org.receipt.read[0] == ("Account", ("Name",), (ids[2],))
