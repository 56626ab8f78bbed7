"""Connected apps: their keys and policies, who may use them. Source: wire reference 2.6.

The first app of the org's file, or a default one, is the app that SF_CLIENT_ID names. Every org also knows the public app of
Salesforce's own command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sfchaos.core import chance
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.people import ConnectedApp

DEFAULT_SCOPES = ("id", "api", "refresh_token")  # what the default app allows, in the order replies name them
HEX_CAPITALS = "0123456789ABCDEF"
# The command line's own app: no secret, one callback (wire reference 17; @salesforce/core's defaults, L).
CLI_KEY, CLI_CALLBACK = "PlatformCLI", "http://localhost:1717/OauthRedirect"
# Scopes as the Metadata API's ConnectedApp names them -> as OAuth does.
METADATA_SCOPES = {
    "basic": "id", "api": "api", "web": "web", "full": "full", "chatter": "chatter_api", "refreshtoken": "refresh_token", "offlineaccess": "refresh_token",
    "openid": "openid", "profile": "profile", "email": "email", "address": "address", "phone": "phone", "custompermissions": "custom_permissions",
    "visualforce": "visualforce", "wave": "wave_api", "eclair": "eclair_api", "pardot": "pardot_api", "lightning": "lightning", "content": "content",
    "customapplications": "visualforce", "forgotpassword": "forgot_password", "userregistrationapi": "user_registration_api",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class App:
    """A connected app as the org holds it. `client_secret` "" is a public client; `run_as` the user of client credentials, "" for none.

    `is_known` apps need no user's consent for JWT bearer: the harness set them up for every user.
    """

    client_id: str
    client_secret: str
    name: str
    label: str
    scopes: tuple[str, ...]
    run_as: str = ""
    callback_urls: tuple[str, ...] = ()
    admin_approved_only: bool = False
    ip_ranges: tuple[tuple[str, str], ...] = ()
    relax_ip: bool = False
    refresh_policy: str = "until-revoked"
    refresh_valid_s: float = 0.0
    rotates_refresh_tokens: bool = False
    session_timeout_s: float = 0.0
    requires_pkce: bool = False
    is_known: bool = False
    requires_secret: bool = True
    requires_secret_to_refresh: bool = True
    is_installed: bool = True
    daily_requests: int = 0

    def takes_callback(self, uri: str) -> bool:
        """Whether a redirect may go there: exact text. An app without callback URLs (the default app) takes any absolute URI."""
        return not self.callback_urls or uri in self.callback_urls


@dataclass(slots=True)
class Apps:
    """The apps of one org by consumer key: those that it was furnished with, and in `registers.apps` what was deployed since (None
    for one that was removed)."""

    org: Org
    _by_key: dict[str, App] = field(default_factory=dict)
    _has_quotas: bool = False

    def configure(self, apps: Iterable[ConnectedApp]) -> None:
        """Take the apps of an org file; with none the org has the default one."""
        own = [_app(self.org, entry, is_first=index == 0) for index, entry in enumerate(apps)]
        chosen = own or [_default(self.org)]
        self._by_key = {app.client_id: app for app in (*chosen, _command_line())}
        self._has_quotas = any(app.daily_requests for app in chosen)
        for app in chosen:
            self.org.secrets.learn(app.client_secret, "client_secret")

    @property
    def first(self) -> App:
        """The app that SF_CLIENT_ID names."""
        if not self._by_key:
            self.configure(())
        return next(iter(self._by_key.values()))

    @property
    def has_quotas(self) -> bool:
        """Whether some app has a daily quota of its own."""
        return self._has_quotas

    def put(self, app: App, known: App | None) -> None:
        """Let the org have the app, in the place of `known` where it is one that was there."""
        self.org.store.on_undo(self.org.registers.as_now("apps"))
        if known is not None and known.client_id != app.client_id:
            self.org.registers.apps[known.client_id] = None
        self.org.registers.apps[app.client_id] = app
        self.org.secrets.learn(app.client_secret, "client_secret")

    def drop(self, app: App) -> None:
        """The org has the app no more; its sessions and tokens end."""
        self.org.store.on_undo(self.org.registers.as_now("apps", "sessions", "refresh_tokens"))
        self.org.registers.apps[app.client_id] = None
        for token in [held.token for held in self.org.registers.refresh_tokens.values() if held.app_id == app.client_id]:
            self.org.sessions.end_refresh_token(token)
        self.org.sessions.end_where(lambda session: session.app_id == app.client_id, "revoked")

    def all(self) -> tuple[App, ...]:
        if self.org.registers.apps:
            return tuple(app for app in ({**self._by_key, **self.org.registers.apps}).values() if app is not None)
        return tuple(self._by_key.values()) or (self.first,)

    def find(self, client_id: str) -> App | None:
        if client_id in self.org.registers.apps:
            deployed: App | None = self.org.registers.apps[client_id]
            return deployed
        return self._by_key.get(client_id) or (self.first if client_id == self.first.client_id else None)

    def named(self, client_id: str) -> App:
        """Raises Refused: invalid_client_id / client identifier invalid (wire reference 2.4, L)."""
        found = self.find(client_id)
        if found is None:
            raise refuse("invalid_client_id", "client identifier invalid")
        return self.with_runner(found)

    def with_runner(self, app: App) -> App:
        """`run_as` as a user id: an org file names the user, the default app runs as the integration user."""
        if app.is_known:
            return replace(app, run_as=self.org.integration_user_id)
        runner = self.org.identity.user_named(app.run_as) if app.run_as else None
        return replace(app, run_as=runner.id if runner else "")

    def approved_by_admin(self, user_id: str, app: App) -> bool:
        """Whether a permission set that counts for the user now, the profile's own among them, names the app (rows of SetupEntityAccess)."""
        from sfchaos.org.access.grants import held_sets  # reads rows of a furnished org

        row_id = self.row_id(app)
        if not row_id or self.org.schema.find("SetupEntityAccess") is None:
            return False
        held, _ = held_sets(self.org, user_id)
        marks = ", ".join("?" * len(held))
        return self.org.store.one(f'SELECT 1 FROM "SetupEntityAccess" WHERE "SetupEntityId" = ? AND "ParentId" IN ({marks})', (row_id, *held)) is not None

    def row_id_named(self, name: str) -> str:
        """The same for an app by its name or label, as profiles and permission sets write it."""
        found = next((app for app in self.all() if name in (app.name, app.label)), None)
        return self.row_id(found) if found else ""

    def row_id(self, app: App) -> str:
        """Id of the app's row of ConnectedApplication, "" when it has none."""
        if self.org.schema.find("ConnectedApplication") is None:
            return ""
        found = self.org.store.one('SELECT "Id" FROM "ConnectedApplication" WHERE "Name" = ?', (app.label,))
        return str(found[0]) if found else ""


