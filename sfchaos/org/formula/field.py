"""A formula field as SQL in stored form, and the check of all formulas of a schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sfchaos.org.formula.compile import Compiler
from sfchaos.org.formula.errors import FormulaError
from sfchaos.org.formula.references import References
from sfchaos.org.formula.sql import BOOLEAN, MULTIPICKLIST, NULL, NUMBER, PICKLIST, TEXT, TYPE_OF, Sql
from sfchaos.org.formula.tree import parse
from sfchaos.org.schema.metadata import ValidationRule
from sfchaos.org.schema.model import NOT_COMPUTED, Field, Schema, SObject

_Stack = tuple[tuple[str, str], ...]
_ROOM = 12  # parentheses


def formula_sql(schema: Schema, sobject: SObject, field: Field, alias: str) -> str:
    """A formula field over a table alias (quoted where it must be), as an SQL expression in the stored form of the field's type.

    It stands for itself: parents are subselects. Raises FormulaError.
    """
    if field.formula == NOT_COMPUTED:
        return "NULL"
    return _compiled(References(schema, sobject, alias, _never), field, ())


def nested_in(references: References, stack: _Stack = ()) -> None:
    """Let formulas of `references` name formula fields, which share its counters and the list of columns used."""

    def nested(sobject: SObject, field: Field, alias: str) -> str:
        inner = References(references.schema, sobject, alias, _never, fresh=references.fresh)
        if alias == references.alias:
            inner.used = references.used
        return _compiled(inner, field, stack)

    references.nested = nested


def check_field(schema: Schema, sobject: SObject, field: Field) -> None:
    """Raises FormulaError when the field's formula is not one, gives another type than the field has, or is too big for SQLite."""
    check_size(field.formula_text, formula_sql(schema, sobject, field, "t0"))


def check_rule(schema: Schema, sobject: SObject, rule: ValidationRule) -> None:
    """Raises FormulaError when the rule's formula is not one, or not true or false."""
    from sfchaos.org.formula.row import condition_sql

    check_size(rule.formula, condition_sql(schema, sobject, rule.formula)[0])


def check_size(formula: str, sql: str) -> None:
    """Raises FormulaError for SQL that SQLite's parser does not take, with room for the parentheses of a query around it."""
    try:
        _scratch().execute(f"SELECT 1 FROM t WHERE {'(' * _ROOM}{sql}{')' * _ROOM}")
    except sqlite3.OperationalError as error:
        if any(word in str(error) for word in ("overflow", "too large", "too big", "too many")):
            raise FormulaError(formula, -1, "Compiled formula is too big to execute: its parts are nested too deep") from None


@lru_cache(maxsize=1)
def _scratch() -> sqlite3.Connection:
    """Where statements are only parsed: names are unknown here, which is told after the parsing."""
    return sqlite3.connect(":memory:", check_same_thread=False)


def check(formula: str, sobject: SObject, schema: Schema) -> str | None:
    """Why the org cannot compute a formula field or validation rule of the sObject, in one line; None when it can."""
    try:
        for field in sobject.fields:
            if field.formula_text == formula:
                check_field(schema, sobject, field)
                return None
        check_rule(schema, sobject, ValidationRule("", formula, ""))
    except FormulaError as error:
        return error.what
    return None


def check_schema(schema: Schema) -> None:
    """Every formula of the schema. Raises FormulaError that says which one is wrong."""
    for sobject in schema:
        for field in sobject.fields:
            if field.is_compiled:
                with _naming(f"formula of {sobject.name}.{field.name}"):
                    check_field(schema, sobject, field)
        for rule in sobject.validation_rules:
            with _naming(f"validation rule {sobject.name}.{rule.name}"):
                check_rule(schema, sobject, rule)


@contextmanager
def _naming(what: str) -> Iterator[None]:
    try:
        yield
    except FormulaError as error:
        raise FormulaError(error.formula, error.at, f"{what}: {error.what}", remedy=error.remedy) from None


def _never(sobject: SObject, field: Field, alias: str) -> str:
    raise AssertionError(f"{sobject.name}.{field.name} over {alias}: nested_in was not called")


def _compiled(references: References, field: Field, stack: _Stack) -> str:
    here = (references.sobject.name, field.name)
    if field.formula == NOT_COMPUTED:
        raise FormulaError(field.formula_text, -1, f"{field.name} is not computed")
    if here in stack:
        raise FormulaError(field.formula_text, -1, f"{field.name} refers to itself: {' -> '.join(name for _, name in (*stack, here))}")
    if field.summary is not None:
        from sfchaos.org.formula.summary import summary_sql

        return summary_sql(references, field, field.summary, lambda inner: nested_in(inner, (*stack, here)))
    references.blank_as_zero = field.blank_as_zero
    nested_in(references, (*stack, here))
    made = Compiler(field.formula_text, references).compile(parse(field.formula_text))
    return finished(field, made)


def finished(field: Field, made: Sql) -> str:
    """The value in stored form: empty text is null, numbers have the field's scale, percents are hundreds."""
    wanted = TYPE_OF.get(field.type, field.type)
    if made.type not in (wanted, NULL):
        hint = f"; write TEXT({made.field.name})" if made.type in (PICKLIST, MULTIPICKLIST) and made.field else ""
        raise FormulaError(
            field.formula_text, -1, f"Formula result is data type ({made.type}), incompatible with expected data type ({wanted}){hint}."
        )  # U
    if wanted == TEXT:
        return f"NULLIF({made.text}, '')"
    if wanted == BOOLEAN:
        return f"COALESCE({made.text}, 0)"
    if wanted == NUMBER:
        value = f"({made.text} * 100)" if field.type == "percent" else made.text
        return f"sf_round({value}, {field.scale})" if field.precision else value
    return made.text
