"""The header row of an upload, held against the object that the job writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.rows.row_input import is_key

if TYPE_CHECKING:
    from sfchaos.org.bulk.jobs import IngestJob
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

_KEYED = ("update", "delete", "hardDelete")


class BadHeader(Exception):
    """Its text is the job's errorMessage."""


def columns_of(org: Org, job: IngestJob, names: Sequence[str]) -> tuple[str, ...]:
    """Field names in the schema's spelling; relationship columns (`Account.Ext__c`) as they are. Raises BadHeader."""
    sobject = access.visible(org, job.user_id, job.object)
    if sobject is None:
        raise BadHeader(f"InvalidBatch : Unable to find object: {job.object}")  # an administrator deleted it; text is a guess
    key = "Id" if job.operation in _KEYED else job.external_id_field
    columns = tuple(_column(org, job, sobject, name, key) for name in names)
    twice = next((name for at, name in enumerate(columns) if name in columns[:at]), "")
    if twice:
        raise BadHeader(f"InvalidBatch : Duplicate field name : {twice}")  # text is a guess
    if key and key not in columns:
        raise _not_found(key)
    if job.operation in ("delete", "hardDelete") and columns != ("Id",):
        raise BadHeader(f"InvalidBatch : The '{job.operation}' batch must contain only ids")  # text K
    return columns


def _column(org: Org, job: IngestJob, sobject: SObject, name: str, key: str) -> str:
    """A field that the user cannot see is not found, one that they cannot write is refused row by row (K)."""
    f = sobject.find(name)
    if f is not None:
        no_place = f.name == "Id" != key and job.operation != "upsert"  # jsforce sends an empty Id with each upsert; that it is taken is K
        if f.type in ("address", "location") or not access.can_read(org, job.user_id, sobject, f) or no_place:
            raise _not_found(name)
        return f.name
    return _relationship_column(org, job, sobject, name)


def _relationship_column(org: Org, job: IngestJob, sobject: SObject, name: str) -> str:
    """`Account.Ext__c`; of a polymorphic parent `User:Owner.Username`, as Salesforce's sample file has it (K), or
    `Owner:User.Username`, as wire reference 5.4 has it: both are taken, and come out as the first."""
    head, _, tail = name.partition(".")
    kind, _, relationship = head.rpartition(":")
    if kind and relationship.lower() not in sobject.by_relationship:
        kind, relationship = relationship, kind
    reference = sobject.by_relationship.get(relationship.lower())
    if reference is None or not access.can_read(org, job.user_id, sobject, reference):
        raise _not_found(name)
    for parent_name in (kind,) if kind else reference.reference_to:
        parent = access.visible(org, job.user_id, parent_name)
        field = parent.find(tail) if parent is not None else None
        if field is not None and is_key(field):
            return f"{kind}:{relationship}.{tail}" if kind else name
    raise _not_found(name)


def _not_found(name: str) -> BadHeader:
    """Text U: wire reference 5.5."""
    return BadHeader(f"InvalidBatch : Field name not found : {name}")
