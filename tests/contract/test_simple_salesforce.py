"""The newest simple-salesforce, unmodified, over every door: what its documentation shows works, and each refusal is the right exception."""

from __future__ import annotations

import json

import pytest
import requests
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

HOST = "acme.my.salesforce.com"


# ---------------------------------------------------------------------- logins


def test_a_soap_login_opens_a_session_on_the_my_domain(place):
    sf = place.login()
    assert sf.sf_instance == HOST
    assert sf.session_id.startswith(place.org.org_id[:15] + "!")
    assert sf.auth_type == "password"


@pytest.mark.parametrize("wrong", ["password", "security_token", "username"])
def test_a_wrong_login_fails_as_such(place, wrong):
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        place.login(**{wrong: "nobody@acme.example"})


def test_a_password_with_an_ampersand_survives_the_envelope(place):
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        place.login(password="a&b<c>\"'")


def test_an_oauth_password_login_takes_password_and_token_in_one(place):
    known = place.org.credentials
    sf = Salesforce(username=known.username, password=known.password + known.security_token, consumer_key=known.client_id,
                    consumer_secret=known.client_secret, session=place.session())  # fmt: skip
    assert sf.sf_instance == HOST
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_an_oauth_login_with_a_wrong_secret_fails_as_such(place):
    known = place.org.credentials
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
        Salesforce(username=known.username, password=known.password + known.security_token, consumer_key=known.client_id,
                   consumer_secret="0" * 64, session=place.session())  # fmt: skip


def test_a_signed_assertion_logs_in(place, tmp_path):
    known = place.org.credentials
    key = tmp_path / "key.pem"
    key.write_text(known.private_key_pem())
    sf = Salesforce(username=known.username, consumer_key=known.client_id, privatekey_file=str(key), session=place.session())
    assert sf.auth_type == "jwt-bearer"
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_an_assertion_signed_with_another_key_is_refused(place):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    known = place.org.credentials
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_grant"):
        Salesforce(username=known.username, consumer_key=known.client_id, privatekey=pem, session=place.session())


def test_client_credentials_work_on_the_my_domain_only(place):
    known = place.org.credentials
    sf = Salesforce(consumer_key=known.client_id, consumer_secret=known.client_secret, domain="acme.my", session=place.session())
    assert sf.auth_type == "client-credentials"
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


# ---------------------------------------------------------------------- sessions


def test_an_expired_session_is_an_exception_for_a_client_that_cannot_renew_it(place):
    sf = place.with_token(place.org.credentials.access_token)
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1
    place.rig.clock.advance(3 * 3600)
    with pytest.raises(SalesforceExpiredSession) as found:
        sf.query("SELECT Id FROM Organization")
    assert found.value.content[0]["errorCode"] == "INVALID_SESSION_ID"


def test_an_expired_session_is_renewed_by_a_client_that_logged_in(place):
    sf = place.login()
    before = sf.session_id
    place.rig.clock.advance(3 * 3600)
    assert sf.Account.create({"Name": "Acme"})["success"] is True
    assert sf.session_id != before
    assert place.org.admin.count("Account", Name="Acme") == 1


def test_a_made_up_token_is_no_session(place):
    with pytest.raises(SalesforceExpiredSession):
        place.with_token("00Dxx0000000001!nonsense").describe()


# ---------------------------------------------------------------------- records


def test_a_record_lives_from_create_to_delete(place, sf):
    made = sf.Account.create({"Name": "Acme", "NumberOfEmployees": 12, "AnnualRevenue": 1234})
    assert dict(made) == {"id": made["id"], "success": True, "errors": []}

    read = sf.Account.get(made["id"])
    assert (read["Name"], read["NumberOfEmployees"], read["AnnualRevenue"]) == ("Acme", 12, 1234)
    assert read["attributes"] == {"type": "Account", "url": f"/services/data/v62.0/sobjects/Account/{made['id']}"}

    assert sf.Account.update(made["id"], {"Name": "Acme Corp"}) == 204
    assert place.org.admin.rows("Account", Id=made["id"])[0]["Name"] == "Acme Corp"

    assert sf.Account.delete(made["id"]) == 204
    assert place.org.admin.count("Account") == 0
    with pytest.raises(SalesforceResourceNotFound) as found:
        sf.Account.delete(made["id"])
    assert found.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_text_of_any_script_comes_back_as_it_was(sf):
    name = "Žluťoučký 株式会社 🚀 \"quoted\" 'single' back\\slash <b>&amp;"
    made = sf.Account.create({"Name": name})
    assert sf.Account.get(made["id"])["Name"] == name
    found = sf.query(format_soql("SELECT Id FROM Account WHERE Name = {}", name))
    assert [row["Id"] for row in found["records"]] == [made["id"]]


