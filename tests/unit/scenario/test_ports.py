import sqlite3
import sys

import pytest

from sfchaos.core.canonical import Digester
from sfchaos.core.declaration import Flow
from sfchaos.core.errors import UsageError
from sfchaos.scenario.config import Port
from sfchaos.scenario.ports import as_source_rows, read_port, said_on_stdout

FLOW = Flow("contacts", "to-salesforce", "Contact", "Ext__c", ("upsert",), {"LastName": "surname", "Amount__c": "amount"}, has_source=True)


def test_csv_with_a_byte_order_mark(tmp_path):
    (tmp_path / "a.csv").write_bytes("\ufeffid,surname\n1,Müller\n".encode())
    assert read_port(Port("csv", "a.csv", "id"), tmp_path, must_exist=True) == [{"id": "1", "surname": "Müller"}]


def test_json_lines_and_their_broken_line(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n\n{"id": 2}\n')
    assert read_port(Port("jsonl", "a.jsonl", "id"), tmp_path, must_exist=True) == [{"id": 1}, {"id": 2}]
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": \n')
    with pytest.raises(UsageError, match=r"a.jsonl: line 2 is not JSON"):
        read_port(Port("jsonl", "a.jsonl", "id"), tmp_path, must_exist=True)


def test_sqlite_and_a_table_that_was_never_made(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute('CREATE TABLE "my rows" (id, surname)')
        database.execute('INSERT INTO "my rows" VALUES (1, NULL)')
    database.close()
    assert read_port(Port("sqlite", "a.db", "id", "my rows"), tmp_path, must_exist=True) == [{"id": 1, "surname": None}]
    assert read_port(Port("sqlite", "a.db", "id", "other"), tmp_path, must_exist=True) == []


def test_a_python_callable(tmp_path, monkeypatch):
    (tmp_path / "rows_of_mine.py").write_text("def rows():\n    yield {'id': 7}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert read_port(Port("python", "rows_of_mine:rows", "id"), tmp_path, must_exist=True) == [{"id": 7}]
    with pytest.raises(UsageError, match="rows_of_mine:none"):
        read_port(Port("python", "rows_of_mine:none", "id"), tmp_path, must_exist=True)
    sys.modules.pop("rows_of_mine")


def test_a_sink_that_was_never_written_is_empty_and_a_missing_source_is_a_mistake(tmp_path):
    assert read_port(Port("csv", "none.csv", "id"), tmp_path, must_exist=False) == []
    with pytest.raises(UsageError, match=r"source 'none.csv' does not exist"):
        read_port(Port("csv", "none.csv", "id"), tmp_path, must_exist=True)


def test_rows_become_digests_by_type_and_only_labels_know_their_keys():
    labels = {}
    digester = Digester(b"k")
    [row] = as_source_rows(FLOW, Port("csv", "", "id"), [{"id": "ERP-1", "surname": " Ada ", "amount": "1.50", "code": "X", "status": "rejected"}], digester,
                           {"LastName": "string", "Amount__c": "currency"}, labels)  # fmt: skip
    assert row.fields == {"LastName": digester.value("Ada"), "Amount__c": digester.value(1.5, "currency")}
    assert (row.key, row.number, row.code, row.status) == (digester.key("erp-1"), 1, "X", "rejected")
    assert labels == {row.key: "ERP-1"}


def test_a_column_that_is_not_there_is_not_a_null():
    [row] = as_source_rows(FLOW, Port("csv", "", "id"), [{"id": "1", "surname": ""}], Digester(b"k"), {}, {})
    assert row.fields == {"LastName": ""}


def test_rows_said_on_stdout_go_by_the_column_of_the_external_id():
    assert said_on_stdout(Flow("back", "from-salesforce", "Contact", "Ext__c", ("query",), {"Ext__c": "erp_id"})).key == "erp_id"
    assert said_on_stdout(Flow("back", "from-salesforce", "Contact", "Ext__c", ("query",), {})).key == "Ext__c"
