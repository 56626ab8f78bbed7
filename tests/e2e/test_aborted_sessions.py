"""What is aborted leaves a bundle that verifies as far as it got; what cannot be written leaves nothing half-written."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SFCHAOS = [sys.executable, "-m", "sfchaos"]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "crm_sync_careful"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "job", ignore=shutil.ignore_patterns("__pycache__", "evidence", "out", "logs"))


def begun(folder: Path) -> subprocess.Popen[bytes]:
    """`sfchaos check`, once its journal has lines on disk."""
    child = subprocess.Popen([*SFCHAOS, "check", "--seed", "7"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ends = time.monotonic() + 60
    while time.monotonic() < ends and child.poll() is None:
        if any(path.stat().st_size for path in (folder / "evidence").glob(".journal-*")):
            return child
        time.sleep(0.02)
    raise AssertionError(f"no journal appeared; exit code {child.poll()}")


def verified(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SFCHAOS, "verify", f"evidence/{name}"], cwd=folder, capture_output=True, text=True, check=False)


def test_a_session_that_its_user_stops_leaves_a_bundle_that_verifies(folder):
    child = begun(folder)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130, errors
    assert [p.name for p in (folder / "evidence").iterdir()] == ["run-0001"]
    tree = json.loads((folder / "evidence/run-0001/evidence.json").read_text())
    assert tree["verdict"] == "inconclusive"
    assert tree["journal_lines"] > 0
    found = verified(folder, "run-0001")
    assert found.returncode == 0, found.stdout
    assert "nothing was judged" in found.stdout


def test_a_killed_session_is_salvaged_by_the_next(folder):
    child = begun(folder)
    child.kill()
    child.communicate(timeout=60)
    again = subprocess.run([*SFCHAOS, "check", "--scenario", "lost-write-reply", "--seed", "7"], cwd=folder, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "an earlier session was killed" in again.stderr
    assert sorted(p.name for p in (folder / "evidence").iterdir()) == ["run-0001", "run-0002"]
    assert json.loads((folder / "evidence/run-0001/evidence.json").read_text())["aborted"] == "the process of the session was killed"
    assert verified(folder, "run-0001").returncode == 0
    assert verified(folder, "run-0002").returncode == 0


def test_nothing_half_written_stays_when_the_disk_is_full(folder):
    """A limit on the size of files stands for the full disk."""

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    command = [*SFCHAOS, "check", "--scenario", "lost-write-reply", "--seed", "7"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, preexec_fn=small_files)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "remedy" in done.stderr
    assert not (folder / "evidence").exists()


def test_an_evidence_folder_that_cannot_be_made_is_said_before_anything_is_played(folder):
    (folder / "evidence").write_text("a file stands where the folder should be")
    done = subprocess.run([*SFCHAOS, "check", "--seed", "7"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "evidence folder" in done.stderr
    assert "--evidence" in done.stderr


def test_a_damaged_journal_is_named_with_its_line(folder):
    subprocess.run([*SFCHAOS, "check", "--scenario", "lost-write-reply", "--seed", "7"], cwd=folder, capture_output=True, check=True)
    journal = folder / "evidence/run-0001/journal.jsonl"
    lines = journal.read_bytes().split(b"\n")
    lines[10] = lines[10].replace(b'"at_ms":', b'"at_ms":1')
    os.chmod(journal, 0o644)
    journal.write_bytes(b"\n".join(lines))
    found = verified(folder, "run-0001")
    assert found.returncode == 1
    assert "line 12" in found.stdout
    assert "journal.jsonl" in found.stdout


def test_a_session_that_is_terminated_leaves_a_bundle_like_one_that_is_stopped(folder):
    child = begun(folder)
    child.send_signal(signal.SIGTERM)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 128 + signal.SIGTERM, errors
    assert [p.name for p in (folder / "evidence").iterdir()] == ["run-0001"]
    assert verified(folder, "run-0001").returncode == 0
