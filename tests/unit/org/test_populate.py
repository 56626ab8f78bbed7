import re

import pytest

from sfchaos.core.errors import UnknownName
from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.load import org_from_tree
from sfchaos.org.schema.model import SObject
from sfchaos.org.schema.reader import sobject_from
from sfchaos.org.schema.volume import PROFILES
from sfchaos.org.synthetic.populate import rows_for


def sobject(name: str) -> SObject:
    found = standard_schema().find(name)
    assert found is not None
    return found


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert rows_for(sobject("Contact"), 4, 7) == rows_for(sobject("Contact"), 4, 7)
    assert rows_for(sobject("Contact"), 4, 7) != rows_for(sobject("Contact"), 4, 8)


def test_a_row_depends_on_its_number_and_not_on_the_rows_before() -> None:
    assert rows_for(sobject("Lead"), 2, 7, start=3) == rows_for(sobject("Lead"), 5, 7)[3:]


def test_external_ids_are_distinct() -> None:
    rows = rows_for(sobject("Account"), 300, 7)
    assert len({row["External_Id__c"] for row in rows}) == 300
    assert rows[12]["External_Id__c"] == "Account-000012"


def test_nothing_points_at_a_real_person() -> None:
    for row in rows_for(sobject("Contact"), 60, 3):
        assert re.fullmatch(r"[a-z0-9.]+@example\.com", row["Email"])
        assert re.fullmatch(r"\+1 \d{3}-555-01\d\d", row["Phone"])
    assert all(row["Website"].startswith("https://www.example.com/") for row in rows_for(sobject("Account"), 20, 3))


def test_fixed_fields_hold_in_every_row_whatever_their_case() -> None:
    rows = rows_for(sobject("Contact"), 3, 7, lastname="Same", Account={"External_Id__c": "A-1"})
    assert [row["LastName"] for row in rows] == ["Same"] * 3
    assert rows[0]["Account"] == {"External_Id__c": "A-1"}


def test_a_field_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        rows_for(sobject("Contact"), 1, 7, LastNane="x")
    assert "did you mean 'LastName'" in str(caught.value)


def test_no_field_is_set_that_the_org_sets_itself() -> None:
    for name in ("Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Invoice__c"):
        of = sobject(name)
        for row in rows_for(of, 3, 7):
            fields = [of.find(key) for key in row]
            assert all(f is not None and f.createable and f.has_column and not f.reference_to and not f.derived_from for f in fields), name


def test_values_fit_their_fields() -> None:
    for name in ("Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Invoice__c"):
        of = sobject(name)
        for row in rows_for(of, 40, 11):
            for key, value in row.items():
                f = of.find(key)
                assert f is not None
                assert not (isinstance(value, str) and f.length) or 0 < len(value) <= f.length, (name, key, value)
                assert not f.picklist or value in f.picklist


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Invoice__c"])
def test_the_org_takes_every_row(name: str) -> None:
    org = Org()
    ids = org.admin.populate(name, 25)
    assert len(set(ids)) == 25
    assert org.admin.count(name) == 25


def test_a_custom_object_is_filled_by_type() -> None:
    made = sobject_from({
        "name": "Part__c", "label": "Part", "labelPlural": "Parts", "keyPrefix": "a09",
        "fields": [
            {"name": "Code__c", "type": "string", "length": 10, "unique": True}, {"name": "On__c", "type": "boolean"},
            {"name": "Qty__c", "type": "int", "digits": 8}, {"name": "Rate__c", "type": "double", "precision": 4, "scale": 2},
            {"name": "At__c", "type": "datetime"}, {"name": "Noon__c", "type": "time"}, {"name": "Word__c", "type": "string", "length": 3},
            {"name": "Calc__c", "type": "string", "createable": False},
        ],
    })  # fmt: skip
    rows = rows_for(made, 200, 5)
    assert {row["On__c"] for row in rows} == {True, False}
    assert set(rows[0]) == {"Code__c", "On__c", "Qty__c", "Rate__c", "At__c", "Noon__c", "Word__c"}
    assert len({row["Code__c"] for row in rows}) == 200
    assert all(0 <= row["Rate__c"] < 100 for row in rows)
    assert all(len(row["Word__c"]) <= 3 for row in rows)
    assert all(re.fullmatch(r"202[56]-\d\d-\d\dT\d\d:00:00\.000\+0000", row["At__c"]) for row in rows)


