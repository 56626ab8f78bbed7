"""The CSV dialect by itself. Expectations: wire reference 5.4 and 5.5."""

from __future__ import annotations

import pytest

from sfchaos.org.bulk.csv import quoted_line, read_table, result_pieces


def test_quotes_keep_separators_line_ends_and_quotes():
    table = read_table(b'Name,Phone\n"Acme, Inc.","1\n2"\n"the ""A""",3\n', ",", "LF")
    assert table.names == ("Name", "Phone")
    assert list(table.rows()) == [["Acme, Inc.", "1\n2"], ['the "A"', "3"]]
    assert table.problem == ""


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    table = read_table(b"\xef\xbb\xbfName\nZo\xc3\xab\n", ",", "LF")
    assert table.names == ("Name",)
    assert list(table.rows()) == [["Zoë"]]
    assert table.header == "Name"


@pytest.mark.parametrize("separator", ["`", "^", ",", "|", ";", "\t"])
def test_every_separator_parts_cells(separator):
    data = f"A{separator}B\n1{separator}2\n".encode()
    assert list(read_table(data, separator, "LF").rows()) == [["1", "2"]]


def test_the_last_line_needs_no_end_and_empty_lines_are_no_rows():
    assert list(read_table(b"A\n1\n\n2", ",", "LF").rows()) == [["1"], ["2"]]


def test_a_cell_of_an_only_column_may_be_empty_in_quotes():
    assert list(read_table(b'A\n""\n', ",", "LF").rows()) == [[""]]


@pytest.mark.parametrize(("data", "setting"), [(b"A\r\n1\r\n", "LF"), (b"A\n1\n", "CRLF"), (b"A\r1\r", "LF")])
def test_another_line_ending_than_the_job_says_is_a_problem(data, setting):
    assert read_table(data, ",", setting).problem == f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {setting}"


def test_the_right_line_ending_is_none():
    assert read_table(b"A\r\n1\r\n", ",", "CRLF").problem == ""
    assert read_table(b"A", ",", "CRLF").problem == ""


def test_a_line_end_inside_quotes_does_not_end_the_header():
    table = read_table(b'"A\nB",C\n1,2\n', ",", "LF")
    assert table.header == '"A\nB",C'
    assert list(table.rows()) == [["1", "2"]]


def test_a_stray_quote_is_a_problem_and_rows_before_it_are_kept():
    table = read_table(b'A\n1\n"2"x\n3\n', ",", "LF")
    assert table.problem == "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"
    assert list(table.rows()) == [["1"]]


def test_a_quote_that_never_closes_is_a_problem():
    assert read_table(b'A\n"1\n', ",", "LF").problem.startswith("InvalidBatch : Failed to parse CSV.")


def test_a_row_of_another_width_is_named():
    assert read_table(b"A,B\n1,2\n3\n", ",", "LF").problem == "InvalidBatch : Failed to parse CSV. Row 2 has 1 columns, the header has 2"


def test_nothing_is_no_rows_and_no_problem():
    table = read_table(b"", ",", "LF")
    assert (table.header, table.names, list(table.rows()), table.problem) == ("", (), [], "")


def test_results_quote_our_names_and_all_data_but_not_the_uploaded_header():
    text = b"".join(result_pieces(("sf__Id", "sf__Error"), 'Id,"Phone"', [("003", 'bad "x"', "1")], ",", "\n")).decode()
    assert text == '"sf__Id","sf__Error",Id,"Phone"\n"003","bad ""x""","1"\n'


def test_results_without_rows_are_a_header():
    assert b"".join(result_pieces((), "Id|Phone", [], "|", "\r\n")) == b"Id|Phone\r\n"


def test_quoted_lines_use_the_separator():
    assert quoted_line(("", "\n", "é"), ";") == '"";"\n";"é"'
    assert quoted_line(('"',), ",") == '""""'
    assert quoted_line(("a;b", "", 'c"d'), ";") == '"a;b";"";"c""d"'
