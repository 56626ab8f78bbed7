"""Zip files that a client sends, read in memory. What an entry says of its own size is held against what comes out of it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable

# Whatever a broken zip makes of zipfile: NotImplementedError is an unknown compression, RuntimeError a password.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class BadZip(Exception):
    """No zip, or one that cannot be unpacked; its text says why."""


def unzipped(data: bytes, check: Callable[[list[zipfile.ZipInfo]], None], *, most_bytes: int) -> dict[str, bytes]:
    """The files of a zip by path, folders left out.

    `check` sees the entries before any is unpacked, and may raise what it likes. Raises BadZip, also when more comes out
    than the entries say or than `most_bytes` in all.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise BadZip(str(error)) from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        check(entries)
        left = most_bytes
        found: dict[str, bytes] = {}
        for entry in entries:
            found[entry.filename] = _content(archive, entry, left)
            left -= len(found[entry.filename])
        return found


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    try:
        with archive.open(entry) as stream:
            content = stream.read(min(left, entry.file_size) + 1)
    except _BROKEN as error:
        raise BadZip(f"{entry.filename[:80]}: {error}") from None
    if len(content) > min(left, entry.file_size):
        raise BadZip(f"{entry.filename[:80]}: more comes out than the zip says")
    return content
