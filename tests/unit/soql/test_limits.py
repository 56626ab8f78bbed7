"""What one statement may hold at most, and that a statement just within the limits answers. Source: wire reference 9.1, 9.2, 9.5 (D)."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import run

PARENTS, CHILDREN, KINDS = 60, 25, 12


def parent(number: int) -> Field:
    return Field(
        f"P{number}__c", "reference", custom=True, reference_to=("Hub__c",), relationship_name=f"P{number}__r",
        child_relationship_name=f"Kids{number}__r" if number < CHILDREN else "",
    )  # fmt: skip


def sobject(name: str, prefix: str, *fields: Field) -> SObject:
    system = tuple(f for f in standard_schema().find("Invoice__c").fields if not f.custom)
    return SObject(name, name, f"{name}s", prefix, (*system, *fields), custom=True)


@pytest.fixture(scope="module")
def org():
    kinds = [sobject(f"Kind{n}__c", f"a{n:02d}") for n in range(10, 10 + KINDS)]
    wide = [Field(f"Any{n}__c", "reference", custom=True, reference_to=tuple(k.name for k in kinds), relationship_name=f"Any{n}__r") for n in range(10)]
    schema = standard_schema()
    for made in (*kinds, sobject("Hub__c", "a00", Field("T__c", length=20, custom=True)),
                 sobject("Spoke__c", "a01", *(parent(n) for n in range(PARENTS)), *wide, *(Field(f"N{n}__c", "int", custom=True) for n in range(40)))):  # fmt: skip
        schema = schema.with_object(made)
    org = Org(schema=schema, seed=5)
    create = org.admin.create
    hubs = [create("Hub__c", Name=f"hub {n}", T__c="Ab" if n % 2 else "aB") for n in range(PARENTS)]
    kind_ids = [create(k.name, Name=f"kind {n}") for n, k in enumerate(kinds)]
    links = {f"P{n}__c": hub for n, hub in enumerate(hubs)} | {f"Any{n}__c": kind_ids[n % KINDS] for n in range(10)}
    create("Spoke__c", Name="spoke", **links, **{f"N{n}__c": n for n in range(40)})
    return org


def found(org, text):
    return run(org, text, user_id=org.integration_user_id).records("/services/data/v62.0")


def refusal(org, text):
    with pytest.raises(Refused) as caught:
        run(org, text, user_id=org.integration_user_id)
    (first,) = caught.value.refusals
    return first.code, first.message.rpartition("\n")[2]


def of_parents(count):
    return ", ".join(f"P{n}__r.Name" for n in range(count))


def test_55_parents_answer_and_the_56th_is_one_too_many(org):
    (row,) = found(org, f"SELECT Name, {of_parents(55)} FROM Spoke__c")
    assert [row[f"P{n}__r"]["Name"] for n in range(55)] == [f"hub {n}" for n in range(55)]
    assert refusal(org, f"SELECT {of_parents(56)} FROM Spoke__c") == (
        "MALFORMED_QUERY", "SOQL statements can not query more than 55 child to parent relationships"
    )  # fmt: skip


def test_55_parents_may_stand_in_the_filter_the_order_and_a_child_subquery_too(org):
    where = " AND ".join(f"P{n}__r.T__c = 'ab'" for n in range(30))
    order = ", ".join(f"P{n}__r.Name" for n in range(30, 55))
    assert [row["Name"] for row in found(org, f"SELECT Name FROM Spoke__c WHERE {where} ORDER BY {order}")] == ["spoke"]
    (hub,) = found(org, f"SELECT Name, (SELECT {of_parents(55)} FROM Kids0__r) FROM Hub__c WHERE Name = 'hub 0'")
    assert hub["Kids0__r"]["records"][0]["P54__r"]["Name"] == "hub 54"


def test_the_same_relationship_counts_once(org):
    (row,) = found(org, f"SELECT {of_parents(55)}, P3__r.T__c, P4__r.Id FROM Spoke__c WHERE P5__r.T__c = 'AB'")
    assert row["P3__r"]["T__c"] == "Ab"


def test_references_to_many_kinds_answer_beyond_what_the_store_can_join(org):
    """Ten references to twelve kinds each are 120 tables; a join of SQLite takes 64."""
    paths = ", ".join(f"Any{n}__r.Name, Any{n}__r.Type" for n in range(10))
    (row,) = found(org, f"SELECT {paths}, {of_parents(40)} FROM Spoke__c WHERE Any9__r.Name = 'KIND 9' AND P39__r.T__c = 'ab' ORDER BY Any8__r.Name")
    assert [(row[f"Any{n}__r"]["Name"], row[f"Any{n}__r"]["attributes"]["type"]) for n in range(10)] == [(f"kind {n}", f"Kind{n + 10}__c") for n in range(10)]
    assert row["P39__r"]["Name"] == "hub 39"


def test_parents_of_parents_are_found_beyond_the_store_s_limit_too(org):
    deep = ", ".join(f"Any{n}__r.Name" for n in range(6))
    (row,) = found(org, f"SELECT {deep}, P7__r.Owner.Name, P7__r.CreatedBy.Profile.Name, P8__r.LastModifiedBy.IsActive FROM Spoke__c")
    assert row["P7__r"]["CreatedBy"]["Profile"]["Name"] == "System Administrator"
    assert row["P8__r"]["LastModifiedBy"]["IsActive"] is True


def test_each_when_of_a_typeof_counts_like_a_relationship(org):
    whens = " ".join(f"WHEN Kind{n}__c THEN Name" for n in range(10, 10 + KINDS))
    text = f"SELECT TYPEOF Any0__r {whens} END, {{}} FROM Spoke__c"
    assert found(org, text.format(of_parents(55 - 1 - KINDS)))[0]["Any0__r"]["Name"] == "kind 0"
    assert refusal(org, text.format(of_parents(55 - KINDS)))[0] == "MALFORMED_QUERY"


def test_20_subqueries_answer_and_the_21st_is_one_too_many(org):
    def text(count):
        return f"SELECT Name, {', '.join(f'(SELECT Name FROM Kids{n}__r)' for n in range(count))} FROM Hub__c WHERE Name = 'hub 19'"

    (row,) = found(org, text(20))
    assert row["Kids19__r"]["records"][0]["Name"] == "spoke"
    assert row["Kids18__r"] is None
    assert refusal(org, text(21))[0] == "MALFORMED_QUERY"


def test_32_order_fields_answer_and_the_33rd_is_one_too_many(org):
    def text(count):
        return f"SELECT Name FROM Spoke__c ORDER BY {', '.join(f'N{n}__c' for n in range(count))}"

    assert len(found(org, text(32))) == 1
    assert refusal(org, text(33))[0] == "MALFORMED_QUERY"
    assert refusal(org, "SELECT N0__c FROM Spoke__c GROUP BY N0__c ORDER BY " + ", ".join(["N0__c"] * 33))[0] == "MALFORMED_QUERY"


def test_a_literal_of_4000_characters_answers_and_one_more_is_too_many(org):
    def text(count):
        return f"SELECT Id FROM Spoke__c WHERE Name = '{'x' * count}'"

    assert found(org, text(4000)) == []
    assert refusal(org, text(4001))[0] == "MALFORMED_QUERY"


def test_a_statement_of_100000_characters_answers_and_one_more_is_too_many(org):
    def text(length):
        head, tail = "SELECT Name FROM Spoke__c WHERE Name IN (", ")"
        names = ["'spoke'"]
        while len(head + ",".join(names) + tail) + 4003 <= length:
            names.append("'" + "y" * 4000 + "'")
        return (head + ",".join(names) + tail).ljust(length)

    assert len(text(100_000)) == 100_000
    assert [row["Name"] for row in found(org, text(100_000))] == ["spoke"]
    assert refusal(org, text(100_001))[0] == "MALFORMED_QUERY"


def test_a_list_of_four_thousand_ids_answers(org):
    ids = ", ".join(f"'a01{n:015d}'" for n in range(4000))
    assert found(org, f"SELECT Id FROM Spoke__c WHERE Id IN ({ids})") == []


def test_five_levels_of_parents_answer_and_the_sixth_is_one_too_many(org):
    path = "P0__r.CreatedBy.Manager.Manager"
    assert found(org, f"SELECT {path}.CreatedBy.Name FROM Spoke__c")[0]["P0__r"]["CreatedBy"]["Manager"] is None
    assert refusal(org, f"SELECT {path}.CreatedBy.Profile.Name FROM Spoke__c")[0] == "INVALID_FIELD"
