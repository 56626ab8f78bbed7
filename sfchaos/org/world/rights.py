"""Field-level security, object rights, sharing. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.org import access, world_rows
from sfchaos.org.access.changes import share_row
from sfchaos.org.access.full import insert_rows
from sfchaos.org.access.grants import COLUMNS
from sfchaos.org.access.kinds import is_data
from sfchaos.org.access.rights import ALL_RIGHTS
from sfchaos.org.audit.names import Names
from sfchaos.org.audit.rights import NO_ACCESS, Holder, object_access
from sfchaos.org.audit.trail import SHARING, USERS
from sfchaos.org.identity import trials
from sfchaos.org.ids import to_18
from sfchaos.org.rows.values import stored_instant
from sfchaos.org.schema.companions import parent_field, share_name
from sfchaos.org.store import quoted
from sfchaos.org.world.part import WorldPart

if TYPE_CHECKING:
    from sfchaos.org.schema.model import SObject

_EVERYBODY = Holder("profile of all integrations", is_profile=True, ending="Custom")  # whom a fault takes rights from


class RightsWorld(WorldPart):
    """Field-level security, object rights, sharing."""

    def hide_field(self, sobject: str, field: str, *, right: str = "read") -> None:
        """Take field-level security away: `right` "read" hides the field, "edit" makes it read-only. Administrators keep it.

        Raises UsageError for a field whose rights nobody can take: required ones and those of the system have no
        FieldPermissions (wire reference 10.2).
        """
        found = self._sobject(sobject)
        named = self._field(found, field)
        if not named.permissionable:
            raise UsageError(f"{found.name}.{named.name} has no field-level security, so it cannot be hidden: it is required, or kept by the system",
                             remedy="name an optional field, such as Phone of Contact")  # fmt: skip
        access.hide(self._org, found, named, right)
        action, display = self._org.audit_trail.rights.field_change(
            _EVERYBODY, f"{found.name}.{named.name}", "Read/Write", NO_ACCESS if right == "read" else "Read Only")  # fmt: skip
        self._org.audit_trail.note(action, USERS, display)

    def protect_field(self, sobject: str, field: str) -> None:
        """Leave the field readable and let nobody write it."""
        self.hide_field(sobject, field, right="edit")

    def remove_object_right(self, sobject: str, right: str = "read") -> None:
        """Take "read", "create", "edit", "delete", "view_all" or "modify_all" of an object from everybody but the administrator.

        Raises UsageError for a setup object, to which nobody gives rights.
        """
        found = self._data_object(sobject)
        if right not in ALL_RIGHTS:
            raise UnknownName("right", right, ALL_RIGHTS)
        before = self._open_rights(found)
        access.take_away(self._org, found, right)
        if (after := self._open_rights(found)) != before:
            action, display = self._org.audit_trail.rights.object_change(_EVERYBODY, found.name, before, after)
            self._org.audit_trail.note(action, USERS, display)

    def shrink_sharing(self, sobject: str) -> None:
        """Leave everybody but the administrator only the rows of an object that they own or that are shared with them."""
        found = self._data_object(sobject)
        if (found.name.lower(), "*rows") in self._org.registers.hidden:
            return
        access.shrink(self._org, found)
        old = "Private" if found.sharing == "Private" else "Public Read Only" if found.sharing == "Read" else "Public Read/Write"
        self._org.audit_trail.note("owdChanged", SHARING, f"Changed organization-wide sharing default for {found.label} from {old} to Private")  # a guess

    def share(self, record_id: str, user_or_group_id: str, level: str = "Read") -> None:
        """Share one record: level "Read" or "Edit". Raises UsageError for a record of an object that has no shares."""
        sobject, shares = self._shares_of(record_id)
        row = share_row(sobject, shares, record_id, user_or_group_id, level, "Manual")
        self.unshare(record_id, user_or_group_id)
        world_rows.added(self._org, shares.name, insert_rows(self._org, shares, [row])[0])
        self._org.rights.forget()

    def unshare(self, record_id: str, user_or_group_id: str) -> None:
        """End the manual shares of one record with somebody."""
        sobject, shares = self._shares_of(record_id)
        where = f'{quoted(parent_field(sobject.name))} = ? AND "UserOrGroupId" = ? AND "RowCause" = ?'
        world_rows.delete(self._org, shares.name, where, (to_18(record_id), user_or_group_id, "Manual"))

    def expire_assignments(self, user_id: str) -> None:
        """End the assigned permission sets of a user now; the profile's own stays."""
        now = stored_instant(int(self._org.now_s()))
        where = ('"AssigneeId" = ? AND "PermissionSetId" NOT IN (SELECT "Id" FROM "PermissionSet" WHERE "IsOwnedByProfile" = 1) '
                 'AND COALESCE("ExpirationDate", ?) >= ?')  # fmt: skip
        count = world_rows.change(self._org, "PermissionSetAssignment", "IsActive", 0, where, (user_id, now, now))
        world_rows.change(self._org, "PermissionSetAssignment", "ExpirationDate", now, where, (user_id, now, now))
        self._org.rights.forget()
        if count:  # action and sentence are guesses
            self._org.audit_trail.note("PermSetAssignExpire", USERS, f"Permission set assignments of user {Names(self._org).person(user_id)} expire now")

    def disable_api(self) -> None:
        """Nobody but the administrator may use the API."""
        self._org.registers.identity[trials.API_OFF] = True
        self._org.rights.forget()
        self._org.audit_trail.note("PermSetDisableUserPerm", USERS, f"Changed {_EVERYBODY.words}: API Enabled was disabled")  # a guess

    def _data_object(self, name: str) -> SObject:
        found = self._sobject(name)
        if not is_data(found):
            raise UsageError(f"{found.name} is a setup object: no profile gives rights to it", remedy="name an object with data, such as Contact")
        return found

    def _open_rights(self, sobject: SObject) -> str:
        """What no fault took away, as the audit trail says it."""
        hidden, name = self._org.registers.hidden, sobject.name.lower()
        return object_access({column: (name, f"*{right}") not in hidden for right, column in COLUMNS.items()})

    def _shares_of(self, record_id: str) -> tuple[SObject, SObject]:
        sobject = self._org.schema.of_prefix(record_id[:3])
        shares = self._org.schema.find(share_name(sobject.name)) if sobject else None
        if sobject is None or shares is None:
            raise UsageError(f"the record {record_id} cannot be shared", remedy="name a record of an object with a sharing default, such as Account")
        return sobject, shares
