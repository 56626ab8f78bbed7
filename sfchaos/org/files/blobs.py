"""Files: the values of base64 fields, kept once, beside the rows.

A row's column holds a blob's address (`sha256:<hex>:<bytes>`), so rows stay small and their digests tell one content from another;
the bytes are in a table of their own. Sources: REST API Developer Guide, "Insert or Update Blob Data", "Get Blob Data" (D); wire reference 3.12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core.messages import Response
from sfchaos.org.files.blob import Blob
from sfchaos.org.refusals import no_such_resource
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.core.gate import Verb
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.schema.model import Field, SObject

BINARY_TYPE = "application/octetstream"  # wire reference 3.12 (D)
_TABLE = "sfchaos_blobs"
_LENGTHS = ("BodyLength", "ContentSize", "LogFileLength")  # fields that say how long the row's blob is


class Blobs:
    """The store's part of it: a follower that keeps the bytes of every row with a base64 field."""

    def __init__(self, org: Org) -> None:
        self._org = org
        org.store.run(f"CREATE TABLE IF NOT EXISTS {_TABLE} (address TEXT PRIMARY KEY, data BLOB)")
        org.followers.add(self)

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return verb in ("create", "update") and any(f.type == "base64" and f.has_column for f in sobject.fields)

    def saved(self, org: Org, saved: Saved) -> None:
        for f in saved.sobject.fields:
            value = saved.values.get(f.name) if f.type == "base64" else None
            if isinstance(value, Blob):
                self.keep(value)
                lengths = {name: len(value.data) for name in _LENGTHS if saved.sobject.find(name) is not None}
                if lengths:
                    org.store.update(saved.sobject.name, saved.id, lengths)

    def keep(self, blob: Blob) -> None:
        self._org.store.run(f"INSERT OR IGNORE INTO {_TABLE} (address, data) VALUES (?, ?)", (str(blob), blob.data))

    def get(self, address: str) -> bytes:
        """The bytes at an address; none for one that was never kept (an org file may name what it does not bring)."""
        found = self._org.store.one(f"SELECT data FROM {_TABLE} WHERE address = ?", (address,))
        return bytes(found[0]) if found else b""

    def read(self, sobject: SObject, f: Field, record_id: str) -> bytes | None:
        """What a live row's field holds; None where it holds nothing."""
        found = self._org.store.one(f"SELECT {quoted(f.name)} FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
        return self.get(str(found[0])) if found and found[0] else None


def blob_reply(call: Call, sobject: SObject, f: Field, record_id: str) -> Response:
    """The bytes. Attachments and documents carry their own type (K), a log file is CSV (wire reference 3.13)."""
    data = call.org.blobs.read(sobject, f, record_id)
    if data is None:
        raise no_such_resource()
    kind = BINARY_TYPE
    if sobject.name == "EventLogFile":
        kind = "text/csv"
    elif sobject.find("ContentType") is not None:
        found = call.org.store.one(f"SELECT ContentType FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
        kind = str(found[0]) if found and found[0] and str(found[0]).isprintable() else BINARY_TYPE
    call.receipt.read.append((sobject.name, (f.name,), (record_id,)))
    return Response(200, data, (("Content-Type", kind),), call.work_s)
