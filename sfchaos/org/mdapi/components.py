"""The types of metadata that this org holds: how one is applied, read, named and removed.

What is said here of a type is all that the calls, deployments and retrievals know of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from sfchaos.core.errors import BadFile, UsageError, did_you_mean
from sfchaos.org.mdapi import connected_apps, object_trees, objects, right_trees, rights
from sfchaos.org.mdapi.objects import Applied
from sfchaos.org.mdapi.parts import Component, Kept, Outcome, Problem, Tree, in_order, tree_of
from sfchaos.org.refusals import Refused
from sfchaos.org.rows.values import seconds_of
from sfchaos.org.schema.sfdx.xml import Node
from sfchaos.org.setup_ids import named_id

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject


@dataclass(frozen=True)
class Kind:
    """`folder` and `suffix` of its files; "" for what stands inside an object's file, where `tag` is its element. `extras` are elements
    that change nothing here and are given back as they came."""

    name: str
    apply: Callable[[Org, Component, str], Applied]
    tree: Callable[[Org, str], Tree | None]
    names: Callable[[Org], list[str]]
    remove: Callable[[Org, str, str], None]
    folder: str = ""
    suffix: str = ""
    tag: str = ""
    extras: tuple[str, ...] = ()


def _object_names(org: Org) -> list[str]:
    return sorted(o.name for o in org.schema if not o.flags.get("companionOf") and (o.custom or o.flags.get("layoutable", True)))


def _part_names(kind: str) -> Callable[[Org], list[str]]:
    return lambda org: sorted(f"{o.name}.{part}" for o in org.schema if not o.flags.get("companionOf") for part in _parts_of(o, kind))


def _parts_of(sobject: SObject, kind: str) -> list[str]:
    if kind == "CustomField":
        return [f.name for f in object_trees.own_fields(sobject)]
    if kind == "RecordType":
        return [one.developer_name for one in sobject.record_types]
    return [one.name for one in sobject.validation_rules]


def _part(kind: str, tag: str, apply: Callable[[Org, Component], Applied], remove: Callable[[Org, str], None], *extras: str) -> Kind:
    return Kind(kind, lambda org, c, _user: apply(org, c), lambda org, name: object_trees.part_tree(org, kind, name), _part_names(kind),
                lambda org, name, _user: remove(org, name), tag=tag, extras=extras)  # fmt: skip


# In the order in which a deployment takes them
KINDS: dict[str, Kind] = {kind.name: kind for kind in (
    Kind("CustomObject", lambda org, c, _user: objects.apply_object(org, c), object_trees.object_tree, _object_names,
         lambda org, name, _user: objects.remove_object(org, name), "objects", "object",
         extras=("description", "enableActivities", "enableBulkApi", "enableFeeds", "enableReports", "enableSearch", "enableSharing", "enableStreamingApi")),
    _part("CustomField", "fields", objects.apply_field, objects.remove_field, "description", "relationshipLabel", "trackFeedHistory", "trackTrending"),
    _part("RecordType", "recordTypes", objects.apply_record_type, objects.remove_record_type),
    _part("ValidationRule", "validationRules", objects.apply_validation_rule, objects.remove_validation_rule, "description"),
    Kind("PermissionSet", rights.apply_permission_set, right_trees.permission_set_tree, right_trees.permission_set_names, rights.remove_permission_set,
         "permissionsets", "permissionset", extras=("license",)),
    Kind("PermissionSetGroup", rights.apply_group, right_trees.group_tree, right_trees.group_names, rights.remove_group, "permissionsetgroups", "permissionsetgroup"),
    Kind("Profile", rights.apply_profile, right_trees.profile_tree, right_trees.profile_names, rights.remove_profile, "profiles", "profile"),
    Kind("ConnectedApp", connected_apps.apply_app, connected_apps.app_tree, connected_apps.app_names, connected_apps.remove_app, "connectedApps", "connectedApp",
         extras=("contactEmail", "contactPhone", "description", "iconUrl", "infoUrl", "logoUrl", "startUrl", "mobileStartUrl")),
)}  # fmt: skip
PARTS = tuple(kind for kind in KINDS.values() if kind.tag)


def kind_named(name: str) -> Kind:
    """Raises Problem for a type that this org does not hold. Text as orgs say it of a type that they lack (K)."""
    found = KINDS.get(name)
    if found is None:
        raise Problem(f"Cannot use: {name} in this organization{did_you_mean(name, KINDS)}", code="INVALID_TYPE")
    return found


def file_name(kind: Kind, name: str) -> str:
    """Path in a package; parts stand in their object's file."""
    if kind.tag:
        return f"objects/{name.partition('.')[0]}.object"
    return f"{kind.folder}/{quote(name, safe=' -_.()')}.{kind.suffix}"


# ---------------------------------------------------------------------- one component


def deploy(org: Org, component: Component, user_id: str) -> Outcome:
    """Apply one component in a unit of its own. Never raises: what is wrong with it is in the outcome."""
    made = Outcome(component.type, component.name, component.file)
    try:
        with org.store.unit():
            kind = KINDS.get(component.type)
            if kind is None:
                raise Problem("Not available for deploy for this organization", component.node.line)
            was_there = is_there(org, kind, component.name)
            _, warnings = kind.apply(org, component, user_id)
            _keep(org, kind, component, user_id, is_new=not was_there)
            return replace(made, created=not was_there, problem="; ".join(warnings), id=id_of(org, kind, component.name))
    except Problem as problem:
        return replace(made, ok=False, problem=problem.message, line=problem.line, code=problem.code)
    except BadFile as error:
        return replace(made, ok=False, problem=error.what, line=error.line)
    except (UsageError, Refused) as error:
        return replace(made, ok=False, problem=str(error).partition("\n")[0])


