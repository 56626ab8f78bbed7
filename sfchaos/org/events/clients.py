"""Streaming clients: who has shaken hands, what they listen to, and how far they have got. Frozen values in a register.

Sources: Streaming API guide, "Message Durability", "Streaming API Limits" (D); wire reference 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.org.events.bus import StoredEvent, Topic
from sfchaos.org.events.messages import message_for

if TYPE_CHECKING:
    from sfchaos.org.org import Org

SILENT_S = 40.0  # a client that does not connect for so long is forgotten (CometD's maxInterval; K)
MOST_AT_ONCE = 100  # events in one reply (a guess)
CLIENTS_LIMIT = "DurableStreamingApiConcurrentClients"
_DELIVERED = {"event": "DailyDeliveredPlatformEvents", "change": "DailyDeliveredPlatformEvents", "channel": "DailyDeliveredPlatformEvents",
              "push": "DailyDurableStreamingApiEvents", "generic": "DailyDurableGenericStreamingApiEvents"}  # fmt: skip
_ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Subscription:
    """`channel` is as the client wrote it, with its filter; `after` the replay id of the last event that was delivered, or passed by."""

    channel: str
    topic: Topic
    after: int
    filters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StreamClient:
    """`turn` counts its connects: an older one that is still held gives way. `dies_s` is when it is forgotten, in org seconds."""

    id: str
    user_id: str
    token: str
    version: float
    browser: str
    dies_s: float
    turn: int = 0
    subscriptions: tuple[Subscription, ...] = ()


class StreamClients:
    """`org.streams`: the register of clients, by id."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def open(self, user_id: str, token: str, version: float) -> StreamClient:
        number = self._org.registers.next("stream")
        name = chance.token(26, self._org.seed, "stream", number, alphabet=_ID_LETTERS)
        browser = chance.token(26, self._org.seed, "browser of stream", number, alphabet=_ID_LETTERS)
        client = StreamClient(name, user_id, token, version, browser, self._org.now_s() + SILENT_S)
        return self.keep(client)

    def keep(self, client: StreamClient) -> StreamClient:
        self._org.registers.streams[client.id] = client
        return client

    def find(self, client_id: str) -> StreamClient | None:
        """A client that is still known."""
        client: StreamClient | None = self._org.registers.streams.get(client_id)
        if client is not None and client.dies_s <= self._org.now_s():
            self.close(client_id)
            return None
        return client

    def close(self, client_id: str) -> None:
        self._org.registers.streams.pop(client_id, None)

    def is_full(self) -> bool:
        """Whether as many clients are connected as the org may have."""
        now_s = self._org.now_s()
        alive = sum(client.dies_s > now_s for client in self._org.registers.streams.values())
        return bool(alive >= self._org.limits.maximum_of(CLIENTS_LIMIT) - self._org.limits.used_of(CLIENTS_LIMIT))

    def take(self, client: StreamClient) -> list[dict[str, Any]] | None:
        """The messages that wait for a client, in the order of their events, and note that they are on their way.

        None when there are some, but the org may not deliver any more of them today.
        """
        waiting = sorted(self._waiting(client), key=lambda pair: pair[1].replay_id)[:MOST_AT_ONCE]
        if not waiting:
            return []
        messages: list[dict[str, Any]] = []
        ends: dict[str, int] = {}
        for subscription, event in waiting:
            message = message_for(self._org, client, subscription, event)
            if message is not None:
                if not self._org.limits.spend(_DELIVERED[subscription.topic.kind]):
                    if not messages:
                        return None
                    break
                messages.append(message)
            ends[subscription.channel] = event.replay_id
        moved = tuple(replace(s, after=ends.get(s.channel, s.after)) for s in client.subscriptions)
        self.keep(replace(self._org.registers.streams[client.id], subscriptions=moved))
        return messages

    def _waiting(self, client: StreamClient) -> Iterator[tuple[Subscription, StoredEvent]]:
        for subscription in client.subscriptions:
            for event in self._org.events.after(subscription.topic, subscription.after, MOST_AT_ONCE):
                yield subscription, event
