"""What SetupAuditTrail says of changes to profiles, permission sets, groups of them, and what they hold.

Words of Action and the sentences of Display U (a list that a tool's makers collected from real trails), save what is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.audit.names import Names, Note, changed

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved

# Columns of ObjectPermissions in the order in which sentences name them
RIGHTS = {"PermissionsRead": "Read", "PermissionsCreate": "Create", "PermissionsEdit": "Edit", "PermissionsDelete": "Delete",
          "PermissionsViewAllRecords": "View All", "PermissionsModifyAllRecords": "Modify All"}  # fmt: skip
NO_ACCESS = "No Access"
# Profiles that every org of Salesforce's has: actions end in Standard for them, in Custom for others
_STANDARD = frozenset({"System Administrator", "Standard User", "Minimum Access - API Only Integrations", "Minimum Access - Salesforce", "Read Only"})


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds a right: `permission set Sync` or `profile Integration`; `ending` is what the actions of a profile end in."""

    words: str
    is_profile: bool
    ending: str = ""


def ending_of(profile: str) -> str:
    return "Standard" if profile in _STANDARD else "Custom"


class RightsNotes:
    def __init__(self, org: Org) -> None:
        self._org, self._names = org, Names(org)

    def readers(self) -> dict[str, Any]:
        return {
            "PermissionSetAssignment": self.assignment, "PermissionSet": self.permission_set, "Profile": self.profile, "ObjectPermissions": self.objects,
            "FieldPermissions": self.fields, "SetupEntityAccess": self.entity_access, "PermissionSetGroup": self.group,
            "PermissionSetGroupComponent": self.component,
        }  # fmt: skip

    def assignment(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        who, given = self._names.person(row.get("AssigneeId")), saved.verb == "create"
        if saved.verb == "update" or self._is_profile(row.get("PermissionSetId")):
            return
        held = self._names.of("PermissionSet", row.get("PermissionSetId"), "Label")
        yield ("PermSetAssign" if given else "PermSetUnassign"), f"Permission set {held}: {'assigned to' if given else 'unassigned from'} user {who}"

    def permission_set(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        name = row.get("Label") or row.get("Name")
        if row.get("IsOwnedByProfile"):
            return
        if saved.verb == "create":
            yield "PermSetCreateNoLicense", f"Created permission set {name}: with no license"
        elif saved.verb == "delete":
            yield "PermSetDelete", f"Deleted permission set {name}"
        for label, new in self._user_permissions(saved):
            yield f"PermSet{'Enable' if new else 'Disable'}UserPerm", f"Changed permission set {name}: {label} permission was changed from {_turned(new)}"

    def profile(self, saved: Saved) -> Iterator[Note]:
        name = str({**saved.before, **saved.values}.get("Name"))
        if saved.verb == "delete":
            yield "deletedprofile", f"Deleted profile {name}"  # K
        for label, new in self._user_permissions(saved):
            yield f"profilePermChanged{ending_of(name)}", f"Changed profile {name}: general user permission {label} was changed from {_turned(new)}"

    def _user_permissions(self, saved: Saved) -> Iterator[tuple[str, bool]]:
        if saved.verb == "update":
            for column, (_, new) in changed(saved).items():
                if column.startswith("Permissions"):
                    f = saved.sobject.find(column)
                    yield (f.label if f else column), bool(new)

    def objects(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        old, new = object_access(saved.before), object_access(row if saved.verb != "delete" else {})
        if old != new:
            yield self.object_change(self._holder(row.get("ParentId")), str(row.get("SobjectType")), old, new)

    def object_change(self, holder: Holder, sobject: str, old: str, new: str) -> Note:
        action = f"profileOlpChanged{holder.ending}" if holder.is_profile else "PermSetEntityPermChanged"
        return action, f"Changed {holder.words}: {self._names.label(sobject)} object permissions were changed from {old} to {new}"

    def fields(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        holder = self._holder(row.get("ParentId"))
        old, new = _field_access(saved.before, holder), _field_access(row if saved.verb != "delete" else {}, holder)
        if old != new:
            yield self.field_change(holder, str(row.get("Field")), old, new)

    def field_change(self, holder: Holder, field: str, old: str, new: str) -> Note:
        """`field` as in `Contact.Phone`."""
        sobject, _, name = field.partition(".")
        action = f"profileFlsChanged{holder.ending}" if holder.is_profile else "PermSetFlsChanged"
        what = f"{self._names.label(sobject)}: {self._names.label(sobject, name)}"
        return action, f"Changed {holder.words}: field-level security for {what} was changed from {old} to {new}"

    def entity_access(self, saved: Saved) -> Iterator[Note]:
        """A connected app approved for the holders of a profile or permission set, or no longer."""
        row = {**saved.before, **saved.values}
        if not str(row.get("SetupEntityId") or "").startswith("0H4") or saved.verb == "update":
            return
        holder, app = self._holder(row.get("ParentId")), self._names.of("ConnectedApplication", row["SetupEntityId"])
        state = "Enabled" if saved.verb == "create" else "Disabled"
        kind = "Profile" if holder.is_profile else "PermissionSet"
        yield f"SetupEntityAccessAudit_{kind}_ConnectedApplication_{state}{holder.ending}", f"Changed {holder.words}: {app} connected app is {state.lower()}"

    def group(self, saved: Saved) -> Iterator[Note]:
        name = {**saved.before, **saved.values}.get("DeveloperName")
        if saved.verb != "update":
            made = saved.verb == "create"
            yield f"PermissionSetGroup{'Create' if made else 'Delete'}", f"{'Created' if made else 'Deleted'} permission set group {name}"

    def component(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        group, member = self._names.of("PermissionSetGroup", row.get("PermissionSetGroupId"), "DeveloperName"), row.get("PermissionSetId")
        added = saved.verb == "create"
        yield (f"PermissionSetGroupComponent{'Add' if added else 'Removed'}",
               f"Changed permission set group {group}: group member {self._names.of('PermissionSet', member, 'Label')} was {'added' if added else 'removed'}")  # fmt: skip

    # ------------------------------------------------------------------ whose rights

    def _is_profile(self, permission_set_id: str | None) -> bool:
        return self._names.of("PermissionSet", permission_set_id, "IsOwnedByProfile") == "1"

    def _holder(self, permission_set_id: str | None) -> Holder:
        if not self._is_profile(permission_set_id):
            return Holder(f"permission set {self._names.of('PermissionSet', permission_set_id, 'Label')}", is_profile=False)
        name = self._names.of("Profile", self._names.of("PermissionSet", permission_set_id, "ProfileId"))
        return Holder(f"profile {name}", is_profile=True, ending=ending_of(name))


def object_access(row: Mapping[str, Any]) -> str:
    """`Read, Edit`, or No Access."""
    return ", ".join(right for column, right in RIGHTS.items() if row.get(column)) or NO_ACCESS


def _field_access(row: Mapping[str, Any], holder: Holder) -> str:
    """Profiles and permission sets say it in different words (Read of permission sets K)."""
    read, edit = ("Read Only", "Read/Write") if holder.is_profile else ("Read", "Edit")
    return edit if row.get("PermissionsEdit") else read if row.get("PermissionsRead") else NO_ACCESS


def _turned(on: bool) -> str:
    return "disabled to enabled" if on else "enabled to disabled"
