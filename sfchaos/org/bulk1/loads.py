"""Batches that load: their rows written through the org's one way of writing rows, each with its own outcome."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sfchaos.core.gate import OrgEvent, Refusal, RowTouch, Verb
from sfchaos.org.bulk.header import BadHeader, columns_of
from sfchaos.org.bulk.jobs import IngestJob
from sfchaos.org.bulk1.jobs import Batch, Job1, Outcome
from sfchaos.org.bulk1.read import Rows
from sfchaos.org.refusals import Refused
from sfchaos.org.rows.row_work import RowResult
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

EVENT_ROWS = 200  # rows in one bulk_rows event
_VERBS: dict[str, Verb] = {"insert": "create", "update": "update", "upsert": "upsert", "delete": "delete", "hardDelete": "delete"}
Cells = Sequence[str]


class Unwritable(Exception):
    """No row of the batch was written; its text is the stateMessage."""


def columns(org: Org, job: Job1, names: Sequence[str]) -> tuple[str, ...]:
    """Field names in the schema's spelling. Raises Unwritable."""
    try:
        return columns_of(org, _as_ingest(job), names)
    except BadHeader as bad:
        raise Unwritable(str(bad)) from None


def _as_ingest(job: Job1) -> IngestJob:
    """The same job as the other Bulk API knows it: headers are held against objects alike."""
    return IngestJob(job.id, job.operation, job.object, job.user_id, job.version, job.created_s, job.changed_s, external_id_field=job.external_id_field)


def write(org: Org, job: Job1, batch: Batch, names: tuple[str, ...], rows: Rows, most: int | None, refused: Mapping[int, Refusal]) -> list[Outcome]:
    """The first `most` rows of the batch, but those `refused`. Raises Unwritable, with nothing written."""
    cells = list(rows.cells[:most])
    refused = dict(refused)
    blobs = [at for at, name in enumerate(names) if _is_blob(org, job.object, name)] if job.content_type.startswith("ZIP_") else []
    if blobs:
        cells = [_with_files(at, row, blobs, names, rows.files, refused) for at, row in enumerate(cells)]
    taken = [row for at, row in enumerate(cells) if at not in refused]
    touches: list[RowTouch] | None = [] if org.is_heard else None
    verb = _VERBS[job.operation]
    try:
        with org.store.unit():
            results = iter(org.dml.write_cells(
                verb, job.object, names, taken, user_id=job.user_id, key_field=job.external_id_field, job_id=job.id, first_position=job.rows_done + 1, touches=touches,
            ))  # fmt: skip
            outcomes = [Outcome("", False, (refused[at],)) if at in refused else _outcome(next(results)) for at in range(len(cells))]
            if job.operation == "hardDelete":
                org.store.run_many(f"DELETE FROM {quoted(job.object)} WHERE Id = ?", [(o.id,) for o in outcomes if not o.refusals])
    except Refused as bad:  # an administrator changed the object under the job, or a column cannot be written to
        raise Unwritable(f"InvalidBatch : {bad}") from None
    if touches is not None:
        touches += [_touch(verb, job, dict(zip(names, cells[at], strict=True)), refused[at]) for at in sorted(refused) if at < len(cells)]
        for start in range(0, len(touches), EVENT_ROWS):
            org.emit(OrgEvent("bulk_rows", {"job": job.id, "batch": batch.number, "rows": touches[start : start + EVENT_ROWS]}))
    return outcomes


def _outcome(result: RowResult) -> Outcome:
    return Outcome(result.id, result.created, () if result.ok else result.refusals)


def _touch(verb: Verb, job: Job1, values: Mapping[str, str], refusal: Refusal) -> RowTouch:
    """Of a row that was refused before anything looked at it."""
    return RowTouch(verb, job.object, values.get("Id", ""), False, refusal.code, job.external_id_field, values.get(job.external_id_field, ""),
                    values={name: cell for name, cell in values.items() if cell and name != "Id"})  # fmt: skip


# ---------------------------------------------------------------------- files of a zip


def _is_blob(org: Org, object_name: str, name: str) -> bool:
    sobject = org.schema.find(object_name)
    f = sobject.find(name) if sobject is not None else None
    return f is not None and f.type == "base64"


def _with_files(at: int, row: Cells, blobs: Sequence[int], names: Sequence[str], files: Mapping[str, bytes], refused: dict[int, Refusal]) -> Cells:
    """Cells `#name` become the file of that name. A row whose file is missing is refused with INVALID_FIELD (D, "Errors"; text is a guess)."""
    made = list(row)
    for column in blobs:
        cell = made[column]
        if not cell:
            continue
        file = files.get(cell[1:].removeprefix("./").replace("\\", "/")) if cell.startswith("#") else None
        if file is None:
            refused.setdefault(at, row_refusal("INVALID_FIELD", f"The file {cell[1:]} is not in the zip" if cell.startswith("#") else f"The file {cell} must start with #",
                                               names[column]))  # fmt: skip
            continue
        made[column] = base64.b64encode(file).decode()
    return made
