"""What formulas come to: one formula field each, read back from a row of Account or Contact."""

from __future__ import annotations

from typing import Any

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.org.formula import formula_sql
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field
from sfchaos.org.store import quoted

NUMBER = {"type": "double", "precision": 18, "scale": 6}


@pytest.fixture(scope="module")
def org() -> Org:
    schema = standard_schema()
    account = schema.objects["account"]
    for name, kind in (
        ("Day__c", "date"),
        ("Moment__c", "datetime"),
        ("Hour__c", "time"),
        ("Topics__c", "multipicklist"),
        ("Rate__c", "percent"),
        ("Flag__c", "boolean"),
    ):
        account = account.with_field(Field(name, kind, name, length=40, precision=18 if kind == "percent" else 0, scale=2, custom=True))
    made = Org(schema=schema.with_object(account), clock=VirtualClock("2026-01-15T23:30:00Z"))
    owner = made.admin.rows("User")[0]["Id"]
    made.admin.create(
        "Account", Name="Acme Zürich", Industry="Energy", AnnualRevenue=1000, NumberOfEmployees=7, OwnerId=owner, Day__c="2024-02-29",
        Moment__c="2024-02-29T10:30:00Z", Hour__c="10:30:00.000Z", Topics__c="four;six", Rate__c=12.5, Flag__c=True,
    )  # fmt: skip
    return made


def value(org: Org, formula: str, **field: Any) -> Any:
    """A formula over the one account, in stored form."""
    made = Field("F__c", **{"type": "string", "label": "F", "formula_text": formula, "calculated": True, "blank_as_zero": False, **field})
    account = org.schema.objects["account"]
    org.running_user_id = org.admin_user_id
    sql = formula_sql(org.schema, account, made, quoted("Account"))
    found = org.store.one(f'SELECT {sql} FROM "Account"')
    assert found is not None
    return found[0]


@pytest.mark.parametrize(("formula", "expected"), [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ^ 3", 8), ("-AnnualRevenue / 3", -333.333333), ("10 / 4", 2.5), ("1 / 0", None), ("AnnualRevenue - NULL", None),
    ("ABS(-2)", 2), ("ROUND(2.5, 0)", 3), ("ROUND(-2.5, 0)", -3), ("ROUND(1.005, 2)", 1.01), ("ROUND(1234, -2)", 1200), ("TRUNC(-2.79, 1)", -2.7), ("CEILING(-2.5)", -3), ("FLOOR(-2.5)", -2),
    ("MCEILING(-2.5)", -2), ("MFLOOR(-2.5)", -3), ("MAX(1, 3, 2)", 3), ("MIN(1, 3, 2)", 1), ("MOD(7, 3)", 1), ("MOD(-7, 3)", -1), ("SQRT(9)", 3), ("SQRT(-1)", None),
    ("EXP(0)", 1), ("LN(EXP(2))", 2), ("LOG(1000)", 3), ("VALUE('1.5')", 1.5), ("VALUE('x')", None), ("LEN(Name)", 11), ("FIND('e', Name)", 4),
    ("FIND('c', 'abcabc', 4)", 6), ("FIND('x', Name)", 0), ("Day__c - DATE(2024, 1, 1)", 59), ("Moment__c - DATETIMEVALUE('2024-02-29 04:30:00')", 0.25),
    ("YEAR(Day__c)", 2024), ("MONTH(Day__c)", 2), ("DAY(Day__c)", 29), ("WEEKDAY(Day__c)", 5), ("HOUR(Hour__c)", 10), ("MINUTE(Hour__c)", 30), ("Rate__c * 100", 12.5),
    ("CASE(Industry, 'Banking', 1, 'Energy', 2, 3)", 2), ("CASE(MONTH(Day__c), 1, 10, 0)", 0), ("PICKLISTCOUNT(Topics__c)", 2), ("NULLVALUE(NULL, 4)", 4), ("UNIXTIMESTAMP(Moment__c)", 1709202600),
    ("TIMEVALUE('10:30:01.500') - Hour__c", 1500), ("IF(Flag__c, 1, 2)", 1), ("BLANKVALUE(NumberOfEmployees, 0)", 7), ("DAYOFYEAR(Day__c)", 60),
])  # fmt: skip
def test_numbers(org: Org, formula: str, expected: float | None) -> None:
    assert value(org, formula, **NUMBER) == expected


