"""The org has moved to another host."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import choice, duration
from sfchaos.faults.registry import fault


@fault("auth.instance_moved", when="E", kinds=("read", "idem", "nonidem", "transition", "stream"), weight=26)
@dataclass(frozen=True)
class InstanceMoved:
    """New logins name another `instance_url`; the old host answers 302, 404 or 420 once `old_host_for` is over.

    An org migration or an instance refresh, a renamed My Domain. Tokens stay good.
    Source: Salesforce Help, "My Domain: host name redirections" (D); wire reference 4.2 (302, 420), 4.4.
    Right: log in once more and build all addresses from the newest instance_url.
    """

    old_host_for: float = duration("0s", "how long the old host goes on as before")
    old_host: str = choice("404", ("302", "404", "420"), "what it answers then")

    def applies(self, at: At) -> bool:
        return at.request.scheme == "https"

    def strike(self, world: World, at: At) -> None:
        world.move_instance(old_host_until_s=at.now_s + self.old_host_for, answer=int(self.old_host))