def app_rows(apps: Apps) -> list[dict[str, object]]:
    """The rows of ConnectedApplication. Periods are in the unit of the metric, hours (wire reference 10.2; units D, object reference)."""
    return [app_row(app) for app in apps.all() if app.is_installed]


def app_row(app: App) -> dict[str, object]:
    metrics = {"until-revoked": "infinite", "immediately": "zero", "after-unused": "lastused", "after-issued": "absolute"}
    return {
        "Name": app.label, "OptionsAllowAdminApprovedUsersOnly": app.admin_approved_only,
        "OptionsRefreshTokenValidityMetric": app.refresh_policy == "after-unused", "OptionsHasSessionLevelPolicy": bool(app.session_timeout_s),
        "OptionsIsInternal": False, "OptionsFullContentPushNotifications": False, "OptionsCodeCredentialGuestEnabled": False,
        "RefreshTokenValidityPeriod": int(app.refresh_valid_s // 3600) if app.refresh_valid_s else None, "MobileSessionTimeout": None,
        "PinLength": None, "StartUrl": None, "MobileStartUrl": None, "UvidTimeout": None, "RefreshTokenValidityMetric": metrics[app.refresh_policy],
    }  # fmt: skip


def client_id_of(seed: int, name: str = "") -> str:
    """A consumer key: `3MVG9` and 80 more characters. `name` is "" for the default app."""
    parts = ("client id", name) if name else ("client id",)
    return "3MVG9" + chance.token(80, seed, *parts, alphabet=chance.ALPHANUMERIC + "._")


def client_secret_of(seed: int, name: str = "") -> str:
    parts = ("client secret", name) if name else ("client secret",)
    return chance.token(64, seed, *parts, alphabet=HEX_CAPITALS)


def scopes_of(names: Iterable[str]) -> tuple[str, ...]:
    """OAuth's names of scopes, whichever way they are written (`RefreshToken`, `refresh_token`); the default app's for none."""
    found = tuple(dict.fromkeys(METADATA_SCOPES.get(name.lower().replace("_", ""), name) for name in names))
    return found or DEFAULT_SCOPES


def _default(org: Org) -> App:
    return App(client_id_of(org.seed), client_secret_of(org.seed), "Integration", "Integration", DEFAULT_SCOPES, is_known=True)


def _command_line() -> App:
    scopes = ("refresh_token", "api", "web", "id", "full")
    return App(CLI_KEY, "", "PlatformCLI", "Salesforce CLI", scopes, callback_urls=(CLI_CALLBACK,), is_installed=False)


def _app(org: Org, entry: ConnectedApp, *, is_first: bool) -> App:
    """The first app of a file keeps the keys of the default app unless the file gives it one."""
    of = "" if is_first else entry.name
    return App(
        entry.consumer_key or client_id_of(org.seed, of), client_secret_of(org.seed, of), entry.name, entry.label or entry.name, scopes_of(entry.scopes),
        entry.run_as, entry.callback_urls, entry.permitted_users == "admin-approved", entry.ip_ranges, entry.relax_ip, entry.refresh_policy,
        entry.refresh_valid_s, entry.rotates_refresh_tokens, entry.session_timeout_s, entry.requires_pkce, daily_requests=entry.daily_requests,
        requires_secret=entry.requires_secret, requires_secret_to_refresh=entry.requires_secret_to_refresh,
    )  # fmt: skip


def app_of_model(org: Org, model: ConnectedApp, known: App | None, client_secret: str = "") -> App:
    """A connected app as deployed: the keys of the one that is there stay unless the model names others."""
    made = _app(org, model, is_first=False)
    if known is None:
        return replace(made, client_secret=client_secret or made.client_secret)
    return replace(made, client_id=model.consumer_key or known.client_id, client_secret=client_secret or known.client_secret, run_as=known.run_as,
                   is_known=known.is_known, daily_requests=known.daily_requests)  # fmt: skip
