"""The whole of a source tree as an org: objects first, then rules, rights, apps and custom metadata records.

What stands in the tree and is not played is said in one sentence each (`OrgModel.unread`); nothing is dropped silently.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sfchaos.core.errors import BadFile
from sfchaos.org.schema.companions import change_event_name, with_companions
from sfchaos.org.schema.delegates import delegate_groups_of
from sfchaos.org.schema.formula_check import without_unreadable_formulas
from sfchaos.org.schema.library import VERSION, standard_schema
from sfchaos.org.schema.load import OrgModel, parents_first
from sfchaos.org.schema.model import Schema
from sfchaos.org.schema.people import PermissionSet
from sfchaos.org.schema.sfdx.objects import read_objects
from sfchaos.org.schema.sfdx.records import metadata_rows
from sfchaos.org.schema.sfdx.rights import read_apps, read_groups, read_rights
from sfchaos.org.schema.sfdx.rules import with_duplicate_rules
from sfchaos.org.schema.sfdx.source import Source, collected, is_source_tree
from sfchaos.org.schema.sfdx.values import with_standard_sets
from sfchaos.org.schema.summaries import with_summaries

__all__ = ["is_source_tree", "load_source_tree"]

_READ_KINDS = frozenset({
    "object", "field", "recordType", "validationRule", "globalValueSet", "standardValueSet", "permissionset", "permissionsetgroup", "profile", "connectedApp",
    "md", "duplicateRule", "matchingRule", "delegateGroup", "mutingpermissionset", "platformEventChannel", "platformEventChannelMember",
})  # fmt: skip
_WHY = {
    "cls": "Apex classes are not run", "trigger": "Apex triggers are not run", "flow": "flows are not run", "workflow": "workflow rules are not run",
    "sharingRules": "sharing rules are not applied", "sharingCriteriaRule": "sharing rules are not applied",
    "approvalProcess": "approvals are not run", "assignmentRules": "assignment rules are not run", "escalationRules": "escalation rules are not run",
    "autoResponseRules": "auto-response rules are not run", "settings": "org settings are not read", "role": "the role hierarchy is not read",
    "customPermission": "custom permissions are not read", "namedCredential": "the org calls nobody", "remoteSite": "the org calls nobody",
    "translation": "translations are not read", "objectTranslation": "translations are not read", "restrictionRule": "restriction rules are not applied",
    "queue": "queues are not read", "group": "public groups are not read",
}  # fmt: skip


def load_source_tree(path: Path) -> OrgModel:
    """The org of a folder with SFDX or Metadata API source. Raises BadFile for files that cannot be read."""
    source = collected(path)
    if not any(kind in _READ_KINDS for kind in source.files):
        raise BadFile(path, 0, "no metadata of objects or rights in it", remedy="name the folder that holds objects/ or permissionsets/, or retrieve them")
    base = standard_schema()
    objects = read_objects(source, base)
    with_standard_sets(objects, source)
    with_duplicate_rules(objects, source)
    objects = with_summaries(objects, lambda sobject, f, why: source.leave(f"{sobject.name}.{f.name}: its roll-up is not computed and shows null: {why}"))
    schema = Schema(_name_of(path), VERSION, with_companions(objects))
    schema = without_unreadable_formulas(schema, source.leave)
    sets = read_rights(source, "permissionset", schema)
    sets |= read_groups(source, sets, read_rights(source, "mutingpermissionset", schema))
    profiles = read_rights(source, "profile", schema)
    apps, approved = read_apps(source)
    rows = metadata_rows(source, schema)
    _leave_the_rest(source)
    return OrgModel(
        schema, parents_first(schema, rows), permission_sets=_with_apps(sets, approved), profiles=_with_apps(profiles, approved), connected_apps=apps,
        event_members=_members(source, schema), unread=tuple(source.unread), kind="sfdx", source=str(path), delegate_groups=delegate_groups_of(source),
    )  # fmt: skip


def _name_of(path: Path) -> str:
    """The folder's name as a word, `force-app` by the project around it."""
    folder = path.resolve()
    name = folder.parent.name if folder.name in ("force-app", "src", "main", "default") else folder.name
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in name) or "source"


def _with_apps(sets: dict[str, PermissionSet], approved: dict[str, tuple[str, ...]]) -> dict[str, PermissionSet]:
    return {name: replace(one, apps=approved[name]) if name in approved else one for name, one in sets.items()}


def _members(source: Source, schema: Schema) -> tuple[tuple[str, str], ...]:
    """(channel, event object) of each PlatformEventChannelMember; a channel says nothing that its members do not."""
    found = []
    events = {o.name for o in schema if o.event == ""}
    known = {change_event_name(name).lower() for name in events} | {o.name.lower() for o in schema if o.event}
    for file in source.of("platformEventChannelMember"):
        entity = file.node.get("selectedEntity")
        if entity.lower() in known:
            found.append((file.node.get("eventChannel"), entity))
        else:
            source.leave(f"platformEventChannelMember {file.name}: this org has no {entity}")
    return tuple(found)


def _leave_the_rest(source: Source) -> None:
    for kind, files in sorted(source.files.items()):
        if kind not in _READ_KINDS:
            count = f"{len(files)} file{'s' if len(files) > 1 else ''}"
            source.leave(f"{kind} ({count}): {_WHY.get(kind, 'this kind of metadata is not read')}")
