"""Whatever XML a client posts to the SOAP doors, it gets a reply or a fault, never a defect of ours, and a call that is refused changes nothing."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org

ORG = Org(seed=3)
ACCOUNT = ORG.admin.create("Account", Name="Acme", External_Id__c="A-1")
LEAD = ORG.admin.create("Lead", LastName="Fox", Company="Acme")
ORG.mark()

CALLS = [
    "create", "update", "upsert", "delete", "undelete", "merge", "convertLead", "emptyRecycleBin", "query", "queryAll", "queryMore", "search", "retrieve", "getUpdated",
    "getDeleted", "describeSObject", "describeSObjects", "describeGlobal", "getUserInfo", "setPassword", "resetPassword", "invalidateSessions", "sendEmail", "nonsense",
]  # fmt: skip
NAMES = [
    "sObjects", "type", "Id", "Name", "LastName", "fieldsToNull", "Account", "External_Id__c", "externalIDFieldName", "ids", "request", "masterRecord", "recordToMergeIds",
    "leadConverts", "leadId", "convertedStatus", "accountId", "queryString", "queryLocator", "searchString", "fieldList", "sObjectType", "startDate", "endDate", "userId",
    "NumberOfEmployees", "CloseDate", "BillingAddress", "Body", "password", "sessionIds", "x",
]  # fmt: skip
TEXTS = [
    "", "Account", "Contact", "Lead", "Opportunity", "Nothing__c", ACCOUNT, ACCOUNT[:15], LEAD, "0015e0000009999", "Id", "Name", "Name,Id", "External_Id__c", "A-1", "1e999",
    "SELECT Id FROM Account", "SELECT Name, (SELECT Id FROM Contacts) FROM Account", "SELECT", "FIND {a} RETURNING Account", "2026-01-15T09:00:00Z", "true", "9" * 40,
    "Closed - Converted", "01g5e0000000001AAA-200", "\ufffd", "0" * 300,
]  # fmt: skip
texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
attributes = st.sampled_from(["", ' xsi:nil="true"', ' xsi:type="Account"', ' xsi:type="a:b:c"', ' xsi:type=""'])
leaves = st.tuples(st.sampled_from(NAMES), attributes, texts).map(lambda parts: f"<{parts[0]}{parts[1]}>{escape(parts[2])}</{parts[0]}>")
elements = st.recursive(
    leaves, lambda inner: st.tuples(st.sampled_from(NAMES), attributes, st.lists(inner, max_size=4)).map(lambda p: f"<{p[0]}{p[1]}>{''.join(p[2])}</{p[0]}>"), max_leaves=12
)
HEADERS = ["", "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>", "<QueryOptions><batchSize>x</batchSize></QueryOptions>", "<DuplicateRuleHeader/>"]


def envelope(call: str, inner: str, header: str = "") -> str:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<e:Header><SessionHeader><sessionId>{ORG.credentials.access_token}</sessionId></SessionHeader>{header}</e:Header><e:Body><{call}>{inner}</{call}></e:Body></e:Envelope>"
    )


def send(body: bytes, kind: str = "u") -> Response:
    ORG.reset()
    response = ORG.handle(Request("POST", f"https://acme.my.salesforce.com/services/Soap/{kind}/62.0", (("Content-Type", "text/xml"),), body))
    assert "defect" not in ORG.receipt.facts, ORG.receipt.facts["defect"]
    assert response.status in (200, 500)
    ET.fromstring(response.body)
    return response


def table() -> list[dict[str, object]]:
    return [row for _, row in ORG.admin.all_rows()]


ORG.reset()
BEFORE = table()


@settings(max_examples=400, deadline=None)
@given(call=st.sampled_from(CALLS), inner=st.lists(elements, max_size=4).map("".join), header=st.sampled_from(HEADERS))
@example(call="create", inner="<sObjects><type>Account</type><Name>a</Name></sObjects><sObjects><type>Account</type><Nope>b</Nope></sObjects>", header="")
@example(call="retrieve", inner="<fieldList>Name</fieldList><sObjectType>Account</sObjectType><ids>0015e0000000001</ids>", header="")
@example(call="create", inner="<sObjects><type>Contact</type><LastName>x</LastName><Account><External_Id__c>A-1</External_Id__c></Account></sObjects>", header="")
def test_any_call_is_answered_and_a_refused_one_changes_nothing(call: str, inner: str, header: str) -> None:
    response = send(envelope(call, inner, header).encode())
    if response.status == 500:
        assert table() == BEFORE
        assert ORG.receipt.changed == 0


@settings(max_examples=200, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["u", "c"]))
def test_a_damaged_envelope_is_a_fault_or_an_answer(data: st.DataObject, kind: str) -> None:
    whole = envelope("create", "<sObjects><type>Account</type><Name>x</Name></sObjects>").encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 30)))
    send(whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:], kind)


def test_elements_without_end_are_refused_and_not_followed() -> None:
    response = send(envelope("create", "<a>" * 5000 + "</a>" * 5000).encode())
    assert b"levels deep" in response.body
