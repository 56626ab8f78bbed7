"""Views of a history that several judges share: what failed, what was said about it, what was refused for good."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from sfchaos.core.declaration import Flow
from sfchaos.core.history import ERROR_LEVELS, WARNING_LEVELS, Exchange, History, LogRecord, Operation, RowLine
from sfchaos.core.operations import kind_of, retry_class

RETRYABLE = frozenset({"backoff", "window", "once", "ambiguous"})
CUT_SHORT = frozenset({"storm", "hang", "timeout", "killed"})
TERMINAL_AUTH = frozenset({
    "invalid_grant", "invalid_client", "invalid_client_id", "unauthorized_client", "unsupported_grant_type", "inactive_user", "inactive_org",
    "INVALID_LOGIN", "LOGIN_MUST_USE_SECURITY_TOKEN", "PASSWORD_LOCKOUT", "INACTIVE_USER", "USER_LOCKED",
})  # fmt: skip
"""Refusals of a login that the same credential will meet again (control catalogue AUTH-06; lock-out codes are from memory)."""

_LEVEL = re.compile(r"\b(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b")
_WRITES = frozenset({"idem", "nonidem"})
_JOB_STEPS = ("bulk2.", "bulk2q.", "bulk1.")
_ROLLED_BACK = frozenset({"ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED"})


T = TypeVar("T")


def remembered(history: History, name: str, make: Callable[[History], T]) -> T:
    """What `make` finds in a history, found once. Kept beside the history's own cached properties: it is a value, so it stays true."""
    kept: dict[str, T] = history.__dict__
    if name not in kept:
        kept[name] = make(history)
    return kept[name]


def is_row_write(op: str) -> bool:
    """Whether an operation writes rows by itself (steps of a Bulk job do not: the job does)."""
    return kind_of(op) in _WRITES and not op.startswith(_JOB_STEPS) and op != "event.publish"


def was_cut_short(history: History) -> bool:
    """The run was ended from outside: what was left undone then says nothing about the integration's own limits."""
    return history.ending.how in CUT_SHORT


def level_of(record: LogRecord) -> str:
    """Level of a log record; of plain output the level word in its first 80 characters, if any."""
    if record.level:
        return record.level.upper()
    found = _LEVEL.search(record.text[:80])
    return found[1] if found else ""


def is_warning(record: LogRecord) -> bool:
    return level_of(record) in WARNING_LEVELS


def is_error(record: LogRecord) -> bool:
    return level_of(record) in ERROR_LEVELS


def claims_failure(summary: Mapping[str, str]) -> bool:
    """Whether the target's own summary admits failures: a count above 0 or a text under a name such as `failed` or `errors`."""
    return any(re.search(r"fail|error|reject|undeliver|unconfirm", name, re.IGNORECASE) and str(value).strip().lower() not in ("", "0", "false", "none", "[]", "{}")
               for name, value in summary.items())  # fmt: skip


def is_surfaced(history: History, operation: Operation) -> bool:
    """Whether a failed operation was told to anybody: exit code, exception, the target's summary, an ERROR log after it, a reject."""
    if history.ending.loud or claims_failure(history.ending.summary):
        return True
    if any(is_error(record) and record.at_ms >= operation.last.at_ms for record in history.logs):
        return True
    keys = {row.key for attempt in operation.attempts for row in attempt.rows if row.key}
    return any(reject.key in keys for reject in history.rejects)


