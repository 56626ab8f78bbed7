"""Operands (fields, date functions, aggregates) as SQL with a type."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.org.schema.model import TEXT_TYPES, Field
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, malformed
from sfchaos.org.soql.functions import AGGREGATES, aggregate, date_function, is_date_function
from sfchaos.org.soql.scope import Bound, Scope


@dataclass(frozen=True, slots=True)
class Typed:
    """`name` is how messages call it; `field` is None for functions."""

    sql: str
    type: str
    name: str
    at: int
    field: Field | None = None


def typed(scope: Scope, what: ast.Operand, *, use: str, aggregates: bool = False) -> Typed:
    """The operand as SQL. `use` is "filtered", "sorted", "grouped" or "": a field that cannot be so is refused."""
    if isinstance(what, ast.Path):
        return _field(scope, what, use)
    if is_date_function(what.name) and len(what.arguments) == 1:
        return _date_function(scope, what)
    if aggregates and what.name in AGGREGATES and len(what.arguments) == 1:
        return aggregated(scope, what)
    raise no_such_function(scope, what)


def no_such_function(scope: Scope, call: ast.Call) -> Exception:
    return malformed(scope.context.statement, call.at + len(call.name), "unexpected token: '('")


def _field(scope: Scope, path: ast.Path, use: str) -> Typed:
    bound = scope.bind(path)
    if not _is_possible(bound, use):  # text: wire reference 3.8 for "filtered"; K for the others
        raise invalid_field(scope.context.statement, path.at, f"field '{bound.field.name}' can not be {use} in a query call")
    return Typed(bound.sql, bound.field.type, bound.field.name, path.at, bound.field)


def _is_possible(bound: Bound, use: str) -> bool:
    f = bound.field
    if not use:
        return True
    return bool(bound.sql) and {"filtered": f.filterable, "sorted": f.sortable, "grouped": f.groupable}[use]


def _date_function(scope: Scope, call: ast.Call) -> Typed:
    path = _argument(scope, call)
    bound = scope.bind(path)
    made = date_function(call.name, bound.sql, bound.field.type)
    if made is None:  # text is a guess
        raise invalid_field(scope.context.statement, path.at, f"field {bound.field.name} does not support date function {call.name}")
    return Typed(made[0], made[1], bound.field.name, call.at)


def aggregated(scope: Scope, call: ast.Call) -> Typed:
    """An aggregate over one field, or over a date function of it."""
    argument = call.arguments[0]
    inner = typed(scope, argument, use="") if isinstance(argument, ast.Path | ast.Call) else None
    if inner is None or not inner.sql:
        raise no_such_function(scope, call)
    made = aggregate(call.name, inner.sql, inner.type)
    if made is None:  # text K
        raise invalid_field(scope.context.statement, inner.at, f"field {inner.name} does not support aggregate operator {call.name}")
    return Typed(made[0] + _collation(made[1], inner), made[1], inner.name, call.at)


def _collation(made_type: str, inner: Typed) -> str:
    """MIN and MAX of text forget how the column compares."""
    is_text = made_type in TEXT_TYPES and not (inner.field and inner.field.case_sensitive)
    return " COLLATE NOCASE" if is_text else ""


def _argument(scope: Scope, call: ast.Call) -> ast.Path:
    argument = call.arguments[0]
    if not isinstance(argument, ast.Path):
        raise no_such_function(scope, call)
    return argument
