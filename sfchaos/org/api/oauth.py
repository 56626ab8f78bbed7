"""OAuth 2.0: token, revoke, introspect, authorize. Source: wire reference 2.1 to 2.5.

The refusals of this door are written to LoginHistory, so they are rendered here: an exception would undo the row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from sfchaos.core import chance
from sfchaos.core.hosts import LOGIN_HOSTS
from sfchaos.core.messages import Headers, Response
from sfchaos.org.assertions import read_assertion, verify
from sfchaos.org.call import Call, dumps
from sfchaos.org.refusals import JSON_TYPE, Refused, refuse
from sfchaos.org.routes import Route

if TYPE_CHECKING:
    from sfchaos.org.identity import App, User
    from sfchaos.org.sessions import Session

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Headers of the token endpoint beside the common ones. Source: wire reference 1.3 (R).
OWN_HEADERS: Headers = (("X-Xss-Protection", "1; mode=block"), ("X-Readonlymode", "false"), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
                        ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"))  # fmt: skip
CODE_S = 900.0  # an authorization code lives 15 minutes (wire reference 2.3, K)
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+")  # any absolute URI is taken for a configured one

Form = Mapping[str, str]


def token(call: Call) -> Response:
    form = form_of(call)
    grant = form.get("grant_type", "")
    try:
        if call.request.method != "POST":
            raise refuse("invalid_request", "must use HTTP POST")
        if grant not in GRANTS:
            raise refuse("unsupported_grant_type", "grant type not supported")
        name, answer = GRANTS[grant]
        call.receipt.asked = 1
        call.receipt.facts["grant"] = name
        if form.get("scope"):
            call.receipt.facts["scopes_asked"] = form["scope"]
        values = answer(call, form)
    except Refused as refused:
        return _refused(call, refused, form)
    call.receipt.changed = 1
    return _written(values, 200, form, call)


# ---------------------------------------------------------------------- grants: each returns the reply's keys in order


def _by_password(call: Call, form: Form) -> dict[str, str]:
    identity = call.org.identity
    username, secret = _needed(form, "username"), _needed(form, "password")
    _label(call, secret.removesuffix(call.org.credentials.security_token_of(username)) or secret, "password")
    app = _client(call, form)
    try:
        user = identity.admitted_by_password(username, secret)
    except Refused:
        _note_failure(call, username, app)
        raise
    session = _opened(call, user, app, "password", identity.granted_scopes("", app.scopes))
    values = _signed(call, session)
    return {key: values[key] for key in ("access_token", "instance_url", "id", "token_type", "issued_at", "signature")}  # wire reference 2.2 (R)


def _by_client(call: Call, form: Form) -> dict[str, str]:
    _label(call, form.get("client_secret", "") or _basic(call)[1], "client_secret")
    if call.request.host in LOGIN_HOSTS:
        raise refuse("invalid_grant", "request not supported on this domain")
    app = _client(call, form)
    runner = call.org.identity.user(app.run_as)
    if runner is None:
        raise refuse("invalid_grant", "no client credentials user enabled")
    user = call.org.identity.checked(runner)
    scopes = call.org.identity.granted_scopes(form.get("scope", ""), tuple(s for s in app.scopes if s != "refresh_token"))
    return _signed(call, _opened(call, user, app, "client-credentials", scopes))


def _by_jwt(call: Call, form: Form) -> dict[str, str]:
    """Reply keys as the guide shows them: no issued_at, no signature, no refresh_token (wire reference 2.3, D)."""
    text = _needed(form, "assertion")
    call.receipt.facts["credential"] = call.org.secrets.label(call.org.credentials.private_key_pem())
    assertion = read_assertion(text)
    call.receipt.facts.update(assertion.facts)
    identity = call.org.identity
    app = identity.app(assertion.issuer)
    verify(text, assertion, call.org, origin=call.origin)
    identity.count_login(assertion.username)
    user = identity.user_named(assertion.username)
    if user is None:
        raise refuse("invalid_grant", "user hasn't approved this consumer")
    scopes = tuple(s for s in app.scopes if s != "refresh_token")
    session = _opened(call, identity.checked(user), app, "jwt-bearer", scopes)
    values = _signed(call, session)
    return {key: values[key] for key in ("access_token", "scope", "instance_url", "id", "token_type")}


def _by_refresh(call: Call, form: Form) -> dict[str, str]:
    org = call.org
    text = _needed(form, "refresh_token")
    _label(call, text, "refresh_token")
    app = _client(call, form, secret_needed=False)
    held = org.sessions.find_refresh_token(text)
    if held is None or held.app_id != app.client_id:
        raise refuse("invalid_grant", "expired access/refresh token")
    user = org.identity.checked(org.identity.user(held.user_id))
    scopes = org.identity.granted_scopes(form.get("scope", ""), held.scopes)
    session = _opened(call, user, app, "refresh-token", scopes, family=held.family)
    values = _signed(call, session)
    grace_s = org.identity.rotation_grace_s
    if grace_s is not None:
        call.receipt.facts["rotated_from"] = org.secrets.label(held.token)
        values = _with_refresh_token(call, values, org.sessions.rotate(held, grace_s).token)
    return values


def _by_code(call: Call, form: Form) -> dict[str, str]:
    """A code from `authorize`: 15 minutes, once. PKCE is checked when the code was asked for with a challenge."""
    org = call.org
    code = _needed(form, "code")
    _label(call, code, "authorization_code")
    app = _client(call, form, secret_needed="code_verifier" not in form)
    held = org.registers.identity.get(f"code:{code}")
    if held is None:
        raise refuse("invalid_grant", "invalid authorization code")
    user_id, redirect_uri, challenge, scopes, issued_s, used = held
    if used or org.now_s() >= issued_s + CODE_S:
        raise refuse("invalid_grant", "expired authorization code")
    if form.get("redirect_uri", "") != redirect_uri:
        raise refuse("redirect_uri_mismatch", "redirect_uri must match configuration")
    if challenge and _challenge_of(form.get("code_verifier", "")) != challenge:
        raise refuse("invalid_grant", "invalid code verifier")
    org.registers.identity[f"code:{code}"] = (user_id, redirect_uri, challenge, scopes, issued_s, True)
    user = org.identity.checked(org.identity.user(user_id))
    if "refresh_token" not in scopes:
        return _signed(call, _opened(call, user, app, "web-server", scopes))
    refresh = org.sessions.new_refresh_token(user.id, app.client_id, scopes)
    session = _opened(call, user, app, "web-server", scopes, family=refresh.family)
    return _with_refresh_token(call, _signed(call, session), refresh.token)


GRANTS: dict[str, tuple[str, Callable[[Call, Form], dict[str, str]]]] = {
    "password": ("password", _by_password), "client_credentials": ("client-credentials", _by_client), JWT_GRANT: ("jwt-bearer", _by_jwt),
    "refresh_token": ("refresh-token", _by_refresh), "authorization_code": ("web-server", _by_code),
}  # fmt: skip


# ---------------------------------------------------------------------- parts of a grant


def form_of(call: Call) -> dict[str, str]:
    """Form fields, with query parameters beside them (wire reference 2.1, K); of a repeated name the first counts."""
    fields = dict(call.request.query)
    found: dict[str, str] = {}
    for name, value in parse_qsl(call.request.body.decode("utf-8", "replace"), keep_blank_values=True):
        found.setdefault(name, value)
    return {**fields, **found}


def _needed(form: Form, name: str) -> str:
    if not form.get(name):
        raise refuse("invalid_request", f"missing required parameter: {name}")
    return form[name]


def _basic(call: Call) -> tuple[str, str]:
    """Client id and secret of HTTP Basic; two empty strings for any other Authorization, which clients send along (wire 17, m)."""
    scheme, _, text = call.request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:  # neither base64 nor UTF-8
        return "", ""
    return client_id, secret


def _client(call: Call, form: Form, *, secret_needed: bool = True) -> App:
    """The connected app that the caller proves to be. A secret that is sent must be right, even where none is needed."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not client_id:
        client_id, basic_secret = _basic(call)
        secret = secret or basic_secret
    if not client_id:
        raise refuse("invalid_request", "missing required parameter: client_id")
    app = call.org.identity.app(client_id)
    if (secret or secret_needed) and not hmac.compare_digest(secret.encode(), call.org.credentials.client_secret.encode()):
        raise refuse("invalid_client", "invalid client credentials")
    return app


