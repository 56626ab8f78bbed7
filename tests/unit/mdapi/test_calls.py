"""createMetadata, updateMetadata, upsertMetadata, readMetadata, deleteMetadata, describeMetadata, listMetadata: what they say and what they do."""

from __future__ import annotations

from typing import Any

import pytest

from sfchaos.core.errors import UnknownName
from sfchaos.core.messages import Request

NEW_OBJECT = ("<deploymentStatus>Deployed</deploymentStatus><label>Parcel</label><nameField><label>Name</label><type>Text</type></nameField>"
              "<pluralLabel>Parcels</pluralLabel><sharingModel>ReadWrite</sharingModel>")  # fmt: skip
WEIGHT = "<label>Weight</label><precision>8</precision><scale>2</scale><type>Number</type>"


@pytest.fixture
def parcels(desk: Any) -> Any:
    """The desk of an org that has Parcel__c with a Weight__c."""
    desk.save("createMetadata", "CustomObject", "Parcel__c", NEW_OBJECT)
    desk.save("createMetadata", "CustomField", "Parcel__c.Weight__c", WEIGHT)
    return desk


def test_a_created_object_and_field_hold_rows(parcels: Any) -> None:
    made = parcels.org.admin.create("Parcel__c", Name="A", Weight__c=2.5)

    assert parcels.org.admin.query("SELECT Name, Weight__c FROM Parcel__c") == [{"Name": "A", "Weight__c": 2.5}]
    assert made.startswith("a0")


def test_create_says_name_and_success(desk: Any, said: Any) -> None:
    told = desk.save("createMetadata", "CustomObject", "Parcel__c", NEW_OBJECT)

    assert [child.tag for child in told.find(".//result")] == ["fullName", "success"]
    assert said(told, ".//success") == "true"


def test_creating_what_is_there_is_an_error_of_the_record(parcels: Any, said: Any) -> None:
    told = parcels.save("createMetadata", "CustomObject", "Parcel__c", NEW_OBJECT)

    assert said(told, ".//statusCode") == "DUPLICATE_DEVELOPER_NAME"
    assert told.get("status") == "200"


def test_updating_what_is_not_there_is_an_error_of_the_record(desk: Any, said: Any) -> None:
    assert said(desk.save("updateMetadata", "CustomObject", "Parcel__c", NEW_OBJECT), ".//statusCode") == "INVALID_CROSS_REFERENCE_KEY"


def test_upsert_tells_whether_it_created(parcels: Any, said: Any) -> None:
    field = "<label>Size</label><length>40</length><type>Text</type>"
    first, second = (parcels.save("upsertMetadata", "CustomField", "Parcel__c.Size__c", field) for _ in range(2))

    assert (said(first, ".//created"), said(second, ".//created")) == ("true", "false")


def test_what_was_created_is_read_back(parcels: Any, said: Any) -> None:
    field, sobject = parcels.read("CustomField", "Parcel__c.Weight__c"), parcels.read("CustomObject", "Parcel__c")

    assert (field.get("type"), said(field, "fullName"), said(field, "type"), said(field, "precision"), said(field, "scale")) == (
        "CustomField", "Parcel__c.Weight__c", "Number", "8", "2")  # fmt: skip
    assert (said(sobject, "label"), said(sobject, "fields/fullName"), said(sobject, "nameField/type")) == ("Parcel", "Weight__c", "Text")


def test_reading_what_is_not_there_gives_nil(desk: Any) -> None:
    assert desk.read("PermissionSet", "Nobodys").attrib == {"nil": "true"}


def test_a_description_that_changes_nothing_is_kept(desk: Any, said: Any) -> None:
    desk.save("createMetadata", "CustomObject", "Parcel__c", NEW_OBJECT + "<description>What we send</description>")

    assert said(desk.read("CustomObject", "Parcel__c"), "description") == "What we send"


def test_a_field_needs_its_length(desk: Any, said: Any) -> None:
    told = desk.save("createMetadata", "CustomField", "Account.Size__c", "<label>Size</label><type>Text</type>")

    assert said(told, ".//message") == "Must specify 'length' for a CustomField of type Text"
    assert desk.org.schema.objects["account"].find("Size__c") is None


def test_a_deleted_field_is_gone_and_comes_back_empty(parcels: Any, said: Any) -> None:
    parcels.org.admin.create("Parcel__c", Name="A", Weight__c=2.5)
    told = parcels.say("deleteMetadata", "<type>CustomField</type><fullNames>Parcel__c.Weight__c</fullNames>")
    gone = parcels.org.schema.objects["parcel__c"].find("Weight__c")
    parcels.save("createMetadata", "CustomField", "Parcel__c.Weight__c", "<label>Weight</label><length>9</length><type>Text</type>")

    assert (said(told, ".//success"), gone) == ("true", None)
    assert parcels.org.admin.rows("Parcel__c")[0]["Weight__c"] is None


def test_a_deleted_object_takes_its_rows_along(parcels: Any) -> None:
    parcels.org.admin.create("Parcel__c", Name="A")
    parcels.say("deleteMetadata", "<type>CustomObject</type><fullNames>Parcel__c</fullNames>")

    with pytest.raises(UnknownName):
        parcels.org.admin.rows("Parcel__c")


