"""Payloads of events as Avro bytes and back. The only place that needs fastavro, which comes with the extra `pubsub`.

On our side a payload is what streaming clients get as JSON: moments as text, fields without a value left out, a header with names of
fields. In Avro moments are milliseconds, every field is there, and the header has bitmaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any

from sfchaos.org.events.avro import AvroSchema, Tree
from sfchaos.org.events.avro_bitmaps import bitmaps_of, names_of

HEADER = "ChangeEventHeader"
_NAME_LISTS = ("nulledFields", "diffFields", "changedFields")
_DAY_MS = 86_400_000
_MOST_KEPT = 256
_parsed: dict[str, tuple[Tree, Any]] = {}  # schema text -> (tree, fastavro's form of it)


class NotReadable(ValueError):
    """Bytes that are none of this schema, or a value that does not fit it."""


def encoded(schema: AvroSchema, payload: Mapping[str, Any]) -> bytes:
    """Raises NotReadable for a value that does not fit its field."""
    from fastavro import schemaless_writer

    tree, parsed = _parse(schema)
    out = BytesIO()
    try:
        schemaless_writer(out, parsed, {f["name"]: _to_avro(f, payload, tree) for f in tree["fields"]})
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise NotReadable(str(error)) from None
    return out.getvalue()


def decoded(schema: AvroSchema, data: bytes) -> dict[str, Any]:
    """Fields that are null are left out. Raises NotReadable, also when bytes are left over."""
    from fastavro import schemaless_reader

    tree, parsed = _parse(schema)
    source = BytesIO(data)
    try:
        found: Any = schemaless_reader(source, parsed, None)
        left = len(data) - source.tell()
        if left:
            raise NotReadable(f"{left} bytes follow the event")
        return {f["name"]: _from_avro(f, found[f["name"]], tree) for f in tree["fields"] if found[f["name"]] is not None}
    except NotReadable:
        raise
    except Exception as error:  # fastavro lets through whatever the bytes lead to: EOFError, IndexError, UnicodeDecodeError, OverflowError ...
        raise NotReadable(f"{type(error).__name__}: {error}") from None


def _parse(schema: AvroSchema) -> tuple[Tree, Any]:
    kept = _parsed.get(schema.text)
    if kept is None:
        from fastavro import parse_schema

        if len(_parsed) >= _MOST_KEPT:
            _parsed.clear()
        tree = schema.tree()
        kept = _parsed[schema.text] = (tree, parse_schema(schema.tree()))
    return kept


# ------------------------------------------------------------------ values


def _kind(field: Tree) -> str:
    """Salesforce's name of a field's type: `Data:DateOnly:00N...` is DateOnly."""
    return str(field.get("doc", "")).partition(":")[2].partition(":")[0]


def _to_avro(field: Tree, payload: Mapping[str, Any], tree: Tree) -> Any:
    value = payload.get(field["name"])
    if field["name"] == HEADER:
        return _header_to_avro(value or {}, payload, tree)
    if value is None:
        return None
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str) and "long" in field["type"]:
        return _TO_MS.get(_kind(field), int)(value)
    if "double" in field["type"]:
        return float(value)
    return value


def _from_avro(field: Tree, value: Any, tree: Tree) -> Any:
    if field["name"] == HEADER:
        return {**value, **{name: names_of(value[name], tree) for name in _NAME_LISTS}}
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if part is not None}
    if isinstance(value, int) and not isinstance(value, bool) and _kind(field) in _FROM_MS:
        return _FROM_MS[_kind(field)](value)
    return value


def _header_to_avro(header: Mapping[str, Any], payload: Mapping[str, Any], tree: Tree) -> Tree:
    """An update that does not say which fields it emptied emptied those that are null in it."""
    given = dict(header)
    if header.get("changeType") == "UPDATE":
        named = [name for name in payload if name != HEADER]
        given.setdefault("changedFields", named)
        given.setdefault("nulledFields", [name for name in named if payload[name] is None])
    return {**given, **{name: bitmaps_of(given.get(name) or (), tree) for name in _NAME_LISTS}}


def _ms_of_moment(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _ms_of_date(text: str) -> int:
    return (date.fromisoformat(text[:10]) - date(1970, 1, 1)).days * _DAY_MS


def _ms_of_time(text: str) -> int:
    clock = time.fromisoformat(text.rstrip("Z"))
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1000 + clock.microsecond // 1000


def _moment_of_ms(value: int) -> str:
    return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time_of_ms(value: int) -> str:
    return _moment_of_ms(value % _DAY_MS).partition("T")[2]


_TO_MS = {"DateTime": _ms_of_moment, "DateOnly": _ms_of_date, "TimeOnly": _ms_of_time}
_FROM_MS = {"DateTime": _moment_of_ms, "DateOnly": lambda value: _moment_of_ms(value)[:10], "TimeOnly": _time_of_ms}
