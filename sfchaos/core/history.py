"""What judges read: one run, as values. Everything here can be rebuilt from an evidence bundle.

The journal's exchange lines carry (design 5.8 first, then what judges need besides):

    address op target sobject    "row.create/Account#1~1" and its parts; `sobject` "" when there is none
    method host path             path without secrets; ids are kept
    status error_codes           as the org answered, before a fault changed the reply
    delivered                    whole | cut | lost | never | unconnected
    delivered_ms                 when the caller had it, or the line dropped (run milliseconds)
    applied                      yes | no | partly: what the org did
    commit_phase                 "" without a fault; else the phase letter of the fault that fired (B A P D R S E K)
    fired shadowed faults        rule ids that fired here, rule ids that lost, fault ids that fired
    seen_status                  what the caller saw: the fault's status, or 0 when nothing arrived
    seen_codes                   error codes the caller saw
    keys rows                    record ids touched (at most 50); row objects, see RowLine
    bearer user grant            label of the token used, user id, grant of a login
    credential issued refresh    labels: secret presented at a login, token issued, refresh token issued
    retry_after                  raw header text the caller saw
    limit_used limit_max         from Sforce-Limit-Info
    work_ms route origin client phase
    approximated                 how the line differed from what the fault says, on a socket
    tls_accepted                 what the client should have refused and did not (expired, host, unknown_ca, old_version)
    request_sha256               digest of the masked request (equal for a repeat); response_sha256
    url_secrets                  labels of secrets found in the URL
    job                          alias of the Bulk job concerned (J1 ...)

Keys that would be empty ("", [], 0 where 0 says nothing) may be left out: read them through Exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sfchaos.core.declaration import Declaration
from sfchaos.core.judgement import Threshold
from sfchaos.core.operations import kind_of, retry_class

Line = Mapping[str, Any]
OPERATION_WINDOW_MS = 600_000  # attempts of one logical operation lie at most 10 min apart (controls 4.1)


@dataclass(frozen=True)
class RowLine:
    """One row that a request or job touched. `key` and `fields` are digests; `nulls` are fields written as null."""

    verb: str
    sobject: str
    id: str
    ok: bool
    code: str
    key: str
    key_field: str
    created: bool
    fields: Mapping[str, str]
    nulls: tuple[str, ...]


def row_line(data: Mapping[str, Any]) -> RowLine:
    return RowLine(data.get("verb", ""), data.get("sobject", ""), data.get("id", ""), data.get("ok") == "yes", data.get("code", ""),
                   data.get("key", ""), data.get("key_field", ""), data.get("created") == "yes", data.get("fields", {}),
                   tuple(data.get("nulls", ())))  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """An exchange line with names. Times are milliseconds since the run began."""

    line: Line

    @property
    def n(self) -> int:
        return int(self.line["n"])

    @property
    def at_ms(self) -> int:
        return int(self.line["at_ms"])

    @property
    def delivered_ms(self) -> int:
        return int(self.line.get("delivered_ms", self.at_ms))

    @property
    def address(self) -> str:
        return str(self.line.get("address", ""))

    @property
    def op(self) -> str:
        return str(self.line.get("op") or self.address.partition("/")[0])

    @property
    def kind(self) -> str:
        """read, idem, nonidem, transition, session, stream."""
        return kind_of(self.op)

    @property
    def status(self) -> int:
        """Status the caller saw; 0 when no reply arrived."""
        return int(self.line.get("seen_status", self.line.get("status", 0)))

    @property
    def codes(self) -> tuple[str, ...]:
        """Error codes the caller saw."""
        return tuple(self.line.get("seen_codes", self.line.get("error_codes", ())))

    @property
    def arrived(self) -> bool:
        """Whether the caller got a whole reply."""
        return bool(self.line.get("delivered", "whole") == "whole")

    @property
    def succeeded(self) -> bool:
        """The caller got a whole reply that says success."""
        return self.arrived and 200 <= self.status < 400

    @property
    def refusal_class(self) -> str:
        """backoff, window, reauth, once, never; `ambiguous` when no whole reply arrived; "" for a success."""
        return "ambiguous" if not self.arrived else retry_class(self.status, self.codes)

    @property
    def applied(self) -> str:
        return str(self.line.get("applied", "no"))

    @property
    def digest(self) -> str:
        return str(self.line.get("request_sha256", ""))

    @property
    def fired(self) -> tuple[str, ...]:
        return tuple(self.line.get("fired", ()))

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(self.line.get("faults", ()))

    @property
    def bearer(self) -> str:
        return str(self.line.get("bearer", ""))

    @property
    def credential(self) -> str:
        return str(self.line.get("credential", ""))

    @property
    def job(self) -> str:
        return str(self.line.get("job", ""))

    @property
    def retry_after(self) -> str | None:
        value = self.line.get("retry_after")
        return None if value is None else str(value)

    @cached_property
    def rows(self) -> tuple[RowLine, ...]:
        return tuple(row_line(row) for row in self.line.get("rows", ()))

    def get(self, name: str, default: Any = "") -> Any:
        return self.line.get(name, default)


@dataclass(frozen=True)
class Wait:
    """A wait the target asked for: `primitive` ("time.sleep"), what it asked (`requested_ms`), which thread (`origin`)."""

    n: int
    at_ms: int
    requested_ms: int
    primitive: str
    origin: str


@dataclass(frozen=True)
class LogRecord:
    """One captured log line. `level` in upper case ("" for plain output), `text` redacted, `hits` secrets found in it.

    `source` is "logging", "stdout", "stderr" or a file's relative path. `fields` are the names of structured fields.
    """

    n: int
    at_ms: int
    level: str
    source: str
    text: str
    fields: tuple[str, ...] = ()
    hits: tuple[Mapping[str, str], ...] = ()  # {"secret": "secret:3", "what": "password", "form": "plain"}
    values: Mapping[str, str] = field(default_factory=dict)  # structured values worth matching on (key, id, op, sobject)


WARNING_LEVELS = frozenset({"WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "EXCEPTION"})
ERROR_LEVELS = frozenset({"ERROR", "CRITICAL", "FATAL", "EXCEPTION"})


@dataclass(frozen=True)
class RowState:
    """One live row as the org holds it. `keys` maps external id field to key digest, `fields` field to digest ("" null)."""

    sobject: str
    id: str
    keys: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class SourceRow:
    """One row of a flow's source, sink or rejects. `key` is a key digest; `number` its position, 1-based.

    In rejects: `code` and `status` ("rejected", "undelivered", "unconfirmed", or "").
    """

    flow: str
    key: str
    fields: Mapping[str, str]
    number: int = 0
    code: str = ""
    status: str = ""


@dataclass(frozen=True)
class Ending:
    """How the target ended. `exit` its exit code (0 success; 1 for an exception), `how`: ok, failed, exception, timeout,
    storm, hang, killed. `summary` what it claimed, keys to text."""

    exit: int = 0
    how: str = "ok"
    detail: str = ""
    summary: Mapping[str, str] = field(default_factory=dict)
    at_ms: int = 0

    @property
    def loud(self) -> bool:
        """The target itself said that something went wrong."""
        return self.exit != 0 or self.how != "ok"


@dataclass(frozen=True)
class Finding:
    """What examination (reading, not running) found: a place in a file, redacted words."""

    rule: str
    file: str
    line: int
    detail: str


@dataclass(frozen=True)
class Examined:
    """What was read for objectives of kind C: files scanned and skipped (with why), and findings. None = not examined."""

    files: int = 0
    skipped: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    rules: str = ""


@dataclass(frozen=True)
class Operation:
    """One logical operation: the attempts that belong together, in order. `retried` after the first."""

    attempts: tuple[Exchange, ...]

    @property
    def first(self) -> Exchange:
        return self.attempts[0]

    @property
    def last(self) -> Exchange:
        return self.attempts[-1]

    @property
    def succeeded(self) -> bool:
        return self.last.succeeded

    @property
    def gaps_ms(self) -> tuple[int, ...]:
        """From the moment an attempt failed for the caller to the start of the next."""
        return tuple(max(0, b.at_ms - a.delivered_ms) for a, b in zip(self.attempts, self.attempts[1:], strict=False))

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(e.n for e in self.attempts)


@dataclass(frozen=True)
class History:
    """One run. `expected` is the end state of the clean twin (None for the twin itself, or when there was none).

    `labels` maps key digests to the clear business key: in memory only, for messages to people, never stored.
    """

    run: str
    lines: Sequence[Line]
    clean: bool = False
    before: Sequence[RowState] = ()
    after: Sequence[RowState] = ()
    expected: Sequence[RowState] | None = None
    source: Sequence[SourceRow] = ()
    rejects: Sequence[SourceRow] = ()
    sink: Sequence[SourceRow] = ()
    ending: Ending = field(default_factory=Ending)
    declaration: Declaration = field(default_factory=Declaration)
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    examined: Examined | None = None
    log_sources: tuple[str, ...] = ()
    transient: bool = False  # every rule of the schedule is one after which work must converge
    labels: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(Exchange(line) for line in self.lines if line["kind"] == "exchange")

    @cached_property
    def waits(self) -> tuple[Wait, ...]:
        return tuple(Wait(line["n"], line["at_ms"], line["requested_ms"], line.get("primitive", ""), line.get("origin", "main"))
                     for line in self.lines if line["kind"] == "wait")  # fmt: skip

    @cached_property
    def logs(self) -> tuple[LogRecord, ...]:
        return tuple(
            LogRecord(line["n"], line["at_ms"], line.get("level", ""), line.get("source", ""), line.get("text", ""), tuple(line.get("fields", ())),
                      tuple(line.get("hits", ())), line.get("values", {}))
            for line in self.lines if line["kind"] == "log"
        )  # fmt: skip

    @cached_property
    def events(self) -> tuple[Line, ...]:
        """Org events: lines of kind org, each with `event` and its facts."""
        return tuple(line for line in self.lines if line["kind"] == "org")

    def events_of(self, *names: str) -> list[Line]:
        return [line for line in self.events if line.get("event") in names]

    @cached_property
    def faults_fired(self) -> tuple[str, ...]:
        """Fault ids that fired anywhere in the run (on an exchange, a row, a job), each once, in order."""
        found: dict[str, None] = {}
        for line in self.lines:
            for fault in line.get("faults", ()):
                found.setdefault(str(fault))
        return tuple(found)

    @cached_property
    def job_rows(self) -> tuple[tuple[Line, RowLine], ...]:
        """Rows written by asynchronous jobs: (line of kind org and event bulk_rows, row)."""
        return tuple((line, row_line(row)) for line in self.events if line.get("event") == "bulk_rows" for row in line.get("rows", ()))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Exchanges grouped into logical operations: same masked request, repeated after a failure, within 10 minutes of
        the last attempt. A success ends an operation: the same request after it is a new one (polls, repeated reads)."""
        return tuple(group_operations(self.exchanges))

    def threshold(self, name: str) -> float:
        return self.thresholds[name].value

    def where(self, test: Callable[[Exchange], bool]) -> list[Exchange]:
        return [e for e in self.exchanges if test(e)]


def group_operations(exchanges: Iterable[Exchange], *, window_ms: int = OPERATION_WINDOW_MS) -> Iterator[Operation]:
    """Logical operations in order of their first attempt."""
    open_ones: dict[tuple[str, str], list[Exchange]] = {}
    finished: list[list[Exchange]] = []
    for exchange in exchanges:
        key = (exchange.op, exchange.digest)
        attempts = open_ones.get(key)
        if attempts and exchange.at_ms - attempts[-1].delivered_ms <= window_ms:
            attempts.append(exchange)
        else:
            attempts = [exchange]
            open_ones[key] = attempts
            finished.append(attempts)
        if exchange.succeeded:
            open_ones.pop(key, None)
    return iter(Operation(tuple(attempts)) for attempts in finished)
