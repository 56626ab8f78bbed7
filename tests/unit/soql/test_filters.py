"""Which rows a filter finds, on rows written by hand."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.soql import run

ACCOUNTS = [
    {"Name": "Acme", "Industry": "Retail", "NumberOfEmployees": 10, "AnnualRevenue": 2500, "External_Id__c": "A-1"},
    {"Name": "Beta 50%", "Industry": "Banking", "NumberOfEmployees": 20},
    {"Name": "gamma_x", "NumberOfEmployees": 30, "AnnualRevenue": 1000000, "External_Id__c": "G'1"},
    {"Name": "Delta"},
]


@pytest.fixture(scope="module")
def org():
    org = Org(seed=1)
    ids = {row["Name"]: org.admin.create("Account", **row) for row in ACCOUNTS}
    org.admin.create("Contact", LastName="Lovelace", FirstName="Ada", AccountId=ids["Acme"], Birthdate="2026-01-15")
    org.admin.create("Contact", LastName="Hopper", AccountId=ids["Beta 50%"], Birthdate="2026-01-14")
    org.admin.create("Contact", LastName="Nobody")
    gone = org.admin.create("Account", Name="Gone")
    org.admin.delete("Account", gone)
    return org


def names(org, text, **how):
    return [row["Name"] for row in run(org, text, user_id=org.integration_user_id, **how).rows]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Name = 'ACME'", ["Acme"]),
        ("Name != 'acme'", ["Beta 50%", "gamma_x", "Delta"]),
        ("Industry != 'Retail'", ["Beta 50%", "gamma_x", "Delta"]),  # null is not Retail
        ("NOT Industry = 'Retail'", ["Beta 50%", "gamma_x", "Delta"]),
        ("NOT (Industry = 'Retail' AND Name = 'Acme')", ["Beta 50%", "gamma_x", "Delta"]),
        ("Industry = null", ["gamma_x", "Delta"]),
        ("Industry = ''", ["gamma_x", "Delta"]),
        ("Industry != NULL", ["Acme", "Beta 50%"]),
        ("Industry IN ('retail', 'BANKING')", ["Acme", "Beta 50%"]),
        ("Industry IN ('Retail', null)", ["Acme", "gamma_x", "Delta"]),
        ("Industry NOT IN ('Retail')", ["Beta 50%", "gamma_x", "Delta"]),
        ("Industry NOT IN ('Retail', null)", ["Beta 50%"]),
        ("NumberOfEmployees > 10", ["Beta 50%", "gamma_x"]),
        ("NumberOfEmployees >= 10 AND NumberOfEmployees < 30", ["Acme", "Beta 50%"]),
        ("NOT NumberOfEmployees > 10", ["Acme", "Delta"]),
        ("NumberOfEmployees <= 2e1", ["Acme", "Beta 50%"]),
        ("AnnualRevenue = 2.5e3", ["Acme"]),
        ("AnnualRevenue <> 2500.00", ["Beta 50%", "gamma_x", "Delta"]),
        ("Name LIKE 'a%'", ["Acme"]),
        ("Name LIKE '%A'", ["Delta"]),
        ("Name LIKE '_eta%'", ["Beta 50%"]),
        (r"Name LIKE '%50\%'", ["Beta 50%"]),
        (r"Name LIKE '%\_x'", ["gamma_x"]),
        (r"External_Id__c = 'g\'1'", ["gamma_x"]),
        ("(Name = 'Acme' OR Name = 'Delta') AND NumberOfEmployees = 10", ["Acme"]),
        ("Name = 'Acme' OR (Name = 'Delta' AND Industry = null)", ["Acme", "Delta"]),
        ("CreatedDate = TODAY", ["Acme", "Beta 50%", "gamma_x", "Delta"]),
        ("CreatedDate < TODAY", []),
        ("CreatedDate > YESTERDAY AND CreatedDate >= LAST_N_DAYS:2 AND CreatedDate <= THIS_MONTH", ["Acme", "Beta 50%", "gamma_x", "Delta"]),
        ("CreatedDate != TODAY", []),
        ("CreatedDate >= 2026-01-15T10:00:00+01:00", ["Acme", "Beta 50%", "gamma_x", "Delta"]),
        ("CreatedDate > 2026-01-15T10:00:01+01:00", []),
        ("CALENDAR_YEAR(CreatedDate) = 2026 AND DAY_IN_WEEK(CreatedDate) = 5", ["Acme", "Beta 50%", "gamma_x", "Delta"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'hopper')", ["Beta 50%"]),
        ("Id NOT IN (SELECT AccountId FROM Contact)", ["gamma_x", "Delta"]),
        ("IsDeleted = false", ["Acme", "Beta 50%", "gamma_x", "Delta"]),
        ("Owner.Name = 'Ada Admin' AND Owner.IsActive = true AND Name = 'Acme'", ["Acme"]),
        ("Name = 'nothing'", []),
    ],
)  # fmt: skip
def test_a_filter_finds(org, where, expected):
    assert names(org, f"SELECT Name FROM Account WHERE {where}") == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Account.Name = 'acme'", ["Ada Lovelace"]),
        ("Account.Name != 'acme'", ["Hopper", "Nobody"]),  # no parent is not Acme either
        ("Account.Owner.IsActive = false", ["Nobody"]),  # null is false
        ("AccountId = null", ["Nobody"]),
        ("Name = 'ada lovelace'", ["Ada Lovelace"]),
        ("Name LIKE 'ada%'", ["Ada Lovelace"]),
        ("Birthdate = TODAY", ["Ada Lovelace"]),
        ("Birthdate = YESTERDAY OR Birthdate = null", ["Hopper", "Nobody"]),
        ("Birthdate != TODAY", ["Hopper", "Nobody"]),
        ("Birthdate IN (TODAY, 2026-01-14)", ["Ada Lovelace", "Hopper"]),
        ("Birthdate > 2026-01-14", ["Ada Lovelace"]),
    ],
)
def test_a_filter_looks_at_parents_and_dates(org, where, expected):
    assert names(org, f"SELECT Name FROM Contact WHERE {where}") == expected


def test_ids_of_15_and_18_characters_are_the_same(org):
    account_id = run(org, "SELECT Id FROM Account WHERE Name = 'Acme'", user_id=org.integration_user_id).ids[0]
    for text in (account_id, account_id[:15], account_id[:15] + "zzz"):
        assert names(org, f"SELECT Name FROM Account WHERE Id = '{text}'") == ["Acme"]
        assert names(org, f"SELECT Name FROM Contact WHERE AccountId IN ('{text}')") == ["Ada Lovelace"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("NumberOfEmployees", ["Delta", "Acme", "Beta 50%", "gamma_x"]),
        ("NumberOfEmployees DESC", ["Delta", "gamma_x", "Beta 50%", "Acme"]),
        ("NumberOfEmployees NULLS LAST", ["Acme", "Beta 50%", "gamma_x", "Delta"]),
        ("Name DESC", ["gamma_x", "Delta", "Beta 50%", "Acme"]),
        ("Industry NULLS LAST, Name DESC", ["Beta 50%", "Acme", "gamma_x", "Delta"]),
        ("Name LIMIT 2", ["Acme", "Beta 50%"]),
        ("Name LIMIT 2 OFFSET 1", ["Beta 50%", "Delta"]),
        ("Name OFFSET 3", ["gamma_x"]),
    ],
)
def test_rows_come_in_order(org, order, expected):
    assert names(org, f"SELECT Name FROM Account ORDER BY {order}") == expected


def test_deleted_rows_are_shown_on_demand_only(org):
    text = "SELECT Name FROM Account WHERE Name = 'Gone'"
    assert names(org, text) == []
    assert names(org, text, include_deleted=True) == ["Gone"]


def test_an_unset_checkbox_is_false():
    org = Org(seed=1)
    org.store.update("User", org.admin_user_id, {"IsActive": None})
    found = run(org, "SELECT IsActive FROM User WHERE IsActive = false", user_id=org.integration_user_id).rows
    assert found == [{"IsActive": False}]


def test_scope_mine_shows_own_rows(org):
    assert names(org, "SELECT Name FROM Account USING SCOPE mine") == []
    assert len(names(org, "SELECT Name FROM Account USING SCOPE everything")) == 4


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("SELECT Nope__c FROM Account", "INVALID_FIELD", "No such column 'Nope__c' on entity 'Account'. If you are attempting to use a custom field, be sure to append "
         "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."),
        ("SELECT Owner.Nope FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'User'."),
        ("SELECT Foo.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo' in field path."),
        ("SELECT Id FROM XYZZY", "INVALID_TYPE", "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after "
         "the entity name. Please reference your WSDL or the describe call for the appropriate names."),
        ("SELECT Id, (SELECT Id FROM Foos) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Foos' in FROM part of query call."),
        ("SELECT Id FROM Account WHERE Id = 'wonky'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: wonky"),
        ("SELECT Id FROM Account WHERE OwnerId LIKE 'x%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", "INVALID_FIELD",
         "value of filter criterion for field 'NumberOfEmployees' must be of type int and should not be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2020-01-01", "INVALID_FIELD",
         "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Contact WHERE Birthdate = 2024-13-01", "MALFORMED_QUERY", "2024-13-01"),
        ("SELECT Id FROM Contact WHERE CreatedDate > LAST_N_YEARS:9999", "NUMBER_OUTSIDE_VALID_RANGE", "range"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id x FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FOO(Name) FROM Account", "MALFORMED_QUERY", "unexpected token: '('"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "field Name does not support aggregate operator SUM"),
        ("SELECT COUNT(Id) FROM Account LIMIT 1", "MALFORMED_QUERY", "LIMIT"),
        ("SELECT COUNT() FROM Account ORDER BY Name", "MALFORMED_QUERY", "Ordered field must be grouped or aggregated: Name"),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "unexpected token: '('"),
        ("SELECT Id FROM Contact WHERE Account.Parent.Parent.Parent.Parent.Parent.Name = 'x'", "INVALID_FIELD", "5 levels"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)", "MALFORMED_QUERY", "'Name'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(org, text, code, sentence):
    with pytest.raises(Refused) as caught:
        run(org, text, user_id=org.integration_user_id)
    (first,) = caught.value.refusals
    assert first.code == code
    assert sentence in first.message.rpartition("\n")[2]


def test_a_very_long_condition_is_too_complicated(org):
    where = " OR ".join(f"Name = '{n}'" for n in range(3000))
    with pytest.raises(Refused) as caught:
        run(org, f"SELECT Id FROM Account WHERE {where}", user_id=org.integration_user_id)
    assert caught.value.refusals[0].code == "QUERY_TOO_COMPLICATED"
