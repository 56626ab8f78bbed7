"""Objects that Salesforce makes beside others: `AccountHistory`, `AccountShare`, `Invoice__Share`, and the field RecordTypeId.

They follow from what an administrator set up: tracked fields, the organization-wide default, record types. Who fills them is
elsewhere; here is only their shape. Neither shows a key prefix in describe, although ids have one (R; prefixes K).
Sources: Object Reference, "StandardObjectNameHistory", "StandardObjectNameShare", "OpportunityFieldHistory", "AccountShare" (D);
wire reference 10.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.reader import field_from, sobject_from

HISTORY_PREFIX = "017"
CUSTOM_SHARE_PREFIX = "02c"
SHARE_PREFIXES = {"Account": "00r", "Campaign": "08s", "Case": "01n", "Contact": "03s", "Lead": "01o", "Opportunity": "00t"}
SHARED = ("Private", "Read", "ReadWrite")
# Beside the names of fields, what can stand in a history row's Field (D)
HAPPENINGS = ("created", "feedEvent", "individualMerged", "locked", "ownerAccepted", "ownerAssignment", "recordmerged", "recordlocked", "unlocked")
DATA_TYPES = ("Boolean", "Currency", "Date", "DateTime", "DynamicEnum", "Email", "EntityId", "EnumOrId", "Integer", "Percent", "Phone", "Text", "TextArea",
              "TextEnum", "Url", "Double", "MultiEnum", "StringPlusClob")  # fmt: skip
CAUSES = ("Owner", "Manual", "Rule", "ImplicitChild", "ImplicitParent", "Team", "Territory", "GuestRule")
LEVELS = ("Read", "Edit", "All")
_RELATED_LEVELS = {"Account": ("Opportunity", "Case", "Contact")}  # what an account's share says of the records below it
_HIDDEN = {"layoutable": False, "triggerable": False, "mruEnabled": False, "searchable": False, "undeletable": False, "showsKeyPrefix": False}
_READ_ONLY = {"createable": False, "updateable": False, "permissionable": False}


def with_companions(objects: Mapping[str, SObject]) -> dict[str, SObject]:
    """The same objects by lower-case name, with RecordTypeId where there are record types, and a history and a share object
    for each that has tracked fields or is shared. An object that is there already stays as it is, so doing it twice changes nothing."""
    complete = {key: _with_record_type(sobject) for key, sobject in objects.items()}
    for sobject in objects.values():
        for made in _companions(sobject, "group" in objects):
            complete.setdefault(made.name.lower(), made)
    return complete


def history_name(sobject: str) -> str:
    """`Account` -> `AccountHistory`, `Invoice__c` -> `Invoice__History`; Opportunity's is called OpportunityFieldHistory."""
    if sobject.endswith("__c"):
        return sobject[:-1] + "History"
    return "OpportunityFieldHistory" if sobject == "Opportunity" else sobject + "History"


def share_name(sobject: str) -> str:
    """`Account` -> `AccountShare`, `Invoice__c` -> `Invoice__Share`."""
    return sobject[:-1] + "Share" if sobject.endswith("__c") else sobject + "Share"


def change_event_name(sobject: str) -> str:
    """`Account` -> `AccountChangeEvent`, `Invoice__c` -> `Invoice__ChangeEvent` (D)."""
    return sobject[:-1] + "ChangeEvent" if sobject.endswith("__c") else sobject + "ChangeEvent"


def history_field(f: Field) -> str:
    """What a history row calls a field: `Owner` for OwnerId, as relationships are called; a custom lookup by its API name (K)."""
    return f.relationship_name if f.relationship_name and not f.custom else f.name


def parent_field(sobject: str) -> str:
    """The field of a history or share row that names its record: `AccountId`, or `ParentId` for custom objects."""
    return "ParentId" if sobject.endswith("__c") else sobject + "Id"


def _companions(sobject: SObject, has_groups: bool) -> Iterable[SObject]:
    if sobject.flags.get("companionOf"):
        return
    if any(f.tracked for f in sobject.fields):
        yield history_of(sobject)
    if sobject.sharing in SHARED or sobject.name == "Contact":  # ContactShare is there also where accounts control access (R)
        yield share_of(sobject, has_groups)


