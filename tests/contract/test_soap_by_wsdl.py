"""zeep, a SOAP client that goes by a WSDL (tests/data/partner.wsdl), through every door: it reads what it gets against the schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from zeep import Client, Settings, Transport
from zeep.exceptions import Fault

WSDL = Path(__file__).resolve().parents[1] / "data/partner.wsdl"
BINDING = "{urn:partner.soap.sforce.com}SoapBinding"
FAULTS = "{urn:fault.partner.soap.sforce.com}"


class Partner:
    """A session as the documentation shows it: login, then every call goes to the serverUrl with the session's header."""

    def __init__(self, place: Any) -> None:
        known = place.org.credentials
        client = Client(str(WSDL), transport=Transport(session=place.session()), settings=Settings(strict=True))
        self.types = client.type_factory("urn:sobject.partner.soap.sforce.com")
        self.plain = client.type_factory("urn:partner.soap.sforce.com")
        self.login = client.service.login(known.username, known.password + known.security_token)
        self.service = client.create_service(BINDING, self.login.serverUrl)
        self.client = client
        self.headers: dict[str, Any] = {"SessionHeader": {"sessionId": self.login.sessionId}}

    def __call__(self, name: str, *arguments: Any, **headers: Any) -> Any:
        """The body of the reply: what is inside of it for calls whose reply has a header."""
        reply = getattr(self.service, name)(*arguments, _soapheaders={**self.headers, **headers})
        body = getattr(reply, "body", reply)
        return getattr(body, "result", body)

    def row(self, kind: str, **fields: Any) -> Any:
        from lxml import etree

        elements = []
        for name, value in fields.items():
            if name not in ("Id", "fieldsToNull"):
                element = etree.Element("{urn:sobject.partner.soap.sforce.com}" + name)
                element.text = str(value)
                elements.append(element)
        return self.types.sObject(type=kind, Id=fields.get("Id"), fieldsToNull=fields.get("fieldsToNull", []), _value_1=elements)


@pytest.fixture
def partner(place: Any) -> Callable[..., Any]:
    return Partner(place)


def values(record: Any) -> dict[str, Any]:
    return {element.tag.rpartition("}")[2]: element.text for element in record["_value_1"]}


def test_a_login_gives_a_session_and_where_to_use_it(partner: Any, place: Any) -> None:
    assert partner.login.serverUrl == "https://acme.my.salesforce.com/services/Soap/u/62.0/00D5e0000000001"
    assert partner.login.userInfo.userName == place.org.credentials.username
    assert partner("getUserInfo").organizationId == place.org.org_id
    assert partner("getServerTimestamp").timestamp.tzinfo is not None


def test_rows_are_made_changed_found_and_deleted(partner: Any) -> None:
    made = partner("create", [partner.row("Account", Name="Acme & Söhne", Phone="1"), partner.row("Account", Phone="2")])
    assert [result.success for result in made] == [True, False]
    assert made[1].errors[0].statusCode == "REQUIRED_FIELD_MISSING"
    account = made[0].id
    assert partner("update", [partner.row("Account", Id=account, Website="acme.example", fieldsToNull=["Phone"])])[0].success
    found = partner("query", "SELECT Id, Name, Phone, Website FROM Account")
    assert (found.done, found.size, found.queryLocator) == (True, 1, None)
    assert (found.records[0].type, found.records[0].Id) == ("Account", account)
    assert values(found.records[0]) == {"Id": account, "Name": "Acme & Söhne", "Phone": None, "Website": "acme.example"}
    assert partner("delete", [account])[0].success
    assert partner("query", "SELECT Id FROM Account").size == 0
    assert partner("queryAll", "SELECT Id FROM Account").size == 1
    assert partner("undelete", [account])[0].success


def test_an_upsert_creates_once(partner: Any) -> None:
    created = [partner("upsert", "External_Id__c", [partner.row("Account", External_Id__c="A-1", Name=name)])[0].created for name in ("one", "two")]
    assert created == [True, False]


def test_all_or_none_goes_in_a_header(partner: Any) -> None:
    rows = [partner.row("Account", Name="x"), partner.row("Account", Phone="2")]
    results = partner("create", rows, AllOrNoneHeader={"allOrNone": True})
    assert [result.errors[0].statusCode for result in results] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert partner("query", "SELECT Id FROM Account").size == 0


def test_pages_follow_the_locator(partner: Any, place: Any) -> None:
    place.org.admin.create_many("Account", [{"Name": f"{n:03}"} for n in range(450)])
    page = partner("query", "SELECT Name FROM Account ORDER BY Name", QueryOptions={"batchSize": 200})
    names = [values(record)["Name"] for record in page.records]
    while not page.done:
        page = partner("queryMore", page.queryLocator)
        names += [values(record)["Name"] for record in page.records]
    assert names == [f"{n:03}" for n in range(450)]


def test_retrieve_search_and_changes_are_read(partner: Any, place: Any) -> None:
    account = partner("create", [partner.row("Account", Name="Zanzibar")])[0].id
    assert values(partner("retrieve", "Id, Name", "Account", [account])[0])["Name"] == "Zanzibar"
    assert [hit.record.Id for hit in partner("search", "FIND {zanzibar} RETURNING Account(Id)").searchRecords] == [account]
    place.rig.clock.advance(120)
    now = datetime.fromtimestamp(place.org.now_s(), UTC)
    changed = partner("getUpdated", "Account", now - timedelta(hours=1), now)
    assert changed.ids == [account]
    partner("delete", [account])
    place.rig.clock.advance(120)
    gone = partner("getDeleted", "Account", now - timedelta(hours=1), now + timedelta(minutes=3))
    assert [row.id for row in gone.deletedRecords] == [account]


def test_leads_are_converted_and_rows_merged(partner: Any, place: Any) -> None:
    lead = place.org.admin.create("Lead", LastName="Fox", Company="Foxes")
    wanted = partner.plain.LeadConvert(leadId=lead, convertedStatus="Closed - Converted", doNotCreateOpportunity=True, overwriteLeadSource=False, sendNotificationEmail=False)
    converted = partner("convertLead", [wanted])[0]
    assert (converted.success, converted.opportunityId) == (True, None)
    other = place.org.admin.create("Account", Name="Foxes too")
    asked = partner.plain.MergeRequest(masterRecord=partner.row("Account", Id=converted.accountId), recordToMergeIds=[other])
    merged = partner("merge", [asked])[0]
    assert (merged.success, merged.mergedRecordIds) == (True, [other])


def test_the_describes_fit_the_schema(partner: Any) -> None:
    objects = partner("describeGlobal").sobjects
    assert {"Account", "Lead", "Invoice__c"} <= {entry.name for entry in objects}
    account = partner("describeSObject", "Account")
    assert (account.name, account.keyPrefix) == ("Account", "001")
    assert {"Id", "Name", "OwnerId"} <= {field.name for field in account.fields}
    assert [entry.name for entry in partner("describeSObjects", ["Contact", "Case"])] == ["Contact", "Case"]


def test_faults_are_faults(partner: Any) -> None:
    with pytest.raises(Fault) as caught:
        partner("query", "SELECT Nope FROM Account")
    assert caught.value.code == "sf:INVALID_FIELD"
    detail = caught.value.detail.find(f"{FAULTS}InvalidFieldFault")
    assert (detail.findtext(f"{FAULTS}row"), detail.findtext(f"{FAULTS}column")) == ("1", "8")
    partner("logout")
    with pytest.raises(Fault) as caught:
        partner("query", "SELECT Id FROM Account")
    assert caught.value.code == "sf:INVALID_SESSION_ID"
