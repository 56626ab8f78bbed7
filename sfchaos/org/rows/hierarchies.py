"""Rows above rows of their own kind: no row stands above itself, however far up.

Source: SOAP API Developer Guide, StatusCode CIRCULAR_DEPENDENCY (D); the sentence is K. Custom lookups may go in rings (K).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.rows.row_work import Work

HIERARCHIES = {"Account": "ParentId", "Campaign": "ParentId", "Case": "ParentId", "Contact": "ReportsToId", "User": "ManagerId", "UserRole": "ParentRoleId"}


def check_hierarchy(work: Work, values: Mapping[str, Any], record_id: str) -> None:
    """Raises RowRefused for a parent that the row itself stands above, or that is the row."""
    sobject = work.plan.sobject
    name = HIERARCHIES.get(sobject.name, "")
    parent_id = values.get(name) if name else None
    f = sobject.find(name) if parent_id else None
    if f is None or not f.has_column:
        return
    above = (
        f"WITH RECURSIVE above(id) AS (SELECT ? UNION SELECT {quoted(name)} FROM {quoted(sobject.name)}, above WHERE {quoted(sobject.name)}.Id = above.id) "
        "SELECT 1 FROM above WHERE id = ?"
    )
    if work.org.store.one(above, (parent_id, record_id)):
        raise RowRefused(row_refusal("CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints"))
