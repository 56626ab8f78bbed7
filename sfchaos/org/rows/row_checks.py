"""What may stand against a row whose values are sound: parents, duplicates, and what somebody armed from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import RowEvent
from sfchaos.org.access.checks import check_reference
from sfchaos.org.access.delegated import GUARDED
from sfchaos.org.access.delegation_checks import check_delegated
from sfchaos.org.access.row_rules import check_row_of_rights
from sfchaos.org.rows import record_types
from sfchaos.org.rows.plans import WritePlan
from sfchaos.org.rows.row_input import RowRefused, matches
from sfchaos.org.rows.row_work import GONE, NO_SUCH_PARENT, Work
from sfchaos.org.rows.rules import check_save
from sfchaos.org.rows.values import row_refusal

if TYPE_CHECKING:
    from sfchaos.org.org import Org


def is_deleted(org: Org, plan: WritePlan, record_id: str) -> bool | None:
    """Whether the row lies in the recycle bin; None when there is no such row."""
    column = "IsDeleted" if "IsDeleted" in plan.names else "0"
    found = org.store.one(f'SELECT {column} FROM "{plan.sobject.name}" WHERE Id = ?', (record_id,))
    return None if found is None else bool(found[0])


def check_parents(work: Work, values: Mapping[str, Any]) -> None:
    for f in work.plan.references:
        value = values.get(f.name)
        if value is None or (f.name == record_types.FIELD and work.plan.book.has_record_types):  # has a refusal of its own
            continue
        parent = work.org.schema.of_prefix(value[:3])
        if parent is not None and f.reference_to and parent.name not in f.reference_to:
            raise RowRefused(row_refusal("FIELD_INTEGRITY_EXCEPTION", f"{f.label or f.name}: id value of incorrect type: {value}", f.name))
        gone = is_deleted(work.org, work.org.plans.write(parent.name, ""), value) if parent else None
        if gone is None:
            raise RowRefused(NO_SUCH_PARENT)
        if gone:
            raise RowRefused(replace(GONE, status=400))
        if parent is not None and parent.name in work.plan.guarded and not work.admin:
            check_reference(work, f, parent, value)


def check_unique(work: Work, values: Mapping[str, Any], record_id: str) -> None:
    for f in work.plan.unique:
        value = values.get(f.name)
        if value is None:
            continue
        other = next((found for found in matches(work.org, work.plan.sobject, f, value, at_most=2) if found != record_id), None)
        if other is not None:
            # text K, id with 15 characters: wire reference 4.3
            raise RowRefused(row_refusal("DUPLICATE_VALUE", f"duplicate value found: {f.name} duplicates value on record with id: {other[:15]}"))


def check_rules(work: Work, row: Mapping[str, Any], values: Mapping[str, Any], record_id: str, position: int, key: str) -> None:
    """What was set up, or armed from outside: rules, the gate, locks. Costs a few tests where nobody did."""
    org = work.org
    if work.admin:
        return
    if work.plan.sobject.name in GUARDED:
        check_delegated(work, values, record_id)
    if work.plan.stands_for_rights:
        check_row_of_rights(work, values, record_id)
    if work.verb not in ("delete", "undelete"):
        check_save(work, values, record_id)
    if org.gate is not None:
        item = work.call.facts.get("item", 0) if work.call is not None else 0
        refusal = org.gate.row(RowEvent(work.verb, work.plan.sobject.name, position, values, record_id, key, work.job_id, item))
        if refusal is not None:
            raise RowRefused(replace(refusal, extra={**refusal.extra, "dml": True}), record_id=record_id)
    if org.registers.locks:
        refusal = org.locks.refusal(work.plan.sobject, record_id, row, work.key.name if work.key else "")
        if refusal is not None:
            raise RowRefused(refusal, record_id=record_id)
