"""export/oscal/assessment-results.json: judgements as observations, rolled-up verdicts as findings.

A finding's state knows only satisfied and not-satisfied: inconclusive and error are not-satisfied, with the reason.
not-applicable is an observation without a finding. A finding's target is our objective, never a framework's control.
"""

from __future__ import annotations

from typing import Any

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.judgement import Judgement
from sfchaos.evidence.document import claim, waiver_of
from sfchaos.evidence.oscal_common import (
    PLAN_FILE,
    Names,
    Node,
    assessment_assets,
    control_prop,
    metadata,
    objective_id,
    objectives_and_methods,
    one_line,
    prop,
    reviewed_controls,
    source_prop,
    target_component,
    target_name,
)
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.tags import control_tags

_METHODS = {"T": "TEST", "C": "EXAMINE", "A": "INTERVIEW"}
_STATES = {"pass": "satisfied", "fail": "not-satisfied", "error": "not-satisfied", "inconclusive": "not-satisfied"}
_SAID = {"pass": "satisfied in this run", "fail": "not satisfied", "error": "no conclusion, the harness failed", "inconclusive": "no conclusion"}


def assessment_results(record: EvidenceRecord, *, bundle: str = "run", oscal_version: str = "1.2.1") -> dict[str, Any]:
    """OSCAL assessment results of one session, valid against 1.1.3 and 1.2.1."""
    names = Names(record, bundle, oscal_version)
    tree: Node = {"uuid": names.uuid("results"), "metadata": metadata(names, f"sfchaos assessment results, {bundle}"), "import-ap": {"href": f"./{PLAN_FILE}"}}
    if record.objectives:
        tree["local-definitions"] = {"objectives-and-methods": objectives_and_methods(record)}
    tree["results"] = [_result(names)]
    tree["back-matter"] = {"resources": [_journal_resource(names)]}
    return {"assessment-results": tree}


def _result(names: Names) -> Node:
    record = names.record
    scope = record.blocks.get("scope", {})
    node: Node = {
        "uuid": names.uuid("result"), "title": names.bundle, "description": claim(record), "start": record.start, "end": record.end,
        "props": [prop("mode", record.mode), prop("org", scope.get("environment") or "mock"), prop("effectiveness-claim", "design-and-point-in-time")],
        "local-definitions": {"components": [target_component(names)], "assessment-assets": assessment_assets(names)},
        "reviewed-controls": reviewed_controls(record),
    }  # fmt: skip
    observations = [_observation(names, run, j) for run in record.reported for j in run.judgements] + [_not_run(names, j) for j in _unjudged(record)]
    findings = [_finding(names, j) for j in record.results if j.verdict != "not-applicable"]
    if observations:
        node["observations"] = observations
    if findings:
        node["findings"] = findings
    return node


def _unjudged(record: EvidenceRecord) -> list[Judgement]:
    judged = {j.objective for run in record.runs for j in run.judgements}
    return [j for j in record.results if j.objective not in judged]


def _observation(names: Names, run: RunRecord, judgement: Judgement) -> Node:
    from sfchaos.controls.catalogue import objective

    found = objective(judgement.objective)
    where = run.scenario or "clean twin"
    facts = [prop("verdict", judgement.verdict), prop("reason", judgement.reason), prop("scenario", where), prop("run", run.id), prop("seed", run.seed),
             prop("outcome", run.outcome), prop("mode", names.record.mode), prop("stimuli", judgement.stimuli, "sampling"),
             prop("checked", judgement.checked, "sampling"), prop("exceptions", judgement.exceptions_total, "sampling")]  # fmt: skip
    if judgement.verdict == "inconclusive":
        facts.insert(2, prop("inconclusive-reason", judgement.reason))
    return {
        "uuid": names.uuid(f"observation/{run.id}/{judgement.objective}"), "title": one_line(f"{found.title} in {where}"),
        "description": judgement.detail.strip() or judgement.reason, "props": facts, "methods": [_METHODS[found.kind]], "types": ["control-objective"],
        "origins": [_origin(names)], "subjects": [_subject(names)],
        "relevant-evidence": [{"href": f"#{names.uuid('journal')}", "description": _entries(run, judgement)}], "collected": names.record.end,
    }  # fmt: skip


def _not_run(names: Names, judgement: Judgement) -> Node:
    return {
        "uuid": names.uuid(f"observation/not-run/{judgement.objective}"), "title": f"{judgement.objective} was not run",
        "description": judgement.detail.strip() or judgement.reason, "methods": ["TEST"], "types": ["control-objective"], "origins": [_origin(names)],
        "props": [prop("verdict", judgement.verdict), prop("inconclusive-reason", judgement.reason), prop("mode", names.record.mode)],
        "collected": names.record.end,
    }  # fmt: skip


def _origin(names: Names) -> Node:
    return {"actors": [{"type": "tool", "actor-uuid": names.uuid("tool")}]}


def _subject(names: Names) -> Node:
    return {"subject-uuid": names.uuid("target"), "type": "component", "title": target_name(names.record)}


def _entries(run: RunRecord, judgement: Judgement) -> str:
    numbers = sorted({n for item in judgement.exceptions for n in (*item.story, *((item.journal,) if item.journal else ()))})
    shown = ", ".join(str(n) for n in numbers[:20])
    return f"Redacted journal, run {run.id}" + (f"; entries {shown} show the exceptions." if numbers else ".")


def _finding(names: Names, judgement: Judgement) -> Node:
    from sfchaos.controls.catalogue import objective

    found = objective(judgement.objective)
    props = [*(control_prop(tag) for tag in control_tags(judgement.objective)), *(source_prop(tag) for tag in found.source_tags)]
    waiver = waiver_of(judgement, names.record)
    if waiver is not None:
        props.append(prop("waived-until", waiver.expires))
    seen = [f"observation/{run.id}/{j.objective}" for run in names.record.runs for j in run.judgements if j.objective == judgement.objective]
    return {
        "uuid": names.uuid(f"finding/{judgement.objective}"), "title": f"{judgement.objective} {found.title}: {_SAID[judgement.verdict]}",
        "description": judgement.detail.strip() or judgement.reason, **({"props": props} if props else {}),
        "target": {"type": "objective-id", "target-id": objective_id(judgement.objective),
                   "status": {"state": _STATES[judgement.verdict], "reason": judgement.verdict}},
        "related-observations": [{"observation-uuid": names.uuid(name)} for name in seen or [f"observation/not-run/{judgement.objective}"]],
    }  # fmt: skip


def _journal_resource(names: Names) -> Node:
    return {
        "uuid": names.uuid("journal"), "title": f"Journal of {names.bundle}",
        "rlinks": [{"href": "../../journal.jsonl", "media-type": "application/jsonl",
                    "hashes": [{"algorithm": "SHA-256", "value": sha256_hex(names.record.journal)}]}],
    }  # fmt: skip
