"""LastActivityDate follows tasks and events."""

import pytest


@pytest.fixture
def account(caller):
    return caller.create("Account", Name="Acme")


def last(org, account):
    return org.admin.rows("Account", Id=account)[0]["LastActivityDate"]


def test_a_closed_task_counts_and_an_open_one_does_not(caller, org, account):
    task = caller.create("Task", Subject="Call", Status="Not Started", Priority="Normal", WhatId=account, ActivityDate="2026-01-10")
    assert last(org, account) is None
    caller("PATCH", f"/sobjects/Task/{task}", {"Status": "Completed"})
    assert last(org, account) == "2026-01-10"
    caller("PATCH", f"/sobjects/Task/{task}", {"Subject": "Called"})
    assert last(org, account) == "2026-01-10"


def test_the_latest_date_wins_and_goes_with_its_task(caller, org, account):
    early, late = (caller.create("Task", Subject="Call", Status="Completed", Priority="Normal", WhatId=account, ActivityDate=date) for date in ("2026-01-08", "2026-01-12"))
    assert last(org, account) == "2026-01-12"
    caller("DELETE", f"/sobjects/Task/{late}")
    assert last(org, account) == "2026-01-08"
    org.dml.write("undelete", "Task", [{"Id": late}], user_id=org.integration_user_id)
    assert last(org, account) == "2026-01-12"
    caller("PATCH", f"/sobjects/Task/{late}", {"WhatId": None})
    assert last(org, account) == "2026-01-08"
    assert early


def test_an_activity_belongs_to_the_account_that_it_is_about_or_to_its_contacts(caller, org, account):
    other = caller.create("Account", Name="Other")
    contact = caller.create("Contact", LastName="Byron", AccountId=other)
    opportunity = caller.create("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-05-01", AccountId=account)
    invoice = caller.create("Invoice__c", Account__c=account)
    lead = caller.create("Lead", LastName="Wolfe", Company="W")
    campaign = caller.create("Campaign", Name="Spring")
    for what, who, owner in ((account, contact, account), (opportunity, None, account), (invoice, None, account), (campaign, contact, other), (None, contact, other),
                             (None, lead, None), (campaign, None, None)):  # fmt: skip
        task = caller.create("Task", Subject="Call", WhatId=what, WhoId=who)
        assert caller("GET", f"/sobjects/Task/{task}?fields=AccountId").status == 200
        assert caller.json["AccountId"] == owner
    event = caller.create("Event", Subject="Visit", WhoId=contact, StartDateTime="2026-01-20T10:00:00Z", EndDateTime="2026-01-20T11:00:00Z")
    assert org.admin.rows("Event", Id=event)[0]["AccountId"] == other
    assert caller("PATCH", f"/sobjects/Event/{event}", {"WhatId": opportunity}).status == 204
    assert org.admin.rows("Event", Id=event)[0]["AccountId"] == account
    assert caller("PATCH", f"/sobjects/Event/{event}", {"WhatId": None, "WhoId": None}).status == 204
    assert org.admin.rows("Event", Id=event)[0]["AccountId"] is None


def test_a_closed_task_dates_the_account_of_its_contact(caller, org, account):
    contact = caller.create("Contact", LastName="Byron", AccountId=account)
    caller.create("Task", Subject="Call", Status="Completed", Priority="Normal", WhoId=contact, ActivityDate="2026-01-11")
    assert last(org, account) == "2026-01-11"


def test_a_task_about_a_person_dates_the_person(caller, org):
    contact = caller.create("Contact", LastName="Byron")
    caller.create("Task", Subject="Call", Status="Completed", Priority="Normal", WhoId=contact, ActivityDate="2026-01-10")
    assert org.admin.rows("Contact")[0]["LastActivityDate"] == "2026-01-10"
