"""simple-salesforce's own Bulk 1.0 client through every door; behind a socket it only waits less between two looks."""

from __future__ import annotations

import time

import pytest
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest


@pytest.fixture(autouse=True)
def _impatient(place, monkeypatch):
    if place.door == "proxy":
        monkeypatch.setattr("simple_salesforce.bulk.sleep", lambda _seconds: time.sleep(place.poll_s))


def test_rows_are_inserted_updated_and_deleted(place, sf):
    done = sf.bulk.Account.insert([{"Name": "Acme"}, {"Name": None}, {"Name": "Zoë, \"Inc.\"", "NumberOfEmployees": 7, "External_Id__c": "A-1"}])
    assert [row["success"] for row in done] == [True, False, True]
    assert done[1]["errors"] == [{"extendedErrorDetails": None, "fields": ["Name"], "message": "Required fields are missing: [Name]", "statusCode": "REQUIRED_FIELD_MISSING"}]
    first, third = done[0]["id"], done[2]["id"]
    assert sf.bulk.Account.update([{"Id": first, "Phone": "1"}]) == [{"success": True, "created": False, "id": first, "errors": []}]
    assert sf.bulk.Account.upsert([{"External_Id__c": "A-1", "Name": "Z"}], "External_Id__c")[0]["id"] == third
    assert [(row["Name"], row["Phone"], row["NumberOfEmployees"]) for row in place.org.admin.rows("Account")] == [("Acme", "1", None), ("Z", None, 7)]
    assert sf.bulk.Account.delete([{"Id": first}])[0]["success"]
    assert [row["Name"] for row in place.org.admin.rows("Account")] == ["Z"]


def test_batches_are_cut_and_joined(place, sf):
    done = sf.bulk.Contact.insert([{"LastName": f"B{n}"} for n in range(25)], batch_size=10, use_serial=True)
    assert len({row["id"] for row in done}) == 25
    job = next(job for job in place.org.registers.jobs.values())
    assert (job.mode, job.state, len(job.batch_ids)) == ("Serial", "Closed", 3)


def test_detailed_results_join_what_was_sent_with_what_became_of_it(place, sf):
    account = place.org.admin.create("Account", Name="Acme", External_Id__c="A-1")
    [row] = sf.bulk.Contact.insert([{"LastName": "B", "Account": {"External_Id__c": "A-1"}}], include_detailed_results=True)
    assert (row["success"], row["LastName"], row["Account.External_Id__c"]) == (True, "B", "A-1")
    assert place.org.admin.rows("Contact")[0]["AccountId"] == account


def test_a_query_answers_rows_with_attributes(place, sf):
    account = place.org.admin.create("Account", Name="Acme")
    [row] = sf.bulk.Account.query("SELECT Id, Name, Owner.Name FROM Account")
    assert (row["Id"], row["Name"], row["Owner"]["Name"], row["attributes"]["type"]) == (account, "Acme", "Ada Admin", "Account")
    lazy = sf.bulk.Account.query_all("SELECT Id FROM Account", lazy_operation=True)
    assert [row["Id"] for part in lazy for row in part] == [account]


def test_refusals_are_the_clients_exceptions(place, sf):
    with pytest.raises(SalesforceMalformedRequest, match="Unable to find object: Nothing__c"):
        sf.bulk.Nothing__c.insert([{"Name": "x"}])
    with pytest.raises((SalesforceMalformedRequest, SalesforceGeneralError), match="Records not processed"):
        sf.bulk.Account.insert([{"Nmae": "x"}])
    with pytest.raises(SalesforceMalformedRequest, match="InvalidSessionId"):
        place.with_token("00D!gone").bulk.Account.insert([{"Name": "x"}])
