"""Refresh tokens that die, get lost, or are used twice."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import Handler, Request, Response
from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault


@fault("auth.refresh_dead", when="B", transient=False, kinds=("session",), ops=("auth.refresh",), weight=18)
@dataclass(frozen=True)
class RefreshDead:
    """400 `invalid_grant`, "expired access/refresh token": every refresh token of the org has died.

    The user logged in a sixth time and the oldest token went, an administrator revoked it, its policy ended it.
    Source: wire reference 2.3 and 2.4 (D, L).
    Right: stop and tell a human: only a new consent helps; no loop.
    """

    def strike(self, world: World, at: At) -> None:
        world.end_refresh_tokens()


@fault("auth.refresh_lost", when="A", nature="ambiguous", kinds=("session",), ops=("auth.refresh",), weight=19)
@dataclass(frozen=True)
class RefreshLost:
    """Refresh tokens rotate; one refresh is granted, its reply is lost, and the token that was used is dead.

    Source: wire reference 2.3, refresh_token (rotation); 14, "lost response".
    Right: get a token by another grant, or tell a human; no loop with the dead one.
    """

    def strike(self, world: World, at: At) -> None:
        world.rotate_refresh_tokens(0.0)

    def around(self, request: Request, forward: Handler) -> Response:
        return forward(request).travelling(fate="lost", close="reset")


@fault("auth.refresh_replay", when="E", transient=False, kinds=("session",), ops=("auth.refresh",), weight=20)
@dataclass(frozen=True)
class RefreshReplay:
    """Refresh tokens rotate, and who uses an old one again loses the whole family: its refresh and access tokens die.

    Two workers that refresh at once, or one that did not store the new token, shut the integration out.
    Source: RFC 9700, 4.14.2 (refresh token rotation); wire reference 2.3 (rotation policy). That Salesforce ends the access tokens too is a guess.
    Right: one refresh at a time, the new token stored before it is used.
    """

    def strike(self, world: World, at: At) -> None:
        world.rotate_refresh_tokens(0.0)
        world.punish_refresh_reuse()
