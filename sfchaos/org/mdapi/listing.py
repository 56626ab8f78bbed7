"""FileProperties of what the org holds: what listMetadata lists and a retrieval tells of its files. Source: Metadata API guide (D)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from sfchaos.core.clock import iso_utc
from sfchaos.org.mdapi.components import Kind, file_name, id_of, kept_of, kind_named
from sfchaos.org.mdapi.parts import NAMESPACE

if TYPE_CHECKING:
    from sfchaos.org.org import Org

XML = f'<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="{NAMESPACE}">\n'


Properties: TypeAlias = tuple[tuple[str, str], ...]  # FileProperties: its elements in order


def listed(org: Org, type_name: str) -> list[Properties]:
    """Raises Problem for a type that the org does not hold."""
    kind = kind_named(type_name)
    return [properties(org, kind, name) for name in kind.names(org)]


def properties(org: Org, kind: Kind, name: str, root: str = "") -> Properties:
    kept = kept_of(org, kind, name)
    return (
        ("createdById", kept.created_by), ("createdByName", person(org, kept.created_by)), ("createdDate", moment(kept.created_s)),
        ("fileName", root + file_name(kind, unquote(name))), ("fullName", name), ("id", id_of(org, kind, name)), ("lastModifiedById", kept.changed_by),
        ("lastModifiedByName", person(org, kept.changed_by)), ("lastModifiedDate", moment(kept.changed_s)), ("manageableState", "unmanaged"), ("type", kind.name),
    )  # fmt: skip


def moment(at_s: float) -> str:
    return iso_utc(at_s, milliseconds=True)


def person(org: Org, user_id: str) -> str:
    user = org.identity.user(user_id)
    row = user.row if user is not None else {}
    return " ".join(str(part) for part in (row.get("FirstName"), row.get("LastName")) if part)
