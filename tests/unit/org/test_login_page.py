"""The pages of a login, as a browser meets them: forms, cookies, redirects."""

import base64
import hashlib
import html
import json
import re
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

LOGIN = "https://login.salesforce.com"
CALLBACK = "https://app.example/cb"


@pytest.fixture
def org():
    return Org(seed=3)


class Person:
    """A browser: keeps cookies, sends forms with what stands in their fields. Redirects are followed by hand."""

    def __init__(self, org, origin=LOGIN):
        self.org, self.origin, self.cookies, self.reply = org, origin, {}, None

    def go(self, path, form=None):
        header = (("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())),) if self.cookies else ()
        body = b"" if form is None else urlencode(form).encode()
        self.reply = self.org.handle(Request("GET" if form is None else "POST", self.origin + path, header, body))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        for name, value in self.reply.headers:
            if name == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return self

    @property
    def location(self):
        assert self.reply.status == 302, self.reply.body
        return self.reply.header("Location")

    @property
    def answer(self):
        """What the client gets back on its redirect."""
        split = urlsplit(self.location)
        return dict(parse_qsl(split.query or split.fragment))

    @property
    def text(self):
        return self.reply.body.decode()

    def follow(self):
        return self.go(self.location)

    def send(self, **filled):
        """Send the page's form: what its fields hold, and `filled` instead or beside."""
        assert self.reply.status == 200, self.reply.body
        action = html.unescape(re.search(r'<form[^>]* action="([^"]+)"', self.text)[1])
        fields = re.findall(r'<input type="(?:hidden|text|email)"[^>]* name="(\w+)" value="([^"]*)"', self.text)
        return self.go(action, {**{name: html.unescape(value) for name, value in fields}, **filled})

    def error(self):
        found = re.search(r'id="error"[^>]*>([^<]*)<', self.text)
        return html.unescape(found[1]) if found else ""

    def ask(self, **more):
        """`authorize`, up to where nothing but a person can go on."""
        asked = {"response_type": "code", "client_id": self.org.credentials.client_id, "redirect_uri": CALLBACK, **more}
        self.go("/services/oauth2/authorize?" + urlencode({name: value for name, value in asked.items() if value is not None}))
        return self.follow() if self.reply.status == 302 and self.location.startswith("/") else self

    def log_in(self, username=None, password=None):
        username = username or self.org.credentials.username
        self.send(username=username, pw=self.org.credentials.password_of(username) if password is None else password)
        return self


@pytest.fixture
def person(org):
    return Person(org)


ADMIN = "admin@acme.example"


def redeemed(org, code, **more):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": org.credentials.client_id,
            "client_secret": org.credentials.client_secret, **more}  # fmt: skip
    reply = org.handle(Request("POST", f"{LOGIN}/services/oauth2/token", (), urlencode(form).encode()))
    return reply.status, json.loads(reply.body)


def test_nobody_gets_a_code_without_logging_in_and_pressing_allow(org, person):
    person.ask(state="a b", login_hint=ADMIN)
    assert f'id="username" name="username" value="{ADMIN}"' in person.text
    person.log_in(ADMIN).follow()
    assert "Manage user data via APIs (api)" in person.text
    assert ADMIN in person.text
    answer = person.send(save="Allow").answer
    assert answer["state"] == "a b"
    status, values = redeemed(org, answer["code"])
    assert status == 200
    assert values["id"].endswith(org.admin_user_id)


def test_consent_is_asked_once_and_again_on_request(org, person):
    person.ask().log_in(ADMIN).follow().send(save="Allow")
    assert "code" in person.ask().answer
    assert "Allow Access?" in person.ask(prompt="consent").text


def test_the_user_who_holds_a_refresh_token_is_not_asked_for_consent(person):
    assert "code" in person.ask().log_in().follow().answer


def test_prompt_login_asks_for_the_password_once_more_and_then_goes_on(person):
    person.ask().log_in()
    person.ask(prompt="login")
    assert "Log In to Salesforce" in person.text
    assert "code" in person.log_in().follow().answer


def test_deny_travels_back_on_the_redirect(org, person):
    person.ask(state="s").log_in(ADMIN).follow()
    assert person.send(cancel="Deny").answer == {"error": "access_denied", "error_description": "end-user denied authorization", "state": "s"}
    assert "error_description=end-user+denied+authorization" in person.location


def test_a_wrong_password_is_told_on_the_page_and_sets_no_session(org, person):
    person.ask().log_in(ADMIN, "wrong")
    assert person.error() == "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
    assert "sid" not in person.cookies
    assert org.store.all('SELECT "Status", "LoginType", "Application" FROM "LoginHistory"') == [("Invalid Password", "Application", "Browser")]
    assert "Allow Access?" in person.log_in(ADMIN).follow().text


def test_the_page_takes_the_password_without_the_security_token(org, person):
    person.ask().log_in(ADMIN)
    assert person.cookies["sid"].startswith(org.org_id[:15] + "!")


def test_a_form_without_the_token_of_its_page_is_not_taken(org, person):
    person.ask()
    person.send(csrf="forged", username=ADMIN, pw=org.credentials.password_of(ADMIN))
    assert "did not come from a page of this session" in person.error()
    person.log_in(ADMIN).follow()
    person.send(csrf="forged", save="Allow")
    assert (person.reply.status, "did not come from a page" in person.text) == (403, True)


def test_a_consent_form_of_another_browser_is_not_taken(org):
    first, second = Person(org), Person(org)
    first.ask().log_in(ADMIN).follow()
    second.ask().log_in(ADMIN).follow()
    token = re.search('name="csrf" value="([^"]+)"', first.text)[1]
    assert second.send(csrf=token, save="Allow").reply.status == 403


def test_the_token_of_a_form_is_another_once_somebody_has_logged_in(person):
    person.ask()
    before = re.search('name="csrf" value="([^"]+)"', person.text)[1]
    person.log_in(ADMIN).follow()
    assert person.send(csrf=before, save="Allow").reply.status == 403


def test_what_is_shown_is_escaped(person):
    person.ask(login_hint='"><script>alert(1)</script>')
    assert "<script>" not in person.text
    assert "&lt;script&gt;" in person.text


def test_pages_forbid_scripts_and_frames_and_let_the_form_end_at_the_client(person):
    policy = person.ask(redirect_uri="http://localhost:1717/OauthRedirect").reply.header("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://localhost:1717;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("uri", ["https://a.example;script-src *", "javascript:alert(1);x", "https://a.example/ 'unsafe-inline'"])
def test_no_redirect_uri_gets_more_into_the_policy_than_an_origin(person, uri):
    person.go("/?" + urlencode({"startURL": "/services/oauth2/authorize?" + urlencode({"redirect_uri": uri})}))
    policy = person.reply.header("Content-Security-Policy")
    assert policy.count(";") == 4
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("start", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nX-Evil: 1"])
def test_login_leads_nowhere_but_into_the_org(org, person, start):
    person.go("/?" + urlencode({"ec": "302", "startURL": start})).log_in(ADMIN)
    assert person.location == "/"


def test_cookies_are_for_the_server_alone(org, person):
    person.ask().log_in(ADMIN)
    cookies = [value for name, value in person.reply.headers if name == "Set-Cookie"]
    assert cookies
    assert all("HttpOnly" in value and "SameSite=Lax" in value and "Secure" in value for value in cookies)
    over_http = Person(org, "http://127.0.0.1:8700").ask()
    assert "Secure" not in over_http.reply.header("Set-Cookie")


def test_logout_ends_the_browser_session(org, person):
    person.ask().log_in(ADMIN)
    token = person.cookies["sid"]
    person.go("/secur/logout.jsp")
    assert org.sessions.find(token) is None
    assert "Log In to Salesforce" in person.follow().text


def test_pkce_binds_the_code_to_the_one_who_asked(org, person):
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    code = person.ask(code_challenge=challenge, code_challenge_method="S256").log_in().follow().answer["code"]
    assert redeemed(org, code, code_verifier="w" * 50)[1]["error_description"] == "invalid code verifier"
    assert redeemed(org, code, code_verifier=verifier)[0] == 200


def test_only_s256_is_taken_as_a_challenge(person):
    assert person.ask(code_challenge="x", code_challenge_method="plain").answer["error"] == "invalid_request"


def test_the_user_agent_flow_brings_tokens_in_the_fragment(org, person):
    person.ask(response_type="token", state="s").log_in().follow()
    assert urlsplit(person.location).query == ""
    values = person.answer
    assert values["state"] == "s"
    assert org.sessions.find(values["access_token"]).user_id == org.integration_user_id
    assert values["refresh_token"].startswith("5Aep861")
    assert values["token_type"] == "Bearer"


@pytest.mark.parametrize("how", [{"immediate": "true"}, {"prompt": "none"}])
def test_immediate_shows_no_page(person, how):
    assert person.ask(**how).answer == {"error": "immediate_unsuccessful"}
    person.ask().log_in()
    assert "code" in person.ask(**how).answer


def test_a_user_set_inactive_between_login_and_allow_gets_nothing(org, person):
    person.ask().log_in(ADMIN).follow()
    org.admin.update("User", org.admin_user_id, IsActive=False)
    person.send(save="Allow")
    assert person.location.startswith("/?ec=302&startURL=")


def test_the_command_line_has_its_own_app_without_a_secret(org, person):
    callback = "http://localhost:1717/OauthRedirect"
    person.ask(client_id="PlatformCLI", redirect_uri=callback, scope="refresh_token api web", prompt="login").log_in(ADMIN).follow()
    assert "Salesforce CLI" in person.text
    code = person.send(save="Allow").answer["code"]
    status, values = redeemed(org, code, client_id="PlatformCLI", client_secret="", redirect_uri=callback)
    assert (status, values["scope"]) == (200, "refresh_token api web")
    assert redeemed(org, code, client_id="PlatformCLI", client_secret="guess", redirect_uri=callback)[1]["error"] == "invalid_client"
    elsewhere = person.ask(client_id="PlatformCLI", redirect_uri="http://localhost:1718/OauthRedirect")
    assert (elsewhere.reply.status, json.loads(elsewhere.text)["error"]) == (400, "redirect_uri_mismatch")


def test_a_code_of_one_app_is_none_of_anothers(org, person):
    code = person.ask().log_in().follow().answer["code"]
    assert redeemed(org, code, client_id="PlatformCLI", client_secret="")[1]["error_description"] == "invalid authorization code"


# ---------------------------------------------------------------------- single access and frontdoor


def cli_token(org, person):
    callback = "http://localhost:1717/OauthRedirect"
    person.ask(client_id="PlatformCLI", redirect_uri=callback, scope="refresh_token api web").log_in(ADMIN).follow()
    return redeemed(org, person.send(save="Allow").answer["code"], client_id="PlatformCLI", client_secret="", redirect_uri=callback)[1]["access_token"]


def bridge(org, token):
    return org.handle(Request("POST", f"{LOGIN}/services/oauth2/singleaccess", (("Authorization", f"Bearer {token}"),)))


def test_a_token_with_web_scope_opens_a_browser_once(org, person):
    address = json.loads(bridge(org, cli_token(org, person)).body)["frontdoor_uri"]
    assert address.startswith("https://acme.my.salesforce.com/secur/frontdoor.jsp?otp=")
    path = address.removeprefix("https://acme.my.salesforce.com")
    fresh = Person(org, "https://acme.my.salesforce.com").go(path)
    assert fresh.location == "/"
    assert "You are logged in as admin@acme.example." in fresh.follow().text
    again = Person(org, "https://acme.my.salesforce.com").go(path)
    assert "sid" not in again.cookies


def test_a_token_without_web_scope_opens_no_browser(org):
    assert bridge(org, org.credentials.access_token).status == 403
    assert bridge(org, "nonsense").status == 401
    door = Person(org).go("/secur/frontdoor.jsp?" + urlencode({"sid": org.credentials.access_token}))
    assert "sid" not in door.cookies


# ---------------------------------------------------------------------- devices


def device_call(org, **form):
    reply = org.handle(Request("POST", f"{LOGIN}/services/oauth2/token", (), urlencode({"client_id": org.credentials.client_id, **form}).encode()))
    return reply.status, json.loads(reply.body)


def poll(org, code):
    status, values = device_call(org, grant_type="device", code=code)
    return status, values.get("error", "ok")


def test_a_device_waits_until_its_user_has_allowed_it(org, person):
    status, device = device_call(org, response_type="device_code", scope="api refresh_token")
    assert status == 200
    assert list(device) == ["device_code", "user_code", "verification_uri", "interval"]
    assert (device["verification_uri"], device["interval"]) == (f"{LOGIN}/setup/connect", 5)
    assert poll(org, device["device_code"]) == (400, "authorization_pending")
    assert poll(org, device["device_code"]) == (400, "slow_down")
    person.go("/setup/connect").send(user_code=device["user_code"].lower())
    person.follow().log_in(ADMIN).follow()
    assert f'value="{device["user_code"]}"' in person.text
    person.send()
    assert "is asking to" in person.text
    assert "Your device is connected" in person.send(save="Allow").text
    org.clock.advance(5)
    status, values = device_call(org, grant_type="device", code=device["device_code"])
    assert (status, values["scope"], "refresh_token" in values) == (200, "api refresh_token", True)
    assert org.receipt.facts["grant"] == "device"
    assert poll(org, device["device_code"]) == (400, "invalid_grant")


def test_a_denied_device_is_told_and_an_old_one_is_forgotten(org, person):
    _, first = device_call(org, response_type="device_code")
    _, second = device_call(org, response_type="device_code")
    person.go("/").log_in(ADMIN)
    person.go("/setup/connect?user_code=" + first["user_code"]).send().send(cancel="Deny")
    assert "was not connected" in person.text
    assert poll(org, first["device_code"]) == (400, "access_denied")
    org.clock.advance(600)
    assert poll(org, second["device_code"]) == (400, "invalid_grant")
    person.go("/setup/connect?user_code=" + second["user_code"]).send()
    assert person.error() == "The code you entered is invalid or has expired."


# ---------------------------------------------------------------------- OpenID Connect


@pytest.fixture
def open_id_org():
    from sfchaos.org.schema.library import standard_schema
    from sfchaos.org.schema.load import OrgModel
    from sfchaos.org.schema.people import ConnectedApp

    app = ConnectedApp("portal", scopes=("OpenID", "Api"), callback_urls=(CALLBACK,), requires_pkce=True)
    return Org(seed=3, schema=OrgModel(standard_schema(), connected_apps=(app,)))


def test_an_id_token_is_signed_by_the_key_that_the_org_publishes(open_id_org):
    org, person = open_id_org, Person(open_id_org)
    assert person.ask().answer["error_description"] == "missing required code challenge"
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    code = person.ask(code_challenge=challenge, nonce="n-1").log_in(ADMIN).follow().send(save="Allow").answer["code"]
    values = redeemed(org, code, code_verifier=verifier)[1]
    assert list(values) == ["access_token", "signature", "scope", "id_token", "instance_url", "id", "token_type", "issued_at"]
    keys = jwt.PyJWKSet.from_dict(json.loads(person.go("/id/keys").text))
    found = person.go("/.well-known/openid-configuration").text
    header = jwt.get_unverified_header(values["id_token"])
    claims = jwt.decode(values["id_token"], keys[header["kid"]].key, algorithms=["RS256"], audience=org.credentials.client_id, options={"verify_exp": False, "verify_iat": False})
    half = hashlib.sha256(values["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert (claims["sub"], claims["nonce"], claims["iss"]) == (values["id"], "n-1", json.loads(found)["issuer"])
    assert json.loads(found)["jwks_uri"] == f"{LOGIN}/id/keys"
    assert parse_qs(urlsplit(json.loads(found)["token_endpoint"]).query) == {}
