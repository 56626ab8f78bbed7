"""The CSV dialect of Bulk API 2.0, in both directions. Source: wire reference 5.4 and 5.5."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

UNESCAPED_QUOTE = "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"  # text K


@dataclass(frozen=True, slots=True)
class Table:
    """An upload, read. `header` is its first line as uploaded, `names` the cells of it; `rows` the cells of the others.

    `problem` is the errorMessage of a job that cannot take it, "" when it can; `rows` are then those before the fault.
    """

    header: str
    names: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    problem: str = ""
    text: str = ""


@lru_cache(maxsize=4)
def read_table(data: bytes, separator: str, line_ending: str) -> Table:
    """`line_ending` is LF or CRLF. UTF-8, with or without a byte order mark; bytes that are not UTF-8 become U+FFFD (a guess).

    Remembered by value: each batch of a job and each of its results reads the same upload.
    """
    text = data.decode("utf-8-sig", "replace")
    header, terminator = _first_line(text)
    problem = _terminator_problem(terminator, line_ending)
    records: list[list[str]] = []
    try:
        records.extend(record for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if record)
    except csv.Error as error:
        problem = problem or (UNESCAPED_QUOTE if "expected after" in str(error) else f"InvalidBatch : Failed to parse CSV. {error}")
    names = tuple(records[0]) if records else ()
    return Table(header, names, records[1:], problem or _ragged(records), text)


def _first_line(text: str) -> tuple[str, str]:
    """The first record with its quotes, and the characters that end it."""
    quoted = False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char in "\r\n" and not quoted:
            return text[:at], "\r\n" if text.startswith("\r\n", at) else char
    return text, ""


def _terminator_problem(terminator: str, line_ending: str) -> str:
    """Text K: wire reference 5.5. Only the end of the header line is looked at (a guess)."""
    if not terminator or terminator == {"LF": "\n", "CRLF": "\r\n"}[line_ending]:
        return ""
    return f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"


def _ragged(records: Sequence[Sequence[str]]) -> str:
    """A row that is longer or shorter than the header fails the job (a guess, and so is the text)."""
    width = len(records[0]) if records else 0
    for number, record in enumerate(records):
        if len(record) != width:
            return f"InvalidBatch : Failed to parse CSV. Row {number} has {len(record)} columns, the header has {width}"
    return ""


def quoted_line(cells: Iterable[str], separator: str) -> str:
    """Cells in double quotes, as all data of results is (wire reference 5.5, D; 5.6, R)."""
    return separator.join([f'"{cell}"' if '"' not in cell else '"' + cell.replace('"', '""') + '"' for cell in cells])


def result_text(own: Sequence[str], header: str, rows: Iterable[Iterable[str]], separator: str, terminator: str) -> str:
    """Results of an ingest job: the `sf__` names quoted, then the header as uploaded; it is there without rows too.

    Source: wire reference 5.5 (R).
    """
    names = [f'"{name}"' for name in own] + ([header] if header else [])
    lines = [separator.join(names), *(quoted_line(row, separator) for row in rows)]
    return terminator.join(lines) + terminator
