"""Deletions and what comes of them: cascade, cleared references, children that forbid it, fifteen days, and the way back."""

import pytest

from sfchaos.org.org import Org

DAY_S = 86_400


class Heard:
    """A follower of everything but what the org writes about rows: (verb, sObject, id) in order."""

    def __init__(self):
        self.told = []

    def wants(self, sobject, verb):
        return True

    def saved(self, org, saved):
        if not saved.sobject.name.endswith(("History", "Share")):
            self.told.append((saved.verb, saved.sobject.name, saved.id))


@pytest.fixture
def org():
    return Org(seed=7)


def write(org, verb, sobject, *ids, **how):
    return org.dml.write(verb, sobject, [{"Id": record_id} for record_id in ids], user_id=org.integration_user_id, **how)


def one(org, verb, sobject, record_id):
    """The code of a refusal, or "ok"."""
    [result] = write(org, verb, sobject, record_id)
    return result.refusals[0].code if result.refusals else "ok"


def row(org, sobject, record_id):
    found = [r for r in org.admin.rows(sobject) if r["Id"] == record_id]
    return found[0] if found else None


def later(org, seconds):
    """Time passes, and the session that died meanwhile is a fresh one."""
    org.clock.advance(seconds)
    org.heal()


def family(org):
    account = org.admin.create("Account", Name="Acme")
    contact = org.admin.create("Contact", LastName="Byron", AccountId=account)
    opportunity = org.admin.create("Opportunity", Name="Big", StageName="Prospecting", CloseDate="2026-02-01", AccountId=account)
    task = org.admin.create("Task", Subject="Call", Status="Not Started", Priority="Normal", WhoId=contact)
    return account, contact, opportunity, task


def test_a_deleted_account_takes_contacts_opportunities_and_their_tasks_along(org):
    account, *_ = family(org)
    assert one(org, "delete", "Account", account) == "ok"
    assert [org.admin.count(name) for name in ("Account", "Contact", "Opportunity", "Task")] == [0, 0, 0, 0]


def test_followers_hear_of_every_row_of_a_cascade(org):
    account, contact, opportunity, task = family(org)
    heard = Heard()
    org.followers.add(heard)
    one(org, "delete", "Account", account)
    one(org, "undelete", "Account", account)
    gone = [entry[1:] for entry in heard.told if entry[0] == "delete"]
    assert gone[0] == ("Account", account)
    assert sorted(gone) == sorted([("Account", account), ("Contact", contact), ("Opportunity", opportunity), ("Task", task)])
    assert [entry[1:] for entry in heard.told if entry[0] == "undelete"] == gone


def test_an_undelete_brings_back_what_went_along_and_nothing_else(org):
    account, contact, *_ = family(org)
    before = org.admin.create("Contact", LastName="Earlier", AccountId=account)
    assert one(org, "delete", "Contact", before) == "ok"  # in the same second: time does not tell the two apart
    assert one(org, "delete", "Account", account) == "ok"
    assert one(org, "undelete", "Account", account) == "ok"
    assert {r["Id"] for r in org.admin.rows("Contact")} == {contact}
    assert [org.admin.count(name) for name in ("Opportunity", "Task")] == [1, 1]
    assert one(org, "undelete", "Contact", before) == "ok"


def test_a_row_that_went_along_does_not_come_back_alone(org):
    account, contact, *_ = family(org)
    one(org, "delete", "Account", account)
    assert one(org, "undelete", "Contact", contact) == "UNDELETE_FAILED"


def test_a_row_does_not_come_back_without_what_it_belongs_to(org):
    account, contact, *_ = family(org)
    one(org, "delete", "Contact", contact)
    one(org, "delete", "Account", account)
    assert one(org, "undelete", "Contact", contact) == "ENTITY_IS_DELETED"
    one(org, "undelete", "Account", account)
    assert one(org, "undelete", "Contact", contact) == "ok"


def test_a_case_keeps_its_account_and_the_refusal_names_both(org):
    account = org.admin.create("Account", Name="Acme")
    org.admin.create("Contact", LastName="Byron", AccountId=account)
    number = org.admin.rows("Case", Id=org.admin.create("Case", Subject="Broken", AccountId=account))[0]["CaseNumber"]
    [result] = write(org, "delete", "Account", account)
    [refusal] = result.refusals
    assert refusal.code == "DELETE_FAILED"
    assert refusal.message == f"Your attempt to delete Acme could not be completed because it is associated with the following cases.: {number}"
    assert (org.admin.count("Account"), org.admin.count("Contact")) == (1, 1)


def test_a_case_deep_in_the_family_stops_the_whole_deletion(org):
    account, contact, *_ = family(org)
    org.admin.create("Case", Subject="Broken", ContactId=contact)
    [result] = write(org, "delete", "Account", account)
    assert result.refusals[0].message.startswith("Your attempt to delete Byron could not be completed")
    assert [org.admin.count(name) for name in ("Account", "Contact", "Opportunity", "Task")] == [1, 1, 1, 1]


def test_a_lookup_is_cleared_by_the_deletion_and_set_again_by_the_undelete(org):
    parent, child = org.admin.create("Account", Name="Parent"), org.admin.create("Account", Name="Child")
    other = org.admin.create("Account", Name="Other")
    org.admin.update("Account", child, ParentId=parent)
    org.admin.update("Account", other, ParentId=parent)
    stamp = row(org, "Account", child)["SystemModstamp"]
    org.clock.advance(60)
    one(org, "delete", "Account", parent)
    assert (row(org, "Account", child)["ParentId"], row(org, "Account", child)["SystemModstamp"]) == (None, stamp)
    org.admin.update("Account", other, ParentId=child)
    one(org, "undelete", "Account", parent)
    assert row(org, "Account", child)["ParentId"] == parent
    assert row(org, "Account", other)["ParentId"] == child  # filled meanwhile: left alone


