"""Judges a record again from its histories and says what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sfchaos.evidence.document import plain, result_row
from sfchaos.evidence.record import EvidenceRecord, RunRecord

COMPARED = ("verdict", "reason", "stimuli", "checked", "exceptions_total", "measured", "exceptions", "thresholds")
FROM_MARKS = ("SFC-LOG-04", "SFC-AUTH-10")
"""Judged from hits that were found at capture: after redaction they can be counted again, not searched again."""


@dataclass(frozen=True)
class Rejudged:
    judged: int
    outcomes: int
    differences: list[str]
    unverifiable: list[str]


def rejudged(record: EvidenceRecord, evidence: Mapping[str, Any]) -> Rejudged:
    """`record` as read from the bundle whose evidence.json is `evidence`."""
    played = [run for run in record.runs if run.outcome != "not-run"]
    differences = [text for run in played for text in (*_judgements(run), *_outcome(run))]
    differences += [text for run in record.runs if run not in played for text in _never_passed(run)]
    differences += list(_results(record, evidence))
    return Rejudged(sum(len(run.judgements) for run in played), len(played), differences, list(_unverifiable(record, played)))


def _judgements(run: RunRecord) -> Iterator[str]:
    from sfchaos.controls.judges import judge

    for stated in run.judgements:
        again, written = judge(stated.objective, run.history).as_dict(), stated.as_dict()
        wrong = next((name for name in COMPARED if again[name] != written[name]), None)
        if wrong is not None:
            yield f"evidence.json, run {run.id}, {stated.objective}: {wrong} is {_short(written[wrong])}, judged again it is {_short(again[wrong])}"


def _outcome(run: RunRecord) -> Iterator[str]:
    from sfchaos.controls.outcome import outcome_of

    again = outcome_of(run.history, run.judgements, converged=run.converged, baseline_ms=run.baseline_ms)
    if again != run.outcome:
        yield f"evidence.json, run {run.id}: outcome is {run.outcome}, judged again it is {again}"


def _never_passed(run: RunRecord) -> Iterator[str]:
    for judgement in run.judgements:
        if judgement.verdict not in ("inconclusive", "error"):
            yield f"evidence.json, run {run.id}, {judgement.objective}: {judgement.verdict}, though the run was not played"


def _results(record: EvidenceRecord, evidence: Mapping[str, Any]) -> Iterator[str]:
    rows = [plain(result_row(judgement, record)) for judgement in record.results]
    for row, written in zip(rows, evidence["results"], strict=True):
        wrong = next((name for name in row if row[name] != written.get(name)), None)
        if wrong is not None:
            yield f"evidence.json, result {row['objective']}: {wrong} is {_short(written.get(wrong))}, it comes to {_short(row[wrong])}"
    for name, value in (("verdict", record.verdict), ("exit_code", record.exit_code)):
        if evidence[name] != value:
            yield f"evidence.json: {name} is {evidence[name]}, it comes to {value}"


def _unverifiable(record: EvidenceRecord, played: list[RunRecord]) -> Iterator[str]:
    if record.self_check:
        yield "self-check: what its clients came to was seen at capture, their journals are not in the bundle"
    marked = [name for name in FROM_MARKS if any(j.objective == name for run in played for j in run.judgements)]
    if marked:
        yield f"{' and '.join(marked)}: re-judged from capture marks, not from clear text"
    examined = {j.objective for run in played for j in run.judgements if run.history.examined is not None and j.objective.startswith("SFC-SEC")}
    if examined:
        yield f"{', '.join(sorted(examined))}: re-judged from recorded findings, the files themselves are not in the bundle"
    rerun = [run.id for run in played if run.converged is not None]
    if rerun:
        yield f"{', '.join(rerun)}: whether a second, fault-free start put things right was seen at capture"
    if any(run.trace_digest for run in played):
        yield "trace digests: play the replay lines to compare them"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
