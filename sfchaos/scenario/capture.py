"""What the target says while it runs: logging records, stdout, stderr, log files. All goes through the rig, which redacts.

logging is listened to at `Logger.callHandlers`, not through a handler of ours: `logging.basicConfig` does nothing once the
root logger has a handler, so adding one would change the program that is being judged.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

Note = Callable[..., Any]
_ORDINARY = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_LEVEL = re.compile(r"\b(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b")
_KEEP = ("event", "op", "operation", "object", "sobject", "key", "id", "external_id", "job", "job_id", "correlation_id", "outcome", "status", "code", "count", "rows")
_LEVEL_KEYS, _TIME_KEYS = ("level", "levelname", "severity", "lvl"), ("time", "timestamp", "ts", "@timestamp", "at")


class LineWriter(io.TextIOBase):
    """A text stream that hands over whole lines and, if asked, passes everything on to another stream.

    It stands in for sys.stdout, so it has what programs ask of that: `buffer` for bytes, `reconfigure`, an encoding.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, take: Callable[[str], None], through: IO[str] | None = None) -> None:
        self._take, self._through, self._rest = take, through, ""

    def writable(self) -> bool:
        return True

    @property
    def buffer(self) -> io.RawIOBase:
        """The same stream for bytes."""
        return _Bytes(self)

    def reconfigure(self, **_: object) -> None:
        """Line by line and in UTF-8 it stays."""

    def write(self, text: str) -> int:
        if self._through is not None:
            self._through.write(text)
        lines = (self._rest + text).split("\n")
        self._rest = lines.pop()
        for line in lines:
            self._take(line)
        return len(text)

    def flush(self) -> None:
        if self._through is not None:
            self._through.flush()

    def finish(self) -> None:
        if self._rest:
            self._take(self._rest)
            self._rest = ""


class _Bytes(io.RawIOBase):
    def __init__(self, text: LineWriter) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._text.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self) -> None:
        self._text.flush()


@contextmanager
def captured(note: Note, on_stdout: Callable[[str], None], *, show: bool = False) -> Iterator[None]:
    """Capture logging, stdout and stderr of this process. The logging configuration is put back afterwards."""
    out = LineWriter(on_stdout, sys.stdout if show else None)
    err = LineWriter(lambda line: note_line(note, "stderr", line), sys.stderr if show else None)
    held = sys.stdout, sys.stderr
    with _logging_heard(note):
        sys.stdout, sys.stderr = out, err
        try:
            yield
        finally:
            sys.stdout, sys.stderr = held
            out.finish()
            err.finish()


@contextmanager
def _logging_heard(note: Note) -> Iterator[None]:
    original = logging.Logger.callHandlers
    kept = _logging_state()

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        _note_record(note, record)
        original(self, record)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]  # the one seam below every handler; put back at the end
    try:
        yield
    finally:
        logging.Logger.callHandlers = original  # type: ignore[method-assign]  # the one seam below every handler; put back at the end
        _restore_logging(kept)


def _logging_state() -> dict[logging.Logger, tuple[list[logging.Handler], int, bool, bool]]:
    loggers = [logging.getLogger(), *(item for item in logging.Logger.manager.loggerDict.values() if isinstance(item, logging.Logger))]
    return {log: (list(log.handlers), log.level, log.propagate, log.disabled) for log in loggers}


def _restore_logging(kept: Mapping[logging.Logger, tuple[list[logging.Handler], int, bool, bool]]) -> None:
    for log in _logging_state():
        handlers, level, propagate, disabled = kept.get(log, ([], logging.NOTSET, True, False))
        for handler in log.handlers:
            if handler not in handlers:
                handler.close()
        log.handlers[:] = handlers
        log.setLevel(level)
        log.propagate, log.disabled = propagate, disabled


def _note_record(note: Note, record: logging.LogRecord) -> None:
    try:
        text = record.getMessage()
    except Exception:  # a broken format string is the target's; the line is kept as it is
        text = str(record.msg)
    if record.exc_info:
        text += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
    extra = {key: value for key, value in record.__dict__.items() if key not in _ORDINARY}
    data = _json_object(text)
    if data is not None:
        extra = {**data, **extra}
    note(record.levelname, "logging", text, fields=tuple(extra), values=_values(extra))


def note_line(note: Note, source: str, line: str, *, at_s: float | None = None) -> None:
    """One line of plain or JSON output as a log record. Its own time, if it has one, is left to the caller."""
    if not line.strip():
        return
    data = _json_object(line)
    if data is None:
        found = _LEVEL.search(line[:80])
        note(found[1] if found else "", source, line, at_s=at_s)
        return
    level = next((str(data[key]).upper() for key in _LEVEL_KEYS if key in data), "")
    note(level, source, line, fields=tuple(data), values=_values(data), at_s=at_s)


def _json_object(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    """The structured values that events are matched by; never all of them."""
    return {key: str(data[key]) for key in _KEEP if isinstance(data.get(key), str | int)}


def note_files(note: Note, root: Path, patterns: tuple[str, ...], *, epoch_s: float) -> list[str]:
    """Every line of the declared log files, each at its own time when it carries one. The files' relative names."""
    names: list[str] = []
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if not path.is_file():
                continue
            name = path.relative_to(root).as_posix()
            names.append(name)
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                note_line(note, name, line, at_s=_time_in(line, epoch_s))
    return names


def _time_in(line: str, epoch_s: float) -> float | None:
    data = _json_object(line) or {}
    value = next((data[key] for key in _TIME_KEYS if key in data), None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return max(0.0, (value / 1000 if value > 1e11 else value) - epoch_s)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - epoch_s)
    return None
