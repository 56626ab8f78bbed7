"""Schemas of events as orgs give them, and payloads written with them."""

import json

import pytest

from sfchaos.org.events.avro import change_event_name, in_rest, schema_of_change, schema_of_event
from sfchaos.org.events.avro_values import NotReadable, decoded, encoded
from sfchaos.org.org import Org
from sfchaos.org.schema.model import Field, Schema, SObject

ORDER = SObject(
    "Order__e", "Order", "Orders", "e00",
    (
        Field("ReplayId"), Field("EventUuid"), Field("CreatedDate", "datetime"), Field("CreatedById", "reference"), Field("Number__c", custom=True, length=18),
        Field("Amount__c", "double", custom=True), Field("Paid__c", "boolean", custom=True), Field("Due__c", "date", custom=True), Field("At__c", "datetime", custom=True),
    ),
    custom=True, event="HighVolume",
)  # fmt: skip
SCHEMA = Schema("small", 1, {"order__e": ORDER})

# written by hand, in the form recorded of an org (https://github.com/apache/camel, CamelEventMessage__e)
EXPECTED = {
    "type": "record", "name": "Order__e", "namespace": "com.sforce.eventbus",
    "fields": [
        {"name": "CreatedDate", "type": "long", "doc": "CreatedDate:DateTime"},
        {"name": "CreatedById", "type": "string", "doc": "CreatedBy:EntityId"},
        {"name": "Number__c", "type": ["null", "string"], "doc": "Data:Text:00N5e0000000001", "default": None},
        {"name": "Amount__c", "type": ["null", "double"], "doc": "Data:Double:00N5e0000000002", "default": None},
        {"name": "Paid__c", "type": ["null", "boolean"], "doc": "Data:Boolean:00N5e0000000003", "default": None},
        {"name": "Due__c", "type": ["null", "long"], "doc": "Data:DateOnly:00N5e0000000004", "default": None},
        {"name": "At__c", "type": ["null", "long"], "doc": "Data:DateTime:00N5e0000000005", "default": None},
    ],
}  # fmt: skip


def order(**changed):
    return {"CreatedDate": "2026-01-15T09:00:00.000Z", "CreatedById": "005000000000001AAA", **changed}


def test_a_platform_events_schema_is_written_as_salesforce_writes_it():
    found = json.loads(schema_of_event(SCHEMA, ORDER).text)
    assert found == EXPECTED
    assert list(found) == list(EXPECTED)


def test_a_schema_id_has_22_url_safe_characters_and_changes_with_the_fields():
    before = schema_of_event(SCHEMA, ORDER)
    after = schema_of_event(SCHEMA, ORDER.with_field(Field("City__c", custom=True)))
    assert len(before.id) == 22
    assert set(before.id) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert after.id != before.id


def test_a_field_of_another_object_does_not_change_a_schema_id():
    other = SObject("A__c", "A", "As", "a00", (Field("X__c", custom=True),), custom=True)
    fresh = SObject(**{name: getattr(ORDER, name) for name in ORDER.__dataclass_fields__})
    assert schema_of_event(Schema("small", 2, {"a__c": other, "order__e": fresh}), fresh).id == schema_of_event(SCHEMA, ORDER).id


def test_rest_shows_the_id_as_uuid_after_the_fields():
    schema = schema_of_event(SCHEMA, ORDER)
    assert list(in_rest(schema)) == ["name", "namespace", "type", "fields", "uuid"]
    assert in_rest(schema)["uuid"] == schema.id


def test_a_payload_is_the_bytes_that_avro_prescribes():
    schema = schema_of_event(SCHEMA, ORDER)
    data = encoded(schema, order(Number__c="7", Paid__c=True, Due__c="1970-01-02"))
    # zig-zag long 1768467600000, string of 18, union branch 1 and "7", branch 0, branch 1 and true, branch 1 and 86400000, branch 0
    assert data == b"\x80\xca\x90\x8e\xf8f" + b"\x24005000000000001AAA" + b"\x02\x027" + b"\x00" + b"\x02\x01" + b"\x02\x80\xf0\xb2R" + b"\x00"


