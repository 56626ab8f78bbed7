"""What the org was told to send events about: entities chosen for Change Data Capture, custom channels, PushTopics.

All of it is rows (PlatformEventChannelMember, PlatformEventChannel, PushTopic), read once and again when one of them changes.
Sources: Change Data Capture guide, "Select Objects for Change Notifications"; Tooling API guide, "PlatformEventChannelMember" (D).
An org whose events were not chosen sends none, as a new org of Salesforce's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sfchaos.org.events.avro import change_event_name, change_fields
from sfchaos.org.schema.model import SObject

if TYPE_CHECKING:
    from sfchaos.core.gate import Verb
    from sfchaos.org.events.push_topics import PushTopic
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved

STANDARD_CHANNEL = "ChangeEvents"
SETUP = frozenset({"PlatformEventChannel", "PlatformEventChannelMember", "PushTopic"})
_NEVER = frozenset({"createable", "updateable", "deletable", "queryable", "searchable", "replicateable"})


@dataclass(slots=True)
class Chosen:
    """`captured` are objects by lower-case name with their change event's object; `channels` the members of each channel, as names of
    event objects; `push` active PushTopics by the lower-case name of their object."""

    captured: dict[str, str] = field(default_factory=dict)
    channels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    push: dict[str, tuple[PushTopic, ...]] = field(default_factory=dict)


class Selection:
    """`org.selection`; a follower of the rows it is made of."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._chosen: Chosen | None = None

    @property
    def chosen(self) -> Chosen:
        if self._chosen is None:
            self._chosen = self._read()
        return self._chosen

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name in SETUP

    def saved(self, org: Org, saved: Saved) -> None:
        if saved.sobject.name == "PlatformEventChannelMember" and saved.verb == "create":
            add_change_object(org, str(saved.values.get("SelectedEntity") or ""))
        self.forget()
        org.store.on_undo(self.forget)

    def forget(self) -> None:
        self._chosen = None
        self._org.followers.forget()

    def _read(self) -> Chosen:
        from sfchaos.org.events.push_topics import read_push_topics  # topics stand on queries

        org, chosen = self._org, Chosen()
        if org.schema.find("PlatformEventChannelMember") is not None:
            for channel, entity in org.store.all("SELECT EventChannel, SelectedEntity FROM PlatformEventChannelMember ORDER BY Id"):
                chosen.channels[channel.lower()] = (*chosen.channels.get(channel.lower(), ()), entity)
                base = captured_object(org, entity)
                if base is not None:
                    chosen.captured[base.name.lower()] = change_event_name(base.name)
        if org.schema.find("PushTopic") is not None:
            chosen.push = read_push_topics(org)
        return chosen


def captured_object(org: Org, entity: str) -> SObject | None:
    """The object whose change event `entity` is: `AccountChangeEvent`, `Invoice__ChangeEvent`."""
    return next((o for o in org.schema if not o.event and change_event_name(o.name).lower() == entity.lower()), None)


def add_change_object(org: Org, entity: str) -> None:
    """Let the org have the object of these change events, for describe and rights; it goes when the row that asked for it is undone."""
    base = captured_object(org, entity)
    if base is None or org.schema.find(change_event_name(base.name)) is not None:
        return
    before = org.schema

    def put_back() -> None:
        org.schema = before

    made = change_object(base)
    org.store.create_table(made)
    org.schema = org.schema.with_object(made)
    org.store.on_undo(put_back)


def change_object(base: SObject) -> SObject:
    """`AccountChangeEvent`: rights go with the object itself. Source: Change Data Capture guide, "Change Event Object Names" (D)."""
    never: Mapping[str, Any] = dict.fromkeys(_NEVER, False)
    fields = [replace(f, createable=False, updateable=False, unique=False, external_id=False, id_lookup=False, cascade_delete=False, restricted_delete=False,
                      child_relationship_name="", name_field=False, tracked=False) for f in base.fields if f.name == "Id" or f in change_fields(base)]  # fmt: skip
    name = change_event_name(base.name)
    return SObject(name, f"{base.label} Change Event", f"{base.label} Change Event", "", tuple(fields), base.custom, event="Change", since=base.since,
                   flags={"companionOf": base.name, "layoutable": False, "triggerable": True, "mruEnabled": False, "undeletable": False}, **never)  # fmt: skip


def add_members(org: Org, members: Iterable[tuple[str, str]]) -> None:
    """Rows of PlatformEventChannelMember for (channel, event object), as an org's file chooses them."""
    for channel, entity in members:
        row = {"EventChannel": channel, "SelectedEntity": entity, "DeveloperName": f"{channel}_{entity}"}
        org.dml.write("create", "PlatformEventChannelMember", [row], user_id=org.admin_user_id, as_admin=True)
