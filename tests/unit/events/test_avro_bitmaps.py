"""Names of changed fields as bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfchaos.org.events.avro import schema_of_change
from sfchaos.org.events.avro_bitmaps import bitmaps_of, names_of
from sfchaos.org.events.avro_values import HEADER, decoded, encoded
from sfchaos.org.org import Org

ADDRESS = {"type": "record", "name": "Address", "fields": [{"name": name} for name in ("Street", "City", "State", "PostalCode", "Country", "Latitude", "X", "Y", "Z")]}
FIELDS = [{"name": f"F{number}", "type": ["null", "string"]} for number in range(23)]
FIELDS[4] = {"name": "BillingAddress", "type": ["null", ADDRESS]}
FIELDS[5] = {"name": "ShippingAddress", "type": ["null", "Address"]}
RECORD = {"fields": FIELDS}
ORG = Org()
ACCOUNT = schema_of_change(ORG.schema, ORG.schema.find("Account"))


def test_a_recorded_update_reads_and_writes_as_recorded():
    """LastModifiedDate stood at 22, BillingAddress at 4 with Street first (https://github.com/pozil/pub-sub-api-java-client, README)."""
    assert bitmaps_of(["F22", "BillingAddress.Street"], RECORD) == ["0x400000", "4-0x01"]
    assert names_of(["0x400000", "4-0x01"], RECORD) == ["F22", "BillingAddress.Street"]


@pytest.mark.parametrize(("names", "bitmaps"), [
    ([], []), (["F0"], ["0x01"]), (["F8"], ["0x0100"]), (["F1", "F3"], ["0x0A"]), (["ShippingAddress.Z"], ["5-0x0100"]), (["BillingAddress"], ["0x10"]),
    (["BillingAddress.City", "ShippingAddress.Street", "BillingAddress.Street"], ["4-0x03", "5-0x01"]), (["Gone", "F2", "BillingAddress.Gone", "F2.Part"], ["0x04"]),
])  # fmt: skip
def test_bits_count_from_the_first_field_in_whole_bytes(names, bitmaps):
    assert bitmaps_of(names, RECORD) == bitmaps


@given(st.sets(st.sampled_from([f["name"] for f in FIELDS] + ["BillingAddress.City", "ShippingAddress.Country"])))
def test_names_survive_as_bits(names):
    assert set(names_of(bitmaps_of(sorted(names), RECORD), RECORD)) == names


def header(**changed):
    return {"entityName": "Account", "recordIds": ["001000000000001AAA"], "changeType": "UPDATE", "changeOrigin": "com/salesforce/api/rest/62.0",
            "transactionKey": "0000c8a0-6766-3414-949f-de10519bee7d", "sequenceNumber": 1, "commitTimestamp": 1659440165000, "commitNumber": 11334298542449,
            "commitUser": "005000000000001AAA", **changed}  # fmt: skip


def test_an_update_that_names_no_fields_changed_those_it_has_and_emptied_those_that_are_null():
    data = encoded(ACCOUNT, {HEADER: header(), "Phone": None, "LastModifiedDate": "2026-01-15T09:00:00.000Z"})
    found = decoded(ACCOUNT, data)
    assert found[HEADER]["changedFields"] == ["Phone", "LastModifiedDate"]
    assert found[HEADER]["nulledFields"] == ["Phone"]
    assert found[HEADER]["diffFields"] == []
    assert "Phone" not in found


def test_a_create_names_no_fields():
    data = encoded(ACCOUNT, {HEADER: header(changeType="CREATE"), "Name": "Acme"})
    assert decoded(ACCOUNT, data)[HEADER]["changedFields"] == []


def test_compound_values_go_over_whole():
    data = encoded(ACCOUNT, {HEADER: header(changedFields=["BillingAddress.Street"]), "BillingAddress": {"Street": "12 Main Street"}})
    assert decoded(ACCOUNT, data)["BillingAddress"] == {"Street": "12 Main Street"}
