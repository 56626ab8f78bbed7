"""Channel names, and what they stand for: `/event/Order__e`, `/data/AccountChangeEvent`, `/data/Sales__chn`, `/topic/Name`, `/u/Name`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.events.bus import KEPT_LEGACY_S, KEPT_S, Topic
from sfchaos.org.events.generic import generic_topic
from sfchaos.org.events.push_topics import push_topic
from sfchaos.org.events.selection import STANDARD_CHANNEL, captured_object
from sfchaos.org.schema.model import SObject

if TYPE_CHECKING:
    from sfchaos.org.org import Org


def event_topic(sobject: SObject) -> str:
    """The topic of an event's object: `/event/Order__e`, `/data/AccountChangeEvent`."""
    return f"/data/{sobject.name}" if sobject.event == "Change" else f"/event/{sobject.name}"


def kept_s(sobject: SObject) -> float:
    """Seconds that events of the object are kept (wire reference 11)."""
    return KEPT_LEGACY_S if sobject.event == "StandardVolume" else KEPT_S


def find_topic(org: Org, name: str, user_id: str) -> Topic | None:
    """The topic of a channel name (without a filter); None for one that is not there, or not for this user's eyes.

    Change events take View All on their object, the channel of all of them View All Data (Change Data Capture guide, "Required
    Permissions", D); platform events take Read on theirs, PushTopics Read on PushTopic and on the object of the query.
    """
    family, _, rest = name.strip("/").partition("/")
    if not name.startswith("/") or not rest:
        return None
    if family == "event":
        return _channel(org, name, rest, user_id) if rest.lower().endswith("__chn") else _event(org, rest, user_id)
    if family == "data":
        if rest.lower() == STANDARD_CHANNEL.lower() or rest.lower().endswith("__chn"):
            return _channel(org, name, rest, user_id)
        return _change(org, rest, user_id)
    if family == "topic" and access.visible(org, user_id, "PushTopic") is not None:
        topic = push_topic(org, rest)
        return topic if topic is not None and access.visible(org, user_id, topic.sobject) is not None else None
    return generic_topic(org, name, user_id) if family == "u" else None


def _event(org: Org, name: str, user_id: str) -> Topic | None:
    found = access.visible(org, user_id, name)
    if found is None or found.event in ("", "Change"):
        return None
    return Topic(f"/event/{found.name}", "event", (f"/event/{found.name}",), found.name, kept_s(found))


def _change(org: Org, name: str, user_id: str) -> Topic | None:
    base = captured_object(org, name)
    found = org.schema.find(name)
    if base is None or found is None or not access.may(org, user_id, base, "view_all"):
        return None
    return Topic(f"/data/{found.name}", "change", (f"/data/{found.name}",), found.name)


def _channel(org: Org, name: str, channel: str, user_id: str) -> Topic | None:
    """All of ChangeEvents, or of a custom channel: its members are event objects that the user may receive, or there is none."""
    entities = org.selection.chosen.channels.get(channel.lower(), ())
    is_standard = channel.lower() == STANDARD_CHANNEL.lower()
    if is_standard and not access.has_system(org, user_id, "ViewAllData"):
        return None
    topics = [_change(org, entity, user_id) or _event(org, entity, user_id) for entity in entities]
    if not is_standard and (not topics or None in topics):
        return None
    members = tuple(topic.name for topic in topics if topic is not None)
    return Topic(f"/data/{STANDARD_CHANNEL}" if is_standard else name, "channel", members)
