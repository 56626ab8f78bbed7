"""What Salesforce asks of the rows that rights stand on, whoever writes them: shares, assignments of permission sets.

Sources: Object Reference, "AccountShare" (D: All is not given by hand, rows of RowCause Manual alone are written); Apex Developer
Guide, "Sharing a Record Using Apex" (D). Codes and texts K, or a guess where it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.access.kinds import base_of, is_share
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.rows.row_work import Work

_BY_HAND = "Manual"
_RANK = {"None": 0, "Read": 1, "Edit": 2, "All": 3}
_DEFAULTS = {"Private": "None", "Read": "Read", "ReadWrite": "Edit"}


def check_row_of_rights(work: Work, values: Mapping[str, Any], record_id: str) -> None:
    """Raises RowRefused. `record_id` is "" for a create."""
    if is_share(work.plan.sobject):
        _check_share(work, values, record_id)
    elif work.plan.sobject.name == "PermissionSetAssignment" and not record_id:
        _check_assignment(work, values)


def _check_share(work: Work, values: Mapping[str, Any], record_id: str) -> None:
    sobject, base = work.plan.sobject, base_of(work.org.schema, work.plan.sobject)
    cause = str(values.get("RowCause") or _BY_HAND)
    if record_id:
        found = work.org.store.one(f'SELECT "RowCause" FROM {quoted(sobject.name)} WHERE "Id" = ?', (record_id,))
        cause = str(found[0]) if found else cause
    if cause != _BY_HAND and not cause.endswith("__c"):
        # that it is refused D; code and text a guess
        raise RowRefused(row_refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"))
    level_field = next((name for name in ("AccessLevel", f"{base.name}AccessLevel") if sobject.find(name) is not None), "")
    level = values.get(level_field)
    if level == "All":
        raise RowRefused(row_refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"{level_field}: bad value for restricted picklist field: All", level_field))
    default = _DEFAULTS.get(base.sharing, "None")
    if level is not None and _RANK.get(str(level), 0) <= _RANK[default]:
        text = f"field integrity exception: unknown (trivial share level {level}, for organization with default level {default})"
        raise RowRefused(row_refusal("FIELD_INTEGRITY_EXCEPTION", text))


def _check_assignment(work: Work, values: Mapping[str, Any]) -> None:
    for column, kind in (("PermissionSetId", "Permission Set"), ("PermissionSetGroupId", "Permission Set Group")):
        held = values.get(column)
        who = values.get("AssigneeId")
        if held and work.org.store.one(f'SELECT 1 FROM "PermissionSetAssignment" WHERE "AssigneeId" = ? AND {quoted(column)} = ?', (who, held)):
            raise RowRefused(row_refusal("DUPLICATE_VALUE", f"Duplicate PermissionSetAssignment. Assignee: {who}; {kind}: {held}"))
