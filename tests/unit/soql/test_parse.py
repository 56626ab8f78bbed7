"""What the grammar takes, and the words it refuses the rest with."""

from __future__ import annotations

import pytest

from sfchaos.org.refusals import Refused
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import block
from sfchaos.org.soql.parse import parse


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        parse(text)
    (first,) = caught.value.refusals
    return first.code, first.message


def test_a_query_becomes_a_tree():
    query = parse("select Id, Owner.Name from Account where Name = 'Acme' order by Name desc nulls last limit 5 offset 2 for view")

    assert query == ast.Query(
        items=(ast.Item(ast.Path(("Id",))), ast.Item(ast.Path(("Owner", "Name")))),
        sources=(ast.Source(ast.Path(("Account",))),),
        where=ast.Comparison(ast.Path(("Name",)), "=", ast.Text("Acme", "Acme")),
        order=(ast.Sort(ast.Path(("Name",)), descending=True, nulls_last=True),),
        limit=5,
        offset=2,
        uses=("VIEW",),
    )


@pytest.mark.parametrize("name", ["Order", "Group", "order", "Limit__c"])
def test_keywords_are_good_names_of_objects(name):
    assert parse(f"SELECT Id FROM {name} ORDER BY Id").sources[0].path.text == name


def test_not_binds_tighter_than_and():
    where = parse("SELECT Id FROM A WHERE NOT a = 1 AND b = 2").where
    assert isinstance(where, ast.All)
    assert isinstance(where.terms[0], ast.Not)


def test_escapes_in_text_are_undone():
    where = parse(r"SELECT Id FROM A WHERE a = 'O\'Neil \\ \n\u00e9'").where
    assert isinstance(where, ast.Comparison)
    assert where.value.value == "O'Neil \\ \né"


def test_values_are_told_apart():
    where = parse("SELECT Id FROM A WHERE a IN ('x', 1.5, -2, true, null, 2024-05-01, 2024-05-01T10:00:00Z, TODAY, last_n_days:3)").where
    assert isinstance(where, ast.Comparison)
    assert where.value == (
        ast.Text("x", "x"), ast.Number("1.5"), ast.Number("-2"), ast.Flag(True), ast.Null(), ast.Date("2024-05-01"),
        ast.Datetime("2024-05-01T10:00:00Z"), ast.DateWord("TODAY"), ast.DateWord("LAST_N_DAYS", 3),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("SELECT Id FORM Account", 11, "'FORM'"),
        ("SELECT Id, FROM Account", 12, "'FROM'"),
        ("SELECT Id FROM", 15, "<EOF>"),
        ("SELECT Id FROM Account WHERE Name IS NULL", 35, "'IS'"),
        ("SELECT Id FROM Account WHERE a = 1 AND b = 2 OR c = 3", 46, "'OR'"),
        ("SELECT Id FROM Account WHERE Name = test", 37, "'test'"),
        ("SELECT Id FROM Account LIMIT -1", 30, "'-1'"),
        ("UPDATE Account", 1, "'UPDATE'"),
    ],
)
def test_the_word_at_fault_is_named_with_its_place(text, column, word):
    code, message = refusal(text)
    lines = message.split("\n")

    assert code == "MALFORMED_QUERY"
    assert lines[0] == ""
    assert lines[3:] == [f"ERROR at Row:1:Column:{column}", f"unexpected token: {word}"]


def test_the_block_has_a_caret_under_the_fault():
    _, message = refusal("SELECT Id FORM Account")
    assert message == "\nSELECT Id FORM Account\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FORM'"


def test_the_window_reaches_thirty_characters_and_to_the_end_of_a_word():
    statement = "SELECT Account.Id, Account.Phone, Account.Rating, Account.RecordTypeId, Account.ShippingCity, Account.X FROM Contact"
    at = statement.index("Account.RecordTypeId")
    assert block(statement, at, "no").split("\n")[1] == "Account.Phone, Account.Rating, Account.RecordTypeId, Account.ShippingCity"


def test_rows_and_columns_are_counted_from_one():
    assert block("SELECT Id\nFROM X", 15, "no") == "\nFROM X\n     ^\nERROR at Row:2:Column:6\nno"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM Account", "\nSELECT * FROM Account\n      ^\nERROR at Row:1:Column:7\nunexpected token: '*'"),
        ("SELECT Id FROM Account WHERE Name = 'abc", "\nId FROM Account WHERE Name = 'abc\n                                ^\nERROR at Row:1:Column:40\n"
         "line 1:40 mismatched character '<EOF>' expecting '''"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2024-05-01T10:00:00 01:00",
         "\nCreatedDate > 2024-05-01T10:00:00 01:00\n                                ^\nERROR at Row:1:Column:62\n"
         "line 1:62 no viable alternative at character ' '"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2024-05-01T10:00:00",
         "\nCreatedDate > 2024-05-01T10:00:00\n                                ^\nERROR at Row:1:Column:62\n"
         "line 1:62 no viable alternative at character '<EOF>'"),
    ],
)  # fmt: skip
def test_the_lexer_counts_columns_from_zero_and_its_block_too(text, message):
    assert refusal(text) == ("MALFORMED_QUERY", message)


def test_no_statement_at_all_has_no_block():
    assert refusal("   ") == ("MALFORMED_QUERY", "SOQL statements cannot be empty or null")


def test_bind_variables_are_apex():
    assert refusal("SELECT Id FROM Account WHERE Name = :x")[1].endswith("\nBind variables only allowed in Apex code")


def test_a_backslash_before_anything_is_refused():
    assert r"sequence '\q'" in refusal(r"SELECT Id FROM Account WHERE Name = 'a\q'")[1]


def test_a_statement_can_be_too_long():
    assert refusal("SELECT Id FROM Account WHERE Name = '" + "x" * 100_000 + "'")[0] == "MALFORMED_QUERY"


def test_deep_nesting_is_refused_not_crashed_on():
    text = "SELECT Id FROM Account WHERE " + "(" * 3000 + "Name = 'x'" + ")" * 3000
    parsed_or_refused = None
    try:
        parsed_or_refused = parse(text)
    except Refused as refused:
        parsed_or_refused = refused.refusals[0].code
    assert parsed_or_refused is not None
