"""Whatever is sent to the login doors, the answer is a refusal and never a defect of ours."""

import functools
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

LOGIN = "https://login.salesforce.com"
GRANTS = ["password", "client_credentials", "refresh_token", "authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer", "device",
          "urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:token-exchange", ""]  # fmt: skip
FIELDS = ["client_id", "client_secret", "username", "password", "refresh_token", "code", "redirect_uri", "assertion", "scope", "format", "token", "state",
          "response_type", "code_challenge", "code_verifier", "prompt", "startURL", "csrf", "source", "save", "user_code", "pw", "un", "sid", "otp", "retURL"]  # fmt: skip
PATHS = ["/services/oauth2/token", "/services/oauth2/authorize", "/services/oauth2/revoke", "/services/oauth2/introspect", "/services/oauth2/userinfo",
         "/services/oauth2/singleaccess", "/", "/setup/connect", "/secur/frontdoor.jsp", "/setup/secur/RemoteAccessAuthorizationPage.apexp"]  # fmt: skip


@functools.cache
def org():
    return Org(seed=1)


def forms():
    values = st.text(max_size=20) | st.sampled_from(["code", "token", "device_code", "https://a.example/cb", "/services/oauth2/authorize?x=1", org().credentials.client_id, org().credentials.client_secret, org().credentials.username])
    return st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)


@given(path=st.sampled_from(PATHS), grant=st.sampled_from(GRANTS), form=st.deferred(forms), basic=st.text(max_size=20), method=st.sampled_from(["GET", "POST"]))
def test_no_oauth_form_makes_the_org_fail(path, grant, form, basic, method):
    body = urlencode({"grant_type": grant, **form}).encode()
    url = LOGIN + path + ("" if method == "POST" else "?" + body.decode())
    reply = org().handle(Request(method, url, (("Authorization", "Basic " + basic),), body if method == "POST" else b""))
    assert "defect" not in org().receipt.facts
    assert reply.status in (200, 302, 400, 401, 403, 405)


@given(body=st.binary(max_size=200) | st.text(alphabet="<>/&;! abDOCTYPE\"'=:", max_size=80).map(str.encode))
def test_no_soap_body_makes_the_org_fail(body):
    assert org().handle(Request("POST", LOGIN + "/services/Soap/u/58.0", (), body)).status == 500
    assert "defect" not in org().receipt.facts


@given(name=st.text(max_size=30), secret=st.text(max_size=30))
def test_no_user_name_and_password_but_the_right_ones_log_in(name, secret):
    form = {"grant_type": "password", "client_id": org().credentials.client_id, "client_secret": org().credentials.client_secret, "username": name, "password": secret}
    assert org().handle(Request("POST", LOGIN + "/services/oauth2/token", (), urlencode(form, errors="replace").encode())).status == 400
