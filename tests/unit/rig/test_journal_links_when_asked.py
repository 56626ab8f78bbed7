"""The journal in memory: lines at once, the chain when somebody asks for it."""

from __future__ import annotations

from pathlib import Path

from sfchaos.core.journal import Journal, check_chain


def filled(journal: Journal) -> Journal:
    for number in range(3):
        journal.add("log", at_s=float(number), level="INFO", source="main", text=f"line {number}")
    return journal


def test_lines_added_after_the_chain_was_asked_for_are_linked_too():
    journal = filled(Journal())
    first = journal.head
    filled(journal)
    assert journal.head != first
    assert journal.lines[3]["prev"] == first
    found = check_chain(journal.data())
    assert (found.trouble, len(found.lines), found.head) == ("", 6, journal.head)


def test_a_journal_with_a_file_and_one_in_memory_have_the_same_bytes(tmp_path: Path):
    written = filled(Journal(path=tmp_path / "journal.jsonl"))
    written.close()
    assert (tmp_path / "journal.jsonl").read_bytes() == filled(Journal()).data() == written.data()


def test_lines_of_a_run_are_those_added_while_it_had_that_name():
    journal = filled(Journal("r1"))
    journal.run = "r2"
    journal.add("phase", at_s=3.0, phase="load", step="begin")
    assert [line["n"] for line in journal.of("r1")] == [1, 2, 3]
    assert [line["n"] for line in journal.of("r2")] == [4]
    assert journal.of("r3") == []
