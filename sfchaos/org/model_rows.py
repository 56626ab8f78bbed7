"""The rows that a model brings: given ones, parents before children, then synthetic ones.

Rows may carry an `Id` of their own (a snapshot's do) and point at one another by it. A reference to a row that comes later is
set when that row is there, so that two objects may point at each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.core.errors import UnknownName
from sfchaos.org.ids import number_of, to_18

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.load import OrgModel

Row = Mapping[str, Any]


def add_model_rows(org: Org, model: OrgModel) -> None:
    given = {to_18(row["Id"]) for rows in model.rows.values() for row in rows if row.get("Id")}
    late: dict[str, list[dict[str, Any]]] = {}
    there: set[str] = set()
    for name, rows in model.rows.items():
        ready = [_with_record_type(org, name, row) if "RecordType" in row else row for row in rows]
        if given:
            ready = [_without_late_references(org, name, row, given, there, late) for row in ready]
        org.admin.create_many(name, ready)
    for name, updates in late.items():
        for update in updates:
            org.admin.update(name, update.pop("Id"), **update)
    if given:
        _count_on(org, given)
    for name, volume in model.populate.items():
        org.admin.populate(name, volume.rows, profile=volume.profile)


def _without_late_references(org: Org, name: str, row: Row, given: set[str], there: set[str], late: dict[str, list[dict[str, Any]]]) -> Row:
    """The row as it can be created now; references to rows that are not there yet go to `late`."""
    record_id = to_18(row["Id"]) if row.get("Id") else ""
    waiting = {key: value for key, value in row.items() if key != "Id" and isinstance(value, str) and _is_awaited(value, given, there)
               and _is_reference(org, name, key)}  # fmt: skip
    if waiting and record_id:
        late.setdefault(name, []).append({"Id": record_id, **waiting})
        row = {key: value for key, value in row.items() if key not in waiting}
    there.add(record_id)
    return row


def _with_record_type(org: Org, name: str, row: Row) -> Row:
    """`RecordType: {DeveloperName: Retail}` as its id: names are unique within one sObject only."""
    wanted = row["RecordType"].get("DeveloperName")
    found = org.store.one('SELECT Id FROM "RecordType" WHERE SobjectType = ? AND DeveloperName = ? COLLATE NOCASE', (name, wanted))
    if found is None:
        known = [kind.developer_name for o in org.schema if o.name == name for kind in o.record_types]
        raise UnknownName(f"record type of {name}", str(wanted), known, remedy="the row names it by its DeveloperName")
    return {**{key: value for key, value in row.items() if key != "RecordType"}, "RecordTypeId": found[0]}


def _is_awaited(value: str, given: set[str], there: set[str]) -> bool:
    if len(value) not in (15, 18) or not value.isalnum() or not value.isascii():
        return False
    full = to_18(value)
    return full in given and full not in there


def _is_reference(org: Org, name: str, key: str) -> bool:
    sobject = org.schema.find(name)
    f = sobject.find(key) if sobject else None
    return f is not None and bool(f.reference_to) and f.nillable


def _count_on(org: Org, given: set[str]) -> None:
    """New ids start after the given ones."""
    for record_id in sorted(given):
        name = f"id:{record_id[:3]}"
        org.registers.counters[name] = max(org.registers.counters.get(name, 0), number_of(record_id))
