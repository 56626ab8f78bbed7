"""The catalogue of control objectives, read from its compiled form. A framework tag is never what is judged; the objective is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.errors import UnknownName
from sfchaos.core.judgement import SourceTag, Tag

_FILE = Path(__file__).parent / "catalogue.json"


@dataclass(frozen=True)
class Objective:
    """One control objective. `kinds`: T tested by a run, C checked by reading, A attested by a person.

    `judged` says whether this version has a judge for it; an objective without one is reported as not judged.
    `source_tags` are references that a customer's document prints: shown beside the tags, never counted.
    """

    id: str
    title: str
    kinds: tuple[str, ...]
    statement: str
    precondition: str
    failure: str
    remedy: str
    family: str
    tags: tuple[Tag, ...]
    source_tags: tuple[SourceTag, ...]
    judged: bool

    @property
    def kind(self) -> str:
        """The first kind: how it is mainly shown."""
        return self.kinds[0]

    def tags_in(self, framework: str, edition: str = "") -> tuple[Tag, ...]:
        return tuple(tag for tag in self.tags if tag.framework == framework and edition in ("", tag.edition))


@cache
def tree() -> Mapping[str, Any]:
    """The compiled catalogue as it is stored."""
    data: dict[str, Any] = json.loads(_FILE.read_bytes())
    return data


@cache
def objectives() -> Mapping[str, Objective]:
    """All objectives by id, in the order of their ids."""
    from sfchaos.controls.judges import JUDGED

    table = tuple(Tag(**tag) for tag in tree()["tags"])
    return MappingProxyType({name: _objective(item, table, name in JUDGED) for name, item in sorted(tree()["objectives"].items())})


def objective(name: str) -> Objective:
    """One objective, named with or without the SFC- prefix, in any case. Raises UnknownName with the nearest ids."""
    known = objectives()
    wanted = name.upper() if name.upper().startswith("SFC-") else f"SFC-{name.upper()}"
    if wanted not in known:
        raise UnknownName("objective", name, known, remedy=f"`sfchaos list objectives` shows all {len(known)}")
    return known[wanted]


def catalogue_digest() -> str:
    """SHA-256 of the catalogue in use, for the evidence."""
    return sha256_hex(_FILE.read_bytes())


@dataclass(frozen=True)
class TraceRow:
    """One item of the source document and what serves it: objectives, or the place named by `served_by`."""

    id: str
    item: str
    kinds: tuple[str, ...]
    objectives: tuple[str, ...]
    served_by: str = ""


def trace() -> tuple[TraceRow, ...]:
    return tuple(TraceRow(row["id"], row["item"], tuple(row["kinds"]), tuple(row["objectives"]), row.get("served_by", "")) for row in tree()["trace"])


def _objective(item: Mapping[str, Any], table: tuple[Tag, ...], judged: bool) -> Objective:
    return Objective(
        item["id"], item["title"], tuple(item["kinds"]), item["statement"], item["precondition"], item["failure"], item["remedy"], item["family"],
        tuple(table[index] for index in item["tags"]), tuple(_source_tag(tag) for tag in item["source_tags"]), judged,
    )  # fmt: skip


def _source_tag(data: Mapping[str, Any]) -> SourceTag:
    return SourceTag(**{**data, "corrected_to": tuple(data["corrected_to"])})
