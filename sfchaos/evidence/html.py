"""report.html: one file that needs nothing else. Rendered from the record alone, so that it can be rendered again and compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sfchaos.core.history import Exchange
from sfchaos.core.judgement import Judgement, Tag, Threshold, text_number
from sfchaos.evidence.document import claim, run_id, waiver_of
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.story import Beat, duration, facts_of, status_of, story_of
from sfchaos.evidence.terminal import verdict_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from sfchaos.controls.catalogue import Objective

MOST_TICKS = 120
STRIP_WIDE = 880
MOST_STORIES = 80
VERDICTS = ("fail", "error", "inconclusive", "pass", "not-applicable")
KINDS = {"T": "tested by a run", "C": "examined by reading", "A": "attested by a person"}


def report_html(record: EvidenceRecord, *, bundle: str = "run") -> str:
    """The whole report. Business keys appear as digests here: clear ones are for terminals only."""
    pages = _environment().get_template("report.html.j2")
    return pages.render(
        record=record, bundle=bundle, run_id=run_id(record), claim=claim(record), results=[_result(record, j) for j in record.results], groups=_groups(record),
        hidden_findings=max(0, len(record.failures) - MOST_STORIES), endings=_endings(record), counts=_counts(record), verdicts=VERDICTS, matrix=_matrix(record), limits=_limits(record),
        runs=[_run(run) for run in record.reported], notes=_notes(record), caveats=record.blocks.get("limits", []), not_run=record.blocks.get("scope", {}).get("not_run", []),
        target=record.blocks.get("target", {}), who=record.blocks.get("who", {}), tool=record.blocks.get("tool", {}), kinds=KINDS,
    )  # fmt: skip


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("sfchaos.evidence"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["short"] = lambda text, size=16: text if len(text) <= size else text[:size] + "…"
    return pages


@dataclass(frozen=True)
class Result:
    judgement: Judgement
    objective: Objective
    waived: str
    families: list[tuple[str, list[Tag]]]


@dataclass(frozen=True)
class FindingView:
    run: RunRecord
    judgement: Judgement
    objective: Objective
    beats: list[Beat]
    facts: list[str]
    strip: Strip | None
    waived: str


@dataclass(frozen=True)
class Tick:
    x: float
    tone: str
    n: int
    title: str
    marked: bool


@dataclass(frozen=True)
class Strip:
    """All exchanges of a run on one line. Distances grow with the logarithm of the time between: waits show, days still fit."""

    ticks: list[Tick]
    wide: int
    first: str
    last: str


def _result(record: EvidenceRecord, judgement: Judgement) -> Result:
    found = _objective(judgement.objective)
    return Result(judgement, found, _waived(record, judgement), _families(found))


def _objective(name: str) -> Objective:
    from sfchaos.controls.catalogue import objective

    return objective(name)


def _waived(record: EvidenceRecord, judgement: Judgement) -> str:
    waiver = waiver_of(judgement, record)
    return waiver.expires if waiver else ""


def _groups(record: EvidenceRecord) -> list[list[FindingView]]:
    """Findings by objective, errors first. Every objective's first story is told, of the others as many as there is room for."""
    bad = sorted(record.failures, key=lambda pair: 0 if pair[1].verdict == "error" else 1)
    pairs: dict[str, list[tuple[RunRecord, Judgement]]] = {}
    for run, judgement in bad:
        pairs.setdefault(judgement.objective, []).append((run, judgement))
    room = max(0, MOST_STORIES - len(pairs))
    groups = []
    for first, *others in pairs.values():
        groups.append([_finding(record, *pair) for pair in (first, *others[:room])])
        room -= len(others[:room])
    return groups


def _endings(record: EvidenceRecord) -> list[dict[str, Any]]:
    """Runs in which no objective failed and whose outcome is none that the scenario allows a sound target."""
    return [{"run": run, "allowed": " or ".join(str(item) for item in run.expected.get("outcome", ("pass",)))}
            for run in record.runs if run.unexpected and not record.failures_of(run)]  # fmt: skip


