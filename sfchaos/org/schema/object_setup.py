"""What an org file says about an sObject besides its fields: sharing, record types, validation rules, duplicate rules.

Names are the Metadata API's: `recordTypes`, `validationRules`, `duplicateRules`, `sharing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sfchaos.org.schema.metadata import DuplicateRule, RecordType, ValidationRule
from sfchaos.org.schema.model import SObject
from sfchaos.org.schema.places import Place, Places

SETUP_KEYS = ("sharing", "recordTypes", "validationRules", "duplicateRules")
SHARING = ("Private", "Read", "ReadWrite", "ControlledByParent")
ACTIONS = ("block", "allow", "")


def with_setup(made: SObject, tree: Mapping[str, Any], places: Places, place: Place) -> SObject:
    """The sObject with the setup that `tree` gives; rules and record types of the same name replace those there were."""
    if "sharing" in tree:
        if tree["sharing"] not in SHARING:
            raise places.unknown((*place, "sharing"), "sharing model", str(tree["sharing"]), SHARING)
        made = replace(made, sharing=tree["sharing"])
    types = [_record_type(name, t, made, places, p) for name, t, p in _entries(tree, "recordTypes", places, place)]
    rules = [_validation(name, t, made, places, p) for name, t, p in _entries(tree, "validationRules", places, place)]
    doubles = [_duplicate(name, t, made, places, p) for name, t, p in _entries(tree, "duplicateRules", places, place)]
    by_type = {t.developer_name: t for t in (*made.record_types, *types)}
    by_rule = {r.name: r for r in (*made.validation_rules, *rules)}
    by_double = {d.name: d for d in (*made.duplicate_rules, *doubles)}
    return replace(made, record_types=tuple(by_type.values()), validation_rules=tuple(by_rule.values()), duplicate_rules=tuple(by_double.values()))


def _entries(tree: Mapping[str, Any], key: str, places: Places, place: Place) -> list[tuple[str, Mapping[str, Any], Place]]:
    table = places.table(tree.get(key), (*place, key))
    return [(name, places.table(value, (*place, key, name)), (*place, key, name)) for name, value in table.items()]


def _record_type(name: str, tree: Mapping[str, Any], sobject: SObject, places: Places, place: Place) -> RecordType:
    places.check_keys(tree, ("label", "description", "active", "default", "picklists"), place)
    offered: list[tuple[str, tuple[str, ...]]] = []
    for field_name, values in places.table(tree.get("picklists"), (*place, "picklists")).items():
        here = (*place, "picklists", field_name)
        f = field_of(field_name, sobject, places, here)
        if not isinstance(values, list):
            raise places.bad(here, f"{field_name}: {values!r} is not a list of values", f"write `{field_name}: [A, B]`")
        known = made.picklist if (made := sobject.find(f)) else ()
        for value in values:
            if str(value) not in known:
                raise places.unknown(here, f"value of {sobject.name}.{f}", str(value), known)
        offered.append((f, tuple(str(value) for value in values)))
    return RecordType(
        name, places.text(tree, "label", place) or name.replace("_", " "), places.text(tree, "description", place),
        places.flag(tree, "active", place, True), places.flag(tree, "default", place, False), tuple(offered),
    )  # fmt: skip


def _validation(name: str, tree: Mapping[str, Any], sobject: SObject, places: Places, place: Place) -> ValidationRule:
    places.check_keys(tree, ("formula", "message", "field", "active"), place)
    for key in ("formula", "message"):
        if not places.text(tree, key, place):
            raise places.bad(place, f"{name}: a validation rule needs {key}", 'write `{formula: "Amount__c < 0", message: "Must not be negative"}`')
    named = places.text(tree, "field", place)
    f = field_of(named, sobject, places, (*place, "field")) if named else ""
    return ValidationRule(name, tree["formula"], tree["message"], f, places.flag(tree, "active", place, True))


def _duplicate(name: str, tree: Mapping[str, Any], sobject: SObject, places: Places, place: Place) -> DuplicateRule:
    places.check_keys(tree, ("fields", "label", "onCreate", "onUpdate", "message", "active"), place)
    named = tree.get("fields")
    if not isinstance(named, list) or not named:
        raise places.bad(place, f"{name}: a duplicate rule needs fields", "write `fields: [Email]`")
    actions = {}
    for key, usual in (("onCreate", "allow"), ("onUpdate", "")):
        actions[key] = tree.get(key, usual) or ""
        if actions[key] not in ACTIONS:
            raise places.unknown((*place, key), "action", str(actions[key]), ("block", "allow"))
    return DuplicateRule(
        name, tuple(field_of(str(f), sobject, places, (*place, "fields")) for f in named), places.text(tree, "label", place) or name.replace("_", " "),
        actions["onCreate"], actions["onUpdate"], places.text(tree, "message", place) or "Use one of these records?", places.flag(tree, "active", place, True),
    )  # fmt: skip


def field_of(name: str, sobject: SObject, places: Places, place: Place) -> str:
    """The field's canonical name."""
    f = sobject.find(name)
    if f is None:
        raise places.unknown(place, f"field of {sobject.name}", name, [known.name for known in sobject.fields])
    return f.name
