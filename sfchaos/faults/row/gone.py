"""The record was deleted by somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.registry import fault


@fault("row.deleted", when="E", transient=False, kinds=("read", "idem"), ops=("row.get", "row.update", "row.delete", "soap.update", "soap.delete"), weight=44)
@dataclass(frozen=True)
class RowDeleted:
    """404 `ENTITY_IS_DELETED` for an id that was read a moment ago: somebody has deleted the record. It lies in the recycle bin.

    Source: wire reference 4.3 and 3.4.
    Right: refresh what is known of the record; no new insert of it unless a policy says so.
    """

    def strike(self, world: World, at: At) -> None:
        world.delete_addressed(at.request.method, at.request.path, at.request.body)
