"""Verification: whole bundles hold, any change is found and named, and verdicts come out alike without the integration."""

import gzip
import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfchaos.core.canonical import canonical_json
from sfchaos.evidence import manifest
from sfchaos.evidence.bundle import write_bundle
from sfchaos.evidence.reading import histories_of
from sfchaos.evidence.verify import print_report, verify_bundle


@pytest.fixture(scope="module")
def sound(session, tmp_path_factory):
    return write_bundle(session(), tmp_path_factory.mktemp("sound"))


@pytest.fixture
def bundle(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "elsewhere" / "copy")


def restate(bundle):
    """Write the manifest anew, as somebody would who edits evidence with care."""
    files = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    (bundle / "manifest.json").write_bytes(manifest.manifest(files))


def edit(bundle, name, change):
    tree = json.loads((bundle / name).read_bytes())
    change(tree)
    (bundle / name).write_bytes(json.dumps(tree, indent=1, ensure_ascii=False).encode() + b"\n")
    restate(bundle)


def failed(bundle):
    report = verify_bundle(bundle)
    assert report.exit_code == 1
    return {name: detail for name, held, detail in report.checks if not held}


def test_a_bundle_verifies_elsewhere_and_under_another_name(bundle, capsys):
    report = verify_bundle(bundle)
    assert (report.ok, report.exit_code, report.verdict) == (True, 0, "fail")
    assert [name for name, _, _ in report.checks] == ["manifest", "journal", "state", "verdicts", "exports"]
    assert "SFC-LOG-04 and SFC-AUTH-10: re-judged from capture marks, not from clear text" in report.unverifiable
    print_report(report)
    assert "verified, and judged alike" in capsys.readouterr().out


def test_blocks_that_json_changes_do_not_spoil_the_comparison(session, tmp_path):
    blocks = {"target": {"name": "crm", "version": 1.5}, "scope": {"not_run": ({"scenario": "a", "why": 0.5},)}, "limits": ("one", 2.0), "when": {"skew_s": 0.25}}
    assert verify_bundle(write_bundle(session(blocks=blocks), tmp_path)).ok


def test_histories_come_back_as_they_were(session, bundle):
    record = session()
    histories = histories_of(bundle)
    for run in record.runs:
        assert histories[run.id] == run.history


def test_one_flipped_byte_in_any_file_is_named(bundle):
    for path in sorted(p for p in bundle.rglob("*") if p.is_file()):
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        report = verify_bundle(bundle)
        assert report.exit_code == 1, path
        assert path.relative_to(bundle).as_posix() in "\n".join(report.lines()), path
        path.write_bytes(data)
    assert verify_bundle(bundle).ok


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_change_to_any_byte_goes_unseen(sound, data):
    path = data.draw(st.sampled_from(sorted(p for p in sound.rglob("*") if p.is_file())))
    held = path.read_bytes()
    at = data.draw(st.integers(0, len(held) - 1))
    path.write_bytes(held[:at] + bytes([held[at] ^ data.draw(st.integers(1, 255))]) + held[at + 1 :])
    try:
        assert verify_bundle(sound).exit_code in (1, 2)
    finally:
        path.write_bytes(held)


def test_a_missing_and_an_added_file_are_named(bundle):
    (bundle / "reconcile.csv").unlink()
    (bundle / "export" / "more.csv").write_text("x")
    found = failed(bundle)["manifest"]
    assert "reconcile.csv is missing" in found
    assert "export/more.csv is not in manifest.json" in found


def test_an_edited_journal_line_is_found_by_its_number(bundle):
    lines = (bundle / "journal.jsonl").read_bytes().splitlines(keepends=True)
    assert b'"at_ms":200,' in lines[1]
    lines[1] = lines[1].replace(b'"at_ms":200,', b'"at_ms":201,')
    (bundle / "journal.jsonl").write_bytes(b"".join(lines))
    restate(bundle)
    found = failed(bundle)
    assert "journal.jsonl: line 3 does not follow line 2" in found["journal"]
    assert "the journal does not hold to its end" in found["state"]  # nothing compared is nothing shown


