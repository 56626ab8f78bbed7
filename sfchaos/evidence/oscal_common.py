"""What the two OSCAL documents share: ids, properties, components, objectives.

Ids are UUIDv5 of the session and the thing's name, so that the same evidence gives the same bytes. Properties stand in a
namespace of our own: core names are reserved by the metaschema. No text of any framework is printed, only ids.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import sfchaos
from sfchaos.core.errors import UnknownName
from sfchaos.core.judgement import SourceTag, Tag
from sfchaos.evidence.document import run_id
from sfchaos.evidence.record import EvidenceRecord

NS = "urn:sfchaos:ns:oscal:1"
VERSIONS = ("1.2.1", "1.1.3")
PLAN_FILE, RESULTS_FILE = "assessment-plan.json", "assessment-results.json"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, NS)
_LINE_ENDS = re.compile(r"\s+")

Node = dict[str, Any]


class Names:
    """Ids of one session's documents. `bundle` is the bundle's name, such as `run-0001`."""

    def __init__(self, record: EvidenceRecord, bundle: str, oscal_version: str) -> None:
        if oscal_version not in VERSIONS:
            raise UnknownName("OSCAL version", oscal_version, VERSIONS)
        self.record, self.bundle, self.oscal_version = record, bundle, oscal_version
        self._run_id = run_id(record)

    def uuid(self, thing: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self._run_id}/{thing}"))


def prop(name: str, value: object, class_: str = "") -> Node:
    """A property. Values are one line: the model allows no others."""
    node = {"name": name, "ns": NS, "value": one_line(value)}
    return node | {"class": class_} if class_ else node


def one_line(value: object) -> str:
    return _LINE_ENDS.sub(" ", str(value)).strip() or "-"


def control_prop(tag: Tag) -> Node:
    return prop("control", tag.id, f"{tag.framework}-{tag.edition}")


def source_prop(tag: SourceTag) -> Node:
    """What a document prints: never under the name `control`."""
    return prop("source-tag", tag.id, f"source-{tag.edition}")


def control_id(objective: str) -> str:
    return objective.lower()


def objective_id(objective: str) -> str:
    return f"{objective.lower()}_obj"


def metadata(names: Names, title: str) -> Node:
    who = names.record.blocks.get("who", {})
    party = one_line(who.get("organisation") or who.get("operator") or "operator of the test run")
    return {
        "title": title, "last-modified": names.record.end, "version": names.bundle, "oscal-version": names.oscal_version,
        "roles": [{"id": "assessor", "title": "Operator of the test run"}],
        "parties": [{"uuid": names.uuid("party"), "type": "organization", "name": party}],
        "responsible-parties": [{"role-id": "assessor", "party-uuids": [names.uuid("party")]}],
    }  # fmt: skip


def objectives_and_methods(record: EvidenceRecord) -> list[Node]:
    from sfchaos.controls.catalogue import objective

    return [
        {"control-id": control_id(name),
         "parts": [{"id": objective_id(name), "name": "assessment-objective", "title": objective(name).title, "prose": objective(name).statement}]}
        for name in record.objectives
    ]  # fmt: skip


def reviewed_controls(record: EvidenceRecord) -> Node:
    if not record.objectives:
        return {"control-selections": [{"description": "No objective was judged.", "include-all": {}}]}
    return {
        "control-selections": [{"include-controls": [{"control-id": control_id(name)} for name in record.objectives]}],
        "control-objective-selections": [{"include-objectives": [{"objective-id": objective_id(name)} for name in record.objectives]}],
    }


def target_name(record: EvidenceRecord) -> str:
    return one_line(record.blocks.get("target", {}).get("name") or "integration under test")


def target_component(names: Names) -> Node:
    target = names.record.blocks.get("target", {})
    facts = [("version", target.get("version")), ("git-commit", target.get("commit"))]
    node: Node = {"uuid": names.uuid("target"), "type": "software", "title": target_name(names.record), "description": "Integration under test."}
    props = [prop(name, value) for name, value in facts if value]
    return {**node, **({"props": props} if props else {}), "status": {"state": "operational"}}


def assessment_assets(names: Names) -> Node:
    tool = {"uuid": names.uuid("tool"), "type": "validation", "title": "sfchaos", "description": "Chaos and compliance test harness.",
            "props": [prop("version", sfchaos.__version__)], "status": {"state": "operational"}}  # fmt: skip
    platform = one_line(names.record.blocks.get("tool", {}).get("platform") or "test machine")
    return {"components": [tool],
            "assessment-platforms": [{"uuid": names.uuid("platform"), "title": platform, "uses-components": [{"component-uuid": names.uuid("tool")}]}]}  # fmt: skip
