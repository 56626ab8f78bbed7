"""Create, update, upsert, delete and undelete of rows, as REST rows, collections, composite and Bulk jobs all do it.

Order for each row, wire reference 4.3 (K): fields and rights, values, required, parents, duplicates and validation rules,
the gate (where triggers would run), locks. All checks come before the one statement that writes, so that a row needs no
savepoint of its own; only allOrNone opens one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sfchaos.core.gate import Receipt, Refusal, RowTouch, Verb
from sfchaos.org.access.checks import denied_by_rights
from sfchaos.org.quotas.storage import room_for_rows
from sfchaos.org.refusals import refuse
from sfchaos.org.rows.batch import CHUNK_ROWS, batch_of
from sfchaos.org.rows.merge import MergeResult, merge
from sfchaos.org.rows.row_input import Form, RowRefused, is_key
from sfchaos.org.rows.row_work import RowResult, Validation, Work, rolled_back
from sfchaos.org.rows.row_writer import refused_row, write_row
from sfchaos.org.rows.values import row_refusal, stored_instant

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

__all__ = ["Dml", "How", "RowResult", "Run", "Validation", "no_such_key", "rolled_back"]



READ_ONLY = "read_only"  # register of limits: until when nothing is written (org seconds)
_MAINTENANCE = row_refusal("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "No changes can be made during maintenance.")  # code D, text a guess


class _RolledBack(Exception):
    """Leaves the savepoint of an allOrNone request."""


Run = tuple[str, Sequence[Mapping[str, Any]]]
Works = list[tuple[Work, Sequence[Mapping[str, Any]]]]
Pairs = list[tuple[Work, RowResult]]


class How(TypedDict, total=False):
    """How to write.

    key_field       an upsert's external id
    form            "csv" reads cells: "" leaves a field alone, `#N/A` nulls it, a wrong type refuses its row, not the request; "soap"
                    refuses rows so too, and takes texts as they are
    first_position  of the first row, 1-based, where a job writes in several batches
    update_only     an upsert that must not create
    as_admin        past rights, gate and locks; may set system fields and the Id
    call, touches   where to note what was done: the call's receipt, a list
    """

    all_or_none: bool
    key_field: str
    call: Call | None
    job_id: str
    form: Form
    first_position: int
    update_only: bool
    as_admin: bool
    touches: list[RowTouch] | None


class Dml:
    def __init__(self, org: Org) -> None:
        self._org = org

    def write(self, verb: Verb, sobject_name: str, rows: Sequence[Mapping[str, Any]], *, user_id: str, **how: Unpack[How]) -> list[RowResult]:
        """Write rows of one sObject, one result for each, in order. update, delete and undelete name their row by `Id`.

        Raises Refused for what concerns the whole request.
        """
        return self.write_runs(verb, [(sobject_name, rows)], user_id=user_id, **how)

    def write_runs(self, verb: Verb, runs: Sequence[Run], *, user_id: str, **how: Unpack[How]) -> list[RowResult]:
        """The same for rows of several sObjects, in runs of one; allOrNone covers all of them."""
        works = [(self._work(verb, name, user_id, how), rows) for name, rows in runs]
        position = how.get("first_position", 1)
        if how.get("all_or_none") and sum(len(rows) for _, rows in works) > 1:
            pairs = self._all_or_none(works, position)
        else:
            pairs = self._each(works, position)
        _tell_caller(pairs, how)
        return [result for _, result in pairs]

    def write_cells(self, verb: Verb, sobject_name: str, columns: tuple[str, ...], rows: Sequence[Sequence[str]], *, user_id: str, **how: Unpack[How]) -> list[RowResult]:
        """Rows of a Bulk CSV, as cells: `columns` are field names and relationship columns (`Account.Ext__c`), and every row has one
        cell for each. One result for each row, in order.

        Raises Refused for what concerns all rows: an sObject, key or column that is not there.
        """
        how["form"] = "csv"
        work = self._work(verb, sobject_name, user_id, how)
        batch = None if how.get("all_or_none") or _denied(work) is not None or self._is_tight(work, len(rows)) else batch_of(work, columns)
        if batch is None:
            return self.write(verb, sobject_name, [dict(zip(columns, cells, strict=True)) for cells in rows], user_id=user_id, **how)
        results = batch.write(rows, how.get("first_position", 1))
        _tell_caller([(work, result) for result in results] if how.get("call") is not None or how.get("touches") is not None else [], how)
        return results

    def _is_tight(self, work: Work, rows: int) -> bool:
        room = room_for_rows(self._org) if work.verb in ("create", "upsert") else None
        return room is not None and room < rows

    def merge(self, sobject_name: str, master: Mapping[str, Any], losers: Sequence[str], *, user_id: str) -> MergeResult:
        """Make `losers` (ids) one with the row that `master` names by Id; see `merge.py`."""
        return merge(self._org, sobject_name, master, losers, user_id=user_id)

    def _work(self, verb: Verb, name: str, user_id: str, how: How) -> Work:
        admin = how.get("as_admin", False)
        plan = self._org.plans.write(name, "" if admin else user_id)
        self._org.freshen(plan.sobject.name)
        key_field = how.get("key_field", "")
        key = plan.sobject.find(key_field) if verb == "upsert" else None
        if verb == "upsert" and (key is None or not is_key(key)):
            raise no_such_key(key_field)
        now = stored_instant(int(self._org.now_s()))
        return Work(self._org, plan, verb, user_id, how.get("form", "json"), admin, key, how.get("job_id", ""), how.get("update_only", False), now, how.get("call"))

    def _all_or_none(self, works: Works, first: int) -> Pairs:
        pairs: Pairs = []
        mark = self._org.events_kept
        try:
            with self._org.store.unit():
                pairs = self._each(works, first)
                if not all(result.ok for _, result in pairs):
                    raise _RolledBack
        except _RolledBack:
            self._org.drop_events(mark)
            return [(work, rolled_back(result) if result.ok else result) for work, result in pairs]
        return pairs

    def _each(self, works: Works, position: int) -> Pairs:
        pairs: Pairs = []
        for work, rows in works:
            denied = _denied(work)
            work.room = room_for_rows(self._org) if work.verb in ("create", "upsert") and not work.admin else None
            for index, row in enumerate(rows):
                if index % CHUNK_ROWS == 0:
                    work.seen.clear()
                result = write_row(work, row, position) if denied is None else refused_row(work, row, RowRefused(denied))
                pairs.append((work, result))
                if work.room is not None and result.ok and result.created:
                    work.room -= 1
                position += 1
        return pairs


def _denied(work: Work) -> Refusal | None:
    """Why nobody, or not this user, may write this way to the sObject at all, if so. Text K: wire reference 10.1."""
    sobject = work.plan.sobject
    allowed = {"delete": sobject.deletable, "update": sobject.updateable, "undelete": sobject.deletable}.get(work.verb, sobject.createable)
    if work.admin:
        return None
    if work.org.now_s() < work.org.registers.limits.get(READ_ONLY, 0.0):
        return _MAINTENANCE
    if allowed:
        return denied_by_rights(work)
    what = {"create": "inserted", "upsert": "inserted", "update": "updated"}.get(work.verb, "deleted")
    return row_refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {what}: {sobject.name}")


def _tell_caller(pairs: Pairs, how: How) -> None:
    call, touches = how.get("call"), how.get("touches")
    if call is not None:
        _note(pairs, call.receipt)
    if touches is not None:
        touches.extend(_touch(work, result) for work, result in pairs)


def _note(pairs: Pairs, receipt: Receipt) -> None:
    receipt.asked += len(pairs)
    for work, result in pairs:
        receipt.changed += result.ok
        receipt.rows.append(_touch(work, result))


def no_such_key(name: str) -> Exception:
    """Source: wire reference 3.7 (L restforce)."""
    return refuse("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")


def _touch(work: Work, result: RowResult) -> RowTouch:
    code = result.refusals[0].code if result.refusals and not result.ok else ""
    key_field = work.key.name if work.key else ""
    return RowTouch(work.verb, work.plan.sobject.name, result.id, result.ok, code, key_field, result.key, result.created, result.values)
