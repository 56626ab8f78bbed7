"""Who may log in: users, the connected app, password and JWT checks, lock-out, login rate, the administrator's switches.

Refusals here carry the OAuth words (`invalid_grant`, ...); SOAP translates them. Sources: wire reference 2.3 to 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.core.clock import iso_utc
from sfchaos.core.gate import OrgEvent
from sfchaos.org.credentials import APP_SCOPES
from sfchaos.org.refusals import refuse
from sfchaos.org.rolling import RollingCount

if TYPE_CHECKING:
    from sfchaos.core.messages import Request
    from sfchaos.org.org import Org

LOGINS_PER_HOUR = 3600  # per user (wire reference 2.4, D)
BAD_PASSWORDS = 10  # the default password policy locks a user after ten, for 15 minutes (Help, "Set Password Policies")
LOCKOUT_S = 900.0
BAD_LOGIN = "authentication failure"


@dataclass(frozen=True, slots=True)
class App:
    """The connected app. `run_as` is the user of client credentials."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    run_as: str


@dataclass(frozen=True, slots=True)
class User:
    """What a login needs of a row of User; `row` is all of it (field name -> stored value)."""

    id: str
    username: str
    is_active: bool
    row: Mapping[str, Any]


class Identity:
    def __init__(self, org: Org) -> None:
        self._org = org

    # ------------------------------------------------------------------ users

    def url_of(self, user_id: str, request: Request) -> str:
        """`https://login.salesforce.com/id/00D.../005...`; over plain HTTP on the caller's own origin (wire reference 17)."""
        origin = "https://login.salesforce.com" if request.scheme == "https" else f"{request.scheme}://{request.authority}"
        return f"{origin}/id/{self._org.org_id}/{user_id}"

    def user(self, user_id: str) -> User | None:
        return self._user("Id", user_id)

    def user_named(self, username: str) -> User | None:
        """By user name, compared without case."""
        return self._user("Username", username)

    def _user(self, column: str, value: str) -> User | None:
        sobject = self._org.schema.find("User")
        if sobject is None:
            return None
        names = [f.name for f in sobject.columns]
        columns = ", ".join(f'"{name}"' for name in names)
        found = self._org.store.one(f'SELECT {columns} FROM "User" WHERE "{column}" = ? COLLATE NOCASE', (value,))
        if found is None:
            return None
        row = dict(zip(names, found, strict=True))
        return User(row["Id"], row["Username"], bool(row.get("IsActive", True)), row)

    def admitted_by_password(self, username: str, secret: str) -> User:
        """The user whose password and security token, in one string, `secret` is. Raises Refused: invalid_grant."""
        self.count_login(username)
        user = self.user_named(username)
        if user is None:
            raise refuse("invalid_grant", BAD_LOGIN)
        if self.is_locked_out(user.id):
            raise refuse("invalid_grant", BAD_LOGIN, locked=True)
        password, token = self.secrets_of(user)
        if secret != password + token:
            self._count_failure(user.id)
            raise refuse("invalid_grant", BAD_LOGIN, needs_token=secret == password)
        self._org.registers.identity.pop(f"failures:{user.id}", None)
        return self.checked(user)

    def secrets_of(self, user: User) -> tuple[str, str]:
        """(password, security token) that are right at present."""
        changed: str | None = self._org.registers.identity.get(f"password:{user.id}")
        issued = self._org.credentials
        return changed or issued.password_of(user.username), issued.security_token_of(user.username)

    def set_password(self, user_id: str, password: str) -> None:
        self._org.secrets.learn(password, "password")
        self._org.registers.identity[f"password:{user_id}"] = password
        self._org.registers.identity.pop(f"password_expired:{user_id}", None)

    def expire_password(self, user_id: str) -> None:
        """From now on a SOAP login says passwordExpired, and its session is good for nothing else (wire reference 2.7)."""
        self._org.registers.identity[f"password_expired:{user_id}"] = True

    def is_password_expired(self, user_id: str) -> bool:
        return f"password_expired:{user_id}" in self._org.registers.identity

    def checked(self, user: User | None) -> User:
        """The user, if allowed to log in. Raises Refused: invalid_grant / inactive user (wire reference 2.4, U)."""
        if user is None or not user.is_active or self.is_revoked(user.id):
            raise refuse("invalid_grant", "inactive user")
        return user

    # ------------------------------------------------------------------ too many logins

    def count_login(self, username: str) -> None:
        """One more login of a user. Raises Refused past 3,600 in an hour (wire reference 2.4: number D, text K)."""
        count = RollingCount(self._org.registers.identity, f"logins:{username.lower()}", window_minutes=60)
        now_s = self._org.now_s()
        if count.at(now_s) >= LOGINS_PER_HOUR:
            raise refuse("invalid_grant", "login rate exceeded", rate=True)
        count.add(now_s)

    def is_locked_out(self, user_id: str) -> bool:
        failures, last_s = self._org.registers.identity.get(f"failures:{user_id}", (0, 0.0))
        return bool(failures >= BAD_PASSWORDS and self._org.now_s() < last_s + LOCKOUT_S)

    def _count_failure(self, user_id: str) -> None:
        failures, last_s = self._org.registers.identity.get(f"failures:{user_id}", (0, 0.0))
        now_s = self._org.now_s()
        if failures >= BAD_PASSWORDS and now_s >= last_s + LOCKOUT_S:
            failures = 0
        self._org.registers.identity[f"failures:{user_id}"] = (failures + 1, now_s)

    # ------------------------------------------------------------------ the connected app

    def app(self, client_id: str) -> App:
        """Raises Refused: invalid_client_id / client identifier invalid (wire reference 2.4, L)."""
        if client_id != self._org.credentials.client_id:
            raise refuse("invalid_client_id", "client identifier invalid")
        return App(client_id, "Integration", APP_SCOPES, self._org.integration_user_id)

    def granted_scopes(self, asked: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """`asked` (space separated) in the app's order, all of `allowed` when nothing is asked. Raises Refused: invalid_scope."""
        names = asked.split()
        if "offline_access" in names:  # the OpenID name of refresh_token
            names = [*names, "refresh_token"]
        if any(name not in (*allowed, "offline_access") for name in names):
            raise refuse("invalid_scope", "the requested scope is not allowed")
        return tuple(scope for scope in allowed if scope in names) if names else allowed

    # ------------------------------------------------------------------ what an administrator may do

    def rotate_refresh_tokens(self, grace_s: float) -> None:
        """From now on each use of a refresh token brings a new one; the old dies `grace_s` later."""
        self._org.registers.identity["rotation_grace_s"] = grace_s

    @property
    def rotation_grace_s(self) -> float | None:
        """None while refresh tokens are not rotated."""
        grace_s: float | None = self._org.registers.identity.get("rotation_grace_s")
        return grace_s

    def revoke_user_access(self, token: str) -> None:
        """Shut out the user of an access or refresh token: sessions and refresh tokens die, no login works any more.

        A token that names nobody (ended already, or "") stands for the integration user, whom it was issued to.
        """
        user_id = self._user_of_token(token)
        if self.is_revoked(user_id):
            return
        self._org.registers.identity[f"revoked:{user_id}"] = True
        for refresh in [t for t in self._org.registers.refresh_tokens.values() if t.user_id == user_id]:
            self._org.sessions.end_refresh_token(refresh.token)
        self._org.sessions.end_where(lambda session: session.user_id == user_id, "revoked")
        self._org.emit(OrgEvent("user_access_revoked", {"user": user_id}))

    def is_revoked(self, user_id: str) -> bool:
        return f"revoked:{user_id}" in self._org.registers.identity

    def _user_of_token(self, token: str) -> str:
        holder = self._org.registers.sessions.get(token) or self._org.registers.refresh_tokens.get(token)
        return str(holder.user_id) if holder else str(self._org.integration_user_id)

    # ------------------------------------------------------------------ login history

    def note_login(self, request: Request, user_id: str, login_type: str, status: str, application: str) -> None:
        """A row of LoginHistory, and the user's LastLoginDate. `status` is "Success" or the reason, as Setup shows it (K)."""
        at = iso_utc(int(self._org.now_s()), milliseconds=True).replace("Z", "+0000")
        user_object = self._org.schema.find("User")
        if status == "Success" and user_object is not None and user_object.find("LastLoginDate"):
            self._org.store.update("User", user_id, {"LastLoginDate": at})
        sobject = self._org.schema.find("LoginHistory")
        if sobject is None or not user_id:
            return
        row = {
            "Id": self._org.new_id(sobject.key_prefix), "UserId": user_id,
            "LoginTime": at, "LoginType": login_type, "Status": status,
            "SourceIp": "127.0.0.1", "Application": application, "LoginUrl": request.host, "IsDeleted": 0,
        }  # fmt: skip
        self._org.store.insert("LoginHistory", {f.name: row[f.name] for f in sobject.columns if f.name in row})
