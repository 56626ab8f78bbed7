"""Custom fields that are several columns: a geolocation and an address, with the names that Salesforce gives their parts.

Source: Object Reference, "Compound Fields": `Place__c` of type location has `Place__Latitude__s` and `Place__Longitude__s`; a
custom address has `__Street__s`, `__City__s`, `__PostalCode__s`, `__StateCode__s`, `__CountryCode__s` and the geocode (D).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.reader import ACCURACY, field_from

MOST_DECIMALS = 15
# Order of the parts in the JSON of a compound value. countryCode and stateCode only where the org has them: state and country
# picklists, and custom addresses (wire reference 3.5, R; Object Reference, "Address Compound Fields", D)
_ORDER = {
    "address": ("City", "Country", "CountryCode", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "StateCode", "Street"),
    "location": ("Latitude", "Longitude"),
}
_TEXT_PARTS: Mapping[str, tuple[str, int]] = {
    "Street": ("textarea", 255), "City": ("string", 40), "PostalCode": ("string", 20), "StateCode": ("string", 10), "CountryCode": ("string", 10),
}  # fmt: skip


def location(name: str, *, label: str, scale: int = MOST_DECIMALS, nillable: bool = True, tracked: bool = False) -> tuple[Field, ...]:
    """Latitude, longitude and the compound field itself. `scale` is the number of decimal places of a degree."""
    return (*_geocode(name, label, scale, nillable), _whole(name, "location", label, tracked))


def address(name: str, *, label: str, tracked: bool = False) -> tuple[Field, ...]:
    """The parts of a custom address and the compound field itself."""
    stem = name.removesuffix("__c")
    parts = [
        replace(field_from(f"{stem}__{part}__s", {"type": kind, "length": length, "label": f"{label} ({part})"}), compound=name, custom=True)
        for part, (kind, length) in _TEXT_PARTS.items()
    ]
    accuracy = field_from(f"{stem}__GeocodeAccuracy__s", {"type": "picklist", "length": 40, "label": f"{label} (Geocode Accuracy)",
                                                          "picklistValues": ACCURACY, "restrictedPicklist": True})  # fmt: skip
    geocode = _geocode(name, label, MOST_DECIMALS, True)
    return (*parts, *geocode, replace(accuracy, compound=name, custom=True), _whole(name, "address", label, tracked))


def _geocode(name: str, label: str, scale: int, nillable: bool) -> tuple[Field, ...]:
    stem = name.removesuffix("__c")
    return tuple(
        replace(
            field_from(f"{stem}__{part}__s", {"type": "double", "precision": 3 + scale, "scale": scale, "label": f"{label} ({part})", "nillable": nillable}),
            compound=name, custom=True,
        )
        for part in ("Latitude", "Longitude")
    )  # fmt: skip


def _whole(name: str, kind: str, label: str, tracked: bool) -> Field:
    return replace(field_from(name, {"type": kind, "label": label, "createable": False, "updateable": False}), tracked=tracked)


def part_name(f: Field, part: str) -> str:
    """`BillingAddress` is BillingCity ...; a custom location `Where__c` is Where__Latitude__s and Where__Longitude__s."""
    return f"{f.name[:-3]}__{part}__s" if f.name.endswith("__c") else f.name.removesuffix("Address") + part


def compound_parts(sobject: SObject, f: Field) -> tuple[list[str], list[str]]:
    """Keys of the value of an address or location in the order of the reply (alphabetical), and the columns they come from."""
    found = [(part, column) for part in _ORDER[f.type] if (column := sobject.find(part_name(f, part))) is not None and column.has_column]
    return [part[0].lower() + part[1:] for part, _ in found], [column.name for _, column in found]
