"""`@{reference.path[0].name}` in the parts of a composite: what earlier parts answered, put into later ones.

Source: REST API Developer Guide, "Composite Subrequest" and "Composite Subrequest Result" (syntax, versions, sentences: D).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

NULLS_SINCE = 52.0  # before it a reference to a null field halts the part (D)
_REFERENCE = re.compile(r"@\{([^{}]*)\}")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d{1,9})\]")
_NAME = re.compile(r"[^.\[\]]*")
_SCALARS = (str, bool, int, float)  # what may be referred to (D); an object or a list may not
_NOTHING = object()


class Unresolved(Exception):
    """A reference that leads nowhere. Its text is Salesforce's sentence."""

    def __init__(self, text: str) -> None:
        name = _named(text)
        super().__init__(f"Invalid reference specified. No value for {text} found in {name}. Provided referenceId ('{text}') must start with a letter or a "
                         "number, and it can contain only letters, numbers and underscores ('_').")  # fmt: skip


@dataclass
class References:
    """Bodies of the parts that have been done, by referenceId. `version` is that of the composite itself."""

    version: float
    _bodies: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, bool] = field(default_factory=dict)

    def add(self, reference: str, body: Any, *, is_row: bool) -> None:
        """`is_row`: the part asked for one row, whose null fields may be referred to since v52 (D)."""
        self._bodies[reference] = body
        self._rows[reference] = is_row

    def resolve(self, value: Any) -> Any:
        """`value` with its references replaced, at any depth. A text that is one reference and nothing else takes the value's own
        type. Raises Unresolved."""
        if isinstance(value, str):
            return self._text(value) if "@{" in value else value
        if isinstance(value, dict):
            return {name: self.resolve(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def resolve_url(self, url: str) -> str:
        """The same in a URL: values are percent-encoded but for their slashes, unless the reference is all of the URL. (How
        Salesforce encodes them is not documented: a guess.)"""
        whole = _REFERENCE.fullmatch(url)
        if whole:
            return _shown(self._value(whole[1]))
        return _REFERENCE.sub(lambda found: quote(_shown(self._value(found[1])), safe="/"), url)

    def _text(self, text: str) -> Any:
        whole = _REFERENCE.fullmatch(text)
        return self._value(whole[1]) if whole else _REFERENCE.sub(lambda found: _shown(self._value(found[1])), text)

    def _value(self, text: str) -> Any:
        name = _named(text)
        value = _walk(self._bodies.get(name, _NOTHING), text[len(name) :])
        if value is None and self._rows.get(name) and self.version >= NULLS_SINCE:
            return None
        if not isinstance(value, _SCALARS):
            raise Unresolved(text)
        return value


def names_in(value: Any) -> list[str]:
    """The referenceIds that a body or URL names, in order, repeated as they are."""
    if isinstance(value, str):
        return [_named(text) for text in _REFERENCE.findall(value)]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for item in items for name in names_in(item)]


def _named(text: str) -> str:
    found = _NAME.match(text)
    return found[0] if found else ""


def _walk(value: Any, path: str) -> Any:
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return _NOTHING
        if step[1] is not None:
            value = value.get(step[1], _NOTHING) if isinstance(value, dict) else _NOTHING
        else:
            index = int(step[2])
            value = value[index] if isinstance(value, list) and index < len(value) else _NOTHING
        position = step.end()
    return value


def _shown(value: Any) -> str:
    """A value inside a longer text. Null is nothing (a guess)."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
