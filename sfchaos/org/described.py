"""What the describe resources ask of an org besides its schema: the object a path names, and its record types for a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.refusals import no_such_resource
from sfchaos.org.rows import record_types
from sfchaos.org.schema.describe import RecordTypeInfo
from sfchaos.org.versions import knows

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject


def named(call: Call, name: str) -> SObject:
    """The object of that name. Raises Refused with NOT_FOUND for one that is not there, not in the version, or not to be read."""
    sobject = access.visible(call.org, call.user_id, name)
    if sobject is None or not knows(sobject, call.version_number):
        raise no_such_resource()
    return sobject


def record_types_of(org: Org, user_id: str, sobject: SObject) -> list[RecordTypeInfo]:
    """The object's own record types as the user sees them, by label (R)."""
    if not sobject.record_types:
        return []
    chosen = record_types.default_id(org, sobject, user_id)
    found = []
    for made in sobject.record_types:
        record_type_id = record_types.id_of(org, sobject, made.developer_name)
        if record_type_id is not None:
            found.append(RecordTypeInfo(
                record_type_id, made.developer_name, made.label or made.developer_name.replace("_", " "), made.active,
                record_types.may_choose(org, user_id, sobject, made), record_type_id == chosen,
            ))  # fmt: skip
    return sorted(found, key=lambda info: info.name)
