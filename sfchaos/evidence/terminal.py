"""What people read in a terminal: findings as stories, a table, a summary. Only this text may show business keys in clear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sfchaos.core.judgement import Judgement
from sfchaos.evidence.document import claim, count, waiver_of
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.story import Beat, facts_of, story_of

if TYPE_CHECKING:
    from rich.table import Table

INDENT = " " * 6
MOST_ENDINGS = 3
_ORDER = {"error": 0, "fail": 1, "inconclusive": 2, "pass": 3, "not-applicable": 4}
_COLOURS = {"error": "bold red", "fail": "red", "inconclusive": "yellow", "pass": "green", "not-applicable": "dim"}


def finding_text(run: RunRecord, judgement: Judgement) -> str:
    """One finding: the verdict, its story, the fact, the remedy, and the line that plays it again."""
    from sfchaos.controls.catalogue import objective

    found = objective(judgement.objective)
    head = f"{judgement.verdict.upper()}  {judgement.objective:<11} {found.title:<36}  {run.scenario or run.title}   seed {run.seed}"
    lines = [head, *_story_lines(story_of(run.history, judgement))]
    lines += [INDENT + text for text in _facts(run, judgement)]
    if judgement.verdict in ("fail", "inconclusive"):
        lines.append(f"{INDENT}remedy: {_sentence(found.remedy if judgement.verdict == 'fail' else _to_conclude(judgement))}")
    if run.replay:
        lines.append(f"{INDENT}again:  {run.replay}")
    return "\n".join(lines)


def outcome_text(run: RunRecord) -> str:
    """A run whose outcome is none that the scenario allows a sound target."""
    allowed = " or ".join(str(item) for item in run.expected.get("outcome", ("pass",)))
    lines = [f"FAIL  outcome {run.outcome:<42}  {run.scenario or run.title}   seed {run.seed}", f"{INDENT}a sound target ends {allowed}"]
    ending = run.history.ending
    lines.append(f"{INDENT}the target ended: {ending.how}, exit {ending.exit}" + (f" ({ending.detail.splitlines()[0]})" if ending.detail else ""))
    if run.replay:
        lines.append(f"{INDENT}again:  {run.replay}")
    return "\n".join(lines)


def findings(record: EvidenceRecord) -> list[str]:
    """Every failure and harness error as text, worst first; a run whose outcome alone is wrong has one of its own."""
    found: list[tuple[int, str]] = []
    for run in record.runs:
        bad = record.failures_of(run)
        found += [(_ORDER[j.verdict], finding_text(run, j)) for j in bad]
        if run.unexpected and not bad:
            found.append((_ORDER["fail"], outcome_text(run)))
    return [text for _, text in sorted(found, key=lambda pair: pair[0])]


def summary_table(record: EvidenceRecord) -> Table:
    """Scenario x verdict, with the objectives that did not hold."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("scenario", "verdict", "outcome", "requests", "not met or not shown"):
        table.add_column(column, overflow="fold")
    for run in record.reported:
        verdict = verdict_of(run)
        texts = (run.scenario or "(clean run)", verdict, run.outcome, str(run.requests), _unmet(run))
        table.add_row(*(Text(text, style=_COLOURS[verdict] if column == 1 else "") for column, text in enumerate(texts)))
    return table


def summary_lines(record: EvidenceRecord, bundle: Path | None) -> list[str]:
    """The verdict, counts per verdict, what was not run, what all of it says nothing about, and where the report is."""
    counts = {verdict: sum(j.verdict == verdict for j in record.results) for verdict in _ORDER}
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number) or "nothing judged"
    lines = [f"{record.verdict.upper()}  {count(len(record.objectives), 'objective')}: {told}{_otherwise(record)}  (seed {record.seed})"]
    lines += self_check_lines(record)
    if record.harness_error:
        lines.append(f"the harness failed: {record.harness_error}")
    lines += [line for run in record.runs if (line := _remark(run))]
    lines += [f"waived until {waiver.expires}: {j.objective}, {waiver.reason} ({waiver.approver}); its verdict stays fail"
              for j in record.results if (waiver := waiver_of(j, record))]  # fmt: skip
    not_run = record.blocks.get("scope", {}).get("not_run", [])
    if not_run:
        lines.append(f"not run: {', '.join(str(item.get('scenario', '')) for item in not_run)}")
    lines.append(claim(record))
    if bundle is not None:
        lines += [f"report: {bundle / 'report.html'}", f"verify: sfchaos verify {bundle}"]
    return lines


