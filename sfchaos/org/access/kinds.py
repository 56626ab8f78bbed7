"""Which sObjects rights are given to, and what user permission the others ask for.

Data objects have rows of ObjectPermissions. Setup objects (users, profiles, the org's own records) have none: everybody reads
them, with the exceptions below, and to change them takes a user permission. History and share objects go with their object.
Sources: Object Reference, "Special Access Rules" of each object (D); wire reference 10.2. What is K or a guess says so.
"""

from __future__ import annotations

from sfchaos.org.schema.model import Schema, SObject

# Data objects without an organization-wide default of their own. In Salesforce some of them (Task, Event, Note, Attachment, files) have
# no ObjectPermissions; here they do, so that an org file can grant and withhold them.
_DATA = frozenset({
    "Attachment", "Document", "EmailMessage", "Event", "Folder", "Note", "Pricebook2", "PricebookEntry", "Product2", "PushTopic", "StreamingChannel", "Task", "CaseComment",
    "ContentDocument", "ContentDocumentLink", "ContentVersion", "CampaignMemberStatus",
})  # fmt: skip
# Whose object rights serve too: a line item is read with the opportunity (K).
_WITH_PARENT = {
    "AccountContactRelation": "Account", "CampaignMember": "Campaign", "CampaignMemberStatus": "Campaign", "CaseComment": "Case",
    "OpportunityContactRole": "Opportunity", "OpportunityLineItem": "Opportunity", "OrderItem": "Order", "PricebookEntry": "Product2",
    "ContentDocumentLink": "ContentDocument", "ContentVersion": "ContentDocument",
}  # fmt: skip
# Setup objects that not everybody reads
_TO_READ = {"SetupAuditTrail": "ViewSetup", "EventLogFile": "ViewEventLogFiles"}
_TO_WRITE = {
    "Group": "ManageUsers", "GroupMember": "ManageUsers", "QueueSobject": "ManageUsers", "User": "ManageUsers", "UserLogin": "ManageUsers",
    "UserRole": "ManageRoles", "PermissionSetAssignment": "AssignPermissionSets", "FieldPermissions": "ManageProfilesPermissionsets",
    "ObjectPermissions": "ManageProfilesPermissionsets", "PermissionSet": "ManageProfilesPermissionsets",
    "PermissionSetGroup": "ManageProfilesPermissionsets", "PermissionSetGroupComponent": "ManageProfilesPermissionsets",
    "Profile": "ManageProfilesPermissionsets", "SetupEntityAccess": "ManageProfilesPermissionsets",
}  # fmt: skip
OTHER_SETUP = "CustomizeApplication"  # to write what the table above does not name (a guess for some)
# Whose rows a user sees and ends without Manage Users only when they are the user's own: object -> the column that says whose
OWN_ROWS = {"AuthSession": "UsersId", "LoginHistory": "UserId", "OauthToken": "UserId"}
OWN_TO_EDIT = {"User": "Id"}
_FREELY = {("AuthSession", "delete"), ("OauthToken", "delete"), ("User", "edit")}  # the rows above set the bounds
# What a user may not change of the own row without Manage Users (K)
OTHERS_FIELDS = frozenset({"federationidentifier", "isactive", "managerid", "profileid", "username", "userroleid"})


def base_of(schema: Schema, sobject: SObject) -> SObject:
    """The object that a history or share object belongs to; any other object itself."""
    return schema.find(str(sobject.flags.get("companionOf") or "")) or sobject


def is_share(sobject: SObject) -> bool:
    return bool(sobject.flags.get("companionOf")) and sobject.name.endswith("Share")


def is_data(sobject: SObject) -> bool:
    """Whether profiles and permission sets grant rights to the object."""
    return bool(sobject.sharing) or sobject.name in _DATA or (sobject.custom and not sobject.name.endswith("__mdt"))


def parent_name(sobject: SObject) -> str:
    return _WITH_PARENT.get(sobject.name, "")


def read_permission(sobject: SObject) -> str:
    """The user permission that reading a setup object takes, "" for none."""
    return _TO_READ.get(sobject.name, "")


def write_permission(sobject: SObject, right: str) -> str:
    """The user permission that this way of writing a setup object takes, "" for none."""
    return "" if (sobject.name, right) in _FREELY else _TO_WRITE.get(sobject.name, OTHER_SETUP)
