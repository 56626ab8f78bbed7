"""The session ends while the client still uses it."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault


@fault("auth.expired", when="E", kinds=("read", "idem", "nonidem", "transition", "stream"), weight=15)
@dataclass(frozen=True)
class SessionExpired:
    """401 `INVALID_SESSION_ID`, "Session expired or invalid", for this token from now on.

    Salesforce never says beforehand when a session ends. Bulk API 1.0 says 400 `InvalidSessionId` instead, SOAP a fault.
    A request that carries no token expires every session of the org.
    Source: wire reference 1.2 (L) and 14; Bulk 1.0: wire reference 6 (L).
    Right: log in once more and send the same request again, with the same headers and body.
    """

    message: str = text("Session expired or invalid", "what the error says (on REST and Bulk API 2.0)")

    def strike(self, world: World, at: At) -> None:
        world.expire_session(at.token, message=self.message)
