"""SetupAuditTrail: who changed the setup, when, and how. Kept from the moment on when the org is ready.

`org.audit_trail.note(...)` writes a row; changes of users, roles, groups, connected apps and of all that gives rights are followed
by themselves. Words of Action and most sentences of Display U (a list that a tool's makers collected from real trails); K and
guesses are marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sfchaos.core.gate import Verb
from sfchaos.org.audit.names import Names, Note, changed
from sfchaos.org.audit.rights import RightsNotes
from sfchaos.org.rows.own_rows import write_own

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.schema.model import SObject

USERS, APPLICATION, GROUPS, QUEUES, SHARING = "Manage Users", "Application", "Groups", "Data Management", "Sharing Defaults"
_SECTIONS = {"ConnectedApplication": APPLICATION, "Group": GROUPS, "GroupMember": GROUPS,
             "PermissionSetGroup": "Permission Set Group", "PermissionSetGroupComponent": "Permission Set Group"}  # fmt: skip
_USER_CHANGES = {
    "Email": ("changedemail", "Changed email for user {who} from {old} to {new}"),
    "Username": ("changedusername", "Changed username for user {who} from {old} to {new}"),
    "FederationIdentifier": ("changedfederationid", "Changed Federation ID for user {who} from {old} to {new}"),
}  # fmt: skip
# Column of ConnectedApplication -> Action, Display
_APP_CHANGES = {
    "MobileSessionTimeout": ("changeApplicationMobileSessionTimeout", "Changed Connected App Mobile Session Timeout from {old} to {new}"),
    "PinLength": ("changeApplicationPinLength", "Changed Connected App PIN Length from {old} to {new}"),
    "RefreshTokenValidityPeriod": ("changeApplicationRefreshTokenPolicy", "Changed connected app {app} refresh token validity period from {old} to {new}"),  # a guess
    "OptionsRefreshTokenValidityMetric": ("changeApplicationRefreshTokenPolicy", "Changed connected app {app} refresh token policy"),  # a guess
}  # fmt: skip
_PERMITTED = ("All users may self-authorize", "Admin approved users are pre-authorized")
Reader = Callable[["Saved"], Iterator[Note]]


class AuditTrail:
    def __init__(self, org: Org) -> None:
        self._org = org
        self._is_open = False
        self._names, self.rights = Names(org), RightsNotes(org)
        self._readers: dict[str, Reader] = {
            "User": self._user, "UserLogin": self._user_login, "UserRole": self._role, "Group": self._group, "GroupMember": self._member,
            "ConnectedApplication": self._app, **self.rights.readers(),
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
                self.note(action, QUEUES if action in ("queue", "queueMembership") else _SECTIONS.get(saved.sobject.name, USERS), display, saved.user_id)

    # ------------------------------------------------------------------ users

    def _user(self, saved: Saved) -> Iterator[Note]:
        row = {**saved.before, **saved.values}
        who = " ".join(str(row[n]) for n in ("FirstName", "LastName") if row.get(n))
        if saved.verb == "create":
            yield "createduser", f"Created new user {who}"
        if saved.verb != "update":
            return
        for name, (old, new) in changed(saved).items():
            if name == "IsActive":
                yield ("activateduser", f"Activated user {who}") if new else ("deactivateduser", f"Deactivated user {who}")
            elif name == "ProfileId":
                yield "changedprofileforuser", f"Changed profile for user {who} from {self._names.of('Profile', old)} to {self._names.of('Profile', new)}"
            elif name == "UserRoleId":
                action = "changedroleforuser" + ("fromnone" if not old else "tonone" if not new else "")
                yield action, f"Changed role for user {who} from {self._names.of('UserRole', old)} to {self._names.of('UserRole', new)}"
            elif name == "ManagerId":
                yield "changedManager", f"Changed manager for user {who} from {self._names.person(old)} to {self._names.person(new)}"
            elif name in _USER_CHANGES:
                action, words = _USER_CHANGES[name]
                yield action, words.format(who=who, old=old or "none", new=new or "none")

    def _user_login(self, saved: Saved) -> Iterator[Note]:
        if "IsFrozen" in changed(saved) and saved.verb == "update":
            who = self._names.person(saved.before.get("UserId"))
            yield ("frozeuser", f"Froze user {who}") if saved.values["IsFrozen"] else ("unfrozeuser", f"Unfroze user {who}")

    def _role(self, saved: Saved) -> Iterator[Note]:
        name = {**saved.before, **saved.values}.get("Name")
        known = {"create": ("createdrole", f"Created new role {name}"), "delete": ("deletedrole", f"Deleted role {name}"), "update": ("role", f"Changed role {name}")}
        if saved.verb in known and (saved.verb != "update" or changed(saved)):
            yield known[saved.verb]

    # ------------------------------------------------------------------ sharing

    def _group(self, saved: Saved) -> Iterator[Note]:
        """Public groups; of queues the word for membership alone was seen, the other is a guess."""
        row = {**saved.before, **saved.values}
        words = {"create": "Created", "delete": "Deleted", "update": "Updated"}.get(saved.verb, "")
        if not words or (saved.verb == "update" and not changed(saved)):
            return
        if row.get("Type") == "Queue":
            yield "queue", f"{words} Queue {row.get('Name')}"
        elif row.get("Type") == "Regular":
            yield f"{words.lower()}group", f"{words} Public Group {row.get('Name')}"

    def _member(self, saved: Saved) -> Iterator[Note]:
        group = {**saved.before, **saved.values}.get("GroupId")
        name = self._names.of("Group", group)
        is_queue = self._names.of("Group", group, "Type") == "Queue"
        yield ("queueMembership", f"Changed membership of Queue {name}") if is_queue else ("groupMembership", f"Changed membership of Group {name}")

    # ------------------------------------------------------------------ connected apps

    def _app(self, saved: Saved) -> Iterator[Note]:
        if saved.verb != "update":
            return
        app = saved.before.get("Name")
        for name, (old, new) in changed(saved).items():
            if name == "OptionsAllowAdminApprovedUsersOnly":
                kinds = _PERMITTED if new else _PERMITTED[::-1]
                yield "changeUserRuntimeAccessPolicy", f"Changed connected app {app} Permitted Users setting from {kinds[0]} to {kinds[1]}"
            elif name in _APP_CHANGES:
                action, words = _APP_CHANGES[name]
                yield action, words.format(app=app, old="null" if old is None else old, new="null" if new is None else new)
