"""Operands (fields, functions, aggregates) as SQL with a type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfchaos.org.schema.model import TEXT_TYPES, Field
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, malformed
from sfchaos.org.soql.functions import AGGREGATES, aggregate, date_function, is_date_function
from sfchaos.org.soql.geo import distance_sql
from sfchaos.org.soql.labels import label_sql
from sfchaos.org.soql.money import code_sql, converted, corporate, is_multi, times_rate
from sfchaos.org.soql.scope import Bound, Scope
from sfchaos.org.soql.styles import Style

_ADDRESS = "Address fields can only be filtered using Distance expressions"
_UNORDERED = ("base64", "encryptedstring", "multipicklist")  # neither sorted nor grouped (wire reference 9.5, D)
_ADDING = ("SUM", "AVG", "MIN", "MAX")
_FORMATTED = ("date", "datetime", "time", "currency", "percent", "double", "int", "long")


@dataclass(frozen=True, slots=True)
class Typed:
    """`name` is how messages call it; `field` is None for functions. `base` is the SQL of the field that a grouped value comes
    from, `key` what a record calls it without an alias ("" where it is expr0). A `style` makes text of the value."""

    sql: str
    type: str
    name: str
    at: int
    field: Field | None = None
    base: str = ""
    key: str = ""
    style: Style | None = None
    code: str | None = None  # SQL of the row's currency, for amounts where there are several
    bound: Bound | None = None
    is_corporate: bool = False  # an aggregate of amounts in several currencies


def typed(scope: Scope, what: ast.Operand, *, use: str, aggregates: bool = False) -> Typed:
    """The operand as SQL. `use` is "filtered", "sorted", "grouped" or "": a field that cannot be so is refused."""
    if isinstance(what, ast.Path):
        return _field(scope, what, use)
    if is_date_function(what.name) and len(what.arguments) == 1:
        return _date_function(scope, what)
    if aggregates and what.name in AGGREGATES and len(what.arguments) == 1:
        return aggregated(scope, what)
    if what.name == "DISTANCE" and use != "grouped":
        return Typed(distance_sql(scope, what), "double", "DISTANCE", what.at)
    if what.name == "TOLABEL" and use != "sorted" and len(what.arguments) == 1:
        return _label(scope, what, use)
    raise no_such_function(scope, what)


def selected(scope: Scope, call: ast.Call, *, aggregates: bool = False) -> Typed:
    """A function that stands in the select list. FORMAT and convertCurrency stand nowhere else."""
    if call.name in ("FORMAT", "CONVERTCURRENCY") and len(call.arguments) == 1:
        argument = call.arguments[0]
        if isinstance(argument, ast.Path):
            inner = typed(scope, argument, use="")
        elif isinstance(argument, ast.Call) and argument.name != "FORMAT":
            inner = selected(scope, argument, aggregates=aggregates)
        else:
            raise no_such_function(scope, call)
        return _formatted(scope, call, inner) if call.name == "FORMAT" else _converted(scope, call, inner)
    return typed(scope, call, use="", aggregates=aggregates)


def no_such_function(scope: Scope, call: ast.Call) -> Exception:
    return malformed(scope.context.statement, call.at + len(call.name), "unexpected token: '('")


def _field(scope: Scope, path: ast.Path, use: str) -> Typed:
    bound = scope.bind(path)
    if not _is_possible(bound, use):
        raise _impossible(scope, bound, path, use)
    f = bound.field
    code = code_sql(bound) if f.type == "currency" and is_multi(scope.context) else None
    return Typed(bound.sql, f.type, f.name, path.at, f, bound.sql, f.name, code=code, bound=bound)


def _impossible(scope: Scope, bound: Bound, path: ast.Path, use: str) -> Exception:
    """Text and code of "filtered": wire reference 3.8; of the other two, and of addresses: U, each seen more than once."""
    if use == "filtered":
        words = f"field '{bound.field.name}' can not be filtered in a query call"
        return invalid_field(scope.context.statement, path.at, _ADDRESS if bound.field.type == "address" else words)
    return malformed(scope.context.statement, path.at, f"field '{bound.field.name}' can not be {use} in a query call")


def _is_possible(bound: Bound, use: str) -> bool:
    f = bound.field
    if not use:
        return True
    if use != "filtered" and f.type in _UNORDERED:
        return False
    return bool(bound.sql) and {"filtered": f.filterable, "sorted": f.sortable, "grouped": f.groupable}[use]


def _label(scope: Scope, call: ast.Call, use: str) -> Typed:
    path = _argument(scope, call)
    found = _field(scope, path, use)
    assert found.bound is not None
    return replace(found, sql=label_sql(found.bound), type="string" if found.type == "picklist" else found.type)


def _date_function(scope: Scope, call: ast.Call) -> Typed:
    argument = call.arguments[0]
    is_local = isinstance(argument, ast.Call) and argument.name == "CONVERTTIMEZONE" and len(argument.arguments) == 1
    path = _argument(scope, argument if is_local else call)  # type: ignore[arg-type]  # a Call in both cases
    bound = scope.bind(path)
    sql = f"SF_LOCAL({bound.sql}, '{scope.context.settings.zone}')" if is_local else bound.sql
    made = date_function(call.name, sql, bound.field.type) if bound.field.type == "datetime" or not is_local else None
    if made is None:  # text is a guess
        raise invalid_field(scope.context.statement, path.at, f"field {bound.field.name} does not support date function {call.name}")
    return Typed(made[0], made[1], bound.field.name, call.at)


def aggregated(scope: Scope, call: ast.Call) -> Typed:
    """An aggregate over one field, or over a date function of it."""
    argument = call.arguments[0]
    inner = typed(scope, argument, use="") if isinstance(argument, ast.Path | ast.Call) else None
    if inner is None or not inner.sql:
        raise no_such_function(scope, call)
    is_long = inner.field is not None and inner.type == "textarea" and not inner.field.filterable
    added = inner.sql
    if inner.code and inner.bound is not None and call.name in _ADDING:  # amounts of several currencies (D, as aggregates of the reference say)
        added = corporate(inner.bound, inner.code)
    made = None if is_long else aggregate(call.name, added, inner.type)
    if made is None:  # code and text U
        raise malformed(scope.context.statement, inner.at, f"field {inner.name} does not support aggregate operator {call.name}")
    return Typed(made[0] + _collation(made[1], inner), made[1], inner.name, call.at, base=inner.base, bound=inner.bound, is_corporate=added != inner.sql)


def _collation(made_type: str, inner: Typed) -> str:
    """MIN and MAX of text forget how the column compares."""
    is_text = made_type in TEXT_TYPES and not (inner.field and inner.field.case_sensitive)
    return " COLLATE NOCASE" if is_text else ""


def _formatted(scope: Scope, call: ast.Call, inner: Typed) -> Typed:
    if inner.type not in _FORMATTED:  # text is a guess
        raise invalid_field(scope.context.statement, inner.at, f"field '{inner.name}' can not be formatted")
    source = inner.field or (inner.bound.field if inner.bound else None)
    scale = source.scale if source is not None and inner.type not in ("int", "long") else 0
    style = Style(inner.type, scale, scope.context.settings, inner.code if inner.code and len(inner.code) == 3 else "")
    return replace(inner, style=style, at=call.at)


def _converted(scope: Scope, call: ast.Call, inner: Typed) -> Typed:
    if inner.type != "currency" or inner.bound is None:  # text is a guess
        raise invalid_field(scope.context.statement, inner.at, f"field '{inner.name}' is not a currency field")
    code = scope.context.settings.currency
    if inner.is_corporate:
        return replace(inner, sql=times_rate(inner.sql, code), code=code, at=call.at)
    if inner.field is None or inner.code is None:
        return inner  # one currency
    return replace(inner, sql=converted(scope.context, inner.bound, code), code=code, at=call.at)


def _argument(scope: Scope, call: ast.Call) -> ast.Path:
    argument = call.arguments[0]
    if not isinstance(argument, ast.Path):
        raise no_such_function(scope, call)
    return argument
