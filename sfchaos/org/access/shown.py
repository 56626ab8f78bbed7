"""What `registers.hidden` takes away, in the rows of ObjectPermissions and FieldPermissions: written when somebody looks.

Rights themselves do not wait for it (rights.py). Rows are changed so that healing finds the way back (world_rows.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org import world_rows
from sfchaos.org.access.grants import COLUMNS, held_sets
from sfchaos.org.access.rights import ALL_RIGHTS

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject


def show_hidden(org: Org) -> None:
    """Take the rights that nobody but the administrator has out of everybody else's rows."""
    if not org.registers.hidden or org.schema.find("ObjectPermissions") is None:
        return
    kept, _ = held_sets(org, org.admin_user_id)
    others = f'"ParentId" NOT IN ({", ".join("?" * len(kept))})'
    for (name, what), right in org.registers.hidden.items():
        sobject = org.schema.find(name)
        if sobject is None:
            continue
        if right in ("read", "edit"):
            _show_field(org, sobject, what, right, others, kept)
        elif what.removeprefix("*") in COLUMNS:
            _show_object(org, sobject, what.removeprefix("*"), others, kept)


def _show_field(org: Org, sobject: SObject, key: str, right: str, others: str, kept: list[str]) -> None:
    """A field that may not be read has no row (D: Object Reference, "FieldPermissions")."""
    if org.schema.find("FieldPermissions") is None:
        return
    where, parameters = f'{others} AND "Field" = ? COLLATE NOCASE', (*kept, f"{sobject.name}.{key}")
    if right == "read":
        world_rows.delete(org, "FieldPermissions", where, parameters)
    else:
        world_rows.change(org, "FieldPermissions", "PermissionsEdit", 0, where, parameters)


def _show_object(org: Org, sobject: SObject, right: str, others: str, kept: list[str]) -> None:
    where, parameters = f'{others} AND "SobjectType" = ?', (*kept, sobject.name)
    if right == ALL_RIGHTS[0]:
        world_rows.delete(org, "ObjectPermissions", where, parameters)
    else:
        world_rows.change(org, "ObjectPermissions", COLUMNS[right], 0, where, parameters)
