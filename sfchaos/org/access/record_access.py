"""UserRecordAccess: what a user may do with given records. Its rows are worked out when a query names them.

A query needs a user and at least one record, up to 200 of them. Source: Object Reference, "UserRecordAccess" (D; texts are
guesses); wire reference 9.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sfchaos.org import access
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.org.org import Org

NAME = "UserRecordAccess"
_MOST = 200


def work_out(org: Org, literals: Iterable[str]) -> None:
    """Make the object hold the rows that the ids in a statement ask for, and no others. Raises Refused without both kinds."""
    ids = list(dict.fromkeys(to_18(text) for text in literals if is_id(text)))
    users = [one for one in ids if one.startswith("005")][:1]
    records = [one for one in ids if one not in users] or users
    if not users or len(ids) < 2:
        raise refuse("MALFORMED_QUERY", "UserRecordAccess requires filters on UserId and RecordId, using the equals operator or IN")
    if len(records) > _MOST:
        raise refuse("MALFORMED_QUERY", f"UserRecordAccess takes up to {_MOST} record ids")
    org.store.run(f'DELETE FROM "{NAME}"')
    for record in records:
        org.store.insert(NAME, {"Id": record, "UserId": users[0], "RecordId": record, **_row(org, users[0], record)})


def _row(org: Org, user_id: str, record_id: str) -> dict[str, object]:
    sobject = org.schema.of_prefix(record_id[:3])
    there = sobject is not None and org.store.one(f'SELECT 1 FROM "{sobject.name}" WHERE "Id" = ?', (record_id,)) is not None

    def has(right: access.Right) -> bool:
        return there and sobject is not None and access.may(org, user_id, sobject, right) and access.may_row(org, user_id, sobject, record_id, right)

    read, edit, delete = has("read"), has("edit"), has("delete")
    level = "All" if delete else "Edit" if edit else "Read" if read else "None"  # who may delete a row may transfer and share it too (K)
    return {"HasReadAccess": int(read), "HasEditAccess": int(edit), "HasDeleteAccess": int(delete), "HasTransferAccess": int(delete),
            "HasAllAccess": int(delete), "MaxAccessLevel": level}  # fmt: skip
