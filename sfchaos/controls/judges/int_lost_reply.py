"""SFC-INT-06: a write whose reply is lost takes effect once, whatever the client does next."""

from __future__ import annotations

from sfchaos.controls.case import Case, times
from sfchaos.controls.judges.integrity import note
from sfchaos.controls.judging import judges
from sfchaos.controls.reading import is_row_write, written_rows
from sfchaos.controls.reconcile import Difference, Reconciliation, reconcile
from sfchaos.controls.reconcile.effects import Effects
from sfchaos.core.history import Exchange, History, Operation
from sfchaos.core.judgement import Judgement

_JOB_WRITES = frozenset({"bulk2.create", "bulk2.upload", "bulk2.close", "bulk1.job", "bulk1.batch", "bulk1.close"})


@judges("SFC-INT-06")
def idempotent_under_lost_reply(case: Case) -> Judgement:
    """Stimulus: a write that took effect and whose reply the caller did not get whole, or got replaced by an error."""
    blind = [e for e in case.history.exchanges if _committed_unknown(e)]
    case.stimuli = case.checked = len(blind)
    if blind:
        _judge(case, blind)
    return case.conclude(f"{times(len(blind), 'write')} took effect with its reply lost, none twice", absent="no write took effect with its reply lost")


def _committed_unknown(exchange: Exchange) -> bool:
    writes = is_row_write(exchange.op) or exchange.op in _JOB_WRITES
    told_otherwise = int(exchange.get("status", exchange.status)) < 400 <= exchange.status
    return writes and exchange.applied != "no" and (not exchange.arrived or told_otherwise)


def _judge(case: Case, blind: list[Exchange]) -> None:
    """By the end state where there is one to compare with; by the journal otherwise. One finding for each doubled write."""
    found = reconcile(case.history)
    effects, extra = Effects(case.history), 0
    for operation in case.history.operations:
        commits = effects.of_create(operation)
        if len(commits) > 1 and any(e in blind for e in commits[:-1]) and _counts(case.history, found, operation):
            extra += len(commits) - 1
            sobject = operation.first.get("sobject") or operation.first.op
            case.against("duplicate-after-lost-reply", f"{sobject}: {len(commits)} rows for one create; the reply to the first was lost", operation)
    if not extra and found.basis != "journal":
        for difference in found.of("duplicate", "extra"):
            if _is_of(case.history, difference, blind):
                extra += 1
                note(case, "duplicate-after-lost-reply", difference)
    case.measured["extra_rows"] = extra


def _counts(history: History, found: Reconciliation, operation: Operation) -> bool:
    """Whether two commits of one create are two too many: the end state says so, or nothing is known about that object's end state."""
    known = found.basis == "metamorphic" or (found.basis == "declared" and bool(history.declaration.flows_of(str(operation.first.get("sobject")))))
    return bool(found.of("duplicate", "extra")) or not known


def _is_of(history: History, difference: Difference, blind: list[Exchange]) -> bool:
    """Whether a surplus row has to do with a write whose reply was lost: same object, or the job it was part of."""
    objects = {str(e.get("sobject")).lower() for e in blind} | {row.sobject.lower() for e in blind for row in e.rows}
    jobs = {e.job for e in blind if e.job}
    objects |= {w.row.sobject.lower() for w in written_rows(history) if w.job in jobs}
    return difference.sobject.lower() in objects
