"""Values that are hard to carry, put into rows that are there. They are data: healing leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sfchaos.core.errors import UsageError
from sfchaos.org.world.part import WorldPart

if TYPE_CHECKING:
    from sfchaos.org.schema.model import Field, SObject

_KINDS = {"string": "text", "textarea": "text", "phone": "text", "double": "number", "currency": "number", "percent": "number", "int": "number",
          "date": "date", "datetime": "datetime"}  # fmt: skip


class DataWorld(WorldPart):
    """Values that are hard to carry."""

    def fill_rows(self, sobject: str, values: Mapping[str, Sequence[object]], *, field: str, rows: int) -> None:
        """Give the first `rows` rows (by Id) the values of each field's kind ("text", "number", "date", "datetime"; "any" for every kind) in turn.

        `field` names one; else all that can be written, are no key and no name of the record by themselves. A row that holds one of the values
        already is left alone. A value that the row refuses (a rule, a length) is passed over.
        """
        found = self._sobject(sobject)
        for place, row in enumerate(sorted(self._org.admin.rows(found.name), key=lambda row: row["Id"])[:rows]):
            changed = {}
            for shift, one in enumerate(self._fields(found, field, values)):
                offered = [_fitting(one, value) for value in values.get("any") or values[_KINDS[one.type]]]
                if row.get(one.name) not in offered:
                    changed[one.name] = offered[(place + shift) % len(offered)]
            if changed:
                self._save(found, row["Id"], changed)

    def _fields(self, sobject: SObject, field: str, values: Mapping[str, Sequence[object]]) -> list[Field]:
        if field:
            return [self._field(sobject, field)]
        takes_any = "any" in values
        return [one for one in sobject.fields if _is_free(one) and (one.nillable if takes_any else _KINDS.get(one.type) in values)]

    def _save(self, sobject: SObject, record_id: str, changed: Mapping[str, object]) -> None:
        try:
            self._org.admin.update(sobject.name, record_id, **changed)
        except UsageError:
            for name, value in changed.items():
                self._try(sobject, record_id, name, value)

    def _try(self, sobject: SObject, record_id: str, name: str, value: object) -> None:
        try:
            self._org.admin.update(sobject.name, record_id, **{name: value})
        except UsageError:
            return


def _is_free(one: Field) -> bool:
    return one.updateable and one.type in _KINDS and not (one.unique or one.external_id or one.id_lookup or one.auto_number or one.calculated or one.derived_from)


def _fitting(one: Field, value: object) -> object:
    return value[: one.length] if isinstance(value, str) and one.length and _KINDS[one.type] == "text" else value
