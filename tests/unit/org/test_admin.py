"""rig.org: the org as its administrator sees it."""

import pytest

from sfchaos.core.errors import UnknownName, UsageError


def test_rows_are_made_changed_counted_and_deleted(org):
    record = org.admin.create("account", Name="Acme", AnnualRevenue=5)
    assert org.admin.count("Account", Name="acme", AnnualRevenue="5.0") == 1
    org.admin.update("Account", record[:15], Name="Beta")
    assert [row["Name"] for row in org.admin.rows("Account")] == ["Beta"]
    org.admin.delete("Account", record)
    assert org.admin.rows("Account") == []


def test_rows_carry_values_as_rest_shows_them(org):
    org.admin.create("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-03-01", Amount=7)
    row = org.admin.rows("Opportunity", Name="O")[0]
    assert (row["Amount"], row["IsClosed"], row["CloseDate"], row["IsDeleted"]) == (7.0, False, "2026-03-01", False)
    assert row["Id"].startswith("006")


def test_null_is_a_value_to_look_for(org):
    org.admin.create("Account", Name="A", Industry="Energy")
    org.admin.create("Account", Name="B")
    assert [row["Name"] for row in org.admin.rows("Account", Industry=None)] == ["B"]
    assert org.admin.count("Account", Industry="energy") == 1


def test_wrong_names_get_the_nearest_right_ones(org):
    with pytest.raises(UnknownName, match="did you mean 'Account'"):
        org.admin.count("Acount")
    with pytest.raises(UnknownName, match="did you mean 'Industry'"):
        org.admin.rows("Account", Industri="x")


def test_a_write_that_salesforce_would_refuse_is_an_error_with_a_remedy(org):
    with pytest.raises(UsageError, match=r"REQUIRED_FIELD_MISSING.*\n.*give the required fields"):
        org.admin.create("Account")
    with pytest.raises(UsageError, match="No such column 'Foo'"):
        org.admin.create("Account", Name="x", Foo=1)
    record = org.admin.create("Account", Name="x")
    org.admin.delete("Account", record)
    with pytest.raises(UsageError, match="ENTITY_IS_DELETED"):
        org.admin.delete("Account", record)


def test_a_refused_write_of_many_leaves_none(org):
    with pytest.raises(UsageError):
        org.admin.create_many("Account", [{"Name": "A"}, {}])
    assert org.admin.count("Account") == 0


def test_an_id_may_be_chosen_once(org):
    chosen = "0015e00000AAAAAAA5"
    assert org.admin.create("Account", Id=chosen, Name="A") == chosen
    with pytest.raises(UsageError, match="DUPLICATE_VALUE"):
        org.admin.create("Account", Id=chosen[:15], Name="B")
    with pytest.raises(UsageError, match="MALFORMED_ID"):
        org.admin.create("Contact", Id=chosen, LastName="B")


def test_each_write_is_an_event_with_its_ids(org):
    told = []
    org.on_event(told.append)
    record = org.admin.create("Account", Name="A")
    org.admin.update("Account", record, Name="B")
    org.admin.delete("Account", record)
    expected = [("admin_write", {"verb": verb, "sobject": "Account", "ids": [record]}) for verb in ("create", "update", "delete")]
    assert [(event.event, event.facts) for event in told] == expected


def test_populate_makes_the_same_rows_for_the_same_seed_and_goes_on_after_the_last(org):
    told = []
    org.on_event(told.append)
    ids = org.admin.populate("Contact", 3, LastName="Fixed")
    names = [(row["Email"], row["LastName"]) for row in org.admin.rows("Contact")]
    assert len(ids) == len({email for email, _ in names}) == 3
    assert {last for _, last in names} == {"Fixed"}
    assert [(event.event, event.facts) for event in told] == [("populated", {"sobject": "Contact", "count": 3, "generator": "faker", "profile": "plain", "seed": 7})]
    org.reset()
    org.admin.populate("Contact", 2, LastName="Fixed")
    org.admin.populate("Contact", 1, LastName="Fixed")
    assert [(row["Email"], row["LastName"]) for row in org.admin.rows("Contact")] == names


def test_all_rows_are_those_that_an_integration_works_on(org):
    contact = org.admin.create("Contact", LastName="B")
    account = org.admin.create("Account", Name="A")
    org.admin.delete("Account", org.admin.create("Account", Name="gone"))
    assert [(name, row["Id"]) for name, row in org.admin.all_rows()] == [("Account", account), ("Contact", contact)]


def test_types_and_external_ids_come_from_the_schema(org):
    types = org.admin.field_types("Account")
    assert (types["Id"], types["AnnualRevenue"], types["BillingAddress"]) == ("id", "currency", "address")
    assert org.admin.external_id_fields("account") == ("External_Id__c", "Legacy_Id__c")


def test_a_query_sees_what_users_do_not(org):
    org.admin.create("Account", Name="A", Industry="Energy")
    org.world.hide_field("Account", "Industry")
    assert org.admin.query("SELECT Name, Industry FROM Account") == [{"Name": "A", "Industry": "Energy"}]
    with pytest.raises(UsageError, match="query refused"):
        org.admin.query("SELECT FROM Account")
