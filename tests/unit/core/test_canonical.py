"""One text for one value, whatever side it comes from."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sfchaos.core.canonical import Digester, canonical_json, canonical_value, sha256_hex


@pytest.mark.parametrize(("value", "field_type", "text"), [
    (None, "string", None), ("", "string", None), ("   ", "string", None), ("", "double", None),
    (" Acme ", "string", "Acme"), ("e\u0301", "string", "\u00e9"), (5, "string", "5"), ("ACME", "string", "ACME"),
    (True, "boolean", "true"), ("TRUE", "boolean", "true"), ("1", "boolean", "true"), (0, "boolean", "false"), (False, "boolean", "false"), ("yes", "boolean", "yes"),
    (1.50, "currency", "1.5"), ("1.500", "double", "1.5"), ("100", "int", "100"), ("1E2", "double", "100"), (-0.0, "double", "0"), ("0.00", "percent", "0"),
    (Decimal("12.10"), "currency", "12.1"), ("12,5", "double", "12,5"), ("NaN", "double", "NaN"), ("Infinity", "double", "Infinity"), (10**20, "long", "1" + "0" * 20),
    ("100000000000000000000000000000.10", "double", "100000000000000000000000000000.1"), (10**30 + 1, "long", "1" + "0" * 29 + "1"), ("10E999999", "double", "10E999999"),
    ("0e-99999", "double", "0"), ("1_000", "int", "1_000"), ("-0.50", "double", "-0.5"), ("1200", "int", "1200"),
    ("2026-01-15T09:00:00.000+0000", "datetime", "1768467600000"), ("2026-01-15T10:00:00+01:00", "datetime", "1768467600000"),
    ("2026-01-15T09:00:00Z", "datetime", "1768467600000"), ("2026-01-15T09:00:00", "datetime", "1768467600000"), ("2026-01-15", "datetime", "1768435200000"),
    ("2026-01-15T09:00:00.123Z", "datetime", "1768467600123"), ("soon", "datetime", "soon"), (datetime(2026, 1, 15, 9, tzinfo=UTC), "datetime", "1768467600000"),
    ("2026-01-15", "date", "2026-01-15"),
    ("001D000000IRFmaIAH", "id", "001D000000IRFma"), ("001D000000IRFma", "reference", "001D000000IRFma"), ("001D000000IRFmaIAH", "string", "001D000000IRFmaIAH"), ("A-1", "reference", "A-1"),
])  # fmt: skip
def test_a_value_has_one_text(value, field_type, text):
    assert canonical_value(value, field_type) == text


def test_json_has_sorted_keys_and_no_spaces_and_keeps_letters():
    assert canonical_json({"b": [1, "é"], "a": {"d": "", "c": 2}}) == '{"a":{"c":2,"d":""},"b":[1,"é"]}'.encode()


def test_half_a_character_is_written_all_the_same():
    assert canonical_json("\ud800") == b'"\xed\xa0\x80"'


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), {1, 2}, b"bytes", datetime(2026, 1, 1, tzinfo=UTC)])
def test_what_json_cannot_hold_is_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        canonical_json({"a": wrong})


def test_equal_values_have_equal_digests_whatever_their_form():
    digester = Digester(b"k")
    assert digester.value("1.50", "currency") == digester.value(1.5, "currency")
    assert digester.value("1.50", "string") != digester.value("1.5", "string")
    assert digester.value(None) == digester.value("") == ""
    assert digester.value("Acme") != Digester(b"other").value("Acme")
    assert len(digester.value("Acme")) == 24


def test_keys_are_compared_without_case_and_apart_from_values():
    digester = Digester(b"k")
    assert digester.key("a-1") == digester.key(" A-1 ")
    assert digester.key("a-1") != digester.value("a-1")
    assert digester.key(None) == ""


def test_fields_get_the_digest_of_their_type():
    digester = Digester(b"k")
    assert digester.fields({"Amount": "1.50", "Name": "1.50", "Phone": None}, {"Amount": "currency", "Name": "string"}) == {
        "Amount": digester.text("1.5"), "Name": digester.text("1.50"), "Phone": ""}  # fmt: skip


def test_a_key_of_any_length_will_do():
    assert Digester(b"k" * 64).text("x") != Digester(b"k" * 65).text("x") != Digester(b"k" * 66).text("x")


def test_the_sha256_is_the_known_one():
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
