"""Faults and the journal over SOAP calls: the same facts as over REST, in SOAP's shapes."""

import re
from html import unescape

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.rig import Rig

URL = "https://acme.my.salesforce.com/services/Soap/u/62.0"
CREATE = "<create><sObjects><type>Account</type><Name>{}</Name></sObjects></create>"
QUERY = "<query><queryString>SELECT Id, Name FROM Account</queryString></query>"


@pytest.fixture
def org():
    return Org(seed=5)


@pytest.fixture
def rig(org):
    return Rig(org)


def send(rig, body, session=None):
    text = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><soapenv:Header><SessionHeader>'
        f"<sessionId>{session or rig.env['SF_ACCESS_TOKEN']}</sessionId></SessionHeader></soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
    return rig.handle(Request("POST", URL, (("Content-Type", "text/xml"), ("SOAPAction", '""')), text.encode()))


def fault_of(reply):
    found = re.search(rb"<faultcode>(.*?)</faultcode><faultstring>(.*?)</faultstring>", reply.body, re.DOTALL)
    return (reply.status, found[1].decode(), unescape(found[2].decode()))


def lines(rig):
    return [line for line in rig.journal if line["kind"] == "exchange"]


def test_the_journal_names_the_call_its_object_and_its_rows(rig):
    assert send(rig, CREATE.format("Acme")).status == 200
    assert send(rig, QUERY).status == 200
    create, query = lines(rig)
    assert (create["op"], create["target"], create["applied"]) == ("soap.create", "Account", "yes")
    row = create["rows"][0]
    assert (row["verb"], row["sobject"], row["ok"], row["id"]) == ("create", "Account", "yes", rig.org.query("SELECT Id FROM Account")[0]["Id"])
    assert (query["op"], query["target"], query["applied"]) == ("soap.query", "Q1", "no")


def test_an_expired_session_is_a_fault_until_there_is_a_new_one(rig):
    rig.inject("auth.expired", on="soap.query")
    assert fault_of(send(rig, QUERY)) == (500, "sf:INVALID_SESSION_ID", "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session")
    assert lines(rig)[0]["error_codes"] == ["INVALID_SESSION_ID"]


def test_a_spent_day_is_a_fault(rig):
    rig.inject("limit.daily", on="soap.query")
    assert fault_of(send(rig, QUERY)) == (500, "sf:REQUEST_LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.")


def test_a_locked_row_fails_in_its_result(rig):
    account = rig.org.create("Account", Name="Acme")
    rig.inject("row.locked", on="soap.update/Account", hold="10s")
    reply = send(rig, f"<update><sObjects><type>Account</type><Id>{account}</Id><Phone>1</Phone></sObjects></update>")
    assert reply.status == 200
    assert b"<statusCode>UNABLE_TO_LOCK_ROW</statusCode></errors><id xsi:nil=\"true\"/><success>false</success>" in reply.body
    line = lines(rig)[0]
    assert (line["applied"], line["rows"][0]["code"]) == ("no", "UNABLE_TO_LOCK_ROW")


def test_a_lost_reply_and_a_blind_repeat_make_twins(rig):
    rig.inject("net.response_lost", on="soap.create/Account")
    assert [send(rig, CREATE.format("Acme")).delivery.fate for _ in range(2)] == ["lost", "whole"]
    assert rig.org.count("Account", Name="Acme") == 2
    assert [line["address"] for line in lines(rig)] == ["soap.create/Account#1~1", "soap.create/Account#1~2"]


def test_the_same_call_after_a_new_login_is_the_same_call(rig, org):
    other = org.sessions.open(org.integration_user_id, grant="soap-login").token
    send(rig, CREATE.format("Acme"))
    send(rig, CREATE.format("Acme"), session=other)
    assert [line["address"] for line in lines(rig)] == ["soap.create/Account#1~1", "soap.create/Account#1~2"]


def test_a_server_that_is_down_says_so_as_a_fault(rig):
    rig.inject("http.503", on="soap.query")
    status, code, text = fault_of(send(rig, QUERY))
    assert (status, code, text) == (503, "sf:SERVER_UNAVAILABLE", "SERVER_UNAVAILABLE: Server too busy")


def test_a_hidden_field_is_the_one_that_the_rows_bring(rig):
    rig.inject("perm.fls_removed", on="soap.create/Account")
    body = "<create><sObjects><type>Account</type><Name>Acme</Name><Phone>1</Phone></sObjects></create>"
    assert b"<fields>Phone</fields>" in send(rig, body).body
    assert fault_of(send(rig, "<query><queryString>SELECT Phone FROM Account</queryString></query>"))[1] == "sf:INVALID_FIELD"


def test_a_dead_locator_is_a_fault_and_the_query_can_begin_again(rig, org):
    org.admin.create_many("Account", [{"Name": f"{n:03}"} for n in range(600)])
    first = send(rig, QUERY)
    locator = re.search(rb"<queryLocator>(.*?)</queryLocator>", first.body)[1].decode()
    rig.inject("query.locator_dead", on="soap.queryMore")
    assert fault_of(send(rig, f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>"))[1] == "sf:INVALID_QUERY_LOCATOR"
    assert send(rig, QUERY).status == 200


def test_the_same_seed_writes_the_same_journal():
    def run():
        rig = Rig(Org(seed=9))
        rig.inject("auth.expired", on="soap.query")
        for body in (CREATE.format("Acme"), QUERY, CREATE.format("Beta")):
            send(rig, body)
        return [{key: line[key] for key in ("address", "status", "applied", "request_sha256", "response_sha256")} for line in lines(rig)]

    assert run() == run()
