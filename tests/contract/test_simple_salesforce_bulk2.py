"""simple-salesforce's own Bulk 2.0 client against the org, in process and in virtual time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceOperationError

from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.org.bulk.pace import Pace
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.vtime.virtual import virtual_time


@dataclass
class World:
    org: Org
    rig: Rig
    client: Salesforce


@pytest.fixture
def world() -> Iterator[World]:
    org = Org(seed=7)
    rig = Rig(org)
    with virtual_time(org.clock), urllib3_door(rig.handle, clock=org.clock):
        yield World(org, rig, Salesforce(instance_url=org.instance_url, session_id=org.credentials.access_token, version="62.0"))


def rows_of(text: str) -> list[dict[str, str]]:
    """As the client hands results over, which reads UTF-8 as Latin-1 (text/csv has no charset)."""
    return list(csv.DictReader(io.StringIO(text.encode("latin-1").decode())))


def test_insert(world):
    done = world.client.bulk2.Account.insert(records=[{"Name": "Acme"}, {"Name": "Zoë, Inc."}, {"Name": ""}])
    assert {key: done[0][key] for key in ("numberRecordsFailed", "numberRecordsProcessed", "numberRecordsTotal")} == {
        "numberRecordsFailed": 1, "numberRecordsProcessed": 3, "numberRecordsTotal": 3,
    }  # fmt: skip
    assert [row["Name"] for row in world.org.admin.rows("Account")] == ["Acme", "Zoë, Inc."]
    good = rows_of(world.client.bulk2.Account.get_successful_records(done[0]["job_id"]))
    assert [(row["sf__Created"], row["Name"]) for row in good] == [("true", "Acme"), ("true", "Zoë, Inc.")]
    bad = rows_of(world.client.bulk2.Account.get_failed_records(done[0]["job_id"]))
    assert bad == [{"sf__Id": "", "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "Name": ""}]
    assert rows_of(world.client.bulk2.Account.get_unprocessed_records(done[0]["job_id"])) == []


def test_upsert_in_several_jobs(world):
    bulk = world.client.bulk2.Invoice__c
    rows = [{"Number__c": f"N-{n}", "Amount__c": str(n)} for n in range(25)]
    done = bulk.upsert(records=rows, external_id_field="Number__c", batch_size=10)
    assert [job["numberRecordsProcessed"] for job in done] == [10, 10, 5]
    again = bulk.upsert(records=rows, external_id_field="Number__c")
    assert (again[0]["numberRecordsProcessed"], again[0]["numberRecordsFailed"]) == (25, 0)
    assert world.org.admin.count("Invoice__c") == 25


def test_update_and_delete(world):
    ids = world.org.admin.create_many("Account", [{"Name": f"A{n}"} for n in range(3)])
    world.client.bulk2.Account.update(records=[{"Id": record_id, "Phone": "1"} for record_id in ids])
    assert {row["Phone"] for row in world.org.admin.rows("Account")} == {"1"}
    world.client.bulk2.Account.delete(records=[{"Id": record_id} for record_id in ids[:2]])
    assert [row["Id"] for row in world.org.admin.rows("Account")] == ids[2:]


def test_query_in_one_page_and_in_several(world):
    world.org.admin.create_many("Account", [{"Name": f"Zoë {n}"} for n in range(7)])
    statement = "SELECT Id, Name FROM Account ORDER BY Name"
    whole = list(world.client.bulk2.Account.query(statement))
    assert len(whole) == 1
    pages = list(world.client.bulk2.Account.query(statement, max_records=3))
    assert [page.count("\n") for page in pages] == [4, 4, 2]
    assert [row for page in pages for row in csv.DictReader(io.StringIO(page))] == list(csv.DictReader(io.StringIO(whole[0])))


def test_a_job_that_fails_raises_with_its_message(world):
    with pytest.raises(SalesforceOperationError, match="InvalidBatch : Field name not found : Nmae"):
        world.client.bulk2.Account.insert(records=[{"Nmae": "Acme"}])


def test_rows_that_a_fault_refuses_are_in_the_failed_results(world):
    world.rig.inject("bulk.rows_failed", on="bulk2.close/*", rows=[2, 3])
    done = world.client.bulk2.Account.insert(records=[{"Name": f"A{n}"} for n in range(4)])
    assert (done[0]["numberRecordsProcessed"], done[0]["numberRecordsFailed"]) == (4, 2)
    errors = [row["sf__Error"] for row in rows_of(world.client.bulk2.Account.get_failed_records(done[0]["job_id"]))]
    assert errors == [
        "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION:This record does not meet the validation rule.:--",
    ]
    assert world.rig.fired


def test_a_job_that_a_fault_ends_leaves_the_rest_unprocessed(world):
    world.org.bulk.pace = Pace(batch_rows=2)
    world.rig.inject("bulk.job_failed_mid", on="bulk2.close/*")
    with pytest.raises(SalesforceOperationError, match="TooManyLockFailure"):
        world.client.bulk2.Account.insert(records=[{"Name": f"A{n}"} for n in range(5)])
    job_id = next(iter(world.org.registers.jobs))
    assert [row["Name"] for row in world.org.admin.rows("Account")] == ["A0", "A1"]
    assert [row["Name"] for row in rows_of(world.client.bulk2.Account.get_unprocessed_records(job_id))] == ["A2", "A3", "A4"]


def test_a_stuck_job_is_polled_until_it_moves(world):
    world.rig.inject("bulk.stuck", on="bulk2.close/*", hold="10m")
    began_s = world.org.now_s()
    done = world.client.bulk2.Account.insert(records=[{"Name": "Acme"}])
    assert done[0]["numberRecordsProcessed"] == 1
    assert world.org.now_s() - began_s > 600


def test_the_journal_has_the_rows_of_the_job(world):
    world.client.bulk2.Invoice__c.upsert(records=[{"Number__c": "N-1"}, {"Number__c": "N-2"}], external_id_field="Number__c")
    lines = [line for line in world.rig.journal.lines if line["kind"] == "org"]
    assert [line["state"] for line in lines if line["event"] == "job_state"] == ["Open", "UploadComplete", "InProgress", "JobComplete"]
    rows = [row for line in lines if line["event"] == "bulk_rows" for row in line["rows"]]
    assert [(row["verb"], row["sobject"], row["ok"], row["created"]) for row in rows] == [("upsert", "Invoice__c", "yes", "yes")] * 2
    assert {line["job"] for line in lines} == {"J1"}
    exchanges = [line for line in world.rig.journal.lines if line["kind"] == "exchange"]
    assert {line["job"] for line in exchanges} == {"J1"}
    assert [(line["op"], line["applied"]) for line in exchanges[:3]] == [("bulk2.create", "yes"), ("bulk2.upload", "yes"), ("bulk2.close", "yes")]
