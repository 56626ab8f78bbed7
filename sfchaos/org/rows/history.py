"""Field history: a row for each change of a tracked field, in the object that stands beside its own (AccountHistory).

Sources: wire reference 10.2; Object Reference, "StandardObjectNameHistory" (D). Long values are told of and not kept (D).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.rows.own_rows import write_own_many
from sfchaos.org.schema.companions import history_field, history_name, parent_field
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.schema.model import Field, Schema, SObject

MOST_FIELDS = 20  # tracked fields of one object (wire reference 10.2)
LONGEST = 255  # characters of a value that is kept (wire reference 10.2)
_DATA_TYPES = {
    "boolean": "Boolean", "currency": "Currency", "date": "Date", "datetime": "DateTime", "picklist": "DynamicEnum", "combobox": "DynamicEnum",
    "email": "Email", "int": "Integer", "percent": "Percent", "phone": "Phone", "textarea": "TextArea", "url": "Url", "double": "Double",
    "multipicklist": "MultiEnum",
}  # fmt: skip
Note = tuple[str, str, Any, Any]  # of the columns _NOTED
_NOTED = ("Field", "DataType", "OldValue", "NewValue")
_CREATED: Note = ("created", "Text", None, None)


class FieldHistory:
    """A follower of saves."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._known: dict[str, tuple[Schema, SObject | None, tuple[Field, ...], tuple[str, ...]]] = {}  # worked out once per schema

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return verb in ("create", "update") and self._org.schema.find(history_name(sobject.name)) is not None and bool(tracked(sobject))

    def saved(self, org: Org, saved: Saved) -> None:
        self.saved_many(org, (saved,))

    def saved_many(self, org: Org, saves: Sequence[Saved]) -> None:
        sobject = saves[0].sobject
        known = self._known.get(sobject.name)
        if known is None or known[0] is not org.schema:
            known = self._known[sobject.name] = (org.schema, org.schema.find(history_name(sobject.name)), tracked(sobject), (parent_field(sobject.name), *_NOTED))
        _, kind, followed, columns = known
        if kind is None:
            return
        rows = [(saved.id, *note) for saved in saves for note in self._notes(saved, followed)]
        if rows:
            write_own_many(org, kind, columns, rows, saves[0].user_id)

    def _notes(self, saved: Saved, followed: tuple[Field, ...]) -> Iterator[Note]:
        if saved.verb == "create":
            yield _CREATED
            return
        for f in followed:
            if f.name in saved.values and saved.values[f.name] != saved.before.get(f.name):
                yield from self._changes(f, saved.before.get(f.name), saved.values[f.name])

    def _changes(self, f: Field, old: Any, new: Any) -> list[Note]:
        """One change; of a lookup two, with the names and with the ids."""
        if f.type == "reference":
            return [(history_field(f), "Text", self._name_of(old), self._name_of(new)), (history_field(f), "EntityId", old, new)]
        kind = _DATA_TYPES.get(f.type, "Text")
        if f.type == "textarea" and f.length > LONGEST:
            kind = "StringPlusClob"
        if f.type == "encryptedstring" or any(isinstance(value, str) and len(value) > LONGEST for value in (old, new)):
            old = new = None  # that a masked value is never kept in clear: a guess
        return [(history_field(f), kind, _kept(f, old), _kept(f, new))]

    def _name_of(self, record_id: str | None) -> str | None:
        """What a record is called; its id where it has no name."""
        parent = self._org.schema.of_prefix(record_id[:3]) if record_id else None
        name = next((f for f in parent.fields if f.name_field), None) if parent else None
        if parent is None or name is None:
            return record_id
        columns = [name.name] if name.has_column else ["FirstName", "LastName"]
        found = self._org.store.one(f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(parent.name)} WHERE Id = ?", (record_id,))
        return " ".join(str(part) for part in found if part) if found else record_id


def tracked(sobject: SObject) -> tuple[Field, ...]:
    return tuple(f for f in sobject.columns if f.tracked)[:MOST_FIELDS]


def _kept(f: Field, value: Any) -> Any:
    """A checkbox is one byte, so that the column of any type can tell it from a number (see `values.shown`)."""
    return value if f.type != "boolean" or value is None else bytes([bool(value)])
