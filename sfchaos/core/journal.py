"""The journal: append-only, hash-chained JSON Lines. What judges read and auditors re-perform.

Each line carries `n` (from 1), `prev` (SHA-256 of the line before; 64 zeros at the start), `run`, `kind` and `at_ms`
(milliseconds since the run began, on the run's clock). Values are integers, strings, lists and objects of them: no
floats, no nulls, no booleans, so that the bytes are the same everywhere.

Kinds: start exchange wait log org egress phase end.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sfchaos.core.canonical import canonical_json
from sfchaos.core.errors import BundleError

GENESIS = "0" * 64
KINDS = frozenset({"start", "exchange", "wait", "log", "org", "egress", "phase", "end"})
FLUSH_EVERY = 256

Line = dict[str, Any]


class Journal:
    """Lines of one bundle. `run` may change between runs (`journal.run = "r2"`); numbering and chain go on.

    With a `path`, lines go to disk as they come: flushed and fsynced every 256 lines and on `flush()`. Without one the
    chain is linked when somebody asks for it (`head`, `data`): most runs of an exploration are judged and forgotten, and
    lines have no `prev` until then.

    When the disk gives out, `failure` holds the error and lines stay in memory only: a full disk must not look to the
    target like a broken line. Whoever runs the session looks at `failure` after each run.
    """

    def __init__(self, run: str = "r1", *, path: Path | None = None, elapsed_s: Any = None) -> None:
        self.run = run
        self.lines: list[Line] = []
        self._of_run: dict[str, list[Line]] = {}
        self._head, self._linked = GENESIS, 0
        self._elapsed_s = elapsed_s or (lambda: 0.0)
        self._file: IO[bytes] | None = path.open("xb") if path else None
        self.failure: OSError | None = None
        self._lock = threading.Lock()

    def use_clock(self, elapsed_s: Any) -> None:
        """Take `at_ms` from this callable (seconds since the run began)."""
        self._elapsed_s = elapsed_s

    def add(self, kind: str, *, at_s: float | None = None, **fields: Any) -> Line:
        """Append one line and return it. Raises ValueError for a kind that has no place here."""
        if kind not in KINDS:
            raise ValueError(f"journal line of unknown kind {kind!r}")
        with self._lock:
            elapsed = self._elapsed_s() if at_s is None else at_s
            line: Line = {"n": len(self.lines) + 1, "run": self.run, "kind": kind, "at_ms": round(elapsed * 1000), **fields}
            self.lines.append(line)
            self._of_run.setdefault(self.run, []).append(line)
            if self._file is not None:
                self._link()
                if len(self.lines) % FLUSH_EVERY == 0:
                    self._sync()
            return line

    @property
    def head(self) -> str:
        """SHA-256 of the last line. Raises TypeError or ValueError for a value that canonical JSON has no place for."""
        with self._lock:
            self._link()
            return self._head

    def of(self, run: str) -> list[Line]:
        return list(self._of_run.get(run, ()))

    def flush(self) -> None:
        with self._lock:
            self._sync()

    def close(self) -> None:
        with self._lock:
            self._sync()
            self._drop_file()

    def data(self) -> bytes:
        """The whole journal as JSON Lines."""
        with self._lock:
            self._link()
            return b"".join(canonical_json(line) + b"\n" for line in self.lines)

    def _link(self) -> None:
        """Chain the lines that are not yet chained, and write them where there is a file."""
        for line in self.lines[self._linked :] if self._linked < len(self.lines) else ():
            line["prev"] = self._head
            data = canonical_json(line)
            self._head = hashlib.sha256(data).hexdigest()
            self._linked += 1
            if self._file is not None:
                self._written(data)

    def _written(self, data: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(data + b"\n")
        except OSError as error:
            self.failure = error
            self._drop_file()

    def _sync(self) -> None:
        if self._file is None:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self.failure = error
            self._drop_file()

    def _drop_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what is left in its buffer cannot be written either
                file.close()

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __getitem__(self, index: int) -> Line:
        return self.lines[index]


@dataclass(frozen=True)
class ChainCheck:
    """What a chain check found: `lines` readable and linked, `head` after them, and `trouble` ("" when sound)."""

    lines: list[Line]
    head: str
    trouble: str


def check_chain(data: bytes) -> ChainCheck:
    """Read JSON Lines and check every link, up to the first line that does not hold. Never raises for bad data."""
    lines: list[Line] = []
    head = GENESIS
    for number, raw in enumerate(_raw_lines(data), start=1):
        trouble = _trouble_in(raw, number, head)
        if trouble:
            return ChainCheck(lines, head, trouble)
        lines.append(json.loads(raw))
        head = hashlib.sha256(raw).hexdigest()
    tail = "" if not data or data.endswith(b"\n") else f"line {len(lines)} has no line end: the journal was cut while it was written"
    return ChainCheck(lines, head, tail)


def _raw_lines(data: bytes) -> Iterable[bytes]:
    return data.split(b"\n")[: -1 if data.endswith(b"\n") else None] if data else []


def _trouble_in(raw: bytes, number: int, head: str) -> str:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return f"line {number} is not JSON ({error})"
    if not isinstance(line, dict):
        return f"line {number} is not an object"
    if line.get("n") != number:
        return f"line {number} says it is number {line.get('n')!r}: a line is missing or was added"
    if line.get("prev") != head:
        return f"line {number} does not follow line {number - 1}: its prev is {str(line.get('prev'))[:16]}…, expected {head[:16]}…"
    if not _is_canonical(line, raw):
        return f"line {number} is not in canonical form: it was edited"
    return ""


def _is_canonical(line: Line, raw: bytes) -> bool:
    try:
        return canonical_json(line) == raw
    except ValueError:  # NaN and Infinity are read, never written
        return False


def read_journal(path: Path) -> list[Line]:
    """Lines of a sound journal. Raises BundleError naming the first line that does not hold."""
    found = check_chain(path.read_bytes())
    if found.trouble:
        raise BundleError(f"{path}: {found.trouble}", remedy="take the bundle from its source again; a chain cannot be mended")
    return found.lines
