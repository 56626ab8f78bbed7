"""The leak gate: no secret of a session may stand in a bundle, in any form it leaks in. The same question as SFC-LOG-04, asked of ourselves.

Thousands of needles over megabytes of digests: a needle of 15 bytes or more covers a whole aligned block of 8 wherever it
stands, one of 7 or more a block of 4. Only needles with a block that occurs are searched for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sfchaos.core.errors import SfchaosError
from sfchaos.core.redact import MIN_SECRET_CHARS, SecretBook, forms_of


@dataclass(frozen=True)
class Leak:
    """A secret found: in which file, which one (its label, never its value), what it is, in what form."""

    file: str
    label: str
    what: str
    form: str


@dataclass(frozen=True)
class _Needle:
    data: bytes
    form: str
    secret: str


def find_leaks(files: Mapping[str, bytes], books: Sequence[SecretBook]) -> list[Leak]:
    """Every (file, secret, form) that stands in `files` (unpacked content), in order of the files."""
    owners: dict[str, SecretBook] = {}
    for book in books:
        for value in book.values():
            owners.setdefault(value, book)
    needles = list(_needles(owners))
    found: list[Leak] = []
    for path, data in files.items():
        for needle in _present(data, needles):
            book = owners[needle.secret]
            found.append(Leak(path, book.label(needle.secret), book.what(needle.secret), needle.form))
    return found


def refuse_leaks(files: Mapping[str, bytes], books: Sequence[SecretBook]) -> None:
    """Raise SfchaosError when a secret stands in `files`; its value is not in the message."""
    found = find_leaks(files, books)
    if found:
        places = "\n".join(f"  {leak.file}: {leak.what or 'secret'} {leak.label} ({leak.form})" for leak in found[:10])
        more = f"\n  and {len(found) - 10} more" if len(found) > 10 else ""
        raise SfchaosError(f"the evidence would hold {len(found)} secret(s); nothing was written\n{places}{more}",
                           remedy="please report this as a fault of sfchaos: secrets are to be replaced where they are captured")  # fmt: skip


def _needles(secrets: Iterable[str]) -> Iterator[_Needle]:
    seen: dict[bytes, None] = {}
    for secret in secrets:
        for text, form in (*forms_of(secret), *_escaped(secret)):
            data = text.encode("utf-8", "surrogatepass")
            if len(text) >= MIN_SECRET_CHARS and data not in seen:
                seen[data] = None
                yield _Needle(data, form, secret)


def _escaped(secret: str) -> list[tuple[str, str]]:
    """As JSON, XML and HTML write it: a line end of a key becomes two characters, & becomes &amp;."""
    from html import escape

    texts = (secret.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"), escape(secret))
    return [(text, "escaped") for text in texts if text != secret]


def _present(data: bytes, needles: Sequence[_Needle]) -> Iterator[_Needle]:
    fours, eights = (_blocks_of(needles, size).intersection(_blocks(data, size)) for size in (4, 8))
    for needle in needles:
        size = _size(needle)
        if any(block in (fours if size == 4 else eights) for block in _starts(needle, size)) and needle.data in data:
            yield needle


def _size(needle: _Needle) -> int:
    return 8 if len(needle.data) >= 15 else 4


def _blocks_of(needles: Sequence[_Needle], size: int) -> frozenset[int]:
    """The blocks of which one occurs wherever a needle of that size class stands."""
    return frozenset(block for needle in needles if _size(needle) == size for block in _starts(needle, size))


def _starts(needle: _Needle, size: int) -> Iterator[int]:
    return (int.from_bytes(needle.data[start : start + size], sys.byteorder) for start in range(size))


def _blocks(data: bytes, size: int) -> memoryview:
    """`data` as aligned blocks, as whole numbers."""
    whole = len(data) - len(data) % size
    return memoryview(data)[:whole].cast("@I" if size == 4 else "@Q")
