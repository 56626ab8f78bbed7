"""Lists of field names as Pub/Sub API carries them: a bit for each position in the schema, written as hexadecimal text.

The first entry is for plain fields, then one `position-bitmap` for each compound field: LastModifiedDate at position 22 and the street
of the address at position 4 are `["0x400000", "4-0x01"]` (R: a public client's log of an Account update). Whole bytes, no leading zero
bytes. Source: Pub/Sub API guide, "Event Deserialization Considerations".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Tree = Mapping[str, Any]


def bitmaps_of(names: Iterable[str], record: Tree) -> list[str]:
    """`names` as the JSON of change events writes them: `Phone`, `BillingAddress.Street`; those that the schema lacks are left out.

    A compound field named as a whole has its bit among the plain ones.
    """
    positions = {f["name"]: number for number, f in enumerate(record["fields"])}
    plain, parts = 0, dict[int, int]()
    for name in names:
        whole, _, part = name.partition(".")
        at = positions.get(whole)
        if at is None:
            continue
        if not part:
            plain |= 1 << at
            continue
        bit = _part_bit(record, at, part)
        if bit:
            parts[at] = parts.get(at, 0) | bit
    found = [_hex(plain)] if plain else []
    return found + [f"{at}-{_hex(bits)}" for at, bits in sorted(parts.items())]


def names_of(bitmaps: Iterable[str], record: Tree) -> list[str]:
    """The names that bitmaps stand for, in the order of the schema."""
    found: list[str] = []
    for text in bitmaps:
        head, dash, tail = text.partition("-")
        if not dash:
            found += [record["fields"][at]["name"] for at in _bits(head)]
            continue
        field = record["fields"][int(head)]
        parts = _compound(record, int(head))
        found += [f"{field['name']}.{parts[at]}" for at in _bits(tail)]
    return found


def _hex(bits: int) -> str:
    return "0x" + bits.to_bytes((bits.bit_length() + 7) // 8, "big").hex().upper()


def _bits(text: str) -> list[int]:
    value = int(text, 16)
    return [at for at in range(value.bit_length()) if value >> at & 1]


def _part_bit(record: Tree, at: int, part: str) -> int:
    parts = _compound(record, at)
    return 1 << parts.index(part) if part in parts else 0


def _compound(record: Tree, at: int) -> list[str]:
    """Names of the parts of the compound field at a position; none for a plain field. A named record may be spelt out earlier."""
    for kind in record["fields"][at]["type"]:
        if isinstance(kind, dict):
            return [f["name"] for f in kind["fields"]]
        spelt = next((k for f in record["fields"] for k in f["type"] if isinstance(k, dict) and k.get("name") == kind), None)
        if spelt is not None:
            return [f["name"] for f in spelt["fields"]]
    return []
