"""What comes back: records, parents, children, aggregates, flat rows."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.soql import run

BASE = "/services/data/v62.0"


@pytest.fixture(scope="module")
def org():
    org = Org(seed=1)
    acme = org.admin.create("Account", Name="Acme", Industry="Retail", NumberOfEmployees=10, AnnualRevenue=1000, BillingCity="Bonn")
    org.admin.create("Account", Name="Beta", Industry="Retail", NumberOfEmployees=5, AnnualRevenue=500, ParentId=acme)
    org.admin.create("Account", Name="Gamma")
    for name in ("Hopper", "Ada", "Curie"):
        org.admin.create("Contact", LastName=name, AccountId=acme)
    org.admin.create("Task", Subject="Call", WhatId=acme)
    return org


def result(org, text, **how):
    return run(org, text, user_id=org.integration_user_id, **how)


def test_attributes_come_first_and_fields_in_the_order_asked(org):
    (made,) = result(org, "select anNualRevenue, name, numberofemployees, isdeleted from account where name = 'acme'").records(BASE)
    account_id = org.admin.rows("Account", Name="Acme")[0]["Id"]

    assert list(made.items()) == [
        ("attributes", {"type": "Account", "url": f"{BASE}/sobjects/Account/{account_id}"}),
        ("AnnualRevenue", 1000.0), ("Name", "Acme"), ("NumberOfEmployees", 10), ("IsDeleted", False),
    ]  # fmt: skip
    assert isinstance(made["AnnualRevenue"], float)
    assert made["IsDeleted"] is False


def test_a_parent_is_a_record_and_a_missing_one_is_null(org):
    rows = result(org, "SELECT Parent.Name, Name, Parent.Industry FROM Account ORDER BY Name").rows
    assert rows[0] == {"Parent": None, "Name": "Acme"}
    assert rows[1] == {"Parent": {"Name": "Acme", "Industry": "Retail"}, "Name": "Beta"}


def test_parents_of_parents_have_attributes_of_their_own(org):
    (made,) = result(org, "SELECT Parent.Owner.Name FROM Account WHERE Name = 'Beta'").records(BASE)
    assert made["Parent"]["attributes"]["type"] == "Account"
    assert made["Parent"]["Owner"]["attributes"] == {"type": "User", "url": f"{BASE}/sobjects/User/{org.admin_user_id}"}


def test_an_address_is_an_object_or_null(org):
    rows = result(org, "SELECT BillingAddress FROM Account ORDER BY Name LIMIT 2").rows
    assert rows[1]["BillingAddress"] is None
    assert list(rows[0]["BillingAddress"].items()) == [
        ("city", "Bonn"), ("country", None), ("geocodeAccuracy", None), ("latitude", None), ("longitude", None), ("postalCode", None), ("state", None), ("street", None),
    ]  # fmt: skip


def test_children_come_in_an_envelope_and_none_is_null(org):
    acme, beta, _ = result(
        org, "SELECT Name, (SELECT LastName, Account.Name FROM Contacts WHERE LastName != 'Curie' ORDER BY LastName) FROM Account ORDER BY Name"
    ).records(BASE)
    assert acme["Contacts"]["totalSize"] == 2
    assert acme["Contacts"]["done"] is True
    assert [c["LastName"] for c in acme["Contacts"]["records"]] == ["Ada", "Hopper"]
    assert acme["Contacts"]["records"][0]["Account"]["Name"] == "Acme"
    assert beta["Contacts"] is None


def test_the_limit_of_a_subquery_counts_per_parent(org):
    acme = result(org, "SELECT (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 1) FROM Account WHERE Name = 'Acme'").rows[0]
    assert acme == {"Contacts": [{"LastName": "Hopper"}]}


def test_a_parent_of_several_types_says_which_it_is(org):
    (made,) = result(org, "SELECT What.Name, What.Type, Who.Name FROM Task").records(BASE)
    assert made["What"]["attributes"]["type"] == "Account"
    assert (made["What"]["Name"], made["What"]["Type"]) == ("Acme", "Account")
    assert made["Who"] is None


def test_count_has_no_records(org):
    counted = result(org, "SELECT COUNT() FROM Account WHERE Industry = 'Retail'")
    assert (counted.total, counted.rows) == (2, [])
    assert result(org, "SELECT COUNT() FROM Account LIMIT 1").total == 1


def test_aggregates_are_named_by_place_or_alias(org):
    found = result(org, "SELECT Industry, COUNT(Id), SUM(NumberOfEmployees) staff, AVG(AnnualRevenue), MIN(Name), COUNT_DISTINCT(AnnualRevenue) "
                   "FROM Account GROUP BY Industry ORDER BY Industry NULLS LAST")  # fmt: skip
    assert found.total == 2
    assert list(found.records(BASE)[0].items()) == [
        ("attributes", {"type": "AggregateResult"}), ("Industry", "Retail"), ("expr0", 2), ("staff", 15), ("expr1", 750.0), ("expr2", "Acme"), ("expr3", 2),
    ]  # fmt: skip
    assert found.rows[1] == {"Industry": None, "expr0": 1, "staff": None, "expr1": None, "expr2": "Gamma", "expr3": 0}


def test_having_filters_groups(org):
    assert result(org, "SELECT Industry FROM Account WHERE Name != 'x' GROUP BY Industry HAVING COUNT(Id) > 1 AND MIN(Name) = 'acme'").rows == [
        {"Industry": "Retail"}
    ]


def test_a_grouped_parent_field_goes_by_its_own_name(org):
    assert result(org, "SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name").rows == [{"Name": "Acme", "n": 3}]


def test_dates_group_by_parts(org):
    assert result(org, "SELECT CALENDAR_YEAR(CreatedDate) y, CALENDAR_MONTH(CreatedDate), COUNT(Id) FROM Account GROUP BY CALENDAR_YEAR(CreatedDate), CALENDAR_MONTH(CreatedDate)"
                  ).rows == [{"y": 2026, "expr0": 1, "expr1": 3}]  # fmt: skip


def test_more_than_2000_groups_do_not_fit(org):
    from sfchaos.org.refusals import Refused

    org.admin.create_many("Lead", [{"LastName": f"L{n}", "Company": "c"} for n in range(2001)])
    with pytest.raises(Refused, match="does not support queryMore"):
        result(org, "SELECT LastName, COUNT(Id) FROM Lead GROUP BY LastName")


def test_all_standard_fields_come_in_describe_order(org):
    (made,) = result(org, "SELECT FIELDS(STANDARD) FROM Account WHERE Name = 'Acme'").rows
    expected = [f.name for f in org.schema.find("Account").fields if not f.custom]
    assert list(made) == expected
    (custom,) = result(org, "SELECT FIELDS(CUSTOM) FROM Account WHERE Id = '" + made["Id"] + "'").rows
    assert list(custom) == ["External_Id__c", "Legacy_Id__c"]


def test_flat_rows_are_text_in_the_order_asked(org):
    flat = result(org, "SELECT Name, IsDeleted, AnnualRevenue, NumberOfEmployees, CreatedDate, Parent.Name FROM Account ORDER BY Name")
    assert flat.fields == ("Name", "IsDeleted", "AnnualRevenue", "NumberOfEmployees", "CreatedDate", "Parent.Name")
    assert list(flat.flat_rows())[1:] == [
        ("Beta", "false", "500.0", "5", "2026-01-15T09:00:00.000Z", "Acme"),
        ("Gamma", "false", "", "", "2026-01-15T09:00:00.000Z", ""),
    ]


def test_what_was_read_is_listed_with_the_rows(org):
    acme, admin = org.admin.rows("Account", Name="Acme")[0]["Id"], org.admin_user_id
    found = result(org, "SELECT Name, Owner.Name, (SELECT LastName FROM Contacts WHERE LastName = 'Ada') FROM Account WHERE Name = 'Acme'")
    ada = org.admin.rows("Contact", LastName="Ada")[0]["Id"]
    assert found.reads() == [("Account", ("Name",), (acme,)), ("User", ("Name",), (admin,)), ("Contact", ("LastName",), (ada,))]


def test_a_hidden_field_does_not_exist_for_the_user_but_for_the_administrator():
    from sfchaos.org.refusals import Refused

    org = Org(seed=1)
    org.admin.create("Contact", LastName="Ada", Email="ada@example.com")
    text = "SELECT Email FROM Contact"
    assert result(org, text).rows == [{"Email": "ada@example.com"}]
    org.world.hide_field("Contact", "Email")
    with pytest.raises(Refused, match="No such column 'Email' on entity 'Contact'"):
        result(org, text)
    with pytest.raises(Refused, match="No such column 'Email'"):
        result(org, "SELECT Id FROM Contact WHERE Email = 'x'")
    assert "Email" not in result(org, "SELECT FIELDS(STANDARD) FROM Contact").rows[0]
    assert org.admin.query(text) == [{"Email": "ada@example.com"}]


def test_a_reference_to_several_types_stays_one_when_the_org_has_only_one_of_them(org):
    from dataclasses import replace

    from sfchaos.org.soql.cache import Reader, fresh_plan

    task = org.schema.find("Task")
    narrow = org.schema.with_object(task.with_field(replace(task.find("WhatId"), reference_to=("Account", "Asset"))))
    plan = fresh_plan("SELECT What.Type FROM Task", [], narrow, Reader("", "open", lambda _sobject, _field: True))
    assert plan.shape.members[0].sobject == "Name"
    assert org.store.all(plan.sql(plan.select[-1])) == [("Account",)]
