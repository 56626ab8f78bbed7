"""Uploads that nobody should send, each with Salesforce's answer. Expectations: wire reference 5.4 and 5.5, and what is marked there as a guess."""

from __future__ import annotations

from typing import Any

import pytest

from sfchaos.org.bulk.csv import MOST_CELL_CHARS, read_table
from sfchaos.org.bulk.pace import Pace

UNESCAPED = "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"
LINE_ENDING = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"


@pytest.fixture
def load(caller, org):
    """Upload to a new job, close it, wait; its info, its results by kind, and the names that are in the org then."""

    def run(data: bytes, sobject: str = "Account", operation: str = "insert", **fields: str) -> tuple[dict[str, Any], dict[str, str], list[Any]]:
        caller("POST", "/jobs/ingest", {"object": sobject, "operation": operation, **fields})
        path = f"/jobs/ingest/{caller.json['id']}"
        assert caller("PUT", f"{path}/batches", raw=data, headers=(("Content-Type", "text/csv; charset=UTF-8"),)).status == 201
        assert caller("PATCH", path, {"state": "UploadComplete"}).status == 200
        org.clock.advance(3600)
        caller("GET", path)
        info = caller.json
        results = {kind: caller("GET", f"{path}/{kind}").body.decode() for kind in ("successfulResults", "failedResults", "unprocessedrecords")}
        return info, results, [row["Name"] for row in org.admin.rows("Account")]

    return run


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"Acme, Inc."', "Acme, Inc."),
        ('"the ""A"" team"', 'the "A" team'),
        ('"two\nlines"', "two\nlines"),
        ('"two\r\nlines"', "two\r\nlines"),
        ('"an old\rMac"', "an old\rMac"),
        ("  blanks inside  ", "blanks inside"),
        ("comma;semicolon|pipe", "comma;semicolon|pipe"),
        ("Zoë 株式会社 🚀", "Zoë 株式会社 🚀"),
        ("'apostrophes'", "'apostrophes'"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_strange_cell_arrives_and_comes_back_as_it_was(load, cell, value):
    info, results, names = load(f"Name\n{cell}\n".encode())
    assert (info["state"], info["numberRecordsFailed"]) == ("JobComplete", 0)
    assert names == [value]
    plain = cell if cell.startswith('"') else f'"{cell}"'
    assert results["successfulResults"].endswith(f'"true",{plain}\n')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'Name\n"A"x\n', UNESCAPED),
        (b'Name\n"A" \n', UNESCAPED),
        (b'"Name"x\nA\n', UNESCAPED),
        (b'Name\n"A\n', "InvalidBatch : Failed to parse CSV. unexpected end of data"),
        (b"Name,Phone\nA\n", "InvalidBatch : Failed to parse CSV. Row 1 has 1 columns, the header has 2"),
        (b"Name,Phone\nA,1\nB,2,3\n", "InvalidBatch : Failed to parse CSV. Row 2 has 3 columns, the header has 2"),
        (b"Name,Phone\nA,1,\n", "InvalidBatch : Failed to parse CSV. Row 1 has 3 columns, the header has 2"),
        (b"Name;Phone\nA;1\n", "InvalidBatch : Field name not found : Name;Phone"),
        (b"Name\r\nA\r\n", LINE_ENDING),
        (b"Name\rA\r", LINE_ENDING),
        (b"Name\nA\rB\n", LINE_ENDING),
        (b"Name,\nA,\n", "InvalidBatch : Field name not found : "),
        (b" Name\nA\n", "InvalidBatch : Field name not found :  Name"),
        (b"Name,Nope__c\nA,1\n", "InvalidBatch : Field name not found : Nope__c"),
        (b"Name,NAME\nA,B\n", "InvalidBatch : Duplicate field name : Name"),
        (b"\xff\xfeN\x00a\x00m\x00e\x00\n\x00A\x00\n", "InvalidBatch : Field name not found : \ufffd\ufffdN\x00a\x00m\x00e\x00"),
    ],
)
def test_an_upload_that_is_no_table_of_this_object_fails_whole(load, data, message):
    info, results, names = load(data)
    assert (info["state"], info["errorMessage"]) == ("Failed", message)
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"], names) == (0, 0, [])
    assert results["successfulResults"].count("\n") <= 1
    if "parse CSV" in message or "LineEnding" in message:
        assert results["unprocessedrecords"].encode() == data
    else:
        assert results["unprocessedrecords"].count("\n") == data.count(b"\n")


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b"\xef\xbb\xbf"])
def test_an_upload_with_nothing_in_it_completes(load, data):
    info, results, _ = load(data)
    assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", 0)
    assert results["successfulResults"] == '"sf__Id","sf__Created"\n'


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"Name\nA", ["A"]),
        (b"Name\nA\n\n\nB\n\n", ["A", "B"]),
        (b"\n\nName\nA\n", ["A"]),
        (b"\xef\xbb\xbfName\nA\n", ["A"]),
        (b'\xef\xbb\xbf"Name"\n"A"\n', ["A"]),
        (b"nAmE\nA\n", ["A"]),
    ],
)
def test_what_is_loose_about_lines_and_names_is_taken(load, data, names):
    info, _, found = load(data)
    assert (info["state"], found) == ("JobComplete", names)


