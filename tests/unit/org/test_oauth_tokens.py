"""Revoke, introspect, userinfo and the identity URL."""

import gzip
import json
from urllib.parse import urlencode

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

MY_DOMAIN = "https://acme.my.salesforce.com"


@pytest.fixture
def org():
    return Org(seed=3)


def call(org, method, path, fields=None, bearer=""):
    headers = (("Authorization", f"Bearer {bearer}"),) if bearer else ()
    return org.handle(Request(method, MY_DOMAIN + path, headers, urlencode(fields or {}).encode()))


def alive(org, access_token):
    return call(org, "GET", "/services/data/v62.0/limits", bearer=access_token).status


def refreshed(org):
    fields = {"grant_type": "refresh_token", "client_id": org.credentials.client_id, "refresh_token": org.credentials.refresh_token,
              "client_secret": org.credentials.client_secret}  # fmt: skip
    reply = call(org, "POST", "/services/oauth2/token", fields)
    return reply.status, json.loads(reply.body).get("access_token", "")


def test_revoking_a_refresh_token_makes_its_access_tokens_401(org):
    _, second = refreshed(org)
    reply = call(org, "POST", "/services/oauth2/revoke", {"token": org.credentials.refresh_token})
    assert (reply.status, reply.body) == (200, b"")
    assert (alive(org, org.credentials.access_token), alive(org, second)) == (401, 401)
    assert refreshed(org)[0] == 400


def test_revoking_an_access_token_leaves_the_refresh_token_alive(org):
    assert call(org, "GET", f"/services/oauth2/revoke?token={org.credentials.access_token.replace('!', '%21')}").status == 200
    assert alive(org, org.credentials.access_token) == 401
    assert refreshed(org)[0] == 200


def test_revoking_nonsense_is_refused_and_changes_nothing(org):
    reply = call(org, "POST", "/services/oauth2/revoke", {"token": "nonsense"})
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_token")
    assert org.receipt.applied == "no"


def test_introspect_tells_a_live_access_token_from_a_dead_one(org):
    fields = {"client_id": org.credentials.client_id, "client_secret": org.credentials.client_secret, "token": org.credentials.access_token}
    reply = json.loads(call(org, "POST", "/services/oauth2/introspect", fields).body)
    assert reply["active"] is True
    assert list(reply) == ["active", "scope", "client_id", "username", "sub", "token_type", "exp", "iat", "nbf"]
    assert (reply["username"], reply["exp"] - reply["iat"]) == ("sync@acme.example", 7200)
    org.clock.advance(7200)
    assert json.loads(call(org, "POST", "/services/oauth2/introspect", fields).body) == {"active": False}


def test_introspect_needs_the_clients_own_secret(org):
    fields = {"client_id": org.credentials.client_id, "client_secret": "wrong", "token": org.credentials.access_token}
    assert call(org, "POST", "/services/oauth2/introspect", fields).status == 400


def test_userinfo_names_the_user_and_leaves_the_version_open(org):
    reply = json.loads(call(org, "GET", "/services/oauth2/userinfo", bearer=org.credentials.access_token).body)
    assert reply["user_id"] == org.integration_user_id
    assert reply["preferred_username"] == "sync@acme.example"
    assert reply["urls"]["rest"] == MY_DOMAIN + "/services/data/v{version}/"
    assert isinstance(reply["utcOffset"], int)


def test_the_identity_url_is_readable_with_the_token_it_came_with(org):
    path = f"/id/{org.org_id}/{org.integration_user_id}"
    reply = json.loads(call(org, "GET", path + "?version=62.0", bearer=org.credentials.access_token).body)
    assert (reply["username"], reply["asserted_user"]) == ("sync@acme.example", True)
    assert reply["urls"]["query"] == MY_DOMAIN + "/services/data/v62.0/query/"


def test_userinfo_takes_the_token_from_a_form_too(org):
    reply = call(org, "POST", "/services/oauth2/userinfo", {"access_token": org.credentials.access_token})
    assert json.loads(reply.body)["user_id"] == org.integration_user_id


def test_another_user_is_shown_without_being_the_asserted_one(org):
    reply = json.loads(call(org, "GET", f"/id/{org.org_id}/{org.admin_user_id}", bearer=org.credentials.access_token).body)
    assert (reply["username"], reply["asserted_user"]) == ("admin@acme.example", False)


@pytest.mark.parametrize(
    ("path", "bearer", "expected"),
    [
        ("/id/00D5e0000000001EAA/0055e0000000001AAA", "", (403, b"Missing_OAuth_Token")),
        ("/id/00D5e0000000001EAA/0055e0000000001AAA", "nonsense", (403, b"Bad_OAuth_Token")),
        ("/id/00D5e0000000009EAA/0055e0000000001AAA", "ready", (403, b"Wrong_Org")),
        ("/id/00D5e0000000001/0055e0000009999", "ready", (404, b"Bad_Id")),
        ("/services/oauth2/userinfo", "nonsense", (403, b"Bad_OAuth_Token")),
    ],
)
def test_a_bad_identity_request_is_answered_with_one_word(org, path, bearer, expected):
    reply = call(org, "GET", path, bearer=org.credentials.access_token if bearer == "ready" else bearer)
    assert (reply.status, reply.body) == expected


def test_a_session_whose_time_is_up_cannot_be_revoked(org):
    token = org.credentials.access_token
    org.clock.advance(7200)
    reply = call(org, "POST", "/services/oauth2/revoke", {"token": token})
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_token")


def test_introspect_says_no_of_the_token_of_a_user_set_inactive(org):
    client = {"client_id": org.credentials.client_id, "client_secret": org.credentials.client_secret}
    asked = {"token": org.credentials.refresh_token, **client}
    assert json.loads(call(org, "POST", "/services/oauth2/introspect", asked).body)["active"] is True
    org.admin.update("User", org.integration_user_id, IsActive=False)
    assert json.loads(call(org, "POST", "/services/oauth2/introspect", asked).body) == {"active": False}


def test_a_form_may_come_compressed(org):
    fields = {"grant_type": "client_credentials", "client_id": org.credentials.client_id, "client_secret": org.credentials.client_secret}
    body = gzip.compress(urlencode(fields).encode())
    assert org.handle(Request("POST", MY_DOMAIN + "/services/oauth2/token", (("Content-Encoding", "gzip"),), body)).status == 200
    cut = org.handle(Request("POST", MY_DOMAIN + "/services/oauth2/token", (("Content-Encoding", "gzip"),), body[:20]))
    assert (cut.status, list(json.loads(cut.body))) == (400, ["error", "error_description"])


def test_a_path_below_oauth2_that_nothing_serves_is_404(org):
    assert call(org, "GET", "/services/oauth2/nothing").status == 404


def test_the_orgs_public_key_follows_from_the_seed_in_every_process(org):
    [key] = json.loads(call(org, "GET", "/id/keys").body)["keys"]
    assert (key["kty"], key["e"], len(key["n"])) == ("RSA", "AQAB", 342)
    assert key["n"].startswith("xrWxsl1Wf20oD8V2O95S")