def history_of(sobject: SObject) -> SObject:
    parent = parent_field(sobject.name)
    tracked = [history_field(f) for f in sobject.fields if f.tracked]
    value = {"type": "anyType", "filterable": False, "sortable": False, "groupable": False, **_READ_ONLY}
    return sobject_from({
        "name": history_name(sobject.name), "label": f"{sobject.label} History", "labelPlural": f"{sobject.label} History",
        "keyPrefix": HISTORY_PREFIX, "custom": sobject.custom, "createable": False, "updateable": False, "deletable": False,
        "system": ["Id", "IsDeleted", "CreatedDate", "CreatedById"], "sharing": "ControlledByParent", "companionOf": sobject.name, **_HIDDEN,
        "fields": [
            {"name": parent, "label": f"{sobject.label} ID", "type": "reference", "referenceTo": [sobject.name], "nillable": False,
             "relationshipName": parent.removesuffix("Id"), "childRelationshipName": "Histories", "cascadeDelete": True, **_READ_ONLY},
            "@audit",
            {"name": "Field", "label": "Changed Field", "type": "picklist", "restrictedPicklist": True, "nillable": False,
             "picklistValues": sorted({*tracked, *HAPPENINGS}, key=str.lower), **_READ_ONLY},
            {"name": "DataType", "label": "Datatype", "type": "picklist", "length": 40, "restrictedPicklist": True,
             "picklistValues": list(DATA_TYPES), **_READ_ONLY},
            {"name": "OldValue", **value}, {"name": "NewValue", **value},
        ],
    })  # fmt: skip


def share_of(sobject: SObject, has_groups: bool = True) -> SObject:
    parent, custom = parent_field(sobject.name), sobject.name.endswith("__c")
    level = "AccessLevel" if custom else f"{sobject.name}AccessLevel"
    below = [_level(f"{name}AccessLevel", required=name != "Contact") for name in _RELATED_LEVELS.get(sobject.name, ())]
    return sobject_from({
        "name": share_name(sobject.name), "label": f"{sobject.label} Share", "labelPlural": f"{sobject.label} Share",
        "keyPrefix": CUSTOM_SHARE_PREFIX if custom else SHARE_PREFIXES.get(sobject.name, CUSTOM_SHARE_PREFIX), "custom": custom,
        "replicateable": False, "system": ["Id", "LastModifiedDate", "LastModifiedById", "IsDeleted"], "companionOf": sobject.name, **_HIDDEN,
        "fields": [
            {"name": parent, "label": f"{sobject.label} ID", "type": "reference", "referenceTo": [sobject.name], "nillable": False,
             "updateable": False, "relationshipName": parent.removesuffix("Id"), "childRelationshipName": "Shares", "cascadeDelete": True},
            {"name": "UserOrGroupId", "label": "User/Group ID", "type": "reference", "referenceTo": ["Group", "User"] if has_groups else ["User"],
             "nillable": False, "updateable": False},
            _level(level, required=True), *below,
            {"name": "RowCause", "type": "picklist", "length": 40, "restrictedPicklist": True, "updateable": False, "permissionable": False,
             "defaultValue": "Manual", "picklistValues": list(CAUSES)},
            "@audit",
        ],
    })  # fmt: skip


def _level(name: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "type": "picklist", "length": 40, "restrictedPicklist": True, "nillable": not required, "permissionable": False,
            "picklistValues": ["None", *LEVELS] if name != "AccessLevel" else list(LEVELS)}  # fmt: skip


def _with_record_type(sobject: SObject) -> SObject:
    """RecordTypeId stands after the name (K). An object without record types of its own does not have it."""
    if not sobject.record_types or sobject.find("RecordTypeId"):
        return sobject
    at = next((i + 1 for i, f in enumerate(sobject.fields) if f.name_field), 1)
    return replace(sobject, fields=(*sobject.fields[:at], _record_type_field(), *sobject.fields[at:]))


def _record_type_field() -> Field:
    return field_from("RecordTypeId", {"type": "reference", "referenceTo": ["RecordType"], "label": "Record Type ID", "permissionable": False})
