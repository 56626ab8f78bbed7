"""Rows of flows, as the team declares where they stand: CSV, JSON Lines, SQLite, or a Python callable."""

from __future__ import annotations

import csv
import importlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sfchaos.core.canonical import Digester
from sfchaos.core.declaration import Flow
from sfchaos.core.errors import UsageError
from sfchaos.core.history import SourceRow
from sfchaos.scenario.config import Port

Row = Mapping[str, Any]


def read_port(port: Port, root: Path, *, must_exist: bool) -> list[Row]:
    """All rows of a port. A sink or rejects file that was never written is empty; a missing source is the user's mistake."""
    if port.kind == "python":
        return [dict(row) for row in _called(port.place)]
    path = root / port.place
    if not path.exists():
        if must_exist:
            raise UsageError(f"source {port.place!r} does not exist in {root}", remedy="check `source` of the flow in sfchaos.toml")
        return []
    try:
        return {"csv": _csv, "jsonl": _jsonl, "sqlite": _sqlite}[port.kind](path, port)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise UsageError(f"{port.place}: {error}", remedy=f"check that it is a sound {port.kind} file") from None


def said_on_stdout(flow: Flow) -> Port:
    """The sink of a flow that declares none: `{"row": {...}}` lines on stdout, keyed by the column of the external id."""
    return Port("stdout", "", flow.fields.get(flow.external_id, flow.external_id))


def _csv(path: Path, _port: Port) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _jsonl(path: Path, _port: Port) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"line {number} is not JSON ({error})") from None
    return rows


def _sqlite(path: Path, port: Port) -> list[Row]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        table = port.table.replace('"', '""')
        known = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
        if port.table not in known:
            return []
        return [dict(row) for row in database.execute(f'SELECT * FROM "{table}"')]


def _called(place: str) -> Iterable[Row]:
    module, _, name = place.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"rows from {place!r}: {error}", remedy="check module and function of the port in sfchaos.toml") from None
    found: Iterable[Row] = function()
    return found


def as_source_rows(flow: Flow, port: Port, rows: Iterable[Row], digester: Digester, types: Mapping[str, str], labels: dict[str, str]) -> list[SourceRow]:
    """Rows as digests under the flow's mapping; `labels` learns the clear text of each key (in memory only)."""
    found: list[SourceRow] = []
    for number, row in enumerate(rows, start=1):
        key = digester.key(row.get(port.key))
        if key:
            labels[key] = str(row[port.key])
        fields = {name: digester.value(row.get(column), types.get(name, "string")) for name, column in flow.fields.items() if column in row}
        found.append(SourceRow(flow.id, key, fields, number, str(row.get("code") or ""), str(row.get("status") or "")))
    return found
