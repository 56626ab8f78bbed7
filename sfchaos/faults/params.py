"""Parameters of a fault: what a dataclass field takes, in which unit, and how to say no.

`hold: float = duration("10s", "how long the lock is held")` declares one. What a user writes (`"10s"`) is read once, when
a schedule is loaded; the fault itself sees seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.units import seconds_of, share_of

Reader = Callable[[object, str], object]  # (what the user wrote, where it stands) -> value; raises UsageError
_KEY = "param"


@dataclass(frozen=True)
class Param:
    """One parameter as `explain` prints it. `default` is what a user would write; `schema` is its JSON Schema."""

    name: str
    kind: str
    default: object
    doc: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class _Spec:
    kind: str
    shown: object
    doc: str
    schema: Mapping[str, Any]
    read: Reader


def declare(kind: str, default: object, doc: str, schema: Mapping[str, Any], read: Reader) -> Any:
    """A parameter of a kind of its own: `schema` is its JSON Schema, `read(value, where)` checks and converts, or raises UsageError."""
    value = default if default is None else read(default, "default")
    return field(default=value, metadata={_KEY: _Spec(kind, default, doc, schema, read)})


_DURATION_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\s*(forever|\d+(\.\d+)?\s*(ms|s|m|h|d))\s*$"}]
}


def duration(default: str | float | None, doc: str) -> Any:
    """Seconds, or text with a unit. None stands for "not given"."""
    return declare("duration", default, doc, _DURATION_SCHEMA, lambda value, where: seconds_of(value, name=where))


def shift(default: str, doc: str) -> Any:
    """Seconds, or text with a unit, forward or (with a minus before it) back."""

    def read(value: object, where: str) -> float:
        if isinstance(value, str) and value.strip().startswith("-"):
            return -seconds_of(value.strip()[1:], name=where)
        if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
            return -seconds_of(-value, name=where)
        return seconds_of(value, name=where)

    schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*-?\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$"}]}
    return declare("duration, may be negative", default, doc, schema, read)


def share(default: float | None, doc: str) -> Any:
    return declare("share", default, doc, {"type": "number", "minimum": 0, "maximum": 1}, lambda value, where: share_of(value, name=where))


def count(default: int | None, doc: str, *, least: int = 0) -> Any:
    def read(value: object, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise UsageError(f"{where}: {value!r} is not a whole number of {least} or more", remedy=f"write a number, such as {max(least, 1)}")
        return value

    return declare("count", default, doc, {"type": "integer", "minimum": least}, read)


def counts(doc: str, *, least: int = 1) -> Any:
    """A list of positions; a single one may stand for a list."""

    def read(value: object, where: str) -> tuple[int, ...]:
        items = value if isinstance(value, list | tuple) else [value]
        for item in items:
            if isinstance(item, bool) or not isinstance(item, int) or item < least:
                raise UsageError(f"{where}: {item!r} is not a whole number of {least} or more", remedy="write a list such as [2, 5]")
        return tuple(items)

    item_schema = {"type": "integer", "minimum": least}
    return declare("list of counts", (), doc, {"anyOf": [item_schema, {"type": "array", "items": item_schema}]}, read)


def text(default: str, doc: str) -> Any:
    def read(value: object, where: str) -> str:
        if not isinstance(value, str):
            raise UsageError(f"{where}: {value!r} is not text", remedy="put it in quotes")
        return value

    return declare("text", default, doc, {"type": "string"}, read)


def texts(default: Sequence[str], doc: str, *, allowed: Sequence[str] = ()) -> Any:
    """A list of texts, out of `allowed` where that is given; a single one may stand for a list."""

    def read(value: object, where: str) -> tuple[str, ...]:
        items = value if isinstance(value, list | tuple) else [value]
        if not items or not all(isinstance(item, str) and item for item in items):
            raise UsageError(f"{where}: {value!r} is not a list of texts", remedy='write a list such as ["UNABLE_TO_LOCK_ROW"]')
        for item in items:
            if allowed and item not in allowed:
                raise UnknownName("value", str(item), allowed, where=f"{where}: ", remedy=f"any of: {', '.join(allowed)}")
        return tuple(items)

    item_schema = {"enum": list(allowed)} if allowed else {"type": "string", "minLength": 1}
    schema = {"anyOf": [item_schema, {"type": "array", "items": item_schema, "minItems": 1}]}
    return declare("list of texts", tuple(default), doc, schema, read)


def choice(default: str, allowed: Sequence[str], doc: str) -> Any:
    def read(value: object, where: str) -> str:
        if value not in allowed:
            raise UnknownName("value", str(value), allowed, where=f"{where}: ", remedy=f"one of: {', '.join(allowed)}")
        return str(value)

    return declare("one of " + ", ".join(allowed), default, doc, {"enum": list(allowed)}, read)


def header_value(default: str | None, doc: str) -> Any:
    """A number, any text sent as it stands, or null for no header at all."""

    def read(value: object, where: str) -> str | None:
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise UsageError(f"{where}: {value!r} is no header value", remedy="write a number, a text, or null for no header")
        if isinstance(value, str) and not value.isprintable():
            raise UsageError(f"{where}: {value!r} has characters that no header may carry", remedy="write printable text")
        return None if value is None else str(value)

    return declare("number, text or null", default, doc, {"type": ["number", "string", "null"]}, read)


def params_of(cls: type) -> tuple[Param, ...]:
    """The parameters of a fault class, in the order declared."""
    found = []
    for f in fields(cls):
        spec: _Spec | None = f.metadata.get(_KEY)
        if spec is None:
            shown = None if f.default is MISSING else f.default
            found.append(Param(f.name, str(f.type), shown, "", {}))
            continue
        found.append(Param(f.name, spec.kind, spec.shown, spec.doc, spec.schema))
    return tuple(found)


def build(cls: type[Any], given: Mapping[str, object], *, where: str) -> Any:
    """An instance of a fault from what the user wrote in `with`. Raises UsageError naming `where` and the parameter."""
    known = {f.name: f.metadata.get(_KEY) for f in fields(cls)}
    values: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            raise UnknownName("parameter", name, known, where=f"{where}: ", remedy=_listing(cls))
        spec = known[name]
        try:
            values[name] = value if spec is None else spec.read(value, f"{where}.{name}")
        except UnknownName:
            raise
        except UsageError as error:
            raise UsageError(error.message, remedy=error.remedy or _listing(cls)) from None
    return cls(**values)


def _listing(cls: type[Any]) -> str:
    info = getattr(cls, "info", None)
    return f"`sfchaos explain {info.id}` prints its parameters" if info else ""
