"""The org is full."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.params import count
from sfchaos.faults.registry import fault


@fault("limit.storage", when="B", transient=False, nature="quota", kinds=("nonidem", "idem", "transition"),
       ops=("row.create", "row.upsert", "coll.create", "coll.upsert", "tree.create", "comp.*", "bulk2.close", "bulk1.batch", "soap.create", "soap.upsert"),
       holds=True, weight=25)  # fmt: skip
@dataclass(frozen=True)
class StorageLimit:
    """`STORAGE_LIMIT_EXCEEDED` on every insert once `after_rows` more rows are there; updates, reads and deletes go on.

    Source: wire reference 4.3 and 7 (code D, text K).
    Right: stop inserting, keep updating, tell a human.
    """

    after_rows: int = count(0, "rows that still find room")

    def strike(self, world: World, at: At) -> None:
        world.fill_storage(self.after_rows, until_s=at.until_s)