def test_moments_come_back_as_text_and_what_is_null_is_left_out():
    schema = schema_of_event(SCHEMA, ORDER)
    sent = order(Amount__c=12.5, Due__c="2026-02-28", At__c="2026-02-28T23:59:59.123Z")
    assert decoded(schema, encoded(schema, sent)) == sent


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 12, b"\x00\x02a\x00\x00\x00\x00\x00extra", b"\x00\x02\xff\x00\x00\x00\x00\x00"])
def test_bytes_that_are_no_event_are_not_readable(data):
    with pytest.raises(NotReadable):
        decoded(schema_of_event(SCHEMA, ORDER), data)


def test_a_value_that_does_not_fit_its_field_is_not_written():
    with pytest.raises(NotReadable):
        encoded(schema_of_event(SCHEMA, ORDER), order(Amount__c="much"))


@pytest.mark.parametrize(("name", "event"), [("Account", "AccountChangeEvent"), ("Invoice__c", "Invoice__ChangeEvent")])
def test_change_events_are_named_after_their_object(name, event):
    assert change_event_name(name) == event


def change_schema(name):
    org = Org()
    return schema_of_change(org.schema, org.schema.find(name))


def test_a_change_events_schema_starts_with_the_recorded_header():
    header = change_schema("Account").tree()["fields"][0]
    assert header["name"] == "ChangeEventHeader"
    assert header["doc"] == "Data:ComplexValueType"
    assert [f["name"] for f in header["type"]["fields"]] == [
        "entityName", "recordIds", "changeType", "changeOrigin", "transactionKey", "sequenceNumber", "commitTimestamp", "commitNumber", "commitUser",
        "nulledFields", "diffFields", "changedFields",
    ]  # fmt: skip
    assert header["type"]["fields"][2]["type"]["symbols"][:5] == ["CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE"]


def test_compound_fields_are_records_spelt_out_once_and_their_parts_no_fields():
    fields = {f["name"]: f for f in change_schema("Account").tree()["fields"]}
    assert [part["name"] for part in fields["BillingAddress"]["type"][1]["fields"]] == [
        "Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode", "Latitude", "Longitude", "GeocodeAccuracy"]  # fmt: skip
    assert fields["ShippingAddress"]["type"] == ["null", "Address"]
    assert "BillingStreet" not in fields
    assert fields["Name"]["type"][1] == "string"  # Account's may also be a person's
    assert fields["Name"]["doc"] == "Data:Switchable_PersonName"


def test_a_persons_name_is_a_record():
    name = next(f for f in change_schema("Contact").tree()["fields"] if f["name"] == "Name")
    assert name["type"][1]["name"] == "PersonName"
    assert [part["name"] for part in name["type"][1]["fields"]] == ["Salutation", "FirstName", "LastName"]


def test_system_fields_and_ids_are_not_in_change_events():
    names = {f["name"] for f in change_schema("Account").tree()["fields"]}
    assert names.isdisjoint({"Id", "IsDeleted", "SystemModstamp", "LastViewedDate", "LastReferencedDate", "LastActivityDate", "PhotoUrl"})
    assert {"OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"} <= names


@pytest.mark.parametrize(("name", "doc"), [
    ("Phone", "Data:Phone"), ("Website", "Data:Url"), ("Industry", "Data:DynamicEnum"), ("AnnualRevenue", "Data:Currency"), ("NumberOfEmployees", "Data:Integer"),
    ("Description", "Data:StringPlusClob"), ("OwnerId", "ForeignKey:EntityId"), ("CreatedDate", "CreatedDate:DateTime"), ("LastModifiedDate", "Data:DateTime"),
    ("AccountNumber", "Data:Text"),
])  # fmt: skip
def test_doc_says_a_fields_type_as_recorded_of_an_org(name, doc):
    assert next(f["doc"] for f in change_schema("Account").tree()["fields"] if f["name"] == name) == doc


def test_every_object_of_the_standard_org_has_a_change_schema_that_avro_accepts():
    from fastavro import parse_schema

    org = Org()
    for sobject in list(org.schema):
        parse_schema(schema_of_change(org.schema, sobject).tree())
