"""A formula that cannot be taken says where, why, and what could stand there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.org.formula import FormulaError, check, check_schema, formula_sql
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.metadata import ValidationRule
from sfchaos.org.schema.model import NOT_COMPUTED, Field, Schema


def with_formula(text: str, kind: str = "string", name: str = "F__c", formula: str = "", schema: Schema | None = None) -> Schema:
    schema = schema or standard_schema()
    made = Field(name, kind, name, formula_text=text, calculated=True, createable=False, updateable=False, custom=True, formula=formula)
    return schema.with_object(schema.objects["account"].with_field(made))


@pytest.mark.parametrize(("text", "kind", "words", "at"), [
    ("Name &", "string", "syntax error: the formula ends too early", 6),
    ("Name ) 1", "string", "syntax error: unexpected ')'", 5),
    ("Name ~ 1", "string", "syntax error: unexpected '~'", 5),
    ("", "string", "the formula is empty", -1),
    ("UPPR(Name)", "string", "unknown function 'UPPR' (did you mean 'UPPER'?)", 0),
    ("1 + Anual", "double", "unknown field of Account 'Anual'", 4),
    ("Ownr.Name", "string", "unknown relationship of Account 'Ownr' (did you mean 'Owner'?)", 0),
    ("$Usr.Name", "string", "unknown global '$Usr' (did you mean '$User' or '$UserRole'?)", 0),
    ("1 + Name", "double", "Incorrect parameter type for operator '+'. Expected Number, received Text", 4),
    ("LEN(1)", "double", "Incorrect parameter type for function 'LEN()'. Expected Text, received Number", 4),
    ("LEN()", "double", "Incorrect number of parameters for function 'LEN()'. Expected 1, received 0", 0),
    ("IF(TRUE, 1)", "double", "Incorrect number of parameters for function 'IF()'. Expected 3, received 2", 0),
    ("Industry & 'x'", "string", "Field Industry is a picklist field. Picklist fields are only supported in certain functions.", 0),
    ("IF(TRUE, 1, 'a')", "string", "Incorrect parameter type for function 'IF()'. Expected Number, received Text", 12),
    ("Name", "double", "Formula result is data type (Text), incompatible with expected data type (Number).", -1),
    ("BillingAddress", "string", "Field BillingAddress may not be used in this type of formula", 0),
    ("ISNEW()", "boolean", "Function ISNEW may not be used in this type of formula", 0),
    ("REGEX(Name, '[')", "boolean", "REGEX: '[' is no regular expression", 12),
])  # fmt: skip
def test_what_is_wrong_and_where(text: str, kind: str, words: str, at: int) -> None:
    schema = with_formula(text or " ", kind)
    account = schema.objects["account"]
    with pytest.raises(FormulaError) as caught:
        formula_sql(schema, account, account.by_key["f__c"], "t0")
    assert caught.value.what.startswith(words)
    assert caught.value.at == at


def test_the_error_draws_a_caret_under_the_word() -> None:
    schema = with_formula("1 +\n  Anual", "double")
    with pytest.raises(UsageError) as caught:
        check_schema(schema)
    lines = str(caught.value).splitlines()
    assert lines[0] == "formula of Account.F__c: unknown field of Account 'Anual' at position 7"
    assert lines[1:3] == ["    Anual", "    ^"]


def test_a_formula_that_names_itself_is_refused() -> None:
    schema = with_formula("B__c & 'x'", name="A__c", schema=with_formula("A__c & 'y'", name="B__c"))
    assert check("B__c & 'x'", schema.objects["account"], schema) == "A__c refers to itself: A__c -> B__c -> A__c"


def test_an_org_with_a_wrong_rule_does_not_start() -> None:
    schema = standard_schema()
    account = replace(schema.objects["account"], validation_rules=(ValidationRule("Short", "LEN(Name)", "too short"),))
    with pytest.raises(FormulaError, match=r"validation rule Account\.Short: Formula result is data type \(Number\)"):
        Org(schema=schema.with_object(account))


def test_a_formula_that_is_marked_as_not_computed_shows_null() -> None:
    org = Org(schema=with_formula("VLOOKUP(a, b, c)", formula=NOT_COMPUTED))
    org.admin.create("Account", Name="Acme")
    assert org.admin.query("SELECT F__c FROM Account") == [{"F__c": None}]


def test_check_answers_in_one_line_for_fields_and_rules() -> None:
    schema = with_formula("LEN(Name)", "double")
    account = schema.objects["account"]
    assert check("LEN(Name)", account, schema) is None
    assert check("ISNEW() && ISBLANK(Phone)", account, schema) is None
    assert check("VLOOKUP(Name)", account, schema) == "unknown function 'VLOOKUP'"


@pytest.mark.parametrize(("text", "kind"), [
    ("NOT(" * 400 + "TRUE" + ")" * 400, "boolean"), ("ABS(" * 50 + "1" + ")" * 50, "double"), ("IF(TRUE, " * 30 + "1" + ", 2)" * 30, "double"),
    ("CASE(" * 40 + "1" + ", 1, 2, 3, 4, 5, 6, 7)" * 40, "double"),
])  # fmt: skip
def test_a_formula_too_deep_for_the_store_is_refused_when_it_is_read(text: str, kind: str) -> None:
    schema = with_formula(text, kind)
    with pytest.raises(FormulaError, match=r"nested too deep|too big to execute"):
        check_schema(schema)


def test_a_deep_rule_is_refused_as_a_deep_field_is() -> None:
    assert "nested too deep" in str(check("NOT(" * 50 + "ISNEW()" + ")" * 50, standard_schema().objects["account"], standard_schema()))
