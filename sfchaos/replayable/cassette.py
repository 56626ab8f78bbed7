"""Cassette files as values. The format is vcrpy's (version 1) with one key more, `provenance`, which vcrpy passes over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfchaos.core.errors import BadFile
from sfchaos.core.messages import Headers, Request, Response

PROVENANCE = ("source", "recorded_on", "recorded_by", "note")
_REMEDY = "record it with `sfchaos.replayable.recording`, or copy the head of another cassette"


@dataclass(frozen=True)
class Exchange:
    request: Request
    response: Response


@dataclass(frozen=True)
class Cassette:
    """`provenance` says where the exchanges come from (`source`), when, by what, and what is to be known of them (`note`)."""

    path: Path
    provenance: Mapping[str, str]
    exchanges: tuple[Exchange, ...]

    @property
    def name(self) -> str:
        """`rest/rows`: folder and stem."""
        return f"{self.path.parent.name}/{self.path.stem}"


def find_cassettes(root: Path) -> list[Path]:
    """All cassettes under a folder, in order of their names."""
    return sorted(root.rglob("*.yaml"))


def read_cassette(path: Path) -> Cassette:
    """The cassette of a file. Raises BadFile for what is not one, or has no provenance."""
    tree = _tree(path)
    if not isinstance(tree, Mapping) or not isinstance(tree.get("interactions"), list):
        raise BadFile(path, 0, "is not a cassette: the key 'interactions' is missing", remedy=_REMEDY)
    provenance = tree.get("provenance")
    if not isinstance(provenance, Mapping):
        raise BadFile(path, 0, "has no provenance: nobody can tell what it is evidence of", remedy=_REMEDY)
    missing = [key for key in PROVENANCE if not str(provenance.get(key) or "").strip()]
    if missing:
        raise BadFile(path, 0, f"provenance lacks {', '.join(missing)}", remedy=f"give all of: {', '.join(PROVENANCE)}")
    exchanges = tuple(_exchange(path, i, entry) for i, entry in enumerate(tree["interactions"], 1))
    if not exchanges:
        raise BadFile(path, 0, "holds no exchange", remedy=_REMEDY)
    return Cassette(path, {key: str(value) for key, value in provenance.items()}, exchanges)


def _tree(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, 0, f"cannot be read: {error}", remedy=_REMEDY) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadFile(path, line, f"is not YAML: {error.problem}", remedy=_REMEDY) from None


def _exchange(path: Path, number: int, entry: Any) -> Exchange:
    try:
        asked, answered = entry["request"], entry["response"]
        request = Request(str(asked["method"]), str(asked["uri"]), _headers(asked.get("headers")), _bytes(asked.get("body")))
        response = Response(int(answered["status"]["code"]), _bytes((answered.get("body") or {}).get("string")), _headers(answered.get("headers")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(path, 0, f"exchange {number} is not one: {type(error).__name__} {error}", remedy="it needs request and response as vcrpy writes them") from None
    return Exchange(request, response)


def _headers(tree: Any) -> Headers:
    """vcrpy holds a list of values for each name; people write one text."""
    return tuple((str(name), str(value)) for name, values in (tree or {}).items() for value in (values if isinstance(values, list) else [values]))


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode("utf-8")
