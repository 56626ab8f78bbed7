"""An object is not there any more."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.named import TOUCHING
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault


@fault("schema.object_gone", when="E", transient=False, kinds=("read", "idem", "nonidem"), ops=TOUCHING, holds=True, weight=50)
@dataclass(frozen=True)
class ObjectGone:
    """The object is gone, its rows with it: `INVALID_TYPE` in SOQL, 404 elsewhere.

    A package was uninstalled.
    Source: wire reference 4.3 (INVALID_TYPE, NOT_FOUND).
    Right: stop and say which object is gone; its rows are not to be taken for deleted downstream.
    """

    object: str = text("", "API name of the object; the point's own unless given")

    def applies(self, at: At) -> bool:
        return bool(self.object or at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.remove_object(self.object or at.sobject)
