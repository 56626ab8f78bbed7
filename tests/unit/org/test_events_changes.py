"""Change events: what rows tell when their transaction is done."""

from __future__ import annotations

import pytest

from sfchaos.core.errors import BadFile, UnknownName, UsageError
from sfchaos.org.org import Org
from sfchaos.org.schema.load import org_from_tree

ACCOUNTS = "/data/AccountChangeEvent"


def org_of(*names, **tree):
    return Org(seed=7, schema=org_from_tree({"sfchaos_org": 1, "change_data_capture": list(names), **tree}, "test"))


@pytest.fixture
def org():
    return org_of("Account", "Contact", "Invoice__c")


def told(org, topic=ACCOUNTS):
    return [event.payload for event in org.events.after(topic, 0)]


def headers(org, topic=ACCOUNTS):
    return [payload["ChangeEventHeader"] for payload in told(org, topic)]


def test_a_new_org_captures_nothing():
    plain = Org(seed=7)
    plain.admin.create("Account", Name="Acme")
    assert plain.registers.events == {}
    assert plain.events.find_topic(ACCOUNTS, plain.admin_user_id) is None


def test_the_life_of_a_row_is_told_in_order(org, caller):
    account = caller.create("Account", Name="Acme", BillingCity="Rome")
    org.clock.advance(5)
    caller("PATCH", f"/sobjects/Account/{account}", {"Rating": "Hot", "BillingCity": None})
    caller("DELETE", f"/sobjects/Account/{account}")
    org.dml.write("undelete", "Account", [{"Id": account}], user_id=org.integration_user_id)
    org.send_events()
    created, updated, deleted, undeleted = told(org)
    assert [header["changeType"] for header in headers(org)] == ["CREATE", "UPDATE", "DELETE", "UNDELETE"]
    assert (created["Name"], created["BillingAddress"]) == ("Acme", {"City": "Rome"})
    assert updated["ChangeEventHeader"]["changedFields"] == ["BillingAddress.City", "Rating", "LastModifiedDate"]
    assert (updated["Rating"], updated["BillingAddress"], updated["LastModifiedDate"]) == ("Hot", {"City": None}, "2026-01-15T09:00:05.000Z")
    assert set(updated) == {"ChangeEventHeader", "Rating", "BillingAddress", "LastModifiedDate"}
    assert set(deleted) == {"ChangeEventHeader"}
    assert undeleted["Name"] == "Acme"


def test_the_header_says_who_changed_what_by_which_api(org, caller):
    account = caller("POST", "/sobjects/Account", {"Name": "Acme"}, headers=(("Sforce-Call-Options", "client=acme-sync"),))
    assert account.status == 201
    (header,) = headers(org)
    assert header["changeOrigin"] == "com/salesforce/api/rest/62.0;client=acme-sync"
    assert (header["commitUser"], header["entityName"], header["sequenceNumber"]) == (org.integration_user_id, "Account", 1)
    assert header["commitTimestamp"] == 1768467600000


def test_rows_that_change_alike_in_one_request_share_an_event(org, caller):
    accounts = [caller.create("Account", Name=name) for name in ("A", "B", "C")]
    records = [{"attributes": {"type": "Account"}, "id": account, "Rating": "Hot" if account != accounts[2] else "Cold"} for account in accounts]
    caller("PATCH", "/composite/sobjects", {"records": records})
    hot, cold = headers(org)[3:]
    assert (hot["recordIds"], cold["recordIds"]) == (accounts[:2], accounts[2:])
    assert hot["transactionKey"] == cold["transactionKey"]
    assert (hot["sequenceNumber"], cold["sequenceNumber"]) == (1, 2)
    assert headers(org)[0]["transactionKey"] != hot["transactionKey"]


def test_what_is_undone_is_not_told(org, caller):
    records = [{"attributes": {"type": "Account"}, "Name": "Acme"}, {"attributes": {"type": "Account"}}]
    caller("POST", "/composite/sobjects", {"allOrNone": True, "records": records})
    assert told(org) == []


