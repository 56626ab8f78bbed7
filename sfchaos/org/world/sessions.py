"""Sessions, tokens and who may log in. Verbs of an administrator, for faults that change the org between requests."""

from __future__ import annotations

from collections.abc import Sequence

from sfchaos.org.audit.trail import APPLICATION, USERS
from sfchaos.org.world.part import WorldPart


class SessionsWorld(WorldPart):
    """Sessions, tokens and who may log in."""

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