def test_a_shortened_journal_does_not_match_its_head(bundle):
    lines = (bundle / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (bundle / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    restate(bundle)
    assert "lines are missing at its end" in failed(bundle)["journal"]


def test_a_verdict_that_was_polished_is_judged_otherwise(bundle):
    def polish(tree):
        judgement = next(j for j in tree["runs"][1]["judgements"] if j["objective"] == "SFC-INT-06")
        judgement.update(verdict="pass", reason="held", exceptions=[], exceptions_total=0)
        row = next(r for r in tree["results"] if r["objective"] == "SFC-INT-06")
        row.update(verdict="pass", reason="held", exceptions=[], exceptions_total=0, detail=judgement["detail"])

    edit(bundle, "evidence.json", polish)
    assert "run r2, SFC-INT-06: verdict is pass, judged again it is fail" in failed(bundle)["verdicts"]


def test_an_outcome_that_was_polished_is_judged_otherwise(bundle):
    edit(bundle, "evidence.json", lambda tree: tree["runs"][1].update(outcome="pass"))
    assert "run r2: outcome is pass, judged again it is duplicate" in failed(bundle)["verdicts"]


def test_an_expectation_that_was_widened_afterwards_is_found(bundle):
    edit(bundle, "evidence.json", lambda tree: tree["runs"][1].update(expected={"outcome": ["duplicate"]}))
    assert "plan.json is not what the evidence renders to" in failed(bundle)["exports"]


def test_a_result_that_is_not_its_runs_roll_up_is_found(bundle):
    def polish(tree):
        row = next(r for r in tree["results"] if r["objective"] == "SFC-INT-02")
        row["verdict"] = "pass"

    edit(bundle, "evidence.json", polish)
    assert "result SFC-INT-02: verdict is pass, it comes to fail" in failed(bundle)["verdicts"]


def test_a_bad_run_cannot_be_left_out(bundle):
    def drop(tree):
        tree["runs"] = tree["runs"][:1]
        tree["results"] = [row for row in tree["results"] if row["objective"] == "SFC-LOG-04"]

    edit(bundle, "evidence.json", drop)
    assert "evidence.json leaves out run r2, which is in the journal" in failed(bundle)["verdicts"]


def test_a_session_verdict_that_was_polished_is_found(bundle):
    edit(bundle, "evidence.json", lambda tree: tree.update(verdict="pass", exit_code=0))
    assert "evidence.json: verdict is pass, it comes to fail" in failed(bundle)["verdicts"]


def test_rows_that_were_changed_are_not_those_of_the_journal(bundle):
    path = bundle / "state" / "after.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    path.write_bytes(gzip.compress(b"".join(canonical_json(row) + b"\n" for row in rows[:-1]), mtime=0))
    restate(bundle)
    found = failed(bundle)
    assert "rows `after` of run r2 are not those of the journal's line 10" in found["state"]
    assert "SFC-INT-02" in found["verdicts"]


def test_a_threshold_that_was_relaxed_afterwards_is_judged_otherwise(bundle):
    edit(bundle, "plan.json", lambda tree: tree["thresholds"]["max_attempts"].update(value=100))
    assert "run r2, SFC-RES-01: thresholds" in failed(bundle)["verdicts"]


@pytest.mark.parametrize("name", ["report.html", "reconcile.csv", "export/junit.xml", "export/results.csv", "export/oscal/assessment-results.json", "export/oscal/assessment-plan.json"])
def test_an_export_that_says_something_else_is_found(bundle, name):
    path = bundle / name
    path.write_bytes(path.read_bytes().replace(b"fail", b"pass").replace(b"duplicate", b"pass").replace(b"7", b"8"))
    restate(bundle)
    assert f"{name} is not what the evidence renders to" in failed(bundle)["exports"]


def test_logs_that_say_something_else_than_the_journal_are_found(bundle):
    path = bundle / "logs" / "r2.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"WARNING", b"ERROR"), mtime=0))
    restate(bundle)
    assert "logs/r2.jsonl.gz is not what the evidence renders to" in failed(bundle)["exports"]


def test_a_machine_that_compresses_otherwise_verifies_all_the_same(bundle, monkeypatch):
    monkeypatch.setattr("sfchaos.evidence.contents.packed", lambda path, data: b"other bytes")
    assert verify_bundle(bundle).ok


def test_exports_of_another_version_are_said_to_differ_not_to_be_forged(bundle):
    def older(tree):
        tree["written_by"] = "sfchaos 0.0.1"

    (bundle / "report.html").write_text("<p>older</p>")
    edit(bundle, "evidence.json", older)
    report = verify_bundle(bundle)
    assert report.ok
    assert any(text.startswith("exports: written by sfchaos 0.0.1") for text in report.unverifiable)


def test_what_is_no_bundle_is_not_readable(bundle, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, words in ((empty, "manifest.json, evidence.json, journal.jsonl is missing"), (tmp_path / "none", "does not exist"), (bundle / "plan.json", "is not a folder")):
        report = verify_bundle(path)
        assert report.exit_code == 2
        assert not report.ok
        assert words in report.lines()[0]


def test_a_bundle_of_another_schema_is_not_ours_to_judge(bundle):
    edit(bundle, "evidence.json", lambda tree: tree.update(schema="sfchaos.evidence/9"))
    assert verify_bundle(bundle).exit_code == 2


def test_keys_of_a_newer_version_are_ignored(bundle):
    edit(bundle, "evidence.json", lambda tree: tree.update(written_by="sfchaos 9.0", novelty=1))
    assert verify_bundle(bundle).ok


@pytest.mark.parametrize("name", ["plan.json", "state/runs.jsonl", "state/after.jsonl.gz", "evidence.json"])
def test_files_that_make_no_sense_are_findings_not_crashes(bundle, name):
    (bundle / name).write_bytes(b'{"schema": "sfchaos.evidence/1", "results": []}\n')
    restate(bundle)
    assert verify_bundle(bundle).exit_code == 1
