"""`users`, `profiles`, `permission_sets` and `connected_apps` of an org file."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.schema.people import FIELD_RIGHTS, OBJECT_RIGHTS, Assignment, ConnectedApp, PermissionSet, UserEntry
from sfchaos.org.schema.places import Place, Places

USER_KEYS = ("username", "profile", "role", "permission_sets", "active", "integration")
RIGHTS_KEYS = ("label", "objects", "fields", "system", "apps", "record_types")
PROFILE_KEYS = (*RIGHTS_KEYS, "login_ip_ranges", "login_hours")
APP_KEYS = (
    "label", "consumer_key", "scopes", "callback_urls", "permitted_users", "ip_ranges", "relax_ip", "refresh_policy", "refresh_valid_s",
    "rotates_refresh_tokens", "session_timeout_s", "requires_pkce", "run_as", "daily_requests", "requires_secret", "requires_secret_to_refresh",
)  # fmt: skip
PERMITTED = ("all", "admin-approved")
REFRESH_POLICIES = ("until-revoked", "immediately", "after-unused", "after-issued")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_users(value: Any, permission_sets: Iterable[str], schema: Schema, places: Places) -> tuple[UserEntry, ...]:
    """`users: [{username: sync@acme.example, profile: Sync, permission_sets: [A, {name: B, expires: 2026-03-01T00:00:00Z}]}]`.

    Other keys are fields of User.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise places.bad(("users",), "users is not a list", "write `users: [{username: sync@acme.example}]`")
    known = list(permission_sets)
    users: list[UserEntry] = []
    for index, entry in enumerate(value):
        user = _user(entry, known, schema.find("User"), places, ("users", index))
        if any(user.username.lower() == other.username.lower() for other in users):
            raise places.bad(("users", index), f"{user.username} stands here twice", "put both entries together")
        if user.integration and any(other.integration for other in users):
            raise places.bad(("users", index, "integration"), "two users are the integration user", "keep one `integration: true`")
        users.append(user)
    return tuple(users)


def _user(entry: Any, known: list[str], user_object: SObject | None, places: Places, place: Place) -> UserEntry:
    table = places.table(entry, place)
    username = table.get("username")
    if not isinstance(username, str) or "@" not in username:
        raise places.bad((*place, "username"), f"username: {username!r} has not the form of an e-mail address", "write `username: sync@acme.example`")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in USER_KEYS:
            name, checked = _user_field(key, value, user_object, places, (*place, key))
            values[name] = checked
    names, ending = _assignments(table.get("permission_sets"), known, places, (*place, "permission_sets"))
    return UserEntry(
        username, places.text(table, "profile", place), names, ending, places.flag(table, "integration", place, False),
        places.flag(table, "active", place, True), values, places.text(table, "role", place),
    )  # fmt: skip


def _user_field(key: str, value: Any, user_object: SObject | None, places: Places, place: Place) -> tuple[str, Any]:
    fields = [f for f in user_object.fields if f.has_column and f.createable] if user_object else []
    found = next((f for f in fields if f.key == key.lower()), None)
    if found is None or found.name in ("Username", "IsActive", "ProfileId"):
        raise places.unknown(place, "key", key, [*USER_KEYS, *(f.name for f in fields)], f"what may stand here: {', '.join(USER_KEYS)}, and fields of User")
    if isinstance(value, list | Mapping):
        raise places.bad(place, f"{key}: {value!r} is not one value")
    return found.name, value


def _assignments(value: Any, known: list[str], places: Places, place: Place) -> tuple[tuple[str, ...], tuple[Assignment, ...]]:
    """All names, and those that end."""
    if value is None:
        return (), ()
    if not isinstance(value, list):
        raise places.bad(place, f"permission_sets: {value!r} is not a list", "write `permission_sets: [Sync]`")
    names: list[str] = []
    ending: list[Assignment] = []
    for index, item in enumerate(value):
        here = (*place, index)
        table = {"name": item} if isinstance(item, str) else places.table(item, here)
        places.check_keys(table, ("name", "expires"), here)
        name = places.text(table, "name", here)
        if name not in known:
            raise places.unknown(here, "permission set", name, known, "define it under `permission_sets:`")
        names.append(name)
        if table.get("expires"):
            ending.append(Assignment(name, _instant(places.text(table, "expires", here), places, (*here, "expires"))))
    return tuple(names), tuple(ending)


def _instant(text: str, places: Places, place: Place) -> str:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise places.bad(place, f"expires: {text!r} is not an instant", "write `expires: 2026-03-01T00:00:00Z`") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_permission_sets(value: Any, schema: Schema, places: Places, key: str = "permission_sets") -> dict[str, PermissionSet]:
    """Rights by name, of `permission_sets:` or of `profiles:`."""
    keys = PROFILE_KEYS if key == "profiles" else RIGHTS_KEYS
    return {name: _permission_set(entry, schema, places, (key, name), keys) for name, entry in places.table(value, (key,)).items()}


def _permission_set(entry: Any, schema: Schema, places: Places, place: Place, keys: tuple[str, ...]) -> PermissionSet:
    table = places.table(entry, place)
    places.check_keys(table, keys, place)
    objects: dict[str, tuple[str, ...]] = {}
    for name, rights in places.table(table.get("objects"), (*place, "objects")).items():
        here = (*place, "objects", name)
        objects[_object(name, schema, places, here).name] = _rights(rights, OBJECT_RIGHTS, places, here)
    fields: dict[str, tuple[str, ...]] = {}
    for name, rights in places.table(table.get("fields"), (*place, "fields")).items():
        fields[_field_name(name, schema, places, (*place, "fields", name))] = _rights(rights, FIELD_RIGHTS, places, (*place, "fields", name))
    return PermissionSet(
        objects, fields, _system(places.words(table, "system", place)), places.words(table, "apps", place),
        tuple(_record_type(name, schema, places, (*place, "record_types")) for name in places.words(table, "record_types", place)),
        places.text(table, "label", place), _ranges(table, "login_ip_ranges", places, place), _hours(table, places, place),
    )  # fmt: skip


