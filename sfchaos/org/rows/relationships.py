"""Rows by way of other rows: `/sobjects/Contact/<id>/Account`, `/sobjects/Account/<id>/Contacts`, `.../Account/Owner`.

A parent can be read, changed and deleted by its path; children are read as a query's result. Up to five parents in a row, children
only at the end. Source: REST API Developer Guide, "sObject Relationships", "Traverse Relationships with Friendly URLs" (D: v36, 404
where a parent is null, 200 and an empty result for no children, 400 for an unknown field); the sentences of the 404s are K.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sfchaos.core.messages import Request, Response
from sfchaos.org import access
from sfchaos.org.files.blobs import blob_reply
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.rows.read import not_found
from sfchaos.org.rows.row_checks import is_deleted
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, SObject

SINCE = 36.0


@dataclass(frozen=True, slots=True)
class Row:
    """Where a path has led to."""

    sobject: SObject
    id: str


def named_row(sobject: SObject, text: str) -> Row | None:
    """The row that a path's part after the sObject names by its id; None where the part names a field."""
    return Row(sobject, to_18(text)) if is_id(text) and text[:3] == sobject.key_prefix and sobject.find(text) is None else None


def follow(call: Call, start: Row, names: Sequence[str]) -> Row | Response:
    """From a row along relationship names: the row at the end, or the reply where the path ends in children or in a blob.

    Raises Refused: 404 for a name that leads nowhere, a row that is not there, a parent that is null.
    """
    if call.version_number < SINCE and not _is_blob(start.sobject, names):
        raise no_such_resource()
    check_row(call, start)
    here = start
    for position, name in enumerate(names):
        is_last = position == len(names) - 1
        parent = here.sobject.by_relationship.get(name.lower())
        if parent is not None and access.can_read(call.org, call.user_id, here.sobject, parent):
            here = _parent(call, here, parent)
            continue
        if not is_last:
            raise no_such_resource()
        return _at_the_end(call, here, name)
    return here


def _is_blob(sobject: SObject, names: Sequence[str]) -> bool:
    f = sobject.find(names[0]) if len(names) == 1 else None
    return f is not None and f.type == "base64"


def _at_the_end(call: Call, here: Row, name: str) -> Response:
    f = here.sobject.find(name)
    if f is not None and f.type == "base64" and access.can_read(call.org, call.user_id, here.sobject, f):
        _check_reading(call)
        return blob_reply(call, here.sobject, f, here.id)
    for child, reference in call.org.schema.children.get(here.sobject.name.lower(), ()):
        if reference.child_relationship_name and reference.child_relationship_name.lower() == name.lower():
            return _children(call, here, child, reference)
    raise no_such_resource()


def check_row(call: Call, row: Row) -> None:
    """Raises Refused as a read of the row would."""
    gone = is_deleted(call.org, call.org.plans.write(row.sobject.name, call.user_id), row.id)
    if gone is None or not access.may_row(call.org, call.user_id, row.sobject, row.id):
        raise not_found(row.id)
    if gone:
        raise refuse("ENTITY_IS_DELETED", "entity is deleted", dml=True)


def _parent(call: Call, here: Row, reference: Field) -> Row:
    found = call.org.store.one(f"SELECT {quoted(reference.name)} FROM {quoted(here.sobject.name)} WHERE Id = ?", (here.id,))
    parent_id = str(found[0]) if found and found[0] else ""
    sobject = _visible(call.org, call.user_id, call.org.schema.of_prefix(parent_id[:3])) if parent_id else None
    if sobject is None:
        raise no_such_resource()
    row = Row(sobject, parent_id)
    check_row(call, row)
    return row


def _visible(org: Org, user_id: str, sobject: SObject | None) -> SObject | None:
    return None if sobject is None else access.visible(org, user_id, sobject.name)


def _check_reading(call: Call) -> None:
    if call.request.effective_method not in ("GET", "HEAD"):
        raise refuse("METHOD_NOT_ALLOWED", f"HTTP Method '{call.request.effective_method}' not allowed. Allowed are HEAD,GET")


def _children(call: Call, here: Row, child: SObject, reference: Field) -> Response:
    """The query resource's own reply, pages and all. Raises Refused with INVALID_FIELD for a field that is not there for the user."""
    _check_reading(call)
    visible = access.visible(call.org, call.user_id, child.name)
    if visible is None or not access.can_read(call.org, call.user_id, child, reference):
        raise no_such_resource()
    names = call.org.plans.read(visible, call.user_id, call.request.query.get("fields", "")).names
    statement = f"SELECT {', '.join(names)} FROM {child.name} WHERE {reference.name} = '{here.id}'"
    return call.org.dispatch(call, Request("GET", f"{call.origin}{call.base}/query?q={quote(statement)}", call.request.headers))
