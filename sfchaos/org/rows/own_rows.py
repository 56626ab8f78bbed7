"""Rows that the org writes by itself: history, audit trail, record types. No rights, no checks, and nobody follows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sfchaos.org.rows.values import stored_instant

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

_MOMENTS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_ACTORS = ("CreatedById", "LastModifiedById")
Shape = tuple[frozenset[str], tuple[str, ...], tuple[str, ...], dict[str, Any]]  # columns, moments and actors among them, defaults


def write_own(org: Org, sobject: SObject, values: dict[str, Any], user_id: str = "") -> str:
    """Insert one row of stored values, with the system fields that the object has. Values of fields that it lacks are left out.

    `user_id` is who made it so, "" for the administrator. The new row's id.
    """
    names, moments, actors, defaults = _shape(org, sobject)
    record_id = org.new_id(sobject.key_prefix)
    row = {"Id": record_id, **defaults}
    row |= dict.fromkeys(moments, stored_instant(int(org.now_s())))
    row |= dict.fromkeys(actors, user_id or org.admin_user_id)
    row |= {name: value for name, value in values.items() if name in names}
    org.store.insert(sobject.name, row)
    return record_id


def write_own_many(org: Org, sobject: SObject, columns: Sequence[str], rows: Sequence[Sequence[Any]], user_id: str = "") -> None:
    """The same for many rows with the same columns, in one statement."""
    names, moments, actors, defaults = _shape(org, sobject)
    common = {**defaults, **dict.fromkeys(moments, stored_instant(int(org.now_s()))), **dict.fromkeys(actors, user_id or org.admin_user_id)}
    places = [(place, name) for place, name in enumerate(columns) if name in names]
    for _, name in places:
        common.pop(name, None)
    same, prefix = tuple(common.values()), sobject.key_prefix
    stored = [(org.new_id(prefix), *same, *[row[place] for place, _ in places]) for row in rows]
    org.store.insert_many(sobject.name, ("Id", *common, *(name for _, name in places)), stored)


def _shape(org: Org, sobject: SObject) -> Shape:
    """Worked out once per schema: a history row is written with every create of a tracked object."""
    key = (org.schema.digest, sobject.name)
    found = org.plans.own_shapes.get(key)
    if found is None:
        plan = org.plans.write(sobject.name, "")
        moments, actors = (tuple(name for name in names if name in plan.names) for names in (_MOMENTS, _ACTORS))
        found = org.plans.own_shapes[key] = (plan.names, moments, actors, plan.defaults)
    return found
