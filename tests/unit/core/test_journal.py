"""The chain: what is written can be checked, and each kind of damage is named with its line."""

import json

import pytest

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.errors import BundleError
from sfchaos.core.journal import GENESIS, Journal, check_chain, read_journal


@pytest.fixture
def journal():
    journal = Journal("r1")
    journal.add("start", seed=7)
    journal.add("exchange", at_s=1.2345, address="row.create/Account#1~1", status=201)
    journal.run = "r2"
    journal.add("end", at_s=2)
    return journal


def damaged(journal, edit):
    lines = journal.data().splitlines(keepends=True)
    return check_chain(b"".join(edit(lines)))


def test_lines_are_numbered_chained_and_timed(journal):
    raw = journal.data().splitlines()
    first, second, third = journal.lines
    assert first == {"n": 1, "prev": GENESIS, "run": "r1", "kind": "start", "at_ms": 0, "seed": 7}
    assert (second["n"], second["at_ms"], second["run"]) == (2, 1234, "r1")
    assert (third["n"], third["at_ms"], third["run"]) == (3, 2000, "r2")
    assert second["prev"] == sha256_hex(raw[0])
    assert third["prev"] == sha256_hex(raw[1])
    assert journal.head == sha256_hex(raw[2])
    assert raw[0] == b'{"at_ms":0,"kind":"start","n":1,"prev":"' + b"0" * 64 + b'","run":"r1","seed":7}'


def test_a_sound_journal_is_read_whole(journal):
    found = check_chain(journal.data())
    assert (found.lines, found.head, found.trouble) == (journal.lines, journal.head, "")
    assert check_chain(b"") == type(found)([], GENESIS, "")


def test_lines_are_found_by_run_and_by_place(journal):
    assert [line["n"] for line in journal.of("r1")] == [1, 2]
    assert journal[2]["kind"] == "end"
    assert len(journal) == 3
    assert list(journal) == journal.lines


def test_time_comes_from_the_runs_clock():
    journal = Journal(elapsed_s=lambda: 1.5)
    assert journal.add("org")["at_ms"] == 1500
    journal.use_clock(lambda: 3)
    assert journal.add("org")["at_ms"] == 3000


def test_an_unknown_kind_is_refused_and_leaves_no_trace(journal):
    head = journal.head
    with pytest.raises(ValueError, match="unknown kind 'exchnge'"):
        journal.add("exchnge")
    assert (len(journal), journal.head) == (3, head)


def test_a_value_without_a_form_is_refused_when_the_chain_is_linked(journal):
    journal.add("org", facts={1, 2})
    with pytest.raises(TypeError, match="no place in canonical JSON"):
        journal.data()


def test_the_chain_is_the_same_whenever_it_is_linked(journal):
    """In memory it is linked when asked for: between lines or at the end must not matter."""
    other = Journal("r1")
    other.add("start", seed=7)
    first_head = other.head
    other.add("exchange", at_s=1.2345, address="row.create/Account#1~1", status=201)
    other.run = "r2"
    other.add("end", at_s=2)
    assert (other.data(), other.head) == (journal.data(), journal.head)
    assert other[1]["prev"] == first_head


def test_a_changed_value_breaks_the_next_line(journal):
    found = damaged(journal, lambda lines: [lines[0], lines[1].replace(b"201", b"500"), lines[2]])
    assert found.trouble.startswith("line 3 does not follow line 2: its prev is ")
    assert len(found.lines) == 2


def test_a_removed_line_is_named(journal):
    found = damaged(journal, lambda lines: [lines[0], lines[2]])
    assert found.trouble == "line 2 says it is number 3: a line is missing or was added"
    assert len(found.lines) == 1


def test_an_added_line_is_named(journal):
    assert damaged(journal, lambda lines: [lines[0], lines[0], *lines[1:]]).trouble == "line 2 says it is number 1: a line is missing or was added"


def test_lines_in_another_order_are_named(journal):
    assert damaged(journal, lambda lines: [lines[1], lines[0], lines[2]]).trouble == "line 1 says it is number 2: a line is missing or was added"


def test_white_space_is_an_edit(journal):
    assert damaged(journal, lambda lines: [*lines[:2], lines[2].replace(b'"kind":"end"', b'"kind": "end"')]).trouble == "line 3 is not in canonical form: it was edited"


def test_a_key_given_twice_is_an_edit(journal):
    assert damaged(journal, lambda lines: [lines[0].replace(b'{"at_ms":0', b'{"at_ms":9,"at_ms":0'), *lines[1:]]).trouble == "line 1 is not in canonical form: it was edited"


def test_what_is_not_json_is_named(journal):
    assert damaged(journal, lambda lines: [lines[0], b"{broken\n"]).trouble.startswith("line 2 is not JSON (")
    assert damaged(journal, lambda lines: [lines[0], b"\xff\xfe\n"]).trouble.startswith("line 2 is not JSON (")
    assert damaged(journal, lambda lines: [lines[0], b"\n"]).trouble.startswith("line 2 is not JSON (")


def test_what_is_not_an_object_is_named():
    assert check_chain(b"[1]\n").trouble == "line 1 is not an object"


def test_a_last_line_without_an_end_was_cut_while_it_was_written(journal):
    found = check_chain(journal.data()[:-1])
    assert found.trouble == "line 3 has no line end: the journal was cut while it was written"
    assert len(found.lines) == 3


def test_half_a_last_line_is_not_json(journal):
    assert check_chain(journal.data()[:-5]).trouble.startswith("line 3 is not JSON (")


def test_a_journal_cut_between_lines_shows_in_its_head(journal):
    """The chain alone cannot tell; the head in the manifest does."""
    found = damaged(journal, lambda lines: lines[:2])
    assert found.trouble == ""
    assert found.head != journal.head


def test_values_too_deep_to_read_are_trouble_and_no_crash():
    assert check_chain(b"[" * 200_000 + b"\n").trouble.startswith("line 1 is not ")


def test_a_float_or_an_endless_number_is_trouble_and_no_crash():
    data = b'{"at_ms":NaN,"kind":"start","n":1,"prev":"' + b"0" * 64 + b'","run":"r1"}\n'
    assert check_chain(data).trouble.startswith("line 1 is not ")


def test_half_a_character_is_trouble_and_no_crash(journal):
    journal.add("log", text="\ud83d")
    assert check_chain(journal.data()).trouble == ""


def test_a_journal_on_disk_is_the_one_in_memory(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path=path)
    for n in range(300):
        journal.add("log", text=str(n))
    assert path.read_bytes().count(b"\n") >= 256
    journal.close()
    journal.close()
    assert path.read_bytes() == journal.data()
    assert read_journal(path) == journal.lines


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        Journal(path=path)


def test_reading_a_damaged_file_names_path_and_line(tmp_path, journal):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(journal.data().replace(b"201", b"500"))
    with pytest.raises(BundleError, match=r"journal\.jsonl: line 3 does not follow line 2"):
        read_journal(path)


def test_lines_of_many_threads_are_one_chain():
    from concurrent.futures import ThreadPoolExecutor

    journal = Journal()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: journal.add("log", text=str(n)), range(500)))
    assert check_chain(journal.data()).trouble == ""
    assert sorted(int(line["text"]) for line in journal) == list(range(500))
    assert json.loads(journal.data().splitlines()[-1])["n"] == 500
