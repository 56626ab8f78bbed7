"""Tables for people who live in spreadsheets: results.csv (a row per objective and run, and one per exception) and reconcile.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from sfchaos.core.judgement import Judgement
from sfchaos.evidence.document import waiver_of
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.tags import control_names

RESULT_COLUMNS = ("row", "run", "scenario", "clean", "objective", "title", "kind", "verdict", "reason", "waived_until", "stimuli", "checked", "exceptions_total",
                  "detail", "journal", "address", "file", "line", "outcome", "seed", "relaxed_thresholds", "controls", "replay")  # fmt: skip
RECONCILE_COLUMNS = ("run", "scenario", "basis", "checked", "kind", "sobject", "key", "id", "fields", "flow", "how", "detail", "lines")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def results_csv(record: EvidenceRecord) -> str:
    return _table(RESULT_COLUMNS, (row for run in record.reported for judgement in run.judgements for row in _result_rows(record, run, judgement)))


def reconcile_csv(record: EvidenceRecord) -> str:
    """Every difference between what each run should have left and what it left; a run without any has one row that says so."""
    return _table(RECONCILE_COLUMNS, (row for run in record.runs if run.outcome != "not-run" for row in _reconciled(run)))


def _result_rows(record: EvidenceRecord, run: RunRecord, judgement: Judgement) -> Iterator[list[object]]:
    from sfchaos.controls.catalogue import objective

    found = objective(judgement.objective)
    waiver = waiver_of(judgement, record)
    relaxed = " ".join(name for name, limit in sorted(judgement.thresholds.items()) if limit.relaxed)
    head = [run.id, run.scenario, _yes(run.clean), judgement.objective, found.title, found.kind, judgement.verdict, judgement.reason, waiver.expires if waiver else ""]
    tail = [run.outcome, run.seed, relaxed, " ".join(control_names(judgement.objective))]
    yield ["result", *head, judgement.stimuli, judgement.checked, judgement.exceptions_total, judgement.detail, "", "", "", "", *tail, run.replay]
    for item in judgement.exceptions:
        yield ["exception", *head, "", "", "", item.detail, item.journal or "", item.address, item.file, item.line or "", *tail, ""]  # the line to replay stands once, in the result's row


def _reconciled(run: RunRecord) -> Iterator[list[object]]:
    from sfchaos.controls.reconcile import reconcile

    found = reconcile(run.history)
    head = [run.id, run.scenario, found.basis, found.checked]
    for d in found.differences:
        yield [*head, d.kind, d.sobject, d.key, d.id, " ".join(d.fields), d.flow, d.how, d.detail, " ".join(str(n) for n in d.lines)]
    if not found.differences:
        yield [*head, "none", "", "", "", "", "", "", "no difference", ""]


def _table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> str:
    """Text that a spreadsheet takes as text: what begins like a formula gets an apostrophe."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not text.lstrip("-").isdigit() else text


def _yes(value: bool) -> str:
    return "yes" if value else "no"
