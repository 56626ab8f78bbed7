"""Who am I: the identity URL, OpenID Connect's userinfo, the org's public keys. Source: wire reference 2.1, 2.5 (D shape; refusals K)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.core.messages import Response
from sfchaos.org.access import may_row
from sfchaos.org.call import Call
from sfchaos.org.identity.keys import discovery, key_set
from sfchaos.org.identity.oauth_request import form_of, written
from sfchaos.org.identity.scopes import shows_identity
from sfchaos.org.identity.sessions import bearer_of
from sfchaos.org.ids import to_18
from sfchaos.org.routes import Route

if TYPE_CHECKING:
    from sfchaos.org.identity.identity import User

# Each name of `urls` and its path; `{version}` stays as it is for the caller to fill in.
PATHS = {
    "enterprise": "/services/Soap/c/{version}/{org}", "metadata": "/services/Soap/m/{version}/{org}", "partner": "/services/Soap/u/{version}/{org}",
    "rest": "/services/data/v{version}/", "sobjects": "/services/data/v{version}/sobjects/", "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/", "recent": "/services/data/v{version}/recent/", "tooling_soap": "/services/Soap/T/{version}/{org}",
    "tooling_rest": "/services/data/v{version}/tooling/", "profile": "/{user}", "feeds": "/services/data/v{version}/chatter/feeds",
    "groups": "/services/data/v{version}/chatter/groups", "users": "/services/data/v{version}/chatter/users",
    "feed_items": "/services/data/v{version}/chatter/feed-items", "custom_domain": "",
}  # fmt: skip


def userinfo(call: Call) -> Response:
    found = _caller(call)
    return found if isinstance(found, Response) else written(_claims(call, found), 200, form_of(call), call, root="user")


def keys(call: Call) -> Response:
    """The public half of the key that signs id_tokens."""
    return call.reply(key_set(call.org.seed))


def configuration(call: Call) -> Response:
    """The discovery document; its addresses are on the host that was asked."""
    scopes = tuple(dict.fromkeys(scope for app in call.org.apps.all() for scope in (*app.scopes, "openid")))
    return call.reply(discovery(call.origin, scopes))


def identity(call: Call) -> Response:
    """The `id` field of a token reply, read with the token. `?version=` fills in the urls' placeholder."""
    found = _caller(call)
    if isinstance(found, Response):
        return found
    if to_18(call.params["org"]) != call.org.org_id:
        return _text(403, "Wrong_Org")
    user = call.org.identity.user(to_18(call.params["user"]))
    if user is None:
        return _text(404, "Bad_Id")
    if user.id != call.receipt.user and not may_row(call.org, call.receipt.user, call.org.schema.objects["user"], user.id):
        return _text(403, "No_Access")  # word D; that sharing of users decides is a guess
    return written(_profile(call, user), 200, form_of(call), call, root="user")


def _caller(call: Call) -> User | Response:
    """The user of the request's token, from the header, `oauth_token` or `access_token` (query or form)."""
    form = form_of(call)
    token = bearer_of(call.request) or form.get("oauth_token") or form.get("access_token", "")
    if not token:
        return _text(403, "Missing_OAuth_Token")
    session = call.org.sessions.find(token)
    if session is None:
        return _text(403, "Bad_OAuth_Token")
    call.receipt.user = session.user_id
    if not shows_identity(session.scopes, session.app_id):
        return _text(403, "No_Access")  # a guess for a token without an identity scope
    user = call.org.identity.user(session.user_id)
    return user if user is not None and user.is_active else _text(403, "Inactive")


def _text(status: int, word: str) -> Response:
    return Response(status, word.encode(), (("Content-Type", "text/html;charset=UTF-8"),))


