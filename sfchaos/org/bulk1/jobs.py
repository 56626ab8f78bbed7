"""Bulk API 1.0 jobs and batches as frozen values, and what may happen to them. Jobs live in `registers.jobs`, batches in `registers.batches`.

Source: wire reference 6; Async guide, "JobInfo" and "BatchInfo" (D).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from sfchaos.core.gate import Refusal
from sfchaos.org.bulk1.chunks import Chunking

Act = Literal["close", "abort", "fail"]

# A job (D). It has no state for "done": a Closed job is done when its batches are.
JOB_MOVES: dict[str, dict[Act, str]] = {
    "Open":   {"close": "Closed", "abort": "Aborted", "fail": "Failed"},
    "Closed": {"abort": "Aborted", "fail": "Failed"},
    "Aborted": {}, "Failed": {},
}  # fmt: skip
# A batch (D). "retry" is the org's own after too many locks; "skip" is an abort of its job, or the chunks that took its place.
BATCH_MOVES: dict[str, dict[str, str]] = {
    "Queued":     {"start": "InProgress", "skip": "NotProcessed", "fail": "Failed"},
    "InProgress": {"finish": "Completed", "fail": "Failed", "retry": "Queued", "skip": "NotProcessed"},
    "Completed": {}, "Failed": {}, "NotProcessed": {},
}  # fmt: skip
ENDED = ("Completed", "Failed", "NotProcessed")

CONTENT_TYPES = ("CSV", "XML", "JSON", "ZIP_CSV", "ZIP_XML", "ZIP_JSON")
LOADS = ("insert", "update", "upsert", "delete", "hardDelete")
QUERIES = ("query", "queryAll")
MODES = ("Parallel", "Serial")

OPEN_S = 86_400.0  # a job takes batches this long (D, "General Limits")
KEPT_S = 7 * 86_400.0  # a job is there this long after its youngest batch, whatever its state (D)
DAILY = "DailyBulkApiBatches"  # the limit, shared with Bulk API 2.0 (wire reference 7)
MOST_BYTES = 10_000_000  # of a batch (wire reference 6, D)
MOST_ROWS = 10_000  # of a batch (D)
MOST_FIELDS = 5_000  # of a record (D)
MOST_ROW_CHARACTERS = 400_000  # of a record (D)
MOST_TRIES = 10  # of a batch that meets too many locks (D)
TOO_MANY_LOCKS = 200  # rows (wire reference 5.5, K)


class Outcome(NamedTuple):
    """What became of one row: without refusals it succeeded; `id` is "" for a refused create."""

    id: str
    created: bool
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One file of a query batch. `reads` is what it shows, as in a receipt."""

    id: str
    body: bytes
    reads: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()


class Mapped(NamedTuple):
    """A line of a transformation spec: the field, the column of the file it comes from, the value where that is empty, how dates are written."""

    field: str
    header: str
    value: str
    hint: str


@dataclass(frozen=True, slots=True)
class Job1:
    """`user_id` created it and writes or reads. `version` is that of the create ("62.0"). Times in org seconds.

    `batch_ids` in the order they were added, chunks too; `rows_done` counts rows of batches that were worked on; `retries` is
    False where Sforce-Disable-Batch-Retry was sent.
    """

    id: str
    operation: str
    object: str
    user_id: str
    version: str
    created_s: float
    changed_s: float
    content_type: str = "XML"
    state: str = "Open"
    mode: str = "Parallel"
    external_id_field: str = ""
    assignment_rule_id: str = ""
    chunking: Chunking | None = None
    retries: bool = True
    spec: tuple[Mapped, ...] = ()
    batch_ids: tuple[str, ...] = ()
    rows_done: int = 0

    kind: ClassVar[str] = "bulk1"

    @property
    def is_query(self) -> bool:
        return self.operation in QUERIES

    @property
    def rows_form(self) -> str:
        """CSV, XML or JSON: how rows are written, in a zip too."""
        return self.content_type.removeprefix("ZIP_")


@dataclass(frozen=True, slots=True)
class Batch:
    """`data` is what was sent (for queries the statement), `content_type` its header. `outcomes` are in the order of its rows.

    `number` counts from 0 within the job. `line_ending` is Sforce-Line-Ending ("LF", "CRLF" or ""). `holds` are the parents that its
    rows hang on, while it is InProgress and locks are contended. `is_held`: something keeps it from going on.
    """

    id: str
    job_id: str
    number: int
    created_s: float
    changed_s: float
    data: bytes
    content_type: str = ""
    line_ending: str = ""
    state: str = "Queued"
    message: str = ""
    tries: int = 0
    processed: int = 0
    failed: int = 0
    busy_ms: int = 0
    is_chunk: bool = False
    is_held: bool = False
    holds: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    results: tuple[Result, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED
