"""What should have come of a run against what did: one reconciliation, read by the integrity judges and by outcomes.

    declared      flows with a source or a sink: source rows against org rows, org rows against sink rows
    metamorphic   no flow, but a clean twin: the end state equals the twin's, modulo ids, system fields and order
    journal       neither: every logical write has exactly one committed effect
"""

from __future__ import annotations

from sfchaos.controls.reading import remembered
from sfchaos.controls.reconcile.difference import Difference, Reconciliation
from sfchaos.controls.reconcile.effects import by_journal
from sfchaos.controls.reconcile.flows import by_flows
from sfchaos.controls.reconcile.twin import by_twin
from sfchaos.core.history import History

__all__ = ["Difference", "Reconciliation", "reconcile"]


def reconcile(history: History) -> Reconciliation:
    """Reconcile by the best basis there is; once, however many judges ask."""
    return remembered(history, "_reconciliation", _reconciled)


def _reconciled(history: History) -> Reconciliation:
    declared = by_flows(history)
    if declared is not None:
        return declared
    return by_twin(history) if history.expected is not None else by_journal(history)
