"""The journal is on disk while a session runs, so that what is aborted leaves a bundle that verifies as far as it got."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sfchaos.core.errors import SfchaosError
from sfchaos.core.journal import Journal
from sfchaos.core.redact import SecretBook
from sfchaos.evidence.bundle import write_aborted

_PREFIX, _SUFFIX = ".journal-", ".jsonl"


@contextmanager
def kept_journal(directory: Path, books: Sequence[SecretBook]) -> Iterator[Journal]:
    """A journal in `directory` until the block ends. When the user stops the session, what there is becomes a bundle.

    `books` are looked at when it ends: the bundle of an aborted session goes through the leak gate too.
    """
    journal, path = _opened(directory)
    try:
        yield journal
        journal.close()
        check_kept(journal)
    except KeyboardInterrupt:  # Ctrl-C, or SIGTERM
        journal.close()
        write_aborted(journal.data(), directory, secrets=books, why="the session was stopped by its user")
        raise
    finally:
        journal.close()
        path.unlink(missing_ok=True)
        _remove_if_empty(directory)


def _remove_if_empty(directory: Path) -> None:
    """A session that never began leaves no folder."""
    try:
        directory.rmdir()
    except OSError:
        pass  # there is something in it


def check_kept(journal: Journal) -> None:
    """Raises SfchaosError when the journal can no longer be written: a session without a whole journal is no evidence."""
    if journal.failure is not None:
        raise SfchaosError(f"the journal can no longer be written: {journal.failure.strerror or journal.failure}",
                           remedy="make room on the disk, or name another folder with --evidence")  # fmt: skip


def salvaged(directory: Path) -> list[Path]:
    """Bundles made of journals that killed processes left in `directory` (kill -9, power cut); their journals are removed."""
    found: list[Path] = []
    for path in sorted(directory.glob(f"{_PREFIX}*{_SUFFIX}")):
        number = path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        if number.isdigit() and not _is_alive(int(number)):
            found.append(write_aborted(path.read_bytes(), directory, why="the process of the session was killed"))
            path.unlink(missing_ok=True)
    return found


def _opened(directory: Path) -> tuple[Journal, Path]:
    path = directory / f"{_PREFIX}{os.getpid()}{_SUFFIX}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # of an earlier session of this process
        return Journal(path=path), path
    except OSError as error:
        raise SfchaosError(f"evidence folder {str(directory)!r} cannot be written: {error.strerror or error}",
                           remedy="name another folder with --evidence, or make room there") from None  # fmt: skip


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
