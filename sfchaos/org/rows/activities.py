"""LastActivityDate and AccountId: what tasks and events do to the rows they are about, and whose they are.

The date of the latest event, or of the latest task that is closed. Source: Object Reference, "Account" LastActivityDate (D). It is
kept for the row named by WhoId or WhatId and for the activity's account. That account is WhatId's, or where WhatId has none the
contact's in WhoId (Object Reference, "Task" AccountId, D); it follows when the activity is saved, not when its parents change (K).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.schema.model import SObject

_ABOUT = ("WhoId", "WhatId", "AccountId")


class Activities:
    """The follower of tasks and events."""

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name in ("Task", "Event") and sobject.find("ActivityDate") is not None

    def saved(self, org: Org, saved: Saved) -> None:
        if saved.verb == "update" and not {"ActivityDate", "Status", "IsClosed", *_ABOUT} & set(saved.values):
            return
        after = {**saved.before, **saved.values}
        if saved.verb in ("create", "update"):
            after["AccountId"] = _keep_account(org, saved, after)
        about = {str(row[name]): None for row in (saved.before, after) for name in _ABOUT if row.get(name)}
        for record_id in about:
            _refresh(org, record_id)


def _keep_account(org: Org, saved: Saved, row: Mapping[str, Any]) -> str | None:
    """Store the activity's account, and return it."""
    held = row.get("AccountId")
    f = saved.sobject.find("AccountId")
    if f is None or not f.has_column or (saved.as_admin and saved.values.get("AccountId")):
        return held
    account = _account_of(org, row.get("WhatId")) or _account_of(org, row.get("WhoId"))
    if account != held:
        org.store.update(saved.sobject.name, saved.id, {"AccountId": account})
    return account


def _account_of(org: Org, record_id: str | None) -> str | None:
    """The id itself if it is an account's, else what the row's first reference to Account holds."""
    sobject = org.schema.of_prefix(record_id[:3]) if record_id else None
    if sobject is None or sobject.name == "Account":
        return record_id if sobject else None
    f = next((f for f in sobject.fields if f.reference_to == ("Account",) and f.has_column), None)
    found = org.store.one(f"SELECT {quoted(f.name)} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,)) if f else None
    return found[0] if found else None


def _refresh(org: Org, record_id: str) -> None:
    sobject = org.schema.of_prefix(record_id[:3])
    if sobject is None or sobject.find("LastActivityDate") is None:
        return
    dates = [date for name in ("Task", "Event") if (date := _latest(org, name, record_id))]
    org.store.update(sobject.name, record_id, {"LastActivityDate": max(dates, default=None)})


def _latest(org: Org, name: str, record_id: str) -> str:
    sobject = org.schema.find(name)
    columns = [] if sobject is None or sobject.find("ActivityDate") is None else [column for column in _ABOUT if (f := sobject.find(column)) is not None and f.has_column]
    if not columns:
        return ""
    about = " OR ".join(f"{quoted(column)} = :id" for column in columns)
    closed = " AND IsClosed = 1" if name == "Task" else ""
    found = org.store.one(f"SELECT MAX(ActivityDate) FROM {quoted(name)} WHERE IsDeleted = 0{closed} AND ({about})", {"id": record_id})
    return str(found[0]) if found and found[0] else ""
