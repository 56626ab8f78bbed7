"""Batches that query: a statement run once, its rows kept as files of the job's content type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org.bulk1.jobs import Batch, Job1, Result
from sfchaos.org.bulk1.results import query_bodies
from sfchaos.org.refusals import Refused
from sfchaos.org.soql import ast
from sfchaos.org.soql.parse import parse
from sfchaos.org.soql.run import Prepared, QueryResult, Read, prepare

if TYPE_CHECKING:
    from sfchaos.org.org import Org


class QueryFailed(Exception):
    """Its text is the batch's stateMessage."""


def run(org: Org, job: Job1, batch: Batch, result_rows: int) -> tuple[tuple[Result, ...], int]:
    """The files and the number of rows. Raises QueryFailed."""
    try:
        found = _prepared(org, job, statement_of(batch)).all()
    except Refused as refused:
        raise QueryFailed(f"InvalidBatch : Failed to process query: {refused}") from None  # text U (jsforce#380)
    reads = found.reads()
    bodies = query_bodies(job.rows_form, found, f"/services/data/v{job.version}", result_rows)
    results = tuple(Result(org.new_id("752"), body, _reads_of(reads, found, start, end)) for body, start, end in bodies)
    return results, len(found.sql_rows)


def statement_of(batch: Batch) -> str:
    return batch.data.decode("utf-8-sig", "replace").strip()


def _prepared(org: Org, job: Job1, statement: str) -> Prepared:
    query = parse(statement)
    sobject = org.schema.find(query.sources[0].path.text)
    if sobject is not None and not sobject.queryable:
        raise QueryFailed(f"InvalidBatch : Failed to process query: INVALID_TYPE: Entity '{sobject.name}' is not supported by the Bulk API.")  # text L, place a guess
    prepared = prepare(org, statement, user_id=job.user_id, include_deleted=job.operation == "queryAll", version=float(job.version))
    problem = _unsupported(query, prepared, job.rows_form)
    if problem:
        raise QueryFailed(f"InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED: {problem}")
    return prepared


def _unsupported(query: ast.Query, prepared: Prepared, form: str) -> str:
    """What SOQL can and Bulk 1.0 cannot. Source: Async guide, "Bulk Query" (D: no COUNT, SUM, GROUP BY, OFFSET; TYPEOF in JSON alone); texts U, L or guesses as marked."""
    plan = prepared.plan
    if plan.kind != "rows":
        return "Aggregate functions and GROUP BY not supported in Bulk Query"  # text is a guess
    if query.offset is not None:
        return "OFFSET not supported in Bulk Query"  # text is a guess
    if form != "CSV":
        return "TYPEOF not supported in Bulk Query with XML content type" if form == "XML" and _has_typeof(query) else ""  # text is a guess
    if plan.children:
        return "Aggregate Relationships not supported in Bulk Query with CSV content type"  # text U: OpenFn/adaptors#395, there of Bulk V2
    if _has_typeof(query):
        return "TYPEOF not supported in Bulk Query with CSV content type"  # text is a guess
    if any(column.index < 0 for column in plan.flat):
        return "Selecting compound data not supported in Bulk Query"  # text L
    return ""


def _has_typeof(query: ast.Query) -> bool:
    return any(isinstance(item.what, ast.TypeOf) for item in query.items)


def _reads_of(reads: list[Read], found: QueryResult, start: int, end: int) -> tuple[Read, ...]:
    """What one file shows: of the rows themselves those in it, of parents all (which file shows which is not kept)."""
    return tuple((sobject, names, ids[start:end] if len(ids) == len(found.sql_rows) else ids) for sobject, names, ids in reads)
