"""The result of a query job as bytes in segments: made a segment at a time, handed out by row numbers without being read again."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate

from sfchaos.org.bulk.csv import quoted_line
from sfchaos.org.bulk.jobs import QueryJob, Segment, Shown
from sfchaos.org.soql.results import ID_CHARS, QueryResult, Read
from sfchaos.org.soql.run import Prepared

SEGMENT_ROWS = 2_000


def segments_of(prepared: Prepared, separator: str, terminator: str) -> tuple[str, tuple[Segment, ...]]:
    """(header line, segments) of a statement that is run now. Raises Refused where it cannot be."""
    header = quoted_line([column.label for column in prepared.plan.flat], separator)
    return header, tuple(_segment(part, separator, terminator) for part in prepared.pieces(SEGMENT_ROWS))


def _segment(result: QueryResult, separator: str, terminator: str) -> Segment:
    lines = [quoted_line(cells, separator) + terminator for cells in result.flat_rows()]
    text = "".join(lines)
    lengths = map(len, lines) if text.isascii() else (len(line.encode("utf-8", "replace")) for line in lines)
    shown = tuple(Shown(sobject, names, "".join(ids)) for sobject, names, ids in result.reads())
    return Segment(text.encode("utf-8", "replace"), array("I", accumulate(lengths)).tobytes(), shown)


def page_pieces(job: QueryJob, start: int, end: int) -> Iterator[bytes | memoryview]:
    """Header and rows `start` to `end`, a segment at a time."""
    yield (job.header + job.terminator).encode("utf-8", "replace")
    for segment, low, high in _touched(job, start, end):
        ends = memoryview(segment.ends).cast("I")
        yield memoryview(segment.text)[ends[low - 1] if low else 0 : ends[high - 1]]


def page_reads(job: QueryJob, start: int, end: int) -> tuple[Read, ...]:
    """What a page shows: of the rows themselves those on it, of parents all that its segments name (which row names which is not kept)."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for segment, low, high in _touched(job, start, end):
        for sobject, names, packed in segment.shown:
            ids = [packed[at : at + ID_CHARS] for at in range(0, len(packed), ID_CHARS)]
            found.setdefault((sobject, names), {}).update(dict.fromkeys(ids[low:high] if len(ids) == segment.count else ids))
    return tuple((sobject, names, tuple(ids)) for (sobject, names), ids in found.items())


def _touched(job: QueryJob, start: int, end: int) -> Iterator[tuple[Segment, int, int]]:
    """Segments with rows from `start` to `end`, and which of their rows."""
    for number in range(start // SEGMENT_ROWS, -(-end // SEGMENT_ROWS)):
        first = number * SEGMENT_ROWS
        yield job.segments[number], max(0, start - first), min(SEGMENT_ROWS, end - first)