def remove(org: Org, kind: Kind, name: str, user_id: str) -> None:
    """Raises Problem."""
    with org.store.unit():
        kind.remove(org, name, user_id)
        org.store.on_undo(org.registers.as_now("mdapi"))
        org.registers.mdapi.pop(_key(kind, name), None)


def is_there(org: Org, kind: Kind, name: str) -> bool:
    return unquote(name).lower() in {unquote(one).lower() for one in kind.names(org)}


def read(org: Org, kind: Kind, name: str) -> Tree | None:
    """What the org holds of a component, None for nothing; with the elements that it came with and that change nothing."""
    tree = kind.tree(org, unquote(name))
    if tree is None:
        return None
    kept = org.registers.mdapi.get(_key(kind, name))
    extras = kept.extras if isinstance(kept, Kept) else ()
    said = {tag for tag, _ in extras}
    whole = in_order([*(pair for pair in tree if pair[0] not in said), *extras])
    return _with_parts(org, name, whole) if kind.name == "CustomObject" else whole


def _with_parts(org: Org, name: str, tree: Tree) -> Tree:
    """The fields and rules of an object with the elements that they came with."""
    return tuple((tag, _part_with_extras(org, name, tag, value)) for tag, value in tree)


def _part_with_extras(org: Org, sobject: str, tag: str, value: object) -> object:
    kind = next((one for one in PARTS if one.tag == tag), None)
    if kind is None or not isinstance(value, tuple):
        return value
    kept = org.registers.mdapi.get(_key(kind, f"{sobject}.{dict(value)['fullName']}"))
    extras = kept.extras if isinstance(kept, Kept) else ()
    return value if not extras else (value[0], *in_order([*value[1:], *extras]))


# ---------------------------------------------------------------------- what is remembered


def _key(kind: Kind, name: str) -> str:
    return f"{kind.name} {unquote(name).lower()}"


def _keep(org: Org, kind: Kind, component: Component, user_id: str, *, is_new: bool) -> None:
    known, now_s = org.registers.mdapi.get(_key(kind, component.name)), org.now_s()
    extras = in_order(pair for pair in tree_of(component.node) if pair[0] in kind.extras)
    org.store.on_undo(org.registers.as_now("mdapi"))
    if isinstance(known, Kept) and not is_new:
        kept = replace(known, changed_s=now_s, changed_by=user_id, extras=extras)
    else:
        made_s, made_by = (now_s, user_id) if is_new else born(org)
        kept = Kept(made_s, made_by, now_s, user_id, extras)
    org.registers.mdapi[_key(kind, component.name)] = kept


def born(org: Org) -> tuple[float, str]:
    """When the org was made, and by whom."""
    found = org.store.one('SELECT "CreatedDate" FROM "Organization" LIMIT 1')
    return (seconds_of(str(found[0])) if found and found[0] else 0.0), org.admin_user_id


def kept_of(org: Org, kind: Kind, name: str) -> Kept:
    found = org.registers.mdapi.get(_key(kind, name))
    return found if isinstance(found, Kept) else Kept(*born(org), *born(org))


_ROWS = {"PermissionSet": ("PermissionSet", "Name"), "Profile": ("Profile", "Name"), "PermissionSetGroup": ("PermissionSetGroup", "DeveloperName")}
_PREFIXES = {"CustomObject": "01I", "CustomField": "00N", "ValidationRule": "03d"}


def id_of(org: Org, kind: Kind, name: str) -> str:
    """The id of its row where it has one; of objects and their parts the id that the Tooling API shows too. A standard object's is its name."""
    own = unquote(name)
    if kind.name in _ROWS:
        table, column = _ROWS[kind.name]
        own = right_trees.profile_name(own) if kind.name == "Profile" else own
        found = org.store.one(f'SELECT "Id" FROM "{table}" WHERE "{column}" = ?', (own,))
        return str(found[0]) if found else ""
    if kind.name == "ConnectedApp":
        return next((org.apps.row_id(app) for app in org.apps.all() if app.name == own), "")
    if kind.name == "RecordType":
        found = org.store.one('SELECT "Id" FROM "RecordType" WHERE "SobjectType" = ? AND "DeveloperName" = ?', tuple(own.split(".", 1)))
        return str(found[0]) if found else ""
    sobject = org.schema.find(own)
    return own if kind.name == "CustomObject" and sobject is not None and not sobject.custom else named_id(_PREFIXES[kind.name], own)


# ---------------------------------------------------------------------- an object's file


def taken_apart(component: Component) -> list[Component]:
    """An object and what stands in its file, each as a component of its own."""
    if component.type != "CustomObject":
        return [component]
    inside = [
        Component(kind.name, f"{component.name}.{part.get('fullName')}", part, component.file) for kind in PARTS for part in component.node.all(kind.tag)
    ]
    rest = Node(component.node.tag, Path(component.file or "CustomObject"), component.node.line, component.node.text,
                [child for child in component.node.children if child.tag not in {kind.tag for kind in PARTS}])  # fmt: skip
    return [Component(component.type, component.name, rest, component.file), *inside]
