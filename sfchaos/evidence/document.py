"""evidence.json and plan.json as trees: JSON-ready, no floats (they are written as text), keys as the format names them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sfchaos
from sfchaos.core.declaration import Declaration, Waiver
from sfchaos.core.judgement import Judgement, Threshold
from sfchaos.evidence.record import EvidenceRecord, RunRecord

SCHEMA = "sfchaos.evidence/1"
PLAN_SCHEMA = "sfchaos.plan/1"
BLOCKS = ("who", "when", "tool", "target", "configuration", "scope", "population", "self_check", "attestations", "limits")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:sfchaos:ns:evidence:1")


def document(record: EvidenceRecord) -> dict[str, Any]:
    """The tree of evidence.json, without what only a written bundle has (its number in the series, its files)."""
    blocks = {name: plain(record.blocks[name]) for name in BLOCKS if name in record.blocks}
    return {
        "schema": SCHEMA, "written_by": f"sfchaos {sfchaos.__version__}", "run_id": run_id(record), "mode": record.mode, "seed": record.seed,
        "start": record.start, "end": record.end, "verdict": record.verdict, "exit_code": record.exit_code, "harness_error": record.harness_error,
        "journal_head": record.journal_head, "claim": claim(record), **blocks,
        "results": [result_row(judgement, record) for judgement in record.results], "runs": [plain(run.as_dict()) for run in record.runs],
    }  # fmt: skip


def run_id(record: EvidenceRecord) -> str:
    """A UUIDv5 of start, seed and journal head: the same session always has the same one."""
    return str(uuid.uuid5(_NAMESPACE, f"{record.mode} {record.start} {record.end} {record.seed} {record.journal_head}"))


def result_row(judgement: Judgement, record: EvidenceRecord) -> dict[str, Any]:
    """One row of `results`: the judgement rolled up, its tags, the source document's own references apart, and a waiver if one holds."""
    from sfchaos.controls.catalogue import objective

    found = objective(judgement.objective)
    row = judgement.as_dict() | {"title": found.title, "kind": found.kind, "tags": [tag.as_dict() for tag in found.tags],
                                 "source_tags": [tag.as_dict() for tag in found.source_tags]}  # fmt: skip
    waiver = waiver_of(judgement, record)
    if waiver is not None:
        row["waiver"] = {"reason": waiver.reason, "approver": waiver.approver, "ticket": waiver.ticket, "expires": waiver.expires}
    return row


def waiver_of(judgement: Judgement, record: EvidenceRecord) -> Waiver | None:
    """The waiver that covers a failure at the session's end; an expired one is ignored. The verdict stays what it is."""
    if judgement.verdict != "fail":
        return None
    day = record.end[:10]
    return next((w for w in declaration_of(record).waivers if w.objective == judgement.objective and w.expires >= day), None)


def claim(record: EvidenceRecord) -> str:
    """What the session shows and what it does not, from its own figures."""
    environment = str(record.blocks.get("scope", {}).get("environment", "mock"))
    org = "a mock org" if environment == "mock" else f"an org of the kind {environment}"
    faulted = [run for run in record.runs if not run.clean and run.outcome != "not-run"]
    played = f"{count(len(faulted), 'run')} under faults and {count(sum(run.clean for run in record.runs), 'clean run')}"
    return (f"{played}, judged against {count(len(record.objectives), 'objective')}: this shows that the controls as built behave as recorded, at a point in time, "
            f"against {org}. It is evidence of design and of one operation of automated controls; it is not by itself operating effectiveness over a period, "
            "and it says nothing about faults, objectives and systems that are not listed here.")  # fmt: skip


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def plan(record: EvidenceRecord) -> dict[str, Any]:
    """The tree of plan.json: what was declared, which limits applied, which schedules were to be played."""
    return {
        "schema": PLAN_SCHEMA, "mode": record.mode, "seed": record.seed, "objectives": list(record.objectives),
        "declaration": declaration_of(record).as_dict(), "thresholds": thresholds_tree(thresholds_of(record)),
        "scenarios": [_planned(run) for run in record.runs if not run.clean],
        "not_run": plain(record.blocks.get("scope", {}).get("not_run", [])), "exceptions": _own_terms(record),
    }  # fmt: skip


def _planned(run: RunRecord) -> dict[str, Any]:
    return {"run": run.id, "scenario": run.scenario, "title": run.title, "seed": run.seed, "schedule": plain(run.schedule), "expected": plain(run.expected)}


def _own_terms(record: EvidenceRecord) -> dict[str, Any]:
    """Runs that were judged by another declaration or other limits than the first one."""
    declared, limits = declaration_of(record), thresholds_of(record)
    found: dict[str, Any] = {}
    for run in record.runs:
        own: dict[str, Any] = {}
        if run.history.declaration != declared:
            own["declaration"] = run.history.declaration.as_dict()
        if run.history.thresholds != limits:
            own["thresholds"] = thresholds_tree(run.history.thresholds)
        if own:
            found[run.id] = own
    return found


def declaration_of(record: EvidenceRecord) -> Declaration:
    return record.runs[0].history.declaration if record.runs else Declaration()


def thresholds_of(record: EvidenceRecord) -> Mapping[str, Threshold]:
    return record.runs[0].history.thresholds if record.runs else {}


def thresholds_tree(limits: Mapping[str, Threshold]) -> dict[str, Any]:
    """Every limit with its source. Fractions as exact text: verdicts are judged again by them."""
    return {name: limit.as_dict() | {"value": _exact(limit.value), "default": _exact(limit.default)} for name, limit in sorted(limits.items())}


def thresholds_from(tree: Mapping[str, Any]) -> dict[str, Threshold]:
    """The reverse of `thresholds_tree`. Raises ValueError, KeyError or TypeError for what it did not write."""
    return {name: Threshold(name, _number(item["value"]), _number(item["default"]), str(item["source"]), str(item["unit"]), str(item["overridden_by"]),
                            bool(item["relaxed"])) for name, item in tree.items()}  # fmt: skip


def _exact(value: int | float) -> int | str:
    return repr(value) if isinstance(value, float) else value


def _number(value: int | str) -> int | float:
    return float(value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """A value as JSON takes it: mappings as objects, sequences as lists, fractions as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, str | int) or value is None:
        return value
    return [plain(item) for item in value] if isinstance(value, Iterable) else str(value)
