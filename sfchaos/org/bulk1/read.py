"""Batches read: CSV, XML or JSON rows, alone or in a zip with the files they name. All of them become rows of cells.

An absent field is an empty cell, a null (`xsi:nil`, JSON null) the cell `#N/A`, a parent named by an external id a relationship column
(`Account.Ext__c`): so the three forms are written alike. Source: Async guide, "Data Files" (D).
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sfchaos.org.bulk1.jobs import MOST_FIELDS, MOST_ROW_CHARACTERS, MOST_ROWS, Batch, Job1
from sfchaos.org.bulk1.specs import mapped
from sfchaos.org.bulk1.xml import is_nil, local
from sfchaos.org.files.zips import BadZip, unzipped
from sfchaos.org.rows.row_input import NULL_CELL
from sfchaos.org.xml_parsing import BadXml, parsed

REQUEST = "request.txt"
MOST_ENTRIES = 1_000  # of a zip (D)
MOST_FILE_BYTES, MOST_UNZIPPED_BYTES = 10_000_000, 20_000_000  # of one file, of all (D)
_csv_limit = 1 << 27
Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Rows:
    """`problem` is the stateMessage of a batch that cannot be taken, "" when it can; there are no `cells` then. `files` are those of a zip."""

    names: tuple[str, ...] = ()
    cells: Sequence[Cells] = ()
    problem: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


class _Bad(Exception):
    """Its text is the stateMessage."""


def rows_of(job: Job1, batch: Batch) -> Rows:
    """The rows of a batch that loads."""
    found = _read(batch.data, job.content_type, batch.content_type, batch.line_ending)
    return mapped_rows(job, found) if job.spec and not found.problem else found


def mapped_rows(job: Job1, found: Rows) -> Rows:
    names, cells = mapped(job.spec, found.names, found.cells)
    return replace(found, names=names, cells=cells)


@lru_cache(maxsize=2)
def _read(data: bytes, form: str, content_type: str, line_ending: str) -> Rows:
    """Kept for a moment: a batch is looked at when it starts and when its rows are written."""
    try:
        files: Mapping[str, bytes] = {}
        if form.startswith("ZIP_"):
            data, files = _unzipped(data)
        names, cells = _READERS[form.removeprefix("ZIP_")](data, content_type)
        _check(names, cells)
    except _Bad as bad:
        return Rows(problem=str(bad))
    return Rows(names, _with_line_ends(cells, line_ending), files=files)


def _check(names: Sequence[str], cells: Sequence[Cells]) -> None:
    """Limits D (wire reference 6), texts guesses."""
    if not cells:
        raise _Bad("InvalidBatch : Records not found")  # text D of 4.1; that it comes here is a guess
    if len(cells) > MOST_ROWS:
        raise _Bad(f"InvalidBatch : Number of records exceeds the limit of {MOST_ROWS}")
    if len(names) > MOST_FIELDS:
        raise _Bad(f"InvalidBatch : Number of fields exceeds the limit of {MOST_FIELDS}")
    if any(sum(map(len, row)) > MOST_ROW_CHARACTERS for row in cells):
        raise _Bad(f"InvalidBatch : A record is longer than the limit of {MOST_ROW_CHARACTERS} characters")


def _with_line_ends(cells: Sequence[Cells], line_ending: str) -> Sequence[Cells]:
    """Line ends inside values as Sforce-Line-Ending asks; as they came without it. Source: Async guide, "Line Ending Header" (D)."""
    if not line_ending:
        return cells
    end = "\r\n" if line_ending == "CRLF" else "\n"
    return [[cell.replace("\r\n", "\n").replace("\n", end) if "\n" in cell else cell for cell in row] for row in cells]


# ---------------------------------------------------------------------- the three forms


def _csv(data: bytes, content_type: str) -> tuple[tuple[str, ...], Sequence[Cells]]:
    text = data.decode(charset_of(content_type), "replace").removeprefix("\ufeff")
    csv.field_size_limit(max(csv.field_size_limit(), _csv_limit))
    try:
        records = [record for record in csv.reader(io.StringIO(text, newline=""), strict=True) if record]
    except csv.Error as error:
        raise _Bad(f"InvalidBatch : Failed to parse CSV. {error}") from None  # text K
    names = tuple(records[0]) if records else ()
    for number, record in enumerate(records[1:], start=1):
        if len(record) != len(names):
            raise _Bad(f"InvalidBatch : Failed to parse CSV. Row {number} has {len(record)} columns, the header has {len(names)}")  # a guess, as in Bulk 2.0
    return names, records[1:]


def charset_of(content_type: str) -> str:
    """That of the header (D, "Map Data Fields"), UTF-8 where it names none that is known."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.lower() == "charset":
            try:
                return codecs.lookup(value.strip('" ')).name
            except (LookupError, ValueError):
                break
    return "utf-8"


