"""Seeded chance without shared state.

A decision is a hash of (seed, purpose, position): deleting one purpose changes nothing about the others, and a
position is plain data, so it can be put back with the rest of a run's state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def digest_of(seed: int, *parts: object, size: int = 32) -> bytes:
    """`size` bytes that depend on the seed and all parts (as text, separated so that no two lists collide)."""
    text = "\x1f".join(map(str, (seed, *parts)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def unit(seed: int, *parts: object) -> float:
    """A number in [0, 1) that depends on the seed and the parts alone."""
    return int.from_bytes(digest_of(seed, *parts, size=8), "big") / 2**64


def below(bound: int, seed: int, *parts: object) -> int:
    """A whole number in [0, bound)."""
    return int.from_bytes(digest_of(seed, *parts, size=16), "big") % bound


def pick(choices: Sequence[T], seed: int, *parts: object) -> T:
    return choices[below(len(choices), seed, *parts)]


def token(length: int, seed: int, *parts: object, alphabet: str = ALPHANUMERIC) -> str:
    """`length` characters of high entropy (5.9 bits each with the default alphabet)."""
    out: list[str] = []
    block = 0
    while len(out) < length:
        number = int.from_bytes(digest_of(seed, *parts, block, size=64), "big")
        for _ in range(min(64, length - len(out))):
            number, index = divmod(number, len(alphabet))
            out.append(alphabet[index])
        block += 1
    return "".join(out)
