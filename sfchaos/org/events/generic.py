"""Generic streaming: a channel is a row of StreamingChannel, an event any text. Source: Streaming API guide, "Generic Events" (D)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.events.bus import KEPT_LEGACY_S, Topic
from sfchaos.org.events.values import moment
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.rows.values import stored_instant

if TYPE_CHECKING:
    from sfchaos.org.org import Org

LONGEST_PAYLOAD = 3000  # characters (D)
MOST_EVENTS = 100  # in one push (D)
TO_ALL = -1  # fanoutCount of an event that is not for named users (D)


def generic_topic(org: Org, name: str, user_id: str) -> Topic | None:
    """`/u/Name`, a row of StreamingChannel that the user may read."""
    sobject = access.visible(org, user_id, "StreamingChannel")
    found = org.store.one("SELECT Id FROM StreamingChannel WHERE Name = ?", (name,)) if sobject is not None else None
    if sobject is None or found is None or not access.may_row(org, user_id, sobject, found[0]):
        return None
    return Topic(name, "generic", (name,), "", KEPT_LEGACY_S, found[0])


def push(org: Org, channel_id: str, body: Mapping[str, Any], user_id: str) -> list[dict[str, Any]]:
    """Publish the events of a push; what the reply says of each. Codes and texts of refusals are guesses."""
    found = org.store.one("SELECT Name FROM StreamingChannel WHERE Id = ?", (to_18(channel_id),)) if is_id(channel_id) else None
    if found is None:
        raise no_such_resource()
    events = body.get("pushEvents")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise refuse("JSON_PARSER_ERROR", "The field 'pushEvents' must be a list of events")
    if len(events) > MOST_EVENTS:
        raise refuse("LIMIT_EXCEEDED", f"At most {MOST_EVENTS} events can be pushed in one request")
    return [_push(org, found[0], event, user_id) for event in events]


def _push(org: Org, topic: str, event: Mapping[str, Any], user_id: str) -> dict[str, Any]:
    payload, users = str(event.get("payload") or ""), [str(user) for user in event.get("userIds") or ()]
    if len(payload) > LONGEST_PAYLOAD:
        raise refuse("STRING_TOO_LONG", f"The payload is longer than {LONGEST_PAYLOAD} characters", "payload")
    stored = {"createdDate": moment(stored_instant(int(org.now_s()))), "payload": payload, "userIds": users}
    org.events.publish(topic, stored, user_id=user_id, kept_s=KEPT_LEGACY_S)
    if not users:
        return {"fanoutCount": TO_ALL, "userOnlineStatus": {}}
    online = {client.user_id for client in org.registers.streams.values() if any(s.topic.name == topic for s in client.subscriptions)}
    here = {user: to_18(user) in online for user in users}
    return {"fanoutCount": sum(here.values()), "userOnlineStatus": here}
