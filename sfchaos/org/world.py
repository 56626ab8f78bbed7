"""What may be done to the org between requests: the verbs of an administrator, for faults of phase E. All idempotent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from sfchaos.org.audit.trail import APPLICATION, SHARING, USERS
from sfchaos.org.ids import to_18
from sfchaos.org.rows.dml import Validation
from sfchaos.org.rows.lock_targets import keys_addressed
from sfchaos.org.rows.values import stored_instant
from sfchaos.org.schema.companions import parent_field, share_name
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject

_EVERYBODY = Holder("profile of all integrations", is_profile=True, ending="Custom")  # whom a fault takes rights from


class OrgWorld:
    """Implements sfchaos.core.gate.World. Times are org seconds (`now_s()` plus something)."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def now_s(self) -> float:
        return self._org.now_s()

    # ------------------------------------------------------------------ sessions

    def expire_session(self, token: str, *, message: str = "") -> None:
        """From now on the token is answered INVALID_SESSION_ID, with `message` unless it is ""; no token means all sessions."""
        self._org.sessions.expire_session(token, message)
        self._org.send_events()

    def revoke_user_access(self, token: str) -> None:
        """The user behind a token loses everything: sessions, refresh tokens, logins."""
        self._org.identity.revoke_user_access(token)
        self._org.send_events()

    def rotate_refresh_tokens(self, grace_s: float) -> None:
        """Each refresh brings a new refresh token from now on; the old one dies `grace_s` later."""
        self._org.identity.rotate_refresh_tokens(grace_s)
        for app in self._org.apps.all():
            if app.is_installed:  # Action and sentence are a guess
                self._org.audit_trail.note("changeApplicationRefreshTokenRotation", APPLICATION, f"Changed connected app {app.label} to rotate its refresh tokens")
        self._org.send_events()

    def move_client(self, address: str) -> None:
        """From now on all requests come from this IP address."""
        self._org.identity.policies.move_client(address)

    def restrict_logins(self, profile: str, *, ip_ranges: Sequence[tuple[str, str]] = (), hours: Sequence[tuple[str, int, int]] = ()) -> None:
        """Users of a profile log in from these addresses and at these hours only; `hours` are (day, first minute, last minute)."""
        self._org.identity.policies.restrict(profile, ip_ranges=ip_ranges, hours=hours)
        for first, last in ip_ranges:
            self._org.audit_trail.note("loginIpRange", USERS, f"Added Login Ip Range to {profile} from {first} to {last}")
        if hours:  # Action and sentence are a guess
            self._org.audit_trail.note("loginHours", USERS, f"Changed login hours of profile {profile}")

    # ------------------------------------------------------------------ limits

    def exhaust(self, limit: str, *, used: int | None = None, maximum: int | None = None, until_s: float | None = None, profile: str = "cliff",
                per_minute: float = 0.0) -> None:  # fmt: skip
        self._org.limits.exhaust(limit, used=used, maximum=maximum, until_s=until_s, profile=profile, per_minute=per_minute)
        self._org.send_events()

    def crowd(self, *, cap: int | None = None, until_s: float) -> None:
        """As if the org took `cap` long requests and others had them all open until then; None is the org's own number."""
        self._org.limits.crowd(cap=cap, until_s=until_s)
        self._org.send_events()

    # ------------------------------------------------------------------ rows

    def lock(self, key: str, until_s: float) -> None:
        """Hold one record; `key` is an id or a key as sfchaos.org.rows.locks writes them."""
        self._org.locks.lock(key, until_s)

    def lock_targets(self, method: str, path: str, body: bytes, *, scope: str = "record", until_s: float) -> int:
        """Hold what a request addresses (`scope`: "record" or "parent"). How many keys are held by it; 0 for a read."""
        keys = keys_addressed(self._org, method, path, body, scope=scope)
        for key in keys:
            self._org.locks.lock(key, until_s)
        return len(keys)

    def add_validation(self, sobject: str, field: str, message: str, until_s: float) -> None:
        """Creates, and updates that set `field` (any update when it is ""), are refused with `message` until then."""
        found = self._sobject(sobject)
        name = self._field(found, field).name if field else ""
        rule = Validation(found.name, name, message, until_s)
        self._org.registers.validations[f"{found.name}.{name}:{message}"] = rule
        section = "Custom Objects" if found.custom else f"Customize {found.label_plural}"
        self._org.audit_trail.note("newValidation", section, f"Created validation rule for {found.label_plural}: {message}")

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

    # ------------------------------------------------------------------ queries

    def kill_locator(self, locator: str) -> None:
        """A query locator, with or without its `-<offset>`, is invalid from now on; "*" means all that are open."""
        held = self._org.registers.locators
        wanted = locator.partition("-")[0]
        for name, entry in list(held.items()):
            if locator == "*" or name in (locator, wanted):
                held[name] = replace(entry, dead=True)

    # ------------------------------------------------------------------ parts

    def _sobject(self, name: str) -> SObject:
        found = self._org.schema.find(name)
        if found is None:
            raise UnknownName("sObject", name, [o.name for o in self._org.schema])
        return found

    def _field(self, sobject: SObject, name: str) -> Field:
        found = sobject.find(name)
        if found is None:
            raise UnknownName(f"field of {sobject.name}", name, [f.name for f in sobject.fields])
        return found