def _xml(data: bytes, _content_type: str) -> tuple[tuple[str, ...], Sequence[Cells]]:
    try:
        root = parsed(data)
    except BadXml as bad:
        raise _Bad(f"InvalidBatch : Failed to parse XML. {bad}") from None  # text is a guess
    return _table([_of_element(row) for row in root if local(row) == "sObject"])


def _of_element(element: ET.Element) -> dict[str, str]:
    """`<sObject><Name>..</Name><Account><sObject><Ext__c>..</Ext__c></sObject></Account></sObject>`; the inner sObject may be left out."""
    row: dict[str, str] = {}
    for child in element:
        if len(child):
            parent = child[0] if len(child) == 1 and local(child[0]) == "sObject" else child
            row.update(_parent(local(child), {local(part): NULL_CELL if is_nil(part) else part.text or "" for part in parent}))
        else:
            row[local(child)] = NULL_CELL if is_nil(child) else child.text or ""
    return row


def _json(data: bytes, _content_type: str) -> tuple[tuple[str, ...], Sequence[Cells]]:
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _Bad(f"InvalidBatch : Failed to parse JSON. {error}") from None  # text is a guess
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _Bad("InvalidBatch : Failed to parse JSON. Expected an array of records")  # text is a guess
    return _table([_of_object(row) for row in found])


def _no_constant(name: str) -> Any:
    raise ValueError(f"Unexpected {name}")


def _of_object(record: Mapping[str, Any]) -> dict[str, str]:
    row: dict[str, str] = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            kind = value["attributes"].get("type", "") if isinstance(value.get("attributes"), dict) else ""
            parts = {key: _cell(part, name) for key, part in value.items() if key != "attributes"}
            row.update(_parent(name, {"type": str(kind), **parts} if kind else parts))
        else:
            row[name] = _cell(value, name)
    return row


def _cell(value: Any, name: str) -> str:
    if value is None:
        return NULL_CELL
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise _Bad(f"InvalidBatch : Failed to parse JSON. {name} is neither a value nor a parent")  # text is a guess
    return value


def _parent(relationship: str, parts: Mapping[str, str]) -> dict[str, str]:
    """`{"Email": "a@b.example"}` of ReportsTo as the column `ReportsTo.Email`; `type` tells the parents of a polymorphic field apart."""
    kind = next((value for name, value in parts.items() if name.lower() == "type"), "") if len(parts) > 1 else ""
    keys = [(name, value) for name, value in parts.items() if not (kind and name.lower() == "type")]
    if len(keys) != 1:
        raise _Bad(f"InvalidBatch : Invalid reference {relationship}: it needs one external id field")  # text is a guess
    [(name, value)] = keys
    return {f"{kind}:{relationship}.{name}" if kind else f"{relationship}.{name}": value}


def _table(rows: Sequence[Mapping[str, str]]) -> tuple[tuple[str, ...], Sequence[Cells]]:
    """Every field that any row has is a column, whatever its case; what a row lacks is left alone."""
    spelt: dict[str, str] = {}
    for row in rows:
        for name in row:
            spelt.setdefault(name.lower(), name)
    folded = [{name.lower(): cell for name, cell in row.items()} for row in rows]
    return tuple(spelt.values()), [[row.get(name, "") for name in spelt] for row in folded]


_READERS: dict[str, Callable[[bytes, str], tuple[tuple[str, ...], Sequence[Cells]]]] = {"CSV": _csv, "XML": _xml, "JSON": _json}


# ---------------------------------------------------------------------- zips


def _unzipped(data: bytes) -> tuple[bytes, Mapping[str, bytes]]:
    """request.txt and the other files. What is refused is D ("Errors", InvalidBatch), the texts are guesses."""
    try:
        files = unzipped(data, _check_entries, most_bytes=MOST_UNZIPPED_BYTES)
    except BadZip as error:
        raise _Bad(f"InvalidBatch : Invalid zip content: {error}") from None
    if REQUEST not in files:
        raise _Bad(f"InvalidBatch : {REQUEST} not found in the zip")
    return files.pop(REQUEST), files


def _check_entries(entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise _Bad(f"InvalidBatch : The zip has more than {MOST_ENTRIES} entries")
    if any(e.file_size > MOST_FILE_BYTES for e in entries) or sum(e.file_size for e in entries) > MOST_UNZIPPED_BYTES:
        raise _Bad("InvalidBatch : The unzipped content is too large")