def _system(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without "Permissions", as the Metadata API has them; rows of PermissionSet have it before each."""
    return tuple(name.removeprefix("Permissions") for name in names)


def _object(name: str, schema: Schema, places: Places, place: Place) -> SObject:
    sobject = schema.find(name)
    if sobject is None:
        raise places.unknown(place, "sObject", name, [o.name for o in schema])
    return sobject


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


def _record_type(name: str, schema: Schema, places: Places, place: Place) -> str:
    """`account.Partner` -> `Account.Partner`."""
    object_name, _, own = name.partition(".")
    sobject = _object(object_name, schema, places, place)
    known = [t.developer_name for t in sobject.record_types]
    if own not in known:
        raise places.unknown(place, f"record type of {sobject.name}", own, known, "a record type is named `Account.Partner`")
    return f"{sobject.name}.{own}"


def _rights(value: Any, known: tuple[str, ...], places: Places, place: Place) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise places.bad(place, f"{value!r} is not a list of rights", f"write `[{', '.join(known[:2])}]`")
    for right in value:
        if right not in known:
            raise places.unknown(place, "right", str(right), known)
    return tuple(value)


def _ranges(table: Mapping[str, Any], key: str, places: Places, place: Place) -> tuple[tuple[str, str], ...]:
    """`ip_ranges: [[10.0.0.0, 10.0.0.255], 192.0.2.7]` as (first, last) pairs."""
    given = table.get(key) or []
    here = (*place, key)
    if not isinstance(given, list):
        raise places.bad(here, f"{key}: {given!r} is not a list", f"write `{key}: [[10.0.0.0, 10.0.0.255]]`")
    return tuple(_range(item, key, places, (*here, index)) for index, item in enumerate(given))


def _range(item: Any, key: str, places: Places, place: Place) -> tuple[str, str]:
    ends = item if isinstance(item, list) else [item, item]
    try:
        first, last = (ipaddress.ip_address(str(end)) for end in ends)
        if first.version != last.version or int(first) > int(last):
            raise ValueError
    except ValueError:
        raise places.bad(place, f"{key}: {item!r} is no range of addresses", f"write `{key}: [[10.0.0.0, 10.0.0.255]]`") from None
    return str(first), str(last)


def _hours(table: Mapping[str, Any], places: Places, place: Place) -> tuple[tuple[str, int, int], ...]:
    """`login_hours: {monday: [480, 1080]}`: minutes of the day from which and until which a login is let in."""
    found: list[tuple[str, int, int]] = []
    for day, span in places.table(table.get("login_hours"), (*place, "login_hours")).items():
        here = (*place, "login_hours", day)
        if day not in DAYS:
            raise places.unknown(here, "day", day, DAYS)
        if not isinstance(span, list) or len(span) != 2 or not all(type(end) is int and 0 <= end <= 1440 for end in span):
            raise places.bad(here, f"{day}: {span!r} are not two minutes of a day", "write `monday: [480, 1080]` for 8:00 to 18:00")
        found.append((day, span[0], span[1]))
    return tuple(found)


def read_connected_apps(value: Any, places: Places) -> tuple[ConnectedApp, ...]:
    """`connected_apps: {Sync: {scopes: [api, refresh_token], callback_urls: [https://acme.example/cb]}}`."""
    return tuple(_app(name, places.table(entry, ("connected_apps", name)), places) for name, entry in places.table(value, ("connected_apps",)).items())


def _app(name: str, table: Mapping[str, Any], places: Places) -> ConnectedApp:
    place: Place = ("connected_apps", name)
    places.check_keys(table, APP_KEYS, place)
    permitted = places.text(table, "permitted_users", place) or "all"
    if permitted not in PERMITTED:
        raise places.unknown((*place, "permitted_users"), "word", permitted, PERMITTED)
    policy = places.text(table, "refresh_policy", place) or "until-revoked"
    if policy not in REFRESH_POLICIES:
        raise places.unknown((*place, "refresh_policy"), "refresh policy", policy, REFRESH_POLICIES)
    plain = ConnectedApp(name)
    return ConnectedApp(
        name, places.text(table, "label", place), places.text(table, "consumer_key", place), places.words(table, "scopes", place),
        places.words(table, "callback_urls", place), permitted, _ranges(table, "ip_ranges", places, place),
        places.flag(table, "relax_ip", place, plain.relax_ip), policy, _seconds(table, "refresh_valid_s", places, place),
        places.flag(table, "rotates_refresh_tokens", place, False), _seconds(table, "session_timeout_s", places, place),
        places.flag(table, "requires_pkce", place, False), places.text(table, "run_as", place),
        places.whole_number(table.get("daily_requests", 0), (*place, "daily_requests")),
        places.flag(table, "requires_secret", place, True), places.flag(table, "requires_secret_to_refresh", place, True),
    )  # fmt: skip


def _seconds(table: Mapping[str, Any], key: str, places: Places, place: Place) -> float:
    value = table.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise places.bad((*place, key), f"{key}: {value!r} is not a number of seconds", f"write `{key}: 3600`")
    return float(value)
