"""Event streams: clients that are forgotten, events that have left the bus, changes of which only the fact is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from sfchaos.org.events.bus import StoredEvent
from sfchaos.org.events.changes import NO_RECORD
from sfchaos.org.events.messages import HEADER
from sfchaos.org.world.part import WorldPart


class EventsWorld(WorldPart):
    """Event streams. What has happened to events stays: healing brings none back."""

    def forget_streams(self) -> None:
        """The server knows no CometD client any more; each may shake hands again."""
        self._org.registers.streams.clear()

    def lose_events(self) -> None:
        """All events so far have left the bus, as after the retention window: a replay id of before is invalid."""
        registers = self._org.registers
        for event in registers.events.values():
            registers.event_ends[event.topic] = event.replay_id
        registers.events.clear()
        self._org.events.forget()

    def blur_changes(self, *, overflow: bool) -> None:
        """Change events on the bus tell that rows changed, and not how (GAP_...); with `overflow` not even which (GAP_OVERFLOW)."""
        events = self._org.registers.events
        for event in list(self._clear_changes()):
            header = dict(event.payload[HEADER])
            header["changedFields"] = []
            header["changeType"] = "GAP_OVERFLOW" if overflow else f"GAP_{header['changeType']}"
            if overflow:
                header["recordIds"] = [NO_RECORD]
            events[event.replay_id] = replace(event, body=json.dumps({HEADER: header}, separators=(",", ":")))

    def _clear_changes(self) -> Iterator[StoredEvent]:
        for event in self._org.registers.events.values():
            header = event.payload.get(HEADER) if event.topic.startswith("/data/") else None
            if header is not None and not header["changeType"].startswith("GAP_"):
                yield event
