"""User permissions that Profile and PermissionSet rows show as `Permissions...` columns.

A real org has some 250 of them. These are those that decide what a client of the API may do, and those that reviews of an
integration user ask for. Source: Object Reference, "PermissionSet" (names D, labels as Setup shows them K).
"""

from __future__ import annotations

USER_PERMISSIONS = {
    "ApiEnabled": "API Enabled",
    "ApiUserOnly": "Api Only User",
    "ApproveUninstalledConnectedApps": "Approve Uninstalled Connected Apps",  # spelling of the column is a guess
    "AssignPermissionSets": "Assign Permission Sets",
    "AuthorApex": "Author Apex",
    "BulkApiHardDelete": "Bulk API Hard Delete",
    "ConvertLeads": "Convert Leads",
    "CreateAuditFields": "Set Audit Fields upon Record Creation",
    "CreateCustomizeReports": "Create and Customize Reports",
    "CustomizeApplication": "Customize Application",
    "DataExport": "Weekly Data Export",
    "EditEvent": "Edit Events",
    "EditReadonlyFields": "Edit Read Only Fields",
    "EditTask": "Edit Tasks",
    "EmailMass": "Mass Email",
    "EmailSingle": "Send Email",
    "ExportReport": "Export Reports",
    "ImportLeads": "Import Leads",
    "InstallPackaging": "Download AppExchange Packages",
    "LightningExperienceUser": "Lightning Experience User",
    "ManageInternalUsers": "Manage Internal Users",
    "ManageIpAddresses": "Manage IP Addresses",
    "ManageProfilesPermissionsets": "Manage Profiles and Permission Sets",
    "ManageRemoteAccess": "Manage Connected Apps",
    "ManageRoles": "Manage Roles",
    "ManageSharing": "Manage Sharing",
    "ManageTwoFactor": "Manage Multi-Factor Authentication in API",
    "ManageUsers": "Manage Users",
    "ModifyAllData": "Modify All Data",
    "ModifyMetadata": "Modify Metadata Through Metadata API Functions",
    "PasswordNeverExpires": "Password Never Expires",
    "ResetPasswords": "Reset User Passwords and Unlock Users",
    "RunReports": "Run Reports",
    "ScheduleReports": "Schedule Reports",
    "TransferAnyCase": "Transfer Cases",
    "TransferAnyEntity": "Transfer Record",
    "TransferAnyLead": "Transfer Leads",
    "UseAnyApiClient": "Use Any API Client",
    "ViewAllData": "View All Data",
    "ViewAllUsers": "View All Users",
    "ViewEncryptedData": "View Encrypted Data",
    "ViewEventLogFiles": "View Event Log Files",
    "ViewHealthCheck": "View Health Check",
    "ViewRoles": "View Roles and Role Hierarchy",
    "ViewSetup": "View Setup and Configuration",
}  # fmt: skip