def test_a_quote_in_the_midst_of_a_bare_cell_is_a_character_like_others(load):
    """A guess: Salesforce may take it for an unescaped quote."""
    info, results, names = load(b'Name\n6" pipe\n')
    assert (info["state"], names) == ("JobComplete", ['6" pipe'])
    assert results["successfulResults"].endswith('"true","6"" pipe"\n')


def test_bytes_that_are_no_utf8_become_the_sign_for_that(load):
    info, results, names = load(b"Name\nZo\xeb\n\xc3\x28\n")
    assert info["state"] == "JobComplete"
    assert names == ["Zo\ufffd", "\ufffd("]
    assert '"Zo\ufffd"' in results["successfulResults"]


def test_a_cell_as_long_as_the_longest_field_fails_its_row_alone(load):
    info, results, names = load(b"Name\nA\n" + b"x" * MOST_CELL_CHARS + b"\nB\n")
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    assert '"STRING_TOO_LONG:' in results["failedResults"]
    assert names == ["A", "B"]


def test_a_cell_longer_than_any_field_fails_the_job(load):
    info, _, names = load(b"Name\nA\n" + b"x" * (MOST_CELL_CHARS + 1) + b"\n")
    assert (info["state"], info["errorMessage"]) == ("Failed", "InvalidBatch : Failed to parse CSV. Exceeded max field size: 131073")
    assert names == []


def test_a_record_longer_than_allowed_fails_the_job(load):
    cells = ",".join(["x" * 100_001] * 4)
    info, _, _ = load(f"Name,Phone,Fax,Website\n{cells}\n".encode())
    assert (info["state"], info["errorMessage"]) == ("Failed", "InvalidBatch : Failed to parse CSV. Exceeded max record size: 400004")


def test_more_columns_than_allowed_fail_the_job(load):
    info, _, _ = load((",".join(["Name"] * 5_001) + "\n").encode())
    assert (info["state"], info["errorMessage"]) == ("Failed", "InvalidBatch : Maximum number of fields exceeded. Number of fields: 5001, maximum is 5000")


def test_words_for_null_and_values_that_look_like_them(load, org):
    record_id = org.admin.create("Account", Name="A", Phone="1", Fax="2", Website="w")
    info, _, _ = load(f'Id,Phone,Fax,Website\n{record_id},#N/A,"","#n/a"\n'.encode(), operation="update")
    row = org.admin.rows("Account")[0]
    assert (info["numberRecordsFailed"], row["Phone"], row["Fax"], row["Website"]) == (0, None, "2", "#n/a")


@pytest.mark.parametrize("number", ["1,000", "1 000", "1e3x", "--1", "0x10"])
def test_a_number_with_anything_in_it_fails_its_row(load, number):
    info, results, _ = load(f'Name,NumberOfEmployees\nA,"{number}"\nB,7\n'.encode())
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (2, 1)
    assert f'"A","{number}"' in results["failedResults"]


@pytest.mark.parametrize("ending", ["LF", "CRLF"])
@pytest.mark.parametrize(("name", "char"), [("BACKQUOTE", "`"), ("CARET", "^"), ("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")])
def test_every_delimiter_with_every_line_ending_may_stand_in_quotes(load, name, char, ending):
    end = "\n" if ending == "LF" else "\r\n"
    text = f'Name{char}Phone{end}"A{char}B"{char}"1{end}2"{end}'
    info, results, names = load(text.encode(), columnDelimiter=name, lineEnding=ending)
    assert (info["state"], info["numberRecordsFailed"], names) == ("JobComplete", 0, [f"A{char}B"])
    assert results["successfulResults"].endswith(f'{char}"true"{char}"A{char}B"{char}"1{end}2"{end}')


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
def test_cells_over_several_lines_part_at_rows_whatever_the_batches_are(load, org, batch_rows):
    org.bulk.pace = Pace(batch_rows=batch_rows)
    cells = ['"1\n"', '"\n\n2"', "3", '"4""\n"', '"é\n🚀"']
    info, results, names = load(("Name\n" + "".join(f"{cell}\n" for cell in cells)).encode())
    assert info["numberRecordsProcessed"] == 5
    assert info["numberRecordsFailed"] == 0
    assert len(names) == 5
    assert [line.partition('"true",')[2] for line in results["successfulResults"].split('"0015e')[1:]] == [
        (cell if cell.startswith('"') else f'"{cell}"') + "\n" for cell in cells
    ]


def test_a_fault_late_in_the_upload_is_found_before_anything_is_written(load, org):
    org.bulk.pace = Pace(batch_rows=2)
    info, results, names = load(b"Name\n" + b"A\n" * 9 + b'"B"x\n')
    assert (info["state"], info["errorMessage"], names) == ("Failed", UNESCAPED, [])
    assert results["unprocessedrecords"] == "Name\n" + "A\n" * 9 + '"B"x\n'


def test_a_limit_that_somebody_else_lifted_makes_no_difference():
    import csv

    before = csv.field_size_limit(10**9)
    try:
        table = read_table(b"A\n" + b"x" * (MOST_CELL_CHARS + 1), ",", "LF")
    finally:
        csv.field_size_limit(before)
    assert table.problem == "InvalidBatch : Failed to parse CSV. Exceeded max field size: 131073"
