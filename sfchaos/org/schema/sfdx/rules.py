"""Record types, validation rules and duplicate rules of the source."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from sfchaos.org.schema.metadata import DuplicateRule, RecordType, ValidationRule
from sfchaos.org.schema.model import SObject
from sfchaos.org.schema.sfdx.source import Source
from sfchaos.org.schema.sfdx.xml import Node


def record_type_of(name: str, node: Node, sobject: SObject, source: Source) -> RecordType:
    offered = []
    for part in node.all("picklistValues"):
        f = sobject.find(part.get("picklist"))
        if f is None:
            source.leave(f"{sobject.name}: record type {name} offers values of {part.get('picklist')}, a field that this org lacks")
            continue
        offered.append((f.name, tuple(unquote(value.get("fullName")) for value in part.all("values"))))
    return RecordType(name, node.get("label") or name.replace("_", " "), node.get("description"), node.flag("active", True), False, tuple(offered))


def validation_rule_of(name: str, node: Node, sobject: SObject, source: Source) -> ValidationRule | None:
    formula, message = node.get("errorConditionFormula"), node.get("errorMessage")
    if not formula:
        source.leave(f"{sobject.name}: validation rule {name} has no formula")
        return None
    f = sobject.find(node.get("errorDisplayField"))
    return ValidationRule(name, formula, message or "Validation error", f.name if f else "", node.flag("active", True))


def with_duplicate_rules(objects: dict[str, SObject], source: Source) -> None:
    """Duplicate rules with the fields of their matching rules. Only exact matching is played."""
    matching = _matching_rules(source)
    for file in source.of("duplicateRule"):
        object_name, _, name = file.name.partition(".")
        sobject = objects.get(object_name.lower())
        if sobject is None:
            source.leave(f"duplicate rule {file.name}: this org has no {object_name}")
            continue
        rule = _duplicate_rule(name, file.node, sobject, matching, source)
        if rule is not None:
            objects[object_name.lower()] = replace(sobject, duplicate_rules=(*sobject.duplicate_rules, rule))


def _matching_rules(source: Source) -> dict[str, Node]:
    """By `Object.Name`."""
    found: dict[str, Node] = {}
    for file in source.of("matchingRule"):
        nodes = list(file.node.all("matchingRules")) or [file.node]
        for node in nodes:
            found[f"{file.name.partition('.')[0]}.{node.get('fullName') or file.name.partition('.')[2]}".lower()] = node
    return found


def _duplicate_rule(name: str, node: Node, sobject: SObject, matching: dict[str, Node], source: Source) -> DuplicateRule | None:
    where = f"duplicate rule {sobject.name}.{name}"
    matches = [part.get("matchingRule") for part in node.all("duplicateRuleMatchRules")]
    fields: list[str] = []
    if len(matches) > 1:
        source.leave(f"{where}: of its {len(matches)} matching rules only the first is played")
    for match in matches[:1]:
        rule = matching.get(f"{sobject.name}.{match}".lower())
        if rule is None:
            source.leave(f"{where}: its matching rule {match} is not in the source (standard ones match by likeness, which is not played)")
            return None
        if rule.get("booleanFilter"):
            source.leave(f"{where}: the filter logic {rule.get('booleanFilter')!r} of {match} is not played; all of its fields must agree")
        for item in rule.all("matchingRuleItems"):
            f = sobject.find(item.get("fieldName"))
            if f is None or item.get("matchingMethod", "Exact") != "Exact":
                source.leave(f"{where}: {item.get('fieldName')} matches by {item.get('matchingMethod')}, which is not played; the field is taken exactly" if f is not None
                             else f"{where}: this org lacks {item.get('fieldName')}")  # fmt: skip
            if f is not None:
                fields.append(f.name)
    if not fields:
        source.leave(f"{where}: it names no field to compare")
        return None
    alerts = node.texts("operationsOnInsert"), node.texts("operationsOnUpdate")
    on_create, on_update = (_action(node.get(tag), operations) for tag, operations in (("actionOnInsert", alerts[0]), ("actionOnUpdate", alerts[1])))
    return DuplicateRule(name, tuple(fields), node.get("masterLabel") or name.replace("_", " "), on_create, on_update,
                         node.get("alertText") or "Use one of these records?", node.flag("isActive", True))  # fmt: skip


def _action(action: str, operations: tuple[str, ...]) -> str:
    """Allow with neither alert nor report is as good as not asked."""
    if action == "Block":
        return "block"
    return "allow" if action == "Allow" and operations else ""
