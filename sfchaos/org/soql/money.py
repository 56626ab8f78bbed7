"""Amounts in several currencies: convertCurrency() and literals like `USD5000`. Source: SOQL reference, "convertCurrency()" (D).

An org has several currencies when its schema has CurrencyType, and the row's object CurrencyIsoCode. `ConversionRate` says how
much of a currency one unit of the corporate currency is. With one currency amounts stay as they are.
"""

from __future__ import annotations

from sfchaos.org.soql.scope import Bound, Context
from sfchaos.org.store import quoted


def is_multi(context: Context) -> bool:
    return context.schema.find("CurrencyType") is not None


def code_sql(bound: Bound) -> str | None:
    """The column with the currency of the row; None where rows have none."""
    table = bound.node.tables[0]
    found = table.sobject.find("CurrencyIsoCode")
    return table.column(found.name) if found is not None and found.has_column else None


def converted(context: Context, bound: Bound, code: str) -> str:
    """The amount of a field in the currency of a code."""
    own = code_sql(bound)
    if own is None or not is_multi(context):
        return bound.sql
    return f"({bound.sql} * {_rate(_literal(code))} / {_rate(own)})"


def corporate(bound: Bound, own: str) -> str:
    """The amount of a field in the corporate currency, whose rate is 1; `own` is the SQL of the row's currency."""
    return f"({bound.sql} / {_rate(own)})"


def times_rate(sql: str, code: str) -> str:
    """An amount in the corporate currency, in the currency of a code."""
    return f"({sql} * {_rate(_literal(code))})"


def _rate(code: str) -> str:
    return f"COALESCE((SELECT c.ConversionRate FROM {quoted('CurrencyType')} c WHERE c.IsoCode = {code}), 1.0)"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
