"""A roll-up summary field as a correlated subselect over its details. Rows in the recycle bin do not count.

Without details a count and a sum are 0, a least and a greatest value are empty (K). Rows are taken whoever asks, as roll-ups ignore
sharing (D). Sources: Salesforce Help, "Roll-Up Summary Field"; Metadata API Developer Guide, "CustomField", FilterOperation (D).
"""

from __future__ import annotations

import csv
from collections.abc import Callable

from sfchaos.org.formula.errors import FormulaError
from sfchaos.org.formula.references import References
from sfchaos.org.formula.sql import quote_text
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.schema.metadata import Summary, SummaryFilter
from sfchaos.org.schema.model import NUMBER_TYPES, Field, SObject
from sfchaos.org.store import quoted

_NUMBERS = (*NUMBER_TYPES, "int", "long")
SUMMED = {"sum": _NUMBERS, "min": (*_NUMBERS, "date", "datetime"), "max": (*_NUMBERS, "date", "datetime")}  # operation -> types (Help, D)
_COMPARED = {"lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=", "greaterOrEqual": ">="}
_MATCHED = {"contains": "%{}%", "notContain": "%{}%", "startsWith": "{}%"}
_LISTED = ("includes", "excludes")


def summary_sql(references: References, field: Field, summary: Summary, nest: Callable[[References], None]) -> str:
    """The value in stored form. `nest` lets the details' own formulas share the counters. Raises FormulaError."""
    child = references.schema.find(summary.sobject)
    if child is None:
        raise _wrong(f"{field.name} rolls up {summary.sobject}, which this org lacks")
    references.fresh[0] += 1
    details = References(references.schema, child, f"fx{references.fresh[0]}", references.nested, fresh=references.fresh)
    nest(details)
    where = [f"{details.column(details.alias, _found(child, summary.foreign_key).name)} = {references.column(references.alias, 'Id')}"]
    if child.find("IsDeleted") is not None:
        where.append(f"{details.alias}.IsDeleted = 0")
    where += [_condition(details, one) for one in summary.filters]
    return f"(SELECT {_value(details, field, summary)} FROM {quoted(child.name)} {details.alias} WHERE {' AND '.join(where)})"


def _value(details: References, field: Field, summary: Summary) -> str:
    if summary.operation == "count":
        return "COUNT(*)"
    found = _found(details.sobject, summary.field)
    if found.type not in SUMMED[summary.operation]:
        raise _wrong(f"{summary.operation} of {details.sobject.name}.{found.name}: its type {found.type} is not one of {', '.join(SUMMED[summary.operation])}")
    raw = f"{summary.operation.upper()}({details.stored(found)})"
    raw = f"COALESCE({raw}, 0)" if summary.operation == "sum" else raw
    return f"sf_round({raw}, {field.scale})" if field.type in NUMBER_TYPES else raw


def _found(sobject: SObject, name: str) -> Field:
    found = sobject.find(name)
    if found is None:
        raise _wrong(f"{sobject.name} has no field {name}")
    return found


def _wrong(what: str) -> FormulaError:
    return FormulaError("", -1, what)


def _condition(details: References, one: SummaryFilter) -> str:
    """A filter that is never null."""
    found = _found(details.sobject, one.field)
    raw = details.stored(found)
    if one.operation in ("equals", "notEqual"):
        fits = " OR ".join(f"{raw} IS NULL" if value is None else f"{raw} = {value}" for value in _values(found, one.value))
        return f"COALESCE({fits}, 0)" if one.operation == "equals" else f"NOT COALESCE({fits}, 0)"
    if one.operation in _COMPARED:
        value = _literal(found, one.value)
        return f"COALESCE({raw} {_COMPARED[one.operation]} {value}, 0)" if value is not None else "0"
    if one.operation in _MATCHED and found.is_text:
        fits = " OR ".join(_like(raw, _MATCHED[one.operation], word) for word in _split(one.value))
        return f"NOT COALESCE({fits}, 0)" if one.operation == "notContain" else f"COALESCE({fits}, 0)"
    if one.operation in _LISTED and found.type == "multipicklist":
        fits = " OR ".join(_like(f"';' || {raw} || ';'", "%;{};%", word) for word in _split(one.value.replace(";", ",")))
        return f"NOT COALESCE({fits}, 0)" if one.operation == "excludes" else f"COALESCE({fits}, 0)"
    raise _wrong(f"a filter of {details.sobject.name}.{found.name} ({found.type}) by {one.operation!r} is not known")


def _like(raw: str, pattern: str, word: str) -> str:
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{raw} LIKE {quote_text(pattern.format(plain))} ESCAPE '\\'"


def _split(text: str) -> list[str]:
    return [word.strip() for word in next(csv.reader([text.replace("\n", " ")], skipinitialspace=True), [])] or [""]


def _values(found: Field, text: str) -> list[str | None]:
    return [_literal(found, word) for word in _split(text)]


def _literal(found: Field, word: str) -> str | None:
    """One value of a filter as SQL in the field's stored form; None for an empty one."""
    from sfchaos.org.rows.values import BadValue, coercer

    if not word:
        return None
    try:
        if found.type in ("id", "reference"):
            return quote_text(to_18(word)) if is_id(word) else _never_id(found, word)
        if found.type == "boolean":
            return str(int({"true": True, "1": True, "false": False, "0": False}[word.lower()]))
        if found.type in _NUMBERS:
            return repr(float(word))
        return quote_text(str(coercer(found)(word)) if found.type in ("date", "datetime", "time") else word)
    except (BadValue, KeyError, ValueError):
        raise _wrong(f"a filter of {found.name} compares with {word!r}, which is no {found.type}") from None


def _never_id(found: Field, word: str) -> str:
    raise _wrong(f"a filter of {found.name} compares with the name {word!r}; only ids are looked at")
