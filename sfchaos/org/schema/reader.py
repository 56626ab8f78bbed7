"""From a tree of plain data (JSON, YAML, describe's own words) to sObjects and fields.

Trees use describe's keys (wire reference 3.4). In the files of the standard org a field may be a word instead, which stands
for several: `@owner`, `@audit`, `@activity`, `@viewed`, `@address Billing`, `@external_ids`, `@permissions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.user_permissions import USER_PERMISSIONS

# describe's key -> attribute of Field
FIELD_KEYS = {
    "type": "type", "label": "label", "length": "length", "precision": "precision", "scale": "scale", "digits": "digits",
    "nillable": "nillable", "createable": "createable", "updateable": "updateable", "defaultValue": "default",
    "defaultedOnCreate": "defaulted_on_create", "unique": "unique", "caseSensitive": "case_sensitive", "externalId": "external_id",
    "idLookup": "id_lookup", "nameField": "name_field", "autoNumber": "auto_number", "calculated": "calculated", "formula": "formula",
    "derived": "derived", "compoundFieldName": "compound", "referenceTo": "reference_to", "relationshipName": "relationship_name",
    "childRelationshipName": "child_relationship_name", "cascadeDelete": "cascade_delete",
    "restrictedDelete": "restricted_delete", "picklistValues": "picklist",
    "restrictedPicklist": "restricted_picklist", "filterable": "filterable", "sortable": "sortable", "groupable": "groupable",
    "permissionable": "permissionable", "custom": "custom", "formulaText": "formula_text", "formulaTreatNullNumberAsZero": "blank_as_zero",
    "controllerName": "controller", "inlineHelpText": "help_text", "mask": "mask", "maskType": "mask_type",
    "htmlFormatted": "html_formatted", "trackHistory": "tracked", "since": "since",
}  # fmt: skip
# type -> (length, precision, scale) when a tree gives none. Salesforce's own defaults for new custom fields where it has one.
SIZES = {
    "string": (255, 0, 0), "textarea": (255, 0, 0), "phone": (40, 0, 0), "url": (255, 0, 0), "email": (80, 0, 0), "picklist": (255, 0, 0),
    "multipicklist": (4099, 0, 0), "combobox": (255, 0, 0), "encryptedstring": (175, 0, 0), "id": (18, 0, 0), "reference": (18, 0, 0),
    "double": (0, 18, 2), "currency": (0, 18, 2), "percent": (0, 18, 2),
}  # fmt: skip
TYPES = (*SIZES, "boolean", "int", "long", "date", "datetime", "time", "base64", "address", "location", "anyType")
_NEITHER_SORTED_NOR_GROUPED = frozenset({"address", "location", "base64", "textarea"})
_NOT_GROUPED = frozenset({"double", "currency", "percent", "datetime", "time", "multipicklist", "encryptedstring"})
SYSTEM = ("Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
_OBJECT_KEYS = {"name", "label", "labelPlural", "keyPrefix", "fields", "system", "custom"}
OBJECT_ATTRIBUTES = ("createable", "updateable", "deletable", "queryable", "searchable", "replicateable")
# The name of a custom object: everybody who reads the object reads it, there are no FieldPermissions for it (K)
NAME_FIELD = {"name": "Name", "type": "string", "length": 80, "nameField": True, "idLookup": True, "permissionable": False}
OBJECT_WORDS = ("sharing", "since", "event", "publish")


def field_from(name: str, tree: Mapping[str, Any]) -> Field:
    """One field. Keys are describe's and must be known ones (`load.py` checks those that people write)."""
    known = {FIELD_KEYS[key]: value for key, value in tree.items() if key != "name"}
    kind = str(known.setdefault("type", "string"))
    length, precision, scale = SIZES.get(kind, (0, 0, 0))
    known.setdefault("length", length)
    known.setdefault("precision", precision)
    known.setdefault("scale", scale)
    if "label" not in known:
        known["label"] = label_of(name)
    known.setdefault("custom", name.endswith("__c"))
    _set_type_habits(known, kind)
    derived = known.pop("derived", None)
    if derived:
        known["derived_from"], known["derived_values"] = derived["from"], tuple(derived["values"].items())
    _set_picklist(known)
    known["reference_to"] = tuple(known.get("reference_to", ()))
    if known["reference_to"]:
        known.setdefault("relationship_name", relationship_of(name))
    if known.get("external_id"):
        known.setdefault("id_lookup", True)
    return Field(name, **known)


