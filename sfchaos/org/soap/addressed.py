"""Which rows a SOAP request is about, told before the org has carried it out: for locks, and for faults that look for a field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.refusals import Refused
from sfchaos.org.soap.envelope import Envelope, child_of, local, read_envelope
from sfchaos.org.soap.records_in import Sent, read_row

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject


def rows_addressed(org: Org, body: bytes) -> list[tuple[SObject, str, Mapping[str, Any], str]]:
    """(sObject, record id, row as sent, key field) of each row that the call writes; none for a read, or for what cannot be read."""
    envelope = _envelope(body)
    if envelope is None:
        return []
    key_field = envelope.arguments.get("externalIDFieldName", "").strip()
    ids = envelope.texts("ids") if envelope.name in ("delete", "undelete") else []
    found: list[tuple[SObject, str, Mapping[str, Any], str]] = [(sobject, text, {}, "") for text in ids if (sobject := org.schema.of_prefix(text[:3])) is not None]
    for sent in _sent(envelope):
        sobject = org.schema.find(sent.kind)
        if sobject is not None:
            values = {name: value for name, value in sent.values.items() if name != "Id"}
            found.append((sobject, str(sent.values.get("Id", "")), values, key_field))
    return found


def fields_sent(body: bytes) -> list[str]:
    """Names of the fields that the rows of a call bring, in order."""
    envelope = _envelope(body)
    return [] if envelope is None else list(dict.fromkeys(name for sent in _sent(envelope) for name, value in sent.values.items() if not isinstance(value, dict)))


def _envelope(body: bytes) -> Envelope | None:
    try:
        return read_envelope(body)
    except Refused:
        return None


def _sent(envelope: Envelope) -> list[Sent]:
    masters = [child for request in envelope.elements("request") if (child := child_of(request, "masterRecord")) is not None]
    rows = [item for item in envelope.body if local(item) == "sObjects"] if envelope.name in ("create", "update", "upsert") else masters
    try:
        return [read_row(item) for item in rows]
    except Refused:
        return []
