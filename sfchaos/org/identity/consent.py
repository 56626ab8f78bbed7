"""What a client asks of a user at `authorize`, checked, and what it is given when the user says yes or no. Source: wire reference 2.3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sfchaos.core.messages import Headers, Response
from sfchaos.org.identity.codes import Code
from sfchaos.org.identity.grants import with_tokens
from sfchaos.org.identity.oauth_request import Form, needed
from sfchaos.org.refusals import Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.identity.apps import App
    from sfchaos.org.identity.identity import User

_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+")
# What the consent page says of a scope (words K).
WORDS = {
    "api": "Manage user data via APIs", "web": "Manage user data via Web browsers", "full": "Full access", "refresh_token": "Perform requests at any time",
    "id": "Access the identity URL service", "openid": "Access unique user identifiers", "profile": "Access your basic information",
    "email": "Access your email address", "address": "Access your address", "phone": "Access your phone number",
    "chatter_api": "Access Connect REST API resources", "custom_permissions": "Access custom permissions", "visualforce": "Access Visualforce applications",
    "lightning": "Access Lightning applications", "content": "Access content resources", "wave_api": "Access Analytics REST API resources",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """`in_fragment`: the user-agent flow (`response_type=token`), whose answers travel behind a `#`. `source` is all of it as a query string."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    in_fragment: bool
    challenge: str
    nonce: str
    prompts: frozenset[str]
    immediate: bool
    login_hint: str
    source: str


class NotRedirectable(Exception):
    """The request names no client or no redirect of it: there is nowhere safe to send the refusal."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class RefusedByRedirect(Exception):
    """A refusal that travels on the redirect; `response` is it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.header("Location"))
        self.response = response


def read_ask(call: Call, form: Form) -> Ask:
    """Raises NotRedirectable and RefusedByRedirect."""
    try:
        app = call.org.apps.named(needed(form, "client_id"))
        uri = form.get("redirect_uri") or (app.callback_urls[0] if len(app.callback_urls) == 1 else needed(form, "redirect_uri"))
        if not _URI.fullmatch(uri) or not app.takes_callback(uri):
            raise refuse("redirect_uri_mismatch", "redirect_uri must match configuration")
    except Refused as refused:
        raise NotRedirectable(refused) from None
    in_fragment = "token" in form.get("response_type", "").split()
    try:
        scopes = _checked_scopes(call, form, app, in_fragment=in_fragment)
    except Refused as refused:
        raise RefusedByRedirect(sent_back(uri, _error(refused), form.get("state"), in_fragment=in_fragment)) from None
    prompts = frozenset(form.get("prompt", "").split())
    immediate = form.get("immediate", "").lower() == "true" or "none" in prompts
    source = urlencode([(name, value) for name, value in form.items() if name not in ("csrf", "source")], errors="replace")
    return Ask(app, uri, scopes, form.get("state"), in_fragment, form.get("code_challenge", ""), form.get("nonce", ""), prompts, immediate,
               form.get("login_hint", ""), source)  # fmt: skip


def _checked_scopes(call: Call, form: Form, app: App, *, in_fragment: bool) -> tuple[str, ...]:
    if not in_fragment and form.get("response_type") != "code":
        raise refuse("unsupported_response_type", "response type not supported")
    if form.get("code_challenge_method", "S256") != "S256":
        raise refuse("invalid_request", "code challenge method must be S256")  # that only S256 is taken: D; text a guess
    if app.requires_pkce and not in_fragment and not form.get("code_challenge"):
        raise refuse("invalid_request", "missing required code challenge")
    return call.org.identity.granted_scopes(form.get("scope", ""), app.scopes)


def sent_back(uri: str, answer: dict[str, str], state: str | None, *, in_fragment: bool, headers: Headers = ()) -> Response:
    """The redirect to the client, with its state."""
    values = urlencode({**answer, **({} if state is None else {"state": state})}, errors="replace")
    mark = "#" if in_fragment else "&" if "?" in uri else "?"
    return Response(302, b"", (("Location", f"{uri}{mark}{values}"), *headers))


def answered(ask: Ask, answer: dict[str, str], headers: Headers = ()) -> Response:
    return sent_back(ask.redirect_uri, answer, ask.state, in_fragment=ask.in_fragment, headers=headers)


def allowed(call: Call, ask: Ask, user: User, headers: Headers = ()) -> Response:
    """The user agreed, now or before: a code, or the tokens themselves in the user-agent flow."""
    org = call.org
    try:
        org.identity.checked(user, ask.app)
    except Refused as refused:
        return answered(ask, _error(refused), headers)
    org.identity.approve(user.id, ask.app, ask.scopes)
    call.receipt.asked = call.receipt.changed = 1
    call.receipt.user = user.id
    if ask.in_fragment:
        call.receipt.facts["grant"] = "user-agent"
        return answered(ask, with_tokens(call, user, ask.app, "user-agent", ask.scopes, nonce=ask.nonce), headers)
    code = Code(user.id, ask.app.client_id, ask.redirect_uri, ask.challenge, ask.scopes, org.now_s(), ask.nonce)
    return answered(ask, {"code": org.codes.new_code(code)}, headers)


def denied(ask: Ask, headers: Headers = ()) -> Response:
    return answered(ask, {"error": "access_denied", "error_description": "end-user denied authorization"}, headers)


def scope_words(scopes: tuple[str, ...]) -> list[tuple[str, str]]:
    """(scope, what the page says of it)."""
    return [(scope, f"{WORDS.get(scope, 'Access')} ({scope})") for scope in scopes]


def _error(refused: Refused) -> dict[str, str]:
    first = refused.refusals[0]
    return {"error": first.code, "error_description": first.message}
