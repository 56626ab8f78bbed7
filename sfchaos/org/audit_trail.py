"""SetupAuditTrail: who changed the setup, when, and how. Kept from the moment on when the org is ready.

`org.audit_trail.note(...)` writes a row; changes of users, permission sets and their rights are followed by themselves.
Words of Action U (lists of several tools that read the trail); the sentences of Display for assignments and profiles U, for
PermSetCreate D (Object Reference, "SetupAuditTrail"), the others K.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.own_rows import write_own
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.after import Saved
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

USERS = "Manage Users"
APPS = "Connected Apps"
_RIGHTS = {"PermissionsRead": "Read", "PermissionsCreate": "Create", "PermissionsEdit": "Edit", "PermissionsDelete": "Delete",
           "PermissionsViewAllRecords": "View All", "PermissionsModifyAllRecords": "Modify All"}  # fmt: skip
_USER_CHANGES = {
    "Email": ("changedemail", "Changed email for user {who} from {old} to {new}"),
    "Username": ("changedusername", "Changed username for user {who} from {old} to {new}"),
    "FederationIdentifier": ("changedfederationid", "Changed Federation ID for user {who} from {old} to {new}"),
}  # fmt: skip
Note = tuple[str, str]  # Action, Display


class AuditTrail:
    def __init__(self, org: Org) -> None:
        self._org = org
        self._is_open = False
        self._readers = {
            "User": self._user, "PermissionSetAssignment": self._assignment, "PermissionSet": self._holder, "Profile": self._holder,
            "ObjectPermissions": self._object_rights, "FieldPermissions": self._field_rights, "UserLogin": self._user_login,
        }  # fmt: skip

    def open(self) -> None:
        """From now on changes are noted: what the org begins with is no change."""
        self._is_open = True

    def note(self, action: str, section: str, display: str, user_id: str = "") -> None:
        """Write a row. `user_id` is who did it, "" for the administrator."""
        kind = self._org.schema.find("SetupAuditTrail")
        if kind is not None and self._is_open:
            write_own(self._org, kind, {"Action": action, "Section": section, "Display": display}, user_id)

    # ------------------------------------------------------------------ as a follower

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name in self._readers

    def saved(self, org: Org, saved: Saved) -> None:
        if self._is_open:
            for action, display in self._readers[saved.sobject.name](saved):
                self.note(action, USERS, display, saved.user_id)

    def _user(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        who = " ".join(str(row[n]) for n in ("FirstName", "LastName") if row.get(n))
        if saved.verb == "create":
            yield "createduser", f"Created new user {who}"
        if saved.verb != "update":
            return
        for name, (old, new) in _changed(saved).items():
            if name == "IsActive":
                yield ("activateduser", f"Activated user {who}") if new else ("deactivateduser", f"Deactivated user {who}")
            elif name == "ProfileId":
                yield "changedprofileforuser", f"Changed profile for user {who} from {self._named('Profile', old)} to {self._named('Profile', new)}"
            elif name == "UserRoleId":
                action = "changedroleforuser" + ("fromnone" if not old else "tonone" if not new else "")
                yield action, f"Changed role for user {who} from {self._named('UserRole', old)} to {self._named('UserRole', new)}"
            elif name == "ManagerId":
                yield "changedManager", f"Changed manager for user {who} from {self._person(old)} to {self._person(new)}"
            elif name in _USER_CHANGES:
                action, words = _USER_CHANGES[name]
                yield action, words.format(who=who, old=old or "none", new=new or "none")

    def _user_login(self, saved: Saved) -> Iterator[Note]:
        if "IsFrozen" in _changed(saved) and saved.verb == "update":
            who = self._person(saved.before.get("UserId"))
            yield ("frozeuser", f"Froze user {who}") if saved.values["IsFrozen"] else ("unfrozeuser", f"Unfroze user {who}")

    def _assignment(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        who, given = self._person(row.get("AssigneeId")), saved.verb == "create"
        if saved.verb == "update" or self._is_profile(row.get("PermissionSetId")):
            return
        held = self._named("PermissionSet", row.get("PermissionSetId"), "Label")
        yield ("PermSetAssign" if given else "PermSetUnassign"), f"Permission set {held}: {'assigned to' if given else 'unassigned from'} user {who}"

    def _holder(self, saved: Saved) -> Iterator[Note]:
        """A permission set or profile made, deleted, or changed in its user permissions."""
        row = {**saved.before, **saved.values}
        is_set = saved.sobject.name == "PermissionSet"
        name = row.get("Label") or row.get("Name")
        if row.get("IsOwnedByProfile"):
            return
        if saved.verb == "create" and is_set:
            yield "PermSetCreate", f"Created permission set {name}: with no license"
        elif saved.verb == "delete":
            yield ("PermSetDelete", f"Deleted permission set {name}") if is_set else ("deletedprofile", f"Deleted profile {name}")
        elif saved.verb == "update":
            for column, (_, new) in _changed(saved).items():
                if column.startswith("Permissions"):
                    f = saved.sobject.find(column)
                    action = ("PermSetEnableUserPerm" if new else "PermSetDisableUserPerm") if is_set else "profilePermChangedCustom"
                    kind = "permission set" if is_set else "profile"
                    yield action, f"Changed {kind} {name}: {f.label if f else column} was {'enabled' if new else 'disabled'}"

    def _object_rights(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        who, is_profile = self._parent(row.get("ParentId"))
        for column, right in _RIGHTS.items():
            old, new = bool(saved.before.get(column)), bool(saved.values.get(column, saved.before.get(column) if saved.verb == "update" else False))
            if old != new:
                yield ("profileOlpChangedCustom" if is_profile else "PermSetEntityPermChanged",
                       f"Changed {who}: {right} access to {row.get('SobjectType')} was changed from {_access(old)} to {_access(new)}")  # fmt: skip

    def _field_rights(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        who, is_profile = self._parent(row.get("ParentId"))
        old, new = _field_access(saved.before), _field_access(row if saved.verb != "delete" else {})
        if old != new:
            yield ("profileFlsChangedCustom" if is_profile else "PermSetFlsChanged", field_change(who, str(row.get("Field")), old, new))

    # ------------------------------------------------------------------ names

    def _named(self, sobject: str, record_id: str | None, column: str = "Name") -> str:
        kind = self._org.schema.find(sobject)
        if not record_id or kind is None or kind.find(column) is None:
            return "none"
        found = self._org.store.one(f"SELECT {quoted(column)} FROM {quoted(sobject)} WHERE Id = ?", (record_id,))
        return str(found[0]) if found else record_id

    def _person(self, user_id: str | None) -> str:
        found = self._org.store.one("SELECT FirstName, LastName FROM User WHERE Id = ?", (user_id,)) if user_id else None
        return " ".join(str(part) for part in found if part) if found else "none"

    def _is_profile(self, permission_set_id: str | None) -> bool:
        return self._named("PermissionSet", permission_set_id, "IsOwnedByProfile") == "1"

    def _parent(self, permission_set_id: str | None) -> tuple[str, bool]:
        """`permission set Sync` or `profile Integration`, and whether it is the latter."""
        if self._is_profile(permission_set_id):
            return f"profile {self._named('Profile', self._named('PermissionSet', permission_set_id, 'ProfileId'))}", True
        return f"permission set {self._named('PermissionSet', permission_set_id, 'Label')}", False


def field_change(who: str, field: str, old: str, new: str) -> str:
    """The sentence of a change in field-level security; `field` as in `Contact.Phone`."""
    sobject, _, name = field.partition(".")
    return f"Changed {who}: field-level security for {sobject}: {name} was changed from {old} to {new}"


def _changed(saved: Saved) -> dict[str, tuple[Any, Any]]:
    return {name: (saved.before.get(name), value) for name, value in saved.values.items() if saved.before.get(name) != value}


def _access(has: bool) -> str:
    return "Access" if has else "No Access"


def _field_access(row: Any) -> str:
    return "Read/Write" if row.get("PermissionsEdit") else "Read Only" if row.get("PermissionsRead") else "No Access"
