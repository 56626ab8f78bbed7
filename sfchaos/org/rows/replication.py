"""Which rows changed or went within a span of time: getUpdated() and getDeleted(), for every surface that offers them.

Sources: SOAP API Developer Guide, "getUpdated()", "getDeleted()", "Data Replication"; REST API Developer Guide, "sObject Get
Updated", "sObject Get Deleted" (D); wire reference 3.10. The sentences are K.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.recycle_bin import KEPT_S
from sfchaos.org.rows.values import seconds_of, stored_instant
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

MOST_IDS = 600_000
OLDEST_START_S = 30 * 86_400
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Updated:
    """`ids` in the order of their changes; `covered` is the stored datetime from which the next call has to start."""

    ids: tuple[str, ...]
    covered: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """`rows` are (id, when deleted) in the order of deletion; `earliest` is from when on the log is whole."""

    rows: tuple[tuple[str, str], ...]
    covered: str
    earliest: str


def get_updated(org: Org, sobject: SObject, start_s: float, end_s: float, *, user_id: str) -> Updated:
    """Rows created or changed (by SystemModstamp, so by automation too) in [start, end), and still there. Raises Refused."""
    _check_replicateable(sobject)
    start, end = _span(org, start_s, end_s)
    rows = _rows(org, sobject, user_id, start, end, deleted=False)
    return Updated(tuple(row[0] for row in rows), end)


def get_deleted(org: Org, sobject: SObject, start_s: float, end_s: float, *, user_id: str) -> Deleted:
    """Rows deleted in [start, end) that still lie in the recycle bin: for fifteen days. Raises Refused."""
    _check_replicateable(sobject)
    start, end = _span(org, start_s, end_s)
    purged = org.recycle_bin.last_purged(sobject)
    if purged and start < purged:
        # D: the code, for a log that was purged before the call; the sentence is a guess
        raise _bad_date("startDate is before the earliest date available")
    rows = _rows(org, sobject, user_id, start, end, deleted=True)
    # of an object of which nothing has left for good yet: what the bin holds at most (a guess)
    return Deleted(tuple((row[0], row[1]) for row in rows), end, purged or stored_instant(_whole_minute(org.now_s() - KEPT_S)))


def _check_replicateable(sobject: SObject) -> None:
    if not sobject.replicateable or sobject.find("SystemModstamp") is None:
        # status and text U (object-sync-for-salesforce#109), code D (ExceptionCode) but a guess for this
        raise refuse("INVALID_TYPE_FOR_OPERATION", f"sObject type {sobject.name} is not replicable", status=400)


def _span(org: Org, start_s: float, end_s: float) -> tuple[str, str]:
    """Start and end as stored datetimes: seconds ignored, no end in the future (wire reference 3.10, D)."""
    now_s = org.now_s()
    start, end = _whole_minute(start_s), _whole_minute(min(end_s, now_s))
    if start_s < now_s - OLDEST_START_S - _MINUTE_S:
        raise _bad_date("startDate cannot be more than 30 days ago")
    if start >= end:
        raise _bad_date("endDate must be at least one minute greater than startDate")
    return stored_instant(start), stored_instant(end)


def _whole_minute(at_s: float) -> int:
    return int(at_s // _MINUTE_S) * _MINUTE_S


def _bad_date(sentence: str) -> Refused:
    return refuse("INVALID_REPLICATION_DATE", sentence)


def _rows(org: Org, sobject: SObject, user_id: str, start: str, end: str, *, deleted: bool) -> Sequence[tuple[Any, ...]]:
    """(id, SystemModstamp) of the rows that the user may read. Raises Refused with EXCEEDED_ID_LIMIT (D)."""
    terms = ["t.SystemModstamp >= ?", "t.SystemModstamp < ?"]
    if sobject.find("IsDeleted") is not None:
        terms.append(f"t.IsDeleted = {int(deleted)}")
    elif deleted:
        return ()
    shared = access.row_filter(org, user_id, sobject, "t")
    terms += [f"({shared})"] if shared else []
    rows = org.store.all(f"SELECT t.Id, t.SystemModstamp FROM {quoted(sobject.name)} t WHERE {' AND '.join(terms)} ORDER BY t.SystemModstamp, t.Id LIMIT {MOST_IDS + 1}",
                         (start, end))  # fmt: skip
    if len(rows) > MOST_IDS:
        raise refuse("EXCEEDED_ID_LIMIT", f"exceeded {MOST_IDS} ids: choose a start and an end that are closer together")  # code D, text a guess
    return rows


def instant_of(text: str) -> float | None:
    """Org seconds of a datetime with its offset, as the two calls take it; None for anything else."""
    from sfchaos.org.rows.values import BadValue, coercer
    from sfchaos.org.schema.model import Field

    if "T" not in text:
        return None
    try:
        return seconds_of(str(coercer(Field("start", "datetime"))(text)))
    except BadValue:
        return None
