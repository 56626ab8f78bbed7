"""A summary in Markdown, for job summaries of CI systems."""

from __future__ import annotations

from pathlib import Path

from sfchaos.evidence.record import EvidenceRecord
from sfchaos.evidence.terminal import summary_lines, verdict_of


def summary_markdown(record: EvidenceRecord, bundle: Path | None = None) -> str:
    """Heading, a table of runs, a table of objectives that were not met, and what the session says nothing about."""
    first, *rest = summary_lines(record, bundle)
    lines = [f"## sfchaos: {record.verdict}", "", _cell(first), "", "| run | scenario | verdict | outcome | requests |", "|---|---|---|---|---|"]
    lines += [f"| {run.id} | {_cell(run.scenario or 'clean run')} | {verdict_of(run)} | {run.outcome} | {run.requests} |" for run in record.reported]
    unmet = [j for j in record.results if j.verdict not in ("pass", "not-applicable")]
    if unmet:
        lines += ["", "| objective | verdict | what was found |", "|---|---|---|", *(f"| {j.objective} | {j.verdict} | {_cell(j.detail or j.reason)} |" for j in unmet)]
    return "\n".join([*lines, "", *(f"- {_cell(line)}" for line in rest), ""])


def _cell(text: str) -> str:
    """Text that ends no table cell and begins no markup."""
    for sign in ("\\", "|", "<", "`", "*", "_", "[", "#"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
