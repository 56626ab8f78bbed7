"""An org from a folder of describe JSON: `Account.json` ... as `GET /sobjects/Account/describe` answers, and `rows/Account.json|csv`.

The folder adds to the standard org: an object that stands in both is the folder's. What describe does not tell (formats of auto
numbers, formulas hidden from the caller, how a standard field follows from another) is the standard org's where that has the field.
`global.json` and `snapshot.json` are not needed; the second says where the folder comes from. `permissions.json`, where it is there, says what
the integration user may do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sfchaos.core.errors import BadFile
from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.describe_reading import check_shape, object_from_describe
from sfchaos.org.schema.formula_check import without_unreadable_formulas
from sfchaos.org.schema.library import VERSION, standard_schema
from sfchaos.org.schema.load import OrgModel, parents_first
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.people import PermissionSet, UserEntry
from sfchaos.org.schema.people_reader import read_permission_sets
from sfchaos.org.schema.places import Places
from sfchaos.org.schema.rows import SUFFIXES, Row, read_rows

ROWS, GLOBAL, PROVENANCE, PERMISSIONS = "rows", "global.json", "snapshot.json", "permissions.json"
_SHARED_PREFIXES = ("017", "02c")  # of histories, and of shares of custom objects
_NOT_OBJECTS = frozenset({GLOBAL, PROVENANCE, PERMISSIONS})
RUNNING_USER = "Snapshot of the running user"  # the profile that permissions.json makes


def is_describe_folder(path: Path) -> bool:
    return any(_is_describe(_parsed(file)) for file in _candidates(path))


def load_describes(path: Path) -> OrgModel:
    """The org of the folder. Raises BadFile for JSON that cannot be read and rows that do not fit."""
    trees = {file: tree for file in _candidates(path) if _is_describe(tree := _parsed(file))}
    unread: list[str] = []
    base = standard_schema()
    objects = dict(base.objects)
    for file, tree in trees.items():
        check_shape(tree, partial(_bad, file))
    _check_alone(trees)
    relationships = _relationships(trees.values())
    for file, tree in trees.items():
        made = object_from_describe(tree, base.find(str(tree["name"])), relationships, partial(_bad, file), unread)
        objects[made.name.lower()] = made
    objects = _with_prefixes(objects)
    own = {str(tree["name"]).lower() for tree in trees.values()}
    objects = {key: _with_known_references(o, objects, unread) if key in own else o for key, o in objects.items()}
    schema = without_unreadable_formulas(Schema(_word(path), VERSION, with_companions(objects)), unread.append)
    rows = _rows(path, schema)
    profiles = _profiles(path, schema)
    users = tuple(UserEntry("integration@snapshot.example", name, integration=True) for name in profiles)
    return OrgModel(schema, parents_first(schema, rows), users=users, profiles=profiles, unread=tuple(dict.fromkeys(unread)), kind="describes", source=str(path))


def _profiles(path: Path, schema: Schema) -> dict[str, PermissionSet]:
    """What permissions.json grants, as the profile of the integration user; none without that file."""
    file = path / PERMISSIONS
    if not file.exists():
        return {}
    tree, places = _parsed(file), Places(str(file))
    if not isinstance(tree, Mapping) or tree.get("sfchaos_permissions") != 1:
        raise places.bad((), "not the rights of a user: the key 'sfchaos_permissions' is missing, or is not 1", "take the snapshot again, with --permissions")
    given = {key: value for key, value in tree.items() if key != "sfchaos_permissions"}
    return read_permission_sets({RUNNING_USER: given}, schema, places, "profiles")


def _candidates(path: Path) -> list[Path]:
    return sorted(file for file in path.glob("*.json") if file.name not in _NOT_OBJECTS)


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise BadFile(file, 0, "not JSON that can be read: too many levels inside one another", remedy="fetch the describe again") from None
    except ValueError as error:
        raise BadFile(file, getattr(error, "lineno", 0), f"not JSON: {error}", remedy="fetch the describe again") from None
    except OSError as error:
        raise BadFile(file, 0, f"cannot be read: {error}", remedy="check the file's rights") from None


def _is_describe(tree: Any) -> bool:
    return isinstance(tree, Mapping) and isinstance(tree.get("fields"), list) and isinstance(tree.get("name"), str)


def _check_alone(trees: Mapping[Path, Mapping[str, Any]]) -> None:
    """No object, and no key prefix, may be told of twice. Raises BadFile."""
    for key in ("name", "keyPrefix"):
        seen: dict[str, Path] = {}
        for file, tree in trees.items():
            told = str(tree.get(key) or "")
            same = told.lower() if key == "name" else told
            if same in seen and tree.get("keyPrefix") not in _SHARED_PREFIXES:
                raise BadFile(file, 0, f"{key} {told!r} is that of {seen[same].name} too", remedy="keep one of the two files")
            if same:
                seen[same] = file


def _bad(file: Path, what: str) -> BadFile:
    return BadFile(file, 0, what, remedy="fetch the describe again")


def _word(path: Path) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in path.resolve().name) or "describes"


def _relationships(trees: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    """(child sObject, field) in lower case -> what the parent's describe says about them."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for tree in trees:
        for child in tree.get("childRelationships") or ():
            key = str(child.get("childSObject")).lower(), str(child.get("field")).lower()
            if key not in found or child.get("relationshipName"):
                found[key] = child
    return found


def _with_prefixes(objects: Mapping[str, SObject]) -> dict[str, SObject]:
    """Objects whose describe shows no key prefix get one that nobody has: their rows need ids all the same."""
    taken = {o.key_prefix for o in objects.values()}
    found: dict[str, SObject] = {}
    for key, sobject in objects.items():
        if not sobject.key_prefix:
            prefix = next(p for p in (f"z{a}{b}" for a in "0123456789abcdefghijklmnopqrstuvwxyz" for b in "0123456789abcdefghijklmnopqrstuvwxyz") if p not in taken)
            taken.add(prefix)
            sobject = replace(sobject, key_prefix=prefix, flags={**sobject.flags, "showsKeyPrefix": False})
        found[key] = sobject
    return found


def _with_known_references(sobject: SObject, objects: Mapping[str, SObject], unread: list[str]) -> SObject:
    """References to objects that are in neither the folder nor the standard org lead nowhere."""
    fields: list[Field] = []
    strangers: set[str] = set()
    for f in sobject.fields:
        known = tuple(objects[target.lower()].name for target in f.reference_to if target.lower() in objects)
        strangers |= {target for target in f.reference_to if target.lower() not in objects}
        fields.append(f if known == f.reference_to else replace(f, reference_to=known, relationship_name=f.relationship_name if known else ""))
    if strangers:
        unread.append(f"{sobject.name}: it refers to objects whose describes are not in the folder ({', '.join(sorted(strangers))})")
    return replace(sobject, fields=tuple(fields))


def _rows(path: Path, schema: Schema) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    folder = path / ROWS
    for file in sorted(folder.glob("*")) if folder.is_dir() else ():
        if file.suffix.lower() not in SUFFIXES:
            continue
        sobject = schema.find(file.stem)
        if sobject is None:
            raise Places(str(file)).unknown((), "sObject", file.stem, [o.name for o in schema], "the file is called after its object: rows/Account.json")
        found[sobject.name] = read_rows(file.name, sobject, schema, Places(str(file)), (), folder)
    return found
