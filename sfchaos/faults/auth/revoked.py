"""Somebody took the integration's access away."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault


@fault("auth.revoked", when="E", transient=False, weight=16)
@dataclass(frozen=True)
class AccessRevoked:
    """401 on every API call and `invalid_grant` on every new login or refresh.

    An administrator revoked the tokens or deactivated the user. Logging in again cannot help, and trying for long locks
    the user or spends the hourly login allowance.
    Source: wire reference 2.4 (`expired access/refresh token`, `inactive user`).
    Right: stop, tell a human, do not loop.
    """

    def strike(self, world: World, at: At) -> None:
        world.revoke_user_access(at.token)
