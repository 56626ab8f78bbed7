"""The pages a person meets: login, `authorize` with its consent page, the device page, frontdoor, logout. Source: wire reference 2.1 and 2.3.

A browser that is not logged in goes from `authorize` to `/` and back. The forms are plain; field names and ids are those of the real
pages where they are known (username, pw, Login, oaapprove, oadeny: K).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from sfchaos.core.messages import Headers, Response
from sfchaos.org.call import Call
from sfchaos.org.identity.browser import Browser, local_path
from sfchaos.org.identity.consent import Ask, NotRedirectable, RefusedByRedirect, allowed, answered, denied, read_ask, scope_words
from sfchaos.org.identity.identity import User
from sfchaos.org.identity.login_history import BROWSER
from sfchaos.org.identity.login_refusals import reason_of
from sfchaos.org.identity.oauth_request import Form, form_of, refused_reply
from sfchaos.org.identity.scopes import opens_pages
from sfchaos.org.pages import page
from sfchaos.org.refusals import Refused
from sfchaos.org.routes import Route

CONSENT_PATH = "/setup/secur/RemoteAccessAuthorizationPage.apexp"
# K; the second for what the password itself is not to blame for.
BAD_LOGIN = "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
RESTRICTED = {
    "Restricted IP": "You are trying to log in from a restricted IP address. Contact your Salesforce administrator.",
    "Restricted Time": "You are trying to log in outside of your login hours. Contact your Salesforce administrator.",
}
NOT_OURS = "This form did not come from a page of this session. Go back and try again."


# ---------------------------------------------------------------------- login


def login_page(call: Call) -> Response:
    """The form, or where the browser wanted to go when somebody is logged in already. `un` fills the name in, as at Salesforce."""
    browser, query = Browser(call), call.request.query
    start = local_path(query.get("startURL", "/"))
    if browser.session is not None and start != "/" and "ec" not in query:
        return _to(start, browser.headers)
    if browser.session is not None and "startURL" not in query:
        user = call.org.identity.user(browser.session.user_id)
        return page("message", title="Salesforce", message=f"You are logged in as {user.username if user else ''}.", headers=browser.headers)
    return _login_form(call, browser, start, query.get("un", ""))


def log_in(call: Call) -> Response:
    """Right or wrong, a row of LoginHistory stays; so refusals are shown on the page, not raised."""
    browser, form, org = Browser(call), form_of(call), call.org
    start, username = local_path(form.get("startURL", "/")), form.get("username") or form.get("un", "")
    if not browser.sent(form.get("csrf", "")):
        return _login_form(call, browser, start, username, NOT_OURS)
    call.receipt.asked = 1
    password = form.get("pw", "")
    if password:
        call.receipt.facts["credential"] = org.secrets.label(password, "password")
    try:
        user = org.identity.admitted_by_password(username, password, on_page=True)
    except Refused as refused:
        reason = reason_of(refused)
        status = reason.status if reason else ""
        org.identity.note_failure(call.request, username, BROWSER, status, "Browser")
        call.receipt.error_codes = tuple(r.code for r in refused.refusals)
        return _login_form(call, browser, start, username, RESTRICTED.get(status, BAD_LOGIN))
    session = org.sessions.open(user.id, grant="login-page", kind="ui", scopes=("full",))
    browser.log_in(session)
    org.identity.note_login(call.request, user.id, BROWSER, "Success", "Browser")
    call.receipt.changed, call.receipt.user = 1, user.id
    call.receipt.facts["issued"] = org.secrets.label(session.token)
    return _to(start, browser.headers)


def _login_form(call: Call, browser: Browser, start: str, username: str, error: str = "") -> Response:
    target = dict(parse_qsl(start.partition("?")[2])).get("redirect_uri", "")
    return page("login", title="Log In to Salesforce", csrf=browser.csrf, start_url=start, username=username, error=error, leads_to=target, headers=browser.headers)


def log_out(call: Call) -> Response:
    browser = Browser(call)
    if browser.session is not None:
        call.org.sessions.end(browser.session.token, "logout")
        call.receipt.asked = call.receipt.changed = 1
    browser.log_out()
    return _to("/", browser.headers)


def front_door(call: Call) -> Response:
    """A session id, or the one-time password of `singleaccess`, becomes a browser session (K)."""
    browser, form, org = Browser(call), form_of(call), call.org
    token = org.codes.take_one_time(form["otp"]) if form.get("otp") else form.get("sid", "")
    session = org.sessions.find(token) if token else None
    start = local_path(form.get("retURL", "/"))
    if session is None or session.kind == "password-expired" or not opens_pages(session.scopes, session.app_id):
        return _to(f"/?{urlencode({'ec': '302', 'startURL': start})}", browser.headers)
    opened = org.sessions.open(session.user_id, grant="frontdoor", kind="ui", scopes=("full",))
    browser.log_in(opened)
    call.receipt.asked = call.receipt.changed = 1
    call.receipt.user = session.user_id
    return _to(start, browser.headers)


def _to(path: str, headers: Headers) -> Response:
    return Response(302, b"", (("Location", path), *headers))


# ---------------------------------------------------------------------- authorize and consent


def authorize(call: Call) -> Response:
    """The browser step of the code and user-agent flows: login page, consent page, or straight back when both are done."""
    return _with_ask(call, form_of(call), _authorized)


def _authorized(call: Call, ask: Ask) -> Response:
    browser = Browser(call)
    user = call.org.identity.user(browser.session.user_id) if browser.session else None
    if ask.immediate and (user is None or not call.org.identity.has_approved(user.id, ask.app, ask.scopes)):
        return answered(ask, {"error": "immediate_unsuccessful"}, browser.headers)  # D
    if user is None or "login" in ask.prompts:
        return _to(_login_address(ask), browser.headers)
    if "consent" in ask.prompts or not call.org.identity.has_approved(user.id, ask.app, ask.scopes):
        return _consent_page(ask, browser, user)
    return allowed(call, ask, user, browser.headers)


def _login_address(ask: Ask) -> str:
    """Where to log in, and to come back from without being asked to log in once more."""
    fields = [(name, value) for name, value in parse_qsl(ask.source, keep_blank_values=True) if name not in ("prompt", "login_hint")]
    prompt = " ".join(sorted(ask.prompts - {"login"}))
    start = "/services/oauth2/authorize?" + urlencode([*fields, *([("prompt", prompt)] if prompt else [])])
    return "/?" + urlencode({"ec": "302", "startURL": start, **({"un": ask.login_hint} if ask.login_hint else {})}, errors="replace")


def _consent_page(ask: Ask, browser: Browser, user: User) -> Response:
    return page("consent", title="Allow Access?", app=ask.app.label, scopes=scope_words(ask.scopes), username=user.username, csrf=browser.csrf, source=ask.source,
                action=CONSENT_PATH, leads_to=ask.redirect_uri, headers=browser.headers)  # fmt: skip


def decide(call: Call) -> Response:
    """Allow or Deny was pressed. What was asked is checked again: the form is the browser's, not ours."""
    form = form_of(call)
    source = dict(parse_qsl(form.get("source", ""), keep_blank_values=True))

    def decided(call: Call, ask: Ask) -> Response:
        browser = Browser(call)
        user = call.org.identity.user(browser.session.user_id) if browser.session else None
        if user is None:
            return _to(_login_address(ask), browser.headers)
        if not browser.sent(form.get("csrf", "")):
            return page("message", title="Allow Access?", message=NOT_OURS, status=403, headers=browser.headers)
        return allowed(call, ask, user, browser.headers) if "save" in form else denied(ask, browser.headers)

    return _with_ask(call, source, decided)


