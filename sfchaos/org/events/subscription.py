"""Where a Pub/Sub subscription starts, and what a fetch gives. Positions are replay ids, as eight bytes on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org.events import grpc_problem
from sfchaos.org.events.avro import find_schema, schema_of
from sfchaos.org.events.avro_values import encoded
from sfchaos.org.events.bus import REPLAY_BYTES
from sfchaos.org.events.messages import visible_payload

if TYPE_CHECKING:
    from sfchaos.org.events.bus import StoredEvent, Topic
    from sfchaos.org.org import Org

LATEST, EARLIEST, CUSTOM = 0, 1, 2  # ReplayPreset
MOST_REQUESTED = 100  # wire reference 11 (D); that more counts as 100 is a guess
LARGEST_BYTES = 3 << 20  # of the events in one reply: gRPC clients refuse messages of more than 4 MB
_LONG_REPLAY_BYTES = 10  # recorded of later orgs: two zero bytes follow (R: pub-sub-api-node-client#27); taken back as well as ours
DELIVERED = "DailyDeliveredPlatformEvents"


def start_after(org: Org, topic: Topic, preset: int, replay_id: bytes) -> int:
    """The replay id after which events are given. Raises Problem for a replay id that is missing, no id at all, or past its time."""
    if preset == CUSTOM and not replay_id:
        raise grpc_problem.replay_id_missing()
    if preset == EARLIEST:
        return org.events.earliest(topic)
    if preset != CUSTOM:
        return org.events.latest(topic)
    number = number_of(replay_id)
    if number is None or not org.events.is_valid(topic, number):
        raise grpc_problem.replay_id_corrupted()
    return number


def number_of(replay_id: bytes) -> int | None:
    """None for bytes that are no replay id of ours."""
    if len(replay_id) == _LONG_REPLAY_BYTES and replay_id.endswith(b"\0\0"):
        replay_id = replay_id[:REPLAY_BYTES]
    return int.from_bytes(replay_id, "big") if len(replay_id) == REPLAY_BYTES else None


def bytes_of(replay_id: int) -> bytes:
    return replay_id.to_bytes(REPLAY_BYTES, "big")


def fetched(org: Org, m: Any, user_id: str, topic: Topic, after: int, most: int, rpc_id: str) -> Any | None:
    """A FetchResponse with the events that are there, None without any. Raises Problem when the org's delivery allowance is used up."""
    events = org.events.after(topic, after, most)
    if not events:
        return None
    reply = m.FetchResponse(rpc_id=rpc_id)
    size = 0
    for event in events:
        made = consumer_event(org, m, user_id, event)
        size += made.ByteSize()
        if reply.events and size > LARGEST_BYTES:
            break
        reply.events.append(made)
    if not org.limits.spend(DELIVERED, len(reply.events)):
        raise grpc_problem.delivery_limit_exceeded()
    reply.latest_replay_id = reply.events[-1].replay_id
    reply.pending_num_requested = most - len(reply.events)
    return reply


def keepalive(org: Org, m: Any, topic: Topic, after: int, most: int, rpc_id: str) -> Any:
    """An empty FetchResponse with the replay id up to which there is nothing more."""
    return m.FetchResponse(latest_replay_id=bytes_of(max(after, org.events.latest(topic))), rpc_id=rpc_id, pending_num_requested=most)


def consumer_event(org: Org, m: Any, user_id: str, event: StoredEvent) -> Any:
    """With those fields of the event that the user may read."""
    schema = find_schema(org, event.schema_id)
    if schema is None:  # its object was made anew since, and nobody asked for the schema meanwhile
        sobject = org.schema.find(event.sobject)
        if sobject is None:
            raise RuntimeError(f"no schema of {event.sobject}")
        schema = schema_of(org, sobject)
    produced = m.ProducerEvent(id=event.uuid, schema_id=schema.id, payload=encoded(schema, visible_payload(org, user_id, event)))
    return m.ConsumerEvent(event=produced, replay_id=event.replay_bytes)
