"""What the org holds, as digests: the state before and after a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.core.canonical import Digester
from sfchaos.core.history import RowState
from sfchaos.org.modelled import as_modelled

if TYPE_CHECKING:
    from sfchaos.org.org import Org


def state_of(org: Org, digester: Digester, labels: dict[str, str]) -> tuple[RowState, ...]:
    """Every live row as digests; `labels` learns the clear text of business keys, for messages to people."""
    with as_modelled(org):
        return tuple(_row(org, digester, labels, sobject, row) for sobject, row in org.admin.all_rows())


def _row(org: Org, digester: Digester, labels: dict[str, str], sobject: str, row: Mapping[str, Any]) -> RowState:
    keys: dict[str, str] = {}
    for name in org.admin.external_id_fields(sobject):
        digest = digester.key(row.get(name))
        if digest:
            keys[name] = digest
            labels[digest] = str(row[name])
    return RowState(sobject, str(row["Id"]), keys, digester.fields(row, org.admin.field_types(sobject)))
