"""Query jobs at work: a statement run once, its result kept as CSV and handed out in pages. Source: wire reference 5.6."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import JobEvent
from sfchaos.core.messages import Stream
from sfchaos.org.bulk.jobs import DELIMITERS, LINE_ENDINGS, QUERY_OPERATIONS, QueryJob
from sfchaos.org.bulk.request import choices
from sfchaos.org.bulk.segments import page_pieces, page_reads, segments_of
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soql import ast
from sfchaos.org.soql.parse import parse
from sfchaos.org.soql.run import Prepared, Read, prepare

if TYPE_CHECKING:
    from sfchaos.org.bulk.engine import BulkEngine


STORAGE = "DailyBulkV2QueryFileStorageMB"
MEGABYTE = 1 << 20
PART_BYTES = 1 << 17  # of a page, sent at a time


@dataclass(frozen=True, slots=True)
class ResultPage:
    """`locator` is that of the next page, "null" after the last. `size` is how many bytes the stream has."""

    stream: Stream
    size: int
    rows: int
    locator: str
    reads: tuple[Read, ...]


class Queries:
    def __init__(self, bulk: BulkEngine) -> None:
        self._bulk = bulk
        self._org = bulk.org
        bulk.org.agenda.steps.update({"bulk2q.run": self._run, "bulk2q.finish": self._finish})

    # ------------------------------------------------------------------ what clients ask

    def create(self, fields: Mapping[str, Any], *, user_id: str, version: str) -> QueryJob:
        """A new job, UploadComplete at once. Raises Refused for a statement that is wrong or that Bulk does not take."""
        operation, delimiter, line_ending, _ = choices(
            fields, ("operation", "", QUERY_OPERATIONS), ("columnDelimiter", "COMMA", DELIMITERS), ("lineEnding", "LF", LINE_ENDINGS), ("contentType", "CSV", ("CSV",)),
        )  # fmt: skip
        statement = str(fields.get("query") or "")
        sobject = self._org.schema.find(parse(statement).sources[0].path.text)
        if sobject is not None and not sobject.queryable:
            raise refuse("INVALIDENTITY", f"Entity '{sobject.name}' is not supported by the Bulk API.")  # text L
        prepared = self._prepared(statement, operation, user_id, version)
        _check(statement, prepared)
        if not self._org.limits.spend("DailyBulkV2QueryJobs"):
            raise refuse("EXCEEDEDQUOTA", "DailyBulkV2QueryJobs Limit exceeded.")  # code D, text is a guess
        now_s = self._org.now_s()
        job = self._bulk.add(QueryJob(self._org.new_id("750"), operation, prepared.plan.sobject, user_id, version, now_s, now_s, "UploadComplete", delimiter, line_ending,
                                      statement=statement))  # fmt: skip
        self._bulk.enqueue(job, "bulk2q.run")
        return job

    def results(self, job: QueryJob, *, version: str, locator: str = "", most_rows: int | None = None) -> ResultPage:
        """A page; the same locator gives the same rows. Raises Refused: 409 for another API version, 400 before the end."""
        self._check_results(job, version)
        start = offset_of(locator)
        if start and start >= job.rows:
            raise _no_such_locator(locator)
        end = min(job.rows, start + (most_rows or self._bulk.pace.page_rows))
        size = sum(len(part) for part in page_pieces(job, start, end))
        more = locator_of(end) if end < job.rows else "null"
        return ResultPage(Stream(lambda: _in_parts(page_pieces(job, start, end))), size, end - start, more, page_reads(job, start, end))

    def result_locators(self, job: QueryJob, *, version: str, locator: str = "", pages: int = 5) -> tuple[list[str], str]:
        """Locators of up to `pages` pages from `locator` on, and where the next ones begin ("" at the end)."""
        self._check_results(job, version)
        starts = range(0, max(1, job.rows), self._bulk.pace.page_rows)
        first = offset_of(locator)
        if first not in starts:
            raise _no_such_locator(locator)
        here = [start for start in starts if start >= first]
        return [locator_of(start) for start in here[:pages]], locator_of(here[pages]) if len(here) > pages else ""

    def _check_results(self, job: QueryJob, version: str) -> None:
        if version != job.version:
            # status D, code and text are guesses
            raise refuse("INVALIDJOB", f"The API version {version} is not that of the job, {job.version}", status=409)
        if job.state != "JobComplete":
            raise refuse("INVALIDJOBSTATE", f"Cannot download results, job is not complete. Job state: {job.state}")  # text K

    # ------------------------------------------------------------------ steps of the agenda

    def _run(self, job_id: str) -> None:
        """Out of the queue: the statement is run; the rows are those of this moment."""
        job = self._bulk.of_step(job_id, QueryJob)
        if self._is_turned(job, JobEvent(job.id, "bulk2q", "start", batches=1), "bulk2q.run"):
            return
        job = self._bulk.move(job, "start")
        try:
            prepared = self._prepared(job.statement, job.operation, job.user_id, job.version)
            header, segments = segments_of(prepared, job.separator, job.terminator)
        except Refused as refused:  # a field went away since the create; text U (jsforce#380, of Bulk 1.0)
            self._bulk.move(job, "fail", error_message=f"InvalidBatch : Failed to process query: {refused}")
            return
        rows = sum(segment.count for segment in segments)
        if not self._org.limits.spend(STORAGE, sum(len(segment.text) for segment in segments) // MEGABYTE):  # how a part of one counts is a guess
            self._bulk.move(job, "fail", error_message=f"ExceededQuota : {STORAGE} Limit exceeded.")  # text is a guess
            return
        work_s = self._bulk.pace.batch_s + rows * self._bulk.pace.query_row_s
        self._bulk.keep(replace(job, header=header, rows=rows, segments=segments, busy_ms=round(work_s * 1000)))
        self._org.agenda.add(self._org.now_s() + work_s, "bulk2q.finish", job.id)

    def _finish(self, job_id: str) -> None:
        job = self._bulk.of_step(job_id, QueryJob)
        if self._is_turned(job, JobEvent(job.id, "bulk2q", "finish", 1, 1, job.rows), "bulk2q.finish"):
            return
        self._bulk.move(self._bulk.move(job, "start"), "finish", processed=job.rows)

    def _is_turned(self, job: QueryJob, event: JobEvent, step: str) -> bool:
        turn = self._bulk.turn_of(event)
        if turn is not None and turn.action == "hold":
            self._bulk.hold(job, turn, step)
        elif turn is not None:
            self._bulk.end(job, turn)
        return turn is not None

    def _prepared(self, statement: str, operation: str, user_id: str, version: str) -> Prepared:
        return prepare(self._org, statement, user_id=user_id, include_deleted=operation == "queryAll", version=float(version))


def _check(statement: str, prepared: Prepared) -> None:
    """What SOQL can and Bulk cannot. Source: Async guide, "Create a Query Job" (D); texts U, L or guesses as marked."""
    query, plan = parse(statement), prepared.plan
    if plan.children:
        raise refuse("FEATURENOTENABLED", "Aggregate Relationships not supported in Bulk V2 Query with CSV content type")  # text U: OpenFn/adaptors#395
    if any(column.index < 0 for column in plan.flat) or any(isinstance(item.what, ast.Call) and item.what.name == "FIELDS" for item in query.items):
        raise refuse("FEATURENOTENABLED", "Selecting compound data not supported in Bulk Query")  # text L
    if any(isinstance(item.what, ast.TypeOf) for item in query.items):
        raise refuse("FEATURENOTENABLED", "TYPEOF not supported in Bulk V2 Query")  # rule D (wire reference 9.5), text is a guess
    if plan.kind != "rows":
        raise refuse("FEATURENOTENABLED", "Aggregate functions and GROUP BY not supported in Bulk V2 Query")  # text is a guess
    if query.offset is not None:
        raise refuse("FEATURENOTENABLED", "OFFSET not supported in Bulk V2 Query")  # text is a guess


def _in_parts(pieces: Iterator[bytes | memoryview]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), PART_BYTES):
            yield bytes(piece[at : at + PART_BYTES])


def locator_of(offset: int) -> str:
    """Opaque to clients: `MTAwMDA` is row 10000. Shape: wire reference 5.6 (D)."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def offset_of(locator: str) -> int:
    """Raises Refused for what is no locator."""
    if not locator:
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise _no_such_locator(locator) from None
    if not text.isdecimal() or locator_of(int(text)) != locator:
        raise _no_such_locator(locator)
    return int(text)


def _no_such_locator(locator: str) -> Refused:
    """Code and text are guesses."""
    return refuse("INVALID_QUERY_LOCATOR", f"invalid query locator: {locator}")
