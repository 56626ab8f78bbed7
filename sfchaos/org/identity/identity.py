"""Who may log in: users, password and consent checks, lock-out, login rate, the administrator's switches.

Refusals here carry the OAuth words (`invalid_grant`, ...) and the reason; SOAP translates them. Sources: wire reference 2.3 to 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import OrgEvent
from sfchaos.org.identity.login_history import Attempt, note
from sfchaos.org.identity.login_policy import LoginPolicies
from sfchaos.org.identity.login_refusals import not_admitted
from sfchaos.org.identity.trials import LOCKOUT, LOGINS_SPENT_S, NO_PASSWORDS
from sfchaos.org.quotas.rolling import RollingCount
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.core.messages import Request
    from sfchaos.org.identity.apps import App
    from sfchaos.org.org import Org

LOGINS_PER_HOUR = 3600  # per user (wire reference 2.4, D)
BAD_PASSWORDS = 10  # the default password policy locks a user after ten, for 15 minutes (Help, "Set Password Policies")
LOCKOUT_S = 900.0
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class User:
    """What a login needs of a row of User; `row` is all of it (field name -> stored value)."""

    id: str
    username: str
    is_active: bool
    row: Mapping[str, Any]


class Identity:
    """`policies` says from where and when users may log in."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.policies = LoginPolicies(org)

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

    # ------------------------------------------------------------------ admission

    def admitted_by_password(self, username: str, secret: str, *, app: App | None = None, on_page: bool = False) -> User:
        """The user whose password and security token, in one string, `secret` is. Raises Refused with the reason.

        The login page (`on_page`) asks for the password alone; so does everybody in a trusted range.
        """
        self.count_login(username)
        user = self.user_named(username)
        if user is None:
            raise not_admitted("password")
        if NO_PASSWORDS in self._org.registers.identity and not on_page:
            raise not_admitted("blocked")
        if self.is_locked_out(user.id):
            raise not_admitted("locked-out")
        password, token = self.secrets_of(user)
        needs_token = not on_page and self.policies.needs_security_token(user.id)
        if secret != password + token and (needs_token or secret != password):
            self._count_failure(user.id)
            raise not_admitted("security-token" if needs_token and secret == password else "password")
        self._org.registers.identity.pop(f"failures:{user.id}", None)
        return self.checked(user, app)

    def checked(self, user: User | None, app: App | None = None) -> User:
        """The user, if allowed to log in here and now. Raises Refused: inactive user (wire reference 2.4, U), IP and hours."""
        if user is None or not user.is_active or self.is_revoked(user.id):
            raise not_admitted("inactive")
        if self.is_frozen(user.id):
            raise not_admitted("frozen")
        self.policies.check(user.id, app)
        if app is not None and app.admin_approved_only and not self._org.apps.approved_by_admin(user.id, app):
            raise not_admitted("not-admin-approved")
        return user

    def is_frozen(self, user_id: str) -> bool:
        """Frozen by an administrator (UserLogin.IsFrozen, wire reference 10.2)."""
        if self._org.schema.find("UserLogin") is None:
            return False
        found = self._org.store.one('SELECT "IsFrozen" FROM "UserLogin" WHERE "UserId" = ?', (user_id,))
        return bool(found and found[0])

    # ------------------------------------------------------------------ passwords

    def secrets_of(self, user: User) -> tuple[str, str]:
        """(password, security token) that are right at present."""
        changed: str | None = self._org.registers.identity.get(f"password:{user.id}")
        issued = self._org.credentials
        return changed or issued.password_of(user.username), issued.security_token_of(user.username)

    def set_password(self, user_id: str, password: str) -> None:
        self._org.store.on_undo(self._org.registers.as_now("identity"))
        self._org.secrets.learn(password, "password")
        self._org.registers.identity[f"password:{user_id}"] = password
        self._org.registers.identity[f"password_set_s:{user_id}"] = self._org.now_s()
        self._org.registers.identity.pop(f"password_expired:{user_id}", None)
        user = self.user(user_id)
        if user is not None:
            self._org.credentials.renew_security_token(user.username)

    def expire_password(self, user_id: str) -> None:
        """From now on a SOAP login says passwordExpired, and its session is good for nothing else (wire reference 2.7)."""
        self._org.registers.identity[f"password_expired:{user_id}"] = True

    def expire_passwords_after(self, days: int) -> None:
        """The password policy "User passwords expire in": counted from now, or from the last change; 0 is never (the default here)."""
        self._org.registers.identity["password_days"] = (days, self._org.now_s())

    def is_password_expired(self, user_id: str) -> bool:
        identity = self._org.registers.identity
        days, since_s = identity.get("password_days", (0, 0.0))
        set_s = identity.get(f"password_set_s:{user_id}", since_s)
        return f"password_expired:{user_id}" in identity or bool(days and self._org.now_s() >= set_s + days * DAY_S)

    # ------------------------------------------------------------------ too many logins

    def count_login(self, username: str) -> None:
        """One more login of a user. Raises Refused past 3,600 in an hour (wire reference 2.4: number D, text K)."""
        count = RollingCount(self._org.registers.identity, f"logins:{username.lower()}", window_minutes=60)
        now_s = self._org.now_s()
        if count.at(now_s) >= LOGINS_PER_HOUR or now_s < self._org.registers.identity.get(LOGINS_SPENT_S, 0.0):
            raise not_admitted("rate")
        count.add(now_s)

    def is_locked_out(self, user_id: str) -> bool:
        failures, last_s = self._org.registers.identity.get(f"failures:{user_id}", (0, 0.0))
        attempts, hold_s = self._lockout
        return bool(failures >= attempts and self._org.now_s() < last_s + hold_s)

    def lock_out(self, user_id: str) -> None:
        """As if wrong passwords had been tried too often just now."""
        self._org.registers.identity[f"failures:{user_id}"] = (self._lockout[0], self._org.now_s())

    @property
    def _lockout(self) -> tuple[int, float]:
        """(failures, seconds) of the password policy."""
        held: tuple[int, float] = self._org.registers.identity.get(LOCKOUT, (BAD_PASSWORDS, LOCKOUT_S))
        return held

    def _count_failure(self, user_id: str) -> None:
        failures, last_s = self._org.registers.identity.get(f"failures:{user_id}", (0, 0.0))
        now_s = self._org.now_s()
        attempts, hold_s = self._lockout
        if failures >= attempts and now_s >= last_s + hold_s:
            failures = 0
        self._org.registers.identity[f"failures:{user_id}"] = (failures + 1, now_s)

    # ------------------------------------------------------------------ consent and scopes

    def approve(self, user_id: str, app: App, scopes: tuple[str, ...]) -> None:
        """The user pressed Allow: next time the page is not shown, and JWT bearer works for this app."""
        key = f"approved:{user_id}:{app.client_id}"
        before: tuple[str, ...] = self._org.registers.identity.get(key, ())
        self._org.registers.identity[key] = tuple(dict.fromkeys((*before, *scopes)))

    def has_approved(self, user_id: str, app: App, scopes: tuple[str, ...]) -> bool:
        """Whether no consent is needed: an administrator gave it for the app, or the user gave these scopes before."""
        if app.admin_approved_only:
            return self._org.apps.approved_by_admin(user_id, app)
        return self._consented(user_id, app).issuperset(scopes)

    def _consented(self, user_id: str, app: App) -> set[str]:
        """The scopes that the user has allowed: on the page, or by a refresh token that lives."""
        held = set(self._org.registers.identity.get(f"approved:{user_id}:{app.client_id}", ()))
        for token in self._org.sessions.refresh_tokens_of(user_id, app.client_id):
            held.update(token.scopes)
        return held

    def check_consent(self, user: User, app: App) -> None:
        """JWT bearer shows no page, so consent must be there before. Raises Refused: user hasn't approved this consumer (U, L)."""
        if not (app.is_known or app.admin_approved_only or self._consented(user.id, app)):
            raise not_admitted("not-approved")

    def withdraw(self, user_id: str, client_id: str) -> None:
        """Forget the user's consent; tokens are not touched."""
        self._org.registers.identity.pop(f"approved:{user_id}:{client_id}", None)

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

    def rotation_grace_s(self, app: App) -> float | None:
        """None while refresh tokens of the app are not rotated. An app that rotates by its own policy gives no grace (D)."""
        grace_s: float | None = self._org.registers.identity.get("rotation_grace_s")
        return 0.0 if grace_s is None and app.rotates_refresh_tokens else grace_s

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
        note(self._org, request, Attempt(user_id, login_type, status, application))

    def note_failure(self, request: Request, username: str, login_type: str, status: str, application: str) -> None:
        """The same for a login that was refused; nothing for a name that is no user's."""
        user = self.user_named(username)
        if user is not None:
            self.note_login(request, user.id, login_type, status, application)
