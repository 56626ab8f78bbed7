"""The CSV dialect of Bulk API 2.0, in both directions. Source: wire reference 5.4 and 5.5.

An upload is never held as rows: it is looked through once, which notes where every batch begins, and read from there a batch at a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import methodcaller

UNESCAPED_QUOTE = "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"  # text K
MOST_CELL_CHARS = 131_072  # the longest field there is; clients of Salesforce's own stop there (U: forcedotcom/wsc#182 and #190)
MOST_ROW_CHARS = 400_000  # of one record (wire reference 5.4, D)
MOST_FIELDS = 5_000  # of one record (wire reference 5.4, D)
STEP_ROWS = 10_000  # rows held at a time
PIECE_CHARS = 1 << 16  # of results made at a time
_BOM = b"\xef\xbb\xbf"
_text = methodcaller("decode", "utf-8", "replace")
Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """An upload, looked through. `header` is its first line as uploaded, `names` the cells of it, `count` how many rows follow.

    `problem` is the errorMessage of a job that cannot take it, "" when it can; `count` is then that of the rows before the fault.
    `starts` are the bytes at which every `step`-th row begins.
    """

    data: bytes = field(repr=False)
    separator: str
    header: str = ""
    names: tuple[str, ...] = ()
    count: int = 0
    problem: str = ""
    starts: tuple[int, ...] = field(default=(), repr=False)
    step: int = STEP_ROWS

    def rows(self, first: int = 0, most: int | None = None) -> Iterator[Row]:
        """Up to `most` rows from number `first` (0-based) on, read where they stand."""
        last = self.count if most is None else min(self.count, first + most)
        if first >= last:
            return iter(())
        number = first // self.step
        _, records = _records(self.data, self.starts[number], self.separator)
        within = first - number * self.step
        return islice(records, within, within + last - first)

    @property
    def text_bytes(self) -> int:
        """Bytes of the upload without its byte order mark."""
        return len(self.data) - (len(_BOM) if self.data.startswith(_BOM) else 0)


def read_table(data: bytes, separator: str, line_ending: str, *, step: int = STEP_ROWS) -> Table:
    """`line_ending` is LF or CRLF. UTF-8, with or without a byte order mark; bytes that are not UTF-8 become U+FFFD (a guess)."""
    raw, records = _records(data, len(_BOM) if data.startswith(_BOM) else 0, separator)
    begin = raw.tell()
    try:
        names = tuple(next(records, ()))
        head = data[begin : raw.tell()].lstrip(b"\r\n")
    except csv.Error as error:
        head = data[begin : data.find(b"\n", begin) + 1 or None]
        header, terminator = _parted(head)
        return Table(data, separator, header, problem=_terminator_problem(terminator, line_ending) or _problem(error, line_ending))
    header, terminator = _parted(head)
    problem = _terminator_problem(terminator, line_ending)
    if len(names) > MOST_FIELDS:
        problem = problem or f"InvalidBatch : Maximum number of fields exceeded. Number of fields: {len(names)}, maximum is {MOST_FIELDS}"  # text is a guess
    count, starts, fault = _looked_through(raw, records, len(names), line_ending, step)
    return Table(data, separator, header, names, count, problem or fault, starts, step)


def _records(data: bytes, at: int, separator: str) -> tuple[io.BytesIO, Iterator[list[str]]]:
    """Rows from byte `at` on (empty lines are none), and the file they come from: it stands where the last row ended, since csv takes
    no line before it needs one. Shares the memory of `data`."""
    raw = io.BytesIO(data)
    raw.seek(at)
    return raw, filter(None, csv.reader(map(_text, raw), delimiter=separator, strict=True))


def _looked_through(raw: io.BytesIO, records: Iterator[list[str]], width: int, line_ending: str, step: int) -> tuple[int, tuple[int, ...], str]:
    """How many rows there are, where every `step`-th begins, and what is wrong with them."""
    starts: list[int] = []
    count, problem = 0, ""
    while True:
        start = raw.tell()
        rows: list[list[str]] = []
        try:
            rows.extend(islice(records, step))
        except csv.Error as error:
            problem = problem or _problem(error, line_ending)
        if rows:
            starts.append(start)
        problem = problem or _shape_problem(rows, width, count)
        count += len(rows)
        if len(rows) < step:
            return count, tuple(starts), problem


def _shape_problem(rows: Sequence[list[str]], width: int, before: int) -> str:
    """A row that is longer or shorter than the header fails the job, and so does one with too much in it (guesses, and so are the texts)."""
    if set(map(len, rows)) <= {width}:
        longest = max(map(len, map("".join, rows)), default=0)
        return "" if longest <= MOST_CELL_CHARS else _size_problem(rows)
    at = next(at for at, row in enumerate(rows) if len(row) != width)
    return f"InvalidBatch : Failed to parse CSV. Row {before + at + 1} has {len(rows[at])} columns, the header has {width}"


def _size_problem(rows: Iterable[list[str]]) -> str:
    for row in rows:
        if max(map(len, row)) > MOST_CELL_CHARS:
            return f"InvalidBatch : Failed to parse CSV. Exceeded max field size: {max(map(len, row))}"
        if sum(map(len, row)) > MOST_ROW_CHARS:
            return f"InvalidBatch : Failed to parse CSV. Exceeded max record size: {sum(map(len, row))}"
    return ""


def _problem(error: csv.Error, line_ending: str) -> str:
    """csv's complaint as Salesforce's (K, but the size: its words U, forcedotcom/wsc#182)."""
    words = str(error)
    if "expected after" in words:
        return UNESCAPED_QUOTE
    if "new-line character" in words:  # a bare carriage return ends no line of either kind (a guess)
        return _line_ending_problem(line_ending)
    if "field limit" in words:
        return f"InvalidBatch : Failed to parse CSV. Exceeded max field size: {MOST_CELL_CHARS + 1}"
    return f"InvalidBatch : Failed to parse CSV. {words}"


def _parted(line: bytes) -> tuple[str, str]:
    """The header without the characters that end it, and those."""
    bare = line.rstrip(b"\r\n")
    if b"\r" in bare and b'"' not in bare:
        bare = bare.partition(b"\r")[0]
        return bare.decode("utf-8", "replace"), "\r"
    return bare.decode("utf-8", "replace"), line[len(bare) : len(bare) + 2].decode()


def _terminator_problem(terminator: str, line_ending: str) -> str:
    """Only the end of the header line is looked at (a guess)."""
    if not terminator or terminator == {"LF": "\n", "CRLF": "\r\n"}[line_ending]:
        return ""
    return _line_ending_problem(line_ending)


def _line_ending_problem(line_ending: str) -> str:
    """Text K: wire reference 5.5."""
    return f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"


def quoted_line(cells: Sequence[str], separator: str) -> str:
    """Cells in double quotes, as all data of results is (wire reference 5.5, D; 5.6, R)."""
    inner = f'"{separator}"'.join(cells)
    if inner.count('"') > 2 * (len(cells) - 1):
        inner = f'"{separator}"'.join([cell.replace('"', '""') for cell in cells])
    return f'"{inner}"'


def result_pieces(own: Sequence[str], header: str, rows: Iterable[Row], separator: str, terminator: str) -> Iterator[bytes]:
    """Results of an ingest job, a piece at a time: the `sf__` names quoted, then the header as uploaded; it is there
    without rows too. Source: wire reference 5.5 (R)."""
    names = [f'"{name}"' for name in own] + ([header] if header else [])
    yield (separator.join(names) + terminator).encode("utf-8", "replace")
    lines: list[str] = []
    chars = 0
    for row in rows:
        line = quoted_line(row, separator) + terminator
        lines.append(line)
        chars += len(line)
        if chars >= PIECE_CHARS:
            yield "".join(lines).encode("utf-8", "replace")
            lines, chars = [], 0
    yield "".join(lines).encode("utf-8", "replace")
