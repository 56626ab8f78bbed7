"""Who is not let in, and what each door and LoginHistory say of it; policies of connected apps; scopes; sessions and tokens as rows."""

import json
import re
from urllib.parse import quote, urlencode

import jwt
import pytest

from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request
from sfchaos.org.identity.login_history import browser_of, platform_of
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.people import ConnectedApp, PermissionSet

LOGIN = "https://login.salesforce.com"
MY_DOMAIN = "https://acme.my.salesforce.com"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.1"
OFFICE_RANGE = ("203.0.113.0", "203.0.113.255")


@pytest.fixture
def org():
    return Org(seed=3)


def org_with(*apps, **model):
    return Org(seed=3, schema=OrgModel(standard_schema(), connected_apps=apps, **model))


def token(org, origin=LOGIN, **form):
    reply = org.handle(Request("POST", f"{origin}/services/oauth2/token", (("User-Agent", "Mozilla/5.0 (X11; Linux) Chrome/120.0"),), urlencode(form).encode()))
    assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]
    return reply.status, json.loads(reply.body)


def client(org):
    return {"client_id": org.credentials.client_id, "client_secret": org.credentials.client_secret}


def by_password(org, secret=None):
    known = org.credentials
    return token(org, grant_type="password", username=known.username, password=secret or known.password + known.security_token, **client(org))


def by_jwt(org, username=None):
    claims = {"iss": org.credentials.client_id, "sub": username or org.credentials.username, "aud": LOGIN, "exp": int(org.now_s()) + 100}
    return token(org, grant_type=JWT_GRANT, assertion=jwt.encode(claims, org.credentials.private_key_pem(), algorithm="RS256"))


def by_refresh(org):
    return token(org, grant_type="refresh_token", refresh_token=org.credentials.refresh_token, **client(org))


def by_soap(org):
    known = org.credentials
    body = (f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><login xmlns="urn:partner.soap.sforce.com"><username>{known.username}</username>'
            f"<password>{known.password}{known.security_token}</password></login></e:Body></e:Envelope>")  # fmt: skip
    reply = org.handle(Request("POST", LOGIN + "/services/Soap/u/58.0", (), body.encode()))
    found = re.search(rb"<sf:exceptionCode>(\w+)<", reply.body)
    return found[1].decode() if found else "ok"


def refused(answer):
    status, values = answer
    return status, values.get("error"), values.get("error_description")


def statuses(org):
    return [row[0] for row in org.store.all('SELECT "Status" FROM "LoginHistory" ORDER BY "Id"')]


def alive(org, access_token):
    return org.handle(Request("GET", MY_DOMAIN + "/services/data/v62.0/limits", (("Authorization", f"Bearer {access_token}"),))).status


def query(org, soql):
    reply = org.handle(Request("GET", f"{MY_DOMAIN}/services/data/v62.0/query?q={quote(soql)}", (("Authorization", f"Bearer {org.credentials.access_token}"),)))
    assert reply.status == 200, reply.body
    return [{name: value for name, value in record.items() if name != "attributes"} for record in json.loads(reply.body)["records"]]


def profile_of(org):
    return org.store.one('SELECT p."Name" FROM "Profile" p JOIN "User" u ON u."ProfileId" = p."Id" WHERE u."Id" = ?', (org.integration_user_id,))[0]


# ---------------------------------------------------------------------- where and when


def test_outside_the_profiles_ip_ranges_no_door_opens(org):
    org.identity.policies.restrict(profile_of(org), ip_ranges=[OFFICE_RANGE])
    expected = (400, "invalid_grant", "ip restricted")
    assert [refused(by(org)) for by in (by_password, by_jwt, by_refresh)] == [expected] * 3
    assert by_soap(org) == "LOGIN_DURING_RESTRICTED_DOMAIN"
    assert statuses(org) == ["Restricted IP"] * 4
    org.identity.policies.move_client(OFFICE)
    assert [by(org)[0] for by in (by_password, by_jwt, by_refresh)] == [200] * 3
    assert org.store.one('SELECT "SourceIp" FROM "LoginHistory" ORDER BY "Id" DESC')[0] == OFFICE


