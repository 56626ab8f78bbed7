"""What each user looked at lately: `/recent`, `recentItems`, LastViewedDate and LastReferencedDate.

Nothing that an integration does by itself counts as looking: `FOR VIEW` and `FOR REFERENCE` in SOQL do, and a write whose
`Sforce-Mru` header asks for it (v60, wire reference 1.7, D). Source: REST API Developer Guide, "Recently Viewed Items" (D): 200
rows in all. The two dates stand in the row, so they are the last viewer's, where Salesforce keeps them for each user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.rows.deletion import name_of
from sfchaos.org.rows.row_checks import is_deleted
from sfchaos.org.rows.values import stored_instant
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

MOST_KEPT = 200
MRU_SINCE = 60.0
_MRU = re.compile(r"\bupdateMru\s*=\s*true\b", re.IGNORECASE)
_TABLE = "RecentlyViewed"


@dataclass(frozen=True, slots=True)
class Seen:
    sobject: str
    id: str


class Recent:
    """In the registers, by user: the latest first, each row once."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def viewed(self, user_id: str, sobject: SObject, *ids: str) -> None:
        """The user opened these rows (the last of them last)."""
        self._note(user_id, sobject, ids, ("LastViewedDate", "LastReferencedDate"))

    def referenced(self, user_id: str, sobject: SObject, *ids: str) -> None:
        """The user opened rows that are related to these."""
        self._note(user_id, sobject, ids, ("LastReferencedDate",))

    def written(self, call: Call, sobject: SObject, record_id: str) -> None:
        """A write over the API: nothing, unless its Sforce-Mru header says `updateMru=true`."""
        header = call.request.header("sforce-mru")
        if header and _MRU.search(header) and call.version_number >= MRU_SINCE:
            self.viewed(call.user_id, sobject, record_id)

    def items(self, user_id: str, base: str, *, sobject: SObject | None = None, limit: int = MOST_KEPT) -> list[dict[str, Any]]:
        """Rows as `/recent` shows them, latest first; those that are gone or hidden from the user by now are left out."""
        seen: tuple[Seen, ...] = self._org.registers.recent.get(user_id, ())
        shown = (self._item(user_id, base, entry) for entry in seen if sobject is None or entry.sobject == sobject.name)
        return [item for item in shown if item is not None][:limit]

    def _item(self, user_id: str, base: str, entry: Seen) -> dict[str, Any] | None:
        org = self._org
        sobject = access.visible(org, user_id, entry.sobject)
        if sobject is None or is_deleted(org, org.plans.write(sobject.name, user_id), entry.id) is not False or not access.may_row(org, user_id, sobject, entry.id):
            return None
        return {"attributes": {"type": sobject.name, "url": f"{base}/sobjects/{sobject.name}/{entry.id}"}, "Id": entry.id, "Name": name_of(org, sobject, entry.id)}

    def _note(self, user_id: str, sobject: SObject, ids: tuple[str, ...], dates: tuple[str, ...]) -> None:
        if not ids:
            return
        now = stored_instant(int(self._org.now_s()))
        changes = {name: now for name in dates if sobject.find(name) is not None}
        for record_id in ids:
            if changes:
                self._org.store.update(sobject.name, record_id, changes)
            self._list(sobject, record_id, dict.fromkeys(dates, now))
        latest = tuple(Seen(sobject.name, record_id) for record_id in dict.fromkeys(reversed(ids)))
        older: tuple[Seen, ...] = self._org.registers.recent.get(user_id, ())
        self._org.registers.recent[user_id] = (*latest, *(entry for entry in older if entry not in latest))[:MOST_KEPT]

    def _list(self, sobject: SObject, record_id: str, dates: dict[str, str]) -> None:
        """The same as a row that SOQL can read, where the schema has the object for it."""
        table = self._org.schema.find(_TABLE)
        if table is None:
            return
        shared = [f.name for f in table.columns if f.name not in ("Name", "Type", *dates) and (own := sobject.find(f.name)) is not None and own.has_column]
        found = self._org.store.one(f"SELECT {', '.join(map(quoted, shared))} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
        if found is None:
            return
        row = {**dict(zip(shared, found, strict=True)), "Name": name_of(self._org, sobject, record_id), "Type": sobject.name, **dates}
        self._org.store.run(f"DELETE FROM {quoted(_TABLE)} WHERE Id = ?", (record_id,))
        self._org.store.insert(_TABLE, {name: value for name, value in row.items() if table.find(name) is not None})