def _opened(call: Call, user: User, app: App, grant: str, scopes: tuple[str, ...], *, family: str = "") -> Session:
    org = call.org
    session = org.sessions.open(user.id, grant=grant, app_id=app.client_id, scopes=scopes, refresh_token=family)
    call.receipt.user = user.id
    call.receipt.facts["issued"] = org.secrets.label(session.token)
    call.receipt.facts["scopes"] = " ".join(scopes)
    org.identity.note_login(call.request, user.id, "Remote Access 2.0", "Success", app.name)
    return session


def _signed(call: Call, session: Session) -> dict[str, str]:
    """The keys of a reply that names its scope, in the order of newer replies (K)."""
    url, issued_at = call.org.identity.url_of(session.user_id, call.request), str(int(call.org.now_s() * 1000))
    signature = hmac.new(call.org.credentials.client_secret.encode(), (url + issued_at).encode(), hashlib.sha256).digest()
    return {"access_token": session.token, "signature": base64.b64encode(signature).decode(), "scope": " ".join(session.scopes),
            "instance_url": call.instance_url, "id": url, "token_type": "Bearer", "issued_at": issued_at}  # fmt: skip


def _with_refresh_token(call: Call, values: dict[str, str], text: str) -> dict[str, str]:
    """The reply with a new refresh token right after the access token."""
    call.receipt.facts["refresh"] = call.org.secrets.label(text)
    return {"access_token": values["access_token"], "refresh_token": text, **values}