@dataclass(frozen=True)
class Written:
    """One row as a request or a job wrote it (or was refused): the row, the journal line, the exchange if there was one."""

    row: RowLine
    n: int
    at_ms: int
    exchange: Exchange | None
    job: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same row when it is sent again: its key, else its record id, else its values."""
        row = self.row
        if row.key:
            return (row.sobject, "key", row.key)
        if row.id and not row.created and row.verb != "create":
            return (row.sobject, "id", row.id[:15])
        return (row.sobject, "values", *(f"{name}={value}" for name, value in sorted(row.fields.items())))

    @property
    def name(self) -> str:
        """For messages: `Contact key:1a2b...`, `Contact 003...`, or the object alone."""
        row = self.row
        return f"{row.sobject} key:{row.key}" if row.key else f"{row.sobject} {row.id}".strip()

    @property
    def committed(self) -> bool:
        return self.row.ok and (self.exchange is None or self.exchange.applied != "no")


def written_rows(history: History) -> list[Written]:
    """Every row that requests or jobs wrote or were refused, in journal order. Rows that were only rolled back are left out.

    A row that was not addressed by its key gets the one that its values or its record id stand for.
    """
    return remembered(history, "_written_rows", _read_rows)


def _read_rows(history: History) -> list[Written]:
    keys = _Keys(history)
    found = [Written(keys.named(row), e.n, e.at_ms, e) for e in history.exchanges for row in e.rows if is_row_write(e.op)]
    found += [Written(keys.named(row), int(line["n"]), int(line["at_ms"]), None, str(line.get("job", ""))) for line, row in history.job_rows]
    return sorted((w for w in found if w.row.code not in _ROLLED_BACK), key=lambda w: w.n)


class _Keys:
    """Key digests by the digest of the value in an external id field, and by record id. (The two digests of one value differ.)"""

    def __init__(self, history: History) -> None:
        self._by_value: dict[tuple[str, str, str], str] = {}
        self._by_id: dict[str, str] = {}
        for flow in history.declaration.write_flows:
            self._learn_flow(history, flow)
        for row in (*history.before, *history.after):
            for name, key in row.keys.items():
                self._by_id.setdefault(row.id[:15], key)
                self._by_value.setdefault((row.sobject, name, row.fields.get(name, "")), key)
        self._fields = {(sobject, name) for sobject, name, digest in self._by_value if digest}

    def _learn_flow(self, history: History, flow: Flow) -> None:
        for row in history.source:
            if row.flow == flow.id and row.fields.get(flow.external_id):
                self._by_value[(flow.sobject, flow.external_id, row.fields[flow.external_id])] = row.key

    def named(self, row: RowLine) -> RowLine:
        if row.key:
            return row
        key = self._by_id.get(row.id[:15], "") if row.id else ""
        key = key or next((self._by_value[(row.sobject, name, digest)] for name, digest in row.fields.items()
                           if (row.sobject, name) in self._fields and (row.sobject, name, digest) in self._by_value), "")  # fmt: skip
        return replace(row, key=key) if key else row


def refused_for_good(history: History) -> list[Written]:
    """Rows that the org refused and that never got in afterwards: the last refusal of each."""
    last: dict[tuple[str, ...], Written] = {}
    for written in written_rows(history):
        if written.committed:
            last.pop(written.identity, None)
            for identity in [i for i, refused in last.items() if not refused.job and refused.row.verb == "create" and _same_content(refused.row, written.row)]:
                del last[identity]
        elif not written.row.ok:
            last[written.identity] = written
    return list(last.values())


def _same_content(refused: RowLine, written: RowLine) -> bool:
    """Whether a later write carries what a refused create did: a client may turn a refused create into an update."""
    shared = refused.fields.keys() & written.fields.keys()
    smaller = min(len(refused.fields), len(written.fields))
    return refused.sobject == written.sobject and 0 < len(shared) == smaller and all(refused.fields[name] == written.fields[name] for name in shared)


def is_never(code: str) -> bool:
    """Whether a row's error code is one that the same row will meet again."""
    return bool(code) and retry_class(400, [code]) == "never"


@lru_cache(maxsize=16384)
def named_ids(text: str) -> frozenset[str]:
    """Record ids in a text, as their first 15 characters."""
    found = re.findall(r"\b([a-zA-Z0-9]{15})(?:[a-zA-Z0-9]{3})?\b", text)
    return frozenset(word for word in found if any(c.isdigit() for c in word))


def names_row(record: LogRecord, row: RowLine) -> bool:
    """Whether a log record names a row: by its record id, or by its key's digest among the structured values or in the text."""
    if row.key and (row.key in record.text or any(row.key in value for value in record.values.values())):
        return True
    return bool(row.id) and (row.id[:15] in named_ids(record.text) or any(value[:15] == row.id[:15] for value in record.values.values()))


def mentions(record: LogRecord, words: Iterable[str]) -> bool:
    """Whether a record's text or values contain one of the words, compared without case."""
    text = " ".join([record.text, *record.values.values()]).lower()
    return any(word.lower() in text for word in words if word)
