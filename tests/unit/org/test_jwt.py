"""JWT bearer assertions are really verified."""

import json
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

LOGIN = "https://login.salesforce.com"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def foreign_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


@pytest.fixture
def org():
    return Org(seed=3)


def claims(org, **changed):
    base = {"iss": org.credentials.client_id, "sub": org.credentials.username, "aud": LOGIN, "exp": int(org.now_s()) + 180}
    return {name: value for name, value in {**base, **changed}.items() if value is not None}


def bear(org, values, *, key=None, algorithm="RS256", origin=LOGIN):
    return send(org, jwt.encode(values, org.credentials.private_key_pem() if key is None else key, algorithm=algorithm), origin)


def signed(org, values):
    """Signed without PyJWT's own look at the claims."""
    return jwt.api_jws.encode(json.dumps(values).encode(), org.credentials.private_key_pem(), algorithm="RS256")


def send(org, text, origin=LOGIN):
    reply = org.handle(Request("POST", f"{origin}/services/oauth2/token", (), urlencode({"grant_type": GRANT, "assertion": text}).encode()))
    return reply.status, json.loads(reply.body)


def refusal(text):
    return 400, {"error": "invalid_grant", "error_description": text}


def test_a_sound_assertion_gives_the_documented_five_keys(org):
    status, values = bear(org, claims(org))
    assert status == 200
    assert list(values) == ["access_token", "scope", "instance_url", "id", "token_type"]
    assert values["scope"] == "id api"


@pytest.mark.parametrize("audience", [LOGIN, LOGIN + "/", "https://test.salesforce.com", "https://acme.my.salesforce.com/", [LOGIN], LOGIN + "/services/oauth2/token"])
def test_audiences_of_the_org_are_taken_with_and_without_a_slash(org, audience):
    assert bear(org, claims(org, aud=audience))[0] == 200


def test_the_callers_own_origin_is_an_audience_over_plain_http(org):
    assert bear(org, claims(org, aud="http://127.0.0.1:8700"), origin="http://127.0.0.1:8700")[0] == 200


@pytest.mark.parametrize("audience", ["https://evil.example", "", None])
def test_another_audience_is_invalid(org, audience):
    assert bear(org, claims(org, aud=audience)) == refusal("audience is invalid")


@pytest.mark.parametrize("write", [int, str, float, lambda s: s * 1000, lambda s: str(s * 1000)])
def test_exp_is_taken_as_number_or_text_in_seconds_or_milliseconds(org, write):
    now_s = int(org.now_s())
    assert bear(org, claims(org, exp=write(now_s + 60)))[0] == 200
    org.sessions.expire_session("")
    assert bear(org, claims(org, exp=write(now_s - 1))) == refusal("expired authorization code")


@pytest.mark.parametrize("exp", [None, "soon", True, -5, float("1e300")])
def test_an_exp_that_is_no_time_makes_the_assertion_invalid(org, exp):
    assert bear(org, claims(org, exp=exp)) == refusal("invalid assertion")


def test_the_orgs_clock_decides_what_has_expired(org):
    late = claims(org)
    org.clock.advance(180)
    assert bear(org, late) == refusal("expired authorization code")


def test_a_signature_by_another_key_is_refused(org, foreign_key):
    assert bear(org, claims(org), key=foreign_key) == refusal("invalid assertion")


def test_unsigned_and_symmetric_assertions_are_refused(org):
    assert bear(org, claims(org), key="", algorithm="none") == refusal("invalid assertion")
    assert bear(org, claims(org), key="s" * 64, algorithm="HS256") == refusal("invalid assertion")


@pytest.mark.parametrize("value", ["soon", -1, 10**400, float("inf"), float("nan"), [1]])
def test_times_that_are_none_make_the_assertion_invalid_and_nothing_crashes(org, value):
    assert send(org, signed(org, claims(org, iat=value))) == refusal("invalid assertion")
    assert send(org, signed(org, claims(org, exp=value))) == refusal("invalid assertion")
    assert "defect" not in org.receipt.facts


def test_claims_that_are_no_object_make_the_assertion_invalid(org):
    for payload in (b"[]", b"1", b"[" * 100_000, b'{"iss": 1}'):
        text = jwt.api_jws.encode(payload, org.credentials.private_key_pem(), algorithm="RS256")
        assert send(org, text) == refusal("invalid assertion")
    assert "defect" not in org.receipt.facts


def test_text_that_is_no_jwt_is_refused(org):
    reply = org.handle(Request("POST", f"{LOGIN}/services/oauth2/token", (), urlencode({"grant_type": GRANT, "assertion": "a.b.c"}).encode()))
    assert (reply.status, json.loads(reply.body)) == refusal("invalid assertion")


def test_prn_is_the_old_name_of_sub(org):
    assert bear(org, claims(org, sub=None, prn=org.credentials.username))[0] == 200


def test_a_user_nobody_knows_has_not_approved_the_consumer(org):
    assert bear(org, claims(org, sub="nobody@acme.example")) == refusal("user hasn't approved this consumer")


def test_another_issuer_is_no_client_of_the_org(org):
    assert bear(org, claims(org, iss="3MVG9other")) == (400, {"error": "invalid_client_id", "error_description": "client identifier invalid"})


def test_the_same_assertion_may_be_used_twice_and_gives_the_same_session(org):
    values = claims(org, jti="once")
    assert bear(org, values)[1]["access_token"] == bear(org, values)[1]["access_token"]


def test_the_receipt_tells_what_a_judge_asks_of_an_assertion(org):
    bear(org, claims(org, jti="j-1", iat=int(org.now_s()) - 5))
    facts = org.receipt.facts
    assert (facts["jwt_alg"], facts["jwt_aud"], facts["jwt_jti"]) == ("RS256", LOGIN, "j-1")
    assert facts["jwt_exp_s"] - facts["jwt_iat_s"] == 185
    assert facts["credential"] == org.secrets.label(org.credentials.private_key_pem())
    assert facts["grant"] == "jwt-bearer"


def test_a_revoked_user_gets_no_token_by_jwt(org):
    org.identity.revoke_user_access("")
    assert bear(org, claims(org)) == refusal("inactive user")
