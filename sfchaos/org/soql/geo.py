"""DISTANCE over location fields and addresses. Source: SOQL reference, "Location-Based SOQL Queries" (D); texts are guesses."""

from __future__ import annotations

from sfchaos.org.schema.compounds import part_name
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import invalid_field, malformed
from sfchaos.org.soql.scope import Bound, Scope

_UNITS = ("mi", "km")


def distance_sql(scope: Scope, call: ast.Call) -> str:
    """`DISTANCE(Where__c, GEOLOCATION(37.775, -122.418), 'mi')` as SQL over the latitude and longitude columns."""
    if len(call.arguments) != 3:
        raise malformed(scope.context.statement, call.at, "DISTANCE takes two locations and a unit")
    first, second, unit = call.arguments
    if not isinstance(unit, ast.Text) or unit.value.lower() not in _UNITS:
        raise malformed(scope.context.statement, getattr(unit, "at", call.at), "DISTANCE unit must be 'mi' or 'km'")
    places = [*_place(scope, first), *_place(scope, second)]
    return f"SF_DISTANCE({', '.join(places)}, '{unit.value.lower()}')"


def _place(scope: Scope, what: ast.Path | ast.Call | ast.Text | ast.Number) -> tuple[str, str]:
    """SQL of latitude and longitude."""
    if isinstance(what, ast.Call) and what.name == "GEOLOCATION":
        return _fixed(scope, what)
    if isinstance(what, ast.Path):
        return _stored(scope, what)
    raise malformed(scope.context.statement, what.at, "DISTANCE takes a location field or GEOLOCATION")


def _fixed(scope: Scope, call: ast.Call) -> tuple[str, str]:
    numbers = [float(a.text) for a in call.arguments if isinstance(a, ast.Number)]
    if len(numbers) != 2 or len(call.arguments) != 2:
        raise malformed(scope.context.statement, call.at, "GEOLOCATION takes a latitude and a longitude")
    latitude, longitude = numbers
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise malformed(scope.context.statement, call.at, "GEOLOCATION: latitude must be from -90 to 90, longitude from -180 to 180")
    return repr(latitude), repr(longitude)


def _stored(scope: Scope, path: ast.Path) -> tuple[str, str]:
    bound = scope.bind(path)
    if bound.field.type not in ("location", "address"):
        raise invalid_field(scope.context.statement, path.at, f"field '{bound.field.name}' is not a location")
    return part_sql(bound, "Latitude"), part_sql(bound, "Longitude")


def part_sql(bound: Bound, part: str) -> str:
    """The column of one part of a compound field; NULL where the org keeps none."""
    table = bound.node.tables[0]
    found = table.sobject.find(part_name(bound.field, part))
    return table.column(found.name) if found is not None and found.has_column else "NULL"
