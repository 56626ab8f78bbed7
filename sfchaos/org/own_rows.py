"""Rows that the org writes by itself: history, audit trail, record types. No rights, no checks, and nobody follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org.values import stored_instant

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

_MOMENTS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_ACTORS = ("CreatedById", "LastModifiedById")


def write_own(org: Org, sobject: SObject, values: dict[str, Any], user_id: str = "") -> str:
    """Insert one row of stored values, with the system fields that the object has. Values of fields that it lacks are left out.

    `user_id` is who made it so, "" for the administrator. The new row's id.
    """
    plan = org.plans.write(sobject.name, org.admin_user_id)
    record_id = org.new_id(sobject.key_prefix)
    now = stored_instant(int(org.now_s()))
    usual = {**dict.fromkeys(_MOMENTS, now), **dict.fromkeys(_ACTORS, user_id or org.admin_user_id), **values}
    org.store.insert(sobject.name, {"Id": record_id, **plan.defaults, **{name: value for name, value in usual.items() if name in plan.names}})
    return record_id