def _label(call: Call, secret: str, what: str) -> None:
    if secret:
        call.receipt.facts["credential"] = call.org.secrets.label(secret, what)


def _note_failure(call: Call, username: str, app: App) -> None:
    user = call.org.identity.user_named(username)
    if user is not None:
        call.org.identity.note_login(call.request, user.id, "Remote Access 2.0", "Invalid Password", app.name)


# ---------------------------------------------------------------------- replies


def _refused(call: Call, refused: Refused, form: Form) -> Response:
    first = refused.refusals[0]
    call.receipt.error_codes = tuple(r.code for r in refused.refusals)
    return _written({"error": first.code, "error_description": first.message}, first.status or 400, form, call)


def _written(values: Mapping[str, str], status: int, form: Form, call: Call) -> Response:
    """JSON, or what `format` or Accept ask for (wire reference 2.1, K)."""
    accept = call.request.header("accept")
    shape = form.get("format") or ("xml" if accept.startswith("application/xml") else "urlencoded" if "form-urlencoded" in accept else "json")
    if shape == "xml":
        inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in values.items())
        body, kind = f'<?xml version="1.0" encoding="UTF-8"?><OAuth>{inner}</OAuth>'.encode(), "application/xml;charset=UTF-8"
    elif shape == "urlencoded":
        body, kind = urlencode(values).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    else:
        body, kind = dumps(dict(values), spaced=call.request.header("x-prettyprint") == "1"), JSON_TYPE
    return Response(status, body, (("Content-Type", kind), *OWN_HEADERS), call.work_s)


# ---------------------------------------------------------------------- authorize, revoke, introspect


