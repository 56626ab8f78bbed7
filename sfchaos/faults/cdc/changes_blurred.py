"""Change events that do not say what changed, and events that are no longer there."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault

_RECEIVING = ("event.connect", "event.fetch")


@fault("cdc.gap", when="S", transient=False, kinds=("stream",), ops=_RECEIVING, weight=40)
@dataclass(frozen=True)
class Gap:
    """Changes come as `GAP_UPDATE` and the like: which records changed, and none of their fields.

    Salesforce sends these when it could not make the event: more than 1 MB, a change that went past the application servers.
    Source: Change Data Capture Developer Guide, "Gap Events" (D); wire reference 11. By CometD and by Pub/Sub API alike.
    Right: read the records again by their ids.
    """

    def strike(self, world: World, at: At) -> None:
        world.blur_changes(overflow=False)


@fault("cdc.overflow", when="S", transient=False, kinds=("stream",), ops=_RECEIVING, weight=42)
@dataclass(frozen=True)
class Overflow:
    """`GAP_OVERFLOW`: a transaction changed more than 100,000 records; what changed beyond that is not told, not even which records.

    Source: Change Data Capture Developer Guide, "Overflow Events" (D); wire reference 11.
    Right: read the whole object again.
    """

    def strike(self, world: World, at: At) -> None:
        world.blur_changes(overflow=True)


@fault("cdc.replay_lost", when="E", kinds=("stream",), ops=("event.handshake", "event.subscribe", "event.connect"), weight=38)
@dataclass(frozen=True)
class ReplayLost:
    """Events of before have left the bus, as after 72 hours: a subscription from a replay id of before is refused with 400.

    CometD: `400::The replayId {...} you provided was invalid`. Pub/Sub API: INVALID_ARGUMENT with `...fetch.replayid.validation.failed`.
    Source: Streaming API Developer Guide, "Message Durability" (D); wire reference 11.
    Right: read by query what changed since, then subscribe with -1.
    """

    def strike(self, world: World, at: At) -> None:
        world.lose_events()
