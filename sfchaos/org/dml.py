"""Create, update, upsert, delete and undelete of rows, as REST rows, collections, composite and Bulk jobs all do it.

Order for each row, wire reference 4.3 (K): fields and rights, values, required, parents, duplicates and validation rules,
the gate (where triggers would run), locks. All checks come before the one statement that writes, so that a row needs no
savepoint of its own; only allOrNone opens one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sfchaos.core.gate import Receipt, Refusal, RowEvent, RowTouch, Verb
from sfchaos.org.deletion import delete_row, undelete_row
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.plans import WritePlan
from sfchaos.org.refusals import refuse
from sfchaos.org.row_input import Form, RowRefused, check_required, is_key, key_value, matches, several_matches, take
from sfchaos.org.schema.derive import derived_values, inputs_of
from sfchaos.org.schema.model import Field
from sfchaos.org.store import quoted
from sfchaos.org.values import row_refusal, stored_instant

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

CHUNK_ROWS = 200  # rows that Salesforce works on together: the same id twice in one chunk is refused


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row. `id` is "" for a create that was refused; `values` are what was sent, in stored form where
    it could be read; `key` is the external id value of an upsert."""

    ok: bool
    id: str = ""
    created: bool = False
    refusals: tuple[Refusal, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """A validation rule armed by an administrator: every create, and every update that sets `field`, is refused."""

    sobject: str
    field: str
    message: str
    until_s: float


class _RolledBack(Exception):
    """Leaves the savepoint of an allOrNone request."""


ROLLED_BACK = row_refusal("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid and the request was using AllOrNone header")
GONE = row_refusal("ENTITY_IS_DELETED", "entity is deleted")
NO_SUCH_ROW = replace(row_refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"), status=404)
NO_SUCH_PARENT = row_refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


@dataclass(slots=True)
class _Work:
    """What all rows of one call share."""

    org: Org
    plan: WritePlan
    verb: Verb
    user_id: str
    form: Form
    admin: bool
    key: Field | None
    job_id: str
    update_only: bool
    now: str
    seen: set[str] = field(default_factory=set)


Run = tuple[str, Sequence[Mapping[str, Any]]]
Works = list[tuple[_Work, Sequence[Mapping[str, Any]]]]
Pairs = list[tuple[_Work, RowResult]]


class How(TypedDict, total=False):
    """How to write.

    key_field       an upsert's external id
    form            "csv" reads cells: "" leaves a field alone, `#N/A` nulls it, a wrong type refuses its row, not the request
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
        call, touches = how.get("call"), how.get("touches")
        if call is not None:
            _note(pairs, call.receipt)
        if touches is not None:
            touches.extend(_touch(work, result) for work, result in pairs)
        return [result for _, result in pairs]

    def _work(self, verb: Verb, name: str, user_id: str, how: How) -> _Work:
        admin = how.get("as_admin", False)
        plan = self._org.plans.write(name, self._org.admin_user_id if admin else user_id)
        key_field = how.get("key_field", "")
        key = plan.sobject.find(key_field) if verb == "upsert" else None
        if verb == "upsert" and (key is None or not is_key(key)):
            raise no_such_key(key_field)
        now = stored_instant(int(self._org.now_s()))
        return _Work(self._org, plan, verb, user_id, how.get("form", "json"), admin, key, how.get("job_id", ""), how.get("update_only", False), now)

    def _all_or_none(self, works: Works, first: int) -> Pairs:
        pairs: Pairs = []
        try:
            with self._org.store.unit():
                pairs = self._each(works, first)
                if not all(result.ok for _, result in pairs):
                    raise _RolledBack
        except _RolledBack:
            return [(work, rolled_back(result) if result.ok else result) for work, result in pairs]
        return pairs

    def _each(self, works: Works, position: int) -> Pairs:
        pairs: Pairs = []
        for work, rows in works:
            write_row = _WRITERS[work.verb]
            denied = _denied(work)
            for index, row in enumerate(rows):
                if index % CHUNK_ROWS == 0:
                    work.seen.clear()
                try:
                    if denied is not None:
                        raise RowRefused(denied)
                    pairs.append((work, write_row(work, row, position)))
                except RowRefused as refused:
                    pairs.append((work, RowResult(False, refused.record_id, False, refused.refusals, _as_sent(work, row), _key_as_sent(work, row))))
                position += 1
        return pairs


def _denied(work: _Work) -> Refusal | None:
    """Why nobody may write this way to the sObject at all, if so. Text K: wire reference 10.1."""
    sobject = work.plan.sobject
    allowed = {"delete": sobject.deletable, "update": sobject.updateable, "undelete": sobject.deletable}.get(work.verb, sobject.createable)
    if allowed or work.admin:
        return None
    what = {"create": "inserted", "upsert": "inserted", "update": "updated"}.get(work.verb, "deleted")
    return row_refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {what}: {sobject.name}")


def _note(pairs: Pairs, receipt: Receipt) -> None:
    receipt.asked += len(pairs)
    for work, result in pairs:
        receipt.changed += result.ok
        receipt.rows.append(_touch(work, result))


def no_such_key(name: str) -> Exception:
    """Source: wire reference 3.7 (L restforce)."""
    return refuse("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")


def rolled_back(result: RowResult) -> RowResult:
    return RowResult(False, "" if result.created else result.id, False, (ROLLED_BACK,), result.values, result.key)


def _touch(work: _Work, result: RowResult) -> RowTouch:
    code = result.refusals[0].code if result.refusals else ""
    key_field = work.key.name if work.key else ""
    return RowTouch(work.verb, work.plan.sobject.name, result.id, result.ok, code, key_field, result.key, result.created, result.values)


def _as_sent(work: _Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values by canonical name, of a row that was refused."""
    found = ((work.plan.columns.get(name.lower()), value) for name, value in row.items())
    return {column.field.name: value for column, value in found if column is not None and not isinstance(value, dict | list)}


def _key_as_sent(work: _Work, row: Mapping[str, Any]) -> str:
    value = _field_of(row, work.key.name) if work.key else None
    return "" if value is None else str(value)


def _field_of(row: Mapping[str, Any], name: str) -> Any:
    """A value by field name, whatever its case."""
    if name in row:
        return row[name]
    lowered = name.lower()
    return next((value for key, value in row.items() if key.lower() == lowered), None)


# ---------------------------------------------------------------------------- one row


def _create(work: _Work, row: Mapping[str, Any], position: int, key: str = "") -> RowResult:
    values = take(work.org, work.plan, row, creating=True, form=work.form, admin=work.admin, skip="" if work.admin else "Id" if work.key else "")
    check_required(work.plan, values, creating=True)
    _check_parents(work, values)
    _check_unique(work, values, "")
    _check_rules(work, row, values, "", position, key)
    return RowResult(True, _insert(work, values), True, (), values, key)


def _insert(work: _Work, values: dict[str, Any]) -> str:
    org, plan, now = work.org, work.plan, work.now
    record_id: str = values.get("Id") or org.new_id(plan.sobject.key_prefix)
    stored = {"Id": record_id, **dict(plan.defaults), **values, "Id": record_id}  # noqa: F601  # Id stays first
    for f in plan.auto_numbers:
        stored.setdefault(f.name, _auto_number(f, org.registers.next(f"auto:{plan.sobject.name}.{f.name}")))
    if "OwnerId" in plan.names and stored.get("OwnerId") is None:
        stored["OwnerId"] = work.user_id
    if plan.sobject.derived:
        stored.update(derived_values(plan.sobject, {}, stored, now=now))
    if "CreatedDate" in plan.names:
        stored.setdefault("CreatedDate", now)
        stored.setdefault("CreatedById", work.user_id)
    _stamp(work, stored)
    org.store.insert(plan.sobject.name, stored)
    return record_id


def _stamp(work: _Work, stored: dict[str, Any]) -> None:
    """Who changed the row last, and when. An administrator may set these (as Salesforce's audit-field right allows)."""
    names = work.plan.names
    if "LastModifiedDate" in names:
        stored.setdefault("LastModifiedDate", work.now)
        stored.setdefault("LastModifiedById", work.user_id)
    if "SystemModstamp" in names:
        stored.setdefault("SystemModstamp", stored.get("LastModifiedDate", work.now))


def _auto_number(f: Field, number: int) -> str:
    """`{00000000}` or `INV-{0000}`: the zeros say how many digits at least."""
    head, _, rest = f.auto_number.partition("{")
    zeros, _, tail = rest.partition("}")
    return f"{head}{number:0{len(zeros) or 1}d}{tail}"


def _update(work: _Work, row: Mapping[str, Any], position: int, record_id: str = "", key: str = "") -> RowResult:
    record_id = record_id or _target(work, row)
    try:
        values = take(work.org, work.plan, row, creating=False, form=work.form, admin=work.admin, skip="Id")
        if work.key is not None and work.key.name != "Id":
            values.pop(work.key.name, None)
        check_required(work.plan, values, creating=False)
        _check_parents(work, values)
        _check_unique(work, values, record_id)
        _check_rules(work, row, values, record_id, position, key)
    except RowRefused as refused:
        raise RowRefused(*refused.refusals, record_id=record_id) from None
    stored = dict(values)
    stored.pop("Id", None)
    if work.plan.sobject.derived:
        stored.update(derived_values(work.plan.sobject, _present(work, record_id), stored, now=work.now))
    _stamp(work, stored)
    if stored:
        work.org.store.update(work.plan.sobject.name, record_id, stored)
    return RowResult(True, record_id, False, (), values, key)


def _present(work: _Work, record_id: str) -> dict[str, Any]:
    """What the row holds now, of the fields that others are derived from."""
    names = inputs_of(work.plan.sobject) or ("Id",)
    columns = ", ".join(map(quoted, names))
    found = work.org.store.one(f"SELECT {columns} FROM {quoted(work.plan.sobject.name)} WHERE Id = ?", (record_id,))
    return dict(zip(names, found, strict=True)) if found else {}


def _target(work: _Work, row: Mapping[str, Any], *, deleted: bool = False) -> str:
    """The id of the live row that an update or delete names (of the deleted one when `deleted`). Raises RowRefused."""
    sent = _field_of(row, "Id")
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
    if gone is None or (deleted and not gone):
        raise RowRefused(NO_SUCH_ROW, record_id=record_id)
    if gone and not deleted:
        raise RowRefused(GONE, record_id=record_id)
    return record_id


def is_deleted(org: Org, plan: WritePlan, record_id: str) -> bool | None:
    """Whether the row lies in the recycle bin; None when there is no such row."""
    column = "IsDeleted" if "IsDeleted" in plan.names else "0"
    found = org.store.one(f'SELECT {column} FROM "{plan.sobject.name}" WHERE Id = ?', (record_id,))
    return None if found is None else bool(found[0])


def _upsert(work: _Work, row: Mapping[str, Any], position: int) -> RowResult:
    key = work.key
    assert key is not None  # write() refused an upsert without one
    sent = _field_of(row, key.name)
    if key.name == "Id":
        return _update(work, row, position) if sent else _create(work, row, position)
    value = key_value(key, sent)
    if value is None:
        raise RowRefused(row_refusal("MISSING_ARGUMENT", f"{key.name} not specified"))  # K
    text = str(value)
    if text.lower() in work.seen:
        raise RowRefused(row_refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {text}", key.name))  # K
    work.seen.add(text.lower())
    found = matches(work.org, work.plan.sobject, key, value)
    if len(found) > 1:
        raise RowRefused(several_matches(key, found))
    if found:
        return _update(work, row, position, found[0], text)
    if work.update_only:
        raise RowRefused(NO_SUCH_ROW)
    return _create(work, row, position, text)


def _delete(work: _Work, row: Mapping[str, Any], position: int) -> RowResult:
    record_id = _target(work, row)
    _check_rules(work, {}, {}, record_id, position, "")
    delete_row(work.org, work.plan, record_id, work.now)
    return RowResult(True, record_id)


def _undelete(work: _Work, row: Mapping[str, Any], position: int) -> RowResult:
    record_id = _target(work, row, deleted=True)
    _check_rules(work, {}, {}, record_id, position, "")
    undelete_row(work.org, work.plan, record_id, work.now)
    return RowResult(True, record_id)


_WRITERS: dict[Verb, Callable[[_Work, Mapping[str, Any], int], RowResult]] = {"create": _create, "update": _update, "upsert": _upsert, "delete": _delete, "undelete": _undelete}


# ---------------------------------------------------------------------------- checks


def _check_parents(work: _Work, values: Mapping[str, Any]) -> None:
    for f in work.plan.references:
        value = values.get(f.name)
        if value is None:
            continue
        parent = work.org.schema.of_prefix(value[:3])
        if parent is not None and f.reference_to and parent.name not in f.reference_to:
            raise RowRefused(row_refusal("FIELD_INTEGRITY_EXCEPTION", f"{f.label or f.name}: id value of incorrect type: {value}", f.name))
        gone = is_deleted(work.org, work.org.plans.write(parent.name, work.user_id), value) if parent else None
        if gone is None:
            raise RowRefused(NO_SUCH_PARENT)
        if gone:
            raise RowRefused(replace(GONE, status=400))


def _check_unique(work: _Work, values: Mapping[str, Any], record_id: str) -> None:
    for f in work.plan.unique:
        value = values.get(f.name)
        if value is None:
            continue
        other = next((found for found in matches(work.org, work.plan.sobject, f, value, at_most=2) if found != record_id), None)
        if other is not None:
            # text K, id with 15 characters: wire reference 4.3
            raise RowRefused(row_refusal("DUPLICATE_VALUE", f"duplicate value found: {f.name} duplicates value on record with id: {other[:15]}"))


def _check_rules(work: _Work, row: Mapping[str, Any], values: Mapping[str, Any], record_id: str, position: int, key: str) -> None:
    """What somebody armed from outside: validation rules, the gate, locks. Costs three tests when nobody did."""
    org = work.org
    if work.admin:
        return
    if org.registers.validations and work.verb not in ("delete", "undelete"):
        _check_validations(work, values, creating=not record_id)
    if org.gate is not None:
        refusal = org.gate.row(RowEvent(work.verb, work.plan.sobject.name, position, values, record_id, key, work.job_id))
        if refusal is not None:
            raise RowRefused(replace(refusal, extra={**refusal.extra, "dml": True}), record_id=record_id)
    if org.registers.locks:
        refusal = org.locks.refusal(work.plan.sobject, record_id, row, work.key.name if work.key else "")
        if refusal is not None:
            raise RowRefused(refusal, record_id=record_id)


def _check_validations(work: _Work, values: Mapping[str, Any], *, creating: bool) -> None:
    """Several rules report together (wire reference 4.3)."""
    now_s = work.org.now_s()
    failed = [
        row_refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, *((rule.field,) if rule.field else ()))
        for rule in work.org.registers.validations.values()
        if rule.sobject == work.plan.sobject.name and rule.until_s > now_s and (creating or not rule.field or rule.field in values)
    ]
    if failed:
        raise RowRefused(*failed)
