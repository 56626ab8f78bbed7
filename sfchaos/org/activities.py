"""LastActivityDate: what tasks and events do to the rows they are about.

The date of the latest event, or of the latest task that is closed. Source: Object Reference, "Account" LastActivityDate (D). It is
kept for the row named by WhoId or WhatId and for the activity's account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.gate import Verb
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.after import Saved
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

_ABOUT = ("WhoId", "WhatId", "AccountId")


class Activities:
    """The follower of tasks and events."""

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name in ("Task", "Event") and sobject.find("ActivityDate") is not None

    def saved(self, org: Org, saved: Saved) -> None:
        if saved.verb == "update" and not {"ActivityDate", "Status", "IsClosed", *_ABOUT} & set(saved.values):
            return
        about = {str(row[name]): None for row in (saved.before, saved.values) for name in _ABOUT if row.get(name)}
        for record_id in about:
            _refresh(org, record_id)


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
