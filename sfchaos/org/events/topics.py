"""Channel names, and what they stand for: `/event/Order__e`, `/data/AccountChangeEvent`, `/data/Sales__chn`, `/topic/Name`, `/u/Name`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.events.bus import KEPT_LEGACY_S, KEPT_S, Topic

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject


def event_topic(sobject: SObject) -> str:
    """The topic of an event's object: `/event/Order__e`, `/data/AccountChangeEvent`."""
    return f"/data/{sobject.name}" if sobject.event == "Change" else f"/event/{sobject.name}"


def kept_s(sobject: SObject) -> float:
    return KEPT_LEGACY_S if sobject.event == "StandardVolume" else KEPT_S


def topic_of(sobject: SObject) -> Topic:
    name = event_topic(sobject)
    return Topic(name, "change" if sobject.event == "Change" else "event", (name,), sobject.name, kept_s(sobject))


def find_topic(org: Org, name: str, user_id: str) -> Topic | None:
    """The topic of a channel name (without a filter); None for one that is not there, or not for this user's eyes."""
    family, _, rest = name.strip("/").partition("/")
    if family == "event":
        found = access.visible(org, user_id, rest)
        return topic_of(found) if found is not None and found.event not in ("", "Change") else None
    return None
