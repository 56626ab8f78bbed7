"""Picklist values of the source: in a field, in a global value set, in a standard value set."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from sfchaos.org.schema.model import SObject
from sfchaos.org.schema.picklists import Entry, with_entries
from sfchaos.org.schema.sfdx.source import Source
from sfchaos.org.schema.sfdx.xml import Node

# Standard value set -> the fields that show it. Source: Metadata API guide, "StandardValueSet Names and Standard Picklist Fields" (D).
STANDARD_SETS: Mapping[str, tuple[str, ...]] = {
    "AccountType": ("Account.Type",), "Industry": ("Account.Industry", "Lead.Industry"), "AccountRating": ("Account.Rating", "Lead.Rating"),
    "AccountOwnership": ("Account.Ownership",), "LeadSource": ("Account.AccountSource", "Contact.LeadSource", "Lead.LeadSource", "Opportunity.LeadSource"),
    "LeadStatus": ("Lead.Status",), "Salutation": ("Contact.Salutation", "Lead.Salutation"), "OpportunityStage": ("Opportunity.StageName",),
    "OpportunityType": ("Opportunity.Type",), "CaseStatus": ("Case.Status",), "CaseOrigin": ("Case.Origin",), "CasePriority": ("Case.Priority",),
    "CaseReason": ("Case.Reason",), "CaseType": ("Case.Type",), "TaskStatus": ("Task.Status",), "TaskPriority": ("Task.Priority",),
    "TaskSubject": ("Task.Subject",), "TaskType": ("Task.Type",), "EventSubject": ("Event.Subject",), "EventType": ("Event.Type",),
    "CampaignStatus": ("Campaign.Status",), "CampaignType": ("Campaign.Type",), "CampaignMemberStatus": ("CampaignMember.Status",),
    "ContractStatus": ("Contract.Status",), "OrderStatus": ("Order.Status",), "OrderType": ("Order.Type",), "AssetStatus": ("Asset.Status",),
    "Product2Family": ("Product2.Family",), "ContactRole": ("OpportunityContactRole.Role", "AccountContactRole.Role"), "QuoteStatus": ("Quote.Status",),
}  # fmt: skip
# What a standard value decides about other fields of its row: derived field -> element
_DECIDES = {"IsClosed": "closed", "IsWon": "won", "Probability": "probability", "ForecastCategoryName": "forecastCategory", "ForecastCategory": "forecastCategory",
            "IsConverted": "converted", "IsHighPriority": "highPriority", "HasResponded": "allowEmail"}  # fmt: skip


def global_sets(source: Source) -> dict[str, list[Entry]]:
    """Values by the set's name."""
    found: dict[str, list[Entry]] = {}
    for file in source.of("globalValueSet"):
        found[file.name] = [_entry(node) for tag in ("customValue", "globalPicklistValues") for node in file.node.all(tag)]
    return found


def entries_of(field: Node, sets: Mapping[str, list[Entry]], source: Source, where: str) -> tuple[list[Entry] | None, str, bool]:
    """(values, controlling field, restricted) of a picklist field; None where the file does not say its values."""
    old, new = field.first("picklist"), field.first("valueSet")
    if old is not None:
        entries = [_entry(node) for node in old.all("picklistValues")]
        fits = {unquote(node.get("fullName")): node.texts("controllingFieldValues") for node in old.all("picklistValues")}
        controller = old.get("controllingField")
        return [_fitting(entry, fits) for entry in entries] if controller else entries, controller, old.flag("restrictedPicklist")
    if new is None:
        return None, "", False
    definition, name = new.first("valueSetDefinition"), new.get("valueSetName")
    if definition is not None:
        entries = [_entry(node) for node in definition.all("value")]
    elif name in sets:
        entries = list(sets[name])
    else:
        source.leave(f"{where}: the global value set {name!r} is not in the source; the field takes any value")
        return None, new.get("controllingField"), False
    controller = new.get("controllingField")
    fits = {node.get("valueName"): node.texts("controllingFieldValue") for node in new.all("valueSettings")}
    return [_fitting(entry, fits) for entry in entries] if controller else entries, controller, new.flag("restricted", bool(name))


def _fitting(entry: Entry, fits: Mapping[str, tuple[str, ...]]) -> Entry:
    return Entry(entry.value, entry.label, entry.active, entry.default, fits.get(entry.value, ()))


def _entry(node: Node) -> Entry:
    value = unquote(node.get("fullName"))
    return Entry(value, node.get("label") or value, node.flag("isActive", True), node.flag("default"))


def with_standard_sets(objects: dict[str, SObject], source: Source) -> None:
    """Put the values of standard value sets into the fields that show them; what a value decides about others follows it."""
    for file in source.of("standardValueSet"):
        places = [place for place in STANDARD_SETS.get(file.name, ()) if _field_at(objects, place)]
        if not places:
            source.leave(f"standard value set {file.name}: no field of this org shows it")
        nodes = list(file.node.all("standardValue"))
        for place in places:
            object_name, _, field_name = place.partition(".")
            objects[object_name.lower()] = _with_values(objects[object_name.lower()], field_name, nodes)


def _field_at(objects: Mapping[str, SObject], place: str) -> bool:
    object_name, _, field_name = place.partition(".")
    sobject = objects.get(object_name.lower())
    return sobject is not None and sobject.find(field_name) is not None


def _with_values(sobject: SObject, field_name: str, nodes: list[Node]) -> SObject:
    from dataclasses import replace

    f = sobject.find(field_name)
    assert f is not None
    sobject = sobject.with_field(with_entries(f, [_entry(node) for node in nodes]))
    for derived in sobject.derived:
        element = _DECIDES.get(derived.name, "")
        if derived.derived_from == f.name and element and any(node.first(element) is not None for node in nodes):
            values = tuple((unquote(node.get("fullName")), _decided(derived.type, node.get(element))) for node in nodes)
            sobject = sobject.with_field(replace(derived, derived_values=values))
    return sobject


def _decided(kind: str, text: str) -> object:
    if kind == "boolean":
        return text.lower() == "true"
    return int(text or 0) if kind in ("percent", "int", "double") else text
