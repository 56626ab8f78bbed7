"""What became of the rows of a batch, kept small: about 20 bytes for a row that was written."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sfchaos.org.refusals import bulk_error
from sfchaos.org.rows.row_work import RowResult

CREATED, DONE, FAILED = b"cdf"
_ID_CHARS = 18
_NO_ID = " " * _ID_CHARS
_PLAIN = (0, _ID_CHARS)


class Outcome(NamedTuple):
    """What became of one row: `error` is its sf__Error, "" for success; `id` is "" for a refused create."""

    id: str
    created: bool
    error: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A batch, or the part of one that was done at a time. `ids` are 18 characters a row (blanks for none), `marks` one byte a row,
    `errors` the compressed JSON of what failed rows say, [text] or [text, id] where the id is none of 18 characters."""

    ids: str
    marks: bytes
    errors: bytes

    @property
    def count(self) -> int:
        return len(self.marks)

    @property
    def failed(self) -> int:
        return self.marks.count(FAILED)

    def each(self) -> Iterator[Outcome]:
        """One outcome for each row, in order."""
        errors = iter(json.loads(zlib.decompress(self.errors)) if self.errors else ())
        for number, mark in enumerate(self.marks):
            record_id = self.ids[number * _ID_CHARS : (number + 1) * _ID_CHARS].rstrip()
            if mark == FAILED:
                text, *odd = next(errors)
                yield Outcome(odd[0] if odd else record_id, False, text)
            else:
                yield Outcome(record_id, mark == CREATED, "")


def packed(results: Sequence[RowResult]) -> Outcomes:
    marks = bytes([FAILED if not r.ok else CREATED if r.created else DONE for r in results])
    ids = "".join([r.id or _NO_ID for r in results])
    if FAILED not in marks:
        return Outcomes(ids, marks, b"")
    errors = [_error(result) for result in results if not result.ok]
    if any(len(error) > 1 for error in errors):
        ids = "".join([r.id if len(r.id) == _ID_CHARS else _NO_ID for r in results])
    return Outcomes(ids, marks, zlib.compress(json.dumps(errors).encode(), 1))


def _error(result: RowResult) -> list[str]:
    text = "".join(map(bulk_error, result.refusals))
    return [text] if len(result.id) in _PLAIN else [text, result.id]