def test_an_upsert_creates_and_then_updates(place, sf):
    assert sf.Contact.upsert("External_Id__c/C-1", {"LastName": "Lovelace"}) == 201
    assert sf.Contact.upsert("External_Id__c/C-1", {"LastName": "King"}) == 200
    assert [row["LastName"] for row in place.org.admin.rows("Contact", External_Id__c="C-1")] == ["King"]


def test_a_record_is_found_by_its_external_id(place, sf):
    made = place.org.admin.create("Contact", LastName="Lovelace", External_Id__c="C/1-ä")
    assert sf.Contact.get_by_custom_id("External_Id__c", "C/1-ä")["Id"] == made
    with pytest.raises(SalesforceResourceNotFound):
        sf.Contact.get_by_custom_id("External_Id__c", "C-2")


def test_two_records_under_one_key_are_more_than_one(place, sf):
    for _ in range(2):
        place.org.admin.create("Contact", LastName="Twin", Legacy_Id__c="L-1")
    with pytest.raises(SalesforceMoreThanOneRecord) as found:
        sf.Contact.get_by_custom_id("Legacy_Id__c", "L-1")
    assert len(found.value.content) == 2
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Contact.upsert("Legacy_Id__c/L-1", {"LastName": "Which"})


def test_a_collection_is_written_in_one_call(place, sf):
    rows = [{"attributes": {"type": "Account"}, "Name": "One"}, {"attributes": {"type": "Account"}}]
    found = sf.restful("composite/sobjects", method="POST", data=json.dumps({"allOrNone": False, "records": rows}))
    assert [row["success"] for row in found] == [True, False]
    assert found[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert place.org.admin.count("Account") == 1


# ---------------------------------------------------------------------- queries


def test_a_query_brings_fields_of_parents_and_children(place, sf):
    account = place.org.admin.create("Account", Name="Acme")
    place.org.admin.create("Contact", LastName="Lovelace", AccountId=account)
    found = sf.query("SELECT LastName, Account.Name FROM Contact")
    assert found["records"][0]["Account"]["Name"] == "Acme"
    found = sf.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account")
    assert found["records"][0]["Contacts"]["records"][0]["LastName"] == "Lovelace"
    assert sf.query("SELECT COUNT() FROM Contact") == {"totalSize": 1, "done": True, "records": []}


def test_pages_are_fetched_one_by_one(place, sf):
    made = place.org.admin.populate("Contact", 450)
    first = sf.query("SELECT Id FROM Contact ORDER BY Id", headers={"Sforce-Query-Options": "batchSize=200"})
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    third = sf.query_more(second["nextRecordsUrl"].rpartition("/")[2])
    assert (third["done"], len(third["records"])) == (True, 50)
    assert "nextRecordsUrl" not in third
    assert [row["Id"] for page in (first, second, third) for row in page["records"]] == sorted(made)


def test_all_pages_come_by_themselves(place, sf):
    made = place.org.admin.populate("Contact", 450)
    pages = {"headers": {"Sforce-Query-Options": "batchSize=200"}}
    assert [row["Id"] for row in sf.query_all_iter("SELECT Id FROM Contact ORDER BY Id", **pages)] == sorted(made)
    assert sf.query_all("SELECT Id FROM Contact")["totalSize"] == 450


def test_deleted_rows_are_found_when_asked_for(place, sf):
    gone = place.org.admin.create("Account", Name="Gone")
    place.org.admin.delete("Account", gone)
    assert sf.query("SELECT Id FROM Account")["totalSize"] == 0
    found = sf.query("SELECT Id, IsDeleted FROM Account", include_deleted=True)
    assert [(row["Id"], row["IsDeleted"]) for row in found["records"]] == [(gone, True)]


# ---------------------------------------------------------------------- what the org says of itself


def test_describes_name_objects_and_fields(sf):
    names = [item["name"] for item in sf.describe()["sobjects"]]
    assert {"Account", "Contact", "Invoice__c"} <= set(names)
    fields = {field["name"]: field for field in sf.Contact.describe()["fields"]}
    assert fields["LastName"]["nillable"] is False
    assert fields["External_Id__c"]["externalId"] is True
    assert sf.Contact.metadata()["objectDescribe"]["keyPrefix"] == "003"


def test_limits_and_usage_agree(sf):
    limit = sf.limits()["DailyApiRequests"]
    used = sf.api_usage["api-usage"]
    assert limit["Max"] == used.total
    assert 0 < used.used <= used.total
    assert sf.is_sandbox() in (True, False)


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda sf: sf.query("SELECT Id FORM Account"), SalesforceMalformedRequest, "MALFORMED_QUERY"),
        (lambda sf: sf.query("SELECT Nope__c FROM Account"), SalesforceMalformedRequest, "INVALID_FIELD"),
        (lambda sf: sf.query("SELECT Id FROM Nope"), SalesforceMalformedRequest, "INVALID_TYPE"),
        (lambda sf: sf.Account.create({}), SalesforceMalformedRequest, "REQUIRED_FIELD_MISSING"),
        (lambda sf: sf.Account.create({"Name": "a", "Nope__c": 1}), SalesforceMalformedRequest, "INVALID_FIELD"),
        (lambda sf: sf.Account.create({"Name": "a" * 300}), SalesforceMalformedRequest, "STRING_TOO_LONG"),
        (lambda sf: sf.Nope.create({}), SalesforceResourceNotFound, "NOT_FOUND"),
        (lambda sf: sf.Account.get("001000000000000AAA"), SalesforceResourceNotFound, "NOT_FOUND"),
        (lambda sf: sf.Account.update("001000000000000AAA", {"Name": "b"}), SalesforceResourceNotFound, "NOT_FOUND"),
        (lambda sf: sf.query_more("01g000000000000AAA-2000"), SalesforceMalformedRequest, "INVALID_QUERY_LOCATOR"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_code(sf, call, error, code):
    with pytest.raises(error) as found:
        call(sf)
    assert found.value.content[0]["errorCode"] == code


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("row.locked", SalesforceMalformedRequest, "UNABLE_TO_LOCK_ROW"),
        ("limit.daily", SalesforceRefusedRequest, "REQUEST_LIMIT_EXCEEDED"),
        ("http.503", SalesforceGeneralError, None),
    ],
)
def test_a_fault_is_the_exception_that_the_real_refusal_is(place, sf, fault, error, code):
    made = sf.Account.create({"Name": "Acme"})["id"]
    place.rig.inject(fault, on="row.update/Account")
    with pytest.raises(error) as found:
        sf.Account.update(made, {"Name": "Changed"})
    if code:
        assert found.value.content[0]["errorCode"] == code
    assert place.org.admin.rows("Account", Id=made)[0]["Name"] == "Acme"
    assert sum(place.rig.fired.values()) >= 1


