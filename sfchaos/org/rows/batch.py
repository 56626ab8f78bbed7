"""Rows of a Bulk CSV written in chunks of 200: looked up, inserted and told of together, each with the outcome it would have alone.

A chunk is read column by column (`cells.py`), what it must know of the store is asked for at once (`known.py`), and rows wait until
the chunk ends. A row with anything unusual is written by itself, after those before it: whatever refuses a row, `row_writer` words it.
Such a row that is then written may have changed what was known, so that the rest of its chunk goes one by one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import RowEvent, Verb
from sfchaos.org.access.delegated import GUARDED
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.rows.after import Saved
from sfchaos.org.rows.auto_numbers import numbered
from sfchaos.org.rows.cells import ABSENT, BAD, CellColumn, cell_columns, has_key
from sfchaos.org.rows.known import folded, ids_by_key, is_plain, live_ids, rows_where
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.row_work import RowResult, Work
from sfchaos.org.rows.row_writer import refused_row, write_row
from sfchaos.org.rows.rules import filled
from sfchaos.org.rows.telling import tell_many
from sfchaos.org.schema.derive import derived_values
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.schema.model import Field

CHUNK_ROWS = 200  # rows that Salesforce works on together
_SAVES: Mapping[Verb, tuple[Verb, ...]] = {"create": ("create",), "update": ("update",), "upsert": ("create", "update"), "delete": ("delete",)}
Cells = Sequence[str]
Target = tuple[str, str, str]  # what must not come twice in a chunk, the id of the row that is there, the external id value


def batch_of(work: Work, columns: tuple[str, ...]) -> Batch | None:
    """The writer of such rows; None where something is set up that must look at them one by one."""
    plan, org = work.plan, work.org
    saves = _SAVES.get(work.verb)
    if saves is None or work.admin or org.registers.locks or org.registers.validations:
        return None
    if plan.sobject.event or plan.book.applies or plan.stands_for_rights or plan.sobject.name in GUARDED or plan.sobject.name == "ContentVersion":
        return None
    if work.verb != "create" and (plan.filters or (plan.sobject.derived and work.verb != "delete")):
        return None
    if not all(org.followers.in_batches(plan.sobject, verb) for verb in saves):
        return None
    found = cell_columns(work, columns)
    if found is None or (work.verb == "upsert" and not has_key(work, found)) or (work.verb in ("update", "delete") and "Id" not in columns):
        return None
    return Batch(work, columns, found)


class Batch:
    def __init__(self, work: Work, columns: tuple[str, ...], cells: tuple[CellColumn, ...]) -> None:
        plan, org, names = work.plan, work.org, tuple(column.field.name for column in cells)
        self._work, self._org, self._plan = work, org, plan
        self._table, self._prefix = plan.sobject.name, plan.sobject.key_prefix
        self._columns, self._cells, self._names = columns, cells, names
        self._id_place = columns.index("Id") if "Id" in columns else -1
        self._key_at = names.index(work.key.name) if work.key is not None and work.key.name in names else -1
        self._required = tuple(names.index(f.name) for f in plan.required if f.name in names)
        self._is_whole = all(f.name in names for f in plan.required)  # a create without a required column is refused, row by row
        self._unique = tuple((names.index(f.name), f) for f in plan.unique if f.name in names)
        self._stamps = self._stamped(("LastModifiedDate", work.now), ("LastModifiedById", work.user_id), ("SystemModstamp", work.now))
        self._fills = filled(work, {}) if plan.book.fills else {}
        self._start = {**plan.defaults, **self._fills, **dict.fromkeys((f.name for f in plan.auto_numbers), ""), **self._stamped(("OwnerId", work.user_id), ("CreatedDate", work.now), ("CreatedById", work.user_id)), **self._stamps}
        self._inserted = ("Id", *self._start, *(name for name in names if name not in self._start))
        self._tells = {verb: bool(org.followers.of(plan.sobject, verb)) for verb in _SAVES[work.verb]}
        self._results: list[RowResult] = []
        self._inserts: list[tuple[tuple[str, ...], tuple[Any, ...]]] = []
        self._updates: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        self._deletes: list[str] = []
        self._saves: list[Saved] = []
        self._values: list[list[Any]] = []  # of the chunk, by column
        self._taken: list[dict[Any, list[str]]] = []  # for each unique column, who has a value
        self._before: dict[str, dict[str, Any]] = {}
        self._one_by_one = False

    def _stamped(self, *stamps: tuple[str, str]) -> dict[str, str]:
        return {name: value for name, value in stamps if name in self._plan.names}

    def write(self, rows: Sequence[Cells], position: int) -> list[RowResult]:
        """One result for each row, in order. `position` is that of the first, 1-based within its job."""
        for start in range(0, len(rows), CHUNK_ROWS):
            chunk = rows[start : start + CHUNK_ROWS]
            self._work.seen.clear()
            self._one_by_one = False
            if self._work.verb == "delete":
                self._delete(chunk, position + start)
            elif self._work.verb == "create":
                self._create(chunk, position + start)
            else:
                self._change(chunk, position + start)
            self._flush()
        return self._results

    # ------------------------------------------------------------------ by verb

    def _create(self, chunk: Sequence[Cells], position: int) -> None:
        for at, (cells, values, uniques) in enumerate(zip(chunk, self._read(chunk), self._uniques(chunk), strict=True), start=position):
            if self._one_by_one or BAD in values or not self._may_create(values, uniques):
                self._alone(cells, at)
            else:
                self._save_new(cells, values, uniques, at, "")

    def _change(self, chunk: Sequence[Cells], position: int) -> None:
        """Updates and upserts: rows that are there, found by id or key."""
        values_of = self._read(chunk)
        targets = self._by_key() if self._work.verb == "upsert" else self._by_id(chunk)
        rows = zip(chunk, values_of, self._uniques(chunk), targets, strict=True)
        for at, (cells, values, uniques, (mark, record_id, key)) in enumerate(rows, start=position):
            if self._one_by_one or not mark or BAD in values or mark in self._work.seen:
                self._alone(cells, at)
            elif record_id:
                self._save_present(cells, values, uniques, at, record_id, key, mark)
            elif self._may_create(values, uniques) and not self._work.update_only:
                self._work.seen.add(mark)
                self._save_new(cells, values, uniques, at, key)
            else:
                self._alone(cells, at)

    def _delete(self, chunk: Sequence[Cells], position: int) -> None:
        ids = [_full_id(cells[self._id_place], self._prefix) for cells in chunk]
        asked = list(dict.fromkeys(filter(None, ids)))
        lonely = live_ids(self._org, self._plan.sobject, asked) - self._with_children(asked)
        if self._tells["delete"]:
            self._before = self._rows(asked)
        seen = self._work.seen
        for at, (cells, record_id) in enumerate(zip(chunk, ids, strict=True), start=position):
            if self._one_by_one or record_id not in lonely or record_id in seen:
                self._alone(cells, at)
                continue
            seen.add(record_id)
            if not self._is_refused(cells, {}, at, record_id, ""):
                self._deletes.append(record_id)
                if self._tells["delete"]:
                    self._saves.append(self._saved("delete", record_id, {}, self._before[record_id]))
                self._results.append(RowResult(True, record_id))

    # ------------------------------------------------------------------ what is known before

    def _read(self, chunk: Sequence[Cells]) -> Iterable[tuple[Any, ...]]:
        """The values of each row."""
        texts = list(zip(*chunk, strict=True))
        self._values = values = [column.read(texts[column.place]) for column in self._cells]
        return zip(*values, strict=True) if values else repeat((), len(chunk))

    def _uniques(self, chunk: Sequence[Cells]) -> Iterable[tuple[Any, ...]]:
        """The unique values of each row, folded: None where there is none, BAD where it takes a look of its own. Who has them is looked up."""
        wanted = [_wanted(f, self._values[at]) for at, f in self._unique]
        self._taken = [ids_by_key(self._org, self._plan.sobject, f, values) for (_, f), values in zip(self._unique, wanted, strict=True)]
        known = [{ABSENT: None, None: None} | {v: folded(f, v) for v in values} for (_, f), values in zip(self._unique, wanted, strict=True)]
        columns = [[names.get(v, BAD) for v in self._values[at]] for (at, _), names in zip(self._unique, known, strict=True)]
        return zip(*columns, strict=True) if columns else repeat((), len(chunk))

    def _by_id(self, chunk: Sequence[Cells]) -> list[Target]:
        ids = [_full_id(cells[self._id_place], self._prefix) for cells in chunk]
        asked = list(dict.fromkeys(filter(None, ids)))
        live = live_ids(self._org, self._plan.sobject, asked)
        self._remember(asked)
        return [(i, i, "") if i in live else ("", "", "") for i in ids]

    def _by_key(self) -> list[Target]:
        key, values = self._work.key, self._values[self._key_at]
        assert key is not None  # `batch_of` saw it
        wanted = _wanted(key, values)
        found = ids_by_key(self._org, self._plan.sobject, key, wanted)
        self._remember([ids[0] for ids in found.values() if len(ids) == 1])
        known, targets = set(wanted), list[Target]()
        for value in values:
            ids = found.get(folded(key, value), []) if value in known else ["", ""]
            targets.append((str(value).lower(), ids[0] if ids else "", str(value)) if len(ids) < 2 else ("", "", ""))
        return targets

    def _remember(self, ids: Sequence[str]) -> None:
        if self._tells.get("update"):
            self._before = self._rows(ids)

    def _rows(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Whole rows by id, as followers see them before a change."""
        names = [f.name for f in self._plan.sobject.columns]
        place = names.index("Id")
        sql = f"SELECT {', '.join(map(quoted, names))} FROM {quoted(self._table)} WHERE Id IN"
        return {row[place]: dict(zip(names, row, strict=True)) for row in rows_where(self._org, sql, ids)}

    def _with_children(self, ids: Sequence[str]) -> set[str]:
        """Those that another row refers to: a deletion would take it along, cut it loose, or be refused."""
        found: set[str] = set()
        for child, reference in self._org.schema.children.get(self._table.lower(), ()):
            if reference.has_column:
                live = " AND IsDeleted = 0" if child.find("IsDeleted") else ""
                name = quoted(reference.name)
                found.update(row[0] for row in rows_where(self._org, f"SELECT {name} FROM {quoted(child.name)} WHERE {name} IN", ids, live))
        return found

    # ------------------------------------------------------------------ one row

    def _may_create(self, values: tuple[Any, ...], uniques: tuple[Any, ...]) -> bool:
        if not self._is_whole:
            return False
        for at in self._required:
            if values[at] is None or values[at] is ABSENT:
                return False
        return self._is_free(uniques, "")

    def _is_free(self, uniques: tuple[Any, ...], record_id: str, but: int = -1) -> bool:
        """Whether no other row has a unique value of this one. `but` is the column of an upsert's key."""
        for value, taken, (at, _) in zip(uniques, self._taken, self._unique, strict=True):
            if value is None or at == but:
                continue
            if value is BAD or (value in taken and taken[value] != [record_id]):
                return False
        return True

    def _take(self, uniques: tuple[Any, ...], record_id: str) -> None:
        for value, taken in zip(uniques, self._taken, strict=True):
            if value is not None:
                taken.setdefault(value, []).append(record_id)

    def _present(self, values: tuple[Any, ...]) -> dict[str, Any]:
        pairs = zip(self._names, values, strict=True)
        return {name: value for name, value in pairs if value is not ABSENT} if ABSENT in values else dict(pairs)

    def _save_new(self, cells: Cells, values: tuple[Any, ...], uniques: tuple[Any, ...], position: int, key: str) -> None:
        sent = self._present(values)
        if self._is_refused(cells, sent, position, "", key):
            return
        record_id = self._org.new_id(self._prefix)
        stored = {"Id": record_id, **self._start, **sent}
        self._fill(stored, sent)
        if self._plan.sobject.derived:
            self._inserts.append((tuple(stored), tuple(stored.values())))
        elif len(stored) == len(self._inserted):
            self._inserts.append((self._inserted, tuple(stored.values())))
        else:
            self._inserts.append((self._inserted, tuple(map(stored.get, self._inserted))))
        if self._unique:
            self._take(uniques, record_id)
        if self._tells["create"]:
            self._saves.append(self._saved("create", record_id, stored, {}))
        self._results.append(RowResult(True, record_id, True, (), sent, key))

    def _fill(self, stored: dict[str, Any], sent: Mapping[str, Any]) -> None:
        """What the org sets in a new row, in the order in which `row_writer` does."""
        plan, work = self._plan, self._work
        if self._fills and sent.get("CurrencyIsoCode") is None:
            stored.update(self._fills)
        for f in plan.auto_numbers:
            stored[f.name] = numbered(f.auto_number, self._org.registers.next(f"auto:{self._table}.{f.name}"), work.now)
        if "OwnerId" in plan.names and stored["OwnerId"] is None:
            stored["OwnerId"] = work.user_id
        if plan.sobject.derived:
            stored.update(derived_values(plan.sobject, {}, stored, now=work.now))

    def _save_present(
        self, cells: Cells, values: tuple[Any, ...], uniques: tuple[Any, ...], position: int, record_id: str, key: str, mark: str
    ) -> None:
        if any(values[at] is None for at in self._required if at != self._key_at) or not self._is_free(uniques, record_id, self._key_at):
            self._alone(cells, position)
            return
        self._work.seen.add(mark)
        sent = self._present(values)
        if self._key_at >= 0:
            sent.pop(self._names[self._key_at], None)
        if self._is_refused(cells, sent, position, record_id, key):
            return
        stored = {**sent, **self._stamps}
        if stored:
            self._updates.setdefault(tuple(stored), []).append((*stored.values(), record_id))
        if self._unique:
            self._take(uniques, record_id)
        if self._tells["update"]:
            self._saves.append(self._saved("update", record_id, stored, self._before[record_id]))
        self._results.append(RowResult(True, record_id, False, (), sent, key))

    def _is_refused(self, cells: Cells, sent: Mapping[str, Any], position: int, record_id: str, key: str) -> bool:
        """Ask whoever stands outside, as `row_checks.check_rules` does."""
        gate = self._org.gate
        refusal = gate.row(RowEvent(self._work.verb, self._table, position, sent, record_id, key, self._work.job_id)) if gate is not None else None
        if refusal is None:
            return False
        refused = RowRefused(replace(refusal, extra={**refusal.extra, "dml": True}), record_id=record_id)
        self._results.append(refused_row(self._work, dict(zip(self._columns, cells, strict=True)), refused))
        return True

    def _saved(self, verb: Verb, record_id: str, stored: Mapping[str, Any], before: Mapping[str, Any]) -> Saved:
        return Saved(verb, self._plan.sobject, record_id, self._work.user_id, stored, before, False, self._work.job_id)

    def _alone(self, cells: Cells, position: int) -> None:
        """A row by itself; the rows before it are in the store by then."""
        self._flush()
        result = write_row(self._work, dict(zip(self._columns, cells, strict=True)), position)
        self._results.append(result)
        self._one_by_one = self._one_by_one or result.ok

    # ------------------------------------------------------------------ into the store

    def _flush(self) -> None:
        store = self._org.store
        for names, rows in groupby(self._inserts, key=itemgetter(0)):
            store.insert_many(self._table, names, [row for _, row in rows])
        for names, changes in self._updates.items():
            store.update_many(self._table, names, changes)
        if self._deletes:
            self._bin()
        self._inserts.clear()
        self._updates.clear()
        if self._saves:
            saves, self._saves = self._saves, []
            tell_many(self._org, saves)

    def _bin(self) -> None:
        """What `deletion.delete_row` does for rows that nothing refers to."""
        ids, self._deletes = self._deletes, []
        if self._plan.sobject.find("IsDeleted") is None:
            self._org.store.run_many(f"DELETE FROM {quoted(self._table)} WHERE Id = ?", [(record_id,) for record_id in ids])
            return
        stamps = {"IsDeleted": 1, **{name: value for name, value in self._stamps.items() if self._plan.sobject.find(name)}}
        self._org.store.update_many(self._table, tuple(stamps), [(*stamps.values(), record_id) for record_id in ids])
        for record_id in ids:
            self._org.recycle_bin.take(record_id, [(record_id, self._plan.sobject)], [])


def _wanted(f: Field, values: Iterable[Any]) -> list[Any]:
    """The values that can be looked up, each once."""
    return [v for v in dict.fromkeys(values) if v is not ABSENT and v is not BAD and v is not None and is_plain(f, v)]


def _full_id(text: str, prefix: str) -> str:
    """The 18-character id that a cell of this sObject's ids holds; "" for anything else."""
    return to_18(text) if text[:3] == prefix and is_id(text) else ""
