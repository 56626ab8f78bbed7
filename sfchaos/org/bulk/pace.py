"""How fast jobs move, on the org's clock. Part of how the org is set up, like its seed; under virtual time a job takes no real time at all.

Salesforce promises no times: the figures of `believable` and `busy` are guesses from what users report, those of the default keep tests short.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds in the queue, for each internal batch, for each row written and for each row read by a query.

    batch_rows     rows of an internal batch (Salesforce's: wire reference 5.4, D)
    page_rows      rows of a page of query results without maxRecords (Salesforce chooses; it names no number)
    batch_limit_s  what one try of a batch may take: rows that do not fit go to the next try (wire reference 5.4, D)
    most_retries   after so many the job fails, and the rest is unprocessed (wire reference 5.4, D)
    shuffles       results come in another order than the upload, the same for a seed (Salesforce promises no order: wire reference 5.5, D)
    contention     share (0 to 1) of the rows under one parent that meet a lock when parallel batches of Bulk API 1.0 want it at once
    """

    queue_s: float = 1.0
    batch_s: float = 1.0
    row_s: float = 0.001
    query_row_s: float = 0.000_01
    batch_rows: int = 10_000
    page_rows: int = 50_000
    batch_limit_s: float = 300.0
    most_retries: int = 20
    shuffles: bool = False
    contention: float = 0.0

    def tried_rows(self, rows: int) -> int:
        """How many of `rows` fit into one try of a batch: at least one, so that a job always moves."""
        if self.batch_s + rows * self.row_s <= self.batch_limit_s:
            return rows
        return max(1, min(rows, int((self.batch_limit_s - self.batch_s) / self.row_s)))


DEFAULT = Pace()
PACES: dict[str, Pace] = {
    "default": DEFAULT,
    "instant": Pace(queue_s=0.0, batch_s=0.0, row_s=0.0, query_row_s=0.0),
    "believable": Pace(queue_s=5.0, batch_s=4.0, row_s=0.004, query_row_s=0.000_2),
    "busy": Pace(queue_s=240.0, batch_s=30.0, row_s=0.04, query_row_s=0.002, shuffles=True, contention=0.05),
}
COUNTS = ("batch_rows", "page_rows", "most_retries")
SWITCHES = ("shuffles",)
SECONDS = tuple(f.name for f in fields(Pace) if f.name.endswith("_s"))


def pace_of(profile: str, **changes: float | int | bool) -> Pace:
    """A named pace with some of its figures changed. Raises KeyError for a name that is none of PACES."""
    return replace(PACES[profile], **changes)  # type: ignore[arg-type]  # keys are Pace's own
