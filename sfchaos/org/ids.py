"""Record ids: 15 case-sensitive characters, or 18 with a checksum that survives case folding.

Layout: 3 characters key prefix, 4 of the pod (`5e0` and a zero here), 8 counter in base 62.
Source: Salesforce Help, "ID Field Behavior"; layout and checksum as in section 8.1 of the wire reference (K for the pod part).
"""

from __future__ import annotations

import re
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\Z")
POD = "5e00"


def checksum(id15: str) -> str:
    """The three characters that make 18 of 15: one per group of five, bit i set when character i is A-Z."""
    return _check(id15[:5]) + _check(id15[5:10]) + _check(id15[10:15])


@lru_cache(maxsize=65536)
def _check(five: str) -> str:
    return _CHECK[sum(1 << i for i, char in enumerate(five) if "A" <= char <= "Z")]


_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_PAIR_BITS = [4 * ("A" <= pair[0] <= "Z") + 8 * ("A" <= pair[1] <= "Z") for pair in _PAIRS]  # of the third and fourth character of a group
_LAST_BITS = [16 * ("A" <= char <= "Z") for char in ALPHABET]  # of the fifth


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of the `number`-th row of a key prefix: `make_id("001", 1)` is `0015e00000000001AAA`."""
    high, low = divmod(number, 62**3)
    start, check, bits = _start(prefix, high)
    pair, last = divmod(low, 62)
    return start + _PAIRS[pair] + ALPHABET[last] + check + _CHECK[bits + _PAIR_BITS[pair] + _LAST_BITS[last]]


@lru_cache(maxsize=1024)
def _start(prefix: str, high: int) -> tuple[str, str, int]:
    """The first twelve characters of ids, which 238,328 rows share, the checksum of the first ten, and the bits of the last two."""
    digits = ""
    for _ in range(5):
        high, index = divmod(high, 62)
        digits = ALPHABET[index] + digits
    start = prefix + POD + digits
    return start, _check(start[:5]) + _check(start[5:10]), _CHECK.index(_check(start[10:] + "000"))


def is_id(text: str) -> bool:
    """True for 15 or 18 characters of base 62. A wrong checksum is tolerated, as on many endpoints."""
    return bool(_SHAPE.match(text))


def to_18(text: str) -> str:
    """The 18-character form of a 15- or 18-character id. Only the first 15 characters count."""
    id15 = text[:15]
    return id15 + checksum(id15)


def number_of(record_id: str) -> int:
    """The counter that `make_id` put into an id; 0 for ids of another pod."""
    if record_id[3:7] != POD:
        return 0
    number = 0
    for char in record_id[7:15]:
        number = number * 62 + ALPHABET.index(char)
    return number
