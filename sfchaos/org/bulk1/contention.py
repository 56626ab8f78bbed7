"""Batches that run side by side and want the same parents: rows of theirs meet locks. Off until `bulk.pace.contention` says otherwise.

A row counts as contended when another Parallel batch that is InProgress has a row under the same parent. Which of the contended rows
meet the lock is chance, by the row and the try of its batch. Serial batches are never side by side.
Source: Async guide, "General Guidelines for Data Loads" (D: parallel batches contend for locks on parents); texts wire reference 4.3 and 5.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sfchaos.core import chance
from sfchaos.core.gate import Refusal
from sfchaos.org.bulk1.jobs import Batch
from sfchaos.org.rows.locks import parent_keys
from sfchaos.org.rows.values import row_refusal

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

Cells = Sequence[str]


def parents_of(sobject: SObject, columns: Sequence[str], cells: Cells) -> list[str]:
    """Keys of the parents that a row names."""
    return parent_keys(sobject, {name: cell for name, cell in zip(columns, cells, strict=True) if cell})


def holds_of(sobject: SObject, columns: Sequence[str], rows: Iterable[Cells]) -> tuple[str, ...]:
    return tuple(sorted({key for cells in rows for key in parents_of(sobject, columns, cells)}))


def locked_rows(org: Org, sobject: SObject, columns: Sequence[str], rows: Sequence[Cells], batch: Batch, others: Iterable[Batch], share: float) -> dict[int, Refusal]:
    """Which rows meet a lock, by their place in the batch."""
    held = {key for other in others for key in other.holds}
    if not held:
        return {}
    found: dict[int, Refusal] = {}
    for at, cells in enumerate(rows):
        key = next((key for key in parents_of(sobject, columns, cells) if key in held), "")
        if key and chance.unit(org.seed, "bulk1.lock", batch.tries, *cells) < share:
            found[at] = row_refusal("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records" + (f": {key}" if "." not in key else ""))
    return found
