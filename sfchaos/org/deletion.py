"""The recycle bin: a deleted row stays, marked, and what hangs on it goes along or is cut loose.

Source: wire reference 3.6 (cascade for master-detail children, soft delete, 15 days).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.plans import WritePlan
    from sfchaos.org.schema.model import Field, SObject


def delete_row(org: Org, plan: WritePlan, record_id: str, now: str) -> None:
    """Into the recycle bin, then the children (so that a ring of references ends). Objects without one (setup objects) lose the row."""
    if "IsDeleted" in plan.names:
        org.store.update(plan.sobject.name, record_id, {"IsDeleted": 1, "SystemModstamp": now})
    else:
        org.store.run(f"DELETE FROM {quoted(plan.sobject.name)} WHERE Id = ?", (record_id,))
    for child, reference in org.schema.children.get(plan.sobject.name.lower(), ()):
        if reference.has_column:
            _let_go(org, child, reference, record_id, now)


def _let_go(org: Org, child: SObject, reference: Field, record_id: str, now: str) -> None:
    """Children that belong to the parent are deleted with it; the others keep living with an empty reference."""
    if not reference.cascade_delete:
        if reference.nillable:
            org.store.run(f"UPDATE {quoted(child.name)} SET {quoted(reference.name)} = NULL WHERE {quoted(reference.name)} = ?", (record_id,))
        return
    plan = org.plans.write(child.name, org.admin_user_id)
    live = " AND IsDeleted = 0" if "IsDeleted" in plan.names else ""
    for (child_id,) in org.store.all(f"SELECT Id FROM {quoted(child.name)} WHERE {quoted(reference.name)} = ?{live} ORDER BY Id", (record_id,)):
        delete_row(org, plan, child_id, now)


def undelete_row(org: Org, plan: WritePlan, record_id: str, now: str) -> None:
    """Out of the recycle bin. Children deleted along with it come back too when they went at the same moment."""
    table = quoted(plan.sobject.name)
    went = org.store.one(f"SELECT SystemModstamp FROM {table} WHERE Id = ?", (record_id,))
    org.store.update(plan.sobject.name, record_id, {"IsDeleted": 0, "SystemModstamp": now})
    for child, reference in org.schema.children.get(plan.sobject.name.lower(), ()):
        if not reference.cascade_delete or not reference.has_column or went is None:
            continue
        child_plan = org.plans.write(child.name, org.admin_user_id)
        rows = org.store.all(f"SELECT Id FROM {quoted(child.name)} WHERE {quoted(reference.name)} = ? AND IsDeleted = 1 AND SystemModstamp = ?", (record_id, went[0]))
        for (child_id,) in rows:
            undelete_row(org, child_plan, child_id, now)
