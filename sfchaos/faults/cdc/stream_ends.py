"""A CometD client that listened is no client any more: its session has ended, the server has forgotten it, its line drops."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Delivery, Handler, Request, Response
from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault
from sfchaos.faults.replies import NO_REPLY


@fault("cdc.401", when="E", kinds=("stream",), ops=("event.connect", "event.subscribe"), weight=35)
@dataclass(frozen=True)
class StreamUnauthorized:
    """`401::Authentication invalid`: the session behind the stream has ended.

    The server says so in a `/meta/connect` reply, or in a `/meta/disconnect` of its own while the poll is held.
    Source: Streaming API Developer Guide, "Streaming API Error Codes" (D); wire reference 11.
    Right: log in once, shake hands, subscribe from the last replay id.
    """

    def strike(self, world: World, at: At) -> None:
        world.expire_session(at.token, message="")


@fault("cdc.403_unknown_client", when="E", kinds=("stream",), ops=("event.connect", "event.subscribe"), weight=35)
@dataclass(frozen=True)
class UnknownClient:
    """`403::Unknown client` with the advice to shake hands: the server does not know the client id any more.

    It was silent for too long, or another server took over.
    Source: Streaming API Developer Guide, "Streaming API Error Codes" (D); wire reference 11.
    Right: shake hands and subscribe from the last replay id; nothing is lost then.
    """

    def strike(self, world: World, at: At) -> None:
        world.forget_streams()


@fault("cdc.disconnect", when="B", kinds=("stream",), ops=("event.connect",), weight=30)
@dataclass(frozen=True)
class LongPollCut:
    """The line of a long poll drops before its 110 seconds are over.

    Source: Streaming API Developer Guide, "Message Durability" (D): events of meanwhile are kept; CometD's connect is repeated.
    Right: connect again on the same client id; no event is lost.
    """

    hold: float = duration("30s", "how long the poll is held before its line drops")

    def around(self, request: Request, forward: Handler) -> Response:
        return Response(NO_REPLY, work_s=0.0, delivery=Delivery(fate="never", hold_s=self.hold))
