"""The values of a picklist in the words of describe, with the bits of dependent ones.

`validFor` is base64 of a bit for each value of the controlling field, the first value being the highest bit of the first byte; a
controlling checkbox counts as false, true. Source: SOAP API Developer Guide, "PicklistEntry" (D). That the bytes are filled up to
a multiple of three is what real ones look like (K).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from sfchaos.org.schema.model import Field, SObject


def picklist_values(f: Field, sobject: SObject | None = None) -> list[dict[str, Any]]:
    """The values that are offered; inactive ones are not listed (K)."""
    labels, valid_for = dict(f.picklist_labels), dict(f.valid_for)
    controlling = controlling_values(f, sobject) if f.controller else ()
    return [
        {
            "active": True, "defaultValue": value == f.default, "label": labels.get(value, value),
            "validFor": valid_for_bits(valid_for.get(value, ()), controlling) if controlling else None, "value": value,
        }
        for value in offered(f)
    ]  # fmt: skip


def offered(f: Field) -> tuple[str, ...]:
    return tuple(value for value in f.picklist if value not in f.inactive_values)


def controlling_values(f: Field, sobject: SObject | None) -> tuple[str, ...]:
    """The values of the field that controls this one, in the order that the bits count them; empty when it is not known."""
    controller = sobject.find(f.controller) if sobject else None
    if controller is None:
        return ()
    return ("false", "true") if controller.type == "boolean" else offered(controller)


def valid_for_bits(fitting: Sequence[str], controlling: Sequence[str]) -> str:
    chosen = {value.lower() for value in fitting}
    data = bytearray(-(-len(controlling) // 24) * 3)
    for index, value in enumerate(controlling):
        if value.lower() in chosen:
            data[index >> 3] |= 0x80 >> (index % 8)
    return base64.b64encode(bytes(data)).decode()
