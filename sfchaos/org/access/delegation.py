"""Delegated administration: groups of users who administer the users of some roles. Who may do what follows in access/delegated.py.

The groups come with the org's model; the Tooling API shows them (delegation_rows.py). Source: Metadata API guide, "DelegateGroup";
Salesforce Help, "Delegate Administrative Duties" (D).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sfchaos.core.errors import UnknownName
from sfchaos.core.gate import OrgEvent
from sfchaos.org.access.delegated import Delegated
from sfchaos.org.rows.own_rows import write_own
from sfchaos.org.schema.people import DelegateGroup
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.load import OrgModel

Held = tuple[DelegateGroup, tuple[str, ...]]  # the group, ids of its members
_DEEPEST = 50  # roles below roles; a circle ends there
_STRONGEST = "PermissionsModifyAllData"  # a profile or set with it is nobody's to hand out (D)


class Delegation:
    """The delegated administration groups of one org, kept in `registers.delegates`."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def furnish(self, model: OrgModel, *, is_new: bool) -> None:
        """Take the groups of a model; give its users their roles. A role that only a name stands for becomes a row."""
        if is_new:
            wanted = (*(name for group in model.delegate_groups for name in group.roles), *(entry.role for entry in model.users if entry.role))
            for name in dict.fromkeys(wanted):
                self._role(name)
            for entry in model.users:
                if entry.role:
                    self._org.admin.update("User", self._user(entry.username), UserRoleId=self._role(entry.role))
        for group in model.delegate_groups:
            self._org.registers.delegates[group.name] = (group, tuple(self._user(name) for name in group.members))
        if model.delegate_groups:
            self._org.rights.forget()

    def add_member(self, group: str, user_id: str) -> None:
        """Make a user a delegated administrator. Raises UnknownName for a group that is not there."""
        held: Held | None = self._org.registers.delegates.get(group)
        if held is None:
            raise UnknownName("delegated administration group", group, list(self._org.registers.delegates))
        self._org.registers.delegates[group] = (held[0], tuple(dict.fromkeys((*held[1], user_id))))
        self._org.rights.forget()
        self._org.emit(OrgEvent("admin_write", {"verb": "create", "sobject": "DelegateGroupMember", "ids": [user_id]}))
        self._org.send_events()

    def all(self) -> list[Held]:
        """In the order of the model."""
        return list(self._org.registers.delegates.values())

    def of(self, user_id: str) -> Delegated | None:
        """What the user may do as a member of groups, taken together; None for a member of none."""
        mine = [group for group, members in self.all() if user_id in members]
        if not mine:
            return None
        return Delegated(
            self._with_those_below(self._ids("UserRole", ("DeveloperName", "Name"), (name for group in mine for name in group.roles))),
            frozenset(self._ids("Profile", ("Name",), (name for group in mine for name in group.profiles), weak=True)), self.sets_of(mine),
            frozenset(self._ids("Group", ("DeveloperName", "Name"), (name for group in mine for name in group.groups))),
        )  # fmt: skip

    def sets_of(self, groups: Iterable[DelegateGroup]) -> frozenset[str]:
        """Ids of the permission sets, of permission set groups and of the sets that stand for these; none that may modify all data."""
        named = list(groups)
        sets = self._ids("PermissionSet", ("Name", "Label"), (name for group in named for name in (*group.permission_sets, *group.permission_set_groups)), weak=True)
        found = set(sets)
        for one in self._ids("PermissionSetGroup", ("DeveloperName",), (name for group in named for name in group.permission_set_groups)):
            if not self._is_strong(one):
                found.add(one)
                found.update(row[0] for row in self._org.store.all('SELECT "Id" FROM "PermissionSet" WHERE "PermissionSetGroupId" = ?', (one,)))
        return frozenset(found)

    def _is_strong(self, group: str) -> bool:
        """Whether a set of a permission set group may modify all data."""
        return self._org.store.one(
            f'SELECT 1 FROM "PermissionSetGroupComponent" AS c JOIN "PermissionSet" AS p ON p."Id" = c."PermissionSetId" WHERE c."PermissionSetGroupId" = ? '
            f'AND c."IsDeleted" = 0 AND p.{quoted(_STRONGEST)} = 1', (group,)) is not None  # fmt: skip

    def granted_to(self, group: DelegateGroup) -> list[str]:
        """Ids of what the group names, custom objects left out: those have no id here."""
        return [
            *self._ids("UserRole", ("DeveloperName", "Name"), group.roles), *self._ids("Profile", ("Name",), group.profiles),
            *self._ids("PermissionSet", ("Name", "Label"), (*group.permission_sets, *group.permission_set_groups)),
            *self._ids("PermissionSetGroup", ("DeveloperName",), group.permission_set_groups), *self._ids("Group", ("DeveloperName", "Name"), group.groups),
        ]  # fmt: skip

    def _ids(self, sobject: str, columns: tuple[str, ...], names: Iterable[str], *, weak: bool = False) -> list[str]:
        known = self._org.schema.find(sobject)
        if known is None:
            return []
        own = " AND \"IsOwnedByProfile\" = 0" if sobject == "PermissionSet" else ""
        rest = own + (f" AND {quoted(_STRONGEST)} = 0" if weak else "")
        same = " OR ".join(f"{quoted(column)} = ?1 COLLATE NOCASE" for column in columns if known.find(column))
        return [row[0] for name in names for row in self._org.store.all(f'SELECT "Id" FROM {quoted(sobject)} WHERE ({same}){rest} ORDER BY "Id"', (name,))]

    def _with_those_below(self, roles: list[str]) -> frozenset[str]:
        found, fresh = set(roles), list(roles)
        for _ in range(_DEEPEST):
            marks = ", ".join("?" * len(fresh))
            rows = self._org.store.all(f'SELECT "Id" FROM "UserRole" WHERE "ParentRoleId" IN ({marks}) ORDER BY "Id"', fresh)
            fresh = [row[0] for row in rows if row[0] not in found]
            if not fresh:
                break
            found.update(fresh)
        return frozenset(found)

    def _role(self, name: str) -> str:
        found = self._ids("UserRole", ("DeveloperName", "Name"), (name,))
        if found:
            return found[0]
        return write_own(self._org, self._org.schema.objects["userrole"], {"Name": name.replace("_", " "), "DeveloperName": name.replace(" ", "_")})

    def _user(self, username: str) -> str:
        found = self._ids("User", ("Username",), (username,))
        if not found:
            known = [row[0] for row in self._org.store.all('SELECT "Username" FROM "User" ORDER BY "Id"')]
            raise UnknownName("user", username, known, remedy="define it under `users:`")
        return found[0]