def test_a_lost_reply_leaves_one_row_and_a_client_that_was_not_told(place, sf):
    place.rig.inject("net.response_lost", on="row.create/Account")
    with pytest.raises(requests.ConnectionError):
        sf.Account.create({"Name": "Acme"})
    assert place.org.admin.count("Account") == 1
    line = place.rig.journal[-1]
    assert (line["address"], line["applied"], line["delivered"]) == ("row.create/Account#1~1", "yes", "lost")


# ---------------------------------------------------------------------- bulk jobs


def test_a_bulk_insert_loads_what_can_be_loaded(place, sf):
    rows = [{"LastName": f"L{n}", "External_Id__c": f"B-{n}"} for n in range(30)] + [{"LastName": "", "External_Id__c": "B-30"}]
    done = sf.bulk2.Contact.insert(records=rows, wait=place.poll_s)
    assert [(job["numberRecordsProcessed"], job["numberRecordsFailed"], job["numberRecordsTotal"]) for job in done] == [(31, 1, 31)]
    assert place.org.admin.count("Contact") == 30
    results = sf.bulk2.Contact.get_all_ingest_records(done[0]["job_id"])
    assert [row["External_Id__c"] for row in results["failedRecords"]] == ["B-30"]
    assert results["failedRecords"][0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING")
    assert sorted(row["External_Id__c"] for row in results["successfulRecords"]) == sorted(f"B-{n}" for n in range(30))
    assert results["unprocessedRecords"] == []


def test_a_bulk_upsert_creates_and_updates(place, sf):
    held = place.org.admin.create("Contact", LastName="Old", External_Id__c="B-1")
    rows = [{"External_Id__c": "B-1", "LastName": "New"}, {"External_Id__c": "B-2", "LastName": "Two"}]
    done = sf.bulk2.Contact.upsert(records=rows, external_id_field="External_Id__c", wait=place.poll_s)
    assert done[0]["numberRecordsFailed"] == 0
    assert {row["External_Id__c"]: row["LastName"] for row in place.org.admin.rows("Contact")} == {"B-1": "New", "B-2": "Two"}
    assert place.org.admin.rows("Contact", External_Id__c="B-1")[0]["Id"] == held


def test_a_bulk_delete_takes_ids(place, sf):
    made = place.org.admin.populate("Contact", 5)
    done = sf.bulk2.Contact.delete(records=[{"Id": row} for row in made[:3]], wait=place.poll_s)
    assert done[0]["numberRecordsProcessed"] == 3
    assert place.org.admin.count("Contact") == 2


def test_a_bulk_query_pages_through_its_results(place, sf):
    made = place.org.admin.populate("Contact", 25)
    pages = list(sf.bulk2.Contact.query("SELECT Id, LastName FROM Contact", max_records=10, wait=place.poll_s))
    assert len(pages) == 3
    found = [line.split(",")[0].strip('"') for page in pages for line in page.splitlines()[1:]]
    assert sorted(found) == sorted(made)


def test_a_bulk_job_on_an_unknown_object_is_refused(place, sf):
    with pytest.raises(SalesforceMalformedRequest):
        sf.bulk2.Nope.insert(records=[{"Name": "a"}], wait=place.poll_s)


# ---------------------------------------------------------------------- all doors alike


def small_job(place) -> str:
    """Six requests, two of them refused; the trace they leave."""
    place.rig.inject("http.503", on="query.first/*")
    place.rig.inject("row.locked", on="row.update/Account", hold="10s")
    sf = place.login()
    made = sf.Account.create({"Name": "Acme"})["id"]
    with pytest.raises(SalesforceGeneralError):
        sf.query("SELECT Id FROM Account")
    with pytest.raises(SalesforceMalformedRequest):
        sf.Account.update(made, {"Name": "B"})
    place.rig.clock.advance(20)
    sf.Account.update(made, {"Name": "B"})
    sf.Account.delete(made)
    exchanges = [line for line in place.rig.journal if line["kind"] == "exchange"]
    assert [(line["address"], line.get("seen_status", line["status"])) for line in exchanges] == [
        ("auth.soap/-#1~1", 200), ("row.create/Account#1~1", 201), ("query.first/Q1#1~1", 503),
        ("row.update/Account#1~1", 400), ("row.update/Account#1~2", 204), ("row.delete/Account#1~1", 204),
    ]  # fmt: skip
    return place.rig.trace_digest()


def test_the_same_job_leaves_the_same_trace_through_every_door(open_place):
    """What the org saw and did does not depend on how the bytes travelled."""
    traces = {}
    for door in ("urllib3", "responses", "proxy"):
        with open_place(door) as place:
            traces[door] = small_job(place)
    assert len(set(traces.values())) == 1, traces


def test_a_statement_too_long_for_a_url_is_a_page_of_the_front_door(place, sf):
    ids = ", ".join(f"'0015e{number:010}'" for number in range(900))
    with pytest.raises(SalesforceGeneralError) as found:
        sf.query(f"SELECT Id FROM Account WHERE Id IN ({ids})")
    assert (found.value.status, found.value.content) == (414, "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>")
    with pytest.raises(SalesforceGeneralError) as found:
        sf.query("SELECT Id FROM Account", headers={"X-Note": "x" * 16_300})
    assert (found.value.status, found.value.content) == (431, "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>")
