"""Merge: two or three rows made one."""

import pytest

from sfchaos.org.org import Org


@pytest.fixture
def org():
    return Org(seed=7)


def merge(org, master, *losers, sobject="Account", **fields):
    return org.dml.merge(sobject, {"Id": master, **fields}, losers, user_id=org.integration_user_id)


def accounts(org, *names):
    return [org.admin.create("Account", Name=name) for name in names]


def test_losers_go_to_the_bin_with_the_masters_id_and_the_master_takes_the_given_fields(org):
    master, one, two = accounts(org, "Master", "One", "Two")
    result = merge(org, master, one, two, Industry="Energy")
    assert (result.ok, result.id, result.merged_ids, result.related_ids) == (True, master, (one, two), ())
    [kept] = org.admin.rows("Account")
    assert (kept["Id"], kept["Name"], kept["Industry"]) == (master, "Master", "Energy")
    assert org.store.all("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = 1 ORDER BY Id") == [(one, master), (two, master)]


def test_children_of_the_losers_hang_on_the_master_and_are_not_deleted(org):
    master, loser = accounts(org, "Master", "Loser")
    contact = org.admin.create("Contact", LastName="Byron", AccountId=loser)
    case = org.admin.create("Case", Subject="Broken", AccountId=loser)
    result = merge(org, master, loser)
    assert set(result.related_ids) == {contact, case}
    assert org.admin.rows("Contact")[0]["AccountId"] == master
    assert org.admin.rows("Case")[0]["AccountId"] == master


def test_a_master_does_not_become_its_own_parent(org):
    master, loser = accounts(org, "Master", "Loser")
    org.admin.update("Account", master, ParentId=loser)
    assert merge(org, master, loser).ok
    assert org.admin.rows("Account")[0]["ParentId"] is None


def test_a_merged_row_comes_back_but_its_children_stay_with_the_master(org):
    master, loser = accounts(org, "Master", "Loser")
    org.admin.create("Contact", LastName="Byron", AccountId=loser)
    merge(org, master, loser)
    [result] = org.dml.write("undelete", "Account", [{"Id": loser}], user_id=org.integration_user_id)
    assert result.ok
    assert [(row["Name"], row["MasterRecordId"]) for row in org.admin.rows("Account")] == [("Master", None), ("Loser", None)]
    assert org.admin.rows("Contact")[0]["AccountId"] == master


@pytest.mark.parametrize(("sobject", "losers", "code"), [
    ("Account", 0, "NUMBER_OUTSIDE_VALID_RANGE"), ("Account", 3, "NUMBER_OUTSIDE_VALID_RANGE"), ("Account", "self", "DUPLICATE_VALUE"),
    ("Account", "contact", "MALFORMED_ID"), ("Account", "deleted", "ENTITY_IS_DELETED"), ("Account", "missing", "INVALID_CROSS_REFERENCE_KEY"),
    ("Opportunity", 1, "INVALID_TYPE"),
])  # fmt: skip
def test_what_cannot_be_merged_is_refused_and_nothing_changes(org, sobject, losers, code):
    master, *others = accounts(org, "Master", "A", "B", "C")
    gone = org.admin.create("Account", Name="Gone")
    org.admin.delete("Account", gone)
    named = {"self": [master], "contact": [org.admin.create("Contact", LastName="x")], "deleted": [gone], "missing": ["001000000000009AAA"]}
    before = org.admin.rows("Account")
    result = merge(org, master, *(named[losers] if isinstance(losers, str) else others[:losers]), sobject=sobject)
    assert (result.ok, result.refusals[0].code) == (False, code)
    assert org.admin.rows("Account") == before


def test_a_refused_field_of_the_master_undoes_the_merge(org):
    master, loser = accounts(org, "Master", "Loser")
    result = merge(org, master, loser, Name="")
    assert result.refusals[0].code == "REQUIRED_FIELD_MISSING"
    assert org.admin.count("Account") == 2