def test_a_lookup_to_a_row_deleted_meanwhile_is_cleared_when_its_own_row_comes_back(org):
    parent, child = org.admin.create("Account", Name="Parent"), org.admin.create("Account", Name="Child")
    org.admin.update("Account", child, ParentId=parent)
    one(org, "delete", "Account", child)
    one(org, "delete", "Account", parent)
    one(org, "undelete", "Account", child)
    assert row(org, "Account", child)["ParentId"] is None


def test_a_ring_of_accounts_can_be_deleted(org):
    a, b = org.admin.create("Account", Name="A"), org.admin.create("Account", Name="B")
    org.store.update("Account", a, {"ParentId": b})  # no request leads there; an org file may
    org.store.update("Account", b, {"ParentId": a})
    assert one(org, "delete", "Account", a) == "ok"
    assert row(org, "Account", b)["ParentId"] is None


def test_who_deleted_a_row_stands_on_it(org):
    account = org.admin.create("Account", Name="A")
    org.clock.advance(60)
    one(org, "delete", "Account", account)
    found = org.store.one("SELECT IsDeleted, LastModifiedById, LastModifiedDate, SystemModstamp FROM Account WHERE Id = ?", (account,))
    assert found == (1, org.integration_user_id, "2026-01-15T09:01:00.000+0000", "2026-01-15T09:01:00.000+0000")


def test_a_unique_value_of_a_deleted_row_is_free_and_stops_its_return_when_taken(org):
    first = org.admin.create("Account", Name="A", External_Id__c="K-1")
    one(org, "delete", "Account", first)
    second = org.admin.create("Account", Name="B", External_Id__c="K-1")
    [result] = write(org, "undelete", "Account", first)
    assert result.refusals[0].message == f"duplicate value found: External_Id__c duplicates value on record with id: {second[:15]}"
    one(org, "delete", "Account", second)
    assert one(org, "undelete", "Account", first) == "ok"


def test_after_fifteen_days_a_deleted_row_is_gone_for_good(caller, org):
    account = caller.create("Account", Name="A")
    caller("DELETE", f"/sobjects/Account/{account}")
    later(caller.org, 15 * DAY_S - 10)
    assert caller("GET", f"/sobjects/Account/{account}").status == 404
    assert caller.json[0]["errorCode"] == "ENTITY_IS_DELETED"
    later(caller.org, 11)
    caller("GET", f"/sobjects/Account/{account}")
    assert caller.json[0]["errorCode"] == "NOT_FOUND"
    caller("GET", "/queryAll?q=SELECT+Id+FROM+Account")
    assert caller.json["totalSize"] == 0
    assert one(caller.org, "undelete", "Account", account) == "UNDELETE_FAILED"


def test_a_row_deleted_later_stays_when_an_earlier_one_leaves(caller):
    first, second = caller.create("Account", Name="A"), caller.create("Account", Name="B")
    caller("DELETE", f"/sobjects/Account/{first}")
    later(caller.org, 5 * DAY_S)
    caller("DELETE", f"/sobjects/Account/{second}")
    later(caller.org, 11 * DAY_S)
    caller("GET", "/queryAll?q=SELECT+Id+FROM+Account")
    assert [found["Id"] for found in caller.json["records"]] == [second]
    later(caller.org, 5 * DAY_S)
    caller("GET", "/queryAll?q=SELECT+Id+FROM+Account")
    assert caller.json["totalSize"] == 0


def test_a_row_that_came_back_does_not_leave(caller):
    account = caller.create("Account", Name="A")
    caller("DELETE", f"/sobjects/Account/{account}")
    one(caller.org, "undelete", "Account", account)
    later(caller.org, 20 * DAY_S)
    assert caller("GET", f"/sobjects/Account/{account}").status == 200


def test_an_emptied_row_cannot_come_back_but_query_all_still_shows_it(org):
    account, contact, *_ = family(org)
    one(org, "delete", "Account", account)
    results = org.recycle_bin.empty([account, account, contact, "nonsense", org.admin.create("Account", Name="Live")], user_id=org.integration_user_id)
    assert [result.refusals[0].code if result.refusals else "ok" for result in results] == ["ok", "INVALID_ID_FIELD", "INVALID_ID_FIELD", "MALFORMED_ID", "INVALID_ID_FIELD"]
    assert one(org, "undelete", "Account", account) == "UNDELETE_FAILED"
    assert one(org, "undelete", "Contact", contact) == "UNDELETE_FAILED"
    assert org.store.one("SELECT COUNT(*) FROM Account WHERE IsDeleted = 1") == (1,)


def test_a_reset_forgets_what_lies_in_the_bin(org):
    before = org.digest()
    account, *_ = family(org)
    one(org, "delete", "Account", account)
    assert org.digest() != before
    org.reset()
    assert org.digest() == before


def test_of_many_deletions_in_an_all_or_none_request_none_stays_when_one_is_refused(org):
    free, held = org.admin.create("Account", Name="Free"), org.admin.create("Account", Name="Held")
    org.admin.create("Case", Subject="Broken", AccountId=held)
    results = write(org, "delete", "Account", free, held, all_or_none=True)
    assert [result.refusals[0].code for result in results] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "DELETE_FAILED"]
    assert org.admin.count("Account") == 2
