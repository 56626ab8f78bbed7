"""Another schema under a running org. Verbs of an administrator, for faults that change the org between requests.

Only the schema changes: no column is dropped, so that healing finds every value where it was.
"""

from __future__ import annotations

from dataclasses import replace

from sfchaos.core.errors import UsageError
from sfchaos.org.schema.model import NUMBER_TYPES, Field, SObject
from sfchaos.org.store import quoted
from sfchaos.org.world.part import WorldPart

NUMBERS = NUMBER_TYPES | {"int", "long"}
BEFORE = "schema"  # register `healthy`: the schema before the first of these changes


class SchemaWorld(WorldPart):
    """Raises UnknownName for what is not there, UsageError for fields that every row needs."""

    def require_field(self, sobject: str, field: str) -> None:
        """A new row needs a value of the field; rows without one stay as they are."""
        found, named = self._optional(sobject, field)
        self._install(found.with_field(replace(named, nillable=False)))
        self._noted(found, "changedFieldRequired", f"Changed field {named.label or named.name} of {found.label_plural} to be required")

    def remove_field(self, sobject: str, field: str) -> None:
        """The field is gone from describe, queries and writes."""
        found, named = self._optional(sobject, field)
        self._install(replace(found, fields=tuple(f for f in found.fields if f.key != named.key)))
        self._noted(found, "deletedField", f"Deleted field {named.label or named.name} of {found.label_plural}")

    def rename_field(self, sobject: str, field: str, becomes: str = "") -> None:
        """The field and its values have another name; `_Renamed` is put into the old one unless told."""
        found, named = self._optional(sobject, field)
        name = becomes or f"{named.name.removesuffix('__c')}_Renamed__c"
        if found.find(name) is not None:
            raise UsageError(f"{found.name} has a field {name} already", remedy="give another name in `becomes`")
        renamed = replace(named, name=name, custom=True, permissionable=False)
        self._column(found, renamed)
        self._org.store.run(f"UPDATE {quoted(found.name)} SET {quoted(name)} = {quoted(named.name)}")
        self._install(replace(found, fields=(*(f for f in found.fields if f.key != named.key), renamed)))
        self._noted(found, "changedFieldName", f"Changed API name of field {named.name} of {found.label_plural} to {name}")

    def retype_field(self, sobject: str, field: str, becomes: str) -> None:
        """Another type, or (a number) another length of a text."""
        found, named = self._optional(sobject, field)
        if becomes.isdigit():
            if not named.is_text:
                raise UsageError(f"{found.name}.{named.name} is {named.type}: it has no length", remedy="name a text field, or a type")
            changed = replace(named, length=int(becomes))
        else:
            changed = replace(named, type=becomes, length=named.length or 255, holds_numbers=named.type in NUMBERS)
        self._install(found.with_field(changed))
        self._noted(found, "changedFieldType", f"Changed field {named.name} of {found.label_plural} to {becomes}")

    def restrict_picklist(self, sobject: str, field: str, value: str = "") -> None:
        """Only listed values from now on, and one of them is taken away."""
        found, named = self._optional(sobject, field)
        if not named.picklist:
            raise UsageError(f"{found.name}.{named.name} is no picklist", remedy="name a picklist, such as LeadSource of Contact")
        gone = value or named.picklist[0]
        self._install(found.with_field(replace(named, restricted_picklist=True, picklist=tuple(v for v in named.picklist if v != gone))))
        self._noted(found, "picklistValueDeleted", f"Deleted value {gone} of picklist {named.name} of {found.label_plural}")

    def remove_object(self, sobject: str) -> None:
        found = self._sobject(sobject)
        self._keep()
        self._org.schema = replace(self._org.schema, objects={key: o for key, o in self._org.schema.objects.items() if o is not found})
        self._org.rights.forget()

    def leak_field(self, sobject: str, field: str, value: str) -> None:
        """A field that was not seen before, with the same value in every row."""
        found = self._sobject(sobject)
        if found.find(field) is not None:
            return
        leaked = Field(field, "string", field.removesuffix("__c").replace("_", " "), length=255, custom=True, permissionable=False)
        self._column(found, leaked)
        self._org.store.run(f"UPDATE {quoted(found.name)} SET {quoted(field)} = ?", (value,))
        self._org.secrets.learn(value, "personal")
        self._install(found.with_field(leaked))

    # ------------------------------------------------------------------ parts

    def _optional(self, sobject: str, field: str) -> tuple[SObject, Field]:
        found = self._sobject(sobject)
        named = self._field(found, field)
        if not named.permissionable or named.required or named.formula or not named.has_column:
            raise UsageError(f"{found.name}.{named.name} is required, computed or kept by the system, so nobody can change it", remedy="name an optional field, such as Phone of Contact")
        return found, named

    def _keep(self) -> None:
        self._org.registers.healthy.setdefault(BEFORE, self._org.schema)

    def _install(self, changed: SObject) -> None:
        self._keep()
        self._org.schema = self._org.schema.with_object(changed)
        self._org.rights.forget()

    def _column(self, sobject: SObject, f: Field) -> None:
        """The column stays when the org is healed, out of sight; the next time it is there."""
        known = {str(row[1]).lower() for row in self._org.store.all(f"PRAGMA table_info({quoted(sobject.name)})", ())}
        if f.key not in known:
            self._org.store.add_column(sobject, f)

    def _noted(self, sobject: SObject, action: str, display: str) -> None:
        """The Setup Audit Trail; actions and sentences are guesses."""
        self._org.audit_trail.note(action, "Custom Objects" if sobject.custom else f"Customize {sobject.label_plural}", display)
