"""Compiled statements: shared between literals, and quick because they use indexes."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.soql import prepare, run


@pytest.fixture(scope="module")
def org():
    org = Org(seed=1)
    org.admin.create("Account", Name="Acme", External_Id__c="A-1")
    org.admin.create("Account", Name="Beta", External_Id__c="B'1")
    org.admin.create("Account", Name="Null")
    return org


def prepared(org, text):
    return prepare(org, text, user_id=org.integration_user_id)


def test_statements_that_differ_in_literals_share_a_plan(org):
    one = prepared(org, "SELECT Id FROM Account WHERE External_Id__c = 'A-1' AND Name LIKE 'A%'")
    other = prepared(org, "SELECT Id FROM Account WHERE External_Id__c = 'B\\'1' AND Name LIKE 'B%'")
    assert one.plan is other.plan
    assert len(one.all().rows) == len(other.all().rows) == 1
    assert one.all().ids != other.all().ids


def test_an_empty_literal_is_null_and_leaves_the_shared_plan_alone(org):
    def names(key):
        return [r["Name"] for r in run(org, f"SELECT Name FROM Account WHERE External_Id__c = '{key}'", user_id=org.integration_user_id).rows]

    assert names("a-1") == ["Acme"]
    assert names("") == ["Null"]
    assert names("a-1") == ["Acme"]


def test_a_bad_id_after_a_good_one_is_still_refused_with_its_place(org):
    run(org, "SELECT Id FROM Account WHERE Id = '0015e0000000001'", user_id=org.integration_user_id)
    with pytest.raises(Refused, match="Column:30\ninvalid ID field: short"):
        run(org, "SELECT Id FROM Account WHERE Id = 'short'", user_id=org.integration_user_id)


def test_a_bad_escape_after_a_good_literal_is_still_refused(org):
    run(org, "SELECT Id FROM Account WHERE Name = 'ok'", user_id=org.integration_user_id)
    with pytest.raises(Refused, match="Illegal character sequence"):
        run(org, r"SELECT Id FROM Account WHERE Name = 'not \ok'", user_id=org.integration_user_id)


def test_date_literals_move_with_the_clock():
    org = Org(seed=1)
    org.admin.create("Account", Name="Acme")
    text = "SELECT Name FROM Account WHERE CreatedDate = TODAY"
    assert len(run(org, text, user_id=org.integration_user_id).rows) == 1
    org.clock.advance(86_400)
    assert run(org, text, user_id=org.integration_user_id).rows == []


def test_today_is_the_users_today():
    org = Org(seed=1)  # 09:00 UTC
    org.admin.create("Account", Name="Acme")
    org.admin.update("User", org.integration_user_id, TimeZoneSidKey="America/Los_Angeles")
    org.clock.advance(20 * 3600)  # 05:00 UTC of the next day, 21:00 of the same day in Los Angeles
    text = "SELECT Name FROM Account WHERE CreatedDate = TODAY"
    assert len(run(org, text, user_id=org.integration_user_id).rows) == 1
    assert run(org, text, user_id=org.admin_user_id).rows == []


@pytest.mark.parametrize(
    "where", ["External_Id__c = 'x'", "OwnerId = '0055e0000000001'", "Id = '0015e0000000001'", "Name = 'x'", "External_Id__c IN ('x', 'y')"]
)
def test_lookups_use_an_index(org, where):
    plan = prepared(org, f"SELECT Id, Owner.Name FROM Account WHERE {where}").plan
    values = prepared(org, f"SELECT Id, Owner.Name FROM Account WHERE {where}").values[id(plan)]
    steps = [row[3] for row in org.store.all("EXPLAIN QUERY PLAN " + plan.sql(plan.select_sql), values)]
    assert steps[0].startswith("SEARCH t0 USING")
