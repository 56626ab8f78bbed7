"""What the integrity judges share: which run stresses them, and how a difference reads."""

from __future__ import annotations

from sfchaos.controls.case import Case
from sfchaos.controls.reconcile import Difference, Reconciliation
from sfchaos.core.history import Exchange, History

_DATA = frozenset({"read", "idem", "nonidem", "transition"})
_NO_DATA = ("meta.", "event.")


def write_faults(history: History) -> int:
    """How many transfers a fault touched: exchanges that carry rows or jobs, and job steps or rows in the org.

    A fault on a login or on metadata counts when data was transferred afterwards: it stood in its way.
    """
    if history.clean or not any(_carries_data(e) for e in history.exchanges):
        return 0
    touched = sum(1 for e in history.exchanges if e.faults)
    return touched + sum(1 for line in history.events if line.get("faults"))


def _carries_data(exchange: Exchange) -> bool:
    return exchange.kind in _DATA and not exchange.op.startswith(_NO_DATA)


def basis(case: Case, found: Reconciliation) -> None:
    """Say what the expectation rests on; without a declared flow it is metamorphic (control catalogue 4.4)."""
    case.checked = found.checked
    case.measured["expected"] = "declared" if found.basis == "declared" else "metamorphic"


def is_silent(case: Case, found: Reconciliation) -> bool:
    """Without a fault and without declared flows there is nothing to hold a difference against: the run is its own yardstick."""
    return not case.stimuli and found.basis != "declared" and (case.history.clean or found.basis == "journal")


def note(case: Case, reason: str, difference: Difference) -> None:
    at = next((e for e in case.history.exchanges if difference.lines and e.n == difference.lines[-1]), None)
    line = difference.lines[-1] if difference.lines else None
    case.violation(reason, difference.detail, at=at, line=line, story=difference.lines or began_with(case.history))


def began_with(history: History) -> tuple[int, ...]:
    """The line of the first fault: the story of a row that left no line of its own."""
    return next(((int(line["n"]),) for line in history.lines if line.get("faults")), ())
