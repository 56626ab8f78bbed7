"""Users, profiles, permission sets and connected apps of an org, as data. Whoever reads them from YAML, SFDX or a snapshot makes these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    role: str = ""  # a UserRole by its DeveloperName or Name


@dataclass(frozen=True)
class DelegateGroup:
    """A delegated administration group, in the terms of the Metadata API's DelegateGroup: `members` (usernames) administer the users of
    `roles` and of the roles below them, and hand out what is named here and nothing else. All others are names.

    `custom_objects` and `login_access` can be read back and change nothing: no API customizes objects here, nobody logs in as another.
    """

    name: str
    label: str = ""
    members: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    permission_set_groups: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    custom_objects: tuple[str, ...] = ()
    login_access: bool = False


@dataclass(frozen=True)
class ConnectedApp:
    """A connected app, in the terms of the Metadata API's ConnectedApp and its OAuth policies (wire reference 2.6).

    `consumer_key` "" lets the org make one. `permitted_users`: "all" may authorize themselves, or "admin-approved" (a profile or
    permission set must name the app). `ip_ranges`: (first, last) addresses; `relax_ip` ignores them. `refresh_policy`: "until-revoked",
    "immediately", "after-unused" or "after-issued" with `refresh_valid_s`. `daily_requests` is a quota of the app's own, 0 for none.
    `requires_secret`: "Require Secret for Web Server Flow", `requires_secret_to_refresh`: the same for the refresh token flow; both are on in a
    new app (D Help, refresh token flow).
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
    requires_secret: bool = True
    requires_secret_to_refresh: bool = True