def test_a_header_does_not_move_the_client(org):
    org.identity.policies.restrict(profile_of(org), ip_ranges=[OFFICE_RANGE])
    form = {"grant_type": "refresh_token", "refresh_token": org.credentials.refresh_token, **client(org)}
    assert org.handle(Request("POST", LOGIN + "/services/oauth2/token", (("X-Forwarded-For", OFFICE),), urlencode(form).encode())).status == 400


def test_outside_login_hours_no_door_opens(org):  # the clock starts on a Thursday at 9:00 GMT
    org.identity.policies.restrict(profile_of(org), hours=[("thursday", 0, 541), ("friday", 540, 600)])
    assert by_password(org)[0] == 200
    org.clock.advance(60)
    assert refused(by_password(org)) == (400, "invalid_grant", "IP restricted or invalid login hours")
    assert by_soap(org) == "LOGIN_DURING_RESTRICTED_TIME"
    assert statuses(org) == ["Success", "Restricted Time", "Restricted Time"]
    org.clock.advance(86_400)
    assert by_refresh(org)[0] == 200


def test_an_org_files_profile_brings_its_ranges(org):
    found = org_with(profiles={"Integration": PermissionSet(system=("ApiEnabled",), login_ip_ranges=(OFFICE_RANGE,))})
    assert found.registers.identity["policy:integration"].ip_ranges == (OFFICE_RANGE,)


def test_from_a_trusted_range_the_security_token_is_not_needed(org):
    assert by_password(org, org.credentials.password)[0] == 400
    assert statuses(org) == ["Failed: API security token required"]
    org.identity.policies.trust(OFFICE_RANGE)
    org.identity.policies.move_client(OFFICE)
    assert by_password(org, org.credentials.password)[0] == 200
    assert by_password(org)[0] == 200
    assert by_password(org, "wrong")[0] == 400


def test_the_world_moves_the_client_and_restricts_logins(org):
    org.world.restrict_logins(profile_of(org), ip_ranges=[OFFICE_RANGE], hours=[("thursday", 0, 1440)])
    assert refused(by_refresh(org))[2] == "ip restricted"
    org.world.move_client(OFFICE)
    assert by_refresh(org)[0] == 200


@pytest.mark.parametrize("wrong", [("10.0.0.9", "10.0.0.1"), ("here", "there"), ("10.0.0.1", "::1")])
def test_a_range_that_is_none_is_named(org, wrong):
    with pytest.raises(UsageError, match=re.escape(wrong[0])):
        org.identity.policies.restrict("Integration", ip_ranges=[wrong])


def test_a_reset_puts_address_and_restrictions_back(org):
    before = org.digest()
    org.identity.policies.restrict(profile_of(org), ip_ranges=[OFFICE_RANGE])
    org.identity.policies.move_client(ELSEWHERE)
    by_password(org)
    org.reset()
    assert org.digest() == before
    assert by_password(org)[0] == 200


# ---------------------------------------------------------------------- users


def test_a_user_set_inactive_is_out_at_once_and_cannot_come_back(org):
    access = org.credentials.access_token
    org.admin.update("User", org.integration_user_id, IsActive=False)
    assert alive(org, access) == 401
    assert [refused(by(org)) for by in (by_password, by_jwt, by_refresh)] == [(400, "invalid_grant", "inactive user")] * 3
    assert by_soap(org) == "INVALID_LOGIN"
    assert statuses(org) == ["User is Inactive"] * 4
    org.admin.update("User", org.integration_user_id, IsActive=True)
    assert (by_refresh(org)[0], alive(org, access)) == (200, 401)


def test_other_changes_of_a_user_end_no_session(org):
    org.admin.update("User", org.integration_user_id, LastName="New")
    assert alive(org, org.credentials.access_token) == 200


def test_a_frozen_user_cannot_log_in_until_thawed(org):
    row_id = org.admin.rows("UserLogin", UserId=org.integration_user_id)[0]["Id"]
    org.admin.update("UserLogin", row_id, IsFrozen=True)
    assert alive(org, org.credentials.access_token) == 401
    assert refused(by_password(org)) == (400, "invalid_grant", "inactive user")
    assert statuses(org) == ["User is Frozen"]
    org.admin.update("UserLogin", row_id, IsFrozen=False)
    assert by_password(org)[0] == 200


