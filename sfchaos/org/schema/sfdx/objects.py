"""The sObjects of the source: own ones, and what it adds to standard ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sfchaos.org.schema.events import SUFFIX, event_field, platform_event
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.picklists import Entry
from sfchaos.org.schema.reader import NAME_FIELD, field_from, label_of, sobject_from, system_field
from sfchaos.org.schema.sfdx.fields import NotRead, fields_of, with_picklist
from sfchaos.org.schema.sfdx.rules import record_type_of, validation_rule_of
from sfchaos.org.schema.sfdx.source import Source
from sfchaos.org.schema.sfdx.values import global_sets
from sfchaos.org.schema.sfdx.xml import Node

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Object suffix -> why its objects are left out
UNSERVED = {"__b": "big objects are not served", "__x": "external objects are not served", "__kav": "articles are not served"}
SHARING = {"Private": "Private", "Read": "Read", "ReadWrite": "ReadWrite", "ReadWriteTransfer": "ReadWrite", "FullAccess": "ReadWrite",
            "ControlledByParent": "ControlledByParent"}  # fmt: skip
_SHARED_FIELDS = {"Activity": ("Task", "Event")}  # custom fields of activities stand on both
_LOCKED = {"createable": False, "updateable": False, "nillable": False, "permissionable": False}


@dataclass
class Draft:
    """What the source says about one sObject, gathered from its files."""

    name: str
    node: Node | None = None
    fields: dict[str, Node] = field(default_factory=dict)
    record_types: dict[str, Node] = field(default_factory=dict)
    rules: dict[str, Node] = field(default_factory=dict)


def read_objects(source: Source, base: Schema) -> dict[str, SObject]:
    """All sObjects of the org by lower-case name: those of `base` with what the source adds, and its own."""
    drafts = _drafts(source)
    sets = global_sets(source)
    objects = dict(base.objects)
    fresh = [draft for draft in drafts.values() if base.find(draft.name) is None and _is_served(draft, source)]
    prefixes = free_prefixes(fresh, base)
    for draft in fresh:
        objects[draft.name.lower()] = new_object(draft, prefixes[draft.name])
    for draft in drafts.values():
        made = objects.get(draft.name.lower())
        if made is None:
            continue
        for name, node in draft.fields.items():
            for f in made_fields(made, name, node, sets, objects, source):
                made = made.with_field(event_field(f) if made.event else f)
        objects[draft.name.lower()] = _finished(made, draft, source)
    return objects


def _drafts(source: Source) -> dict[str, Draft]:
    """By name, in the order of names."""
    found: dict[str, Draft] = {}

    spelled: dict[str, str] = {}

    def draft(name: str, node: Node) -> Iterable[Draft]:
        check_name(name, node, "object")
        if spelled.setdefault(name.lower(), name) != name:
            raise node.bad(f"{name} and {spelled[name.lower()]} are one object, since case does not count", "spell its folder and files alike")
        for each in _SHARED_FIELDS.get(name, (name,)):
            yield found.setdefault(each, Draft(each))

    for file in source.of("object"):
        for d in draft(file.name, file.node):
            if d.node is not None:
                raise file.node.bad(f"{file.name} is described twice, also in {d.node.file}", "keep one of the two")
            d.node = file.node
            for tag, held in (("fields", d.fields), ("recordTypes", d.record_types), ("validationRules", d.rules)):
                for node in file.node.all(tag):
                    _hold(held, node.get("fullName"), node, d.name)
    for kind, attribute in (("field", "fields"), ("recordType", "record_types"), ("validationRule", "rules")):
        for file in source.of(kind):
            for d in draft(file.owner, file.node):
                _hold(getattr(d, attribute), file.node.get("fullName") or file.name, file.node, d.name)
    _check_masters(found)
    return dict(sorted(found.items()))


def _hold(held: dict[str, Node], name: str, node: Node, sobject: str) -> None:
    """Raises BadFile for a name that is none, or that stands there already, in whatever case."""
    check_name(name, node, f"part of {sobject}")
    other = next((known for key, known in held.items() if key.lower() == name.lower()), None)
    if other is not None:
        raise node.bad(f"{sobject}.{name} is there already, in {other.file}:{other.line}; case does not count", "keep one of the two")
    held[name] = node


def check_name(name: str, node: Node, what: str) -> None:
    if not _NAME.fullmatch(name):
        raise node.bad(f"{name!r} is not the API name of an {what}" if what == "object" else f"{name!r} is not the API name of a {what}",
                       "letters, digits and underscores, a letter first; custom ones end in __c")  # fmt: skip


def _check_masters(drafts: Mapping[str, Draft]) -> None:
    """Nothing may be its own master, directly or in a ring. Raises BadFile."""
    masters = {
        d.name.lower(): [(node.get("referenceTo").lower(), node) for node in d.fields.values() if node.get("type") == "MasterDetail"] for d in drafts.values()
    }
    for name in masters:
        path: list[str] = []
        waiting = [(name, 0)]
        while waiting:
            here, depth = waiting.pop()
            del path[depth:]
            path.append(here)
            for parent, node in masters.get(here, ()):
                if parent in path:
                    raise node.bad(f"{' -> '.join([*path, parent])}: an object cannot be its own master", "make one of them a Lookup")
                waiting.append((parent, depth + 1))


def _is_served(draft: Draft, source: Source) -> bool:
    for suffix, why in UNSERVED.items():
        if draft.name.endswith(suffix):
            source.leave(f"object {draft.name}: {why}")
            return False
    if not draft.name.endswith(("__c", "__mdt", SUFFIX)):
        source.leave(f"object {draft.name}: this org has no such standard object, so what the source adds to it is left out")
        return False
    if draft.node is None or not draft.node.get("label"):
        source.leave(f"object {draft.name}: its own file is not in the source (a managed package?), so it is left out")
        return False
    return True


def free_prefixes(drafts: Iterable[Draft], base: Schema) -> dict[str, str]:
    """Free key prefixes in name order: a00, a01 ... for objects, m00 ... for custom metadata (wire reference 8.1, K)."""
    taken = {o.key_prefix for o in base}
    found: dict[str, str] = {}
    for draft in sorted(drafts, key=lambda d: d.name):
        letter = "m" if draft.name.endswith("__mdt") else "e" if draft.name.endswith(SUFFIX) else "a"
        found[draft.name] = next(p for p in (f"{letter}{x}{y}" for x in DIGITS for y in DIGITS) if p not in taken)
        taken.add(found[draft.name])
    return found


def new_object(draft: Draft, prefix: str) -> SObject:
    node = draft.node
    assert node is not None
    label = node.get("label") or label_of(draft.name)
    plural = node.get("pluralLabel") or f"{label}s"
    if draft.name.endswith(SUFFIX):
        return platform_event(draft.name, label, plural, prefix)  # when it is published: see _finished
    tree = {"name": draft.name, "label": label, "labelPlural": plural, "keyPrefix": prefix, "custom": True}
    if draft.name.endswith("__mdt"):
        return _metadata_type(tree)
    if node.get("customSettingsType"):
        return _custom_setting(tree, node.get("customSettingsType"))
    is_detail = any(f.get("type") == "MasterDetail" for f in draft.fields.values())
    made = sobject_from({**tree, "fields": [*([] if is_detail else ["@owner"]), dict(NAME_FIELD), "@audit"]})
    made = made.with_field(_name_field(node.first("nameField")))
    searchable = node.flag("enableSearch", True)
    return replace(made, sharing=SHARING.get(node.get("sharingModel"), "ControlledByParent" if is_detail else "ReadWrite"), searchable=searchable)


def _name_field(node: Node | None) -> Field:
    """Name: a text, or a number that the org gives."""
    label = node.get("label", "Name") if node is not None else "Name"
    plain = {**NAME_FIELD, "label": label}
    if node is None or node.get("type") != "AutoNumber":
        return field_from("Name", plain)
    return field_from("Name", {**plain, "autoNumber": node.get("displayFormat", "{0}"), "createable": False, "updateable": False, "nillable": False})


def _metadata_type(tree: dict[str, object]) -> SObject:
    """Custom metadata: read by SOQL, deployed rather than written. Fields as in the Object Reference, "Custom Metadata Type__mdt" (D)."""
    texts = [{"name": n, "type": "string", "length": 40 if n != "QualifiedApiName" else 70, **_LOCKED} for n in ("DeveloperName", "MasterLabel", "QualifiedApiName", "Label")]
    more = [{"name": "Language", "type": "picklist", "length": 40, "picklistValues": ["en_US"], "defaultValue": "en_US", **_LOCKED},
            {"name": "NamespacePrefix", "type": "string", "length": 15, **_LOCKED, "nillable": True}]  # fmt: skip
    made = sobject_from({**tree, "system": ["Id"], "fields": [*texts, *more], "layoutable": False, "triggerable": False, "mruEnabled": False})
    made = made.with_field(system_field("SystemModstamp"))
    return replace(made, createable=False, updateable=False, deletable=False, replicateable=False, searchable=False)


def _custom_setting(tree: dict[str, object], kind: str) -> SObject:
    """Custom settings: rows by name (List), or by organization, profile and user (Hierarchy)."""
    own: list[object] = [{**NAME_FIELD, "length": 38}]
    if kind == "Hierarchy":
        own.append({"name": "SetupOwnerId", "type": "reference", "label": "Location", "referenceTo": ["Organization", "Profile", "User"], "relationshipName": "SetupOwner"})
    return replace(sobject_from({**tree, "fields": [*own, "@audit"], "layoutable": False, "triggerable": False, "customSetting": True}), searchable=False)


def made_fields(made: SObject, name: str, node: Node, sets: Mapping[str, list[Entry]], objects: Mapping[str, SObject], source: Source) -> tuple[Field, ...]:
    """The columns of one field file; none, and a sentence, where it cannot be held."""
    where = f"{made.name}.{name}"
    if not name.endswith("__c"):
        return _standard_field(made, name, node, sets, source, where)
    try:
        fields = fields_of(node, name, sets, source, where)
    except NotRead as why:
        source.leave(f"{where}: {why}")
        return ()
    for f in fields:
        missing = [target for target in f.reference_to if target.lower() not in objects]
        if missing and len(missing) == len(f.reference_to):
            source.leave(f"{where}: it refers to {', '.join(missing)}, which this org lacks; the field is left out")
            return ()
    return tuple(replace(f, reference_to=tuple(objects[t.lower()].name for t in f.reference_to if t.lower() in objects)) for f in fields)


def _standard_field(made: SObject, name: str, node: Node, sets: Mapping[str, list[Entry]], source: Source, where: str) -> tuple[Field, ...]:
    """What a file may change about a standard field: label, help, history, its values, that it is required."""
    known = made.find(name) or made.find(f"{name}Id")
    if known is None:
        source.leave(f"{made.name}: standard fields that this org lacks are left out ({name})")
        return ()
    label = node.get("label") if made.custom else known.label
    changed = replace(known, label=label or known.label, help_text=node.get("inlineHelpText") or known.help_text, tracked=node.flag("trackHistory"))
    if known.picklist:
        changed = with_picklist(changed, node, sets, source, where)
    return (changed,)


def _finished(made: SObject, draft: Draft, source: Source) -> SObject:
    """With record types and validation rules, and without the history that the object does not keep."""
    node = draft.node
    if node is not None:
        if not made.custom and node.get("sharingModel") in SHARING:
            made = replace(made, sharing=SHARING[node.get("sharingModel")])
        if node.first("enableHistory") is not None and not node.flag("enableHistory"):
            made = replace(made, fields=tuple(replace(f, tracked=False) if f.tracked else f for f in made.fields))
        for tag in sorted({child.tag for child in node.children} & {"sharingReasons", "sharingRecalculations", "externalDataSource"}):
            source.leave(f"{made.name}: {tag} not read")
    if made.event and draft.node is not None:
        made = replace(made, event=draft.node.get("eventType") or made.event, publish=draft.node.get("publishBehavior") or made.publish)
    types = [record_type_of(n, t, made, source) for n, t in draft.record_types.items()]
    rules = [rule for n, r in draft.rules.items() if (rule := validation_rule_of(n, r, made, source)) is not None]
    return replace(made, record_types=tuple(types) or made.record_types, validation_rules=tuple(rules) or made.validation_rules)
