"""Another transaction holds the record."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import choice, duration
from sfchaos.faults.registry import fault


@fault("row.locked", when="B", kinds=("idem", "nonidem"), ops=("row.*", "coll.*", "tree.*", "comp.*", "soap.create", "soap.update",
       "soap.upsert", "soap.delete", "soap.undelete"), weight=30)  # fmt: skip
@dataclass(frozen=True)
class RowLocked:
    """`UNABLE_TO_LOCK_ROW` for the records the request writes, or for their parents, until the other transaction ends.

    It is a lock in the org, so REST, collections, SOAP and Bulk jobs all meet it, and it goes away by itself.
    Source: wire reference 4.3 (text, U) and 14.
    Right: repeat only the rows that were refused, sorted by parent, after a wait with jitter.
    """

    hold: float = duration("10s", "how long the other transaction holds the lock")
    scope: str = choice("record", ("record", "parent"), "what it holds: the record itself, or its parent")

    def strike(self, world: World, at: At) -> None:
        query = at.request.query_string  # a delete of several rows names them there
        path = f"{at.request.path}?{query}" if query else at.request.path
        world.lock_targets(at.request.method, path, at.request.body, scope=self.scope, until_s=at.now_s + self.hold)
