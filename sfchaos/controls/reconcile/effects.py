"""Reconciliation by the journal alone: every logical write has exactly one committed effect.

Used when there is neither a declared flow nor a clean twin, as in the body of a test.
"""

from __future__ import annotations

from sfchaos.controls.reading import Written, is_row_write, is_surfaced, refused_for_good, written_rows
from sfchaos.controls.reconcile.difference import Difference, Reconciliation, missing
from sfchaos.controls.rejects import Reports
from sfchaos.core.history import Exchange, History, Operation


def by_journal(history: History) -> Reconciliation:
    writes = [op for op in history.operations if is_row_write(op.first.op)]
    reports, effects = Reports(history), Effects(history)
    found: list[Difference] = []
    for operation in writes:
        found += _of_operation(history, effects, operation)
    for written in refused_for_good(history):
        if not effects.is_gone(written):
            found.append(missing(written.row.sobject, written.row.key, f"{written.name} never got into the org", reports, refused=written))
    return Reconciliation("journal", len(writes) + len(history.job_rows), tuple(found))


class Effects:
    """Which commits of one history still stand at its end: a client may have cleaned up after itself."""

    def __init__(self, history: History) -> None:
        self.alive = {row.id[:15] for row in history.after}
        self.objects = {row.sobject.lower() for row in history.after}
        self.deleted = {w.row.id[:15] for w in written_rows(history) if w.row.verb == "delete" and w.committed}

    def of_create(self, operation: Operation) -> list[Exchange]:
        """Attempts of one create that took effect and whose rows still stand."""
        return [e for e in operation.attempts if e.kind == "nonidem" and e.applied != "no" and self._stands(e)]

    def is_gone(self, refused: Written) -> bool:
        """Whether a refused delete is about a row that is gone anyway: then nothing is missing."""
        return refused.row.verb == "delete" and bool(self.alive) and refused.row.id[:15] not in self.alive

    def _stands(self, exchange: Exchange) -> bool:
        """When the end state holds no row of an object, nothing is known about it, and every commit counts."""
        made = [row for row in exchange.rows if row.ok and row.id]
        if made and all(row.id[:15] in self.deleted for row in made):
            return False
        return not made or any(row.id[:15] in self.alive or row.sobject.lower() not in self.objects for row in made)


def _made(exchange: Exchange) -> int:
    """How often one request took effect: a single create that the network delivered twice made two rows."""
    return max(1, sum(row.created and row.ok for row in exchange.rows)) if exchange.op == "row.create" else 1


def _of_operation(history: History, effects: Effects, operation: Operation) -> list[Difference]:
    sobject = operation.first.get("sobject") or operation.first.op
    commits = effects.of_create(operation)
    count = sum(_made(exchange) for exchange in commits)
    if count > 1:
        ids = ", ".join(row.id for e in commits for row in e.rows if row.ok)
        return [Difference("duplicate", sobject, f"one create took effect {count}x at {operation.first.address}" + (f": {ids}" if ids else ""),
                           lines=operation.lines)]  # fmt: skip
    took_effect = operation.succeeded or any(e.applied != "no" for e in operation.attempts)
    if took_effect or any(e.rows for e in operation.attempts):
        return []
    kind = "reported" if is_surfaced(history, operation) else "lost"
    how = ("ending" if history.ending.loud else "log") if kind == "reported" else ""
    return [Difference(kind, sobject, f"{operation.first.address} never took effect", lines=operation.lines, how=how)]  # type: ignore[arg-type]  # one of the two
