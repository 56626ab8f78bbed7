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
    reports = Reports(history)
    found: list[Difference] = []
    for operation in writes:
        found += _of_operation(history, operation)
    singles = {attempt.n for operation in writes for attempt in operation.attempts if not attempt.rows}
    for written in refused_for_good(history):
        if written.n not in singles and not _undone(history, written):
            found.append(missing(written.row.sobject, written.row.key, f"{written.name} never got into the org", reports, refused=written))
    return Reconciliation("journal", len(writes) + len(history.job_rows), tuple(found))


def committed_creates(history: History, operation: Operation) -> list[Exchange]:
    """Attempts of one create that took effect and whose rows still stand at the end (a client may have cleaned up).

    When the end state holds no row of that object, nothing is known about it, and every commit counts.
    """
    alive = {row.id[:15] for row in history.after}
    objects = {row.sobject.lower() for row in history.after}

    def stands(exchange: Exchange) -> bool:
        made = [row for row in exchange.rows if row.ok and row.id]
        return not made or any(row.id[:15] in alive or row.sobject.lower() not in objects for row in made)

    return [e for e in operation.attempts if e.kind == "nonidem" and e.applied != "no" and stands(e) and not _deleted(history, e)]


def _made(exchange: Exchange) -> int:
    """How often one request took effect: a single create that the network delivered twice made two rows."""
    return max(1, sum(row.created and row.ok for row in exchange.rows)) if exchange.op == "row.create" else 1


def _deleted(history: History, exchange: Exchange) -> bool:
    made = {row.id[:15] for row in exchange.rows if row.ok and row.id}
    gone = {w.row.id[:15] for w in written_rows(history) if w.row.verb == "delete" and w.committed and w.n > exchange.n}
    return bool(made) and made <= gone


def _of_operation(history: History, operation: Operation) -> list[Difference]:
    sobject = operation.first.get("sobject") or operation.first.op
    commits = committed_creates(history, operation)
    effects = sum(_made(exchange) for exchange in commits)
    if effects > 1:
        ids = ", ".join(row.id for e in commits for row in e.rows if row.ok)
        return [Difference("duplicate", sobject, f"one create took effect {effects}x at {operation.first.address}" + (f": {ids}" if ids else ""),
                           lines=operation.lines)]  # fmt: skip
    took_effect = operation.succeeded or any(e.applied != "no" for e in operation.attempts)
    if took_effect or any(e.rows for e in operation.attempts):
        return []
    kind = "reported" if is_surfaced(history, operation) else "lost"
    how = ("ending" if history.ending.loud else "log") if kind == "reported" else ""
    return [Difference(kind, sobject, f"{operation.first.address} never took effect", lines=operation.lines, how=how)]  # type: ignore[arg-type]  # one of the two


def _undone(history: History, written: Written) -> bool:
    """A refused delete of a row that is gone anyway, or a refused row of a read: nothing is missing."""
    return written.row.verb == "delete" and bool(history.after) and written.row.id[:15] not in {row.id[:15] for row in history.after}