def _with_ask(call: Call, form: Form, then: Callable[[Call, Ask], Response]) -> Response:
    try:
        ask = read_ask(call, form)
    except NotRedirectable as error:
        return refused_reply(call, error.refused, form)
    except RefusedByRedirect as refused:
        return refused.response
    return then(call, ask)


# ---------------------------------------------------------------------- devices


def connect_page(call: Call) -> Response:
    return _connect_form(Browser(call), call.request.query.get("user_code", ""))


def connect(call: Call) -> Response:
    """First the code, then login, then Allow or Deny; the code travels along in the form."""
    browser, form, org = Browser(call), form_of(call), call.org
    code = form.get("user_code") or form.get("source", "")
    if not browser.sent(form.get("csrf", "")):
        return _connect_form(browser, code, NOT_OURS)
    device = org.codes.device_of_user_code(code)
    if device is None:
        return _connect_form(browser, code, "The code you entered is invalid or has expired.")
    user = org.identity.user(browser.session.user_id) if browser.session else None
    if user is None:
        return _to("/?" + urlencode({"ec": "302", "startURL": f"/setup/connect?user_code={device.user_code}"}), browser.headers)
    app = org.apps.named(device.client_id)
    if "save" not in form and "cancel" not in form:
        return page("consent", title="Allow Access?", app=app.label, scopes=scope_words(device.scopes), username=user.username, csrf=browser.csrf,
                    source=device.user_code, action="/setup/connect", headers=browser.headers)  # fmt: skip
    return _connected(browser, device_allowed(call, user, device.user_code, allow="save" in form))


def device_allowed(call: Call, user: User, user_code: str, *, allow: bool) -> bool:
    """Carry the decision out; False when the user said no, or may not use the app."""
    org = call.org
    device = org.codes.device_of_user_code(user_code)
    if device is None:
        return False
    app = org.apps.named(device.client_id)
    if allow:
        try:
            org.identity.checked(user, app)
        except Refused as refused:
            call.receipt.error_codes = tuple(r.code for r in refused.refusals)
            allow = False
    if allow:
        org.identity.approve(user.id, app, device.scopes)
    org.codes.decide(device, user.id, allow=allow)
    call.receipt.asked = call.receipt.changed = 1
    call.receipt.user = user.id
    return allow


def _connected(browser: Browser, allow: bool) -> Response:
    message = "Your device is connected. You can close this window." if allow else "Your device was not connected."
    return page("message", title="Connect a Device", message=message, headers=browser.headers)


def _connect_form(browser: Browser, user_code: str, error: str = "") -> Response:
    return page("connect", title="Connect a Device", csrf=browser.csrf, user_code=user_code, error=error, headers=browser.headers)


_SOURCE = "wire reference 2.1, 2.3"
ROUTES = [
    Route("GET", "/", login_page, "oauth", False, False, _SOURCE),
    Route("POST", "/", log_in, "oauth", False, False, _SOURCE),
    Route("GET", "/services/oauth2/authorize", authorize, "oauth", False, False, _SOURCE),
    Route("POST", "/services/oauth2/authorize", authorize, "oauth", False, False, _SOURCE),
    Route("POST", CONSENT_PATH, decide, "oauth", False, False, _SOURCE),
    Route("GET", "/setup/connect", connect_page, "oauth", False, False, _SOURCE),
    Route("POST", "/setup/connect", connect, "oauth", False, False, _SOURCE),
    Route("GET", "/secur/frontdoor.jsp", front_door, "oauth", False, False, "wire reference 2.1 (K)"),
    Route("POST", "/secur/frontdoor.jsp", front_door, "oauth", False, False, "wire reference 2.1 (K)"),
    Route("GET", "/secur/logout.jsp", log_out, "oauth", False, False, "Help, logout page (K)"),
]
