"""convertLead: what becomes of a lead."""

import pytest

LEAD = {"LastName": "Fox", "FirstName": "Jo", "Company": "Acme", "Email": "jo@acme.example", "Phone": "1", "City": "Ulm", "LeadSource": "Web", "Industry": "Energy"}
CONVERT = "<leadConverts><convertedStatus>{status}</convertedStatus><doNotCreateOpportunity>{alone}</doNotCreateOpportunity><leadId>{lead}</leadId>{more}</leadConverts>"


def convert(soap, lead, *, status="Closed - Converted", alone="false", more=""):
    return soap(f"<convertLead>{CONVERT.format(status=status, alone=alone, lead=lead, more=more)}</convertLead>")


def test_a_lead_becomes_an_account_a_contact_and_an_opportunity(soap):
    lead = soap.add("Lead", **LEAD)
    reply = convert(soap, lead)
    assert [child.tag for child in reply.result] == ["accountId", "contactId", "leadId", "opportunityId", "success"]
    account, contact, opportunity = (reply.result.findtext(name) for name in ("accountId", "contactId", "opportunityId"))
    assert soap.rows("Account", "Id, Name, Phone, BillingCity, Industry") == [{"Id": account, "Name": "Acme", "Phone": "1", "BillingCity": "Ulm", "Industry": "Energy"}]
    assert soap.rows("Contact", "Id, Name, Email, MailingCity, AccountId, LeadSource") == [
        {"Id": contact, "Name": "Jo Fox", "Email": "jo@acme.example", "MailingCity": "Ulm", "AccountId": account, "LeadSource": "Web"}
    ]
    assert soap.rows("Opportunity", "Id, Name, StageName, CloseDate, AccountId") == [
        {"Id": opportunity, "Name": "Acme-", "StageName": "Prospecting", "CloseDate": "2026-03-31", "AccountId": account}
    ]
    assert soap.rows("OpportunityContactRole", "OpportunityId, ContactId, IsPrimary") == [{"OpportunityId": opportunity, "ContactId": contact, "IsPrimary": True}]
    assert soap.rows("Lead", "Status, IsConverted, ConvertedDate, ConvertedAccountId, ConvertedContactId, ConvertedOpportunityId") == [
        {"Status": "Closed - Converted", "IsConverted": True, "ConvertedDate": "2026-01-15", "ConvertedAccountId": account, "ConvertedContactId": contact,
         "ConvertedOpportunityId": opportunity}
    ]  # fmt: skip
    assert soap.org.receipt.applied == "yes"


def test_an_opportunity_is_made_only_where_it_is_wanted_and_has_the_name_that_is_given(soap):
    alone = convert(soap, soap.add("Lead", **LEAD), alone="true")
    assert alone.result.find("opportunityId").get("nil") == "true"
    assert soap.rows("Opportunity") == []
    convert(soap, soap.add("Lead", **LEAD), more="<opportunityName>Big deal</opportunityName>")
    assert [row["Name"] for row in soap.rows("Opportunity")] == ["Big deal"]


def test_rows_that_are_given_are_filled_where_they_are_empty_and_not_overwritten(soap):
    account = soap.add("Account", Name="Old Acme", Phone="9")
    contact = soap.add("Contact", LastName="Fuchs", AccountId=account, Phone="8", LeadSource="Other")
    convert(soap, soap.add("Lead", **LEAD), more=f"<accountId>{account}</accountId><contactId>{contact}</contactId>")
    assert soap.rows("Account", "Name, Phone") == [{"Name": "Old Acme", "Phone": "9"}]
    assert soap.rows("Contact", "LastName, Phone, Email, LeadSource") == [{"LastName": "Fuchs", "Phone": "8", "Email": "jo@acme.example", "LeadSource": "Other"}]
    more = f"<accountId>{account}</accountId><contactId>{contact}</contactId><overwriteLeadSource>true</overwriteLeadSource>"
    convert(soap, soap.add("Lead", **LEAD), more=more)
    assert soap.rows("Contact", "LeadSource") == [{"LeadSource": "Web"}]


def test_tasks_of_the_lead_become_the_contacts(soap):
    lead = soap.add("Lead", **LEAD)
    soap.add("Task", Subject="Call", WhoId=lead, Status="Not Started", Priority="Normal")
    contact = convert(soap, lead).result.findtext("contactId")
    assert soap.rows("Task", "WhoId") == [{"WhoId": contact}]


@pytest.mark.parametrize(
    ("status", "more", "code", "message"),
    [
        ("Open - Not Contacted", "", "INVALID_STATUS", "invalid convertedStatus: Open - Not Contacted"),
        ("", "", "REQUIRED_FIELD_MISSING", "Required fields are missing: [convertedStatus]"),
        ("Closed - Converted", "<accountId>0015e0000009999</accountId>", "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        ("Closed - Converted", "<contactId>0035e0000009999</contactId>", "REQUIRED_FIELD_MISSING", "Required fields are missing: [accountId]"),
        ("Closed - Converted", "<accountId>0035e0000000001</accountId>", "MALFORMED_ID", "Account ID: id value of incorrect type: 0035e0000000001"),
    ],
)
def test_what_cannot_be_converted_tells_why_and_changes_nothing(soap, status, more, code, message):
    lead = soap.add("Lead", **LEAD)
    before = soap.org.digest()
    reply = convert(soap, lead, status=status, more=more)
    assert (reply.result.findtext("errors/statusCode"), reply.result.findtext("errors/message")) == (code, message)
    assert reply.result.findtext("success") == "false"
    assert soap.rows("Lead", "IsConverted") == [{"IsConverted": False}]
    assert (soap.rows("Account"), soap.rows("Contact")) == ([], [])
    assert soap.org.receipt.applied == "no"
    assert before != ""


def test_a_lead_is_converted_once(soap):
    lead = soap.add("Lead", **LEAD)
    convert(soap, lead)
    again = convert(soap, lead)
    assert again.result.findtext("errors/statusCode") == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert len(soap.rows("Account")) == 1


def test_a_validation_on_the_contact_takes_the_account_back(soap):
    soap.org.world.add_validation("Contact", "LastName", "no foxes", soap.org.now_s() + 60)
    reply = convert(soap, soap.add("Lead", **LEAD))
    assert reply.result.findtext("errors/message") == "no foxes"
    assert soap.rows("Account") == []
    assert all(not touch.ok for touch in soap.org.receipt.rows)


def test_leads_are_converted_one_by_one(soap):
    good, bad = soap.add("Lead", **LEAD), soap.add("Lead", **LEAD)
    asked = CONVERT.format(status="Nope", alone="true", lead=bad, more="") + CONVERT.format(status="Closed - Converted", alone="true", lead=good, more="")
    reply = soap(f"<convertLead>{asked}</convertLead>")
    assert [result.findtext("success") for result in reply.results] == ["false", "true"]
    assert len(soap.rows("Account")) == 1
    assert soap.org.receipt.applied == "partly"


def test_more_than_a_hundred_leads_are_refused(soap):
    asked = CONVERT.format(status="x", alone="true", lead="00Q5e0000000001", more="") * 101
    assert soap(f"<convertLead>{asked}</convertLead>").fault.startswith("EXCEEDED_ID_LIMIT: ")
