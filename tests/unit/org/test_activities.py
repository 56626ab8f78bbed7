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


def test_a_task_about_a_person_dates_the_person(caller, org):
    contact = caller.create("Contact", LastName="Byron")
    caller.create("Task", Subject="Call", Status="Completed", Priority="Normal", WhoId=contact, ActivityDate="2026-01-10")
    assert org.admin.rows("Contact")[0]["LastActivityDate"] == "2026-01-10"
