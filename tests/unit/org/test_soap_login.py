"""SOAP login and logout, as pattern-matching clients read them."""

import html
import re
import xml.etree.ElementTree as ET

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

LOGIN = "https://login.salesforce.com"
MY_DOMAIN = "https://acme.my.salesforce.com"
BAD = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."


@pytest.fixture
def org():
    return Org(seed=3)


def send(org, body, *, path="/services/Soap/u/58.0", origin=LOGIN, session="", namespace="urn:partner.soap.sforce.com"):
    header = f"<urn:SessionHeader><urn:sessionId>{session}</urn:sessionId></urn:SessionHeader>" if session else ""
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="{namespace}">'
        f"<env:Header>{header}</env:Header><env:Body>{body}</env:Body></env:Envelope>"
    )
    return org.handle(Request("POST", origin + path, (("Content-Type", "text/xml; charset=UTF-8"), ("SOAPAction", "login")), text.encode()))


def login(org, username=None, password=None, **where):
    credentials = org.credentials
    secret = credentials.password + credentials.security_token if password is None else password
    body = f"<urn:login><urn:username>{username or credentials.username}</urn:username><urn:password>{secret}</urn:password></urn:login>"
    return send(org, body, **where)


def result_of(reply):
    """Child names and texts of <result>, namespaces dropped."""
    root = ET.fromstring(reply.body)
    found = next(element for element in root.iter() if element.tag.endswith("}result"))
    return {child.tag.rpartition("}")[2]: child.text for child in found}


def fault_of(reply):
    assert reply.status == 500
    return html.unescape(re.search(rb"<faultstring>(.*?)</faultstring>", reply.body)[1].decode())


def test_the_result_has_its_children_in_order_and_the_session_works(org):
    reply = login(org)
    values = result_of(reply)
    assert (reply.status, reply.header("Content-Type")) == (200, "text/xml;charset=UTF-8")
    assert list(values) == ["metadataServerUrl", "passwordExpired", "sandbox", "serverUrl", "sessionId", "userId", "userInfo"]
    assert values["serverUrl"] == f"{MY_DOMAIN}/services/Soap/u/58.0/00D5e0000000001"
    assert values["metadataServerUrl"] == f"{MY_DOMAIN}/services/Soap/m/58.0/00D5e0000000001"
    assert (values["passwordExpired"], values["userId"]) == ("false", org.integration_user_id)
    data = Request("GET", f"{MY_DOMAIN}/services/data/v58.0/limits", (("Authorization", f"OAuth {values['sessionId']}"),))
    assert org.handle(data).status == 200


def test_clients_that_read_by_pattern_find_their_four_values(org):
    body = login(org).body.decode()
    for name in ("serverUrl", "sessionId", "userId", "organizationId"):
        assert re.search(rf"<{name}>([^<]+)</{name}>", body), name
    assert f"<organizationId>{org.org_id}</organizationId>" in body
    assert '<roleId xsi:nil="true"/>' in body
    assert "<sessionSecondsValid>7200</sessionSecondsValid>" in body


def test_the_enterprise_door_answers_with_its_own_server_url(org):
    door = {"path": "/services/Soap/c/50.0", "namespace": "urn:enterprise.soap.sforce.com"}
    assert result_of(login(org, **door))["serverUrl"] == f"{MY_DOMAIN}/services/Soap/c/50.0/00D5e0000000001"


def test_the_path_may_end_in_the_org_id(org):
    assert login(org, path="/services/Soap/u/58.0/00D5e0000000001").status == 200


def test_over_plain_http_the_server_url_is_the_callers_own_origin(org):
    values = result_of(login(org, origin="http://127.0.0.1:8700"))
    assert values["serverUrl"].startswith("http://127.0.0.1:8700/services/Soap/u/58.0/")


