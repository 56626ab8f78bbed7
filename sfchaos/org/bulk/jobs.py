"""Bulk API 2.0 jobs as frozen values, and what may happen to them. They live in `registers.jobs`, data and results with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

Act = Literal["close", "start", "finish", "fail", "abort"]

# What leads where. Source: Async guide, job states (wire reference 5.2, D). Beside the table: an upload leaves an Open job
# Open, and a held job may show UploadComplete or InProgress, whichever the hold names.
MOVES: dict[str, dict[Act, str]] = {
    "Open":           {"close": "UploadComplete", "abort": "Aborted", "fail": "Failed"},
    "UploadComplete": {"start": "InProgress", "abort": "Aborted", "fail": "Failed"},
    "InProgress":     {"start": "InProgress", "finish": "JobComplete", "abort": "Aborted", "fail": "Failed"},
    "JobComplete": {}, "Failed": {}, "Aborted": {},
}  # fmt: skip
WAITING = ("UploadComplete", "InProgress")
TERMINAL = ("JobComplete", "Failed", "Aborted")
DELETABLE = {"bulk2": ("UploadComplete", *TERMINAL), "bulk2q": TERMINAL}  # wire reference 5.1 and 5.6 (D)

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
QUERY_OPERATIONS = ("query", "queryAll")
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}

OPEN_S = 86_400.0  # an Open job takes data this long (wire reference 5.2, D)
KEPT_S = 7 * 86_400.0  # an ended job is there this long (wire reference 5.2, D)


class Outcome(NamedTuple):
    """What became of one row: `error` is its sf__Error, "" for success; `id` is "" for a refused create."""

    id: str
    created: bool
    error: str


@dataclass(frozen=True, slots=True)
class Job:
    """`user_id` created it and writes or reads. `version` is that of the create ("62.0"). Times in org seconds."""

    id: str
    operation: str
    object: str
    user_id: str
    version: str
    created_s: float
    changed_s: float
    state: str = "Open"
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    error_message: str = ""
    processed: int = 0
    retries: int = 0
    busy_ms: int = 0

    kind: ClassVar[Literal["bulk2", "bulk2q"]]

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL

    @property
    def separator(self) -> str:
        return DELIMITERS[self.delimiter]

    @property
    def terminator(self) -> str:
        return LINE_ENDINGS[self.line_ending]


@dataclass(frozen=True, slots=True)
class IngestJob(Job):
    """`data` is the CSV as uploaded (None before), `outcomes` one tuple for each internal batch, in upload order."""

    external_id_field: str = ""
    assignment_rule_id: str = ""
    data: bytes | None = None
    failed: int = 0
    outcomes: tuple[tuple[Outcome, ...], ...] = ()

    kind: ClassVar[Literal["bulk2", "bulk2q"]] = "bulk2"


@dataclass(frozen=True, slots=True)
class QueryJob(Job):
    """`header` and `lines` are the result as CSV lines without terminator; `reads` what it showed (as in a receipt)."""

    statement: str = ""
    header: str = ""
    lines: tuple[str, ...] = ()
    reads: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()

    kind: ClassVar[Literal["bulk2", "bulk2q"]] = "bulk2q"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast jobs move, on the org's clock: seconds in the queue, for each internal batch, for each row.

    `batch_rows` is Salesforce's (wire reference 5.4, D), `page_rows` the rows of a page of query results without maxRecords.
    """

    queue_s: float = 1.0
    batch_s: float = 1.0
    row_s: float = 0.001
    query_row_s: float = 0.000_01
    batch_rows: int = 10_000
    page_rows: int = 50_000
