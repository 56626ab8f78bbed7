"""The grants of the token endpoint: each turns a form into the reply's keys, in order. Source: wire reference 2.2 and 2.3."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sfchaos.core.hosts import LOGIN_HOSTS
from sfchaos.org.identity.assertions import read_assertion, verify
from sfchaos.org.identity.login_history import OAUTH
from sfchaos.org.identity.login_refusals import reason_of
from sfchaos.org.identity.oauth_request import Form, basic, client, label, needed
from sfchaos.org.identity.trials import PUNISH_REUSE
from sfchaos.org.refusals import Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.identity.apps import App
    from sfchaos.org.identity.identity import User
    from sfchaos.org.identity.sessions import Session

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML_GRANT = "urn:ietf:params:oauth:grant-type:saml2-bearer"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
Values = dict[str, str]


def by_password(call: Call, form: Form) -> Values:
    identity = call.org.identity
    username, secret = needed(form, "username"), needed(form, "password")
    label(call, secret.removesuffix(call.org.credentials.security_token_of(username)) or secret, "password")
    app = client(call, form)
    with_reason = _Noted(call, username, app)
    user = with_reason(lambda: identity.admitted_by_password(username, secret, app=app))
    if identity.is_password_expired(user.id):
        with_reason(lambda: _raise_expired())
    session = opened(call, user, app, "password", identity.granted_scopes("", app.scopes))
    values = signed(call, session, app)
    return {key: values[key] for key in ("access_token", "instance_url", "id", "token_type", "issued_at", "signature")}  # wire reference 2.2 (R)


def by_client(call: Call, form: Form) -> Values:
    label(call, form.get("client_secret", "") or basic(call)[1], "client_secret")
    if call.request.host in LOGIN_HOSTS:
        raise refuse("invalid_grant", "request not supported on this domain")
    app = client(call, form)
    runner = call.org.identity.user(app.run_as) if app.run_as and app.client_secret else None
    if runner is None:
        raise refuse("invalid_grant", "no client credentials user enabled")
    user = _Noted(call, runner.username, app)(lambda: call.org.identity.checked(runner, app))
    scopes = call.org.identity.granted_scopes(form.get("scope", ""), _without_refresh(app.scopes))
    return signed(call, opened(call, user, app, "client-credentials", scopes), app)


def by_jwt(call: Call, form: Form) -> Values:
    """Reply keys as the guide shows them: no issued_at, no signature, no refresh_token (wire reference 2.3, D)."""
    text = needed(form, "assertion")
    call.receipt.facts["credential"] = call.org.secrets.label(call.org.credentials.private_key_pem())
    assertion = read_assertion(text)
    call.receipt.facts.update(assertion.facts)
    identity = call.org.identity
    app = call.org.apps.named(assertion.issuer)
    verify(text, assertion, call.org, origin=call.origin)
    with_reason = _Noted(call, assertion.username, app)
    with_reason(lambda: identity.count_login(assertion.username))
    found = identity.user_named(assertion.username)
    if found is None:
        raise refuse("invalid_grant", "user hasn't approved this consumer")
    user = with_reason(lambda: identity.checked(found, app))
    with_reason(lambda: identity.check_consent(user, app))
    session = opened(call, user, app, "jwt-bearer", _without_refresh(app.scopes))
    values = signed(call, session, app)
    return {key: values[key] for key in ("access_token", "scope", "instance_url", "id", "token_type")}


def by_refresh(call: Call, form: Form) -> Values:
    org = call.org
    text = needed(form, "refresh_token")
    label(call, text, "refresh_token")
    app = client(call, form, may_lack_secret=lambda app: not app.requires_secret_to_refresh)
    held = org.sessions.find_refresh_token(text)
    if held is None or held.app_id != app.client_id:
        _punish_reuse(call, text)
        raise refuse("invalid_grant", "expired access/refresh token")
    holder = org.identity.user(held.user_id)
    user = _Noted(call, holder.username if holder else "", app)(lambda: org.identity.checked(holder, app))
    scopes = org.identity.granted_scopes(form.get("scope", ""), held.scopes)
    org.sessions.use(held)
    session = opened(call, user, app, "refresh-token", scopes, family=held.family)
    values = signed(call, session, app)
    grace_s = org.identity.rotation_grace_s(app)
    if grace_s is not None:
        call.receipt.facts["rotated_from"] = org.secrets.label(held.token)
        values = with_refresh_token(call, values, org.sessions.rotate(org.registers.refresh_tokens[text], grace_s).token)
    return values


def _punish_reuse(call: Call, text: str) -> None:
    """A refresh token that was rotated away comes again: somebody holds a copy, so all that came from it dies."""
    rotated = call.org.registers.refresh_tokens.get(text)
    if rotated is not None and PUNISH_REUSE in call.org.registers.identity:
        call.org.sessions.end_family(rotated.family, "reused")


def by_code(call: Call, form: Form) -> Values:
    """A code from `authorize`: 15 minutes, once. PKCE is checked when the code was asked for with a challenge."""
    org = call.org
    text = needed(form, "code")
    label(call, text, "authorization_code")
    app = client(call, form, may_lack_secret=lambda app: not app.requires_secret)
    code = _Noted(call, "", app).by_code(text, lambda: org.codes.redeem(text, app))
    if form.get("redirect_uri", "") != code.redirect_uri:
        raise refuse("redirect_uri_mismatch", "redirect_uri must match configuration")
    if code.challenge and not _fits(form.get("code_verifier", ""), code.challenge):
        raise refuse("invalid_grant", "invalid code verifier")
    org.codes.spend(text)
    holder = org.identity.user(code.user_id)
    user = _Noted(call, holder.username if holder else "", app)(lambda: org.identity.checked(holder, app))
    return with_tokens(call, user, app, "web-server", code.scopes, nonce=code.nonce)


def by_device(call: Call, form: Form) -> Values:
    """A device that polls (wire reference 2.3). Its client need not prove itself."""
    org = call.org
    text = needed(form, "code")
    label(call, text, "device_code")
    app = client(call, form, may_lack_secret=lambda app: True)
    device = org.codes.poll(text, app)
    holder = org.identity.user(device.user_id)
    user = _Noted(call, holder.username if holder else "", app)(lambda: org.identity.checked(holder, app))
    return with_tokens(call, user, app, "device", device.scopes)


def by_saml(call: Call, form: Form) -> Values:
    """Refused: no connected app here holds the certificate of an identity provider, so no signature can be right."""
    needed(form, "assertion")
    raise refuse("invalid_grant", "invalid assertion")


def by_exchange(call: Call, form: Form) -> Values:
    """Refused as by an org without a token exchange handler (text a guess)."""
    needed(form, "subject_token")
    raise refuse("invalid_request", "token exchange handler is not configured")


GRANTS: dict[str, tuple[str, Callable[[Call, Form], Values]]] = {
    "password": ("password", by_password), "client_credentials": ("client-credentials", by_client), JWT_GRANT: ("jwt-bearer", by_jwt),
    "refresh_token": ("refresh-token", by_refresh), "authorization_code": ("web-server", by_code), "device": ("device", by_device),
    SAML_GRANT: ("saml-bearer", by_saml), EXCHANGE_GRANT: ("token-exchange", by_exchange),
}  # fmt: skip


# ---------------------------------------------------------------------- parts


class _Noted:
    """Does a step of a login, and writes a row of LoginHistory when the user is not admitted."""

    def __init__(self, call: Call, username: str, app: App) -> None:
        self._call, self._username, self._app = call, username, app

    def __call__(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except Refused as refused:
            reason = reason_of(refused)
            if reason is not None:
                self._note(self._username, reason.status)
            raise

    def by_code(self, text: str, step: Callable[[], Any]) -> Any:
        """The same for a code that was used before: the user is the code's (Status U, wire reference 10.2)."""
        try:
            return step()
        except Refused as refused:
            status = str(refused.refusals[0].extra.get("status_word", ""))
            held = self._call.org.registers.identity.get(f"code:{text}")
            holder = self._call.org.identity.user(held.user_id) if status and held else None
            if holder is not None:
                self._note(holder.username, status)
            raise

    def _note(self, username: str, status: str) -> None:
        self._call.org.identity.note_failure(self._call.request, username, OAUTH, status, self._app.label)


