"""The rest of what simple-salesforce offers for rows, users, search, tooling and Apex, over every door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from simple_salesforce import Salesforce, SFType, format_soql
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceMalformedRequest, SalesforceResourceNotFound
from simple_salesforce.format import format_external_id


def now(place) -> datetime:
    return datetime.fromtimestamp(place.org.now_s(), UTC)


# ---------------------------------------------------------------------- rows


def test_an_external_id_with_a_slash_is_upserted_read_and_told_of(place, sf):
    path = format_external_id("External_Id__c", "A/1-ü")
    assert sf.Contact.upsert(path, {"LastName": "One"}) == 201
    reply = sf.Contact.upsert(path, {"LastName": "Two"}, raw_response=True)
    assert (reply.status_code, reply.json()["created"]) == (200, False)
    assert sf.Contact.get_by_custom_id("External_Id__c", "A/1-ü")["LastName"] == "Two"


def test_raw_responses_carry_no_body(sf):
    made = sf.Account.create({"Name": "Acme"})["id"]
    for reply in (sf.Account.update(made, {"Name": "B"}, raw_response=True), sf.Account.delete(made, raw_response=True)):
        assert (reply.status_code, reply.content) == (204, b"")


def test_an_sobject_works_without_its_salesforce(place, sf):
    alone = SFType("Account", sf.session_id, sf.sf_instance, sf_version="62.0", session=place.session())
    made = alone.create({"Name": "Acme"})["id"]
    assert alone.get(made)["Name"] == "Acme"


def test_changed_and_deleted_rows_are_told_once_their_minute_is_over(place, sf):
    kept, gone = (sf.Account.create({"Name": name})["id"] for name in ("Kept", "Gone"))
    sf.Account.delete(gone)
    start = now(place) - timedelta(hours=1)
    place.org.clock.advance(120)
    updated, deleted = sf.Account.updated(start, now(place)), sf.Account.deleted(start, now(place))
    assert updated["ids"] == [kept]
    assert [row["id"] for row in deleted["deletedRecords"]] == [gone]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


def test_a_span_that_is_too_old_is_refused(place, sf):
    with pytest.raises(SalesforceMalformedRequest) as found:
        sf.Account.updated(now(place) - timedelta(days=60), now(place))
    assert found.value.content[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_a_file_goes_up_and_comes_back_as_it_was(sf, tmp_path):
    picture, other = tmp_path / "a.bin", tmp_path / "b.bin"
    picture.write_bytes(bytes(range(256)))
    other.write_bytes(b"other\x00")
    parent = sf.Account.create({"Name": "Acme"})["id"]
    made = sf.Attachment.create({"ParentId": parent, "Name": "a.bin", "Body": "AA=="})["id"]
    assert sf.Attachment.update_base64(made, str(picture)) == 204
    assert sf.Attachment.get_base64(made) == bytes(range(256))
    sf.Attachment.update_base64(made, str(other))
    assert sf.Attachment.get(made)["BodyLength"] == 6


def test_values_in_a_statement_are_escaped(sf):
    for name in ("O'Hara", 'say "hi"', "50%_off\\", "line\nbreak"):
        sf.Account.create({"Name": name})
        assert sf.query(format_soql("SELECT Name FROM Account WHERE Name = {}", name))["records"][0]["Name"] == name
    assert sf.query(format_soql("SELECT Name FROM Account WHERE Name IN {}", ["O'Hara", "Nobody"]))["totalSize"] == 1
    assert sf.query(format_soql("SELECT Name FROM Account WHERE Name LIKE '{:like}%'", "50%_o"))["totalSize"] == 1
    assert sf.query(format_soql("SELECT Id FROM Account WHERE IsDeleted = {} AND CreatedDate < {:literal}", False, "TOMORROW"))["totalSize"] == 4


# ---------------------------------------------------------------------- the org


def test_layouts_are_described(sf):
    assert sf.Account.describe_layout("012000000000000AAA")["id"] is not None
    assert set(sf.restful("sobjects/Account/describe/compactLayouts")) == {"compactLayouts", "defaultCompactLayoutId", "recordTypeCompactLayoutMappings", "urls"}


def test_an_unknown_object_is_not_described(sf):
    for act in (sf.Nope__c.describe, sf.Nope__c.metadata):
        with pytest.raises(SalesforceResourceNotFound) as found:
            act()
        assert found.value.content[0]["errorCode"] == "NOT_FOUND"


def test_search_finds_by_name(place, sf):
    place.org.admin.create("Account", Name="Waldorf Hotel")
    assert [row["attributes"]["type"] for row in sf.quick_search("Waldorf")["searchRecords"]] == ["Account"]
    assert sf.search("FIND {Waldorf} RETURNING Account(Name)")["searchRecords"][0]["Name"] == "Waldorf Hotel"
    with pytest.raises(SalesforceMalformedRequest) as found:
        sf.search("FIND Waldorf")
    assert found.value.content[0]["errorCode"] == "MALFORMED_SEARCH"


def test_tooling_is_reached(sf):
    found = sf.toolingexecute("query", params={"q": "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'"})
    assert [row["QualifiedApiName"] for row in found["records"]] == ["Account"]
    assert sf.toolingexecute("executeAnonymous", params={"anonymousBody": "System.debug(1);"})["compiled"] is False


def test_a_teams_own_apex_is_called(place, sf):
    place.rig.org.apexrest("POST", "orders/{number}", lambda call: {"number": call.params["number"], "got": call.json()})
    assert sf.apexecute("orders/7", method="POST", data={"n": 1}) == {"number": "7", "got": {"n": 1}}
    with pytest.raises(SalesforceResourceNotFound):
        sf.apexecute("nobody")


# ---------------------------------------------------------------------- people


def test_a_password_is_set_and_opens_the_door(place):
    admin = place.with_token(place.org.sessions.open(place.org.admin_user_id, grant="login-page", kind="ui", scopes=("full",)).token)
    made = place.org.credentials.username
    user = admin.query(format_soql("SELECT Id FROM User WHERE Username = {}", made))["records"][0]["Id"]
    assert admin.set_password(user, "N3w-and-long-enough") is None
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        place.login()
    with pytest.raises(SalesforceMalformedRequest):
        admin.set_password(user, "x")


def test_a_session_of_somebody_else_is_used_as_it_is(place, sf):
    again = Salesforce(instance=sf.sf_instance, session_id=sf.session_id, version="62.0", session=place.session())
    assert again.oauth2("userinfo")["user_id"] == sf.oauth2("userinfo")["user_id"]
    assert again.is_sandbox() is False
