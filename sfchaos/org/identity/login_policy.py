"""From where and when a user may log in: profile IP ranges and hours, trusted ranges of the org, IP rules of a connected app.

Source: wire reference 10.1 (last rows) and 2.6; Help, "Restrict Login IP Addresses in Profiles" and "Set Login Hours" (D).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sfchaos.core.errors import UsageError
from sfchaos.org.identity.login_refusals import not_admitted

if TYPE_CHECKING:
    from sfchaos.org.identity.apps import App
    from sfchaos.org.org import Org
    from sfchaos.org.schema.people import PermissionSet

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LOOPBACK = "127.0.0.1"
Range = tuple[str, str]
Hours = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """What a profile says of logins; empty is no restriction. `hours` are (day, first minute, last minute of that day)."""

    ip_ranges: tuple[Range, ...] = ()
    hours: tuple[Hours, ...] = ()


class LoginPolicies:
    """Kept in `registers.identity`, so that a reset and `heal` put them back: policies by profile, trusted ranges, the callers' address."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def configure(self, profiles: Mapping[str, PermissionSet]) -> None:
        """Take the restrictions of an org file's profiles, by name."""
        for name, profile in profiles.items():
            if profile.login_ip_ranges or profile.login_hours:
                self.restrict(name, ip_ranges=profile.login_ip_ranges, hours=profile.login_hours)

    @property
    def client_ip(self) -> str:
        """Where requests come from. 127.0.0.1 unless a test says otherwise; X-Forwarded-For is not believed, as at Salesforce."""
        return str(self._org.registers.identity.get("client_ip", LOOPBACK))

    def move_client(self, address: str) -> None:
        """From now on all requests come from `address`. Raises UsageError for what is no IP address."""
        _address(address)
        self._org.registers.identity["client_ip"] = address

    def restrict(self, profile: str, *, ip_ranges: Iterable[Range] = (), hours: Iterable[Hours] = ()) -> None:
        """Set the login restrictions of a profile by its name, all of them. Raises UsageError for a range or an hour that is none."""
        ranges = tuple((str(first), str(last)) for first, last in ip_ranges)
        for first, last in ranges:
            _check_range(first, last)
        chosen = tuple((day.lower(), start, end) for day, start, end in hours)
        for day, start, end in chosen:
            if day not in DAYS or not 0 <= start <= end <= 1440:
                raise UsageError(f"login hours ({day!r}, {start}, {end}) name no time of a week", remedy='write ("monday", 480, 1020) for 8:00 to 17:00')
        self._org.registers.identity[f"policy:{profile.lower()}"] = LoginPolicy(ranges, chosen)

    def trust(self, *ranges: Range) -> None:
        """The org's trusted IP ranges: from there no security token is needed. Raises UsageError."""
        for first, last in ranges:
            _check_range(first, last)
        self._org.registers.identity["trusted_ranges"] = tuple(ranges)

    def needs_security_token(self, user_id: str) -> bool:
        """False from a trusted range of the org or a range of the user's own profile."""
        ranges = (*self._org.registers.identity.get("trusted_ranges", ()), *self.of_user(user_id).ip_ranges)
        return not _within(self.client_ip, ranges)

    def of_user(self, user_id: str) -> LoginPolicy:
        identity = self._org.registers.identity
        if not any(name.startswith("policy:") for name in identity) or self._org.schema.find("Profile") is None:
            return LoginPolicy()
        found = self._org.store.one('SELECT p."Name" FROM "User" AS u JOIN "Profile" AS p ON p."Id" = u."ProfileId" WHERE u."Id" = ?', (user_id,))
        policy: LoginPolicy = identity.get(f"policy:{str(found[0]).lower()}" if found else "", LoginPolicy())
        return policy

    def check(self, user_id: str, app: App | None) -> None:
        """Raises Refused when the user may not log in from here, or not now. An app that relaxes IP rules frees its users of the ranges."""
        policy = self.of_user(user_id)
        if policy.hours and not self._is_open(policy.hours):
            raise not_admitted("hours")
        if app is not None and app.relax_ip:
            return
        allowed = app.ip_ranges if app is not None and app.ip_ranges else policy.ip_ranges  # an app's own ranges stand in for the profile's (D)
        if allowed and not _within(self.client_ip, allowed):
            raise not_admitted("ip")

    def _is_open(self, hours: tuple[Hours, ...]) -> bool:
        """In the organization's default time zone (D)."""
        now = datetime.fromtimestamp(self._org.now_s(), UTC).astimezone(self._zone())
        minute = now.hour * 60 + now.minute
        return any(day == DAYS[now.weekday()] and start <= minute < end for day, start, end in hours)

    def _zone(self) -> ZoneInfo:
        sobject = self._org.schema.find("Organization")
        found = self._org.store.one('SELECT "TimeZoneSidKey" FROM "Organization"') if sobject and sobject.find("TimeZoneSidKey") else None
        try:
            return ZoneInfo(str(found[0]) if found and found[0] else "UTC")
        except (KeyError, ValueError, OSError):
            return ZoneInfo("UTC")


def _address(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError:
        raise UsageError(f"{text!r} is no IP address", remedy='write it as "203.0.113.7"') from None


def _check_range(first: str, last: str) -> None:
    start, end = _address(first), _address(last)
    if start.version != end.version or int(start) > int(end):
        raise UsageError(f"the range {first} to {last} is empty", remedy="name the lower address first, both of one kind")


def _within(address: str, ranges: Iterable[Range]) -> bool:
    found = _address(address)
    for first, last in ranges:
        start, end = _address(first), _address(last)
        if found.version == start.version and int(start) <= int(found) <= int(end):
            return True
    return False