def _set_picklist(known: dict[str, Any]) -> None:
    """Values are words, or tables with `value`, and `label` and `active` where these differ from the value and from true."""
    if "picklist" not in known:
        return
    entries = [value if isinstance(value, Mapping) else {"value": str(value)} for value in known["picklist"]]
    known["picklist"] = tuple(str(entry["value"]) for entry in entries)
    labels = tuple((entry["value"], entry["label"]) for entry in entries if entry.get("label") not in (None, entry["value"]))
    inactive = tuple(entry["value"] for entry in entries if entry.get("active") is False)
    known |= {"picklist_labels": labels, "inactive_values": inactive}


def _set_type_habits(known: dict[str, Any], kind: str) -> None:
    """What follows from the type: a checkbox is never null, long text is not filtered (wire reference 3.5; limits K)."""
    if known.get("formula_text"):
        known |= {"calculated": True, "createable": False, "updateable": False}
    if kind == "boolean":
        known.setdefault("nillable", False)
        known.setdefault("default", False)
    if kind in _NEITHER_SORTED_NOR_GROUPED and (kind != "textarea" or known["length"] > 255):
        known.setdefault("sortable", False)
        known.setdefault("groupable", False)
        known.setdefault("filterable", kind in ("address", "location"))
    if kind in _NOT_GROUPED:
        known.setdefault("groupable", False)
    if known.get("nillable") is False and kind != "boolean":
        known.setdefault("permissionable", False)  # required fields have no FieldPermissions (wire reference 10.2)


def label_of(name: str) -> str:
    """`AnnualRevenue` -> `Annual Revenue`, `OwnerId` -> `Owner ID`, `Due_Date__c` -> `Due Date`."""
    plain = name.removesuffix("__c").replace("_", " ")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return re.sub(r"\bId$", "ID", words)


def relationship_of(name: str) -> str:
    """`AccountId` -> `Account`, `Account__c` -> `Account__r`."""
    return name[:-3] + "__r" if name.endswith("__c") else name.removesuffix("Id")


def sobject_from(tree: Mapping[str, Any]) -> SObject:
    """One sObject with its system fields. `system` lists those it has (default: all seven)."""
    system = tuple(tree.get("system", SYSTEM))
    fields = [system_field(name, f"{tree['label']} ID") for name in ("Id", "IsDeleted") if name in system]
    audited = False
    for entry in tree["fields"]:
        if entry == "@audit":
            audited = True
            fields += _audit(system)
        elif isinstance(entry, str):
            fields += _word(entry)
        else:
            fields.append(field_from(entry["name"], entry))
    if not audited:
        fields += _audit(system)
    own = {key: tree[key] for key in (*OBJECT_ATTRIBUTES, *OBJECT_WORDS) if key in tree}
    flags = {key: value for key, value in tree.items() if key not in _OBJECT_KEYS and key not in own}
    custom = bool(tree.get("custom", tree["name"].endswith("__c")))
    return SObject(tree["name"], tree["label"], tree["labelPlural"], tree["keyPrefix"], tuple(fields), custom, flags=flags, **own)


