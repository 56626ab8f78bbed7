"""How much the org holds: 2 KB a row, files by their bytes. Source: wire reference 7 (K).

Which rows weigh nothing follows Help, "Data Storage" in short: setup objects, histories and shares; the list here is a guess at its edges.
`DataStorageMB` refuses creates only where somebody gave it a number (`limits:` of an org file, or `exhaust`): a Developer Edition's 5 MB
are 2,500 rows, and no test data would fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

DATA, FILES = "DataStorageMB", "FileStorageMB"
FILLED = "filled"  # register of limits: (rows the org may hold, until when)
ROW_BYTES, MB = 2048, 1 << 20
_FILE_FIELDS = (("ContentVersion", "VersionData"), ("Attachment", "Body"), ("Document", "Body"))
_FILE_OBJECTS = frozenset({"ContentVersion", "ContentDocument", "ContentDocumentLink", "Attachment", "Document"})
_LIGHT = ("History", "__Share", "Share", "FieldHistory")


def used_mb(org: Org, limit: str) -> int:
    """Whole megabytes that are used of a storage limit; 0 for every other limit."""
    if limit == DATA:
        return rows(org) * ROW_BYTES // MB
    return file_bytes(org) // MB if limit == FILES else 0


def rows(org: Org) -> int:
    """Rows that weigh; those in the recycle bin do too (K)."""
    return sum(_count(org, sobject) for sobject in org.schema if _weighs(sobject))


def file_bytes(org: Org) -> int:
    total = 0
    for name, field in _FILE_FIELDS:
        sobject = org.schema.find(name)
        if sobject is not None and (f := sobject.find(field)) is not None and f.has_column:
            found = org.store.one(f"SELECT COALESCE(SUM(LENGTH({quoted(f.name)})), 0) FROM {quoted(sobject.name)}")
            total += int(found[0]) if found else 0
    return total


def room_for_rows(org: Org) -> int | None:
    """How many rows may still be created; None where storage is not limited."""
    most, until_s = org.registers.limits.get(FILLED, (None, None))
    if most is not None and (until_s is None or org.now_s() < until_s):
        return max(0, int(most) - rows(org))
    if not org.limits.is_set(DATA):
        return None
    left_mb = org.limits.maximum_of(DATA) - org.limits.used_of(DATA)
    return max(0, left_mb * MB // ROW_BYTES - rows(org))


def _weighs(sobject: SObject) -> bool:
    """Setup objects are those whose rows are not shared; children of a shared parent are."""
    return bool(sobject.sharing) and sobject.name not in _FILE_OBJECTS and not sobject.name.endswith(_LIGHT)


def _count(org: Org, sobject: SObject) -> int:
    found = org.store.one(f"SELECT COUNT(*) FROM {quoted(sobject.name)}")
    return int(found[0]) if found else 0
