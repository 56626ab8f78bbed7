"""One describe as an sObject: `describe.py` the other way round."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sfchaos.core.errors import BadFile
from sfchaos.org.schema.metadata import RecordType
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.picklists import Entry, with_entries
from sfchaos.org.schema.reader import FIELD_KEYS, TYPES, field_from

Relationships = Mapping[tuple[str, str], Mapping[str, Any]]
Bad = Callable[[str], BadFile]
_FLAGS = ("customSetting", "deepCloneable", "feedEnabled", "layoutable", "mergeable", "mruEnabled", "triggerable", "undeletable")
_RIGHTS = ("createable", "updateable", "deletable", "queryable", "searchable", "replicateable")
_TEXTS = ("label", "compoundFieldName", "relationshipName", "inlineHelpText", "mask", "maskType", "controllerName")
_NUMBERS = ("length", "precision", "scale", "digits")
_BOOLEANS = (
    "nillable", "createable", "updateable", "unique", "caseSensitive", "externalId", "idLookup", "nameField", "restrictedPicklist", "filterable", "sortable",
    "groupable", "permissionable", "custom", "htmlFormatted",
)  # fmt: skip


def check_shape(tree: Mapping[str, Any], bad: Bad) -> None:
    """That lists, words and flags are such, and that names are names, each once. Raises BadFile."""
    _check_name(tree["name"], "object", bad)
    prefix = tree.get("keyPrefix")
    if prefix and (not isinstance(prefix, str) or not re.fullmatch(r"[A-Za-z0-9]{3}", prefix)):
        raise bad(f"keyPrefix: {prefix!r} is not three letters or digits")
    _check_types(tree, str(tree["name"]), (("label", str), ("labelPlural", str), *((key, bool) for key in (*_RIGHTS, *_FLAGS, "custom"))), bad)
    for key in ("childRelationships", "recordTypeInfos"):
        _check_tables(tree, key, str(tree["name"]), bad)
    seen: dict[str, str] = {}
    for entry in tree["fields"]:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"]:
            raise bad("a field has no name")
        name = entry["name"]
        _check_name(name, "field", bad)
        if name.lower() in seen:
            raise bad(f"the field {name} is there twice{'' if seen[name.lower()] == name else ', also as ' + seen[name.lower()]}; case does not count")
        seen[name.lower()] = name
        words = ((key, str) for key in (*_TEXTS, "calculatedFormula", "defaultValueFormula"))
        _check_types(entry, name, (*words, *((key, bool) for key in (*_BOOLEANS, "autoNumber", "calculated"))), bad)
        _check_tables(entry, "picklistValues", name, bad)
        if any(not isinstance(value.get("value"), str) for value in entry.get("picklistValues") or ()):
            raise bad(f"{name}.picklistValues: an entry has no `value` that is a text")
        targets = entry.get("referenceTo") or []
        if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
            raise bad(f"{name}.referenceTo: {targets!r} is not a list of names")


def _check_name(name: Any, what: str, bad: Bad) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise bad(f"{name!r} is not the API name of an {what}" if what == "object" else f"{name!r} is not the API name of a {what}")


def _check_types(tree: Mapping[str, Any], where: str, keys: Iterable[tuple[str, type]], bad: Bad) -> None:
    for key, kind in keys:
        value = tree.get(key)
        if value is not None and not isinstance(value, kind):
            raise bad(f"{where}.{key}: {value!r} is {'neither true nor false' if kind is bool else 'not a text'}")


def _check_tables(tree: Mapping[str, Any], key: str, where: str, bad: Bad) -> None:
    value = tree.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise bad(f"{where}.{key}: {str(value)[:80]!r} is not a list of objects")


def object_from_describe(tree: Mapping[str, Any], known: SObject | None, relationships: Relationships, bad: Bad, unread: list[str]) -> SObject:
    """The sObject; `known` is the standard org's of that name. What cannot be held is said in `unread`. Raises BadFile."""
    name = str(tree["name"])
    fields = [_field(entry, name, known, relationships, bad, unread) for entry in tree["fields"]]
    rights: dict[str, Any] = {key: bool(tree.get(key, True)) for key in _RIGHTS}
    made = SObject(
        name, str(tree.get("label") or name), str(tree.get("labelPlural") or name), str(tree.get("keyPrefix") or (known.key_prefix if known else "")),
        tuple(fields), bool(tree.get("custom", name.endswith("__c"))), **rights, flags=_flags(tree, known),
    )  # fmt: skip
    made = _with_dependencies(made, tree["fields"])
    if known is not None:
        made = replace(made, sharing=known.sharing, since=known.since, validation_rules=known.validation_rules, duplicate_rules=known.duplicate_rules)
    return replace(made, record_types=tuple(_record_types(tree)))


def _flags(tree: Mapping[str, Any], known: SObject | None) -> dict[str, object]:
    flags: dict[str, object] = dict(known.flags) if known is not None else {}
    flags |= {key: bool(tree[key]) for key in _FLAGS if key in tree}
    if tree.get("associateParentEntity"):
        flags["companionOf"] = tree["associateParentEntity"]
    if "keyPrefix" in tree and not tree["keyPrefix"]:
        flags["showsKeyPrefix"] = False
    return flags


