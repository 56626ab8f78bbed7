"""A refresh gives out a new refresh token, and the old one dies."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import duration
from sfchaos.faults.registry import fault


@fault("auth.rotated", when="E", kinds=("session",), ops=("auth.refresh",), weight=17)
@dataclass(frozen=True)
class RefreshRotated:
    """From now on the reply to a refresh carries a `refresh_token`, and the one that was used dies.

    Source: wire reference 2.3, refresh_token (rotation policy of the connected app).
    Right: store the new token before using it; never let two workers refresh at once.
    """

    grace: float = duration("0s", "how long the old token still works")

    def strike(self, world: World, at: At) -> None:
        world.rotate_refresh_tokens(self.grace)