def test_a_locked_out_user_shows_in_user_login_and_in_the_history(org):
    for _ in range(10):
        by_password(org, "wrong")
    by_password(org)
    assert statuses(org) == ["Invalid Password"] * 10 + ["Password Lockout"]
    assert query(org, f"SELECT IsPasswordLocked FROM UserLogin WHERE UserId = '{org.integration_user_id}'") == [{"IsPasswordLocked": True}]
    org.clock.advance(900)
    assert org.admin.rows("UserLogin", UserId=org.integration_user_id)[0]["IsPasswordLocked"] is False


def test_passwords_expire_after_the_days_of_the_policy(org):
    org.identity.expire_passwords_after(90)
    org.clock.advance(90 * 86_400 - 1)
    assert by_password(org)[0] == 200
    org.clock.advance(1)
    assert refused(by_password(org)) == (400, "invalid_grant", "authentication failure")
    assert statuses(org)[-1] == "Password Expired"
    org.identity.set_password(org.integration_user_id, "another one altogether")
    assert by_password(org, "another one altogether" + org.credentials.security_token)[0] == 200


def test_every_row_of_the_history_says_by_what_and_from_where(org):
    by_refresh(org)
    by_soap(org)
    rows = org.admin.rows("LoginHistory")
    kept = [{name: row[name] for name in ("LoginType", "Application", "ApiType", "ApiVersion", "LoginUrl", "Browser", "Platform", "TlsProtocol")} for row in rows]
    assert kept[0] == {"LoginType": "Remote Access 2.0", "Application": "Integration", "ApiType": "N/A", "ApiVersion": "N/A",
                       "LoginUrl": "login.salesforce.com", "Browser": "Chrome 120", "Platform": "Linux", "TlsProtocol": "TLS 1.3"}  # fmt: skip
    assert (kept[1]["LoginType"], kept[1]["ApiType"], kept[1]["ApiVersion"]) == ("Partner Product", "SOAP Partner", "58.0")
    assert (browser_of("python-requests/2.32"), platform_of("Mozilla/5.0 (Windows NT 10.0; Win64)")) == ("Unknown", "Windows 10")


# ---------------------------------------------------------------------- apps


def test_the_first_app_of_an_org_file_is_the_one_of_the_environment():
    org = org_with(ConnectedApp("sync", label="Nightly Sync", consumer_key="3MVG9own", scopes=("Api", "RefreshToken")), ConnectedApp("other"))
    assert org.credentials.environment()["SF_CLIENT_ID"] == "3MVG9own"
    assert by_password(org)[0] == 200
    assert query(org, "SELECT Name FROM ConnectedApplication ORDER BY Name") == [{"Name": "Nightly Sync"}, {"Name": "other"}]
    first, second, *_ = org.apps.all()
    assert second.client_id.startswith("3MVG9")
    assert len({first.client_secret, second.client_secret}) == 2
    assert refused(token(org, grant_type="refresh_token", refresh_token=org.credentials.refresh_token, client_id=second.client_id,
                         client_secret=second.client_secret))[2] == "expired access/refresh token"  # fmt: skip


def test_an_app_for_approved_users_refuses_the_others():
    app = ConnectedApp("sync", permitted_users="admin-approved", consumer_key="3MVG9own")
    org = org_with(app)
    expected = (400, "invalid_app_access", "user is not admin approved to access this app")
    assert [refused(by(org)) for by in (by_password, by_jwt, by_refresh)] == [expected] * 3
    assert statuses(org) == ["Failed: Not approved for access"] * 3
    profile = org.store.one('SELECT "ProfileId" FROM "User" WHERE "Id" = ?', (org.integration_user_id,))[0]
    owned = org.admin.rows("PermissionSet", ProfileId=profile)[0]["Id"]
    org.admin.create("SetupEntityAccess", ParentId=owned, SetupEntityId=org.apps.row_id(org.apps.first))
    assert [by(org)[0] for by in (by_password, by_jwt, by_refresh)] == [200] * 3


def test_jwt_needs_a_consent_that_was_given_before():
    org = org_with(ConnectedApp("sync", consumer_key="3MVG9own"))
    assert by_jwt(org)[0] == 200, "the integration user holds a refresh token"
    assert refused(by_jwt(org, "admin@acme.example")) == (400, "invalid_grant", "user hasn't approved this consumer")
    org.identity.approve(org.admin_user_id, org.apps.first, ("api",))
    assert by_jwt(org, "admin@acme.example")[0] == 200


