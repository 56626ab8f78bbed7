"""From the catalogue's YAML, which people edit, to the JSON that is read at run time.

YAML takes a third of a second to read, JSON a millisecond. `python -m sfchaos.controls.compiling` writes the JSON again;
a test keeps the two equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sfchaos.core.errors import BadFile

FOLDER = Path(__file__).parent / "catalogue"
COMPILED = FOLDER / "catalogue.json"
FAMILIES = ("res", "auth", "acc", "log", "int", "sec", "fht", "mon", "doc", "env", "chg", "rbk", "run", "ppl", "rev")
RELATIONS = frozenset({"supports", "tests-directly", "context"})  # never `satisfies`
KINDS = frozenset({"T", "C", "A"})
_TEXTS = ("title", "statement", "precondition", "failure", "remedy")
_ID = re.compile(r"SFC-[A-Z]{3,4}-\d\d")
_REGULAR_TESTING = {"framework": "gdpr", "edition": "2016-679", "id": "art-32-1-d", "relation": "supports", "status": "current"}


def compile_catalogue(folder: Path = FOLDER) -> dict[str, Any]:
    """The whole catalogue as one JSON-ready tree. Raises BadFile for what does not hold."""
    iso = read_yaml(folder / "iso27001.yaml")
    objectives = {item["id"]: item for family in FAMILIES for item in _family(folder / f"{family}.yaml", family)}
    _tag(objectives, folder / "crosswalk.yaml", iso)
    _source_tag(objectives, folder / "source_tags.yaml")
    return {"objectives": objectives, "iso27001": iso, "trace": _trace(folder / "trace.yaml", objectives)}


def read_yaml(path: Path) -> dict[str, Any]:
    """One YAML 1.2 file as plain values."""
    from ruamel.yaml import YAML  # slow to import, and not needed at run time

    tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    if not isinstance(tree, dict):
        raise BadFile(path, 1, "is not a mapping", remedy="see the other files of the catalogue")
    return tree


def _family(path: Path, family: str) -> Iterator[dict[str, Any]]:
    tree = read_yaml(path)
    for item in tree["objectives"]:
        name = str(item.get("id", ""))
        wrong = [key for key in _TEXTS if not isinstance(item.get(key), str) or not item[key].strip()]
        if not _ID.fullmatch(name) or name.split("-")[1].lower() != family:
            raise BadFile(path, 0, f"{name!r} is no id of the family {family!r}", remedy=f"write SFC-{family.upper()}-01 and so on")
        if wrong or not item.get("kinds") or not KINDS.issuperset(item["kinds"]):
            raise BadFile(path, 0, f"{name}: {', '.join(wrong) or 'kinds'} missing or not understood", remedy=f"an objective has kinds (T, C, A) and {', '.join(_TEXTS)}")
        yield {**item, "family": tree["name"], "tags": [], "source_tags": []}


def _tag(objectives: Mapping[str, dict[str, Any]], path: Path, iso: Mapping[str, Any]) -> None:
    for row in read_yaml(path)["rows"]:
        for name in row["objectives"]:
            held: list[dict[str, str]] = _owner(objectives, name, path)["tags"]
            for tag in [*(tag for record in row["tags"] for tag in tags_of(record, iso, path)), _REGULAR_TESTING]:
                if tag not in held:
                    held.append(tag)


def _owner(objectives: Mapping[str, dict[str, Any]], name: str, path: Path) -> dict[str, Any]:
    if name not in objectives:
        raise BadFile(path, 0, f"unknown objective {name!r}", remedy="objectives stand in the files of the families")
    return objectives[name]


def tags_of(record: Mapping[str, Any], iso: Mapping[str, Any], path: Path | str = "tags") -> list[dict[str, str]]:
    """One record of a crosswalk as tags. An id without an edition is refused, and so is one that nothing here supports."""
    edition, framework = str(record.get("edition") or ""), str(record.get("framework") or "")
    ids = [str(item) for item in record.get("ids", ())]
    if not edition or not framework or not ids:
        raise BadFile(path, 0, f"tag {framework} {', '.join(ids)} has no edition, framework or ids", remedy="write framework, edition and ids in every tag")
    relation = str(record.get("relation", "supports"))
    if relation not in RELATIONS:
        raise BadFile(path, 0, f"relation {relation!r} of {framework} {ids[0]}", remedy=f"one of {', '.join(sorted(RELATIONS))}")
    if framework == "iso27001":
        _check_iso(edition, ids, iso, path)
    return [{"framework": framework, "edition": edition, "id": i, "relation": relation, "status": str(record.get("status", "current"))} for i in ids]


def _check_iso(edition: str, ids: list[str], iso: Mapping[str, Any], path: Path | str) -> None:
    known = {"2022": iso["controls"], "2013": iso["successors"]}.get(edition)
    for control in ids:
        if control in iso["unused"]:
            raise BadFile(path, 0, f"ISO 27001:{edition} {control} is protection from malware: no objective is evidence toward it", remedy="carry it as a source tag")
        if known is None or (control not in known and not control.startswith("clause-")):
            raise BadFile(path, 0, f"ISO 27001:{edition} has no {control} here", remedy="ids of both editions stand in iso27001.yaml")


def _source_tag(objectives: Mapping[str, dict[str, Any]], path: Path) -> None:
    tree = read_yaml(path)
    for record in tree["tags"]:
        tag = {"document": tree["document"], **{key: value for key, value in record.items() if key != "objectives"}}
        for name in record["objectives"]:
            _owner(objectives, name, path)["source_tags"].append(tag)


def _trace(path: Path, objectives: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_yaml(path)["rows"]
    for row in rows:
        for name in row["objectives"]:
            _owner(objectives, name, path)
    return rows


def compiled_text(folder: Path = FOLDER) -> str:
    """The compiled catalogue as it is stored: every tag once, in a table that objectives point into."""
    tree = compile_catalogue(folder)
    table: list[dict[str, str]] = []
    for item in tree["objectives"].values():
        table += [tag for tag in item["tags"] if tag not in table]
        item["tags"] = [table.index(tag) for tag in item["tags"]]
    return json.dumps({**tree, "tags": table}, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace('},"', '},\n"') + "\n"


if __name__ == "__main__":
    COMPILED.write_text(compiled_text(), encoding="utf-8")
