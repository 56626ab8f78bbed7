"""The two kinds of stream: what a client says on it, message by message, and what is answered when.

A reader (a thread of its own) puts the client's messages into a queue; the call's own thread takes them out between its replies.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sfchaos.core.messages import HOLD_LOOK_S, Response
from sfchaos.doors.grpc_status import Ended, GaveUp, Status
from sfchaos.pubsub_proto import messages

if TYPE_CHECKING:
    from sfchaos.doors.pubsub import RemoteCall

MOST_REQUESTED = 100  # of one FetchRequest (wire reference 11)
IDLE_FETCH_S = 60.0  # a stream on which nothing more is asked for ends (K: Pub/Sub API guide, "Subscribe Keepalive Behavior")
IDLE_PUBLISH_S = 70.0  # proto file, PublishStream (D)
_DEADLINE = 4


class Stream:
    """`name` is the method's."""

    def __init__(self, call: RemoteCall, name: str) -> None:
        self._call, self._name = call, name
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None: the client has said all

    def read(self, bodies: Iterator[bytes]) -> None:
        try:
            for body in bodies:
                self._said.put(body)
        except Exception:  # noqa: S110  # grpcio's way of saying that the call is over, which the other thread sees by itself
            pass
        self._said.put(None)

    def close(self) -> None:
        """Nothing is left waiting."""

    def _next(self, idle_s: float) -> bytes | None:
        """The client's next message, None after the last. Raises Ended when it stays silent, GaveUp when it is gone."""
        waited_s = 0.0
        while True:
            try:
                return self._said.get(timeout=HOLD_LOOK_S)
            except queue.Empty:
                waited_s += HOLD_LOOK_S
            if not self._call.is_open:
                raise GaveUp
            if waited_s >= idle_s:
                raise Ended(Status(_DEADLINE, f"The stream was idle for {idle_s:g} seconds."))


class PublishStream(Stream):
    """Each request is answered before the next is taken; the first one names the topic."""

    def replies(self) -> Iterator[bytes]:
        topic = ""
        while (body := self._next(IDLE_PUBLISH_S)) is not None:
            place = {"topic": topic} if topic else {}
            yield self._call.settled(self._call.ask(self._name, body, **place))
            topic = topic or str(messages().PublishRequest.FromString(body).topic_name)


class Subscription(Stream):
    """Events are pulled from the handler while the client has asked for more than it got. `pending` counts those."""

    def __init__(self, call: RemoteCall, name: str) -> None:
        super().__init__(call, name)
        self._topic, self._after, self._pending = "", 0, 0
        self._waiting: Response | None = None  # held: nothing to tell yet
        self._is_complete = False  # the client has said all

    def replies(self) -> Iterator[bytes]:
        first = self._next(IDLE_FETCH_S)
        if first is None:
            return
        reply = self._call.ask(self._name, first)
        asked = self._asked(first)
        self._topic, self._pending = asked.topic_name, min(asked.num_requested, MOST_REQUESTED)
        while True:
            yield self._told(self._arrived(reply))
            while not self._pending:
                if self._is_complete or not self._more(self._next(IDLE_FETCH_S)):
                    return
            reply = self._pull()

    def close(self) -> None:
        if self._waiting is not None and self._waiting.hold is not None:
            self._call.drop(self._waiting.hold)
            self._waiting = None

    def _pull(self) -> Response:
        ask = messages().FetchRequest(topic_name=self._topic, num_requested=self._pending)
        return self._call.ask(self._name, ask.SerializeToString(), stage="pull", topic=self._topic, after=str(self._after), pending=str(self._pending))

    def _arrived(self, reply: Response) -> bytes:
        """The message of a reply, waiting for it if it is held; what the client says meanwhile is heard."""
        while reply.hold is not None:
            self._waiting = reply
            self._hear()
            if not self._call.is_open:
                raise GaveUp
            reply = self._call.look(reply.hold) or reply
        self._waiting = None
        return self._call.settled(reply)

    def _hear(self) -> None:
        """Take what the client has said, or wait a moment for it."""
        if self._is_complete:
            self._call.stopping.wait(HOLD_LOOK_S)
            return
        try:
            self._more(self._said.get(timeout=HOLD_LOOK_S))
        except queue.Empty:
            pass  # the reply is looked for again

    def _more(self, body: bytes | None) -> bool:
        """Add what another request asks for. False after the last."""
        if body is None:
            self._is_complete = True
            return False
        self._call.settled(self._call.ask(self._name, body, stage="more", topic=self._topic))
        self._pending += min(self._asked(body).num_requested, MOST_REQUESTED)
        return True

    def _told(self, body: bytes) -> bytes:
        """The reply as the client gets it: with what is still to come of all that it asked for."""
        said = messages().FetchResponse.FromString(body)
        self._pending -= len(said.events)
        self._after = int.from_bytes(said.latest_replay_id, "big")
        said.pending_num_requested = self._pending
        return bytes(said.SerializeToString())

    def _asked(self, body: bytes) -> Any:
        return messages().FetchRequest.FromString(body)
