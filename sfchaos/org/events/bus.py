"""What was published, by whom, and under which replay id; kept for three days as Salesforce keeps it.

Everything that carries events to clients (CometD, Pub/Sub) reads from here; what is published in a unit is gone when the unit
is undone. Replay ids are one increasing row of numbers for the whole org, so those of one topic have gaps: clients are told to
expect that (Streaming API guide, "Message Durability", D). That the row is the org's and not the topic's is a guess.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from sfchaos.core import chance
from sfchaos.core.gate import OrgEvent
from sfchaos.org.events.avro import schema_of
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

KEPT_S = 72 * 3600.0  # high-volume platform events and change events (wire reference 11)
KEPT_LEGACY_S = 24 * 3600.0  # PushTopic, generic streaming, standard-volume events (wire reference 11)
LARGEST_BYTES = 1_000_000  # of one event message (wire reference 11: 1 MB)
REPLAY_BYTES = 8
Kind = Literal["event", "change", "channel", "push", "generic"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be subscribed to. `members` are the topics that its events are stored under (its own name, or those of a channel);
    `sobject` is the event's object ("Order__e", "AccountChangeEvent"; "" for channels of several, and where there is none)."""

    name: str
    kind: Kind
    members: tuple[str, ...]
    sobject: str = ""
    kept_s: float = KEPT_S
    record_id: str = ""  # of the PushTopic or StreamingChannel row


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One published event. `body` is its payload as JSON text, frozen so; `payload` a fresh copy of it as a mapping, values as REST
    shows them. `at_s` is in org seconds. `schema_id` is "" where events have no schema (PushTopic, generic)."""

    topic: str
    replay_id: int
    at_s: float
    uuid: str
    body: str
    schema_id: str
    user_id: str
    sobject: str = ""
    kept_s: float = KEPT_S

    @property
    def payload(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def replay_bytes(self) -> bytes:
        """The replay id as Pub/Sub API carries it: opaque to clients, eight bytes in network order."""
        return self.replay_id.to_bytes(REPLAY_BYTES, "big")


class EventBus:
    """`org.events`."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._order: list[int] = []  # the replay ids in the register, in order; made again when it no longer fits

    # ------------------------------------------------------------------ publishing

    def publish(self, topic: str, payload: Mapping[str, Any], *, user_id: str, sobject: SObject | None = None, uuid: str = "",
                at_once: bool = False, kept_s: float = KEPT_S, at_s: float | None = None, of: str = "") -> StoredEvent:  # fmt: skip
        """Store one event; it is gone again when the present unit is undone, unless it is published `at_once`. `sobject` is the event's object,
        which gives it a schema; without one, `of` names the object that it tells of.

        Raises Refused with LIMIT_EXCEEDED for an event of more than 1 MB.
        """
        org = self._org
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        if len(body) > LARGEST_BYTES // 4 and len(body.encode("utf-8", "surrogatepass")) > LARGEST_BYTES:
            # limit D (Platform Events guide, "Allocations"); code and text are guesses
            raise refuse("LIMIT_EXCEEDED", f"The platform event message size exceeded the maximum of {LARGEST_BYTES} bytes.")
        replay_id = self._next_replay_id()
        event = StoredEvent(topic, replay_id, org.now_s() if at_s is None else at_s, uuid or self.new_uuid(replay_id), body,
                            schema_of(org, sobject).id if sobject is not None else "", user_id, sobject.name if sobject is not None else of, kept_s)  # fmt: skip
        self._purge()
        org.registers.events[replay_id] = event
        self._order.append(replay_id)
        if not at_once:
            org.store.on_undo(lambda: self._take_back(replay_id))
        org.emit(OrgEvent("event_published", {"topic": topic, "replay_id": replay_id, "user": user_id}))
        return event

    def new_uuid(self, number: int) -> str:
        """The EventUuid of the event with that number: always the same in runs of one seed."""
        return str(UUID(bytes=chance.digest_of(self._org.seed, "event", number, size=16), version=4))

    def _next_replay_id(self) -> int:
        """One more than the last; now and then a number is left out, as nobody may count on its being there (D)."""
        counters, last = self._org.registers.counters, self.last_replay_id
        skipped = 1 if chance.below(16, self._org.seed, "replay", last) == 0 else 0
        counters["replay"] = last + 1 + skipped
        return counters["replay"]

    def _take_back(self, replay_id: int) -> None:
        self._org.registers.events.pop(replay_id, None)
        if self._order and self._order[-1] == replay_id:
            self._order.pop()
        else:
            self._order = []

    def _purge(self) -> None:
        """Forget events whose time is up, the oldest first; the last one of each topic leaves its replay id behind."""
        events, now_s = self._org.registers.events, self._org.now_s()
        gone = []
        for event in events.values():
            if event.at_s + KEPT_S > now_s:
                break
            gone.append(event)
        for event in gone:
            del events[event.replay_id]
            self._org.registers.event_ends[event.topic] = event.replay_id
        if gone:
            self._order = []

    # ------------------------------------------------------------------ reading

    def after(self, topic: str | Topic, replay_id: int, most: int = 100) -> list[StoredEvent]:
        """The events of a topic that came after a replay id and are still kept, oldest first."""
        found: list[StoredEvent] = []
        for event in self._since(self._members(topic), replay_id):
            if len(found) >= most:
                break
            found.append(event)
        return found

    def latest(self, topic: str | Topic) -> int:
        """The replay id after which only new events come (that of the last event of any topic); 0 when there never was one."""
        return self.last_replay_id

    def earliest(self, topic: str | Topic) -> int:
        """The replay id before the first event of the topic that is still kept."""
        first = next(iter(self._since(self._members(topic), 0)), None)
        return first.replay_id - 1 if first is not None else self.last_replay_id

    def is_valid(self, topic: str | Topic, replay_id: int) -> bool:
        """Whether a subscription may start after this id: false for one that was never given, or whose event has left the bus."""
        if not 0 < replay_id <= self.last_replay_id:
            return False
        members = self._members(topic)
        ends = max((self._org.registers.event_ends.get(member, 0) for member in members), default=0)
        now_s = self._org.now_s()
        for event in self._org.registers.events.values():
            if event.at_s + KEPT_LEGACY_S > now_s:
                break
            if event.topic in members and event.at_s + event.kept_s <= now_s:
                ends = max(ends, event.replay_id)
        return replay_id > ends

    @property
    def last_replay_id(self) -> int:
        return self._org.registers.counters.get("replay", 0)

    def find_topic(self, name: str, user_id: str) -> Topic | None:
        """The topic of a channel name, if there is one that the user may receive events of."""
        from sfchaos.org.events.topics import find_topic  # topics stand on the bus

        return find_topic(self._org, name, user_id)

    def forget(self) -> None:
        """The registers were put back."""
        self._order = []

    def _members(self, topic: str | Topic) -> frozenset[str]:
        return frozenset(topic.members) if isinstance(topic, Topic) else frozenset((topic,))

    def _since(self, members: frozenset[str], replay_id: int) -> Iterator[StoredEvent]:
        events, now_s = self._org.registers.events, self._org.now_s()
        if len(self._order) != len(events) or (self._order and self._order[-1] not in events):
            self._order = sorted(events)
        for number in self._order[bisect_right(self._order, replay_id) :]:
            event: StoredEvent = events[number]
            if event.topic in members and event.at_s + event.kept_s > now_s:
                yield event
