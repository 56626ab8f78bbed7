"""Up to three rows made one: the master keeps its id, the others go to the recycle bin, what hung on them hangs on it.

Nobody merges over REST; SOAP's merge() does. Source: SOAP API Developer Guide, "merge()" (D): accounts, contacts, leads and
cases, at most two losers, children are reparented, losers carry MasterRecordId; sentences are guesses unless a tag says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Refusal
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.rows.deletion import delete_row
from sfchaos.org.rows.row_checks import is_deleted
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.row_work import GONE, NO_SUCH_ROW, Work
from sfchaos.org.rows.telling import row_before, tell
from sfchaos.org.rows.values import row_refusal, stored_instant
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject

MERGEABLE = ("Account", "Contact", "Lead", "Case")
MOST_LOSERS = 2
_STAY = ("History", "Share")  # what the org wrote about a loser stays with it


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What SOAP's MergeResult says: the master's id, the rows that were merged into it, the children that were reparented."""

    ok: bool
    id: str = ""
    merged_ids: tuple[str, ...] = ()
    related_ids: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def merge(org: Org, sobject_name: str, master: Mapping[str, Any], losers: Sequence[str], *, user_id: str) -> MergeResult:
    """`master` names the row that stays by Id and may set fields of it; `losers` are the ids that go. All of it happens, or nothing.

    Raises Refused for an sObject that is not there.
    """
    work = _work(org, sobject_name, user_id)
    try:
        with org.store.unit():
            return _merged(work, master, losers)
    except RowRefused as refused:
        return MergeResult(False, str(master.get("Id") or ""), refusals=refused.refusals)


def _work(org: Org, sobject_name: str, user_id: str) -> Work:
    now = stored_instant(int(org.now_s()))
    return Work(org, org.plans.write(sobject_name, user_id), "update", user_id, "json", False, None, "", False, now)


def _merged(work: Work, master: Mapping[str, Any], losers: Sequence[str]) -> MergeResult:
    master_id, *loser_ids = _checked(work, [str(master.get("Id") or ""), *losers])
    result = work.org.dml.write("update", work.plan.sobject.name, [{**master, "Id": master_id}], user_id=work.user_id)[0]
    if not result.ok:
        raise RowRefused(*result.refusals)
    related = [child for loser in loser_ids for child in _reparent(work, loser, master_id)]
    for loser in loser_ids:
        delete_row(work, loser, master_id=master_id)
    return MergeResult(True, master_id, tuple(loser_ids), tuple(dict.fromkeys(related)))


def _checked(work: Work, ids: Sequence[str]) -> list[str]:
    """18-character ids of live rows of the one sObject. Raises RowRefused."""
    sobject = work.plan.sobject
    if sobject.name not in MERGEABLE:
        raise RowRefused(row_refusal("INVALID_TYPE", f"entity type cannot be merged: {sobject.name}"))
    if not 2 <= len(ids) <= MOST_LOSERS + 1:
        raise RowRefused(row_refusal("NUMBER_OUTSIDE_VALID_RANGE", f"merge request must have between 1 and {MOST_LOSERS} records to merge, found {len(ids) - 1}"))
    found: list[str] = []
    for text in ids:
        if not is_id(text) or text[:3] != sobject.key_prefix:
            raise RowRefused(row_refusal("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {text}", "Id"))
        record_id = to_18(text)
        if record_id in found:
            raise RowRefused(row_refusal("DUPLICATE_VALUE", f"duplicate id specified: {record_id}"))
        gone = is_deleted(work.org, work.plan, record_id)
        if gone is not False:
            raise RowRefused(replace(NO_SUCH_ROW if gone is None else GONE, status=400))
        found.append(record_id)
    return found


def _reparent(work: Work, loser: str, master_id: str) -> list[str]:
    """Every live child of the loser points at the master; the ids of those that were moved. A row does not become its own parent."""
    moved: list[str] = []
    for child, reference in work.org.schema.children.get(work.plan.sobject.name.lower(), ()):
        if not reference.has_column or reference.name == "MasterRecordId" or not child.createable or child.name.endswith(_STAY):
            continue
        live = " AND IsDeleted = 0" if child.find("IsDeleted") else ""
        rows = work.org.store.all(f"SELECT Id FROM {quoted(child.name)} WHERE {quoted(reference.name)} = ?{live} ORDER BY Id", (loser,))
        moved += [child_id for (child_id,) in rows if _moved(work, child, reference, child_id, master_id)]
    return moved


def _moved(work: Work, child: SObject, reference: Field, child_id: str, master_id: str) -> bool:
    before = row_before(work.org, child, "update", child_id)
    changes = {reference.name: None if child_id == master_id else master_id, "SystemModstamp": work.now, "LastModifiedDate": work.now, "LastModifiedById": work.user_id}
    work.org.store.update(child.name, child_id, {name: value for name, value in changes.items() if child.find(name)})
    if before:
        tell(work, child, "update", child_id, {reference.name: changes[reference.name]}, before)
    return child_id != master_id