@pytest.mark.parametrize(("formula", "expected"), [
    ('Name & " " & TEXT(Industry)', "Acme Zürich Energy"), ('"a" + "b"', "ab"), ("'it\\'s'", "it's"), ('NULL & ""', None), ('Phone & "x"', "x"), ("Phone", None), ("TEXT(1.50)", "1.5"), ("TEXT(1000000)", "1000000"),
    ("TEXT(0.00001)", "0.00001"), ("TEXT(Day__c)", "2024-02-29"), ("TEXT(Moment__c)", "2024-02-29 10:30:00Z"), ("LEFT(Name, 4)", "Acme"), ("RIGHT(Name, 6)", "Zürich"), ("RIGHT(Name, 0)", None),
    ("RIGHT(Name, 99)", "Acme Zürich"), ("MID(Name, 6, 2)", "Zü"), ("UPPER(Name)", "ACME ZÜRICH"), ("LOWER('ÄB')", "äb"), ('TRIM("  a ")', "a"), ('SUBSTITUTE(Name, "Acme", "B")', "B Zürich"),
    ('LPAD("7", 3, "0")', "007"), ('RPAD("abc", 2)', "ab"), ("INITCAP('acme zürich')", "Acme Zürich"), ('BLANKVALUE(Phone, "none")', "none"), ('NULLVALUE(Phone, "none")', None),
    ('HYPERLINK("https://x.example", "X")', '<a href="https://x.example" target="_blank">X</a>'), ('IMAGE("/a.png", "A", 10, 20)', '<img src="/a.png" alt="A" style="height:10px; width:20px; " border="0"/>'),
    ("Owner.Username", "admin@acme.example"), ("$User.LastName", "Admin"), ("$Profile.Name", "System Administrator"), ("$Organization.Name", "Acme"),
    ('CASE(Name, "x", "y", "else")', "else"), ('IF(ISBLANK(Phone), "blank", "there")', "blank"), ("/* note */ 'a'", "a"), ("REVERSE('abc')", "cba"), ('"\\n"', "\n"),
])  # fmt: skip
def test_texts(org: Org, formula: str, expected: str | None) -> None:
    assert value(org, formula) == expected


@pytest.mark.parametrize(("formula", "expected"), [
    ('Name = "Acme Zürich"', True), ('Name = "acme zürich"', False), ('Name <> "x"', True), ('Name != "x"', True), ('Name == "x"', False), ('Phone = ""', True), ("Phone = NULL", True), ("0.1 + 0.2 = 0.3", True), ("0.1 + 0.2 > 0.3", False),
    ("AnnualRevenue > 999 && NOT(Flag__c)", False), ("AnnualRevenue > 999 || FALSE", True), ("AND(TRUE, Flag__c, 1 < 2)", True), ("OR(FALSE, 2 <= 1)", False), ("!Flag__c", False),
    ("NumberOfEmployees > NULL", False), ("NumberOfEmployees = NULL", False), ("ISBLANK(NumberOfEmployees)", False), ("ISBLANK(Phone)", True), ("ISNULL(Phone)", False), ("ISNULL(BillingLatitude)", True),
    ('CONTAINS(Name, "me")', True), ('CONTAINS(Name, "ME")', False), ('CONTAINS(Name, "")', True), ('BEGINS(Name, "Acme")', True), ('BEGINS(Name, "acme")', False),
    ('REGEX(Name, "[A-Z]\\\\w+ .*")', True), ('REGEX(Name, "Acme")', False), ('ISPICKVAL(Industry, "Energy")', True), ('ISPICKVAL(Rating, "")', True), ('INCLUDES(Topics__c, "six")', True),
    ('INCLUDES(Topics__c, "si")', False), ('ISNUMBER("1e3")', True), ('ISNUMBER("abc")', False), ("Day__c = DATE(2024, 2, 29)", True), ("Day__c < TODAY()", True), ("Moment__c <= NOW()", True),
    ("Day__c = NULL", False), ("OwnerId = $User.Id", True), ("IF(TRUE, Flag__c, FALSE)", True), ("NULL", False),
])  # fmt: skip
def test_claims(org: Org, formula: str, expected: bool) -> None:
    assert value(org, formula, type="boolean") == int(expected)


@pytest.mark.parametrize(("kind", "formula", "expected"), [
    ("date", "Day__c + 1", "2024-03-01"), ("date", "1 + Day__c", "2024-03-01"), ("date", "Day__c - 366", "2023-02-28"), ("date", "Day__c + 1.9", "2024-03-01"), ("date", "ADDMONTHS(Day__c, 12)", "2025-02-28"),
    ("date", "ADDMONTHS(DATE(2023, 1, 30), 1)", "2023-02-28"), ("date", "ADDMONTHS(DATE(2023, 2, 28), 1)", "2023-03-31"), ("date", "DATE(2023, 2, 29)", None), ("date", "DATEVALUE('2024-5-1')", "2024-05-01"),
    ("date", "DATEVALUE(Moment__c)", "2024-02-29"), ("date", "DATEVALUE('soon')", None), ("date", "TODAY()", "2026-01-15"), ("datetime", "NOW()", "2026-01-15T23:30:00.000+0000"), ("datetime", "Moment__c + 0.5", "2024-02-29T22:30:00.000+0000"),
    ("datetime", "DATETIMEVALUE('2024-05-01 10:00:00')", "2024-05-01T10:00:00.000+0000"), ("datetime", "DATETIMEVALUE(Day__c)", "2024-02-29T00:00:00.000+0000"), ("datetime", "FROMUNIXTIME(0)", "1970-01-01T00:00:00.000+0000"), ("datetime", "ADDMONTHS(Moment__c, 1)", "2024-03-31T10:30:00.000+0000"),
    ("time", "Hour__c + 1000", "10:30:01.000Z"), ("time", "Hour__c - 39600000", "23:30:00.000Z"), ("time", "TIMEVALUE(Moment__c)", "10:30:00.000Z"), ("time", "TIMEVALUE('25:00:00')", None), ("date", "DATE(3999, 12, 31) + 999999999", None),
])  # fmt: skip
def test_moments(org: Org, kind: str, formula: str, expected: str | None) -> None:
    assert value(org, formula, type=kind) == expected


