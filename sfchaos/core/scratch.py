"""Temporary folders that say whose they are, so that the next start can clear away what a killed process left behind.

`sfchaos-<pid>-<when that process began>-<purpose>-<random>`: a pid alone comes back. What a living process holds is never touched.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"sfchaos-(?P<pid>\d+)-(?P<began>\d+)-(?P<purpose>[a-z]+)-")
_swept = False


@contextmanager
def scratch(purpose: str) -> Iterator[Path]:
    """A folder that only its owner can read, gone at the end of the block."""
    folder = new_scratch(purpose)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_scratch(purpose: str) -> Path:
    """The folder without the end: who asks for it removes it."""
    sweep_once()
    return Path(tempfile.mkdtemp(prefix=scratch_prefix(purpose)))


def scratch_prefix(purpose: str) -> str:
    """What the name of a temporary file or folder of this process begins with. `purpose` is one word in lower case."""
    return f"sfchaos-{os.getpid()}-{_began(os.getpid()) or 0}-{purpose}-"


def sweep_once() -> None:
    """Clear away what dead processes left, the first time in a process that this is asked for."""
    global _swept
    if not _swept:
        _swept = True
        sweep(Path(tempfile.gettempdir()))


def sweep(folder: Path) -> list[str]:
    """Remove scratch of processes that are gone from `folder`, where it is ours; the names of what was removed."""
    removed = []
    with contextlib.suppress(OSError):
        for entry in sorted(folder.glob("sfchaos-*")):
            found = _NAME.match(entry.name)
            if found is None or _is_alive(int(found["pid"]), int(found["began"])) or not _is_ours(entry):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
            removed.append(entry.name)
    return removed


def _is_alive(pid: int, began: int) -> bool:
    """Whether that very process lives. Where its beginning cannot be asked, its pid must do."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    now = _began(pid)
    return now is None or now == began


def _began(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; None where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return int(stat.rpartition(b")")[2].split()[19])


def _is_ours(entry: Path) -> bool:
    try:
        return not hasattr(os, "getuid") or entry.lstat().st_uid == os.getuid()
    except OSError:
        return False
