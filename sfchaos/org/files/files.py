"""A file is three rows: the version with its bytes, the document that all versions share, and links to where it is shown.

A ContentVersion without ContentDocumentId begins a document and is linked to its owner and to FirstPublishLocationId; with one it is
the document's next version. Source: Object Reference, "ContentVersion", "ContentDocument", "ContentDocumentLink" (D); wire reference
3.12. What Title becomes when it is left out, and the list of file types, are K.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.files.blob import Blob
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.rows.after import Saved
    from sfchaos.org.rows.row_work import Work
    from sfchaos.org.schema.model import SObject

_TYPES = {
    "pdf": "PDF", "txt": "TEXT", "csv": "CSV", "xml": "XML", "json": "JSON", "html": "HTML", "htm": "HTML", "zip": "ZIP", "png": "PNG", "gif": "GIF",
    "jpg": "JPG", "jpeg": "JPEG", "bmp": "BMP", "svg": "SVG", "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X", "ppt": "POWER_POINT",
    "pptx": "POWER_POINT_X", "rtf": "RTF", "mp3": "MP3", "mp4": "MP4", "mov": "MOV", "wav": "WAV", "js": "JS", "css": "CSS", "java": "JAVA", "exe": "EXE",
}  # fmt: skip
_ON_DOCUMENT = ("Title", "Description", "ContentSize", "FileType", "FileExtension")


def check_file(work: Work, values: Mapping[str, Any]) -> None:
    """A version that is a file needs a name and a content; one of a document, a document that is there. Raises RowRefused (K)."""
    if work.plan.sobject.name != "ContentVersion" or values.get("ContentUrl") or work.admin:
        return
    missing = [name for name in ("VersionData", "PathOnClient") if work.plan.has(name) and values.get(name) is None]
    if missing:
        raise RowRefused(row_refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing))


class Files:
    """The follower that writes the document and the links."""

    def wants(self, sobject: SObject, verb: Verb) -> bool:
        return sobject.name == "ContentVersion" and verb in ("create", "update") and sobject.find("ContentDocumentId") is not None

    def saved(self, org: Org, saved: Saved) -> None:
        if org.schema.find("ContentDocument") is None:
            return
        if saved.verb == "update":
            _update(org, saved)
            return
        facts = _facts(saved.values)
        document = str(saved.values.get("ContentDocumentId") or "")
        number = 1
        if document:
            number = _follow_on(org, document, saved.id)
        else:
            document = _begin(org, saved, facts)
        _store(org, "ContentVersion", saved.id, {**facts, "ContentDocumentId": document, "IsLatest": 1, "VersionNumber": str(number), "ContentModifiedById": saved.user_id,
                                                 "ContentModifiedDate": saved.values.get("ContentModifiedDate") or saved.values.get("CreatedDate")})  # fmt: skip
        _store(org, "ContentDocument", document, {**{name: facts[name] for name in _ON_DOCUMENT if name in facts}, "LatestPublishedVersionId": saved.id,
                                                  "ContentModifiedDate": saved.values.get("CreatedDate")})  # fmt: skip


def _update(org: Org, saved: Saved) -> None:
    """What follows from other bytes; the document shows what its latest version says (K)."""
    blob = saved.values.get("VersionData")
    own = _size_and_sum(blob) if isinstance(blob, Blob) else {}
    if own:
        _store(org, "ContentVersion", saved.id, own)
    changed = {name: value for name, value in {**saved.values, **own}.items() if name in _ON_DOCUMENT}
    if changed and saved.before.get("IsLatest") and saved.before.get("ContentDocumentId"):
        _store(org, "ContentDocument", str(saved.before["ContentDocumentId"]), changed)


def _size_and_sum(blob: Blob) -> dict[str, Any]:
    return {"ContentSize": len(blob.data), "Checksum": hashlib.md5(blob.data, usedforsecurity=False).hexdigest()}


def _facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the name and the bytes."""
    path = PurePosixPath(str(values.get("PathOnClient") or "").replace("\\", "/"))
    extension = path.suffix[1:]
    facts: dict[str, Any] = {"Title": values.get("Title") or path.stem or "Untitled", "FileExtension": extension or None, "FileType": _TYPES.get(extension.lower(), "UNKNOWN")}
    if values.get("ContentUrl"):
        facts["FileType"] = "LINK"
    blob = values.get("VersionData")
    if isinstance(blob, Blob):
        facts |= _size_and_sum(blob)
    return facts


def _begin(org: Org, saved: Saved, facts: Mapping[str, Any]) -> str:
    owner = str(saved.values.get("OwnerId") or saved.user_id)
    document = _create(org, "ContentDocument", saved.user_id, {"Title": facts["Title"], "OwnerId": owner, "Description": saved.values.get("Description")})
    links = {owner: "I", str(saved.values.get("FirstPublishLocationId") or owner): "V"} | {owner: "I"}  # the owner's link is an inferred one (D)
    for entity, share_type in links.items():
        if org.schema.find("ContentDocumentLink") is not None:
            _create(org, "ContentDocumentLink", saved.user_id, {"ContentDocumentId": document, "LinkedEntityId": entity, "ShareType": share_type, "Visibility": "AllUsers"})
    return document


def _follow_on(org: Org, document: str, version_id: str) -> int:
    """The number of a document's new version; the one before is no longer the latest."""
    org.store.run('UPDATE "ContentVersion" SET IsLatest = 0 WHERE ContentDocumentId = ? AND Id <> ?', (document, version_id))
    found = org.store.one('SELECT MAX(CAST(VersionNumber AS INTEGER)) FROM "ContentVersion" WHERE ContentDocumentId = ? AND Id <> ?', (document, version_id))
    return int(found[0] or 0) + 1 if found else 1


def _create(org: Org, name: str, user_id: str, row: Mapping[str, Any]) -> str:
    sobject = org.schema.find(name)
    known = {field: value for field, value in row.items() if sobject is not None and sobject.find(field) is not None and value is not None}
    [result] = org.dml.write("create", name, [known], user_id=user_id, as_admin=True)
    if not result.ok:
        raise RuntimeError(f"{name} of a file: {result.refusals[0]}")  # a mistake in the schema, or a row nobody can link to
    return result.id


def _store(org: Org, name: str, record_id: str, values: Mapping[str, Any]) -> None:
    sobject = org.schema.find(name)
    known = {field: value for field, value in values.items() if sobject is not None and (f := sobject.find(field)) is not None and f.has_column}
    org.store.update(name, record_id, known)
