import os

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.scenario import folder
from sfchaos.scenario.folder import FolderGuard


def test_what_a_run_changed_created_or_deleted_is_put_back(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("a.txt", "b.txt", "data/c.txt"):
        (tmp_path / name).write_text(name)
    with FolderGuard(tmp_path) as guard:
        (tmp_path / "a.txt").write_text("other words")
        (tmp_path / "b.txt").unlink()
        (tmp_path / "out" / "deep").mkdir(parents=True)
        (tmp_path / "out" / "deep" / "d.txt").write_text("new")
        assert guard.restore() == ["a.txt", "b.txt", "out/deep/d.txt"]
        assert guard.restore() == []
        (tmp_path / "data" / "c.txt").unlink()
    assert {p.relative_to(tmp_path).as_posix(): p.read_text() for p in tmp_path.rglob("*") if p.is_file()} == {
        "a.txt": "a.txt", "b.txt": "b.txt", "data/c.txt": "data/c.txt"}  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_empty_folders_that_were_there_stay_and_deleted_ones_come_back(tmp_path):
    for name in ("out", "logs/deep"):
        (tmp_path / name).mkdir(parents=True)
    with FolderGuard(tmp_path) as guard:
        (tmp_path / "logs" / "deep").rmdir()
        (tmp_path / "new" / "deep").mkdir(parents=True)
        (tmp_path / "out" / "rows.csv").write_text("id")
        guard.restore()
        assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == ["logs", "logs/deep", "out"]
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == ["logs", "logs/deep", "out"]


def test_a_change_of_equal_length_is_noticed(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    os.utime(tmp_path / "a.txt", (1, 1))
    with FolderGuard(tmp_path):
        (tmp_path / "a.txt").write_text("two")
    assert (tmp_path / "a.txt").read_text() == "one"


def test_evidence_and_caches_are_left_alone(tmp_path):
    with FolderGuard(tmp_path):
        (tmp_path / "evidence").mkdir()
        (tmp_path / "evidence" / "run.json").write_text("{}")
    assert (tmp_path / "evidence" / "run.json").exists()


def test_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(outside)
    with FolderGuard(root):
        outside.write_text("changed")
    assert outside.read_text() == "changed"


def test_a_folder_too_large_to_copy_is_refused_and_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "MOST_BYTES", 10)
    (tmp_path / "big.bin").write_bytes(b"x" * 11)
    guard = FolderGuard(tmp_path)
    with pytest.raises(UsageError, match="MB of files"):
        guard.__enter__()
    assert not guard._copies.exists()
