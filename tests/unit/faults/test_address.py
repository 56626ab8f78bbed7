import pytest

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.faults.address import parse_pattern


@pytest.mark.parametrize(
    ("pattern", "op", "target", "k", "attempt", "expected"),
    [
        ("row.create/Contact#2~1", "row.create", "Contact", 2, 1, True),
        ("row.create/Contact#2~1", "row.create", "Contact", 2, 2, False),
        ("row.create/Contact#2~1", "row.create", "Contact", 1, 1, False),
        ("row.create/contact", "row.create", "Contact", 9, 9, True),
        ("row.create/Account", "row.create", "AccountContactRole", 1, 1, False),
        ("row.*/Contact#*~1", "row.upsert", "Contact", 4, 1, True),
        ("row.*", "query.first", "Q1", 1, 1, False),
        ("*/*", "soap.query", "-", 1, 1, True),
        ("bulk2.poll/J1#1~2..4", "bulk2.poll", "J1", 1, 4, True),
        ("bulk2.poll/J1#1~2..4", "bulk2.poll", "J1", 1, 5, False),
        ("bulk2.poll/J1~3..", "bulk2.poll", "J1", 1, 300, True),
        ("row.get/*#1,3", "row.get", "Lead", 3, 7, True),
        ("row.get/*#1,3", "row.get", "Lead", 2, 7, False),
        ("soap.create", "soap.create", "-", 1, 1, True),
        ("query.first/Q1*", "query.first", "Q12", 1, 1, True),
    ],
)
def test_a_pattern_matches_the_points_it_names(pattern, op, target, k, attempt, expected):
    assert parse_pattern(pattern).matches(op, target, k, attempt) is expected


def test_an_operation_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match=r"row\.upsert") as caught:
        parse_pattern("row.upsrt/Contact")
    assert caught.value.nearest[0] == "row.upsert"


def test_a_wildcard_that_fits_no_operation_is_refused():
    with pytest.raises(UnknownName, match=r"rows\.\*"):
        parse_pattern("rows.*/Contact")


@pytest.mark.parametrize("text", ["", "row.create/Contact#0", "row.create/Contact#x", "row.create/Contact~4..2", "#1"])
def test_text_that_is_no_address_is_refused(text):
    with pytest.raises(UsageError, match="remedy"):
        parse_pattern(text)


def test_only_a_pattern_without_wildcards_is_exact():
    assert parse_pattern("row.create/Contact#2~1").is_exact
    assert not parse_pattern("row.create/Contact#2").is_exact
    assert not parse_pattern("row.*/Contact#2~1").is_exact
    assert not parse_pattern("row.create/Contact#2~1..2").is_exact
