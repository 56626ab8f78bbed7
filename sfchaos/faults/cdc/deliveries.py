"""One CometD reply brings its events twice, or in another order. The bus itself stays right."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

from sfchaos.core.messages import Handler, Hold, Request, Response
from sfchaos.faults.registry import fault

Message = dict[str, Any]


class _Shuffled(ABC):
    """Base: the events of a reply are changed, also of one that is held until there are some."""

    def around(self, request: Request, forward: Handler) -> Response:
        reply = forward(request)
        if reply.hold is None:
            return self._changed(reply)
        held = reply.hold

        def resume() -> Response | None:
            later = held.resume()
            return None if later is None else self._changed(later)

        return replace(reply, hold=Hold(held.until_s, resume, held.dropped))

    def _changed(self, reply: Response) -> Response:
        try:
            messages = json.loads(reply.body)
        except ValueError:
            return reply
        if not isinstance(messages, list):
            return reply
        events = [message for message in messages if "data" in message]
        told = [*self.change(events), *(message for message in messages if "data" not in message)]
        headers = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
        return reply if told == messages else replace(reply, body=json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode(), headers=headers)

    @abstractmethod
    def change(self, events: list[Message]) -> list[Message]:
        """The events as they come."""


@fault("cdc.duplicate", when="D", transient=True, kinds=("stream",), ops=("event.connect",), weight=36)
@dataclass(frozen=True)
class DuplicateEvents(_Shuffled):
    """Every event of the reply comes twice, with the same replay id.

    Delivery is at least once. By CometD.
    Source: Platform Events Developer Guide, "Considerations for Publishing and Subscribing" (D): at-least-once.
    Right: what came already (by replay id, or by transactionKey and sequenceNumber) is not done again.
    """

    def change(self, events: list[Message]) -> list[Message]:
        return [event for event in events for _ in range(2)]


@fault("cdc.reordered", when="R", transient=True, kinds=("stream",), ops=("event.connect",), weight=38)
@dataclass(frozen=True)
class ReorderedEvents(_Shuffled):
    """The events of the reply come in the opposite order: the older change of a record after the newer one. By CometD.

    Source: Change Data Capture Developer Guide, "Change Event Fields" (commitNumber, sequenceNumber) (D); that order is not kept across
    transactions is a guess from practice.
    Right: changes of a record are applied by commitNumber and sequenceNumber.
    """

    def change(self, events: list[Message]) -> list[Message]:
        return events[::-1]
