"""Each grant as a client meets it: reply keys and order, refusals, what the receipt tells."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

LOGIN = "https://login.salesforce.com"
MY_DOMAIN = "https://acme.my.salesforce.com"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.fixture
def org():
    return Org(seed=3)


def post(org, path, fields, origin=LOGIN, headers=()):
    return org.handle(Request("POST", origin + path, (*FORM, *headers), urlencode(fields).encode()))


def token(org, origin=LOGIN, headers=(), **fields):
    return post(org, "/services/oauth2/token", fields, origin, headers)


def client(org):
    return {"client_id": org.credentials.client_id, "client_secret": org.credentials.client_secret}


def password_fields(org):
    secret = org.credentials.password + org.credentials.security_token
    return {"grant_type": "password", "username": org.credentials.username, "password": secret, **client(org)}


def error_of(reply):
    return reply.status, json.loads(reply.body)


def alive(org, access_token):
    return org.handle(Request("GET", MY_DOMAIN + "/services/data/v62.0/limits", (("Authorization", f"Bearer {access_token}"),))).status


def test_password_reply_has_the_captured_keys_in_order_and_works_as_a_session(org):
    reply = token(org, **password_fields(org))
    values = json.loads(reply.body)
    assert reply.status == 200
    assert list(values) == ["access_token", "instance_url", "id", "token_type", "issued_at", "signature"]
    assert values["instance_url"] == MY_DOMAIN
    assert values["id"] == f"{LOGIN}/id/{org.org_id}/{org.integration_user_id}"
    assert values["issued_at"] == "1768467600000"  # 2026-01-15T09:00:00Z
    assert values["access_token"].startswith("00D5e0000000001!AQ")
    assert len(values["access_token"]) == 16 + 96
    assert alive(org, values["access_token"]) == 200


def test_signature_is_an_hmac_over_id_and_issued_at(org):
    values = json.loads(token(org, **password_fields(org)).body)
    text = (values["id"] + values["issued_at"]).encode()
    expected = hmac.new(org.credentials.client_secret.encode(), text, hashlib.sha256).digest()
    assert base64.b64decode(values["signature"]) == expected


def test_token_replies_carry_no_limit_header_and_are_not_stored_by_caches(org):
    reply = token(org, **password_fields(org))
    assert reply.header("Sforce-Limit-Info") == ""
    assert "no-store" in reply.header("Cache-Control")
    assert reply.header("Content-Type") == "application/json;charset=UTF-8"
    assert org.limits.used == 0


def test_a_password_without_the_security_token_is_refused(org):
    fields = {**password_fields(org), "password": org.credentials.password}
    assert error_of(token(org, **fields)) == (400, {"error": "invalid_grant", "error_description": "authentication failure"})
    assert org.receipt.error_codes == ("invalid_grant",)
    assert org.receipt.applied == "no"


def test_an_unknown_user_and_a_wrong_password_read_the_same(org):
    stranger = token(org, **{**password_fields(org), "username": "nobody@acme.example"})
    wrong = token(org, **{**password_fields(org), "password": "not the password"})
    assert json.loads(stranger.body) == json.loads(wrong.body) == {"error": "invalid_grant", "error_description": "authentication failure"}


def test_user_names_are_compared_without_case(org):
    assert token(org, **{**password_fields(org), "username": org.credentials.username.upper()}).status == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "3MVG9unknown"}, ("invalid_client_id", "client identifier invalid")),
        ({"client_secret": "wrong"}, ("invalid_client", "invalid client credentials")),
        ({"client_secret": ""}, ("invalid_client", "invalid client credentials")),
        ({"client_id": ""}, ("invalid_request", "missing required parameter: client_id")),
        ({"username": ""}, ("invalid_request", "missing required parameter: username")),
        ({"grant_type": "implicit"}, ("unsupported_grant_type", "grant type not supported")),
    ],
)
def test_a_wrong_part_of_the_request_is_named(org, change, error):
    reply = token(org, **{**password_fields(org), **change})
    assert error_of(reply) == (400, {"error": error[0], "error_description": error[1]})


def test_get_on_the_token_endpoint_is_refused(org):
    reply = org.handle(Request("GET", f"{LOGIN}/services/oauth2/token?{urlencode(password_fields(org))}"))
    assert error_of(reply) == (400, {"error": "invalid_request", "error_description": "must use HTTP POST"})


def test_the_client_may_prove_itself_by_http_basic(org):
    fields = password_fields(org)
    pair = base64.b64encode(f"{fields.pop('client_id')}:{fields.pop('client_secret')}".encode()).decode()
    assert token(org, headers=(("Authorization", f"Basic {pair}"),), **fields).status == 200


def test_an_unrelated_authorization_header_on_a_token_call_is_ignored(org):
    assert token(org, headers=(("Authorization", "Bearer stale"),), **password_fields(org)).status == 200


def test_parameters_in_the_query_string_of_a_post_work(org):
    reply = org.handle(Request("POST", f"{LOGIN}/services/oauth2/token?{urlencode(password_fields(org))}"))
    assert reply.status == 200


def test_format_urlencoded_and_xml_are_answered_in_kind(org):
    as_form = token(org, format="urlencoded", **password_fields(org))
    assert parse_qs(as_form.body.decode())["token_type"] == ["Bearer"]
    as_xml = token(org, format="xml", grant_type="nonsense")
    assert b"<OAuth><error>unsupported_grant_type</error>" in as_xml.body


def test_logging_in_again_gives_the_live_session_back_and_a_new_one_after_its_end(org):
    first = json.loads(token(org, **password_fields(org)).body)["access_token"]
    org.clock.advance(60)
    assert json.loads(token(org, **password_fields(org)).body)["access_token"] == first
    org.sessions.expire_session(first)
    assert alive(org, first) == 401
    assert json.loads(token(org, **password_fields(org)).body)["access_token"] != first


def test_the_receipt_tells_grant_credential_and_issued_token_by_label(org):
    values = json.loads(token(org, **password_fields(org)).body)
    facts = org.receipt.facts
    assert facts["grant"] == "password"
    assert facts["credential"] == org.secrets.label(org.credentials.password)
    assert facts["issued"] == org.secrets.label(values["access_token"])
    assert facts["scopes"] == "id api refresh_token"
    assert (org.receipt.applied, org.receipt.user) == ("yes", org.integration_user_id)


def test_client_credentials_work_on_the_my_domain_only(org):
    fields = {"grant_type": "client_credentials", **client(org)}
    elsewhere = token(org, **fields)
    assert error_of(elsewhere) == (400, {"error": "invalid_grant", "error_description": "request not supported on this domain"})
    values = json.loads(token(org, MY_DOMAIN, **fields).body)
    assert list(values) == ["access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"]
    assert values["scope"] == "id api"


def test_a_scope_the_app_does_not_have_is_refused_and_a_smaller_one_is_granted(org):
    fields = {"grant_type": "client_credentials", **client(org)}
    refused = token(org, MY_DOMAIN, scope="full", **fields)
    assert error_of(refused) == (400, {"error": "invalid_scope", "error_description": "the requested scope is not allowed"})
    values = json.loads(token(org, MY_DOMAIN, scope="id", **fields).body)
    assert values["scope"] == "id"
    assert (org.receipt.facts["scopes_asked"], org.receipt.facts["scopes"]) == ("id", "id")
    reply = org.handle(Request("GET", MY_DOMAIN + "/services/data/v62.0/limits", (("Authorization", f"Bearer {values['access_token']}"),)))
    assert (reply.status, json.loads(reply.body)[0]["message"]) == (401, "This session is not valid for use with the REST API")


def refresh_fields(org, text):
    return {"grant_type": "refresh_token", "refresh_token": text, **client(org)}


def test_a_refresh_keeps_the_refresh_token_and_gives_a_new_access_token(org):
    values = json.loads(token(org, **refresh_fields(org, org.credentials.refresh_token)).body)
    assert list(values) == ["access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"]
    assert values["access_token"] != org.credentials.access_token
    assert alive(org, values["access_token"]) == 200
    assert token(org, **refresh_fields(org, org.credentials.refresh_token)).status == 200


def test_a_refresh_needs_the_secret(org):
    fields = refresh_fields(org, org.credentials.refresh_token)
    del fields["client_secret"]
    for wrong in ({}, {"client_secret": ""}, {"client_secret": "wrong"}):
        assert error_of(token(org, **wrong, **fields)) == (400, {"error": "invalid_client", "error_description": "invalid client credentials"})


def test_a_verifier_does_not_stand_in_for_the_secret(org):
    verifier = "a" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    for asked in ({}, {"code_challenge": challenge}):
        fields = code_fields(org, code_of(org, **asked)["code"])
        del fields["client_secret"]
        assert error_of(token(org, code_verifier=verifier, **fields))[1]["error"] == "invalid_client"


def test_an_unknown_refresh_token_is_expired(org):
    expected = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert error_of(token(org, **refresh_fields(org, "5Aep861nonsense"))) == (400, expected)


def test_with_rotation_the_old_refresh_token_dies_and_the_new_one_works(org):
    org.identity.rotate_refresh_tokens(0)
    old = org.credentials.refresh_token
    values = json.loads(token(org, **refresh_fields(org, old)).body)
    assert list(values)[:2] == ["access_token", "refresh_token"]
    assert org.receipt.facts["refresh"] == org.secrets.label(values["refresh_token"])
    assert org.receipt.facts["rotated_from"] == org.secrets.label(old)
    assert error_of(token(org, **refresh_fields(org, old)))[1]["error_description"] == "expired access/refresh token"
    assert token(org, **refresh_fields(org, values["refresh_token"])).status == 200


def test_a_rotated_refresh_token_lives_on_for_the_grace(org):
    org.identity.rotate_refresh_tokens(30)
    old = org.credentials.refresh_token
    assert token(org, **refresh_fields(org, old)).status == 200
    org.clock.advance(29)
    assert token(org, **refresh_fields(org, old)).status == 200
    org.clock.advance(1)
    assert token(org, **refresh_fields(org, old)).status == 400


def code_of(org, **more):
    """Of a browser in which the integration user is logged in already; consent was given before."""
    query = {"response_type": "code", "client_id": org.credentials.client_id, "redirect_uri": "https://app.example/cb", **more}
    browser = org.sessions.open(org.integration_user_id, grant="login-page", kind="ui", scopes=("full",))
    reply = org.handle(Request("GET", f"{LOGIN}/services/oauth2/authorize?{urlencode(query)}", (("Cookie", f"sid={browser.token}"),)))
    assert reply.status == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.header("Location")).query).items()}


def code_fields(org, code):
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.example/cb", **client(org)}


def test_a_code_is_good_once_and_brings_a_refresh_token(org):
    answer = code_of(org, state="xyz")
    assert answer["state"] == "xyz"
    values = json.loads(token(org, **code_fields(org, answer["code"])).body)
    assert list(values)[:2] == ["access_token", "refresh_token"]
    assert org.receipt.facts["grant"] == "web-server"
    again = token(org, **code_fields(org, answer["code"]))
    assert error_of(again) == (400, {"error": "invalid_grant", "error_description": "expired authorization code"})


def test_a_code_dies_after_15_minutes_and_a_foreign_one_is_invalid(org):
    code = code_of(org)["code"]
    org.clock.advance(900)
    assert error_of(token(org, **code_fields(org, code)))[1]["error_description"] == "expired authorization code"
    assert error_of(token(org, **code_fields(org, "aPrxwrong")))[1]["error_description"] == "invalid authorization code"


def test_a_code_with_a_challenge_needs_its_verifier(org):
    verifier = "a" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    code = code_of(org, code_challenge=challenge, code_challenge_method="S256")["code"]
    wrong = token(org, code_verifier="b" * 64, **code_fields(org, code))
    assert error_of(wrong)[1]["error_description"] == "invalid code verifier"
    assert token(org, code_verifier=verifier, **code_fields(org, code)).status == 200


@pytest.mark.parametrize("uri", ["no-uri", "https://app.example/\r\nX-Evil: 1", "https:"])
def test_a_redirect_that_is_no_uri_is_refused_and_not_followed(org, uri):
    query = urlencode({"response_type": "code", "client_id": org.credentials.client_id, "redirect_uri": uri})
    reply = org.handle(Request("GET", f"{LOGIN}/services/oauth2/authorize?{query}"))
    assert error_of(reply) == (400, {"error": "redirect_uri_mismatch", "error_description": "redirect_uri must match configuration"})
    assert reply.header("Location") == ""


def test_errors_of_the_browser_step_travel_on_the_redirect(org):
    assert code_of(org, response_type="magic", state="s") == {
        "error": "unsupported_response_type", "error_description": "response type not supported", "state": "s"}  # fmt: skip
    assert code_of(org, scope="full")["error"] == "invalid_scope"


def test_a_sixth_refresh_token_kills_the_first(org):
    first = org.credentials.refresh_token
    others = [json.loads(token(org, **code_fields(org, code_of(org)["code"])).body)["refresh_token"] for _ in range(4)]
    assert token(org, **refresh_fields(org, first)).status == 200
    others.append(json.loads(token(org, **code_fields(org, code_of(org)["code"])).body)["refresh_token"])
    assert token(org, **refresh_fields(org, first)).status == 400
    assert [token(org, **refresh_fields(org, text)).status for text in others] == [200] * 5


def test_a_locked_out_user_is_refused_even_with_the_right_password_until_15_minutes_have_gone(org):
    wrong = {**password_fields(org), "password": "guess"}
    for _ in range(10):
        token(org, **wrong)
    assert token(org, **password_fields(org)).status == 400
    org.clock.advance(899)
    assert token(org, **password_fields(org)).status == 400
    org.clock.advance(1)
    assert token(org, **password_fields(org)).status == 200


def test_more_than_3600_logins_in_an_hour_are_refused(org):
    fields = password_fields(org)
    org.registers.identity.update({"logins:sync@acme.example|total": 3599, "logins:sync@acme.example|oldest": int(org.now_s() // 60),
                                   f"logins:sync@acme.example|minute|{int(org.now_s() // 60)}": 3599})  # fmt: skip
    assert token(org, **fields).status == 200
    assert error_of(token(org, **fields)) == (400, {"error": "invalid_grant", "error_description": "login rate exceeded"})
    org.clock.advance(3600)
    assert token(org, **fields).status == 200


def test_revoking_access_ends_sessions_refresh_and_every_login(org):
    access, refresh = org.credentials.access_token, org.credentials.refresh_token
    org.identity.revoke_user_access(access)
    assert alive(org, access) == 401
    assert error_of(token(org, **refresh_fields(org, refresh)))[1]["error_description"] == "expired access/refresh token"
    assert error_of(token(org, **password_fields(org))) == (400, {"error": "invalid_grant", "error_description": "inactive user"})
    assert error_of(token(org, MY_DOMAIN, grant_type="client_credentials", **client(org)))[1]["error_description"] == "inactive user"


def test_over_plain_http_every_url_in_the_reply_is_the_callers_own_origin(org):
    values = json.loads(token(org, "http://127.0.0.1:8700", **password_fields(org)).body)
    assert values["instance_url"] == "http://127.0.0.1:8700"
    assert values["id"].startswith("http://127.0.0.1:8700/id/00D")


def test_logins_are_kept_in_login_history_also_those_that_failed(org):
    token(org, **password_fields(org))
    token(org, **{**password_fields(org), "password": "wrong password"})
    rows = org.store.all('SELECT "Status", "LoginType", "LoginTime" FROM "LoginHistory" ORDER BY "Id"')
    assert rows == [("Success", "Remote Access 2.0", "2026-01-15T09:00:00.000+0000"), ("Invalid Password", "Remote Access 2.0", "2026-01-15T09:00:00.000+0000")]


def test_a_refused_login_leaves_no_secret_in_the_reply(org):
    reply = token(org, **{**password_fields(org), "client_secret": "wrong"})
    assert org.secrets.hits(reply.body.decode()) == []
