"""The standard org: the sObjects that every sfchaos org has unless its file says `extends: none`."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib import resources

from sfchaos.org.schema.companions import with_companions
from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.schema.reader import sobject_from

NAME, VERSION = "standard", 2
# One JSON file each in `standard/`. Histories and shares follow from them (`companions.py`).
STANDARD = (
    "Account", "AccountContactRelation", "ApexClass", "ApexTrigger", "Asset", "AsyncApexJob", "Attachment", "AuthSession", "Campaign",
    "CampaignMember", "CampaignMemberStatus", "Case", "CaseComment", "ConnectedApplication", "Contact", "ContentDocument", "ContentDocumentLink",
    "ContentVersion", "Contract", "CronTrigger", "Document", "DuplicateRule", "EmailMessage", "Event", "EventLogFile", "FieldPermissions", "Folder",
    "Group", "GroupMember", "Individual", "Lead", "LoginHistory", "MatchingRule", "Note", "OauthToken", "ObjectPermissions", "Opportunity",
    "OpportunityContactRole", "OpportunityLineItem", "Order", "OrderItem", "Organization", "PermissionSet", "PermissionSetAssignment",
    "PermissionSetGroup", "PermissionSetGroupComponent", "PlatformEventChannel", "PlatformEventChannelMember", "Pricebook2", "PricebookEntry",
    "Product2", "Profile", "PushTopic", "QueueSobject", "RecentlyViewed", "RecordType", "SetupAuditTrail", "SetupEntityAccess", "StreamingChannel",
    "Task", "User", "UserLicense", "UserLogin", "UserRecordAccess", "UserRole", "Invoice__c", "Order__e",
)  # fmt: skip
# What identity, access and audit stand on: these exist in every org.
SETUP = (
    "AuthSession", "ConnectedApplication", "EventLogFile", "FieldPermissions", "Group", "GroupMember", "LoginHistory", "OauthToken",
    "ObjectPermissions", "Organization", "PermissionSet", "PermissionSetAssignment", "PermissionSetGroup", "PermissionSetGroupComponent",
    "Profile", "QueueSobject", "RecordType", "SetupAuditTrail", "SetupEntityAccess", "User", "UserLicense", "UserLogin", "UserRecordAccess",
    "UserRole",
)  # fmt: skip


@cache
def standard_schema() -> Schema:
    """`standard@2`, read once a process (4 ms). A change in `standard/` that a schedule could notice raises VERSION."""
    folder = resources.files(__package__) / "standard"
    objects = [sobject_from(json.loads((folder / f"{name}.json").read_text("utf-8"))) for name in STANDARD]
    return Schema(NAME, VERSION, with_companions({sobject.name.lower(): sobject for sobject in objects}))


def setup_schema() -> Schema:
    """Only the objects that no org can do without: what `extends: none` begins with. References to others are left out."""
    known = standard_schema()
    return Schema("setup", VERSION, {name.lower(): _without_strangers(known.objects[name.lower()]) for name in SETUP})


def _without_strangers(sobject: SObject) -> SObject:
    fields = []
    for f in sobject.fields:
        targets = tuple(target for target in f.reference_to if target in SETUP)
        if targets or not f.reference_to:
            fields.append(f if targets == f.reference_to else replace(f, reference_to=targets))
    return replace(sobject, fields=tuple(fields))
