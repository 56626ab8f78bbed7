"""Rows of a CSV written as cells: what many rows of one chunk have to do with each other."""

from __future__ import annotations

import pytest

from sfchaos.core.gate import RowTouch
from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.rows import batch
from sfchaos.org.rows.row_work import RowResult
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field


def write(org: Org, verb: str, sobject: str, columns: tuple[str, ...], rows: list[list[str]], **how: object) -> list[RowResult]:
    return org.dml.write_cells(verb, sobject, columns, rows, user_id=org.integration_user_id, **how)  # type: ignore[arg-type]


def codes(results: list[RowResult]) -> list[str]:
    return ["ok" if r.ok else r.refusals[0].code for r in results]


def statements(org: Org) -> list[str]:
    """The texts of SQL that the org runs from now on."""
    told: list[str] = []
    org.store._db.set_trace_callback(told.append)
    return told


def test_a_thousand_rows_take_few_statements(org: Org) -> None:
    rows = [[f"E-{n}", f"Name {n}"] for n in range(1000)]
    told = statements(org)
    assert all(r.ok and r.created for r in write(org, "create", "Contact", ("External_Id__c", "LastName"), rows))
    assert len([text for text in told if text.startswith("SELECT") and 'FROM "Contact"' in text]) == 5  # one look for each chunk of 200
    assert org.admin.count("Contact") == 1000


def test_the_second_of_two_equal_unique_values_is_refused_and_names_the_first(org: Org) -> None:
    results = write(org, "create", "Contact", ("LastName", "External_Id__c"), [["Ada", "E-1"], ["Bob", "e-1"], ["Cyd", "E-2"]])
    assert codes(results) == ["ok", "DUPLICATE_VALUE", "ok"]
    assert results[1].refusals[0].message.endswith(f"record with id: {results[0].id[:15]}")
    assert [row["LastName"] for row in org.admin.rows("Contact")] == ["Ada", "Cyd"]


def test_letters_beyond_ascii_are_equal_in_both_cases_here_too(org: Org) -> None:
    results = write(org, "create", "Contact", ("LastName", "External_Id__c"), [["Ada", "\u00c4-1"], ["Bob", "\u00e4-1"], ["Cyd", "E-2"], ["Dan", "E-2"]])
    assert codes(results) == ["ok", "DUPLICATE_VALUE", "ok", "DUPLICATE_VALUE"]


def test_a_value_that_an_earlier_row_gives_up_is_free_for_a_later_one(org: Org) -> None:
    one, two = org.admin.create_many("Contact", [{"LastName": "Ada", "External_Id__c": "E-1"}, {"LastName": "Bob", "External_Id__c": "E-2"}])
    results = write(org, "update", "Contact", ("Id", "External_Id__c"), [[one, "E-9"], [two, "E-1"]])
    assert codes(results) == ["ok", "ok"]
    assert [row["External_Id__c"] for row in org.admin.rows("Contact")] == ["E-9", "E-1"]


def test_an_upsert_of_a_key_twice_in_a_chunk_is_refused_and_not_in_the_next(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CHUNK_ROWS", 2)
    results = write(org, "upsert", "Contact", ("External_Id__c", "LastName"), [["E-1", "Ada"], ["e-1", "Bob"], ["E-1", "Cyd"]], key_field="External_Id__c")
    assert codes(results) == ["ok", "DUPLICATE_VALUE", "ok"]
    assert [(r.created, r.key) for r in results] == [(True, "E-1"), (False, "e-1"), (False, "E-1")]
    assert results[2].id == results[0].id
    assert [row["LastName"] for row in org.admin.rows("Contact")] == ["Cyd"]


def test_a_row_that_a_deletion_took_along_is_deleted_when_its_own_turn_comes(org: Org) -> None:
    account = org.admin.create("Account", Name="Acme")
    case = org.admin.create("Contact", LastName="Ada", AccountId=account)
    lonely = org.admin.create("Account", Name="Alone")
    assert codes(write(org, "delete", "Account", ("Id",), [[lonely], [account], [account]])) == ["ok", "ok", "DUPLICATE_VALUE"]
    assert codes(write(org, "delete", "Contact", ("Id",), [[case]])) == ["ENTITY_IS_DELETED"]


def test_empty_cells_leave_fields_alone_and_the_sign_for_null_empties_them(org: Org) -> None:
    one, two = org.admin.create_many("Contact", [{"LastName": "Ada", "Email": "a@example.com", "Phone": "1"}, {"LastName": "Bob", "Email": "b@example.com", "Phone": "2"}])
    assert codes(write(org, "update", "Contact", ("Id", "Email", "Phone"), [[one, "", "#N/A"], [two, "#N/A", ""]])) == ["ok", "ok"]
    assert [(row["Email"], row["Phone"]) for row in org.admin.rows("Contact")] == [("a@example.com", None), (None, "2")]


def test_history_and_touches_are_as_of_rows_by_themselves(org: Org) -> None:
    account = org.schema.find("Account")
    assert account is not None
    touches: list[RowTouch] = []
    made = write(org, "create", "Account", ("Name",), [["Acme"], ["Bolt"], ["#N/A"]], touches=touches)
    assert codes(made) == ["ok", "ok", "REQUIRED_FIELD_MISSING"]
    assert [row["AccountId"] for row in org.admin.rows("AccountHistory")] == [made[0].id, made[1].id]
    assert [(t.verb, t.sobject, t.record_id, t.ok, t.values) for t in touches] == [
        ("create", "Account", made[0].id, True, {"Name": "Acme"}), ("create", "Account", made[1].id, True, {"Name": "Bolt"}),
        ("create", "Account", "", False, {"Name": None}),
    ]  # fmt: skip


def test_a_parent_is_found_by_its_external_id_and_a_missing_one_refuses_its_row_alone(org: Org) -> None:
    acme = org.admin.create("Account", Name="Acme", External_Id__c="A-1")
    results = write(org, "create", "Contact", ("LastName", "Account.External_Id__c"), [["Ada", "a-1"], ["Bob", "A-2"], ["Cyd", ""]])
    assert codes(results) == ["ok", "INVALID_FIELD", "ok"]
    assert [row["AccountId"] for row in org.admin.rows("Contact")] == [acme, None]


def test_a_row_without_a_cell_for_each_column_is_an_error_of_the_caller(org: Org) -> None:
    with pytest.raises(ValueError, match="zip"):
        write(org, "create", "Contact", ("LastName", "Email"), [["Ada", "a@example.com"], ["Bob"]])


def test_a_column_that_is_not_there_refuses_all_rows(org: Org) -> None:
    with pytest.raises(Refused, match="No such column 'Nope__c'"):
        write(org, "create", "Contact", ("LastName", "Nope__c"), [["Ada", "1"]])


def test_a_row_that_went_along_with_one_of_its_own_chunk_is_gone_when_its_turn_comes() -> None:
    standard = standard_schema()
    invoice = standard.find("Invoice__c")
    assert invoice is not None
    part = Field("Whole__c", "reference", custom=True, reference_to=("Invoice__c",), relationship_name="Whole__r", cascade_delete=True)
    org = Org(seed=7, schema=standard.with_object(invoice.with_field(part)))
    whole, other = org.admin.create_many("Invoice__c", [{}, {}])
    piece = org.admin.create("Invoice__c", Whole__c=whole)
    results = write(org, "delete", "Invoice__c", ("Id",), [[other], [whole], [piece]])
    assert codes(results) == ["ok", "ok", "ENTITY_IS_DELETED"]