def authorize(call: Call) -> Response:
    """The browser step of the web server flow, with the integration user logged in and consenting: straight to the redirect."""
    form = form_of(call)
    org = call.org
    try:
        app = org.identity.app(_needed(form, "client_id"))
        redirect_uri = _needed(form, "redirect_uri")
        if not _URI.fullmatch(redirect_uri):
            raise refuse("redirect_uri_mismatch", "redirect_uri must match configuration")
    except Refused as refused:
        return _refused(call, refused, form)
    state = {"state": form["state"]} if "state" in form else {}
    try:
        if form.get("response_type") != "code":
            raise refuse("unsupported_response_type", "response type not supported")
        scopes = org.identity.granted_scopes(form.get("scope", ""), app.scopes)
    except Refused as refused:
        first = refused.refusals[0]
        return _redirect(redirect_uri, {"error": first.code, "error_description": first.message, **state})
    code = _new_code(call)
    user_id = org.integration_user_id
    org.registers.identity[f"code:{code}"] = (user_id, redirect_uri, form.get("code_challenge", ""), scopes, org.now_s(), False)
    return _redirect(redirect_uri, {"code": code, **state})


def _new_code(call: Call) -> str:
    org = call.org
    code = "aPrx" + chance.token(80, org.seed, "code", org.registers.next("code"), alphabet=chance.ALPHANUMERIC + "._")
    org.secrets.learn(code, "authorization_code")
    return code


def _redirect(uri: str, query: Mapping[str, str]) -> Response:
    return Response(302, b"", (("Location", f"{uri}{'&' if '?' in uri else '?'}{urlencode(query)}"),))


def _challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(verifier)) without padding (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def revoke(call: Call) -> Response:
    """200 without a body. A refresh token takes its access tokens with it; an access token leaves the refresh token alive (D)."""
    form = form_of(call)
    org = call.org
    call.receipt.asked = 1
    try:
        text = _needed(form, "token")
        _label(call, text, "access_token")
        held = org.sessions.find_refresh_token(text)
        if held is not None:
            org.sessions.end_family(held.family)
        elif not org.sessions.end(text):
            raise refuse("invalid_token", "invalid token")  # K
    except Refused as refused:
        return _refused(call, refused, form)
    call.receipt.changed = 1
    return Response(200, b"", OWN_HEADERS, call.work_s)


def introspect(call: Call) -> Response:
    """RFC 7662, for a client that proves itself. Unknown and expired tokens are both `{"active": false}` (D shape)."""
    form = form_of(call)
    org = call.org
    try:
        app = _client(call, form)
        text = _needed(form, "token")
    except Refused as refused:
        return _refused(call, refused, form)
    access: Session | None = org.registers.sessions.get(text)
    if access is not None and access.expires_s <= org.now_s():
        access = None
    held = access or org.sessions.find_refresh_token(text)
    user = org.identity.user(held.user_id) if held else None
    if held is None or user is None or held.app_id != app.client_id:
        return call.reply({"active": False}, headers=OWN_HEADERS)
    issued_s = int(held.issued_s)
    reply = {"active": True, "scope": " ".join(held.scopes), "client_id": app.client_id, "username": user.username,
             "sub": org.identity.url_of(user.id, call.request), "token_type": "access_token" if access else "refresh_token"}  # fmt: skip
    if access is not None:
        reply["exp"] = int(access.expires_s)
    return call.reply({**reply, "iat": issued_s, "nbf": issued_s}, headers=OWN_HEADERS)


ROUTES = [
    Route("POST", "/services/oauth2/token", token, "oauth", False, False, "wire reference 2.2 to 2.4"),
    Route("GET", "/services/oauth2/token", token, "oauth", False, False, "wire reference 2.1 (K)"),
    Route("GET", "/services/oauth2/authorize", authorize, "oauth", False, False, "wire reference 2.3"),
    Route("POST", "/services/oauth2/authorize", authorize, "oauth", False, False, "wire reference 2.3"),
    Route("POST", "/services/oauth2/revoke", revoke, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("GET", "/services/oauth2/revoke", revoke, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("POST", "/services/oauth2/introspect", introspect, "oauth", False, False, "wire reference 2.5 (D)"),
]
