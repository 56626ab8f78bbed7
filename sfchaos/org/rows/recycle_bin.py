"""The recycle bin: what lies in it, for how long, and how a row comes out again with what went along.

A deleted row stays in its table, marked; fifteen days on the org's clock later it is gone for good (wire reference 3.6, D).
Rows that a cascade took along have no entry of their own: they come back with the row they belong to, not alone (K).
References that a deletion cleared are set again, unless somebody filled them meanwhile.
Source: Apex Developer Guide, "Restoring Deleted Records" (D); SOAP API Developer Guide, undelete() and emptyRecycleBin() (D).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import Refused
from sfchaos.org.rows.row_checks import is_deleted
from sfchaos.org.rows.row_input import RowRefused, matches
from sfchaos.org.rows.row_work import GONE, RowResult
from sfchaos.org.rows.telling import row_before, tell
from sfchaos.org.rows.values import row_refusal, seconds_of, stored_instant
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.row_work import Work
    from sfchaos.org.schema.model import SObject

KEPT_S = 15 * 86_400.0
# code D (StatusCode: "could not be undeleted because it does not exist or has not been deleted"), text K
NOT_IN_BIN = row_refusal("UNDELETE_FAILED", "entity is not in the recycle bin")


@dataclass(frozen=True, slots=True)
class Binned:
    """A deletion that concerned more than its own row. `root` is the row it was asked for; only that row's entry says what it
    `took` along, as (id, sObject), and which references it `cut`, as (sObject, field, id). `emptied` rows cannot come back."""

    root: str
    took: tuple[tuple[str, str], ...] = ()
    cut: tuple[tuple[str, str, str], ...] = ()
    emptied: bool = False


class RecycleBin:
    """Entries are in the registers (`recycle_bin`), and so is when the next row leaves for good (`purges`)."""

    def __init__(self, org: Org) -> None:
        self._org = org

    # ------------------------------------------------------------------ in and out

    def take(self, root: str, rows: Sequence[tuple[str, SObject]], cuts: Sequence[tuple[str, str, str]]) -> None:
        """Note a deletion; `rows` are (id, sObject), the root first."""
        held = self._org.registers.recycle_bin
        before = {row_id: held.pop(row_id, None) for row_id, _ in rows}
        if len(rows) > 1 or cuts or any(before.values()):
            self._org.store.on_undo(lambda: _put_back(held, before))
        if len(rows) > 1 or cuts:
            took = tuple((row_id, kind.name) for row_id, kind in rows[1:] if kind.find("IsDeleted"))
            held[root] = Binned(root, took, tuple(cuts))
            held.update({row_id: Binned(root) for row_id, _ in took})
        purges = self._org.registers.purges
        purges["due_s"] = min(purges.get("due_s", math.inf), self._org.now_s() + KEPT_S)

    def restore(self, work: Work, record_id: str) -> None:
        """Out of the bin, with all that went along. Raises RowRefused before anything was written."""
        org = work.org
        entry: Binned | None = org.registers.recycle_bin.get(record_id)
        if entry is not None and (entry.root != record_id or entry.emptied):
            raise RowRefused(NOT_IN_BIN, record_id=record_id)
        rows = [(record_id, work.plan.sobject), *((row_id, self._sobject(kind)) for row_id, kind in (entry.took if entry else ()))]
        back = {row_id for row_id, _ in rows}
        for row_id, kind in rows:
            self._check(work, kind, row_id, back)
        before = [(row_id, kind, row_before(org, kind, "undelete", row_id)) for row_id, kind in rows]
        for row_id, kind in rows:
            changes = {"IsDeleted": 0, "SystemModstamp": work.now, "MasterRecordId": None}
            org.store.update(kind.name, row_id, {name: value for name, value in changes.items() if kind.find(name)})
            self._cut_loose(kind, row_id)
        held = org.registers.recycle_bin
        out = {row_id: held.pop(row_id, None) for row_id, _ in rows}
        org.store.on_undo(lambda: _put_back(held, out))
        for name, reference, child_id in entry.cut if entry else ():
            org.store.run(f"UPDATE {quoted(name)} SET {quoted(reference)} = ? WHERE Id = ? AND {quoted(reference)} IS NULL AND IsDeleted = 0", (record_id, child_id))
        for row_id, kind, was in before:
            if was:
                tell(work, kind, "undelete", row_id, {}, was)

    def _check(self, work: Work, sobject: SObject, record_id: str, back: set[str]) -> None:
        """A row cannot come back without what it belongs to, nor with a unique value that another row has by now."""
        org = work.org
        plan = org.plans.write(sobject.name, "")
        parents = [f.name for f in plan.references if f.cascade_delete]
        names = [*parents, *(f.name for f in plan.unique)]
        found = org.store.one(f"SELECT {', '.join(map(quoted, ('Id', *names)))} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
        values = dict(zip(names, (found or ())[1:], strict=False))
        for name in parents:
            parent_id = values.get(name)
            parent = org.schema.of_prefix(parent_id[:3]) if parent_id else None
            if parent is not None and parent_id not in back and is_deleted(org, org.plans.write(parent.name, ""), str(parent_id)) is not False:
                raise RowRefused(replace(GONE, status=400), record_id=record_id)
        for f in plan.unique:
            other = next(iter(matches(org, sobject, f, values.get(f.name), at_most=1)), None)
            if other is not None:
                raise RowRefused(row_refusal("DUPLICATE_VALUE", f"duplicate value found: {f.name} duplicates value on record with id: {other[:15]}"), record_id=record_id)

    def _cut_loose(self, sobject: SObject, record_id: str) -> None:
        """A lookup to a row that was deleted meanwhile is cleared, as it would have been on a live row (a guess)."""
        org = self._org
        names = [f.name for f in org.plans.write(sobject.name, "").references if f.nillable and not f.cascade_delete]
        found = org.store.one(f"SELECT {', '.join(map(quoted, ('Id', *names)))} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
        for name, parent_id in zip(names, (found or ())[1:], strict=False):
            parent = org.schema.of_prefix(str(parent_id)[:3]) if parent_id else None
            if parent is not None and is_deleted(org, org.plans.write(parent.name, ""), str(parent_id)):
                org.store.update(sobject.name, record_id, {name: None})

    def _sobject(self, name: str) -> SObject:
        found = self._org.schema.find(name)
        if found is None:
            raise Refused(NOT_IN_BIN)
        return found

    # ------------------------------------------------------------------ for good

    def empty(self, ids: Sequence[str], *, user_id: str) -> list[RowResult]:
        """emptyRecycleBin(): the rows cannot come back any more; queryAll shows them for some time yet (D). One result for each id."""
        return [self._emptied(text, user_id) for text in ids]

    def _emptied(self, text: str, user_id: str) -> RowResult:
        org = self._org
        sobject = org.schema.of_prefix(text[:3]) if is_id(text) else None
        if sobject is None:
            return RowResult(False, text, False, (row_refusal("MALFORMED_ID", f"malformed id {text}"),))  # text K
        record_id = to_18(text)
        entry: Binned | None = org.registers.recycle_bin.get(record_id)
        gone = is_deleted(org, org.plans.write(sobject.name, user_id), record_id)
        if not gone or not access.may_row(org, user_id, sobject, record_id, "delete") or (entry is not None and (entry.root != record_id or entry.emptied)):
            # the code is K; the text that of undelete
            return RowResult(False, record_id, False, (row_refusal("INVALID_ID_FIELD", NOT_IN_BIN.message),))
        took = entry.took if entry else ()
        org.registers.recycle_bin[record_id] = Binned(record_id, took, (), emptied=True)
        return RowResult(True, record_id)

    def purge(self) -> None:
        """Drop what has lain in the bin for fifteen days; called when the first of it is due."""
        org = self._org
        limit = stored_instant(int(org.now_s() - KEPT_S))
        oldest = ""
        for sobject in org.schema:
            if sobject.find("IsDeleted") is None or sobject.find("SystemModstamp") is None:
                continue
            oldest = min(filter(None, (oldest, self._purge_table(sobject, limit))), default="")
        org.registers.purges["due_s"] = seconds_of(oldest) + KEPT_S if oldest else math.inf

    def _purge_table(self, sobject: SObject, limit: str) -> str:
        """When the oldest row that stays was deleted, as stored text; "" without one."""
        store, table = self._org.store, quoted(sobject.name)
        leaving = store.all(f"SELECT Id, SystemModstamp FROM {table} WHERE IsDeleted = 1 AND SystemModstamp <= ?", (limit,))
        if leaving:
            store.run(f"DELETE FROM {table} WHERE IsDeleted = 1 AND SystemModstamp <= ?", (limit,))
            self._org.registers.purges[sobject.name] = max(stamp for _, stamp in leaving)
            for record_id, _ in leaving:
                self._org.registers.recycle_bin.pop(record_id, None)
        found = store.one(f"SELECT MIN(SystemModstamp) FROM {table} WHERE IsDeleted = 1")
        return str(found[0]) if found and found[0] else ""

    def last_purged(self, sobject: SObject) -> str:
        """When the last row that left for good had been deleted, as stored text; "" when none has left."""
        return str(self._org.registers.purges.get(sobject.name, ""))


def _put_back(held: dict[str, Any], before: Mapping[str, Binned | None]) -> None:
    """The entries as they were before a deletion, or a return, that has been undone."""
    for row_id, entry in before.items():
        if entry is None:
            held.pop(row_id, None)
        else:
            held[row_id] = entry
