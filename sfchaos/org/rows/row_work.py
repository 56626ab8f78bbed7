"""One row on its way to the store: what its request shares, what became of it, and the refusals that several steps use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sfchaos.core.gate import Refusal, Verb
from sfchaos.org.rows.plans import WritePlan
from sfchaos.org.rows.row_input import Form
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.schema.model import Field

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

ROLLED_BACK = row_refusal("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid and the request was using AllOrNone header")
GONE = row_refusal("ENTITY_IS_DELETED", "entity is deleted")
NO_SUCH_ROW = replace(row_refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"), status=404)
NO_SUCH_PARENT = row_refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


class RowResult(NamedTuple):
    """What became of one row. `id` is "" for a create that was refused; `values` are what was sent, in stored form where
    it could be read; `key` is the external id value of an upsert."""

    ok: bool
    id: str = ""
    created: bool = False
    refusals: tuple[Refusal, ...] = ()
    values: Mapping[str, Any] = {}
    key: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """A validation rule armed by an administrator: every create, and every update that sets `field`, is refused."""

    sobject: str
    field: str
    message: str
    until_s: float


@dataclass(slots=True)
class Work:
    """What all rows of one call share."""

    org: Org
    plan: WritePlan
    verb: Verb
    user_id: str
    form: Form
    admin: bool
    key: Field | None
    job_id: str
    update_only: bool
    now: str
    call: Call | None = None
    seen: set[str] = field(default_factory=set)
    room: int | None = None  # how many rows may still be created; None where storage is not limited


def rolled_back(result: RowResult) -> RowResult:
    return RowResult(False, "" if result.created else result.id, False, (ROLLED_BACK,), result.values, result.key)


def field_of(row: Mapping[str, Any], name: str) -> Any:
    """A value by field name, whatever its case."""
    if name in row:
        return row[name]
    lowered = name.lower()
    return next((value for key, value in row.items() if key.lower() == lowered), None)
