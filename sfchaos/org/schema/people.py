"""Users, profiles, permission sets and connected apps of an org, as data. Whoever reads them from YAML, SFDX or a snapshot makes these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfchaos.org.schema.model import Schema
from sfchaos.org.schema.places import Place, Places

OBJECT_RIGHTS = ("read", "create", "edit", "delete", "view_all", "modify_all")
FIELD_RIGHTS = ("read", "edit")


@dataclass(frozen=True)
class PermissionSet:
    """Also what a profile grants. `objects`: sObject -> rights of OBJECT_RIGHTS; `fields`: "Contact.Email" -> rights of FIELD_RIGHTS.

    `system`: user permissions by their API names without "Permissions" ("ApiEnabled", "ViewAllData", "ModifyAllData"). `apps`: names
    of connected apps that its holders are approved for. `record_types`: "Account.Partner" names that its holders may use, empty for all.
    `login_ip_ranges`: (first, last) addresses to log in from, and `login_hours`: ("monday", first minute, last minute of the day),
    both of profiles alone and empty for no restriction.
    """

    objects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    system: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    record_types: tuple[str, ...] = ()
    label: str = ""
    login_ip_ranges: tuple[tuple[str, str], ...] = ()
    login_hours: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Assignment:
    """A permission set held by a user; `expires` is an ISO 8601 instant, "" for never."""

    permission_set: str
    expires: str = ""


@dataclass(frozen=True)
class UserEntry:
    """The first user of an org file, or the one with `integration`, is the integration user that SF_USERNAME names."""

    username: str
    profile: str = ""
    permission_sets: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()  # those of `permission_sets` that end
    integration: bool = False
    active: bool = True
    values: Mapping[str, Any] = field(default_factory=dict)  # other fields of the User row: TimeZoneSidKey, FederationIdentifier ...


@dataclass(frozen=True)
class ConnectedApp:
    """A connected app, in the terms of the Metadata API's ConnectedApp and its OAuth policies (wire reference 2.6).

    `consumer_key` "" lets the org make one. `permitted_users`: "all" may authorize themselves, or "admin-approved" (a profile or
    permission set must name the app). `ip_ranges`: (first, last) addresses; `relax_ip` ignores them. `refresh_policy`: "until-revoked",
    "immediately", "after-unused" or "after-issued" with `refresh_valid_s`. `daily_requests` is a quota of the app's own, 0 for none.
    """

    name: str
    label: str = ""
    consumer_key: str = ""
    scopes: tuple[str, ...] = ()
    callback_urls: tuple[str, ...] = ()
    permitted_users: str = "all"
    ip_ranges: tuple[tuple[str, str], ...] = ()
    relax_ip: bool = False
    refresh_policy: str = "until-revoked"
    refresh_valid_s: float = 0.0
    rotates_refresh_tokens: bool = False
    session_timeout_s: float = 0.0
    requires_pkce: bool = False
    run_as: str = ""
    daily_requests: int = 0


def read_users(value: Any, permission_sets: Any, places: Places) -> tuple[UserEntry, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise places.bad(("users",), "users is not a list", "write `users: [{username: sync@acme.example}]`")
    known = list(places.table(permission_sets, ("permission_sets",)))
    return tuple(_user(entry, known, places, ("users", index)) for index, entry in enumerate(value))


def _user(entry: Any, known: list[str], places: Places, place: Place) -> UserEntry:
    table = places.table(entry, place)
    places.check_keys(table, ("username", "profile", "permission_sets"), place)
    username = table.get("username")
    if not isinstance(username, str) or "@" not in username:
        raise places.bad((*place, "username"), f"username: {username!r} has not the form of an e-mail address", "write `username: sync@acme.example`")
    names = table.get("permission_sets") or []
    if not isinstance(names, list):
        raise places.bad((*place, "permission_sets"), f"permission_sets: {names!r} is not a list")
    for name in names:
        if name not in known:
            raise places.unknown((*place, "permission_sets"), "permission set", str(name), known)
    return UserEntry(username, str(table.get("profile") or ""), tuple(names))


def read_permission_sets(value: Any, schema: Schema, places: Places) -> dict[str, PermissionSet]:
    table = places.table(value, ("permission_sets",))
    return {name: _permission_set(entry, schema, places, ("permission_sets", name)) for name, entry in table.items()}


def _permission_set(entry: Any, schema: Schema, places: Places, place: Place) -> PermissionSet:
    table = places.table(entry, place)
    places.check_keys(table, ("objects", "fields"), place)
    objects: dict[str, tuple[str, ...]] = {}
    for name, rights in places.table(table.get("objects"), (*place, "objects")).items():
        sobject = schema.find(name)
        if sobject is None:
            raise places.unknown((*place, "objects", name), "sObject", name, [o.name for o in schema])
        objects[sobject.name] = _rights(rights, OBJECT_RIGHTS, places, (*place, "objects", name))
    fields: dict[str, tuple[str, ...]] = {}
    for name, rights in places.table(table.get("fields"), (*place, "fields")).items():
        fields[_field_name(name, schema, places, (*place, "fields", name))] = _rights(rights, FIELD_RIGHTS, places, (*place, "fields", name))
    return PermissionSet(objects, fields)


def _field_name(name: str, schema: Schema, places: Places, place: Place) -> str:
    """`contact.email` -> `Contact.Email`."""
    object_name, _, own = name.partition(".")
    sobject = schema.find(object_name)
    if sobject is None:
        raise places.unknown(place, "sObject", object_name, [o.name for o in schema], "a field is named `Contact.Email`")
    found = sobject.find(own)
    if found is None:
        raise places.unknown(place, f"field of {sobject.name}", own, [f.name for f in sobject.fields])
    return f"{sobject.name}.{found.name}"


def _rights(value: Any, known: tuple[str, ...], places: Places, place: Place) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise places.bad(place, f"{value!r} is not a list of rights", f"write `[{', '.join(known[:2])}]`")
    for right in value:
        if right not in known:
            raise places.unknown(place, "right", str(right), known)
    return tuple(value)
