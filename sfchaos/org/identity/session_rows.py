"""AuthSession, OauthToken and UserLogin: rows made from the live sessions and tokens when somebody looks, and what a change to them does.

Sessions slide, expire and are renewed all the time; keeping their rows current would cost every call. Source: wire reference 10.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.core.clock import iso_utc
from sfchaos.core.gate import Verb
from sfchaos.org.rows.after import Saved
from sfchaos.org.schema.model import SObject
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.identity.sessions import RefreshToken, Session
    from sfchaos.org.org import Org

_SESSION_TYPES = {"ui": "UI", "api": "API", "password-expired": "API"}  # K


def watch_sessions(org: Org) -> None:
    """Hook the rows of this module into an org that is being put together."""
    org.made_when_read.update({"AuthSession": lambda: _auth_sessions(org), "OauthToken": lambda: _oauth_tokens(org), "UserLogin": lambda: _user_logins(org)})
    org.followers.add(SessionEnder())


# ---------------------------------------------------------------------- rows


def _auth_sessions(org: Org) -> None:
    live = [s for s in org.registers.sessions.values() if s.expires_s > org.now_s()]
    _replace(org, "AuthSession", [_session_row(org, session) for session in live])


def _session_row(org: Org, session: Session) -> dict[str, Any]:
    return {
        "Id": session.id, "UsersId": session.user_id, "CreatedDate": _time(session.issued_s), "LastModifiedDate": _time(session.renewed_s),
        "NumSecondsValid": int(session.lasts_s or org.sessions.timeout_s), "UserType": "Standard", "SourceIp": session.source_ip,
        "LoginType": "Remote Access 2.0" if session.app_id else "Application" if session.kind == "ui" else "Other Apex API",
        "SessionType": "Oauth2" if session.app_id else _SESSION_TYPES[session.kind], "SessionSecurityLevel": "STANDARD", "LogoutUrl": None,
        "ParentId": None, "IsCurrent": session.token == org.sessions.current, "LoginGeoId": None, "LoginHistoryId": None,
    }  # fmt: skip


def _oauth_tokens(org: Org) -> None:
    """One row for each live refresh token, and one for each user and app whose sessions came without one."""
    tokens = [t for t in org.registers.refresh_tokens.values() if t in org.sessions.refresh_tokens_of(t.user_id, t.app_id)]
    _replace(org, "OauthToken", [*(_token_row(org, token) for token in tokens), *(_access_row(org, session) for session in _without_refresh(org))])


def _without_refresh(org: Org) -> list[Session]:
    """The oldest live session of each user and app without a refresh token."""
    found: dict[tuple[str, str], Session] = {}
    for session in org.registers.sessions.values():
        if session.app_id and not session.refresh_token and session.expires_s > org.now_s():
            found.setdefault((session.user_id, session.app_id), session)
    return list(found.values())


def _token_row(org: Org, token: RefreshToken) -> dict[str, Any]:
    return {**_app_part(org, token.app_id), "Id": token.id, "UserId": token.user_id, "DeleteToken": chance.token(32, org.seed, "delete token", token.id),
            "RequestToken": None, "AccessToken": None, "CreatedDate": _time(token.issued_s), "LastUsedDate": _time(token.used_s or token.issued_s),
            "UseCount": token.uses + 1}  # fmt: skip


def _access_row(org: Org, session: Session) -> dict[str, Any]:
    return {**_app_part(org, session.app_id), "Id": session.oauth_id, "UserId": session.user_id, "DeleteToken": None,
            "RequestToken": None, "AccessToken": None, "CreatedDate": _time(session.issued_s), "LastUsedDate": _time(session.renewed_s),
            "UseCount": 1}  # fmt: skip


def _app_part(org: Org, client_id: str) -> dict[str, Any]:
    app = org.apps.find(client_id)
    return {"AppName": app.label if app else "", "AppMenuItemId": None}


def _user_logins(org: Org) -> None:
    """The row of a user is made with the user; IsPasswordLocked is as things stand."""
    if org.schema.find("UserLogin") is None:
        return
    for (user_id,) in org.store.all('SELECT "UserId" FROM "UserLogin"'):
        org.store.run('UPDATE "UserLogin" SET "IsPasswordLocked" = ? WHERE "UserId" = ?', (int(org.identity.is_locked_out(user_id)), user_id))


def _add_user_login(org: Org, user_id: str) -> None:
    sobject = org.schema.find("UserLogin")
    if sobject is not None:
        _insert(org, sobject, {"Id": org.new_id(sobject.key_prefix), "UserId": user_id, "IsFrozen": False, "IsPasswordLocked": False,
                "LastModifiedById": org.admin_user_id, "LastModifiedDate": _time(org.now_s())})  # fmt: skip


def _replace(org: Org, name: str, rows: list[dict[str, Any]]) -> None:
    sobject = org.schema.find(name)
    if sobject is None:
        return
    org.store.run(f"DELETE FROM {quoted(sobject.name)}")
    for row in rows:
        _insert(org, sobject, row)


def _insert(org: Org, sobject: SObject, row: Mapping[str, Any]) -> None:
    """Those of the values that the object has columns for."""
    audit = {"IsDeleted": 0, "SystemModstamp": row.get("LastModifiedDate") or row.get("CreatedDate")}
    given = {**audit, **row}
    values = {f.name: int(v) if isinstance(v := given[f.name], bool) else v for f in sobject.columns if f.name in given}
    org.store.insert(sobject.name, values)


def _time(at_s: float) -> str:
    return iso_utc(int(at_s), milliseconds=True).replace("Z", "+0000")


# ---------------------------------------------------------------------- what a change does


_WATCHED = {("AuthSession", "delete"), ("OauthToken", "delete"), ("User", "create"), ("User", "update"), ("UserLogin", "update")}


class SessionEnder:
    """A new user gets its row of UserLogin. Deleting a session's row ends it, deleting a token's revokes it; a user set inactive or frozen is out at once."""

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return (sobject.name, verb) in _WATCHED

    def saved(self, org: Org, saved: Saved) -> None:
        if saved.verb == "create":
            _add_user_login(org, saved.id)
            return
        if saved.verb == "update" and not _shuts_out(saved):
            return
        org.store.on_undo(org.registers.as_now("sessions", "refresh_tokens", "identity"))
        if saved.sobject.name == "AuthSession":
            org.sessions.end_where(lambda session: session.id == saved.id, "logged-out")
        elif saved.sobject.name == "OauthToken":
            _revoke(org, saved.id)
        elif saved.sobject.name == "User":
            org.sessions.end_where(lambda session: session.user_id == saved.id, "deactivated")  # wire reference 10.1
        else:
            found = org.store.one('SELECT "UserId" FROM "UserLogin" WHERE "Id" = ?', (saved.id,))
            org.sessions.end_where(lambda session: found is not None and session.user_id == found[0], "frozen")  # that live sessions end is a guess


def _shuts_out(saved: Saved) -> bool:
    """Whether an update of User sets the user inactive, or one of UserLogin freezes."""
    return saved.values.get("IsActive") in (0, False) if saved.sobject.name == "User" else bool(saved.values.get("IsFrozen"))


def _revoke(org: Org, row_id: str) -> None:
    """What Setup's Revoke does: the refresh token with its sessions, or the sessions of a user and app that have none."""
    token = next((t for t in org.registers.refresh_tokens.values() if t.id == row_id), None)
    if token is not None:
        org.sessions.end_family(token.family)
        org.identity.withdraw(token.user_id, token.app_id)
        return
    session = next((s for s in _without_refresh(org) if s.oauth_id == row_id), None)
    if session is not None:
        wanted = (session.user_id, session.app_id, "")
        org.sessions.end_where(lambda s: (s.user_id, s.app_id, s.refresh_token) == wanted, "revoked")
        org.identity.withdraw(session.user_id, session.app_id)