def counted(values: list[object]) -> list[int]:
    return sorted((values.count(value) for value in set(values)), reverse=True)


def test_references_are_spread_over_the_parents_there_are() -> None:
    org = Org(seed=7)
    accounts = org.admin.populate("Account", 20)
    org.admin.populate("Contact", 400)
    per_account = counted([row["AccountId"] for row in org.admin.rows("Contact")])
    assert {row["AccountId"] for row in org.admin.rows("Contact")} <= set(accounts)
    assert per_account[0] < 45  # 20 on average


def test_skewed_rows_crowd_on_a_few_parents() -> None:
    org = Org(seed=7)
    org.admin.populate("Account", 20)
    org.admin.populate("Contact", 400, profile="skewed")
    per_account = counted([row["AccountId"] for row in org.admin.rows("Contact")])
    assert per_account[0] > 60
    assert per_account[0] > 5 * per_account[-1]


def test_parents_that_a_row_needs_are_made() -> None:
    org = Org(schema=org_from_tree({"objects": {"Line__c": {"fields": {"Account__c": {"type": "reference", "referenceTo": ["Account"], "nillable": False}}}}}, "x"))
    org.admin.populate("Line__c", 25)
    assert org.admin.count("Account") == 3


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity", "Case", "Invoice__c"])
def test_the_org_takes_rows_of_every_shape(name: str, profile: str) -> None:
    org = Org(seed=3)
    org.admin.populate(name, 60, profile=profile)
    assert org.admin.count(name) == 60


def test_shapes_are_what_they_say() -> None:
    contact = sobject("Contact")
    plain, sparse = rows_for(contact, 200, 7), rows_for(contact, 200, 7, profile="sparse")
    assert sum(map(len, sparse)) < 0.5 * sum(map(len, plain))
    assert all("LastName" in row for row in sparse)
    hostile = rows_for(contact, 200, 7, profile="hostile")
    names = {row["LastName"] for row in hostile}
    assert {"O'Brien", "null", "=1+1"} <= names
    assert max(len(name) for name in names) == contact.by_key["lastname"].length
    large = rows_for(contact, 3, 7, profile="large")
    assert {len(row["LastName"]) for row in large} == {contact.by_key["lastname"].length}
    with pytest.raises(UnknownName, match="did you mean 'skewed'"):
        rows_for(contact, 1, 7, profile="skewd")


def test_dependent_picklists_and_record_types_hold() -> None:
    tree = {"objects": {"Site__c": {
        "recordTypes": {"Plant": {"picklists": {"Kind__c": ["A"]}}, "Office": {"picklists": {"Kind__c": ["B"]}}},
        "fields": {"Part__c": {"type": "picklist", "controllerName": "Kind__c", "picklistValues": [{"value": "x", "validFor": ["A"]}, {"value": "y", "validFor": ["B"]}]},
                   "Kind__c": {"type": "picklist", "picklistValues": ["A", "B", {"value": "Z", "active": False}]}}}}}  # fmt: skip
    org = Org(schema=org_from_tree(tree, "x"), seed=1)
    org.admin.populate("Site__c", 60)
    found = {(r["RecordType"]["DeveloperName"], r["Kind__c"], r["Part__c"]) for r in org.admin.query("SELECT RecordType.DeveloperName, Kind__c, Part__c FROM Site__c")}
    assert found == {("Plant", "A", "x"), ("Office", "B", "y")}


def test_generated_rows_are_known_as_such_until_the_reset() -> None:
    org = Org(seed=7)
    made, own = org.admin.populate("Contact", 3), org.admin.create("Contact", LastName="Real")
    assert [org.admin.is_synthetic("contact", record) for record in (*made, own)] == [True, True, True, False]
    org.reset()
    assert not org.registers.synthetic
