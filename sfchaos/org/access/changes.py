"""What follows when somebody writes a row that rights stand on: they are worked out anew, and rows that belong together agree.

A profile owns a permission set with the same user permissions, a permission set group stands behind one, and a user holds the
set of the profile through an assignment. Where rows are not open to all, their owner has a share of RowCause Owner.
Source: Object Reference, "PermissionSet", "PermissionSetAssignment", "PermissionSetGroup", "AccountShare" (D; names of the owned
sets K).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.access.full import insert_rows
from sfchaos.org.rows.after import Saved
from sfchaos.org.rows.values import stored_instant
from sfchaos.org.schema.companions import parent_field, share_name
from sfchaos.org.schema.model import SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_STOOD_ON = frozenset({
    "Profile", "PermissionSet", "PermissionSetAssignment", "PermissionSetGroup", "PermissionSetGroupComponent", "ObjectPermissions", "FieldPermissions",
    "Group", "GroupMember", "User", "UserRole",
})  # fmt: skip


class RightsFollower:
    """Told of every write to the objects above."""

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name in _STOOD_ON

    def saved(self, org: Org, saved: Saved) -> None:
        act = _ACTS.get((saved.sobject.name, saved.verb))
        if act is not None:
            act(org, saved)
        org.rights.forget()


class OwnerShares:
    """Keeps the owner's share of every row of an object whose organization-wide default is Private or Read."""

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.sharing in ("Private", "Read") and sobject.find("OwnerId") is not None and verb in ("create", "update", "delete")

    def saved(self, org: Org, saved: Saved) -> None:
        self.saved_many(org, (saved,))

    def saved_many(self, org: Org, saves: Sequence[Saved]) -> None:
        sobject = saves[0].sobject
        shares = org.schema.find(share_name(sobject.name))
        if shares is None:
            return
        changed = [saved for saved in saves if saved.verb != "update" or saved.values.get("OwnerId") not in (None, "", saved.before.get("OwnerId"))]
        parent = quoted(parent_field(sobject.name))
        for saved in changed:
            if saved.verb != "create":  # a new owner ends the shares that the old one gave (K)
                causes = "('Owner', 'Manual')" if saved.verb == "update" else "('Owner', 'Manual', 'Rule', 'Team')"
                org.store.run(f'DELETE FROM {quoted(shares.name)} WHERE {parent} = ? AND "RowCause" IN {causes}', (saved.id,))
        owned = [share_row(sobject, shares, saved.id, str(saved.values.get("OwnerId")), "All", "Owner") for saved in changed if saved.verb != "delete"]
        if owned:
            insert_rows(org, shares, owned)


def share_row(sobject: SObject, shares: SObject, record_id: str, whom: str, access_level: str, cause: str) -> dict[str, Any]:
    """A row that shares a record with a user or group."""
    level = "AccessLevel" if sobject.name.endswith("__c") else f"{sobject.name}AccessLevel"
    below = {f.name: "None" for f in shares.columns if f.name.endswith("AccessLevel") and f.name != level}
    return {parent_field(sobject.name): record_id, "UserOrGroupId": whom, level: access_level, "RowCause": cause, **below}


# ---------------------------------------------------------------------- profiles and their permission sets


def _permissions(sobject: SObject) -> list[str]:
    return [f.name for f in sobject.columns if f.name.startswith("Permissions")]


def _profile_created(org: Org, saved: Saved) -> None:
    own_set_of_profile(org, saved.id, saved.values)


def own_set_of_profile(org: Org, profile: str, values: Mapping[str, Any]) -> str:
    """Id of a new permission set that a profile owns, with the same user permissions."""
    sets = org.schema.objects["permissionset"]
    wanted = {name: int(values.get(name) or 0) for name in _permissions(sets)}
    row = {"Name": f"X{profile[:15]}", "Label": profile, "IsOwnedByProfile": 1, "ProfileId": profile, "IsCustom": 0, "Type": "Profile", **wanted}
    return insert_rows(org, sets, [{name: value for name, value in row.items() if sets.find(name)}])[0]


