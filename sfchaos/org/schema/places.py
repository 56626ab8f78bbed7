"""Files that people write, read with the line of every key, so that an error can say where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sfchaos.core.errors import BadFile, did_you_mean, nearest

Place = tuple[str | int, ...]
MOST_PLACES, MOST_DEPTH = 300_000, 60  # keys and items of one YAML file with its aliases written out; levels


@dataclass(frozen=True)
class Places:
    """Where things stand in one file. `lines` may be empty: then errors name the file alone."""

    file: str
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it; 0 when nothing is known."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)

    def bad(self, place: Place, what: str, remedy: str = "") -> BadFile:
        return BadFile(self.file, self.line_of(place), what, remedy=remedy)

    def unknown(self, place: Place, kind: str, name: str, known: Iterable[str], remedy: str = "") -> BadFile:
        """`unknown key 'feilds'`, with the nearest known name, or all of them when they are few."""
        names = sorted(known)
        close = nearest(name, names)
        hint = f"\n  did you mean {' or '.join(repr(n) for n in close)}?" if close else ""
        if not close and len(names) <= 12:
            hint = f"\n  known: {', '.join(names)}"
        return self.bad(place, f"unknown {kind} {name!r}{hint}", remedy)

    def table(self, value: Any, place: Place) -> Mapping[str, Any]:
        """`value` as a table (nothing counts as an empty one)."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.bad(place, f"{_dotted(place)}: {value!r} is not a table", "indent `name: value` lines below it")
        return value

    def check_keys(self, table: Mapping[str, Any], known: Iterable[str], place: Place) -> None:
        names = set(known)
        for key in table:
            if key not in names:
                raise self.unknown((*place, key), "key", str(key), names, f"what may stand here: {', '.join(sorted(map(str, names)))}")

    def text(self, table: Mapping[str, Any], key: str, place: Place) -> str:
        """The text under a key, "" when it is not there."""
        value = table.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.bad((*place, key), f"{key}: {value!r} is not a text", "put it in quotes")
        return value

    def flag(self, table: Mapping[str, Any], key: str, place: Place, usual: bool) -> bool:
        value = table.get(key, usual)
        if not isinstance(value, bool):
            raise self.bad((*place, key), f"{key}: {value!r} is neither true nor false")
        return value

    def words(self, table: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        """A list of texts, empty when it is not there."""
        value = table.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.bad((*place, key), f"{key}: {value!r} is not a list of words", f"write `{key}: [A, B]`")
        return tuple(value)

    def whole_number(self, value: Any, place: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.bad(place, f"{_dotted(place)}: {value!r} is not a whole number from 0 up", "write a count, such as 50")
        return value


def read_yaml(path: Path) -> tuple[Any, Places]:
    """A YAML 1.2 document as plain values, and its places. Raises BadFile for a file that cannot be read or parsed."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise BadFile(path, 0, "not YAML that can be read: too many levels inside one another", remedy="take some out") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadFile(path, mark.line + 1 if mark else 0, f"not YAML: {error.problem or error.context}",
                      remedy="check indentation, quotes and colons near that line") from None  # fmt: skip
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise BadFile(path, 0, f"no such file{did_you_mean(path.name, near)}", remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, 0, f"cannot be read: {error}", remedy="check that it is a UTF-8 text file you may read") from None
    lines: dict[Place, int] = {(): 1}
    try:
        return plain(document, (), lines), Places(str(path), lines)
    except _TooBig as big:
        raise BadFile(path, big.line, str(big), remedy="write it out instead of repeating it with anchors (&) and aliases (*)") from None


class _TooBig(Exception):
    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


def plain(node: Any, place: Place, lines: dict[Place, int]) -> Any:
    """Round-trip nodes as plain values; `lines` learns where each key and item stands. Dates become the text Salesforce takes."""
    if len(lines) > MOST_PLACES or len(place) > MOST_DEPTH:
        more = f"{MOST_DEPTH} levels inside one another" if len(place) > MOST_DEPTH else f"{MOST_PLACES} keys and items"
        raise _TooBig(f"more than {more}", next((lines[place[:n]] for n in range(len(place), -1, -1) if lines.get(place[:n])), 0))
    if isinstance(node, Mapping):
        for key in node:
            lines[(*place, str(key))] = _line(node, key)
        return {str(key): plain(value, (*place, str(key)), lines) for key, value in node.items()}
    if isinstance(node, list):
        for index in range(len(node)):
            lines[(*place, index)] = _line(node, index)
        return [plain(value, (*place, index), lines) for index, value in enumerate(node)]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, datetime):
        return node.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(node, date):
        return node.isoformat()
    for kind in (int, float):
        if isinstance(node, kind):
            return kind(node)
    return str(node)


def _line(node: Any, key: Any) -> int:
    marks = getattr(getattr(node, "lc", None), "data", None) or {}
    return int(marks[key][0]) + 1 if key in marks else 0


def _dotted(place: Place) -> str:
    return ".".join(str(part) for part in place) or "the file"
