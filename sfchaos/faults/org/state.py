"""The org itself is another, or behaves as one."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import duration, shift
from sfchaos.faults.registry import fault

WRITES = ("row.create", "row.update", "row.upsert", "row.delete", "coll.create", "coll.update", "coll.upsert", "coll.delete", "tree.create", "comp.*", "bulk2.close", "bulk1.batch",
          "soap.create", "soap.update", "soap.upsert", "soap.delete")  # fmt: skip


@fault("org.version_retired", when="E", transient=False, kinds=("read", "idem", "nonidem", "transition"), holds=True, weight=50)
@dataclass(frozen=True)
class VersionRetired:
    """410 `UNSUPPORTED_API_VERSION`: the API version that the request names, and all older ones, are retired.

    Source: Salesforce Help 005321531 (D: versions 21.0 to 30.0 retired with Summer '25); wire reference 3.1.
    Right: stop with a message that names the version.
    """

    def applies(self, at: At) -> bool:
        return world_version(at.request.path) > 0

    def strike(self, world: World, at: At) -> None:
        world.retire_versions(world_version(at.request.path))


def world_version(path: str) -> float:
    """The API version in a path, 0.0 without one."""
    for part in path.split("/"):
        number = part.removeprefix("v")
        if number.partition(".")[0].isdigit() and number.endswith(".0"):
            return float(number)
    return 0.0


@fault("org.readonly", when="E", kinds=("idem", "nonidem", "transition"), ops=WRITES, holds=True, window_s=7200, weight=44)
@dataclass(frozen=True)
class ReadOnly:
    """Every write is refused with `INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE`, reads go on: the org is in read-only maintenance.

    Source: wire reference 4.3 (code D; the text is a guess); Salesforce Help, "Read-Only Mode" (D).
    Right: keep the writes and send them when the window is over.
    """

    hold: float = duration("1h", "how long it lasts when the rule has no window")

    def strike(self, world: World, at: At) -> None:
        world.read_only(until_s=at.until_s if at.until_s is not None else at.now_s + self.hold)


@fault("org.clock", when="E", kinds=("read", "idem", "nonidem", "transition", "session"), weight=51)
@dataclass(frozen=True)
class OrgClock:
    """The org's clock jumps: Date headers, SystemModstamp and everything that expires follow it.

    Source: practice (clock skew between hosts); that Salesforce's clock ever jumps so is a guess.
    Right: watermarks from the server's time and with an overlap; time-outs by the client's own monotonic clock.
    """

    by: float = shift("1h", "how far it jumps; a minus jumps back")

    def strike(self, world: World, at: At) -> None:
        world.shift_clock(self.by)
