"""Delegated administration groups of an org file (`delegate_groups:`) and of source (`delegateGroups/*.delegateGroup-meta.xml`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sfchaos.org.schema.people import DelegateGroup, UserEntry
from sfchaos.org.schema.places import Place, Places

if TYPE_CHECKING:
    from sfchaos.org.schema.sfdx.source import Source

_LISTS = ("members", "roles", "profiles", "permission_sets", "permission_set_groups", "groups", "custom_objects")
KEYS = ("label", *_LISTS, "login_access")


def read_delegate_groups(value: Any, permission_sets: Iterable[str], users: Iterable[UserEntry], places: Places) -> tuple[DelegateGroup, ...]:
    """`delegate_groups: {Desk: {members: [lead@acme.example], roles: [Agents], profiles: [Agent], permission_sets: [Phone]}}`."""
    known, usernames = list(permission_sets), [user.username for user in users]
    return tuple(_group(name, entry, known, usernames, places) for name, entry in places.table(value, ("delegate_groups",)).items())


def _group(name: str, entry: Any, permission_sets: list[str], usernames: list[str], places: Places) -> DelegateGroup:
    place: Place = ("delegate_groups", name)
    table = places.table(entry, place)
    places.check_keys(table, KEYS, place)
    lists = {key: places.words(table, key, place) for key in _LISTS}
    for member in lists["members"]:
        if member.lower() not in {one.lower() for one in usernames}:
            raise places.unknown((*place, "members"), "user", member, usernames, "define it under `users:`")
    for one in lists["permission_sets"]:
        if one not in permission_sets:
            raise places.unknown((*place, "permission_sets"), "permission set", one, permission_sets, "define it under `permission_sets:`")
    return DelegateGroup(name, places.text(table, "label", place) or name, **lists, login_access=places.flag(table, "login_access", place, False))


def delegate_groups_of(source: Source) -> tuple[DelegateGroup, ...]:
    """Those of a source tree. Their members are users, which no source holds: `rig.org.delegate` adds them.

    Source: Metadata API guide, "DelegateGroup" (elements D).
    """
    return tuple(
        DelegateGroup(
            file.name, file.node.get("label") or file.name, (), file.node.texts("roles"), file.node.texts("profiles"), file.node.texts("permissionSets"),
            file.node.texts("permissionSetGroups"), file.node.texts("groups"), file.node.texts("customObjects"), file.node.flag("loginAccess"),
        )
        for file in source.of("delegateGroup")
    )  # fmt: skip