def _families(objective: Objective) -> list[tuple[str, list[Tag]]]:
    """Tags by framework and edition, as a reader looks for them."""
    found: dict[str, list[Tag]] = {}
    for tag in objective.tags:
        found.setdefault(f"{tag.framework} {tag.edition}", []).append(tag)
    return list(found.items())


def _finding(record: EvidenceRecord, run: RunRecord, judgement: Judgement) -> FindingView:
    beats = story_of(run.history, judgement)
    strip = strip_of(run.history.exchanges, {beat.n for beat in beats})
    return FindingView(run, judgement, _objective(judgement.objective), beats, facts_of(judgement), strip, _waived(record, judgement))


def strip_of(exchanges: Sequence[Exchange], marked: set[int]) -> Strip | None:
    """None for fewer than two exchanges, or when nothing among them stands out. Of a long run the stretch around the marked ones is shown."""
    shown = _stretch(exchanges, marked)
    if len(shown) < 2 or not any(exchange.faults or exchange.n in marked for exchange in shown):
        return None
    steps = [1 + math.log1p(max(0, b.at_ms - a.at_ms) / 100) for a, b in pairwise(shown)]
    scale = (STRIP_WIDE - 24) / sum(steps)
    ticks, x = [], 12.0
    for exchange, step in zip(shown, [*steps, 0.0], strict=True):
        tone = "fault" if exchange.faults else "good" if exchange.succeeded else "bad"
        title = f"{exchange.address}  {status_of(exchange)}  at {duration(exchange.at_ms)}"
        ticks.append(Tick(round(x, 1), tone, exchange.n, title, exchange.n in marked))
        x += step * scale
    return Strip(ticks, STRIP_WIDE, duration(shown[0].at_ms), duration(shown[-1].at_ms))


def _stretch(exchanges: Sequence[Exchange], marked: set[int]) -> Sequence[Exchange]:
    if len(exchanges) <= MOST_TICKS:
        return exchanges
    first = next((index for index, exchange in enumerate(exchanges) if exchange.n in marked), 0)
    start = max(0, min(first - MOST_TICKS // 4, len(exchanges) - MOST_TICKS))
    return exchanges[start : start + MOST_TICKS]


def _counts(record: EvidenceRecord) -> dict[str, int]:
    return {verdict: sum(j.verdict == verdict for j in record.results) for verdict in VERDICTS}


def _matrix(record: EvidenceRecord) -> list[tuple[str, list[str]]]:
    """Objective by run: the verdict, or "" where it was not judged."""
    by_run = [{j.objective: j.verdict for j in run.judgements} for run in record.reported]
    return [(name, [found.get(name, "") for found in by_run]) for name in record.objectives]


def _limits(record: EvidenceRecord) -> list[dict[str, Any]]:
    """Thresholds that some verdict used: those that were relaxed first."""
    used: dict[str, Threshold] = {}
    for run in record.runs:
        for judgement in run.judgements:
            for name, limit in judgement.thresholds.items():
                used.setdefault(name, limit)
    limits = sorted(used.values(), key=lambda limit: (not limit.relaxed, limit.name))
    return [{"limit": limit, "value": text_number(limit.value), "default": text_number(limit.default)} for limit in limits]


def _run(run: RunRecord) -> dict[str, Any]:
    return {"run": run, "verdict": verdict_of(run), "took": duration(run.virtual_ms) if run.virtual_ms else "", "rules": _rules(run)}


def _rules(run: RunRecord) -> str:
    words = [f"{len(run.fired)} fired" if run.fired else "", f"never fired: {', '.join(run.unfired)}" if run.unfired and not run.clean else ""]
    return "; ".join(word for word in words if word)


def _notes(record: EvidenceRecord) -> list[tuple[str, str]]:
    """Footnotes to the references of the source document, each once."""
    found: dict[str, str] = {}
    for name in record.objectives:
        for tag in _objective(name).source_tags:
            found.setdefault(f"{tag.framework} {tag.edition} {tag.id} “{tag.printed_title}” ({tag.document})", f"{tag.assessment}: {tag.note}; here {', '.join(tag.corrected_to)}")
    return list(found.items())
