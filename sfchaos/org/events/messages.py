"""What one streaming client gets to see of one event: its shape by kind of topic, without what the user may not read.

Shapes: wire reference 11 (D, R). Change events reach everybody who may see all rows of their object, whoever owns the row; fields
follow field-level security; PushTopics follow sharing too. Sources: Change Data Capture guide, "Required Permissions"; Platform
Events guide; Streaming API guide, "Security and the Streaming API" (D).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.ids import to_18
from sfchaos.org.schema.compounds import compound_parts

if TYPE_CHECKING:
    from sfchaos.org.events.bus import StoredEvent
    from sfchaos.org.events.clients import StreamClient, Subscription
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

UUID_SINCE = 52.0  # API version whose messages carry EventUuid (D)
HEADER = "ChangeEventHeader"


def message_for(org: Org, client: StreamClient, subscription: Subscription, event: StoredEvent) -> dict[str, Any] | None:
    """The Bayeux message; None for an event that is not for this user, or that the subscription filters out."""
    kind = subscription.topic.kind
    if kind == "push":
        data = _push(org, client.user_id, subscription, event)
    elif kind == "generic":
        data = _generic(client.user_id, event)
    else:
        data = {"schema": event.schema_id, "payload": visible_payload(org, client.user_id, event), "event": _event_part(client.version, event)}
    return None if data is None else {"data": data, "channel": subscription.channel}


def _event_part(version: float, event: StoredEvent) -> dict[str, Any]:
    """Platform events say their uuid and name since v52 (D); change events only the replay id (R, v60)."""
    if event.sobject.endswith("__e") and version >= UUID_SINCE:
        return {"EventUuid": event.uuid, "replayId": event.replay_id, "EventApiName": event.sobject}
    return {"replayId": event.replay_id}


def visible_payload(org: Org, user_id: str, event: StoredEvent) -> dict[str, Any]:
    """The payload without fields that the user may not read (Pub/Sub API leaves out the same)."""
    payload = event.payload
    sobject = org.schema.find(event.sobject)
    rights = org.rights.of(user_id)
    if sobject is None or rights.unbound:
        return payload
    base = org.schema.find(str(sobject.flags.get("companionOf") or "")) or sobject
    hidden = [name for name in payload if name != HEADER and not _may(org, user_id, base, name)]
    for name in hidden:
        del payload[name]
    header = payload.get(HEADER)
    if hidden and isinstance(header, dict) and "changedFields" in header:
        header["changedFields"] = [name for name in header["changedFields"] if name.partition(".")[0] not in hidden]
    return payload


def _may(org: Org, user_id: str, base: SObject, name: str) -> bool:
    """A compound field is readable when its first part is."""
    f = base.find(name)
    if f is None:
        return True
    if f.type in ("address", "location"):
        f = base.find(compound_parts(base, f)[1][0]) or f
    return access.can_read(org, user_id, base, f)


def _push(org: Org, user_id: str, subscription: Subscription, event: StoredEvent) -> dict[str, Any] | None:
    payload = event.payload
    sobject = org.schema.find(event.sobject)
    record_id = payload.pop("record", "")
    if sobject is None or not access.may(org, user_id, sobject, "read") or not access.may_row(org, user_id, sobject, record_id):
        return None
    row = payload["sobject"]
    if any(str(_value(row, name)).lower() != wanted.lower() for name, wanted in subscription.filters):
        return None
    payload["sobject"] = {name: value for name, value in row.items() if (f := sobject.find(name)) is None or access.can_read(org, user_id, sobject, f)}
    payload["event"]["replayId"] = event.replay_id
    found: dict[str, Any] = {"event": dict(sorted(payload["event"].items())), "sobject": payload["sobject"]}
    return found


def _value(row: dict[str, Any], name: str) -> Any:
    return next((value for key, value in row.items() if key.lower() == name.lower()), None)


def _generic(user_id: str, event: StoredEvent) -> dict[str, Any] | None:
    payload = event.payload
    users = [to_18(user) for user in payload.pop("userIds", None) or ()]
    if users and user_id not in users:
        return None
    return {"event": {"createdDate": payload["createdDate"], "replayId": event.replay_id}, "payload": payload["payload"]}
