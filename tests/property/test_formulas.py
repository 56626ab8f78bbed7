"""Formulas of chance: arithmetic agrees with Python's, and what the compiler takes the store can run."""

from __future__ import annotations

import math
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sfchaos.org.formula import FormulaError, check, formula_sql
from sfchaos.org.formula.library import functions
from sfchaos.org.org import Org
from sfchaos.org.rows.values import coercer
from sfchaos.org.schema.model import Field
from sfchaos.org.store import quoted

ORG = Org()
ACCOUNT = ORG.schema.objects["account"]
ORG.admin.create("Account", Name="Acme", AnnualRevenue=1e12, Industry="Energy")

numbers = st.integers(0, 1000).map(str)
leaves = st.one_of(
    numbers, st.sampled_from(["0", "1", "-1", "2.5", "1e", "99999999999999999999", "NULL", "TRUE", "''", "'a'", "'2024-02-29'", "'é'", "Name", "Phone", "AnnualRevenue", "Industry", "CreatedDate",
                              "Owner.Name", "ParentId", "Parent.Name", "TODAY()", "NOW()", "TIMENOW()", "PI()"]),
)  # fmt: skip
operators = st.sampled_from(["+", "-", "*", "/", "^", "&", "&&", "||", "=", "<>", "<", ">="])
wild = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(functions())), st.lists(inner, max_size=4)).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
        st.tuples(inner, operators, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    ),
    max_leaves=8,
)

# n number, t text, b boolean, d date, m date/time, h time: what a well-typed formula of each kind may look like
SHAPES = {
    "n": ["{n} + {n}", "{n} / {n}", "{n} ^ {n}", "{d} - {d}", "{m} - {m}", "{h} - {h}", "LEN({t})", "VALUE({t})", "ROUND({n}, {n})", "TRUNC({n}, {n})", "MOD({n}, {n})", "CEILING({n})", "SQRT({n})", "EXP({n})",
          "LOG({n})", "ABS({n})", "MAX({n}, {n})", "FIND({t}, {t}, {n})", "YEAR({d})", "WEEKDAY({d})", "HOUR({h})", "IF({b}, {n}, {n})", "CASE({t}, {t}, {n}, {n})", "UNIXTIMESTAMP({m})", "BLANKVALUE({n}, {n})"],
    "t": ["{t} & {t}", "TEXT({n})", "TEXT({d})", "TEXT({m})", "TEXT(Industry)", "LEFT({t}, {n})", "RIGHT({t}, {n})", "MID({t}, {n}, {n})", "LPAD({t}, {n}, {t})", "UPPER({t})", "SUBSTITUTE({t}, {t}, {t})", "CHR({n})",
          "IF({b}, {t}, {t})", "INITCAP({t})", "CASESAFEID({t})", "HYPERLINK({t}, {t})", "IMAGE({t}, {t}, {n}, {n})", "HTMLENCODE({t})"],
    "b": ["{n} = {n}", "{n} < {n}", "{t} <> {t}", "{d} >= {d}", "{m} < {m}", "AND({b}, {b})", "{b} || {b}", "NOT({b})", "ISBLANK({t})", "ISBLANK({n})", "CONTAINS({t}, {t})", "BEGINS({t}, {t})", "REGEX({t}, {t})", "ISNUMBER({t})"],
    "d": ["{d} + {n}", "{d} - {n}", "DATE({n}, {n}, {n})", "DATEVALUE({t})", "DATEVALUE({m})", "ADDMONTHS({d}, {n})", "IF({b}, {d}, {d})"],
    "m": ["{m} + {n}", "{m} - {n}", "DATETIMEVALUE({t})", "DATETIMEVALUE({d})", "FROMUNIXTIME({n})", "ADDMONTHS({m}, {n})"],
    "h": ["{h} + {n}", "TIMEVALUE({t})", "TIMEVALUE({m})"],
}  # fmt: skip
LEAVES = {
    "n": ["0", "1", "-3", "2.5", "99999999999999999999", "AnnualRevenue", "NumberOfEmployees", "Parent.AnnualRevenue"], "b": ["TRUE", "FALSE", "IsDeleted"], "d": ["TODAY()", "DATE(2024, 2, 29)"],
    "t": ["''", "'a'", "'2024-02-29'", "'1e9'", "'é.'", "Name", "Phone", "Owner.Name", "Id", "$User.Username"], "m": ["NOW()", "CreatedDate"], "h": ["TIMENOW()", "TIMEVALUE('23:59:59')"],
}  # fmt: skip
OF_KIND = {"n": "double", "t": "string", "b": "boolean", "d": "date", "m": "datetime", "h": "time"}


@st.composite
def typed(draw: st.DrawFn, kind: str, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(LEAVES[kind]))
    shape = draw(st.sampled_from(SHAPES[kind]))
    parts = re.split(r"\{(\w)\}", shape)
    return "(" + "".join(draw(typed(part, depth - 1)) if i % 2 else part for i, part in enumerate(parts)) + ")"


def evaluated(formula: str, kind: str) -> Any:
    f = Field("F__c", kind, "F", formula_text=formula, calculated=True, precision=18 if kind == "double" else 0, scale=6)
    found = ORG.store.one(f"SELECT {formula_sql(ORG.schema, ACCOUNT, f, quoted('Account'))} FROM Account")
    assert found is not None
    return found[0]


@given(wild)
def test_what_the_compiler_takes_the_store_can_run(formula: str) -> None:
    for kind in OF_KIND.values():
        try:
            value = evaluated(formula, kind)
        except FormulaError:
            continue
        assert value is None or isinstance(value, str | float | int)


@given(st.sampled_from(sorted(OF_KIND)).flatmap(lambda kind: st.tuples(st.just(kind), typed(kind))))
def test_a_well_typed_formula_has_a_value_of_its_type(drawn: tuple[str, str]) -> None:
    kind, formula = drawn
    value = evaluated(formula, OF_KIND[kind])
    if kind == "b":
        assert value in (0, 1)
    else:
        assert value is None or isinstance(value, float | int if kind == "n" else str)
    if kind in "dmh" and value is not None:
        assert value == coercer(Field("F__c", OF_KIND[kind]))(value)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused_in_words(text: str) -> None:
    assert check(text, ACCOUNT, ORG.schema) is None or check(text, ACCOUNT, ORG.schema)


arithmetic = st.recursive(
    numbers, lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"), max_leaves=6
)


@given(arithmetic)
def test_arithmetic_is_pythons(formula: str) -> None:
    expected = float(eval(formula))
    assert math.isclose(evaluated(formula, "double"), expected, rel_tol=1e-12, abs_tol=1e-6)


@given(arithmetic, arithmetic)
def test_comparisons_are_pythons(left: str, right: str) -> None:
    for formula_sign, sign in (("=", "=="), ("<", "<"), (">=", ">="), ("<>", "!=")):
        assert evaluated(f"{left} {formula_sign} {right}", "boolean") == int(eval(f"{left} {sign} {right}"))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=20))
def test_a_text_comes_back_from_its_literal(text: str) -> None:
    literal = text.replace("\\", "\\\\").replace('"', '\\"')
    assert (evaluated(f'"{literal}"', "string") or "") == text.replace("\0", "")