def _record_types(tree: Mapping[str, Any]) -> list[RecordType]:
    return [
        RecordType(str(info["developerName"]), str(info.get("name") or info["developerName"]), "", bool(info.get("active", True)), bool(info.get("defaultRecordTypeMapping")))
        for info in tree.get("recordTypeInfos") or ()
        if not info.get("master") and info.get("developerName")
    ]  # fmt: skip


def _field(entry: Any, sobject: str, known: SObject | None, relationships: Relationships, bad: Bad, unread: list[str]) -> Field:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"]:
        raise bad("a field has no name")
    name, kind = str(entry["name"]), entry.get("type")
    if kind not in TYPES:
        unread.append(f"{sobject}.{name}: its type {kind!r} is not known and is taken as text")
        kind = "string"
    old = known.find(name) if known is not None else None
    attributes: dict[str, Any] = {FIELD_KEYS[key]: str(entry.get(key) or "") for key in _TEXTS}
    attributes |= {FIELD_KEYS[key]: _whole(entry.get(key), f"{name}.{key}", bad) for key in _NUMBERS}
    attributes |= {FIELD_KEYS[key]: bool(entry[key]) for key in _BOOLEANS if key in entry}
    f = replace(old or field_from(name, {"type": kind}), name=name, type=kind, **attributes)
    f = replace(f, reference_to=tuple(str(target) for target in entry.get("referenceTo") or ()), default=None)
    f = _with_values(f, entry)
    f = _with_relationship(f, entry, relationships.get((sobject.lower(), name.lower())))
    return _with_origin(f, entry, old, sobject, unread)


def _whole(value: Any, what: str, bad: Bad) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad(f"{what}: {value!r} is not a whole number")
    if not 0 <= value < 2**31:
        raise bad(f"{what}: {value} is not a number from 0 to 2147483647")
    return value


def _with_values(f: Field, entry: Mapping[str, Any]) -> Field:
    """Values, and the default: of a checkbox itself, of a picklist in its list, else a literal formula."""
    if f.type == "boolean":
        return replace(f, default=bool(entry.get("defaultValue")))
    if entry.get("picklistValues"):
        entries = [Entry(str(v["value"]), str(v.get("label") or ""), bool(v.get("active", True)), bool(v.get("defaultValue"))) for v in entry["picklistValues"]]
        return with_entries(f, entries)
    text = entry.get("defaultValueFormula")
    return replace(f, default=_literal(text)) if isinstance(text, str) and text else f


def _literal(text: str) -> object:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) and "." not in text else number


def _with_relationship(f: Field, entry: Mapping[str, Any], child: Mapping[str, Any] | None) -> Field:
    if child is None:
        return replace(f, cascade_delete=bool(entry.get("cascadeDelete")) or f.cascade_delete, restricted_delete=bool(entry.get("restrictedDelete")) or f.restricted_delete)
    return replace(f, child_relationship_name=str(child.get("relationshipName") or ""), cascade_delete=bool(child.get("cascadeDelete")),
                   restricted_delete=bool(child.get("restrictedDelete")))  # fmt: skip


def _with_origin(f: Field, entry: Mapping[str, Any], old: Field | None, sobject: str, unread: list[str]) -> Field:
    """Who gives the value: the caller, a number of the org's, a formula, the org itself."""
    if entry.get("autoNumber"):
        f = replace(f, auto_number=old.auto_number if old is not None and old.auto_number else "{00000000}")
    elif f.auto_number:
        f = replace(f, auto_number="")
    formula = entry.get("calculatedFormula")
    if isinstance(formula, str) and formula:
        return replace(f, calculated=True, formula_text=formula, blank_as_zero=bool(entry.get("formulaTreatNullNumberAsZero")))
    if entry.get("calculated") and not (old is not None and (old.calculated or old.derived_from)):
        unread.append(f"{sobject}.{f.name}: it is calculated and the describe does not say how; it shows null")
        return replace(f, calculated=True)
    fills = bool(entry.get("defaultedOnCreate")) and f.default is None and not f.auto_number
    return replace(f, defaulted_on_create=fills or (old is not None and old.defaulted_on_create))


def _with_dependencies(sobject: SObject, entries: Sequence[Mapping[str, Any]]) -> SObject:
    """The bits of dependent values as the controlling values they stand for."""
    for entry in entries:
        f = sobject.find(str(entry["name"]))
        controller = sobject.find(f.controller) if f is not None and f.controller else None
        if f is None or controller is None:
            continue
        words = ("false", "true") if controller.type == "boolean" else controller.picklist
        fitting = tuple((str(v["value"]), _chosen(v.get("validFor"), words)) for v in entry.get("picklistValues") or ())
        sobject = sobject.with_field(replace(f, controller=controller.name, valid_for=fitting))
    return sobject


def _chosen(bits: Any, words: Sequence[str]) -> tuple[str, ...]:
    """Bit i, highest first, is the i-th controlling value. Source: SOAP API Developer Guide, "PicklistEntry" (D)."""
    try:
        data = base64.b64decode(bits or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        return ()
    return tuple(word for index, word in enumerate(words) if index >> 3 < len(data) and data[index >> 3] & (0x80 >> (index % 8)))
