"""Writes evidence to disk: all of it or nothing. Files go into a folder beside the last one, which gets its name at the end."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.errors import SfchaosError
from sfchaos.core.journal import check_chain
from sfchaos.core.redact import SecretBook
from sfchaos.evidence import manifest
from sfchaos.evidence.contents import Series, contents, json_text
from sfchaos.evidence.document import SCHEMA
from sfchaos.evidence.leak import refuse_leaks
from sfchaos.evidence.record import EvidenceRecord
from sfchaos.evidence.state import packed

MOST_RACES = 20
_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY})


def write_bundle(record: EvidenceRecord, directory: Path) -> Path:
    """Write `directory/run-NNNN` with the next free number and return its path.

    Raises SfchaosError when a secret would stand in it, and when the disk does not take it; then nothing is left behind.
    """
    return _written(Path(directory), lambda series: contents(record, series), record.secrets)


def write_aborted(source: EvidenceRecord | bytes, directory: Path, *, secrets: Sequence[SecretBook] = (), why: str = "the run was ended before it could be judged") -> Path:
    """Keep what an aborted session left: its journal as far as the chain holds. It is inconclusive, and verifies as far as it got."""
    data, books = (source.journal, source.secrets) if isinstance(source, EvidenceRecord) else (source, secrets)
    return _written(Path(directory), lambda series: _aborted(data, series, why), books)


def _aborted(journal: bytes, series: Series, why: str) -> dict[str, bytes]:
    chain = check_chain(journal)
    sound = b"\n".join(journal.split(b"\n")[: len(chain.lines)]) + b"\n" if chain.lines else b""
    tree = {
        "schema": SCHEMA, "aborted": why, "verdict": "inconclusive", "exit_code": 3, "journal_head": chain.head, "journal_lines": len(chain.lines),
        "journal_trouble": chain.trouble, "runs_begun": list(dict.fromkeys(str(line["run"]) for line in chain.lines)), "results": [], "runs": [],
        "claim": "This session was aborted. Nothing was judged, and nothing is shown.", "series": series.as_dict(),
    }  # fmt: skip
    return {"evidence.json": json_text(tree), "journal.jsonl": sound}


def series_after(directory: Path) -> Series:
    """The next number in a folder, and the digest of the manifest that it follows."""
    last, found = 0, ""
    for path in directory.glob("run-*"):
        number = path.name.removeprefix("run-")
        if number.isdigit() and int(number) > last:
            last, found = int(number), path.name
    before = directory / found / manifest.NAME
    return Series(last + 1, sha256_hex(before.read_bytes()) if found and before.is_file() else "")


def _written(directory: Path, content: Callable[[Series], Mapping[str, bytes]], secrets: Sequence[SecretBook]) -> Path:
    for _ in range(MOST_RACES):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            series = series_after(directory)
        except OSError as error:
            raise _unwritten(directory, error) from error
        files = content(series)
        refuse_leaks(files, secrets)
        if _moved_in(directory, series.name, files):
            return directory / series.name
    raise SfchaosError(f"{directory}: other processes took {MOST_RACES} numbers in a row", remedy="give each process an evidence folder of its own")


def _moved_in(directory: Path, name: str, files: Mapping[str, bytes]) -> bool:
    """False when somebody else took the name meanwhile."""
    final, draft = directory / name, directory / f".{name}.{os.getpid()}.draft"
    stored = {path: packed(path, data) for path, data in files.items()}
    stored[manifest.NAME] = manifest.manifest(stored)
    try:
        _store(draft, stored)
        if final.exists():
            return False
        os.rename(draft, final)
        _sync_folder(directory)
    except OSError as error:
        if error.errno in _TAKEN and final.exists():
            return False
        raise _unwritten(final, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def _store(draft: Path, stored: Mapping[str, bytes]) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for path, data in stored.items():
        place = draft / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for folder in sorted({(draft / path).parent for path in stored}):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # folders cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritten(place: Path, error: OSError) -> SfchaosError:
    return SfchaosError(f"the evidence could not be written to {place}: {error.strerror or error}; nothing was left there",
                        remedy="free space or rights there, or name another folder with --evidence DIR")  # fmt: skip
