"""Bulk API 2.0 jobs as frozen values, and what may happen to them. They live in `registers.jobs`, data and results with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from sfchaos.org.bulk.csv import Table
    from sfchaos.org.bulk.outcomes import Outcomes

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
KIND_OF_TYPE = {"V2Ingest": "bulk2", "V2Query": "bulk2q", "Classic": "bulk1"}  # jobType of the list (wire reference 5.1)
QUERY_OPERATIONS = ("query", "queryAll")
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}

OPEN_S = 86_400.0  # an Open job takes data this long (wire reference 5.2, D)
KEPT_S = 7 * 86_400.0  # an ended job is there this long (wire reference 5.2, D)


class ClassicJob(Protocol):
    """What the list of jobs asks of a job of Bulk API 1.0. `chunking` is None where its queries are not chunked by primary key."""

    @property
    def id(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def user_id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def created_s(self) -> float: ...
    @property
    def changed_s(self) -> float: ...
    @property
    def content_type(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def chunking(self) -> Any: ...


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
    """`data` is the CSV as uploaded (None before), the one copy of it that there is; `table` says what was found in it when the job left
    the queue. `outcomes` are of the rows done so far, in upload order. `tries` counts those of the present batch."""

    external_id_field: str = ""
    assignment_rule_id: str = ""
    data: bytes | None = field(default=None, repr=False)
    table: Table | None = None
    failed: int = 0
    tries: int = 0
    outcomes: tuple[Outcomes, ...] = ()

    kind: ClassVar[Literal["bulk2", "bulk2q"]] = "bulk2"


class Shown(NamedTuple):
    """Fields of an sObject that some rows of a result show, and the 18-character ids of those rows in one text."""

    sobject: str
    fields: tuple[str, ...]
    ids: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Some rows of a query's result as CSV with their line ends; `ends` are the bytes at which each ends, four bytes each."""

    text: bytes
    ends: bytes
    shown: tuple[Shown, ...]

    @property
    def count(self) -> int:
        return len(self.ends) // 4


@dataclass(frozen=True, slots=True)
class QueryJob(Job):
    """The result is `header`, a CSV line without its end, and `segments`, all of one number of rows but the last; `rows` is how many in all."""

    statement: str = ""
    header: str = ""
    rows: int = 0
    segments: tuple[Segment, ...] = field(default=(), repr=False)

    kind: ClassVar[Literal["bulk2", "bulk2q"]] = "bulk2q"