def _raise_expired() -> None:
    from sfchaos.org.identity.login_refusals import not_admitted

    raise not_admitted("password-expired")


def _without_refresh(scopes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(scope for scope in scopes if scope != "refresh_token")


def opened(call: Call, user: User, app: App, grant: str, scopes: tuple[str, ...], *, family: str = "") -> Session:
    """A session of the app, noted on the receipt and in LoginHistory."""
    org = call.org
    session = org.sessions.open(user.id, grant=grant, app_id=app.client_id, scopes=scopes, refresh_token=family)
    call.receipt.user = user.id
    call.receipt.facts["issued"] = org.secrets.label(session.token)
    call.receipt.facts["scopes"] = " ".join(scopes)
    org.identity.note_login(call.request, user.id, OAUTH, "Success", app.label)
    return session


def with_tokens(call: Call, user: User, app: App, grant: str, scopes: tuple[str, ...], *, nonce: str = "") -> Values:
    """The reply of flows in which a user consented: refresh_token and id_token where the scopes say so."""
    org = call.org
    if "refresh_token" in scopes:
        refresh = org.sessions.new_refresh_token(user.id, app.client_id, scopes)
        session = opened(call, user, app, grant, scopes, family=refresh.family)
        values = with_refresh_token(call, signed(call, session, app), refresh.token)
    else:
        session = opened(call, user, app, grant, scopes)
        values = signed(call, session, app)
    if "openid" not in scopes:
        return values
    from sfchaos.org.identity.keys import id_token

    token = id_token(org, subject=values["id"], client_id=app.client_id, issuer=call.origin, access_token=session.token, nonce=nonce)
    head = {key: value for key, value in values.items() if key in ("access_token", "refresh_token", "signature", "scope")}
    return {**head, "id_token": token, **{key: value for key, value in values.items() if key not in head}}


def signed(call: Call, session: Session, app: App) -> Values:
    """The keys of a reply that names its scope, in the order of newer replies (K)."""
    url, issued_at = call.org.identity.url_of(session.user_id, call.request), str(int(call.org.now_s() * 1000))
    signature = hmac.new(app.client_secret.encode(), (url + issued_at).encode(), hashlib.sha256).digest()
    return {"access_token": session.token, "signature": base64.b64encode(signature).decode(), "scope": " ".join(session.scopes),
            "instance_url": call.instance_url, "id": url, "token_type": "Bearer", "issued_at": issued_at}  # fmt: skip


def with_refresh_token(call: Call, values: Values, text: str) -> Values:
    """The reply with a new refresh token right after the access token."""
    call.receipt.facts["refresh"] = call.org.secrets.label(text)
    return {"access_token": values["access_token"], "refresh_token": text, **values}


def _fits(verifier: str, challenge: str) -> bool:
    """Whether BASE64URL(SHA256(verifier)), without padding, is the challenge (RFC 7636)."""
    found = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()).decode().rstrip("=")
    return hmac.compare_digest(found.encode(), challenge.rstrip("=").encode("utf-8", "surrogatepass"))
