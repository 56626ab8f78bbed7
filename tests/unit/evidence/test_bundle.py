"""Bundles on disk: all of it or nothing, the same bytes each time, and no secret in any of them."""

import base64
import errno
import gzip
import json
import os
from dataclasses import replace

import pytest

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.errors import HarnessError, SfchaosError
from sfchaos.core.journal import Journal
from sfchaos.core.redact import SecretBook
from sfchaos.evidence.bundle import write_aborted, write_bundle
from sfchaos.evidence.leak import find_leaks
from sfchaos.evidence.verify import verify_bundle

FILES = {
    "config/sfchaos.toml", "evidence.json", "export/junit.xml", "export/oscal/assessment-plan.json", "export/oscal/assessment-results.json", "export/results.csv",
    "journal.jsonl", "logs/r1.jsonl.gz", "logs/r2.jsonl.gz", "manifest.json", "plan.json", "reconcile.csv", "report.html", "state/after.jsonl.gz",
    "state/before.jsonl.gz", "state/expected.jsonl.gz", "state/rejects.jsonl.gz", "state/runs.jsonl", "state/sink.jsonl.gz", "state/source.jsonl.gz",
}  # fmt: skip


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bundle_has_its_files_and_the_next_number(session, tmp_path):
    first = write_bundle(session(), tmp_path / "evidence")
    assert first == tmp_path / "evidence" / "run-0001"
    assert set(files_in(first)) == FILES
    second = write_bundle(session(), tmp_path / "evidence")
    assert second.name == "run-0002"
    assert sorted(path.name for path in (tmp_path / "evidence").iterdir()) == ["run-0001", "run-0002"]


def test_each_bundle_names_the_one_before(session, tmp_path):
    first, second = write_bundle(session(), tmp_path), write_bundle(session(), tmp_path)
    series = [json.loads((path / "evidence.json").read_bytes())["series"] for path in (first, second)]
    assert series[0] == {"sequence": 1, "name": "run-0001", "previous_manifest_sha256": ""}
    assert series[1]["previous_manifest_sha256"] == sha256_hex((first / "manifest.json").read_bytes())


def test_a_removed_bundle_is_not_numbered_again(session, tmp_path):
    (tmp_path / "run-0041").mkdir()
    (tmp_path / "run-notes").mkdir()
    assert write_bundle(session(), tmp_path).name == "run-0042"


def test_the_same_record_gives_the_same_bytes(session, tmp_path):
    assert files_in(write_bundle(session(), tmp_path / "a")) == files_in(write_bundle(session(), tmp_path / "b"))


def test_the_manifest_states_every_other_file(session, tmp_path):
    bundle = write_bundle(session(), tmp_path)
    files = files_in(bundle)
    stated = json.loads(files.pop("manifest.json"))
    assert stated["files"] == [{"path": path, "size": len(data), "sha256": sha256_hex(data)} for path, data in sorted(files.items())]


def test_rows_name_their_runs_and_equal_rows_are_kept_once(session, tmp_path):
    bundle = write_bundle(session(), tmp_path)
    source = gzip.decompress((bundle / "state/source.jsonl.gz").read_bytes()).splitlines()
    assert [json.loads(line)["runs"] for line in source] == [["r1", "r2"]]
    after = gzip.decompress((bundle / "state/after.jsonl.gz").read_bytes()).splitlines()
    assert [(json.loads(line)["runs"], json.loads(line)["id"]) for line in after] == [(["r1"], "001A"), (["r2"], "001A"), (["r2"], "001B")]


def test_business_keys_stay_off_the_disk(session, tmp_path):
    bundle = write_bundle(session(), tmp_path)
    for path, data in files_in(bundle).items():
        assert b"A-1" not in (gzip.decompress(data) if path.endswith(".gz") else data).replace(b"A1.1", b""), path


@pytest.mark.parametrize("form", ["plain", "base64", "url", "hex", "prefix"])
def test_a_secret_in_a_log_stops_the_bundle(session, token, tmp_path, form):
    written = {"plain": token, "base64": base64.b64encode(b"Bearer " + token.encode()).decode(), "url": token.replace("!", "%21"),
               "hex": token.encode().hex(), "prefix": token.partition("!")[2][:12]}[form]  # fmt: skip
    record = session(files={"logs/app.log": f"calling with {written} now".encode()})
    with pytest.raises(SfchaosError) as failed:
        write_bundle(record, tmp_path / "evidence")
    assert "logs/app.log: access_token secret:1" in failed.value.message
    assert written not in str(failed.value)
    assert list((tmp_path / "evidence").iterdir()) == []


