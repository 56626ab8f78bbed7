"""What one user may do, worked out from the rows of profiles, permission sets and groups; and the room that keeps it.

Rights are worked out once a user and kept until a row they stand on is written, a unit that wrote one is undone, or an
assignment ends on the org's clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.org.access import kinds
from sfchaos.org.access.delegated import DELEGABLE, Delegated
from sfchaos.org.schema.model import Field, Schema, SObject

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Right = Literal["read", "create", "edit", "delete", "view_all", "modify_all"]
ALL_RIGHTS: tuple[Right, ...] = ("read", "create", "edit", "delete", "view_all", "modify_all")
FieldKey = tuple[str, str]  # sObject and field in lower case
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rights:
    """`objects` are rights by lower-case sObject name, `everywhere` those to every data object there is or will be. `fields` are
    "read" or "edit" by field, `all_fields` reads and edits all of them, `whole` names objects of which all fields are read.

    `system` are user permissions ("ApiEnabled"), `principals` the ids that rows may be owned by or shared with for the user: the
    user, and groups. `hidden` takes rights away again: to fields ("read" or "edit"), to objects under "*read" and the like, to the rows
    of others under "*rows". All of it ends at `until_s`. `digest` changes with any of it.
    """

    user_id: str
    objects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    everywhere: frozenset[str] = _NONE
    fields: Mapping[FieldKey, str] = field(default_factory=dict)
    all_fields: bool = False
    whole: frozenset[str] = _NONE
    system: frozenset[str] = _NONE
    principals: tuple[str, ...] = ()
    hidden: Mapping[FieldKey, str] = field(default_factory=dict)
    delegated: Delegated | None = None  # as a delegated administrator
    until_s: float = math.inf
    unbound: bool = False  # the org itself: no rule applies
    kept: dict[tuple[str, ...], bool | str] = field(default_factory=dict)  # answers that were given before

    def sealed(self) -> str:
        """The digest of everything above."""
        parts = [
            self.user_id, self.unbound, sorted(self.everywhere), self.all_fields, sorted(self.whole), sorted(self.system), list(self.principals),
            sorted([name, *sorted(rights)] for name, rights in self.objects.items()), sorted([*key, right] for key, right in self.fields.items()),
            sorted([*key, right] for key, right in self.hidden.items()), repr(self.delegated),
        ]  # fmt: skip
        return sha256_hex(canonical_json(parts))[:16]

    # ------------------------------------------------------------------ objects

    def may(self, schema: Schema, sobject: SObject, right: Right) -> bool:
        key = (schema.digest, sobject.name, right)
        found = self.kept.get(key)
        if found is None:
            found = self.kept[key] = self._may(schema, sobject, right)
        return bool(found)

    def _may(self, schema: Schema, sobject: SObject, right: Right) -> bool:
        if self.unbound:
            return True
        base = kinds.base_of(schema, sobject)
        if base is not sobject:  # to share a record takes the right to edit it
            return self.may(schema, base, "read" if right in ("read", "view_all") else "edit")
        if not kinds.is_data(sobject):
            return self._may_set_up(sobject, right)
        if self.hidden and (sobject.name.lower(), f"*{right}") in self.hidden:
            return False
        if "ModifyAllData" in self.system or ("ViewAllData" in self.system and right in ("read", "view_all")):
            return True
        own = self.objects.get(sobject.name.lower(), _NONE) | self.everywhere
        return right in own or right in self.objects.get(kinds.parent_name(sobject).lower(), _NONE)

    def _may_set_up(self, sobject: SObject, right: Right) -> bool:
        reads = right in ("read", "view_all")
        needed = kinds.read_permission(sobject) if reads else kinds.write_permission(sobject, right)
        return not needed or self.has(needed) or (self.delegated is not None and (sobject.name, right) in DELEGABLE)

    def has(self, permission: str) -> bool:
        """Manage Users brings the right to assign permission sets, Modify All Data that to see all data (K)."""
        brings = {"AssignPermissionSets": "ManageUsers", "ViewAllData": "ModifyAllData", "ManageInternalUsers": "ManageUsers"}
        return self.unbound or permission in self.system or brings.get(permission, permission) in self.system

    def shrunk(self, sobject: SObject) -> bool:
        """Whether sharing was narrowed from outside to what the user owns or was given."""
        return bool(self.hidden) and (sobject.name.lower(), "*rows") in self.hidden

    # ------------------------------------------------------------------ fields

    def may_field(self, schema: Schema, sobject: SObject, f: Field, right: Literal["read", "edit"]) -> bool:
        """Required fields and those of the system have no field-level security (wire reference 10.2)."""
        hidden = self._hidden(sobject, f)
        if hidden == "read" or (hidden and right == "edit"):
            return False
        if self.unbound:
            return True
        if sobject.name == "User" and right == "edit" and f.key in kinds.OTHERS_FIELDS:
            return self.has("ManageUsers") or self.delegated is not None
        if self.all_fields or not f.permissionable or not kinds.is_data(sobject) or sobject.flags.get("companionOf"):
            return True
        name = sobject.name.lower()
        if right == "read" and name in self.whole:
            return True
        guards = _guards(sobject, f)
        return not guards or any(self._granted(name, key, right) for key in guards)

    def _granted(self, sobject: str, key: str, right: str) -> bool:
        given = self.fields.get((sobject, key), "")
        return given == "edit" or (bool(given) and right == "read")

    def _hidden(self, sobject: SObject, f: Field) -> str:
        """A hidden compound field hides its parts, as in a real profile."""
        if not self.hidden:
            return ""
        name = sobject.name.lower()
        return self.hidden.get((name, f.key), "") or (self.hidden.get((name, f.compound.lower()), "") if f.compound else "")


def _guards(sobject: SObject, f: Field) -> tuple[str, ...]:
    """The fields whose security rules this one: itself, and the compound field that it is part of. None where that has no security
    of its own: the parts of a person's name."""
    whole = sobject.find(f.compound) if f.compound else None
    if whole is None:
        return (f.key,)
    return (f.key, whole.key) if whole.permissionable else ()


class RightsRoom:
    """`of(user_id)` is asked several times a request: one lookup while nothing changed."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._kept: dict[str, tuple[Rights, str]] = {}
        self._undone: int | None = None  # how many units had been undone when a row that rights stand on was last written

    def of(self, user_id: str) -> Rights:
        return self._entry(user_id)[0]

    def digest(self, user_id: str) -> str:
        return self._entry(user_id)[1]

    def forget(self) -> None:
        """Something that rights stand on was written; if the unit is undone, they are worked out once more."""
        self._kept.clear()
        self._undone = self._org.store.undone

    def _entry(self, user_id: str) -> tuple[Rights, str]:
        if self._undone is not None:
            self._look_back()
        entry = self._kept.get(user_id)
        if entry is None or (entry[0].until_s != math.inf and self._org.now_s() >= entry[0].until_s):
            from sfchaos.org.access.grants import rights_of

            made = rights_of(self._org, user_id)
            entry = self._kept[user_id] = (made, made.sealed())
        return entry

    def _look_back(self) -> None:
        store = self._org.store
        if store.undone != self._undone:
            self._kept.clear()
            self._undone = store.undone
        if not store.is_open:
            self._undone = None  # what was written is committed
