"""Values on their way in (wire reference 1.5, 3.5, 8.2) and out."""

import pytest

from sfchaos.org.rows.values import BadValue, clean_text, coercer, json_token, shown, stored_instant
from sfchaos.org.schema.model import Field


def stored(value, **field):
    return coercer(Field("F__c", label="F", **field))(value)


def refusal(value, **field):
    with pytest.raises(BadValue) as caught:
        stored(value, **field)
    return caught.value.kind, caught.value.refusal.code, caught.value.refusal.message, caught.value.refusal.fields


@pytest.mark.parametrize(("type_", "sent", "kept"), [
    ("string", "  Acme \n", "Acme"), ("string", "", None), ("string", "   ", None), ("string", None, None), ("string", "Zoë \ud800", "Zoë ?"),
    ("textarea", "a\r\nb", "a\r\nb"), ("phone", "+1 (555) 0100", "+1 (555) 0100"),
    ("boolean", True, 1), ("boolean", False, 0), ("boolean", "true", 1), ("boolean", "FALSE", 0), ("boolean", "1", 1), ("boolean", None, 0),
    ("int", 5, 5), ("int", "5", 5), ("int", " -12 ", -12), ("int", 5.0, 5), ("int", "", None), ("int", None, None), ("int", 2147483647, 2147483647),
    ("long", 9223372036854775807, 9223372036854775807),
    ("double", 1, 1.0), ("double", "1.5", 1.5), ("double", ".5", 0.5), ("double", "1e3", 1000.0), ("double", -0.25, -0.25), ("double", 0, 0.0),
    ("date", "2024-05-01", "2024-05-01"), ("date", "2024-05-01T23:30:00-01:00", "2024-05-02"), ("date", "", None), ("date", "1700-01-01", "1700-01-01"),
    ("date", "4000-12-31", "4000-12-31"),
    ("datetime", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000+0000"), ("datetime", "2024-05-01T10:00:00.999Z", "2024-05-01T10:00:00.000+0000"),
    ("datetime", "2024-05-01T10:00:00.000+0000", "2024-05-01T10:00:00.000+0000"), ("datetime", "2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00.000+0000"),
    ("datetime", "2024-05-01T00:30:00.000+0200", "2024-04-30T22:30:00.000+0000"), ("datetime", "2024-05-01", "2024-05-01T00:00:00.000+0000"),
    ("datetime", "2024-05-01T10:00:00.123456+00:00", "2024-05-01T10:00:00.000+0000"),
    ("time", "10:00:00", "10:00:00.000Z"), ("time", "23:59:59.5Z", "23:59:59.500Z"),
    ("reference", "0015e00000AAAAA", "0015e00000AAAAAAA5"), ("reference", "0015e00000AAAAAAA5", "0015e00000AAAAAAA5"), ("reference", "", None),
    ("email", "ada@example.com", "ada@example.com"), ("multipicklist", "four;six", "four;six"),
])  # fmt: skip
def test_a_value_is_kept_in_one_form_whatever_it_came_as(type_, sent, kept):
    found = stored(sent, type=type_)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(("type_", "sent"), [
    ("string", 5), ("string", True), ("string", ["a"]), ("string", {"a": 1}), ("boolean", "yes"), ("boolean", 1), ("boolean", "2"),
    ("int", "abc"), ("int", "5.5"), ("int", True), ("int", "1_000"), ("int", "nan"), ("double", "1,5"), ("double", "inf"), ("double", {}),
    ("date", "31/12/2024"), ("date", "2024-13-01"), ("date", "2023-02-29"), ("date", 5), ("date", "2024-5-1"),
    ("datetime", "2017-10-17 00:00:00"), ("datetime", "2024-05-01T10:00:00"), ("datetime", "2024-05-01T25:00:00Z"), ("datetime", "2024-05-01T25:00:00+02:00"),
    ("time", "24:00:00"), ("reference", 5), ("double", "1" * 500),
])  # fmt: skip
def test_a_value_of_another_type_is_not_of_the_required_type(type_, sent):
    kind, code, message, fields = refusal(sent, type=type_)
    assert (kind, code, fields) == ("type", "INVALID_TYPE_ON_FIELD_IN_RECORD", ("F__c",))
    assert message.startswith("F: value not of required type: ")


def test_text_longer_than_the_field_says_both_lengths():
    assert stored("abc", length=3) == "abc"
    assert refusal("abcd", length=3) == ("row", "STRING_TOO_LONG", "F: data value too large: abcd (max length=3)", ("F__c",))
    assert stored(" abc ", length=3) == "abc"


@pytest.mark.parametrize("sent", ["x", "a@b", "a b@example.com", "@example.com", "a@@example.com", "ada@example.com, bob@example.com"])
def test_an_address_that_is_none_is_refused(sent):
    assert refusal(sent, type="email") == ("row", "INVALID_EMAIL_ADDRESS", f"F: invalid email address: {sent}", ("F__c",))


def test_only_a_restricted_picklist_minds_other_values():
    assert stored("Cold", type="picklist", picklist=("Hot", "Warm")) == "Cold"
    assert stored("hot", type="picklist", picklist=("Hot", "Warm"), restricted_picklist=True) == "hot"
    assert refusal("Z", type="picklist", picklist=("Hot",), restricted_picklist=True) == (
        "row", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "F: bad value for restricted picklist field: Z", ("F__c",))  # fmt: skip
    assert refusal("Hot;Z", type="multipicklist", picklist=("Hot",), restricted_picklist=True)[2].endswith(": Z")


@pytest.mark.parametrize(("field", "sent"), [
    ({"type": "int"}, 2147483648), ({"type": "int"}, "99999999999"), ({"type": "long"}, 2**63), ({"type": "currency", "precision": 5, "scale": 2}, 1000),
    ({"type": "double"}, "1e400"), ({"type": "double"}, 1e18),
])  # fmt: skip
def test_numbers_too_large_for_the_field_are_outside_the_range(field, sent):
    kind, code, _message, fields = refusal(sent, **field)
    assert (kind, code, fields) == ("row", "NUMBER_OUTSIDE_VALID_RANGE", ("F__c",))


def test_decimals_are_rounded_half_up_to_the_scale_of_the_field():
    field = {"type": "currency", "precision": 5, "scale": 2}
    assert [stored(sent, **field) for sent in ("999.99", "1.005", 2.675, "-1.005", "0.001")] == [999.99, 1.01, 2.68, -1.01, 0.0]


@pytest.mark.parametrize("sent", ["1699-12-31", "4001-01-01"])
def test_dates_outside_1700_to_4000_are_refused(sent):
    assert refusal(sent, type="date")[0] == "row"
    assert refusal(f"{sent}T00:00:00Z", type="datetime")[0] == "row"


@pytest.mark.parametrize("sent", ["x", "0015e00000AAAA", "0015e00000AAAA!", "0015e00000AAAAAA"])
def test_text_that_is_no_id_is_malformed(sent):
    assert refusal(sent, type="reference")[1:] == ("MALFORMED_ID", f"F: id value of incorrect type: {sent}", ("F__c",))


def test_stored_values_are_shown_as_rest_shows_them():
    assert [shown("boolean", value) for value in (1, 0, None)] == [True, False, False]
    assert repr(shown("currency", 23)) == "23.0"
    assert shown("double", None) is None
    assert shown("int", 5) == 5


def test_tokens_are_named_as_the_parser_names_them():
    assert [json_token(value) for value in ("x", 5, 1.5, True, [1], {})] == [
        "VALUE_STRING value x", "VALUE_NUMBER_INT value 5", "VALUE_NUMBER_FLOAT value 1.5", "VALUE_TRUE value true", "START_ARRAY value [", "START_OBJECT value {"]  # fmt: skip


def test_an_instant_is_stored_in_utc_to_the_second():
    assert stored_instant(1768467600) == "2026-01-15T09:00:00.000+0000"


def test_only_what_java_trims_is_trimmed():
    assert clean_text("\t\u00a0x\u00a0\x1f ") == "\u00a0x\u00a0"


@pytest.mark.parametrize("value", [999.995, -999.995, "999.999", 1000])
def test_a_number_that_rounding_makes_too_long_is_refused(value):
    with pytest.raises(BadValue) as caught:
        coercer(Field("Size__c", "double", "Size", precision=5, scale=2))(value)
    assert caught.value.refusal.code == "NUMBER_OUTSIDE_VALID_RANGE"


def test_a_number_may_fill_all_its_digits():
    assert coercer(Field("Size__c", "double", "Size", precision=5, scale=2))(999.994) == 999.99
    assert coercer(Field("Size__c", "double", "Size", precision=18, scale=0))("999999999999999999") == 1e18
    assert coercer(Field("Count__c", "int", "Count", digits=8))(-99_999_999) == -99_999_999


def test_a_whole_number_has_no_more_digits_than_its_field():
    with pytest.raises(BadValue, match="value outside of valid range on numeric field: 100000000"):
        coercer(Field("Count__c", "int", "Count", digits=8))(100_000_000)


def test_a_large_number_in_a_field_of_many_places_is_out_of_range():
    with pytest.raises(BadValue, match="value outside of valid range"):
        coercer(Field("Rate__c", "double", "Rate", precision=18, scale=17))(1e17)
