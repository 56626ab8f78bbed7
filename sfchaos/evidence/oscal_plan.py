"""export/oscal/assessment-plan.json: the plan that the assessment results import."""

from __future__ import annotations

from typing import Any

from sfchaos.evidence.oscal_common import Names, assessment_assets, metadata, objectives_and_methods, reviewed_controls, target_component
from sfchaos.evidence.record import EvidenceRecord


def assessment_plan(record: EvidenceRecord, *, bundle: str = "run", oscal_version: str = "1.2.1") -> dict[str, Any]:
    """OSCAL assessment plan. The model requires a system security plan; without one it points at a note that says so."""
    names = Names(record, bundle, oscal_version)
    definitions: dict[str, Any] = {"components": [target_component(names)]}
    if record.objectives:
        definitions["objectives-and-methods"] = objectives_and_methods(record)
    return {
        "assessment-plan": {
            "uuid": names.uuid("plan"), "metadata": metadata(names, "sfchaos assessment plan"), "import-ssp": {"href": f"#{names.uuid('no ssp')}"},
            "local-definitions": definitions, "reviewed-controls": reviewed_controls(record),
            "assessment-subjects": [{"type": "component", "include-subjects": [{"subject-uuid": names.uuid("target"), "type": "component"}]}],
            "assessment-assets": assessment_assets(names),
            "back-matter": {"resources": [{"uuid": names.uuid("no ssp"), "title": "No system security plan was supplied to this run"}]},
        }
    }  # fmt: skip
