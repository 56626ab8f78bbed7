"""One row written: create, update, upsert, delete, undelete. Each checks everything first and writes with one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sfchaos.core.gate import Verb
from sfchaos.org import access
from sfchaos.org.access.checks import check_row
from sfchaos.org.events.checks import CHECKED, check_setup
from sfchaos.org.events.publishing import published
from sfchaos.org.files.files import check_file
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.rows.auto_numbers import numbered
from sfchaos.org.rows.deletion import delete_row
from sfchaos.org.rows.hierarchies import check_hierarchy
from sfchaos.org.rows.recycle_bin import NOT_IN_BIN
from sfchaos.org.rows.row_checks import check_parents, check_rules, check_unique, is_deleted
from sfchaos.org.rows.row_input import NULL_CELL, RowRefused, check_required, key_value, matches, several_matches, take
from sfchaos.org.rows.row_work import GONE, NO_SUCH_ROW, RowResult, Work, field_of
from sfchaos.org.rows.rules import filled
from sfchaos.org.rows.telling import row_before, tell
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.schema.derive import derived_values, inputs_of
from sfchaos.org.store import quoted

# a create without room in the org's storage (code D, text K: wire reference 4.3)
_NO_ROOM = row_refusal("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")


def _create(work: Work, row: Mapping[str, Any], position: int, key: str = "") -> RowResult:
    if work.room is not None and work.room <= 0:
        raise RowRefused(_NO_ROOM)
    values = take(work.org, work.plan, row, creating=True, form=work.form, admin=work.admin, skip="" if work.admin else "Id" if work.key else "")
    check_required(work.plan, values, creating=True)
    if "Id" in values:
        _check_own_id(work, values["Id"])
    check_parents(work, values)
    check_unique(work, values, "")
    check_file(work, values)
    if work.plan.sobject.name in CHECKED:
        check_setup(work, values)
    check_rules(work, row, values, "", position, key)
    if work.plan.sobject.event:
        return published(work, values)
    return RowResult(True, _insert(work, values), True, (), values, key)


def _check_own_id(work: Work, record_id: str) -> None:
    """An administrator may choose the id of a new row: one of the right prefix that is free."""
    sobject = work.plan.sobject
    if record_id[:3] != sobject.key_prefix:
        raise RowRefused(row_refusal("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {record_id}", "Id"))
    if is_deleted(work.org, work.plan, record_id) is not None:
        raise RowRefused(row_refusal("DUPLICATE_VALUE", f"duplicate value found: Id duplicates value on record with id: {record_id[:15]}"))


def _insert(work: Work, values: dict[str, Any]) -> str:
    org, plan, now = work.org, work.plan, work.now
    record_id: str = values.get("Id") or org.new_id(plan.sobject.key_prefix)
    stored = {"Id": record_id, **plan.defaults, **values}
    if plan.book.fills:
        stored.update(filled(work, values))
    for f in plan.auto_numbers:
        stored.setdefault(f.name, numbered(f.auto_number, org.registers.next(f"auto:{plan.sobject.name}.{f.name}"), now))
    if "OwnerId" in plan.names and stored.get("OwnerId") is None:
        stored["OwnerId"] = work.user_id
    if plan.sobject.derived:
        stored.update(derived_values(plan.sobject, {}, stored, now=now))
    if "CreatedDate" in plan.names:
        stored.setdefault("CreatedDate", now)
        stored.setdefault("CreatedById", work.user_id)
    _stamp(work, stored)
    org.store.insert(plan.sobject.name, stored)
    tell(work, plan.sobject, "create", record_id, stored, {})
    return record_id


def _stamp(work: Work, stored: dict[str, Any]) -> None:
    """Who changed the row last, and when. An administrator may set these (as Salesforce's audit-field right allows)."""
    names = work.plan.names
    if "LastModifiedDate" in names:
        stored.setdefault("LastModifiedDate", work.now)
        stored.setdefault("LastModifiedById", work.user_id)
    if "SystemModstamp" in names:
        stored.setdefault("SystemModstamp", stored.get("LastModifiedDate", work.now))


def _update(work: Work, row: Mapping[str, Any], position: int, record_id: str = "", key: str = "") -> RowResult:
    record_id = record_id or _target(work, row)
    try:
        values = take(work.org, work.plan, row, creating=False, form=work.form, admin=work.admin, skip="Id")
        if work.key is not None and work.key.name != "Id":
            values.pop(work.key.name, None)
        check_required(work.plan, values, creating=False)
        check_parents(work, values)
        check_hierarchy(work, values, record_id)
        check_unique(work, values, record_id)
        if work.plan.sobject.name in CHECKED:
            check_setup(work, values)
        check_rules(work, row, values, record_id, position, key)
    except RowRefused as refused:
        raise RowRefused(*refused.refusals, record_id=record_id) from None
    stored = dict(values)
    stored.pop("Id", None)
    if work.plan.sobject.derived:
        stored.update(derived_values(work.plan.sobject, _present(work, record_id), stored, now=work.now))
    _stamp(work, stored)
    before = row_before(work.org, work.plan.sobject, "update", record_id)
    if stored:
        work.org.store.update(work.plan.sobject.name, record_id, stored)
    if before:
        tell(work, work.plan.sobject, "update", record_id, stored, before)
    return RowResult(True, record_id, False, (), values, key)


def _present(work: Work, record_id: str) -> dict[str, Any]:
    """What the row holds now, of the fields that others are derived from."""
    names = inputs_of(work.plan.sobject) or ("Id",)
    columns = ", ".join(map(quoted, names))
    found = work.org.store.one(f"SELECT {columns} FROM {quoted(work.plan.sobject.name)} WHERE Id = ?", (record_id,))
    return dict(zip(names, found, strict=True)) if found else {}


def _target(work: Work, row: Mapping[str, Any], *, deleted: bool = False) -> str:
    """The id of the live row that an update or delete names (of the deleted one when `deleted`). Raises RowRefused."""
    sent = field_of(row, "Id")
    if not sent or not isinstance(sent, str):
        raise RowRefused(row_refusal("MISSING_ARGUMENT", "Id not specified in an update call" if work.verb == "update" else "Id not specified"))  # K
    sobject = work.plan.sobject
    if not is_id(sent) or sent[:3] != sobject.key_prefix:
        # D: errorcodes page, as in wire reference 3.6
        raise RowRefused(row_refusal("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {sent}", "Id"), record_id=sent)
    record_id = to_18(sent)
    if record_id in work.seen:
        raise RowRefused(row_refusal("DUPLICATE_VALUE", f"duplicate id specified: {record_id}"), record_id=record_id)  # K: wire reference 3.11
    work.seen.add(record_id)
    gone = is_deleted(work.org, work.plan, record_id)
    if deleted and not gone:
        raise RowRefused(NOT_IN_BIN, record_id=record_id)
    if gone is None or (gone and not work.admin and not access.may_row(work.org, work.user_id, sobject, record_id)):
        raise RowRefused(NO_SUCH_ROW, record_id=record_id)
    if gone and not deleted:
        raise RowRefused(GONE, record_id=record_id)
    check_row(work, record_id)
    return record_id


def _upsert(work: Work, row: Mapping[str, Any], position: int) -> RowResult:
    key = work.key
    assert key is not None  # write() refused an upsert without one
    sent = field_of(row, key.name)
    if key.name == "Id":
        return _update(work, row, position) if sent else _create(work, row, position)
    value = key_value(key, sent)
    if value is None:
        raise RowRefused(row_refusal("MISSING_ARGUMENT", f"{key.name} not specified"))  # K
    text = str(value)
    if text.lower() in work.seen:
        raise RowRefused(row_refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {text}", key.name))  # K
    work.seen.add(text.lower())
    found = matches(work.org, work.plan.sobject, key, value, rows="" if work.admin else work.plan.filters.get("read", ""))
    if len(found) > 1:
        raise RowRefused(several_matches(key, found))
    if found:
        check_row(work, found[0])
        return _update(work, row, position, found[0], text)
    if work.update_only:
        raise RowRefused(NO_SUCH_ROW)
    return _create(work, row, position, text)


def _delete(work: Work, row: Mapping[str, Any], position: int) -> RowResult:
    record_id = _target(work, row)
    check_rules(work, {}, {}, record_id, position, "")
    delete_row(work, record_id)
    return RowResult(True, record_id)


def _undelete(work: Work, row: Mapping[str, Any], position: int) -> RowResult:
    record_id = _target(work, row, deleted=True)
    check_rules(work, {}, {}, record_id, position, "")
    work.org.recycle_bin.restore(work, record_id)
    return RowResult(True, record_id)


WRITERS: dict[Verb, Callable[[Work, Mapping[str, Any], int], RowResult]] = {"create": _create, "update": _update, "upsert": _upsert, "delete": _delete, "undelete": _undelete}


def write_row(work: Work, row: Mapping[str, Any], position: int) -> RowResult:
    """One row and what became of it."""
    try:
        return WRITERS[work.verb](work, row, position)
    except RowRefused as refused:
        return refused_row(work, row, refused)


def refused_row(work: Work, row: Mapping[str, Any], refused: RowRefused) -> RowResult:
    key = field_of(row, work.key.name) if work.key else None
    return RowResult(False, refused.record_id, False, refused.refusals, _as_sent(work, row), "" if key is None else str(key))


def _as_sent(work: Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values by canonical name, of a row that was refused."""
    cells = row.items() if work.form != "csv" else [(name, None if value == NULL_CELL else value) for name, value in row.items() if value != ""]
    found = ((work.plan.columns.get(name.lower()), value) for name, value in cells)
    return {column.field.name: value for column, value in found if column is not None and not isinstance(value, dict | list)}