_LOCKED = {"createable": False, "updateable": False, "nillable": False, "permissionable": False}
_SYSTEM_TREES: dict[str, dict[str, Any]] = {
    "Id": {"type": "id", "idLookup": True, "defaultedOnCreate": True},
    "IsDeleted": {"type": "boolean", "label": "Deleted", "defaultedOnCreate": True},
    "CreatedDate": {"type": "datetime", "defaultedOnCreate": True},
    "CreatedById": {"type": "reference", "referenceTo": ["User"], "defaultedOnCreate": True},
    "LastModifiedDate": {"type": "datetime", "defaultedOnCreate": True},
    "LastModifiedById": {"type": "reference", "referenceTo": ["User"], "defaultedOnCreate": True},
    "SystemModstamp": {"type": "datetime", "defaultedOnCreate": True},
}


@cache
def system_field(name: str, id_label: str = "Record ID") -> Field:
    return field_from(name, {**_LOCKED, **_SYSTEM_TREES[name], **({"label": id_label} if name == "Id" else {})})


def _audit(system: Iterable[str]) -> list[Field]:
    return [system_field(name) for name in SYSTEM[2:] if name in system]


@cache
def _word(word: str) -> tuple[Field, ...]:
    return tuple(_fields_of(word))


def _fields_of(word: str) -> list[Field]:
    """The fields that one word of a standard file stands for."""
    kind, _, rest = word.partition(" ")
    read_only = {"createable": False, "updateable": False}
    if kind == "@owner":
        return [_owner(rest)]
    if kind == "@permissions":
        return [field_from(f"Permissions{name}", {"type": "boolean", "label": label}) for name, label in USER_PERMISSIONS.items()]
    if kind == "@activity":
        return [field_from("LastActivityDate", {"type": "date", "label": "Last Activity", "permissionable": False, **read_only})]
    if kind == "@viewed":
        return [field_from(name, {"type": "datetime", "permissionable": False, **read_only}) for name in ("LastViewedDate", "LastReferencedDate")]
    if kind == "@external_ids":
        shared = {"type": "string", "length": 64, "externalId": True}
        return [field_from("External_Id__c", {**shared, "unique": True}), field_from("Legacy_Id__c", shared)]
    return _address(rest)


def _owner(words: str) -> Field:
    """`@owner`, `@owner queue` where a queue may own rows, `@owner queue tracked Assigned To ID` with history and its own label."""
    tree: dict[str, Any] = {"type": "reference", "referenceTo": ["User"], "nillable": False, "defaultedOnCreate": True}
    if words.startswith("queue"):
        tree["referenceTo"], words = ["Group", "User"], words.removeprefix("queue").strip()
    if words.startswith("tracked"):
        tree["trackHistory"], words = True, words.removeprefix("tracked").strip()
    return field_from("OwnerId", {**tree, "label": words or "Owner ID"})


def _address(which: str) -> list[Field]:
    """The parts of an address and the compound field itself (wire reference 3.4, Account facts R). `readonly` has no createable parts."""
    prefix, editable = ("", False) if which == "readonly" else (which, True)
    compound = f"{prefix}Address"
    shared = {"compoundFieldName": compound, "createable": editable}
    sizes = {"Street": 255, "City": 40, "State": 80, "PostalCode": 20, "Country": 80}
    labels = {"State": "State/Province", "PostalCode": "Zip/Postal Code"}
    parts = []
    for part, length in sizes.items():
        label = f"{prefix} {labels.get(part, part)}".strip()
        parts.append(field_from(prefix + part, {"type": "textarea" if part == "Street" else "string", "length": length, "label": label, **shared}))
    parts += [field_from(prefix + part, {"type": "double", "precision": 18, "scale": 15, **shared}) for part in ("Latitude", "Longitude")]
    accuracy = {"type": "picklist", "length": 40, "picklistValues": ACCURACY, "restrictedPicklist": True, **shared}
    parts.append(field_from(prefix + "GeocodeAccuracy", accuracy))
    parts.append(field_from(compound, {"type": "address", "createable": False, "updateable": False}))
    return parts


ACCURACY = ["Address", "NearAddress", "Block", "Street", "ExtendedZip", "Zip", "Neighborhood", "City", "County", "State", "Unknown"]