def _claims(call: Call, user: User) -> dict[str, Any]:
    row, origin = user.row, call.instance_url
    photos = {size: f"{origin}/profilephoto/005/{letter}" for size, letter in (("picture", "F"), ("thumbnail", "T"))}
    return {
        "sub": call.org.identity.url_of(user.id, call.request), "user_id": user.id, "organization_id": call.org.org_id,
        "preferred_username": user.username, "nickname": _nickname(user), "name": _full_name(user), "email": row.get("Email"),
        "email_verified": True, "given_name": row.get("FirstName"), "family_name": row.get("LastName"), "zoneinfo": _zone(user),
        "photos": photos, "profile": f"{origin}/{user.id}", "picture": photos["picture"], "address": {}, "urls": _urls(call, user),
        "active": user.is_active, "user_type": "STANDARD", "language": _language(user), "locale": _locale(user), "utcOffset": _utc_offset_ms(_zone(user)),
        "updated_at": _iso_z(row.get("LastModifiedDate")),
    }  # fmt: skip


def _profile(call: Call, user: User) -> dict[str, Any]:
    claims, row = _claims(call, user), user.row
    return {
        "id": claims["sub"], "asserted_user": call.receipt.user == user.id, "user_id": user.id, "organization_id": call.org.org_id,
        "username": user.username, "nick_name": claims["nickname"], "display_name": claims["name"], "email": row.get("Email"), "email_verified": True,
        "first_name": row.get("FirstName"), "last_name": row.get("LastName"), "timezone": claims["zoneinfo"], "photos": claims["photos"],
        "addr_street": None, "addr_city": None, "addr_state": None, "addr_country": None, "addr_zip": None, "mobile_phone": None,
        "mobile_phone_verified": False, "is_lightning_login_user": False, "status": {"created_date": None, "body": None}, "urls": claims["urls"],
        "active": user.is_active, "user_type": "STANDARD", "language": claims["language"], "locale": claims["locale"], "utcOffset": claims["utcOffset"],
        "last_modified_date": claims["updated_at"], "is_app_installed": True,
    }  # fmt: skip


def _urls(call: Call, user: User) -> dict[str, str]:
    version = call.request.query.get("version", "")
    version = "67.0" if version == "latest" else version or "{version}"
    fill = {"{version}": version, "{org}": call.org.org_id[:15], "{user}": user.id}
    urls = {}
    for name, path in PATHS.items():
        for mark, value in fill.items():
            path = path.replace(mark, value)
        urls[name] = call.instance_url + path
    return urls


def _full_name(user: User) -> str:
    return " ".join(part for part in (user.row.get("FirstName"), user.row.get("LastName")) if part)


def _nickname(user: User) -> str:
    return str(user.row.get("CommunityNickname") or user.row.get("Alias") or user.username.partition("@")[0])


def _zone(user: User) -> str:
    return str(user.row.get("TimeZoneSidKey") or "America/Los_Angeles")


def _language(user: User) -> str:
    return str(user.row.get("LanguageLocaleKey") or "en_US")


def _locale(user: User) -> str:
    return str(user.row.get("LocaleSidKey") or "en_US")


def _utc_offset_ms(zone: str) -> int:
    """Standard time's offset (no daylight saving), in milliseconds; 0 for a zone the machine does not know."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    try:
        offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError):
        return 0
    return int(offset.total_seconds() * 1000) if offset else 0


def _iso_z(stored: object) -> str | None:
    """A stored datetime (`...+0000`) as `...Z`."""
    if not stored:
        return None
    text = str(stored).replace(".000+0000", "Z")
    return text.replace("+0000", "Z")


ROUTES = [
    Route("GET", "/services/oauth2/userinfo", userinfo, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("POST", "/services/oauth2/userinfo", userinfo, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("GET", "/id/{org}/{user}", identity, "oauth", False, False, "wire reference 2.5 (K)"),
    Route("POST", "/id/{org}/{user}", identity, "oauth", False, False, "wire reference 2.5 (K)"),
    Route("GET", "/id/keys", keys, "oauth", False, False, "wire reference 2.1"),
    Route("GET", "/.well-known/openid-configuration", configuration, "oauth", False, False, "wire reference 2.1"),
]
