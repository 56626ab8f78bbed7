"""Wire reference 12 and 2.7, and what section 16 asks of SOAP (line 29; sessions as in section 17), over plain HTTP and through every door."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import requests

PATH = "https://acme.my.salesforce.com/services/Soap/u/62.0"
Call = Callable[..., requests.Response]


@pytest.fixture
def call(place: Any) -> Call:
    http = place.session()

    def said(body: str, *, token: str = "", headers: str = "") -> requests.Response:
        text = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader><sessionId>'
            f"{token or place.org.credentials.access_token}</sessionId></SessionHeader>{headers}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
        )
        reply: requests.Response = http.post(PATH, data=text.encode(), headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'})
        return reply

    return said


def fault(reply: requests.Response) -> tuple[int, str, str]:
    found = re.search(r"<faultcode>(.*?)</faultcode><faultstring>(.*?)</faultstring>", reply.text, re.DOTALL)
    assert found is not None, reply.text
    return reply.status_code, found[1], unescape(found[2])


def body_of(reply: requests.Response) -> str:
    found = re.search(r"<soapenv:Body>(.*)</soapenv:Body>", reply.text)
    assert found is not None
    return found[1]


def test_29_an_ended_session_is_500_with_a_prefixed_code(call: Call) -> None:
    assert fault(call("<getUserInfo/>", token="00D5e0000000001!dead")) == (
        500, "sf:INVALID_SESSION_ID", "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session",
    )  # fmt: skip


def test_12_a_query_result_has_its_parts_in_order_and_the_id_twice(call: Call, place: Any) -> None:
    account = place.org.admin.create("Account", Name="Acme")
    reply = call("<query><queryString>SELECT Id, Name, Phone FROM Account</queryString></query>")
    assert reply.headers["Content-Type"] == "text/xml;charset=UTF-8"
    assert body_of(reply) == (
        '<queryResponse><result xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/><records xsi:type="sf:sObject"><sf:type>Account</sf:type>'
        f'<sf:Id>{account}</sf:Id><sf:Id>{account}</sf:Id><sf:Name>Acme</sf:Name><sf:Phone xsi:nil="true"/></records><size>1</size></result></queryResponse>'
    )
    assert 'xmlns:sf="urn:sobject.partner.soap.sforce.com"' in reply.text


def test_12_save_results_of_a_success_and_a_failure(call: Call) -> None:
    row = "<sObjects><type>Account</type>{}</sObjects>"
    reply = call("<create>" + row.format("<Name>a</Name>") + row.format("") + "</create>")
    assert re.fullmatch(
        r"<createResponse><result><id>001\w{15}</id><success>true</success></result><result><errors><fields>Name</fields><message>Required fields are missing: \[Name\]"
        r'</message><statusCode>REQUIRED_FIELD_MISSING</statusCode></errors><id xsi:nil="true"/><success>false</success></result></createResponse>',
        body_of(reply),
    )


def test_12_an_upsert_puts_created_first(call: Call) -> None:
    body = "<upsert><externalIDFieldName>External_Id__c</externalIDFieldName><sObjects><type>Account</type><External_Id__c>1</External_Id__c><Name>a</Name></sObjects></upsert>"
    assert re.search(r"<result><created>true</created><id>001\w{15}</id><success>true</success></result>", call(body).text)
    assert "<result><created>false</created><id>001" in call(body).text


def test_12_fields_to_null_are_emptied(call: Call, place: Any) -> None:
    account = place.org.admin.create("Account", Name="Acme", Phone="1")
    call(f"<update><sObjects><type>Account</type><fieldsToNull>Phone</fieldsToNull><Id>{account}</Id></sObjects></update>")
    assert place.org.admin.rows("Account")[0]["Phone"] is None


def test_12_a_reply_tells_the_limit_in_its_header(call: Call) -> None:
    assert "<LimitInfoHeader><limitInfo><current>1</current><limit>15000</limit><type>API REQUESTS</type></limitInfo></LimitInfoHeader>" in call("<getUserInfo/>").text


def test_12_a_bad_locator_is_a_fault(call: Call) -> None:
    reply = call("<queryMore><queryLocator>01g5e0000000001AAA-500</queryLocator></queryMore>")
    assert fault(reply) == (500, "sf:INVALID_QUERY_LOCATOR", "INVALID_QUERY_LOCATOR: invalid query locator")


def test_12_too_many_long_requests_are_the_fault_that_was_seen(call: Call, place: Any) -> None:
    place.org.limits.crowd(cap=0, until_s=place.org.now_s() + 600)
    reply = call("<getUserInfo/>")
    assert fault(reply) == (500, "sf:REQUEST_LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED: ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
    assert '<sf:UnexpectedErrorFault xsi:type="sf:UnexpectedErrorFault">' in reply.text


def test_33_datetimes_end_in_000z(call: Call, place: Any) -> None:
    place.org.admin.create("Account", Name="Acme")
    assert re.search(r"<sf:CreatedDate>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z</sf:CreatedDate>", call("<query><queryString>SELECT CreatedDate FROM Account</queryString></query>").text)


def test_38_query_all_shows_deleted_rows_and_query_does_not(call: Call, place: Any) -> None:
    account = place.org.admin.create("Account", Name="Acme")
    assert "<success>true</success>" in call(f"<delete><ids>{account}</ids></delete>").text
    assert "<size>0</size>" in call("<query><queryString>SELECT Id FROM Account</queryString></query>").text
    assert "<size>1</size>" in call("<queryAll><queryString>SELECT Id FROM Account</queryString></queryAll>").text
    assert "<statusCode>ENTITY_IS_DELETED</statusCode>" in call(f"<delete><ids>{account}</ids></delete>").text
