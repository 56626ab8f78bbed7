"""What a row must have, or may not have, has changed."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.named import OneField
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault

_OPS = ("row.*", "coll.*", "tree.*", "comp.*", "bulk2.close", "soap.create", "soap.update", "soap.upsert")


@fault("row.required_missing", when="E", transient=False, kinds=("idem", "nonidem"), ops=_OPS, holds=True, aliases=("schema.new_required",), weight=43)
@dataclass(frozen=True)
class RequiredMissing:
    """`REQUIRED_FIELD_MISSING` for every new row without the field that has become required.

    Source: wire reference 4.3; Salesforce Help, "Custom Field Attributes" (D: required).
    Right: the row goes to the rejects with its reason, the others go on.
    """

    object: str = text("", "API name of the object; the point's own unless given")
    field: str = text("Description", "API name of the field that becomes required")

    def applies(self, at: At) -> bool:
        return bool(self.object or at.sobject)

    def strike(self, world: World, at: At) -> None:
        world.require_field(self.object or at.sobject, self.field)


@fault("row.readonly_field", when="B", transient=False, kinds=("idem", "nonidem"), ops=_OPS, holds=True, weight=42)
@dataclass(frozen=True)
class ReadOnlyField(OneField):
    """`INVALID_FIELD_FOR_INSERT_UPDATE`: the field may be read and no longer written.

    Source: wire reference 10.1.
    Right: stop and say which field; leave it out only where a policy says so.
    """

    object: str = text("", "API name of the object; the point's own unless given")
    field: str = text("", "API name of the field; the last optional one that the request names unless given")

    def strike(self, world: World, at: At) -> None:
        self.on_field(at, world.protect_field)