def test_a_name_is_told_in_its_parts(org, caller):
    contact = caller.create("Contact", FirstName="Ada", LastName="Lovelace")
    caller("PATCH", f"/sobjects/Contact/{contact}", {"FirstName": "Augusta"})
    created, updated = told(org, "/data/ContactChangeEvent")
    assert created["Name"] == {"LastName": "Lovelace", "FirstName": "Ada"}
    assert updated["Name"] == {"FirstName": "Augusta"}
    assert updated["ChangeEventHeader"]["changedFields"] == ["Name.FirstName"]


def test_the_channel_of_all_has_the_events_of_all_chosen_objects(org, caller):
    caller.create("Account", Name="Acme")
    caller.create("Invoice__c", Number__c="7")
    topic = org.events.find_topic("/data/ChangeEvents", org.admin_user_id)
    assert [event.sobject for event in org.events.after(topic, 0)] == ["AccountChangeEvent", "Invoice__ChangeEvent"]


def test_a_custom_channel_has_its_members_alone(org, caller):
    sent = {"FullName": "Sales_Account", "Metadata": {"eventChannel": "Sales__chn", "selectedEntity": "AccountChangeEvent"}}
    assert caller("POST", "/tooling/sobjects/PlatformEventChannelMember", sent).status == 400  # it takes Customize Application
    admin = (("Authorization", f"Bearer {org.sessions.open(org.admin_user_id, grant='test').token}"),)
    channel = {"FullName": "Sales__chn", "Metadata": {"channelType": "data", "label": "Sales"}}
    assert caller("POST", "/tooling/sobjects/PlatformEventChannel", channel, headers=admin).status == 201
    assert caller("POST", "/tooling/sobjects/PlatformEventChannelMember", sent, headers=admin).status == 201
    caller.create("Account", Name="Acme")
    caller.create("Invoice__c", Number__c="7")
    topic = org.events.find_topic("/data/Sales__chn", org.admin_user_id)
    assert [event.sobject for event in org.events.after(topic, 0)] == ["AccountChangeEvent"]


def test_who_may_not_see_all_rows_may_not_subscribe(org):
    org.registers.hidden[("account", "*view_all")] = "object"
    org.rights.forget()
    assert org.events.find_topic(ACCOUNTS, org.integration_user_id) is None
    assert org.events.find_topic(ACCOUNTS, org.admin_user_id) is not None


def test_a_gap_is_told_without_fields(org):
    org.changes.gap("Account", "UPDATE", ["0015e0000000001AAA"])
    org.changes.gap("Account", "OVERFLOW")
    gap, overflow = told(org)
    assert set(gap) == {"ChangeEventHeader"}
    assert (gap["ChangeEventHeader"]["changeType"], gap["ChangeEventHeader"]["recordIds"]) == ("GAP_UPDATE", ["0015e0000000001AAA"])
    assert (overflow["ChangeEventHeader"]["changeType"], overflow["ChangeEventHeader"]["recordIds"]) == ("GAP_OVERFLOW", ["000000000000000AAA"])
    with pytest.raises(UnknownName, match="change_data_capture"):
        org.changes.gap("Case")


def test_an_object_chosen_while_the_org_runs_is_unchosen_by_a_reset():
    org = Org(seed=7)
    before = org.digest()
    org.admin.create("PlatformEventChannelMember", EventChannel="ChangeEvents", SelectedEntity="AccountChangeEvent")
    org.admin.create("Account", Name="Acme")
    assert len(told(org)) == 1
    org.reset()
    assert org.schema.find("AccountChangeEvent") is None
    assert org.digest() == before
    org.admin.create("Account", Name="Acme")
    assert org.registers.events == {}


def test_an_object_that_is_not_there_cannot_be_chosen(org):
    with pytest.raises(BadFile, match="Acount"):
        org_of("Acount")
    with pytest.raises(UsageError, match="not supported"):
        org.admin.create("PlatformEventChannelMember", EventChannel="ChangeEvents", SelectedEntity="NothingChangeEvent")
