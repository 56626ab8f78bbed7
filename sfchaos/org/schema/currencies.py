"""An org with several currencies: a CurrencyType row for each, and CurrencyIsoCode on every object with rows of its own.

Source: wire reference, multi-currency (section 9); Object Reference, "CurrencyType" (D). The first code of the file is the
corporate currency unless an entry says `corporate: true`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.schema.places import Place, Places
from sfchaos.org.schema.reader import field_from, sobject_from
from sfchaos.org.schema.rows import Row

_READ_ONLY = {"createable": False, "updateable": False}
CURRENCY_TYPE = {
    "name": "CurrencyType", "label": "Currency Type", "labelPlural": "Currency Types", "keyPrefix": "01L", "layoutable": False, "mruEnabled": False,
    "deletable": False, "searchable": False, "system": ["Id", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"],
    "fields": [
        {"name": "IsoCode", "type": "picklist", "length": 3, "label": "Currency ISO Code", "nillable": False},
        {"name": "ConversionRate", "type": "double", "precision": 18, "scale": 6, "nillable": False},
        {"name": "DecimalPlaces", "type": "int", "digits": 1, "nillable": False},
        {"name": "IsActive", "type": "boolean", "label": "Active"},
        {"name": "IsCorporate", "type": "boolean", "label": "Corporate", **_READ_ONLY},
        "@audit",
    ],
}  # fmt: skip


def read_currencies(value: Any, places: Places) -> list[Row]:
    """`currencies: {EUR: {corporate: true}, USD: {rate: 1.08, decimals: 2}, GBP: 0.86}` as rows of CurrencyType."""
    rows = [_currency(code, entry, places, ("currencies", code)) for code, entry in places.table(value, ("currencies",)).items()]
    chosen = [row for row in rows if row["IsCorporate"]]
    if len(chosen) > 1:
        raise places.bad(("currencies",), "two currencies are corporate", "keep one `corporate: true`")
    for row in (chosen or rows)[:1]:
        if row["ConversionRate"] != 1 or not row["IsActive"]:
            raise places.bad(("currencies", row["IsoCode"]), f"{row['IsoCode']} is the corporate currency: its rate is 1 and it is active", "leave rate and active out")
        row["IsCorporate"] = True
    return rows


def _currency(code: str, entry: Any, places: Places, place: Place) -> Row:
    if len(code) != 3 or not code.isalpha() or not code.isupper():
        raise places.bad(place, f"{code!r} is no ISO 4217 code", "write three capitals: EUR")
    table = entry if isinstance(entry, Mapping) else {"rate": entry}
    places.check_keys(table, ("rate", "decimals", "active", "corporate"), place)
    rate = 1 if table.get("rate") is None else table["rate"]
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0:
        raise places.bad((*place, "rate"), f"rate: {rate!r} is not a number above 0", "write how many of it one unit of the corporate currency buys: 1.08")
    return {
        "IsoCode": code, "ConversionRate": rate, "DecimalPlaces": places.whole_number(table.get("decimals", 2), (*place, "decimals")),
        "IsActive": places.flag(table, "active", place, True), "IsCorporate": places.flag(table, "corporate", place, False),
    }  # fmt: skip


def with_currencies(schema: Schema, rows: list[Row]) -> Schema:
    """The schema of an org that has these currencies; the same one when there are none."""
    if not rows:
        return schema
    codes = [row["IsoCode"] for row in rows]
    corporate = next(row["IsoCode"] for row in rows if row["IsCorporate"])
    code = field_from("CurrencyIsoCode", {"type": "picklist", "length": 3, "label": "Currency ISO Code", "restrictedPicklist": True, "picklistValues": codes,
                                          "defaultValue": corporate, "defaultedOnCreate": True})  # fmt: skip
    objects = {key: o.with_field(code) if _has_money(o) else o for key, o in schema.objects.items()}
    if "user" in objects:
        own = replace(code, name="DefaultCurrencyIsoCode", label="Default Currency ISO Code")
        objects["user"] = objects["user"].with_field(code).with_field(own)
    kind = schema.find("CurrencyType") or sobject_from(CURRENCY_TYPE)
    iso = kind.find("IsoCode")
    objects["currencytype"] = kind.with_field(replace(iso, picklist=tuple(codes))) if iso else kind
    return replace(schema, objects=objects)


def _has_money(sobject: SObject) -> bool:
    """Objects of the business have a currency, what an administrator sets up has none."""
    return sobject.find("OwnerId") is not None or any(f.type == "currency" for f in sobject.fields)