def test_client_credentials_need_a_user_to_run_as():
    form = {"grant_type": "client_credentials"}
    org = org_with(ConnectedApp("sync"))
    assert refused(token(org, MY_DOMAIN, **form, **client(org)))[2] == "no client credentials user enabled"
    org = org_with(ConnectedApp("sync", run_as="admin@acme.example"))
    assert token(org, MY_DOMAIN, **form, **client(org))[1]["id"].endswith(org.admin_user_id)


def test_an_apps_own_ranges_stand_in_for_the_profiles_and_may_be_relaxed():
    org = org_with(ConnectedApp("sync", ip_ranges=(OFFICE_RANGE,)))
    assert refused(by_refresh(org))[2] == "ip restricted"
    org.identity.policies.move_client(OFFICE)
    assert by_refresh(org)[0] == 200
    relaxed = org_with(ConnectedApp("sync", ip_ranges=(OFFICE_RANGE,), relax_ip=True))
    assert by_refresh(relaxed)[0] == 200


@pytest.mark.parametrize(
    ("policy", "first_s", "second_s", "expected"),
    [("immediately", 0, 0, [400, 400]), ("after-issued", 3599, 1, [200, 400]), ("after-unused", 3599, 3599, [200, 200]), ("after-unused", 3599, 3600, [200, 400])],
)
def test_refresh_tokens_live_as_the_app_says(policy, first_s, second_s, expected):
    org = org_with(ConnectedApp("sync", refresh_policy=policy, refresh_valid_s=3600))
    org.clock.advance(first_s)
    first = by_refresh(org)[0]
    org.clock.advance(second_s)
    assert [first, by_refresh(org)[0]] == expected


def test_an_app_may_let_its_secret_be_left_out_of_a_refresh():
    org = org_with(ConnectedApp("sync", requires_secret_to_refresh=False))
    form = {"grant_type": "refresh_token", "refresh_token": org.credentials.refresh_token, "client_id": org.credentials.client_id}
    assert token(org, **form)[0] == 200
    assert refused(token(org, client_secret="wrong", **form)) == (400, "invalid_client", "invalid client credentials")


def test_an_app_that_rotates_gives_no_grace():
    org = org_with(ConnectedApp("sync", rotates_refresh_tokens=True))
    status, values = by_refresh(org)
    assert (status, "refresh_token" in values, by_refresh(org)[0]) == (200, True, 400)


def test_sessions_of_an_app_last_as_long_as_it_says():
    org = org_with(ConnectedApp("sync", session_timeout_s=900))
    access = by_refresh(org)[1]["access_token"]
    org.clock.advance(460)
    assert alive(org, access) == 200, "renewed: half of its time has gone"
    org.clock.advance(899)
    assert alive(org, access) == 200
    org.clock.advance(901)
    assert alive(org, access) == 401


# ---------------------------------------------------------------------- scopes


def with_scopes(org, *scopes):
    return org.sessions.open(org.integration_user_id, grant="web-server", app_id=org.credentials.client_id, scopes=scopes).token


@pytest.mark.parametrize(
    ("scopes", "path", "opened"),
    [(("api",), "/limits", True), (("full",), "/limits", True), (("web",), "/limits", False), (("id", "openid"), "/limits", False),
     (("chatter_api",), "/chatter/users/me", True), (("chatter_api",), "/limits", False), (("wave_api",), "/wave", True)],
)  # fmt: skip
def test_scopes_open_what_they_are_for(org, scopes, path, opened):
    reply = org.handle(Request("GET", MY_DOMAIN + "/services/data/v62.0" + path, (("Authorization", f"Bearer {with_scopes(org, *scopes)}"),)))
    refusal = b"This session is not valid for use with the REST API" in reply.body
    assert refusal is not opened


def test_the_identity_url_needs_an_identity_scope(org):
    path = f"{MY_DOMAIN}/id/{org.org_id}/{org.integration_user_id}"
    answers = [org.handle(Request("GET", path, (("Authorization", f"Bearer {with_scopes(org, scope)}"),))) for scope in ("api", "id")]
    assert [(answer.status, answer.body[:9]) for answer in answers] == [(403, b"No_Access"), (200, b'{"id":"ht')]