def test_a_wrong_password_is_a_login_fault(org):
    reply = login(org, password="wrong")
    assert fault_of(reply) == BAD
    assert b"<faultcode>INVALID_LOGIN</faultcode>" in reply.body
    assert b"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in reply.body
    assert b'<sf:LoginFault xsi:type="sf:LoginFault">' in reply.body
    assert (org.receipt.applied, org.receipt.error_codes) == ("no", ("INVALID_LOGIN",))


def test_a_password_without_its_token_asks_for_the_token(org):
    assert fault_of(login(org, password=org.credentials.password)).startswith("LOGIN_MUST_USE_SECURITY_TOKEN: Invalid username")


def test_a_revoked_user_reads_like_a_wrong_password(org):
    org.identity.revoke_user_access("")
    assert fault_of(login(org)) == BAD


def test_login_ended_with_api_64(org):
    assert login(org, path="/services/Soap/u/64.0").status == 200
    assert fault_of(login(org, path="/services/Soap/u/65.0")).startswith("UNSUPPORTED_API_VERSION: ")


def test_an_expired_password_is_a_200_whose_session_can_only_set_a_password(org):
    org.identity.expire_password(org.integration_user_id)
    values = result_of(login(org))
    assert values["passwordExpired"] == "true"
    session = values["sessionId"]
    data = Request("GET", f"{MY_DOMAIN}/services/data/v58.0/limits", (("Authorization", f"Bearer {session}"),))
    assert fault_of(send(org, "<urn:getUserInfo/>", origin=MY_DOMAIN, session=session)).startswith("INVALID_OPERATION_WITH_EXPIRED_PASSWORD: ")
    refused = org.handle(data)
    assert (refused.status, b"INVALID_OPERATION_WITH_EXPIRED_PASSWORD" in refused.body) == (403, True)
    body = f"<urn:setPassword><urn:userId>{org.integration_user_id}</urn:userId><urn:password>a new passphrase 1</urn:password></urn:setPassword>"
    assert send(org, body, origin=MY_DOMAIN, session=session).status == 200
    assert org.handle(data).status == 200
    assert fault_of(login(org)) == BAD
    assert result_of(login(org, password="a new passphrase 1" + org.credentials.security_token))["passwordExpired"] == "false"


def test_logout_ends_the_session(org):
    session = result_of(login(org))["sessionId"]
    assert send(org, "<urn:getServerTimestamp/>", origin=MY_DOMAIN, session=session).status == 200
    assert send(org, "<urn:logout/>", origin=MY_DOMAIN, session=session).status == 200
    dead = send(org, "<urn:getServerTimestamp/>", origin=MY_DOMAIN, session=session)
    assert fault_of(dead) == "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session"
    assert b"<faultcode>sf:INVALID_SESSION_ID</faultcode>" in dead.body


def test_user_info_names_the_user_of_the_session(org):
    reply = send(org, "<urn:getUserInfo/>", origin=MY_DOMAIN, session=org.credentials.access_token)
    assert result_of(reply)["userName"] == "sync@acme.example"


def test_calls_with_a_session_count_and_meet_the_limits_and_logins_do_not(org):
    session = result_of(login(org))["sessionId"]
    assert org.limits.used == 0
    assert send(org, "<urn:getUserInfo/>", origin=MY_DOMAIN, session=session).status == 200
    assert org.limits.used == 1
    org.limits.crowd(cap=None, until_s=org.now_s() + 60)
    refused = send(org, "<urn:getUserInfo/>", origin=MY_DOMAIN, session=session)
    assert fault_of(refused) == "REQUEST_LIMIT_EXCEEDED: ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    assert b"<faultcode>sf:REQUEST_LIMIT_EXCEEDED</faultcode>" in refused.body
    assert b"<sf:UnexpectedErrorFault" in refused.body
    assert login(org).status == 200


def test_calls_with_a_session_belong_to_the_instance_not_to_the_login_host(org):
    reply = send(org, "<urn:getUserInfo/>", session=org.credentials.access_token)
    assert "Destination URL not reset" in fault_of(reply)


