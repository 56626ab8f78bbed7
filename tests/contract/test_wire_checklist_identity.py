"""The lines of the wire reference's checklist that concern logins, sessions and tokens, through every door."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests

HOST = "https://acme.my.salesforce.com"
LOGIN = "https://login.salesforce.com"
CALLBACK = "https://app.example/back"
BASE_KEYS = ["access_token", "instance_url", "id", "token_type", "issued_at", "signature"]


@pytest.fixture
def http(place: Any) -> requests.Session:
    found: requests.Session = place.session()
    return found


def own(place: Any) -> dict[str, str]:
    return {"client_id": place.org.credentials.client_id, "client_secret": place.org.credentials.client_secret}


def token(http: requests.Session, host: str = LOGIN, **form: str) -> requests.Response:
    return http.post(f"{host}/services/oauth2/token", data=form)


def refreshed(place: Any, http: requests.Session, text: str) -> requests.Response:
    return token(http, grant_type="refresh_token", refresh_token=text, **own(place))


def limits(http: requests.Session, access_token: str, scheme: str = "Bearer") -> requests.Response:
    return http.get(f"{HOST}/services/data/v62.0/limits", headers={"Authorization": f"{scheme} {access_token}"})


def consented(place: Any, http: requests.Session) -> dict[str, Any]:
    """Tokens of a person who is logged in at the login host and has consented before."""
    browser = place.org.sessions.open(place.org.integration_user_id, grant="login-page", kind="ui", scopes=("full",))
    asked = {"response_type": "code", "client_id": place.org.credentials.client_id, "redirect_uri": CALLBACK}
    sent = http.get(f"{LOGIN}/services/oauth2/authorize", params=asked, headers={"Cookie": f"sid={browser.token}"}, allow_redirects=False)
    code = dict(parse_qsl(urlsplit(sent.headers["Location"]).query))["code"]
    found: dict[str, Any] = token(http, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **own(place)).json()
    return found


def test_16_bearer_and_oauth_are_taken_and_a_wrong_token_is_401_with_the_exact_text(place: Any, http: requests.Session) -> None:
    assert [limits(http, place.org.credentials.access_token, scheme).status_code for scheme in ("Bearer", "OAuth")] == [200, 200]
    wrong = limits(http, "00Dxx0000000001!made.up")
    assert (wrong.status_code, wrong.json()) == (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
    assert wrong.headers["WWW-Authenticate"] == "Token"
    strange = limits(http, "x", "Digest")
    assert (strange.status_code, strange.json()) == (401, [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}])


def test_17_the_reply_of_each_grant_has_its_own_keys_and_never_expires_in(place: Any, http: requests.Session) -> None:
    known = place.org.credentials
    by_password = token(http, grant_type="password", username=known.username, password=known.password + known.security_token, **own(place)).json()
    by_client = token(http, HOST, grant_type="client_credentials", **own(place)).json()
    claims = {"iss": known.client_id, "sub": known.username, "aud": LOGIN, "exp": int(place.org.now_s()) + 100}
    assertion = jwt.encode(claims, known.private_key_pem(), algorithm="RS256")
    by_jwt = token(http, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion).json()
    by_refresh = refreshed(place, http, known.refresh_token).json()
    by_code = consented(place, http)
    assert list(by_password) == BASE_KEYS
    assert sorted(by_client) == sorted(by_refresh) == sorted([*BASE_KEYS, "scope"])
    assert list(by_jwt) == ["access_token", "scope", "instance_url", "id", "token_type"]
    assert sorted(by_code) == sorted([*BASE_KEYS, "scope", "refresh_token"])
    for values in (by_password, by_client, by_refresh, by_code):
        assert re.fullmatch(r"\d{13}", values["issued_at"])
    assert refreshed(place, http, known.refresh_token).status_code == 200, "the old refresh token is kept"


def test_17_with_rotation_each_refresh_brings_a_new_token_and_ends_the_old(place: Any, http: requests.Session) -> None:
    place.org.identity.rotate_refresh_tokens(0)
    old = place.org.credentials.refresh_token
    new = refreshed(place, http, old).json()["refresh_token"]
    dead = refreshed(place, http, old)
    assert (dead.status_code, dead.json()) == (400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
    assert refreshed(place, http, new).status_code == 200


def test_18_a_sixth_token_of_one_app_and_user_kills_the_first(place: Any, http: requests.Session) -> None:
    first = place.org.credentials.refresh_token
    others = [consented(place, http)["refresh_token"] for _ in range(4)]
    assert [refreshed(place, http, text).status_code for text in (first, *others)] == [200] * 5
    others.append(consented(place, http)["refresh_token"])
    assert [refreshed(place, http, text).status_code for text in (first, *others)] == [400] + [200] * 5


def test_19_a_revoked_refresh_token_makes_its_access_tokens_401_and_an_access_token_dies_alone(place: Any, http: requests.Session) -> None:
    refresh = place.org.credentials.refresh_token
    first, second = (refreshed(place, http, refresh).json()["access_token"] for _ in range(2))
    gone = http.get(f"{LOGIN}/services/oauth2/revoke", params={"token": first})
    assert (gone.status_code, gone.content) == (200, b"")
    assert (limits(http, first).status_code, limits(http, second).status_code) == (401, 200)
    assert http.post(f"{LOGIN}/services/oauth2/revoke", data={"token": refresh}).status_code == 200
    assert limits(http, second).status_code == 401
    assert refreshed(place, http, refresh).status_code == 400


def soap(http: requests.Session, place: Any, password: str) -> requests.Response:
    body = ('<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><env:Body><urn:login>'
            f"<urn:username>{place.org.credentials.username}</urn:username><urn:password>{password}</urn:password></urn:login></env:Body></env:Envelope>")  # fmt: skip
    return http.post(f"{LOGIN}/services/Soap/u/59.0", data=body, headers={"Content-Type": "text/xml", "SOAPAction": "login"})


def test_29_soap_login_succeeds_fails_and_tells_an_expired_password_with_200(place: Any, http: requests.Session) -> None:
    right = place.org.credentials.password + place.org.credentials.security_token
    good = soap(http, place, right)
    assert good.status_code == 200
    session = re.search("<sessionId>([^<]+)</sessionId>", good.text)[1]
    assert limits(http, session).status_code == 200
    bad = soap(http, place, "wrong")
    assert bad.status_code == 500
    assert "<faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring>" in bad.text
    place.org.identity.expire_password(place.org.integration_user_id)
    late = soap(http, place, right)
    assert (late.status_code, "<passwordExpired>true</passwordExpired>" in late.text) == (200, True)
    refused = limits(http, re.search("<sessionId>([^<]+)</sessionId>", late.text)[1])
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD")