def test_identity_is_also_told_as_xml_and_form(org):
    path = f"{MY_DOMAIN}/id/{org.org_id}/{org.integration_user_id}"
    bearer = (("Authorization", f"Bearer {org.credentials.access_token}"),)
    as_xml = org.handle(Request("GET", path + "?format=xml", bearer))
    assert b"<username>sync@acme.example</username>" in as_xml.body
    assert b"<urls><enterprise>" in as_xml.body
    assert b"username=sync%40acme.example" in org.handle(Request("GET", path + "?format=urlencoded", bearer)).body


# ---------------------------------------------------------------------- rows


def test_sessions_are_rows_and_the_one_that_asks_is_current(org):
    other = with_scopes(org, "api")
    rows = query(org, "SELECT UsersId, SessionType, NumSecondsValid, IsCurrent, SourceIp FROM AuthSession ORDER BY Id")
    assert [row["IsCurrent"] for row in rows] == [True, False]
    assert rows[0] == {"UsersId": org.integration_user_id, "SessionType": "Oauth2", "NumSecondsValid": 7200, "IsCurrent": True, "SourceIp": "127.0.0.1"}
    org.sessions.end(other)
    assert len(query(org, "SELECT Id FROM AuthSession")) == 1


def test_an_expired_session_is_no_row_any_more(org):
    with_scopes(org, "api")
    org.clock.advance(4000)
    assert alive(org, org.credentials.access_token) == 200
    org.clock.advance(4000)
    assert len(query(org, "SELECT Id FROM AuthSession")) == 1


def delete(org, sobject, record_id):
    return org.handle(Request("DELETE", f"{MY_DOMAIN}/services/data/v62.0/sobjects/{sobject}/{record_id}", (("Authorization", f"Bearer {org.credentials.access_token}"),)))


def test_deleting_the_row_of_a_session_ends_it(org):
    other = with_scopes(org, "api")
    row_id = query(org, "SELECT Id FROM AuthSession WHERE IsCurrent = false")[0]["Id"]
    assert delete(org, "AuthSession", row_id).status == 204
    assert (alive(org, other), alive(org, org.credentials.access_token)) == (401, 200)


def test_tokens_are_rows_that_count_their_use_and_can_be_revoked_by_deleting(org):
    by_refresh(org)
    by_jwt(org)
    rows = query(org, "SELECT Id, AppName, UseCount, UserId, AccessToken FROM OauthToken ORDER BY UseCount DESC")
    assert [(row["AppName"], row["UseCount"], row["AccessToken"]) for row in rows] == [("Integration", 2, None), ("Integration", 1, None)]
    assert delete(org, "OauthToken", rows[1]["Id"]).status == 204
    assert delete(org, "OauthToken", rows[0]["Id"]).status == 204
    assert refused(by_refresh(org))[2] == "expired access/refresh token"
    assert alive(org, org.credentials.access_token) == 401
    assert org.registers.sessions == {}


def test_a_new_user_has_a_row_of_user_login(org):
    profile = org.store.one('SELECT "Id" FROM "Profile"')[0]
    user_id = org.admin.create("User", Username="new@acme.example", LastName="New", Email="new@acme.example", Alias="new", ProfileId=profile, TimeZoneSidKey="GMT",
                               LocaleSidKey="en_US", EmailEncodingKey="UTF-8", LanguageLocaleKey="en_US")  # fmt: skip
    assert query(org, f"SELECT IsFrozen FROM UserLogin WHERE UserId = '{user_id}'") == [{"IsFrozen": False}]


# ---------------------------------------------------------------------- grants that are refused


@pytest.mark.parametrize(
    ("grant", "field", "error"),
    [("saml2-bearer", "assertion", ("invalid_grant", "invalid assertion")), ("token-exchange", "subject_token", ("invalid_request", "token exchange handler is not configured"))],
)
def test_grants_that_need_somebody_elses_key_are_refused_in_kind(org, grant, field, error):
    name = f"urn:ietf:params:oauth:grant-type:{grant}"
    assert refused(token(org, grant_type=name, **{field: "x"})) == (400, *error)
    assert refused(token(org, grant_type=name))[2] == f"missing required parameter: {field}"