def test_a_secret_inside_a_compressed_file_stops_the_bundle(session, token, tmp_path):
    record = session()
    run = record.runs[1]
    rows = (replace(run.history.after[0], fields={"Name": token}),)
    leaking = replace(record, runs=(record.runs[0], replace(run, history=replace(run.history, after=rows))))
    with pytest.raises(SfchaosError, match=r"state/after\.jsonl\.gz: access_token"):
        write_bundle(leaking, tmp_path)


@pytest.mark.parametrize("size", [8, 9, 11, 12, 14, 15, 16, 23, 40])
def test_secrets_are_found_at_every_offset_and_length(size):
    book = SecretBook()
    secret = sha256_hex(b"a secret")[:size].upper()
    book.learn(secret, "password")
    for offset in range(17):
        found = find_leaks({"f": b"x" * offset + secret.encode() + b"x" * (offset % 5)}, [book])
        assert "plain" in [leak.form for leak in found], offset


def test_a_private_key_is_found_as_json_writes_it(tmp_path):
    book = SecretBook()
    pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\n"
    book.learn(pem, "private_key")
    assert [leak.form for leak in find_leaks({"f": json.dumps({"text": pem}).encode()}, [book]) if leak.form == "escaped"] == ["escaped"]


def test_text_without_secrets_has_no_leaks(token):
    book = SecretBook()
    book.learn(token, "access_token")
    assert find_leaks({"f": b"secret:1 " * 1000, "empty": b""}, [book]) == []


def test_a_full_disk_leaves_nothing_behind(session, tmp_path, monkeypatch):
    calls = []

    def full(handle):
        calls.append(handle)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SfchaosError, match="No space left on device") as failed:
        write_bundle(session(), tmp_path / "evidence")
    assert "--evidence" in failed.value.remedy
    assert list((tmp_path / "evidence").iterdir()) == []


def test_an_interrupt_leaves_nothing_behind(session, tmp_path, monkeypatch):
    def stop(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(session(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_an_error_with_a_remedy(session, tmp_path):
    (tmp_path / "evidence").write_text("")
    with pytest.raises(SfchaosError, match="could not be written"):
        write_bundle(session(), tmp_path / "evidence")


def test_a_number_taken_meanwhile_is_passed_over(session, tmp_path, monkeypatch):
    rename = os.rename

    def beaten(draft, final):
        monkeypatch.setattr(os, "rename", rename)
        (final / "theirs").mkdir(parents=True)
        return rename(draft, final)

    monkeypatch.setattr(os, "rename", beaten)
    bundle = write_bundle(session(), tmp_path)
    assert bundle.name == "run-0002"
    assert verify_bundle(bundle).ok


@pytest.mark.parametrize("path", ["../x", "/etc/x", "config/../../x", "evidence.json", "x", "config\\x"])
def test_further_files_keep_to_their_places(session, tmp_path, path):
    with pytest.raises(HarnessError, match="has no place in a bundle"):
        write_bundle(session(files={path: b""}), tmp_path)


def test_an_aborted_session_keeps_its_journal_as_far_as_it_holds(session, tmp_path):
    journal = session().journal
    bundle = write_aborted(journal[:-40], tmp_path, why="killed")
    tree = json.loads((bundle / "evidence.json").read_bytes())
    assert (tree["verdict"], tree["exit_code"], tree["aborted"], tree["journal_lines"]) == ("inconclusive", 3, "killed", 9)
    assert (bundle / "journal.jsonl").read_bytes() == b"".join(line + b"\n" for line in journal.splitlines()[:9])
    report = verify_bundle(bundle)
    assert report.ok
    assert "verdicts: the session was aborted and nothing was judged" in report.unverifiable


def test_an_aborted_session_cannot_be_made_to_pass(session, tmp_path):
    bundle = write_aborted(session(), tmp_path)
    tree = json.loads((bundle / "evidence.json").read_bytes())
    tree["verdict"] = "pass"
    (bundle / "evidence.json").write_text(json.dumps(tree))
    assert verify_bundle(bundle).exit_code == 1


def test_an_aborted_session_has_its_leak_gate_too(tmp_path):
    book, journal = SecretBook(), Journal()
    book.learn("hunter22-hunter22", "password")
    journal.add("log", at_s=0, text="password hunter22-hunter22")
    with pytest.raises(SfchaosError, match=r"journal\.jsonl: password"):
        write_aborted(journal.data(), tmp_path, secrets=[book])
    assert list(tmp_path.iterdir()) == []