def test_today_is_that_of_the_running_users_time_zone(org: Org) -> None:
    org.admin.update("User", org.admin_user_id, TimeZoneSidKey="Asia/Tokyo")
    try:
        assert value(org, "TODAY()", type="date") == "2026-01-16"
    finally:
        org.admin.update("User", org.admin_user_id, TimeZoneSidKey="GMT")


def test_an_empty_number_is_zero_only_where_the_formula_says_so(org: Org) -> None:
    blank = "BillingLatitude"
    assert value(org, f"{blank} + 1", **NUMBER) is None
    assert value(org, f"{blank} + 1", **NUMBER, blank_as_zero=True) == 1
    assert value(org, f"ISBLANK({blank})", type="boolean") == 1
    assert value(org, f"ISBLANK({blank})", type="boolean", blank_as_zero=True) == 0


def test_percents_are_fractions_inside_and_hundreds_outside(org: Org) -> None:
    assert value(org, "Rate__c * 2", type="percent", precision=18, scale=1) == 25.0
    assert value(org, "AnnualRevenue * Rate__c", type="currency", precision=18, scale=2) == 125.0


def test_a_result_is_rounded_half_up_as_decimals_are(org: Org) -> None:
    assert value(org, "5 * 2 + 1.005", type="currency", precision=18, scale=2) == 11.01
    assert value(org, "-5 * 2 - 1.005", type="currency", precision=18, scale=2) == -11.01


def test_ids_have_fifteen_characters_until_they_are_made_safe_for_case(org: Org) -> None:
    record_id = org.admin.rows("Account")[0]["Id"]
    assert value(org, "Id") == record_id[:15]
    assert value(org, "CASESAFEID(Id)") == record_id


def test_a_missing_parent_has_empty_fields(org: Org) -> None:
    assert value(org, 'Parent.Name & "."') == "."
    assert value(org, "Parent.AnnualRevenue + 1", **NUMBER, blank_as_zero=True) == 1
    assert value(org, "ISBLANK(Parent.Owner.Email)", type="boolean") == 1


def test_a_sum_may_have_hundreds_of_terms(org: Org) -> None:
    assert value(org, " + ".join(["1"] * 300), **NUMBER) == 300
    assert value(org, " - ".join(["100", *["NumberOfEmployees"] * 10]), **NUMBER) == 30
    assert value(org, "10 - 2 + 3 - (4 - 1) + 1", **NUMBER) == 9


def test_a_text_may_be_joined_of_hundreds_of_parts(org: Org) -> None:
    assert value(org, " & ".join(['"a"', "Phone"] * 100)) == "a" * 100
    assert value(org, '"a" + Phone + "b" & TEXT(Industry) & "c"') == "abEnergyc"
    assert value(org, " || ".join(["FALSE"] * 99 + ["TRUE"]), type="boolean") == 1


def test_an_if_may_go_on_in_its_last_place_as_long_as_a_formula_may_be(org: Org) -> None:
    ladder = "".join(f'IF(NumberOfEmployees = {n}, "n{n}", ' for n in range(100)) + '"more"' + ")" * 100
    assert value(org, ladder) == "n7"
    assert value(org, ladder.replace("= 7,", "= 700,")) == "more"


def test_twenty_substitutions_in_one_another_are_no_matter(org: Org) -> None:
    letters = "acmezrihbdfgjklnopqs"
    text = "LOWER(Name)"
    for letter in letters:
        text = f'SUBSTITUTE({text}, "{letter}", "")'
    assert value(org, text) == " ü"


def test_the_last_characters_and_the_first(org: Org) -> None:
    assert value(org, 'RIGHT("abc", 2) & RIGHT("abc", 9) & RIGHT("abc", 0) & RIGHT("abc", -1)') == "bcabc"
    assert value(org, 'BEGINS(Name, "Ac") && NOT(BEGINS(Name, "ac")) && BEGINS(Name, Phone)', type="boolean") == 1
    assert value(org, 'BLANKVALUE(Phone, BLANKVALUE(Website, "none"))') == "none"
