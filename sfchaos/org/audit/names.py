"""How SetupAuditTrail names what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved

Note = tuple[str, str]  # Action, Display


class Names:
    def __init__(self, org: Org) -> None:
        self._org = org

    def of(self, sobject: str, record_id: str | None, column: str = "Name") -> str:
        """A column of one row; `none` without an id, the id itself for a row that is gone."""
        kind = self._org.schema.find(sobject)
        if not record_id or kind is None or kind.find(column) is None:
            return "none"
        found = self._org.store.one(f"SELECT {quoted(column)} FROM {quoted(sobject)} WHERE Id = ?", (record_id,))
        return str(found[0]) if found else record_id

    def person(self, user_id: str | None) -> str:
        found = self._org.store.one("SELECT FirstName, LastName FROM User WHERE Id = ?", (user_id,)) if user_id else None
        return " ".join(str(part) for part in found if part) if found else "none"

    def label(self, sobject: str, field: str = "") -> str:
        """What pages call an sObject, or one of its fields."""
        found = self._org.schema.find(sobject)
        if found is None:
            return field or sobject
        if not field:
            return found.label
        named = found.find(field)
        return named.label or named.name if named is not None else field


def changed(saved: Saved) -> dict[str, tuple[Any, Any]]:
    """(old, new) of the columns that a save changed."""
    return {name: (saved.before.get(name), value) for name, value in saved.values.items() if saved.before.get(name) != value}
