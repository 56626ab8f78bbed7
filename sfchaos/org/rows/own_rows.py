"""Rows that the org writes by itself: history, audit trail, record types. No rights, no checks, and nobody follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.org.rows.values import stored_instant

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

_MOMENTS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_ACTORS = ("CreatedById", "LastModifiedById")


@dataclass(frozen=True, slots=True)
class Order:
    """`names` of an INSERT: the id, defaults, then so many moments and actors, then what is given. `places` are those of the given columns
    that the object has, `is_whole` where it has all of them."""

    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    moments: int
    actors: int
    places: tuple[int, ...]
    is_whole: bool


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


def write_own_many(org: Org, sobject: SObject, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], user_id: str = "") -> None:
    """The same for many rows with the same columns, in one statement."""
    order = _order(org, sobject, columns)
    now, user, prefix = stored_instant(int(org.now_s())), user_id or org.admin_user_id, sobject.key_prefix
    same = (*order.defaults, *[now] * order.moments, *[user] * order.actors)
    if order.is_whole:
        stored = [(org.new_id(prefix), *same, *row) for row in rows]
    else:
        stored = [(org.new_id(prefix), *same, *[row[place] for place in order.places]) for row in rows]
    org.store.insert_many(sobject.name, order.names, stored)


def _order(org: Org, sobject: SObject, columns: tuple[str, ...]) -> Order:
    key = (org.schema.digest, sobject.name, columns)
    found = org.plans.own_orders.get(key)
    if found is None:
        names, moments, actors, defaults = _shape(org, sobject)
        places = [place for place, name in enumerate(columns) if name in names]
        given = {columns[place] for place in places}
        kept, stamped, signed = ({n: defaults[n] for n in defaults if n not in given}, [n for n in moments if n not in given], [n for n in actors if n not in given])
        inserted = ("Id", *kept, *stamped, *signed, *(columns[place] for place in places))
        found = org.plans.own_orders[key] = Order(inserted, tuple(kept.values()), len(stamped), len(signed), tuple(places), len(places) == len(columns))
    return found


def _shape(org: Org, sobject: SObject) -> Shape:
    """Worked out once per schema: a history row is written with every create of a tracked object."""
    key = (org.schema.digest, sobject.name)
    found = org.plans.own_shapes.get(key)
    if found is None:
        plan = org.plans.write(sobject.name, "")
        moments, actors = (tuple(name for name in names if name in plan.names) for names in (_MOMENTS, _ACTORS))
        found = org.plans.own_shapes[key] = (plan.names, moments, actors, plan.defaults)
    return found
