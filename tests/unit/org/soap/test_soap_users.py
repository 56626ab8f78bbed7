"""Sessions, passwords, the clock; what SOAP makes of sessions that are none, and of limits."""

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.service_times import ServiceTimes


def test_the_clock_is_the_orgs(soap):
    assert soap("<getServerTimestamp/>").result.findtext("timestamp") == "2026-01-15T09:00:00.000Z"
    soap.org.clock.advance(90)
    assert soap("<getServerTimestamp/>").result.findtext("timestamp") == "2026-01-15T09:01:30.000Z"


def test_a_password_that_is_reset_opens_a_session(soap):
    org = soap.org
    soap.session = org.sessions.open(org.admin_user_id, grant="soap-login").token
    password = soap(f"<resetPassword><userId>{org.integration_user_id}</userId></resetPassword>").result.findtext("password")
    assert org.identity.admitted_by_password(org.credentials.username, password + org.credentials.security_token).id == org.integration_user_id


@pytest.mark.parametrize("name", ["resetPassword", "setPassword"])
def test_anothers_password_is_a_matter_of_who_manages_users(soap, name):
    extra = "<password>new secret 1</password>" if name == "setPassword" else ""
    reply = soap(f"<{name}><userId>{soap.org.admin_user_id}</userId>{extra}</{name}>")
    assert reply.fault == "INSUFFICIENT_ACCESS: insufficient access rights on object id"


def test_a_new_password_has_to_meet_the_policy(soap):
    reply = soap(f"<setPassword><userId>{soap.org.integration_user_id}</userId><password>onlyletters</password></setPassword>")
    assert reply.fault == "INVALID_NEW_PASSWORD: Your password must have a mix of letters and numbers."
    assert reply.tree.find(".//InvalidNewPasswordFault") is not None


def test_a_user_that_is_not_there_has_no_password(soap):
    soap.session = soap.org.sessions.open(soap.org.admin_user_id, grant="soap-login").token
    assert soap("<resetPassword><userId>0055e0000009999</userId></resetPassword>").fault.startswith("INVALID_ID_FIELD: ")


def test_sessions_are_invalidated_one_by_one_and_ones_own_too(soap):
    org = soap.org
    mine = org.credentials.access_token
    other = org.sessions.open(org.integration_user_id, grant="soap-login").token
    foreign = org.sessions.open(org.admin_user_id, grant="soap-login").token
    reply = soap(f"<invalidateSessions><sessionIds>{mine}</sessionIds><sessionIds>{other}</sessionIds><sessionIds>{foreign}</sessionIds><sessionIds>foo</sessionIds></invalidateSessions>")
    assert [result.findtext("success") for result in reply.results] == ["true", "true", "false", "false"]
    assert (org.sessions.find(mine), org.sessions.find(other), org.sessions.find(foreign) is None) == (None, None, False)
    assert (org.receipt.asked, org.receipt.changed) == (4, 2)


@pytest.mark.parametrize("session", ["", "foo", "00D5e0000000001!AQ"])
def test_without_a_living_session_there_is_a_fault(soap, session):
    reply = soap("<getUserInfo/>", session=session)
    assert (reply.status, reply.fault) == (500, "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session")
    assert reply.tree.find(".//faultcode").text == "sf:INVALID_SESSION_ID"
    assert reply.tree.find(".//UnexpectedErrorFault/exceptionCode").text == "INVALID_SESSION_ID"
    assert soap.org.limits.used == 0


def test_a_missing_header_is_no_session(soap):
    raw = (
        '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><query xmlns="urn:partner.soap.sforce.com"><queryString>SELECT Id FROM Account</queryString>'
        "</query></Body></Envelope>"
    )
    assert soap("", raw=raw).fault.startswith("INVALID_SESSION_ID: ")


def test_a_session_ends_with_its_time(soap):
    soap.org.clock.advance(7201)
    assert soap("<getUserInfo/>").fault.startswith("INVALID_SESSION_ID: ")


def test_a_spent_day_is_a_fault_in_the_words_of_rest(soap):
    soap.org.limits.exhaust("daily")
    reply = soap("<query><queryString>SELECT Id FROM Account</queryString></query>")
    assert (reply.status, reply.fault) == (500, "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.")
    assert reply.tree.find(".//UnexpectedErrorFault") is not None


def test_a_user_without_the_api_right_gets_a_fault(soap):
    org = soap.org
    profile = org.admin.query(f"SELECT ProfileId FROM User WHERE Id = '{org.integration_user_id}'")[0]["ProfileId"]
    org.admin.update("Profile", profile, PermissionsApiEnabled=False)
    assert soap("<getUserInfo/>").fault.startswith("API_DISABLED_FOR_ORG: ")


@pytest.mark.parametrize(("version", "code"), [("30.0", "UNSUPPORTED_API_VERSION"), ("99.0", "UNSUPPORTED_API_VERSION"), ("62.5", "UNSUPPORTED_API_VERSION")])
def test_a_version_that_is_not_served_is_a_fault(soap, version, code):
    soap.version = version
    reply = soap("<getUserInfo/>")
    assert (reply.status, reply.fault.partition(":")[0]) == (500, code)


def test_a_long_call_counts_as_one_that_is_running(soap):
    org = soap.org
    org.service_times = ServiceTimes(row_s=10.0)
    soap("<create>" + "<sObjects><type>Account</type><Name>x</Name></sObjects>" * 3 + "</create>")
    assert org.limits.running(org.now_s()) == 1
    org.limits.crowd(cap=1, until_s=org.now_s() + 60)
    assert soap("<getUserInfo/>").fault == "REQUEST_LIMIT_EXCEEDED: ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def test_a_body_may_be_packed(soap):
    import gzip

    text = (
        '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header><SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>'
        f'{soap.org.credentials.access_token}</sessionId></SessionHeader></Header><Body><getServerTimestamp xmlns="urn:partner.soap.sforce.com"/></Body></Envelope>'
    )
    headers = (("Content-Type", "text/xml"), ("Content-Encoding", "gzip"))
    reply = soap.org.handle(Request("POST", "https://acme.my.salesforce.com/services/Soap/u/62.0", headers, gzip.compress(text.encode())))
    assert reply.status == 200


def test_a_request_ends_at_fifty_megabytes(soap):
    whole = '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><getUserInfo xmlns="urn:partner.soap.sforce.com"/></Body></Envelope>'
    fits = soap("", raw=whole + " " * ((50 << 20) - len(whole)))
    assert fits.fault.startswith("INVALID_SESSION_ID: ")
    assert soap("", raw=whole + " " * ((50 << 20) + 1 - len(whole))).fault.startswith("EXCEEDED_MAX_SIZE_REQUEST: ")
