"""Rows in SQLite: units, marks, files."""

import pytest

from sfchaos.core.errors import HarnessError
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.store import Store, quoted

THING = SObject("Thing", "Thing", "Things", "a01", (Field("Id", "id"), Field("Name"), Field("Exact", case_sensitive=True), Field("Many", "int"), Field("Calc", calculated=True)))
SCHEMA = Schema("s", 1, {"thing": THING})


@pytest.fixture
def store():
    held = Store()
    held.create_tables(SCHEMA)
    held.mark()
    yield held
    held.close()


def fail_after_inserting(store, record_id):
    with store.unit():
        store.insert("Thing", {"Id": record_id, "Name": "never"})
        raise KeyError


def names(store):
    return [row[0] for row in store.all('SELECT "Name" FROM "Thing" ORDER BY "Id"')]


def test_a_unit_is_undone_when_an_error_passes_through(store):
    with pytest.raises(KeyError):
        fail_after_inserting(store, "1")
    assert names(store) == []


def test_units_nest_and_only_the_broken_one_is_undone(store):
    with store.unit():
        store.insert("Thing", {"Id": "1", "Name": "a"})
        with pytest.raises(KeyError):
            fail_after_inserting(store, "2")
        with store.unit():
            store.insert("Thing", {"Id": "3", "Name": "c"})
    assert names(store) == ["a", "c"]


def test_back_to_mark_undoes_rows_and_tables(store):
    store.insert("Thing", {"Id": "1", "Name": "a"})
    store.create_table(SObject("Other", "", "", "a02", (Field("Id", "id"),)))
    store.back_to_mark()
    assert names(store) == []
    assert store.one("SELECT 1 FROM sqlite_master WHERE name = 'Other'") is None
    store.insert("Thing", {"Id": "2", "Name": "b"})
    store.back_to_mark()
    assert names(store) == []


def test_text_compares_without_case_unless_the_field_minds(store):
    store.insert("Thing", {"Id": "1", "Name": "Acme", "Exact": "Acme"})
    assert store.one('SELECT 1 FROM "Thing" WHERE "Name" = ?', ("ACME",))
    assert store.one('SELECT 1 FROM "Thing" WHERE "Exact" = ?', ("ACME",)) is None


def test_an_update_says_how_many_rows_it_changed(store):
    store.insert("Thing", {"Id": "1", "Name": "a"})
    assert (store.update("Thing", "1", {"Many": 5}), store.update("Thing", "2", {"Many": 5})) == (1, 0)
    assert store.all('SELECT "Many" FROM "Thing"') == [(5,)]


def test_calculated_fields_have_no_column(store):
    assert [row[1] for row in store.all('PRAGMA table_info("Thing")')] == ["Id", "Name", "Exact", "Many"]


def test_names_are_quoted():
    assert quoted('a"b') == '"a""b"'


def test_a_copy_holds_rows_that_no_commit_has_made_final(store):
    store.insert("Thing", {"Id": "1", "Name": "uncommitted"})
    assert b"uncommitted" in store.copy()


def test_a_file_keeps_what_its_units_committed_and_has_no_mark(tmp_path):
    held = Store(tmp_path / "s.sqlite")
    held.create_tables(SCHEMA)
    with held.unit():
        held.insert("Thing", {"Id": "1", "Name": "a"})
        with pytest.raises(KeyError):
            fail_after_inserting(held, "2")
    with pytest.raises(KeyError):
        fail_after_inserting(held, "3")
    for refused in (held.mark, held.back_to_mark):
        with pytest.raises(HarnessError, match="load a copy of it into memory"):
            refused()
    held.close()
    again = Store(tmp_path / "s.sqlite")
    assert names(again) == ["a"]
    again.close()
