"""The rows an org starts with: inline, or in a CSV, JSON or JSON Lines file beside the org file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sfchaos.core.errors import BadFile, did_you_mean
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.schema.places import Place, Places

Row = dict[str, Any]
SUFFIXES = (".csv", ".json", ".jsonl")


def read_rows(value: Any, sobject: SObject, schema: Schema, places: Places, place: Place, root: Path) -> list[Row]:
    """Rows with canonical field names. A file's relative path starts at `root`."""
    if isinstance(value, str):
        path = root / value
        return [_checked(row, sobject, schema, Places(str(path), {(): line}), ()) for line, row in _from_file(path, places, place)]
    if not isinstance(value, list):
        raise places.bad(place, f"rows of {sobject.name} are neither a list nor a path: {value!r}", "write a list of `{Field: value}`, or a path")
    return [_checked(places.table(row, (*place, index)), sobject, schema, places, (*place, index)) for index, row in enumerate(value)]


def _checked(row: Mapping[str, Any], sobject: SObject, schema: Schema, places: Places, place: Place) -> Row:
    found: Row = {}
    for name, value in row.items():
        here = (*place, name)
        head, dot, tail = name.partition(".")
        if dot or isinstance(value, Mapping):
            parent = {tail: value} if dot else dict(value)
            if dot and value in (None, ""):
                continue
            found[_relationship(head, parent, sobject, schema, places, here)] = parent
            continue
        field = sobject.find(name)
        if field is None:
            raise places.unknown(here, f"field of {sobject.name}", name, [f.name for f in sobject.fields])
        if field.name == "Id":
            found["Id"] = _own_id(value, sobject, places, here)
            continue
        if not (field.createable and field.has_column):
            raise places.bad(here, f"{sobject.name}.{field.name} is set by the org, not by rows", "leave the field out")
        if isinstance(value, list):
            raise places.bad(here, f"{sobject.name}.{field.name}: {value!r} is not one value", "join the values of a multipicklist with `;`")
        if value is not None and value != "":
            found[field.name] = value
    return found


def _own_id(value: Any, sobject: SObject, places: Places, here: Place) -> str:
    """Rows of a file may bring their ids: other rows of the file can name them by these."""
    if not isinstance(value, str) or not is_id(value) or value[:3] != sobject.key_prefix:
        raise places.bad(here, f"{sobject.name}.Id: {value!r} is no id of this object", f"ids of {sobject.name} begin with {sobject.key_prefix}; or leave the field out")
    return to_18(value)


def _relationship(head: str, parent: Mapping[str, Any], sobject: SObject, schema: Schema, places: Places, here: Place) -> str:
    """`Account: {External_Id__c: A-1}` (in CSV: a column `Account.External_Id__c`) finds the parent by one of its keys."""
    field = sobject.by_relationship.get(head.lower())
    if field is None:
        raise places.unknown(here, f"relationship of {sobject.name}", head, [f.relationship_name for f in sobject.by_relationship.values()])
    parents = [found for name in field.reference_to if (found := schema.find(name))]
    keys = sorted({f.name for found in parents for f in found.fields if f.id_lookup or (found.name == "RecordType" and f.name == "DeveloperName")})
    if len(parent) != 1 or next(iter(parent)).lower() not in {key.lower() for key in keys}:
        raise places.bad(
            here, f"{head} must be named by one key of {' or '.join(field.reference_to)}: {dict(parent)!r}", f"keys are {', '.join(keys)}"
        )
    return field.relationship_name


def _from_file(path: Path, places: Places, place: Place) -> list[tuple[int, Row]]:
    """(line, row) of every row in the file."""
    if path.suffix.lower() not in SUFFIXES:
        raise places.bad(place, f"rows in {path.name!r}: no format has this suffix", f"use one of {', '.join(SUFFIXES)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise places.bad(
            place, f"rows file {str(path)!r} does not exist{did_you_mean(path.name, near)}", "the path starts at the folder of this file"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise places.bad(place, f"rows file {str(path)!r} cannot be read: {error}", "it must be UTF-8 text") from None
    return {".csv": _csv, ".json": _json, ".jsonl": _jsonl}[path.suffix.lower()](path, text)


def _csv(path: Path, text: str) -> list[tuple[int, Row]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, Row]] = []
    try:
        for row in reader:
            if None in row or None in row.values():
                raise BadFile(path, reader.line_num, "the row has more or fewer cells than the header", remedy="quote cells that hold commas")
            rows.append((reader.line_num, dict(row)))
    except csv.Error as error:
        raise BadFile(path, reader.reader.line_num, f"not CSV: {error}", remedy="quote cells that hold commas, quotes or line ends") from None
    return rows


def _json(path: Path, text: str) -> list[tuple[int, Row]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(path, getattr(error, "lineno", 0), f"not JSON: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadFile(path, 1, "not a list of objects", remedy='write `[{"Name": "Acme"}, ...]`')
    return [(0, row) for row in rows]


def _jsonl(path: Path, text: str) -> list[tuple[int, Row]]:
    rows: list[tuple[int, Row]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadFile(path, number, f"not JSON: {error}") from None
        if not isinstance(row, dict):
            raise BadFile(path, number, f"not an object: {line.strip()[:40]}", remedy='write one `{"Name": "Acme"}` a line')
        rows.append((number, row))
    return rows
