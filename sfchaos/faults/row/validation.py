"""A validation rule says no."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.gate import Refusal, RowEvent
from sfchaos.core.units import FOREVER_S
from sfchaos.core.world import World
from sfchaos.faults.at import At, Draw
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault


@fault("row.validation", when="B", transient=False, kinds=("idem", "nonidem"), ops=("row.*", "coll.*", "tree.*", "comp.*", "bulk2.close",
       "soap.create", "soap.update", "soap.upsert"), holds=True, weight=31)  # fmt: skip
@dataclass(frozen=True)
class ValidationRule:
    """`FIELD_CUSTOM_VALIDATION_EXCEPTION` with the administrator's own words.

    An administrator switched a validation rule on. As it stands, it refuses every write of the object from then on; with
    `p` in the rule it refuses that share of the rows, always the same ones.
    Source: wire reference 4.3 (L).
    Right: report the row and go on with the others; sending it again unchanged cannot help.
    """

    object: str = text("", "API name of the object; the point's own unless given")
    field: str = text("", "the field that the rule blames; none unless given")
    message: str = text("This record does not meet the validation rule.", "what the administrator wrote")

    def strike(self, world: World, at: At) -> None:
        world.add_validation(self.object or at.sobject, self.field, self.message, at.until_s if at.until_s is not None else at.now_s + FOREVER_S)

    def on_row(self, event: RowEvent, draw: Draw) -> Refusal | None:
        if self.object and self.object.lower() != event.sobject.lower():
            return None
        return Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", self.message, (self.field,) if self.field else ())
