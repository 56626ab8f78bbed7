"""The `objects:` of an org file: new sObjects, and fields added to or changed in known ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from sfchaos.org.schema import compounds
from sfchaos.org.schema.events import EVENT_TYPES, PUBLISH_BEHAVIORS, SUFFIX, event_field, platform_event
from sfchaos.org.schema.metadata import FILTER_OPERATIONS, Summary, SummaryFilter
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.object_setup import SETUP_KEYS, with_setup
from sfchaos.org.schema.picklists import Entry, with_entries
from sfchaos.org.schema.places import Place, Places
from sfchaos.org.schema.reader import FIELD_KEYS, NAME_FIELD, OBJECT_ATTRIBUTES, SYSTEM, TYPES, field_from, label_of, sobject_from
from sfchaos.org.schema.summaries import OPERATIONS, with_summaries

OBJECT_KEYS = ("eventType", "publishBehavior", "label", "labelPlural", "keyPrefix", "fields", *OBJECT_ATTRIBUTES, *SETUP_KEYS)
# What only the org's own files may say, because code stands behind it.
_OURS = ("derived", "formula", "calculated", "compoundFieldName", "custom", "since")
KEYS = (*(key for key in FIELD_KEYS if key not in _OURS), "summary")
WRITABLE_TYPES = tuple(name for name in TYPES if name not in ("id", "anyType"))
COMPOUND_TYPES = ("address", "location")
SUMMARY_FIELD_KEYS = ("summary", "label", "inlineHelpText")
SUMMARY_KEYS = ("operation", "foreignKey", "field", "filters")
ENTRY_KEYS = ("value", "label", "active", "default", "validFor")
_MOST = {"length": 131_072, "precision": 18, "scale": 18, "digits": 18}  # of Salesforce's fields (D)
_KINDS = {"str": str, "int": int, "bool": bool}
_ATTRIBUTE_TYPES = {f.name: str(f.type) for f in fields(Field)}


def read_objects(table: Mapping[str, Any], base: Schema, places: Places) -> dict[str, SObject]:
    """The sObjects that the file makes or changes, by lower-case name. References may point at any of them, in any order."""
    found: dict[str, SObject] = {}
    for name, tree in table.items():
        place: Place = ("objects", name)
        if name.lower() in found:
            raise places.bad(place, f"{name} is there already, as {found[name.lower()].name}; case does not count", "put them together")
        checked = places.table(tree, place)
        places.check_keys(checked, OBJECT_KEYS, place)
        known = base.find(name)
        made = _changed(known, checked, places, place) if known else _new(name, checked, [*base, *found.values()], places, place)
        found[made.name.lower()] = made
    names = {o.name.lower(): o.name for o in (*base, *found.values())}
    found = {key: _with_references(made, names, table, places) for key, made in found.items()}
    if any(f.summary for made in found.values() for f in made.fields):
        found = {key: made for key, made in with_summaries({**base.objects, **found}, _bad_summary(table, places)).items() if key in found}
    return found


def _bad_summary(table: Mapping[str, Any], places: Places) -> Callable[[SObject, Field, str], None]:
    def bad(sobject: SObject, f: Field, why: str) -> None:
        written = next(name for name in table if name.lower() == sobject.name.lower())
        own = next((name for name in table[written].get("fields") or () if name.lower() == f.key), f.name)
        raise places.bad(("objects", written, "fields", own, "summary"), why, "a roll-up counts, adds or compares rows that refer to this object")

    return bad


def _changed(known: SObject, tree: Mapping[str, Any], places: Places, place: Place) -> SObject:
    if "keyPrefix" in tree and tree["keyPrefix"] != known.key_prefix:
        raise places.bad((*place, "keyPrefix"), f"{known.name} has the key prefix {known.key_prefix!r}", "leave keyPrefix out")
    flags: dict[str, Any] = {key: _flag(tree, key, places, place) for key in OBJECT_ATTRIBUTES if key in tree}
    changed = replace(known, label=tree.get("label", known.label), label_plural=tree.get("labelPlural", known.label_plural), **flags)
    for name, field_tree, where in _field_trees(tree, places, place):
        for f in _fields(name, field_tree, known.find(name), places, where):
            changed = changed.with_field(f)
    return _finished(changed, tree, places, place)


def _finished(made: SObject, tree: Mapping[str, Any], places: Places, place: Place) -> SObject:
    """With its setup; every controlling field is there."""
    for name, field_tree, where in _field_trees(tree, places, place):
        controller = field_tree.get("controllerName")
        found = made.find(str(controller)) if controller else None
        if controller and (found is None or not (found.picklist or found.type == "boolean")):
            choices = [f.name for f in made.fields if f.picklist or f.type == "boolean"]
            raise places.unknown((*where, "controllerName"), f"picklist or checkbox of {made.name}", str(controller), choices)
        if found is not None and (f := made.find(name)) is not None:
            made = made.with_field(replace(f, controller=found.name))
    return with_setup(made, tree, places, place)


def _new(name: str, tree: Mapping[str, Any], others: list[SObject], places: Places, place: Place) -> SObject:
    """A new sObject with its system fields, an owner, and a Name unless the file gives one."""
    if not name.replace("_", "").isalnum() or not name[0].isalpha():
        raise places.bad(place, f"{name!r} is not an API name", "letters, digits and underscores; custom objects end in __c")
    own = [f for n, t, where in _field_trees(tree, places, place) for f in _fields(n, t, None, places, where)]
    label = str(tree.get("label") or label_of(name.removesuffix(SUFFIX)))
    if name.endswith(SUFFIX):
        return _event(name, label, tree, own, _prefix(name, tree, others, places, place), places, place)
    made = sobject_from({
        "name": name, "label": label, "labelPlural": str(tree.get("labelPlural") or label + "s"), "keyPrefix": _prefix(name, tree, others, places, place),
        "fields": ["@owner", dict(NAME_FIELD), "@audit"],
        **{key: _flag(tree, key, places, place) for key in OBJECT_ATTRIBUTES if key in tree},
    })  # fmt: skip
    for f in own:
        made = made.with_field(f)
    return _finished(made, tree, places, place)


def _event(name: str, label: str, tree: Mapping[str, Any], own: list[Field], prefix: str, places: Places, place: Place) -> SObject:
    """A platform event: `Shipment__e: {publishBehavior: PublishImmediately, fields: {...}}`."""
    said = {key: places.text(tree, key, place) for key in ("eventType", "publishBehavior") if key in tree}
    for key, known in (("eventType", EVENT_TYPES), ("publishBehavior", PUBLISH_BEHAVIORS)):
        if said.get(key, known[0]) not in known:
            raise places.unknown((*place, key), key, said[key], known)
    made = platform_event(name, label, str(tree.get("labelPlural") or label + "s"), prefix, event_type=said.get("eventType", ""),
                          publish=said.get("publishBehavior", ""))  # fmt: skip
    for f in own:
        made = made.with_field(event_field(f))
    return made


def _flag(tree: Mapping[str, Any], key: str, places: Places, place: Place) -> bool:
    if not isinstance(tree[key], bool):
        raise places.bad((*place, key), f"{key}: {tree[key]!r} is neither true nor false")
    return bool(tree[key])


def _prefix(name: str, tree: Mapping[str, Any], others: list[SObject], places: Places, place: Place) -> str:
    """The one given, or for custom objects the next free one from a01 (wire reference 8.1, K)."""
    taken = {o.key_prefix: o.name for o in others}
    given = tree.get("keyPrefix")
    if given is not None:
        if not isinstance(given, str) or len(given) != 3 or not (given.isalnum() and given.isascii()):
            raise places.bad((*place, "keyPrefix"), f"keyPrefix: {given!r} is not three letters or digits", 'write `keyPrefix: "01t"`')
        if given in taken:
            raise places.bad((*place, "keyPrefix"), f"keyPrefix {given!r} belongs to {taken[given]}", "choose another")
        return given
    if not name.endswith(("__c", SUFFIX)):
        raise places.bad(place, f"the standard org has no {name}; a new standard object needs its key prefix",
                         'write `keyPrefix: "01t"`, or end a custom object\'s name in __c')  # fmt: skip
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    letter = "e" if name.endswith(SUFFIX) else "a"
    return next(p for p in (f"{letter}{x}{y}" for x in digits for y in digits) if p not in ("a00", "e00") and p not in taken)


def _field_trees(tree: Mapping[str, Any], places: Places, place: Place) -> list[tuple[str, Mapping[str, Any], Place]]:
    table = places.table(tree.get("fields"), (*place, "fields"))
    spelled: dict[str, str] = {}
    for name in table:
        if spelled.setdefault(name.lower(), name) != name:
            raise places.bad((*place, "fields", name), f"{name} is there already, as {spelled[name.lower()]}; case does not count", "keep one of the two")
    return [(name, places.table(value, (*place, "fields", name)), (*place, "fields", name)) for name, value in table.items()]


def _fields(name: str, tree: Mapping[str, Any], known: Field | None, places: Places, place: Place) -> tuple[Field, ...]:
    """The columns that an entry stands for: one, or those of a compound field and the field itself."""
    kind = tree.get("type")
    if known is not None or kind not in COMPOUND_TYPES:
        return (_field(name, tree, known, places, place),)
    places.check_keys(tree, ("type", "label", "scale", "trackHistory", "nillable"), place)
    if not name.endswith("__c"):
        raise places.bad(place, f"{name}: a field of type {kind} of your own ends in __c", f"call it {name}__c")
    label = places.text(tree, "label", place) or label_of(name)
    tracked = places.flag(tree, "trackHistory", place, False)
    if kind == "address":
        return compounds.address(name, label=label, tracked=tracked)
    scale = places.whole_number(tree.get("scale", compounds.MOST_DECIMALS), (*place, "scale"))
    if scale > compounds.MOST_DECIMALS:
        raise places.bad((*place, "scale"), f"scale: {scale} decimal places", f"at most {compounds.MOST_DECIMALS}")
    return compounds.location(name, label=label, scale=scale, tracked=tracked, nillable=places.flag(tree, "nillable", place, True))


def _field(name: str, tree: Mapping[str, Any], known: Field | None, places: Places, place: Place) -> Field:
    """A field that the file describes. Of a known field only the keys given change, unless its type does."""
    if known is not None and known.name in SYSTEM:
        raise places.bad(place, f"{known.name} is a system field and cannot be changed", "leave it out")
    if not name.replace("_", "").isalnum() or not name[0].isalpha():
        raise places.bad(place, f"{name!r} is not an API name", "letters, digits and underscores; custom fields end in __c")
    places.check_keys(tree, KEYS, place)
    kind = tree.get("type", known.type if known else "string")
    if known is not None and not known.has_column and kind == known.type:
        raise places.bad(place, f"{known.name} is computed from other fields and cannot be changed", "leave it out")
    if kind not in WRITABLE_TYPES:
        raise places.unknown((*place, "type"), "field type", str(kind), WRITABLE_TYPES, "types are those of describe")
    if "summary" in tree:
        return _summary(name, tree, places, place)
    entries = _entries(tree, places, place)
    if entries is not None:
        tree = {**tree, "picklistValues": [entry.value for entry in entries]}
    _check_values(tree, places, place)
    if kind == "reference" and not (tree.get("referenceTo") or (known and known.reference_to)):
        raise places.bad(place, f"{name}: a reference needs referenceTo", "write `referenceTo: [Account]`")
    made = field_from(known.name if known else name, {"type": kind, **tree})
    if known is not None and kind == known.type:
        implied = ("idLookup",) if tree.get("externalId") else ()
        made = replace(known, **{FIELD_KEYS[key]: getattr(made, FIELD_KEYS[key]) for key in (*tree, *implied)})
    if entries is not None:
        made = with_entries(made, entries)
    return as_formula(made) if tree.get("formulaText") else made


def _summary(name: str, tree: Mapping[str, Any], places: Places, place: Place) -> Field:
    """`summary: {operation: sum, foreignKey: Line__c.Invoice__c, field: Amount__c, filters: [{field: .., operation: equals, value: ..}]}`."""
    places.check_keys(tree, SUMMARY_FIELD_KEYS, place)
    here: Place = (*place, "summary")
    given = places.table(tree["summary"], here)
    places.check_keys(given, SUMMARY_KEYS, here)
    operation, (sobject, _, foreign_key) = places.text(given, "operation", here), places.text(given, "foreignKey", here).partition(".")
    if operation not in OPERATIONS:
        raise places.unknown((*here, "operation"), "roll-up", operation, OPERATIONS)
    if not foreign_key:
        raise places.bad(here, "a roll-up needs the reference that it follows", "write `foreignKey: Line__c.Invoice__c`")
    if (operation == "count") == bool(given.get("field")):
        what = "a count takes no field" if operation == "count" else f"{operation} needs the field that it looks at"
        raise places.bad(here, what, "leave `field` out" if operation == "count" else "write `field: Amount__c`")
    filters = given.get("filters") or []
    if not isinstance(filters, list):
        raise places.bad((*here, "filters"), f"filters: {filters!r} is not a list", "write `filters: [{field: Status__c, operation: equals, value: Paid}]`")
    made = tuple(_summary_filter(item, places, (*here, "filters", index)) for index, item in enumerate(filters))
    summary = Summary(operation, sobject, foreign_key, places.text(given, "field", here).rpartition(".")[2], made)
    plain = {key: value for key, value in tree.items() if key != "summary"}
    _check_values(plain, places, place)
    return as_formula(replace(field_from(name, {**plain, "type": "double"}), summary=summary))


def _summary_filter(item: Any, places: Places, place: Place) -> SummaryFilter:
    table = places.table(item, place)
    places.check_keys(table, ("field", "operation", "value"), place)
    operation, value = places.text(table, "operation", place), table.get("value", "")
    if operation not in FILTER_OPERATIONS:
        raise places.unknown((*place, "operation"), "filter operation", operation, FILTER_OPERATIONS)
    if not isinstance(value, str | int | float):
        raise places.bad((*place, "value"), f"value: {value!r} is not a single value")
    return SummaryFilter(places.text(table, "field", place).rpartition(".")[2], operation, str(value))


def as_formula(f: Field) -> Field:
    """A field that is computed and never written."""
    return replace(f, calculated=True, createable=False, updateable=False, nillable=True, unique=False, external_id=False, default=None)


def _entries(tree: Mapping[str, Any], places: Places, place: Place) -> list[Entry] | None:
    """`[A, {value: B, label: Bee, active: false, default: true, validFor: [DE]}]`; None when the tree names no values."""
    given = tree.get("picklistValues")
    if given is None:
        return None
    here = (*place, "picklistValues")
    if not isinstance(given, list):
        raise places.bad(here, f"picklistValues: {given!r} is not a list of words", "write `picklistValues: [A, B]`")
    return [_entry(item, places, (*here, index)) for index, item in enumerate(given)]


def _entry(item: Any, places: Places, place: Place) -> Entry:
    if isinstance(item, str):
        return Entry(item)
    if not isinstance(item, Mapping):
        raise places.bad(place, f"picklistValues: {item!r} is not a list of words", "put numbers, and words such as true, in quotes")
    places.check_keys(item, ENTRY_KEYS, place)
    value = places.text(item, "value", place)
    if not value:
        raise places.bad(place, "a picklist value needs its value", "write `{value: A, label: First}`")
    fits = places.words(item, "validFor", place) if "validFor" in item else None
    return Entry(value, places.text(item, "label", place), places.flag(item, "active", place, True), places.flag(item, "default", place, False), fits)


def _check_values(tree: Mapping[str, Any], places: Places, place: Place) -> None:
    for key, value in tree.items():
        if key == "defaultValue" and not isinstance(value, str | int | float):
            raise places.bad((*place, key), f"{key}: {value!r} is not a single value")
        wanted = _ATTRIBUTE_TYPES[FIELD_KEYS[key]]
        if wanted.startswith("tuple"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise places.bad(
                    (*place, key), f"{key}: {value!r} is not a list of words", f"write `{key}: [{'Account' if key == 'referenceTo' else 'A, B'}]`"
                )
        elif wanted in _KINDS and type(value) is not _KINDS[wanted]:
            words = {"str": "a text", "int": "a whole number", "bool": "true or false"}
            raise places.bad((*place, key), f"{key}: {value!r} is not {words[wanted]}")
        elif key in _MOST and not 0 <= value <= _MOST[key]:
            raise places.bad((*place, key), f"{key}: {value} is not a number from 0 to {_MOST[key]}", f"write what describe says, or leave {key} out")


def _with_references(made: SObject, names: Mapping[str, str], table: Mapping[str, Any], places: Places) -> SObject:
    """The same sObject with the canonical names of the objects it refers to."""
    written = next((name for name in table if name.lower() == made.name.lower()), made.name)
    new_fields = []
    for f in made.fields:
        for target in f.reference_to:
            if target.lower() not in names:
                raise places.unknown(("objects", written, "fields", f.name, "referenceTo"), "sObject", target, names.values())
        new_fields.append(replace(f, reference_to=tuple(names[target.lower()] for target in f.reference_to)) if f.reference_to else f)
    return replace(made, fields=tuple(new_fields))
