"""`organization:` of an org file: the one row of Organization."""

from __future__ import annotations

from typing import Any

from sfchaos.org.schema.model import Schema
from sfchaos.org.schema.places import Places

# key of the file -> field of Organization
KEYS = {
    "name": "Name", "sandbox": "IsSandbox", "time_zone": "TimeZoneSidKey", "edition": "OrganizationType", "locale": "DefaultLocaleSidKey",
    "language": "LanguageLocaleKey", "instance": "InstanceName", "namespace": "NamespacePrefix", "fiscal_year_start": "FiscalYearStartMonth",
    "street": "Street", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country",
}  # fmt: skip


def read_organization(value: Any, schema: Schema, places: Places) -> dict[str, Any]:
    """Values of the Organization row by field. An edition may be written without the word Edition."""
    table = places.table(value, ("organization",))
    places.check_keys(table, KEYS, ("organization",))
    sobject = schema.find("Organization")
    found: dict[str, Any] = {}
    for key, given in table.items():
        place = ("organization", key)
        f = sobject.find(KEYS[key]) if sobject else None
        if f is None:
            raise places.bad(place, f"this org's Organization has no {KEYS[key]}", "leave it out")
        if f.type == "boolean":
            found[f.name] = places.flag(table, key, place, False)
        elif f.type == "int":
            month = places.whole_number(given, place)
            if not 1 <= month <= 12:
                raise places.bad(place, f"{key}: {given!r} is not a month from 1 to 12")
            found[f.name] = month
        else:
            text = places.text(table, key, place)
            found[f.name] = f"{text} Edition" if key == "edition" and f"{text} Edition" in f.picklist else text
            if f.picklist and found[f.name] not in f.picklist:
                raise places.unknown(place, key.replace("_", " "), text, f.picklist)
            if f.length and len(text) > f.length:
                raise places.bad(place, f"{key}: {text!r} has more than {f.length} characters")
    return found
