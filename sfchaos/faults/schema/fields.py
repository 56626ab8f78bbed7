"""An administrator changes a field."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.world import World
from sfchaos.faults.at import At
from sfchaos.faults.named import TOUCHING, OneField
from sfchaos.faults.params import text
from sfchaos.faults.registry import fault

_KINDS = ("read", "idem", "nonidem")
_OBJECT = "API name of the object; the point's own unless given"
_FIELD = "API name of the field; the last one that the request names and that can be changed unless given"


@fault("schema.field_removed", when="E", transient=False, kinds=_KINDS, ops=TOUCHING, holds=True, weight=46)
@dataclass(frozen=True)
class FieldRemoved(OneField):
    """The field is deleted: `INVALID_FIELD` in SOQL and on write, gone from describe.

    Source: wire reference 4.3 (INVALID_FIELD) and 14.
    Right: fail closed and say which field is gone; no column dropped in silence.
    """

    object: str = text("", _OBJECT)
    field: str = text("", _FIELD)

    def strike(self, world: World, at: At) -> None:
        self.on_field(at, world.remove_field)


@fault("schema.field_renamed", when="E", transient=False, kinds=_KINDS, ops=TOUCHING, holds=True, weight=47)
@dataclass(frozen=True)
class FieldRenamed(OneField):
    """The field has another API name: the old one is `INVALID_FIELD`, its values stand under the new one.

    Source: Salesforce Help, "Rename a Custom Field" (D: the API name may be changed); wire reference 4.3.
    Right: fail closed; no values lost because a name is unknown.
    """

    object: str = text("", _OBJECT)
    field: str = text("", _FIELD)
    becomes: str = text("", "the new API name; the old one with `_Renamed` in it unless given")

    def strike(self, world: World, at: At) -> None:
        self.on_field(at, lambda sobject, name: world.rename_field(sobject, name, self.becomes))


@fault("schema.type_changed", when="E", transient=False, kinds=_KINDS, ops=TOUCHING, holds=True, weight=48)
@dataclass(frozen=True)
class TypeChanged(OneField):
    """The field is of another type, or shorter: a number arrives as text, a long value is `STRING_TOO_LONG`.

    Source: Salesforce Help, "Notes on Changing Custom Field Types" (D); wire reference 4.3 (STRING_TOO_LONG).
    Right: check types of what is read; what no longer fits goes to the rejects, with its reason.
    """

    object: str = text("", _OBJECT)
    field: str = text("", _FIELD)
    becomes: str = text("3", "the new type as describe calls it, or a number: the new length")

    def strike(self, world: World, at: At) -> None:
        self.on_field(at, lambda sobject, name: world.retype_field(sobject, name, self.becomes))


@fault("schema.picklist_restricted", when="E", transient=False, kinds=("idem", "nonidem"), ops=TOUCHING, holds=True, weight=49)
@dataclass(frozen=True)
class PicklistRestricted(OneField):
    """A picklist takes only its listed values, and `value` is no longer one: `INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST`.

    Source: wire reference 4.3; Salesforce Help, "Restricted Picklists" (D).
    Right: the row goes to the rejects with its reason, the others go on.
    """

    object: str = text("", _OBJECT)
    field: str = text("", _FIELD)
    value: str = text("", "the value that is taken away; the first of the list unless given")

    def strike(self, world: World, at: At) -> None:
        self.on_field(at, lambda sobject, name: world.restrict_picklist(sobject, name, self.value))
