"""Literals of a filter made into SQL parameters, checked against the field's type. Texts K unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import Refused
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, malformed, refused_at
from sfchaos.org.soql.literals import stored_date, stored_datetime, stored_time
from sfchaos.org.soql.parameters import Constant, Parameter, Quoted, Reshape

_NUMBERS = ("int", "long", "double", "currency", "percent")
_CRITERION = {"datetime": "dateTime", "currency": "double", "percent": "double", "id": "string", "reference": "string", "long": "long"}


def parameter_of(literal: ast.Literal, field_name: str, field_type: str, statement: str, at: int) -> Parameter:
    """The parameter of a literal that is neither null nor a date literal. Raises Refused when the type does not fit."""
    match literal:
        case ast.Text():
            if field_type in ("id", "reference"):
                return _id_parameter(literal, statement, at)
            if not _takes_text(field_type):
                raise _wrong_type(field_name, field_type, statement, at)
            return Quoted(literal.at, _text)
        case ast.Flag() if field_type == "boolean":
            return Constant(int(literal.value))
        case ast.Number() if field_type in _NUMBERS:
            return Constant(_number(literal.text))
        case ast.Date() if field_type == "date":
            return Constant(_checked(stored_date, literal, statement))
        case ast.Datetime() if field_type == "datetime":
            return Constant(_checked(stored_datetime, literal, statement))
        case ast.Time() if field_type == "time":
            return Constant(_checked(stored_time, literal, statement))
    raise _wrong_type(field_name, field_type, statement, at)


def _takes_text(field_type: str) -> bool:
    return field_type not in (*_NUMBERS, "boolean", "date", "datetime", "time")


def _wrong_type(name: str, field_type: str, statement: str, at: int) -> Refused:
    quotes = "should be enclosed in quotes" if _takes_text(field_type) else "should not be enclosed in quotes"
    wanted = "string" if _takes_text(field_type) else _CRITERION.get(field_type, field_type)
    return invalid_field(statement, at, f"value of filter criterion for field '{name}' must be of type {wanted} and {quotes}")


def _text(literal: ast.Text) -> str:
    if not literal.value:
        raise Reshape
    return literal.value


def _id_parameter(literal: ast.Text, statement: str, at: int) -> Quoted:
    """15 and 18 characters are the same id. Code and text for anything else: wire reference 3.8 (R)."""
    if literal.value and not is_id(literal.value):
        raise refused_at("INVALID_QUERY_FILTER_OPERATOR", statement, at, f"invalid ID field: {literal.value}")
    return Quoted(literal.at, _id)


def _id(literal: ast.Text) -> str:
    if not is_id(literal.value):
        raise Reshape
    return to_18(literal.value)


def _number(text: str) -> int | float:
    try:
        number = int(text)
    except ValueError:
        return float(text)
    return number if -(2**63) <= number < 2**63 else float(text)


def _checked(convert: Callable[[str], str], literal: ast.Date | ast.Datetime | ast.Time, statement: str) -> Any:
    try:
        return convert(literal.text)
    except (ValueError, OverflowError):
        kind = "datetime" if isinstance(literal, ast.Datetime) else "time" if isinstance(literal, ast.Time) else "date"
        # text of a datetime: release notes of Summer '24 (D); the other two follow it
        raise malformed(statement, literal.at, f"Invalid {kind}: {literal.text}") from None
