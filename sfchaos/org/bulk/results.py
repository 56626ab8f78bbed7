"""Results of an ingest job as streams: made out of the upload and what became of its rows, both of which never change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sfchaos.core import chance
from sfchaos.core.messages import Stream
from sfchaos.org.bulk.csv import Table, result_pieces
from sfchaos.org.bulk.jobs import IngestJob
from sfchaos.org.bulk.outcomes import Outcome
from sfchaos.org.refusals import refuse

PIECE_BYTES = 1 << 16
Done = tuple[Outcome, Sequence[str]]


def successful(job: IngestJob, table: Table, shuffle_seed: int | None = None) -> Stream:
    """Rows that were written. With a seed they come in another order. Raises Refused before the job has ended, as the others do."""
    _check_ended(job)
    return _stream(job, table, ("sf__Id", "sf__Created"), lambda: (
        (outcome.id, "true" if outcome.created else "false", *cells) for outcome, cells in _done(job, table, shuffle_seed, failed=False)))  # fmt: skip


def failed(job: IngestJob, table: Table, shuffle_seed: int | None = None) -> Stream:
    _check_ended(job)
    return _stream(job, table, ("sf__Id", "sf__Error"), lambda: ((outcome.id, outcome.error, *cells) for outcome, cells in _done(job, table, shuffle_seed, failed=True)))


def unprocessed(job: IngestJob, table: Table) -> Stream:
    """Rows that were never tried; of an upload that could not be read, the upload itself (a guess)."""
    _check_ended(job)
    if table.problem:
        return Stream(lambda: _in_pieces(memoryview(table.data)[len(table.data) - table.text_bytes :]))
    return _stream(job, table, (), lambda: table.rows(job.processed))


def _check_ended(job: IngestJob) -> None:
    if not job.is_terminal:
        raise refuse("INVALIDJOBSTATE", f"Cannot download results, job is not complete. Job state: {job.state}")  # text K: wire reference 5.2


def _stream(job: IngestJob, table: Table, own: Sequence[str], rows: Callable[[], Iterable[Sequence[str]]]) -> Stream:
    return Stream(lambda: result_pieces(own, table.header, rows(), job.separator, job.terminator))


def _done(job: IngestJob, table: Table, shuffle_seed: int | None, *, failed: bool) -> Iterator[Done]:
    """Rows with what became of them, good or bad ones; parts without any are not read."""
    first = 0
    for part in job.outcomes:
        if part.failed if failed else part.count - part.failed:
            found = (pair for pair in zip(part.each(), table.rows(first, part.count), strict=True) if bool(pair[0].error) is failed)
            yield from found if shuffle_seed is None else _shuffled(list(found), shuffle_seed, job.id, first)
        first += part.count


def _shuffled(rows: list[Done], seed: int, job_id: str, first: int) -> Iterator[Done]:
    order = sorted(range(len(rows)), key=lambda at: chance.unit(seed, "bulk2.order", job_id, first + at))
    return (rows[at] for at in order)


def _in_pieces(view: memoryview) -> Iterator[bytes]:
    for at in range(0, len(view), PIECE_BYTES):
        yield bytes(view[at : at + PIECE_BYTES])
