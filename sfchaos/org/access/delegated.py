"""What one delegated administrator may do with users, as ids: worked out of the groups (delegation.py), a part of the user's rights.

Source: Salesforce Help, "Delegate Administrative Duties" (D): users of the named roles and of those below them are created and edited,
named profiles, permission sets and public groups are assigned; membership in several groups adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# What being a delegated administrator opens: (object, right); `Delegated.rows` and delegation_checks.py set the bounds
DELEGABLE = frozenset({
    ("User", "create"), ("User", "edit"), ("PermissionSetAssignment", "create"), ("PermissionSetAssignment", "edit"), ("PermissionSetAssignment", "delete"),
    ("Group", "create"), ("GroupMember", "create"), ("GroupMember", "delete"),
})  # fmt: skip
GUARDED = frozenset(name for name, _ in DELEGABLE)


@dataclass(frozen=True)
class Delegated:
    """Ids of 18 characters. `sets` are permission sets, and groups of them with the sets that stand for them."""

    roles: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def rows(self, sobject: str, alias: str, user_id: str) -> str:
        """The condition of the rows that may be changed or deleted; "" for an object that this is not about. Never the own ones."""
        others = f"\"UserRoleId\" IN ({_listed(self.roles)}) AND \"Id\" <> '{user_id}'"
        if sobject == "User":
            return f'{alias}."Id" IN (SELECT "Id" FROM "User" WHERE {others})'
        if sobject == "PermissionSetAssignment":
            return f'({alias}."AssigneeId" IN (SELECT "Id" FROM "User" WHERE {others}) AND {alias}."PermissionSetId" IN ({_listed(self.sets)}))'
        if sobject == "GroupMember":
            return f'({alias}."GroupId" IN ({_listed(self.groups)}) AND {alias}."UserOrGroupId" IN (SELECT "Id" FROM "User" WHERE {others}))'
        return ""

    def __repr__(self) -> str:
        """The same for equal values: the digest of the rights holds it."""
        return f"Delegated({sorted(self.roles)}, {sorted(self.profiles)}, {sorted(self.sets)}, {sorted(self.groups)})"


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(f"'{one}'" for one in sorted(ids)) or "''"