def _otherwise(record: EvidenceRecord) -> str:
    """Runs that make a session fail though no objective failed in them: how they ended is none of what a sound target may."""
    ended = [f"{run.scenario or 'clean run'} {run.outcome}" for run in record.runs if run.unexpected and not record.failures_of(run)]
    if not ended:
        return ""
    more = f" and {len(ended) - MOST_ENDINGS} more" if len(ended) > MOST_ENDINGS else ""
    return f"; {count(len(ended), 'run')} ended as no sound target may: {', '.join(ended[:MOST_ENDINGS])}{more}"


def self_check_lines(record: EvidenceRecord) -> list[str]:
    """Whether the judges told their reference clients apart; of each that did not, what it said."""
    pairs = record.self_check
    if not pairs:
        return []
    lines = [f"self-check: {len(pairs) - len(record.doubts)} of {count(len(pairs), 'pair')} told apart"]
    return lines + [f"self-check failed: {name}, {why}; nothing is said about this objective" for name, why in record.doubts.items()]


def summary_text(record: EvidenceRecord, bundle: Path | None = None) -> str:
    """Table and summary as plain text, for places that know no colours."""
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    Console(file=out, width=120, color_system=None, highlight=False).print(summary_table(record))
    table = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
    return "\n".join([table, "", *summary_lines(record, bundle)])


def verdict_of(run: RunRecord) -> str:
    """The run's verdict; an outcome that is not allowed makes a pass a fail."""
    return "fail" if run.unexpected and run.verdict not in ("fail", "error") else run.verdict


def _story_lines(beats: list[Beat]) -> list[str]:
    wide = min(max((len(b.what) for b in beats if b.n), default=0), 44)
    status_wide = min(max((len(b.status) for b in beats if b.n and b.method), default=0), 34)
    return [(INDENT + _beat_text(beat, wide, status_wide)).rstrip() for beat in beats]


def _beat_text(beat: Beat, wide: int, status_wide: int) -> str:
    if not beat.method:
        return f"{beat.what:<{wide}}   {beat.status}"
    tail = "   ".join(part for part in (f"<- {', '.join(beat.faults)}" if beat.faults else "", beat.note) if part)
    return f"{beat.what:<{wide}}   {beat.method:<5} {beat.status:<{status_wide}}   {tail}"


def _facts(run: RunRecord, judgement: Judgement) -> list[str]:
    lines = [line for text in facts_of(judgement, run.history.labels) for line in text.splitlines()]
    relaxed = [f"{name} = {limit.value:g} (default {limit.default:g}), set in {limit.overridden_by}" for name, limit in sorted(judgement.thresholds.items()) if limit.relaxed]
    return lines + [f"relaxed: {text}" for text in relaxed]


def _to_conclude(judgement: Judgement) -> str:
    if judgement.reason == "stimulus-absent":
        return "play a scenario that brings this about: without it nothing is shown"
    return "see `sfchaos explain " + judgement.objective + "` for what it needs"


def _sentence(text: str) -> str:
    """A remedy inside a line: no capital, no full stop."""
    return (text[:1].lower() + text[1:]).rstrip(".") if text[1:2].islower() else text.rstrip(".")


def _unmet(run: RunRecord) -> str:
    unmet = sorted((j for j in run.judgements if j.verdict in ("error", "fail", "inconclusive")), key=lambda j: (_ORDER[j.verdict], j.objective))
    marks = {"error": "!", "fail": "", "inconclusive": "?"}
    return " ".join(j.objective.removeprefix("SFC-") + marks[j.verdict] for j in unmet)


def _remark(run: RunRecord) -> str:
    unfired = [] if run.clean or run.outcome == "not-run" else list(run.unfired)
    parts = [run.remark] if run.remark else []
    if unfired:
        parts.append(f"never fired: {', '.join(unfired)}")
    return f"{run.scenario or 'clean run'}: {'; '.join(parts)}" if parts else ""