def test_an_object_that_others_refer_to_stays(parcels: Any, said: Any) -> None:
    lookup = "<label>Parcel</label><referenceTo>Parcel__c</referenceTo><relationshipName>Cases</relationshipName><type>Lookup</type>"
    parcels.save("createMetadata", "CustomField", "Case.Parcel__c", lookup)
    told = parcels.say("deleteMetadata", "<type>CustomObject</type><fullNames>Parcel__c</fullNames>")

    assert said(told, ".//statusCode") == "DELETE_FAILED"
    assert parcels.org.schema.find("Parcel__c") is not None


def test_a_type_change_is_refused_while_there_are_values(parcels: Any, said: Any) -> None:
    parcels.org.admin.create("Parcel__c", Name="A", Weight__c=2.5)
    told = parcels.save("updateMetadata", "CustomField", "Parcel__c.Weight__c", "<label>Weight</label><length>9</length><type>Text</type>")

    assert said(told, ".//success") == "false"
    assert parcels.org.schema.objects["parcel__c"].by_key["weight__c"].type == "double"


def test_a_checkbox_fills_the_rows_that_are_there(parcels: Any) -> None:
    parcels.org.admin.create("Parcel__c", Name="A")
    parcels.save("createMetadata", "CustomField", "Parcel__c.Fragile__c", "<label>Fragile</label><type>Checkbox</type><defaultValue>true</defaultValue>")

    assert parcels.org.admin.rows("Parcel__c")[0]["Fragile__c"] is True


def test_all_or_none_takes_back_what_was_fine(desk: Any) -> None:
    header = '<AllOrNoneHeader xmlns="http://soap.sforce.com/2006/04/metadata"><allOrNone>true</allOrNone></AllOrNoneHeader>'
    both = (f'<metadata xsi:type="CustomObject"><fullName>Parcel__c</fullName>{NEW_OBJECT}</metadata>'
            '<metadata xsi:type="CustomField"><fullName>Nope__c.X__c</fullName><label>X</label><type>Checkbox</type></metadata>')  # fmt: skip
    told = desk.say("createMetadata", both, headers=header)

    assert [one.text for one in told.iter("statusCode")] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_CROSS_REFERENCE_KEY"]
    assert desk.org.schema.find("Parcel__c") is None


def test_eleven_records_are_too_many(desk: Any, said: Any) -> None:
    told = desk.say("deleteMetadata", "<type>CustomObject</type>" + "<fullNames>A__c</fullNames>" * 11)

    assert said(told, ".//faultstring") == "LIMIT_EXCEEDED: record limit reached. cannot submit more than 10 records into this call"


def test_types_that_the_org_lacks_are_a_fault(desk: Any, said: Any) -> None:
    told = desk.say("listMetadata", "<queries><type>Flow</type></queries>")

    assert said(told, ".//faultstring") == "INVALID_TYPE: Cannot use: Flow in this organization"
    assert told.get("status") == "500"


def test_described_types_can_all_be_listed(desk: Any) -> None:
    types = [one.text for one in desk.say("describeMetadata", "<asOfVersion>62.0</asOfVersion>").iter("xmlName")]
    listed = {name: {one.text for one in desk.say("listMetadata", f"<queries><type>{name}</type></queries>").iter("fullName")} for name in types}

    assert types == ["ConnectedApp", "CustomObject", "PermissionSet", "PermissionSetGroup", "Profile"]
    assert {"Admin", "Standard", "Integration"} <= listed["Profile"]
    assert {"Account", "Invoice__c"} <= listed["CustomObject"]
    assert listed["ConnectedApp"] == {"Integration"}


def test_who_may_not_modify_metadata_is_refused(desk: Any, said: Any) -> None:
    token = desk.org.sessions.open(desk.org.integration_user_id, grant="jwt-bearer").token
    told = desk.say("listMetadata", "<queries><type>Profile</type></queries>", token=token)

    assert said(told, ".//faultstring") == (
        "INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions")


def test_a_dead_session_is_a_fault_of_the_session(desk: Any, said: Any) -> None:
    assert said(desk.say("describeMetadata", token="nobody"), ".//faultcode") == "sf:INVALID_SESSION_ID"


def test_entities_are_refused(desk: Any) -> None:
    body = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><deploy>&a;</deploy></e:Body></e:Envelope>'
    reply = desk.org.handle(Request("POST", "https://acme.my.salesforce.com/services/Soap/m/62.0", (("Content-Type", "text/xml"),), body))

    assert reply.status == 500
    assert b"DOCTYPE is not allowed" in reply.body


def test_a_reset_takes_metadata_back(desk: Any) -> None:
    before, mark = desk.org.schema, desk.org.registers.copies()
    desk.save("createMetadata", "CustomObject", "Parcel__c", NEW_OBJECT)
    desk.org.reset()

    assert desk.org.schema is before
    assert desk.org.registers.mdapi == mark["mdapi"] == {}
    assert desk.org.store.one("SELECT 1 FROM sqlite_master WHERE name = 'Parcel__c'") is None
