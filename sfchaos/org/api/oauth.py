"""OAuth 2.0 between programs: token, revoke, introspect, singleaccess. Source: wire reference 2.1 to 2.5.

The refusals of this door are written to LoginHistory, so they are rendered here: an exception would undo the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.identity.codes import INTERVAL_S
from sfchaos.org.identity.grants import GRANTS
from sfchaos.org.identity.oauth_request import OWN_HEADERS, Form, client, form_of, label, needed, refused_reply, written
from sfchaos.org.identity.scopes import opens_pages
from sfchaos.org.identity.sessions import bearer_of
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.routes import Route

if TYPE_CHECKING:
    from sfchaos.org.identity.sessions import Session


def token(call: Call) -> Response:
    form = form_of(call)
    grant = form.get("grant_type", "")
    try:
        if call.request.method != "POST":
            raise refuse("invalid_request", "must use HTTP POST")
        if not grant and form.get("response_type") == "device_code":
            return _device_code(call, form)
        if grant not in GRANTS:
            raise refuse("unsupported_grant_type", "grant type not supported")
        name, answer = GRANTS[grant]
        call.receipt.asked = 1
        call.receipt.facts["grant"] = name
        if form.get("scope"):
            call.receipt.facts["scopes_asked"] = form["scope"]
        values = answer(call, form)
    except Refused as refused:
        return refused_reply(call, refused, form)
    call.receipt.changed = 1
    return written(values, 200, form, call)


def _device_code(call: Call, form: Form) -> Response:
    """The first step of the device flow (wire reference 2.3: keys D)."""
    app = client(call, form, may_lack_secret=lambda app: True)
    scopes = call.org.identity.granted_scopes(form.get("scope", ""), app.scopes)
    device = call.org.codes.new_device(app, scopes)
    call.receipt.asked = call.receipt.changed = 1
    call.receipt.facts["grant"] = "device"
    reply = {"device_code": device.device_code, "user_code": device.user_code, "verification_uri": f"{call.origin}/setup/connect", "interval": int(INTERVAL_S)}
    return written(reply, 200, form, call)


def revoke(call: Call) -> Response:
    """200 without a body. A refresh token takes its access tokens with it; an access token leaves the refresh token alive (D)."""
    form = form_of(call)
    org = call.org
    call.receipt.asked = 1
    try:
        text = needed(form, "token")
        label(call, text, "access_token")
        held = org.sessions.find_refresh_token(text)
        if held is not None:
            org.sessions.end_family(held.family)
            org.identity.withdraw(held.user_id, held.app_id)
        elif org.sessions.find(text) is None or not org.sessions.end(text):
            raise refuse("invalid_token", "invalid token")  # K
    except Refused as refused:
        return refused_reply(call, refused, form)
    call.receipt.changed = 1
    return Response(200, b"", OWN_HEADERS, call.work_s)


def introspect(call: Call) -> Response:
    """RFC 7662, for a client that proves itself. Unknown and expired tokens are both `{"active": false}` (D shape)."""
    form = form_of(call)
    org = call.org
    try:
        app = client(call, form)
        text = needed(form, "token")
        if not app.client_secret:  # a guess: a client that cannot prove itself learns nothing
            raise refuse("invalid_client", "invalid client credentials")
    except Refused as refused:
        return refused_reply(call, refused, form)
    access: Session | None = org.registers.sessions.get(text)
    if access is not None and access.expires_s <= org.now_s():
        access = None
    held = access or org.sessions.find_refresh_token(text)
    user = org.identity.user(held.user_id) if held else None
    if held is None or user is None or held.app_id != app.client_id or not user.is_active:
        return call.reply({"active": False}, headers=OWN_HEADERS)
    issued_s = int(held.issued_s)
    reply = {"active": True, "scope": " ".join(held.scopes), "client_id": app.client_id, "username": user.username,
             "sub": org.identity.url_of(user.id, call.request), "token_type": "access_token" if access else "refresh_token"}  # fmt: skip
    if access is not None:
        reply["exp"] = int(access.expires_s)
    return call.reply({**reply, "iat": issued_s, "nbf": issued_s}, headers=OWN_HEADERS)


def single_access(call: Call) -> Response:
    """A token becomes an address that opens a browser session, once and for a minute (wire reference 2.1, K; key D Help "Single-Access UI Bridge API")."""
    form = form_of(call)
    try:
        session = call.org.sessions.find(bearer_of(call.request) or form.get("access_token", ""))
        if session is None:
            raise refuse("invalid_token", "invalid token", status=401)
        if not opens_pages(session.scopes, session.app_id):
            raise refuse("insufficient_scope", "the token needs the web scope", status=403)  # a guess
    except Refused as refused:
        return refused_reply(call, refused, form)
    call.receipt.user = session.user_id
    call.receipt.asked = call.receipt.changed = 1
    target = {"otp": call.org.codes.new_one_time(session.token), **({"retURL": form["redirect_uri"]} if form.get("redirect_uri") else {})}
    return call.reply({"frontdoor_uri": f"{call.instance_url}/secur/frontdoor.jsp?{urlencode(target)}"}, headers=OWN_HEADERS)


ROUTES = [
    Route("POST", "/services/oauth2/token", token, "oauth", False, False, "wire reference 2.2 to 2.4"),
    Route("GET", "/services/oauth2/token", token, "oauth", False, False, "wire reference 2.1 (K)"),
    Route("POST", "/services/oauth2/revoke", revoke, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("GET", "/services/oauth2/revoke", revoke, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("POST", "/services/oauth2/introspect", introspect, "oauth", False, False, "wire reference 2.5 (D)"),
    Route("POST", "/services/oauth2/singleaccess", single_access, "oauth", False, False, "wire reference 2.1 (K)"),
    Route("GET", "/services/oauth2/singleaccess", single_access, "oauth", False, False, "wire reference 2.1 (K)"),
]
