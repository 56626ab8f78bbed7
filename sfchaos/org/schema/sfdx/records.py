"""Rows of custom metadata types: `customMetadata/Type.Record.md-meta.xml`."""

from __future__ import annotations

from typing import Any

from sfchaos.org.ids import make_id
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.schema.rows import Row
from sfchaos.org.schema.sfdx.source import MetaFile, Source
from sfchaos.org.schema.sfdx.xml import Node


def metadata_rows(source: Source, schema: Schema) -> dict[str, list[Row]]:
    """By sObject; ids in the order of names, so that records of one type may point at another's."""
    files: dict[str, list[MetaFile]] = {}
    for file in source.of("md"):
        kind = f"{file.name.partition('.')[0].removesuffix('__mdt')}__mdt"
        if schema.find(kind) is None:
            source.leave(f"custom metadata record {file.name}: the source has no type {kind}")
        else:
            files.setdefault(kind, []).append(file)
    ids = {
        (kind.lower(), file.name.partition(".")[2]): make_id(schema.objects[kind.lower()].key_prefix, number)
        for kind, some in files.items()
        for number, file in enumerate(some, start=1)
    }
    return {schema.objects[kind.lower()].name: [_row(file, schema.objects[kind.lower()], ids, source) for file in some] for kind, some in files.items()}


def _row(file: MetaFile, sobject: SObject, ids: dict[tuple[str, str], str], source: Source) -> Row:
    name = file.name.partition(".")[2]
    label = file.node.get("label") or name
    row: Row = {"Id": ids[sobject.name.lower(), name], "DeveloperName": name, "MasterLabel": label, "Label": label, "QualifiedApiName": name}
    for part in file.node.all("values"):
        f = sobject.find(part.get("field"))
        if f is None:
            source.leave(f"custom metadata record {file.name}: {sobject.name} has no field {part.get('field')}")
            continue
        value = _value(part.first("value"), f, ids)
        if value is not None:
            row[f.name] = value
    return row


def _value(node: Node | None, f: Field, ids: dict[tuple[str, str], str]) -> Any:
    if node is None or not node.text:
        return None
    if f.type == "reference":
        return next((ids[target.lower(), node.text] for target in f.reference_to if (target.lower(), node.text) in ids), None)
    return node.text.lower() == "true" if f.type == "boolean" else node.text
