"""Every run starts from the same files: what a run created or changed in the target's folder is put back before the next."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sfchaos.core.errors import UsageError
from sfchaos.core.scratch import new_scratch

LEFT_ALONE = frozenset({".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".nox", ".tox", ".mypy_cache", ".ruff_cache", ".pytest_cache",
                        ".hypothesis", "evidence", ".sfchaos", "dist", "build"})  # fmt: skip
MOST_BYTES = 500_000_000


class FolderGuard:
    """Remembers a folder's files on entry (copies, by content) and puts them back on `restore` and on exit."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._copies: Path | None = None
        self._stamps: dict[str, tuple[int, int]] = {}
        self._folders: frozenset[str] = frozenset()

    def __enter__(self) -> FolderGuard:
        self._folders = frozenset(_folders(self.root))
        copies = self._copies = new_scratch("files")
        total = 0
        for name, path in _files(self.root):
            stat = path.stat()
            total += stat.st_size
            if total > MOST_BYTES:
                self.close()
                raise UsageError(f"{self.root} holds more than {MOST_BYTES // 1_000_000} MB of files",
                                 remedy="put sfchaos.toml into the folder of the integration itself, away from data and builds")  # fmt: skip
            copy = copies / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
            self._stamps[name] = (stat.st_mtime_ns, stat.st_size)
        return self

    def restore(self) -> list[str]:
        """Undo every change since entry; the names (relative) of what was changed, created or deleted."""
        changed: list[str] = []
        present = dict(_files(self.root))
        assert self._copies is not None  # made on entry
        for name, path in present.items():
            if name not in self._stamps:
                path.unlink(missing_ok=True)
                changed.append(name)
        for name, stamp in self._stamps.items():
            path = self.root / name
            held = present.get(name)
            if held is None or (lambda s: (s.st_mtime_ns, s.st_size))(path.stat()) != stamp:
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self._copies / name, path)
                changed.append(name)
        self._put_folders_back()
        return sorted(changed)

    def _put_folders_back(self) -> None:
        """Empty ones too: a job may count on its `out/`."""
        for folder in sorted(set(_folders(self.root)) - self._folders, reverse=True):  # a folder's insides come before it
            with contextlib.suppress(OSError):  # it holds what is left alone (a link, a virtual environment)
                os.rmdir(self.root / folder)
        for folder in sorted(self._folders):
            (self.root / folder).mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        if self._copies is not None:
            shutil.rmtree(self._copies, ignore_errors=True)

    def __exit__(self, *_: object) -> None:
        try:
            self.restore()
        finally:
            self.close()


def _folders(root: Path) -> Iterator[str]:
    for folder, names, _ in os.walk(root):
        names[:] = sorted(name for name in names if name not in LEFT_ALONE)
        yield from (os.path.relpath(Path(folder) / name, root) for name in names if not (Path(folder) / name).is_symlink())


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in LEFT_ALONE)
        for file in sorted(files):
            path = Path(folder) / file
            if path.is_file() and not path.is_symlink() and not file.endswith(".pyc"):
                yield os.path.relpath(path, root), path