def _profile_updated(org: Org, saved: Saved) -> None:
    _copy(org, saved, "PermissionSet", "ProfileId", saved.id)


def _set_updated(org: Org, saved: Saved) -> None:
    if saved.before.get("IsOwnedByProfile"):
        _copy(org, saved, "Profile", "Id", str(saved.before["ProfileId"]))


def _copy(org: Org, saved: Saved, to: str, key: str, value: str) -> None:
    """User permissions that were changed, onto the row that shows the same ones."""
    names = [name for name in _permissions(org.schema.objects[to.lower()]) if name in saved.values]
    if names:
        sets = ", ".join(f"{quoted(name)} = ?" for name in names)
        org.store.run(f"UPDATE {quoted(to)} SET {sets} WHERE {quoted(key)} = ?", (*[saved.values[name] for name in names], value))


def _group_created(org: Org, saved: Saved) -> None:
    sets = org.schema.objects["permissionset"]
    if sets.find("PermissionSetGroupId") is not None:
        values = saved.values
        row = {"Name": values.get("DeveloperName"), "Label": values.get("MasterLabel"), "Type": "Group", "IsCustom": 1, "PermissionSetGroupId": saved.id}
        insert_rows(org, sets, [row])


# ---------------------------------------------------------------------- users


def _user_created(org: Org, saved: Saved) -> None:
    _assign_profile(org, saved.id, saved.values.get("ProfileId"))


def _user_updated(org: Org, saved: Saved) -> None:
    profile = saved.values.get("ProfileId")
    if profile and profile != saved.before.get("ProfileId"):
        owned = 'SELECT "Id" FROM "PermissionSet" WHERE "IsOwnedByProfile" = 1'
        org.store.run(f'DELETE FROM "PermissionSetAssignment" WHERE "AssigneeId" = ? AND "PermissionSetId" IN ({owned})', (saved.id,))
        _assign_profile(org, saved.id, profile)


def _assign_profile(org: Org, user_id: str, profile: Any) -> None:
    held = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "ProfileId" = ? AND "IsOwnedByProfile" = 1', (profile,))
    if held is not None:
        insert_rows(org, org.schema.objects["permissionsetassignment"], [{"AssigneeId": user_id, "PermissionSetId": held[0], "IsActive": 1}])


def _assigned(org: Org, saved: Saved) -> None:
    """An assignment names the set that stands for a group, or the group: the row holds both."""
    if org.schema.objects["permissionset"].find("PermissionSetGroupId") is None:
        return
    group, chosen = saved.values.get("PermissionSetGroupId"), saved.values.get("PermissionSetId")
    if group and not chosen:
        found = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "PermissionSetGroupId" = ?', (group,))
        org.store.update("PermissionSetAssignment", saved.id, {"PermissionSetId": found[0] if found else None})
    elif chosen and not group:
        found = org.store.one('SELECT "PermissionSetGroupId" FROM "PermissionSet" WHERE "Id" = ?', (chosen,))
        if found and found[0]:
            org.store.update("PermissionSetAssignment", saved.id, {"PermissionSetGroupId": found[0]})


def _extended(org: Org, saved: Saved) -> None:
    """An assignment that had expired and ends later now, or never, is active again (K)."""
    ends = saved.values.get("ExpirationDate")
    if "ExpirationDate" in saved.values and not saved.before.get("IsActive") and (ends is None or ends > stored_instant(int(org.now_s()))):
        org.store.update("PermissionSetAssignment", saved.id, {"IsActive": 1})


_ACTS: dict[tuple[str, Verb], Callable[[Org, Saved], None]] = {
    ("Profile", "create"): _profile_created, ("Profile", "update"): _profile_updated, ("PermissionSet", "update"): _set_updated,
    ("PermissionSetGroup", "create"): _group_created, ("User", "create"): _user_created, ("User", "update"): _user_updated,
    ("PermissionSetAssignment", "create"): _assigned, ("PermissionSetAssignment", "update"): _extended,
}  # fmt: skip
