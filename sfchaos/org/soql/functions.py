"""Functions of SOQL as SQL expressions. Source: SOQL and SOSL Reference, "Date Functions", "Aggregate Functions"; wire reference 9.3, 9.4."""

from __future__ import annotations

from sfchaos.org.schema.model import NUMBER_TYPES

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_NOT_AGGREGATED = ("address", "base64", "boolean", "encryptedstring", "location", "multipicklist")  # by no function (D, "Support for Field Types")
_NUMERIC = NUMBER_TYPES | {"int", "long"}

# Values of dates and datetimes, in UTC. Fiscal years are calendar years: the default of a new org.
_DATE_SQL = {
    "CALENDAR_YEAR": "CAST(SUBSTR({0}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(SUBSTR({0}, 6, 2) AS INTEGER) + 2) / 3",
    "CALENDAR_MONTH": "CAST(SUBSTR({0}, 6, 2) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(SUBSTR({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "STRFTIME('%w', SUBSTR({0}, 1, 10)) + 1",  # 1 is Sunday
    "DAY_IN_YEAR": "CAST(STRFTIME('%j', SUBSTR({0}, 1, 10)) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(SUBSTR({0}, 9, 2) AS INTEGER) + 6) / 7",
    "WEEK_IN_YEAR": "(CAST(STRFTIME('%j', SUBSTR({0}, 1, 10)) AS INTEGER) + 6) / 7",
    "DAY_ONLY": "SUBSTR({0}, 1, 10)",
    "HOUR_IN_DAY": "CAST(SUBSTR({0}, 12, 2) AS INTEGER)",
}
_DATE_SQL |= {f"FISCAL_{unit}": _DATE_SQL[f"CALENDAR_{unit}"] for unit in ("YEAR", "QUARTER", "MONTH")}
_OF_DATETIME_ONLY = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})


def is_date_function(name: str) -> bool:
    return name in _DATE_SQL


def date_function(name: str, sql: str, field_type: str) -> tuple[str, str] | None:
    """(SQL, type) of a date function over a field; None when the field is of another type."""
    allowed = ("datetime",) if name in _OF_DATETIME_ONLY else ("date", "datetime")
    if field_type not in allowed:
        return None
    guarded = f"CASE WHEN {sql} IS NOT NULL THEN {_DATE_SQL[name].format(sql)} END"
    return guarded, "date" if name == "DAY_ONLY" else "int"


def aggregate(name: str, sql: str, field_type: str) -> tuple[str, str] | None:
    """(SQL, type) of an aggregate over a field; None when the field's type does not take it."""
    if field_type in _NOT_AGGREGATED:
        return None
    if name == "COUNT":
        return f"COUNT({sql})", "int"
    if name == "COUNT_DISTINCT":
        return f"COUNT(DISTINCT {sql})", "int"
    if name in ("SUM", "AVG"):
        if field_type not in _NUMERIC:
            return None
        return f"{name}({sql})", field_type if name == "SUM" else "double"
    return f"{name}({sql})", field_type