@pytest.mark.parametrize(
    ("body", "path", "asked"),
    [
        ("<urn:frobnicate/>", "u", "{urn:partner.soap.sforce.com}frobnicate"),
        ("<urn:getUserInfo/>", "c", "{urn:partner.soap.sforce.com}getUserInfo"),
        ('<getUserInfo xmlns=""/>', "u", "{}getUserInfo"),
    ],
    ids=["unknown name", "namespace of the other door", "no namespace"],
)
def test_a_call_that_the_wsdl_lacks_is_a_fault_of_the_client(org, body, path, asked):
    reply = send(org, body, path=f"/services/Soap/{path}/58.0", origin=MY_DOMAIN, session=org.credentials.access_token)
    assert fault_of(reply) == f"No operation available for request {asked}, please check the WSDL for the service."
    assert b"<faultcode>soapenv:Client</faultcode>" in reply.body
    assert b"<detail>" not in reply.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<a/>",
        b'<!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>',
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>'.encode("utf-16"),
    ],
)
def test_what_is_no_envelope_is_a_fault_and_no_crash(org, body):
    reply = org.handle(Request("POST", f"{LOGIN}/services/Soap/u/58.0", (), body))
    assert fault_of(reply).startswith("UNKNOWN_EXCEPTION: XML document could not be read")
    assert b"boom" not in reply.body
    assert "defect" not in org.receipt.facts


def test_entities_are_never_expanded(org):
    credentials = org.credentials
    secret = credentials.password + credentials.security_token
    text = (
        f'<!DOCTYPE x [<!ENTITY who "{credentials.username}">]><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
        f"<login><username>&who;</username><password>{secret}</password></login></Body></Envelope>"
    )
    reply = org.handle(Request("POST", f"{LOGIN}/services/Soap/u/58.0", (), text.encode()))
    assert fault_of(reply) == "UNKNOWN_EXCEPTION: XML document could not be read: DOCTYPE is not allowed"


@pytest.mark.parametrize(
    ("user_id", "password", "code"), [("0055e0000009999", "a new passphrase 1", "INSUFFICIENT_ACCESS"), ("own", "short", "INVALID_NEW_PASSWORD")]
)
def test_a_password_is_set_for_oneself_only_and_not_too_short(org, user_id, password, code):
    owner = org.integration_user_id if user_id == "own" else user_id
    body = f"<urn:setPassword><urn:userId>{owner}</urn:userId><urn:password>{password}</urn:password></urn:setPassword>"
    assert fault_of(send(org, body, origin=MY_DOMAIN, session=org.credentials.access_token)).startswith(code + ": ")
    assert login(org).status == 200


def test_names_with_markup_characters_stay_well_formed(org):
    org.admin.update("User", org.integration_user_id, LastName="O'Neil & <Sons>")
    user_info = next(element for element in ET.fromstring(login(org).body).iter() if element.tag.endswith("}userFullName"))
    assert user_info.text == "Sync O'Neil & <Sons>"


def test_an_inactive_user_is_refused(org):
    org.admin.update("User", org.integration_user_id, IsActive=False)
    assert fault_of(login(org)) == BAD


def test_the_receipt_of_a_login_tells_grant_and_labels(org):
    session = result_of(login(org))["sessionId"]
    facts = org.receipt.facts
    assert (facts["grant"], facts["issued"]) == ("soap-login", org.secrets.label(session))
    assert facts["credential"] == org.secrets.label(org.credentials.password)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/services/Soap/u/58.0", "/services/soap/c/58.0"])
def test_only_post_is_allowed_and_another_method_is_405_and_no_server_error(org, method, path):
    reply = org.handle(Request(method, MY_DOMAIN + path, (("Authorization", f"Bearer {org.credentials.access_token}"),)))
    assert (reply.status, reply.header("Content-Type")) == (405, "text/xml;charset=UTF-8")
    if method == "HEAD":
        assert reply.body == b""
    else:
        assert f"METHOD_NOT_ALLOWED: HTTP Method '{method}' not allowed. Allowed are POST" in html.unescape(reply.body.decode())
