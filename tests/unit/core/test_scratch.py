"""Temporary folders: whose they are, and that only those of the dead are cleared away."""

import os
import subprocess
import sys

import pytest

from sfchaos.core import scratch as module
from sfchaos.core.scratch import scratch, scratch_prefix, sweep


@pytest.fixture
def dead():
    """The pid of a process that is gone."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_folder_says_whose_it_is_and_goes_with_its_block():
    with scratch("key") as folder:
        assert folder.name.startswith(f"sfchaos-{os.getpid()}-")
        assert "-key-" in folder.name
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "private_key.pem").write_text("secret")
    assert not folder.exists()


def test_what_the_dead_left_is_cleared_away_and_nothing_else(tmp_path, dead):
    gone, file = tmp_path / f"sfchaos-{dead}-17-key-abc", tmp_path / f"sfchaos-{dead}-17-leaf-abc.pem"
    (gone / "deep").mkdir(parents=True)
    (gone / "deep" / "private_key.pem").write_text("secret")
    file.write_text("secret")
    kept = [f"sfchaos-{dead}-17-key", "sfchaos-notes", f"other-{dead}-17-key-abc", f"{scratch_prefix('key')}abc"]
    for name in kept:
        (tmp_path / name).mkdir()
    assert sweep(tmp_path) == [gone.name, file.name]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_a_pid_that_was_given_again_does_not_protect_what_another_process_left(tmp_path):
    left = tmp_path / f"sfchaos-{os.getpid()}-17-key-abc"
    left.mkdir()
    assert sweep(tmp_path) == [left.name]


def test_a_link_is_removed_and_what_it_leads_to_is_not(tmp_path, dead):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    (tmp_path / f"sfchaos-{dead}-17-key-abc").symlink_to(precious)
    sweep(tmp_path)
    assert (precious / "file").read_text() == "mine"


def test_a_process_sweeps_once(monkeypatch, tmp_path, dead):
    monkeypatch.setattr(module, "_swept", False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for n in range(2):
        (tmp_path / f"sfchaos-{dead}-17-key-{n}").mkdir()
        with scratch("key"):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ([] if n == 0 else [f"sfchaos-{dead}-17-key-1"])
