"""Reads what users write (TOML, YAML) key by key, so that every error names file, line, the nearest valid key and a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import BadFile, UsageError, did_you_mean, nearest

if TYPE_CHECKING:
    from sfchaos.faults.schedule import Schedule

Place = tuple[str | int, ...]
LineOf = Callable[[Place], int]


class Reader:
    """One table of a file. Ask for each key that may stand there, then call `done()`: what is left is unknown.

    `at` is the table's place in the tree ("flow", 0); `line_of` gives the line of a place, 0 when unknown.
    """

    def __init__(self, tree: Mapping[str, Any], *, file: str | Path, line_of: LineOf, at: Place = (), remedy: str = "") -> None:
        self.tree, self.file, self._line_of, self.at = tree, file, line_of, at
        self._asked: dict[str, None] = {}
        self._remedy = remedy

    def bad(self, key: str | None, what: str, remedy: str = "") -> BadFile:
        place = (*self.at, key) if key is not None else self.at
        return BadFile(self.file, self._line_of(place), what, remedy=remedy or self._remedy)

    def name_of(self, key: str) -> str:
        return ".".join(str(part) for part in (*self.at, key))

    def raw(self, key: str, default: Any = None) -> Any:
        self._asked[key] = None
        return self.tree.get(key, default)

    def has(self, key: str) -> bool:
        self._asked[key] = None
        return key in self.tree

    def text(self, key: str, default: str | None = None, *, one_of: Sequence[str] = ()) -> str:
        """A string. Without a default it is required."""
        value = self.raw(key, default)
        if value is None:
            raise self.bad(None, f"{self.name_of(key)!r} is missing", f"add `{key} = …`")
        if not isinstance(value, str):
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is not a text")
        if one_of and value not in one_of:
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is none of {', '.join(one_of)}{did_you_mean(value, one_of)}")
        return value

    def number(self, key: str, default: float, *, least: float = 0) -> float:
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is not a number of at least {least:g}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is neither true nor false")
        return value

    def texts(self, key: str, *, one_of: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of strings (a single string may stand for a list of one)."""
        value = self.raw(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is not a list of texts")
        for item in items:
            if one_of and item not in one_of:
                raise self.bad(key, f"{self.name_of(key)}: {item!r} is none of {', '.join(one_of)}{did_you_mean(item, one_of)}")
        return tuple(items)

    def table(self, key: str) -> Reader:
        """A sub-table, empty when it is not there."""
        value = self.raw(key, {})
        if not isinstance(value, Mapping):
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is not a table")
        return self._inner(value, (*self.at, key))

    def tables(self, key: str) -> list[Reader]:
        value = self.raw(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.bad(key, f"{self.name_of(key)} is not a list of tables")
        return [self._inner(item, (*self.at, key, index)) for index, item in enumerate(value)]

    def mapping(self, key: str) -> dict[str, str]:
        value = self.raw(key, {})
        if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
            raise self.bad(key, f"{self.name_of(key)}: {value!r} is not a table of texts")
        return {str(name): str(item) for name, item in value.items()}

    def done(self) -> None:
        """Raises BadFile for the first key nobody asked for."""
        for key in self.tree:
            if key not in self._asked:
                close = nearest(str(key), self._asked, at_most=1)
                hint = f"\n  did you mean {close[0]!r}?" if close else f"\n  known here: {', '.join(sorted(self._asked))}"
                raise self.bad(str(key), f"unknown key {self.name_of(str(key))!r}{hint}")

    def _inner(self, tree: Mapping[str, Any], at: Place) -> Reader:
        return Reader(tree, file=self.file, line_of=self._line_of, at=at, remedy=self._remedy)


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def toml_lines(text: str) -> dict[Place, int]:
    """Line numbers of keys and tables of a TOML text. Inline tables stand on the line of their key."""
    lines: dict[Place, int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            names = _names(header[2])
            if header[1] == "[[":
                index = counts.get(names, 0)
                counts[names] = index + 1
                table = (*names, index)
            else:
                table = names
            lines[table] = number
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault((*table, *_names(key[1])), number)
    return lines


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def line_finder(lines: Mapping[Place, int]) -> LineOf:
    """The line of a place, or of the nearest table around it."""

    def line_of(place: Place) -> int:
        while place:
            if place in lines:
                return lines[place]
            place = place[:-1]
        return lines.get((), 1)

    return line_of


def yaml_tree(path: Path, text: str | None = None) -> tuple[Any, LineOf]:
    """A YAML 1.2 document as plain values, and its line numbers. Raises BadFile with the parser's own place."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    source = path.read_text(encoding="utf-8") if text is None else text
    try:
        document = YAML(typ="rt").load(source)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise BadFile(path, line, f"not YAML: {error.problem or error.context}", remedy="check indentation, quotes and colons near that line") from None
    lines: dict[Place, int] = {(): 1}
    return _plain(document, (), lines), line_finder(lines)


def _plain(node: Any, at: Place, lines: dict[Place, int]) -> Any:
    if isinstance(node, Mapping):
        marks = getattr(node, "lc", None)
        for key in node:
            lines[(*at, str(key))] = _line(marks, key)
        return {str(key): _plain(value, (*at, str(key)), lines) for key, value in node.items()}
    if isinstance(node, list):
        marks = getattr(node, "lc", None)
        for index in range(len(node)):
            lines[(*at, index)] = _line(marks, index)
        return [_plain(value, (*at, index), lines) for index, value in enumerate(node)]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node)


def _line(marks: Any, key: Any) -> int:
    try:
        return int(marks.data[key][0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


_RULE = re.compile(r"rules\[(\d+)\](?:\.(\w+))?")


def checked_schedule(tree: Mapping[str, Any], file: str | Path, line_of: LineOf) -> Schedule:
    """A schedule from a file's tree; a mistake in a rule is reported at the rule's own line."""
    from sfchaos.faults.schedule import Schedule

    try:
        return Schedule.from_tree(tree)
    except UsageError as error:
        found = _RULE.search(error.message)
        place: Place = ("rules", int(found[1]), *([found[2]] if found[2] else [])) if found else ()
        raise BadFile(file, line_of(place), error.message, remedy=error.remedy) from None


def read_text(path: Path, what: str) -> str:
    """The text of a file the user named. Raises UsageError saying what it was for."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise UsageError(f"{what} {str(path)!r} does not exist{did_you_mean(path.name, near)}", remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} {str(path)!r} cannot be read: {error}", remedy="check that it is a UTF-8 text file you may read") from None
