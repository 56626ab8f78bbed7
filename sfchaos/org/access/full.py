"""Permission sets that grant all data objects and fields, held as one row until somebody looks.

Written out, the three profiles of the standard org that may do everything would be thousands of rows of ObjectPermissions and
FieldPermissions at each start. So such a permission set has one row of ObjectPermissions, whose SobjectType is "*": these
rights to every data object, and every field. `write_out` replaces it before the two objects are read or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sfchaos.org.access import kinds
from sfchaos.org.rows.values import stored_instant
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

EVERYTHING = "*"
OBJECTS = ("ObjectPermissions", "FieldPermissions")


def grant_everything(org: Org, permission_set: str, rights: tuple[str, ...]) -> None:
    """Let the permission set have these rights to every data object, and all fields."""
    from sfchaos.org.access.grants import COLUMNS

    sobject = org.schema.find("ObjectPermissions")
    if sobject is not None:
        insert_rows(org, sobject, [{"ParentId": permission_set, "SobjectType": EVERYTHING, **{COLUMNS[right]: 1 for right in rights}}])


def write_when_read(org: Org) -> None:
    """Let whoever reads or writes one of the two objects find all rows of both."""
    for name in OBJECTS:
        org.made_when_read[name] = lambda: _bring_up_to_date(org)
    org.made_when_read["PermissionSetAssignment"] = lambda: _end(org)


def _bring_up_to_date(org: Org) -> None:
    from sfchaos.org.access.shown import show_hidden

    write_out(org)
    show_hidden(org)


def _end(org: Org) -> None:
    """An assignment that has expired is not active any more; the rights have ended by themselves (grants.py)."""
    if org.schema.find("PermissionSetAssignment") is not None:
        org.store.run('UPDATE "PermissionSetAssignment" SET "IsActive" = 0 WHERE "IsActive" = 1 AND "ExpirationDate" <= ?', (stored_instant(int(org.now_s())),))


def write_out(org: Org) -> None:
    """Replace each such row by what it stands for. Costs one look when there is none."""
    sobject, fields = org.schema.find("ObjectPermissions"), org.schema.find("FieldPermissions")
    if sobject is None:
        return
    names = [f.name for f in sobject.columns]
    held = org.store.all(f'SELECT {", ".join(map(quoted, names))} FROM "ObjectPermissions" WHERE "SobjectType" = ? ORDER BY "Id"', (EVERYTHING,))
    if not held:
        return
    with org.store.unit():
        org.store.run('DELETE FROM "ObjectPermissions" WHERE "SobjectType" = ?', (EVERYTHING,))
        for row in held:
            values = {name: value for name, value in zip(names, row, strict=True) if name.startswith("Permissions") and value}
            parent = row[names.index("ParentId")]
            data = [o for o in sorted(org.schema, key=lambda o: o.name) if kinds.is_data(o) and not o.flags.get("companionOf")]
            insert_rows(org, sobject, [{"ParentId": parent, "SobjectType": o.name, **values} for o in data if not kinds.parent_name(o)])
            if fields is not None:
                insert_rows(org, fields, [row for o in data for row in _fields_of(o, parent)])
    org.rights.forget()


def _fields_of(sobject: SObject, parent: str) -> Iterator[dict[str, Any]]:
    for f in sobject.fields:
        whole = sobject.find(f.compound) if f.compound else None
        if f.permissionable and whole is None:
            edit = int(f.createable or f.updateable or f.type in ("address", "location"))
            yield {"ParentId": parent, "SobjectType": sobject.name, "Field": f"{sobject.name}.{f.name}", "PermissionsRead": 1, "PermissionsEdit": edit}


def insert_rows(org: Org, sobject: SObject, rows: list[dict[str, Any]]) -> list[str]:
    """Rows of a setup object as the org itself writes them: no checks, nobody told. Their ids."""
    now = stored_instant(int(org.now_s()))
    known: dict[str, Any] = {f.name: 0 if f.type == "boolean" else None for f in sobject.columns}
    stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now, "CreatedById": org.admin_user_id, "LastModifiedById": org.admin_user_id}
    known |= {name: value for name, value in stamps.items() if name in known}
    made = [{**known, **row, "Id": org.new_id(sobject.key_prefix)} for row in rows]
    sql = f"INSERT INTO {quoted(sobject.name)} ({', '.join(map(quoted, known))}) VALUES ({', '.join('?' * len(known))})"
    org.store.run_many(sql, [tuple(row.values()) for row in made])
    return [row["Id"] for row in made]
