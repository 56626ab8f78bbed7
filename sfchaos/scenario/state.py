"""What the org holds, as digests: the state before and after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.canonical import Digester
from sfchaos.core.history import RowState

if TYPE_CHECKING:
    from sfchaos.org.org import Org


def state_of(org: Org, digester: Digester, labels: dict[str, str]) -> tuple[RowState, ...]:
    """Every live row as digests; `labels` learns the clear text of business keys, for messages to people."""
    admin = org.admin
    found: list[RowState] = []
    for sobject, row in admin.all_rows():
        keys: dict[str, str] = {}
        for name in admin.external_id_fields(sobject):
            digest = digester.key(row.get(name))
            if digest:
                keys[name] = digest
                labels[digest] = str(row[name])
        found.append(RowState(sobject, str(row["Id"]), keys, digester.fields(row, admin.field_types(sobject))))
    return tuple(found)
