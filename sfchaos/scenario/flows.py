"""Holds declared flows against the org and against their source: a name that is nowhere would make every verdict wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sfchaos.core.declaration import Flow
from sfchaos.core.errors import BadFile, UnknownName, did_you_mean
from sfchaos.scenario.config import Config, Port

WHOLE = ("csv", "sqlite")  # kinds of which every row has every column


def check_fields(config: Config, flow: Flow, types: Mapping[str, str]) -> None:
    """`external_id`, `fields` and `sensitive` name fields of the flow's object. Raises BadFile. (`Account.Name` is not looked at.)"""
    named = [("external_id", flow.external_id), *(("fields", name) for name in flow.fields), *(("sensitive", name) for name in flow.sensitive)]
    for key, name in named:
        if name and "." not in name and name not in types:
            raise _bad(config, flow, key, f"{flow.sobject} has no field {name!r}{did_you_mean(name, types)}",
                       "write the field's API name as in its describe; an org file adds fields")  # fmt: skip


def check_columns(config: Config, flow: Flow, port: Port, rows: Sequence[Mapping[str, Any]]) -> None:
    """The source has the column of its key, and in a table those of `fields`. Raises BadFile."""
    columns: dict[str, None] = {str(name): None for row in rows for name in row}
    if not columns:
        return
    wanted: Iterable[str] = (port.key, *(flow.fields.values() if port.kind in WHOLE else ()))
    for name in wanted:
        if name not in columns:
            key = "source" if name == port.key else "fields"
            raise _bad(config, flow, key, f"{port.place} has no column {name!r}{did_you_mean(name, columns)}", f"its columns: {', '.join(columns)}")


def unknown_object(config: Config, flow: Flow, error: UnknownName) -> BadFile:
    """The same error, at the line of the flow."""
    return _bad(config, flow, "sobject", error.message, error.remedy)


def _bad(config: Config, flow: Flow, key: str, what: str, remedy: str) -> BadFile:
    index = [one.id for one in config.declaration.flows].index(flow.id)
    return BadFile(config.file.name if config.file else "sfchaos.toml", config.line_of(("flow", index, key)), what, remedy=remedy)
