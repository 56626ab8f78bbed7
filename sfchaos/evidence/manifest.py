"""manifest.json: path, size and SHA-256 of every other file of a bundle, in canonical JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sfchaos.core.canonical import canonical_json, sha256_hex

NAME = "manifest.json"
SCHEMA = "sfchaos.manifest/1"
OUTSIDE = frozenset({NAME, "manifest.dsse.json", "manifest.tsr"})
"""Files that cannot stand in the manifest: itself, and what is made over it afterwards (signature, time stamp)."""

MEDIA_TYPES = {"json": "application/json", "jsonl": "application/jsonl", "gz": "application/gzip", "csv": "text/csv", "html": "text/html",
               "xml": "application/xml", "toml": "application/toml", "yaml": "application/yaml"}  # fmt: skip


def manifest(files: Mapping[str, bytes]) -> bytes:
    """The manifest of stored files (compressed ones as they are stored)."""
    return canonical_json({"schema": SCHEMA, "files": entries(files)}) + b"\n"


def entries(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [{"path": path, "size": len(data), "sha256": sha256_hex(data)} for path, data in sorted(files.items()) if path not in OUTSIDE]


def media_type(path: str) -> str:
    return MEDIA_TYPES.get(path.rpartition(".")[2], "text/plain")


def differences(stated: bytes, files: Mapping[str, bytes]) -> list[str]:
    """What differs between a manifest and the files that are there, one sentence a file. Raises ValueError for no manifest."""
    tree = json.loads(stated)
    if not isinstance(tree, dict) or tree.get("schema") != SCHEMA or not isinstance(tree.get("files"), list):
        raise ValueError(f"{NAME} is not a manifest of {SCHEMA}")
    if canonical_json(tree) + b"\n" != stated:
        return [f"{NAME} is not in canonical form: it was edited"]
    wanted = {str(entry["path"]): entry for entry in tree["files"]}
    found = [_difference(path, entry, files.get(path)) for path, entry in wanted.items()]
    extra = [f"{path} is not in {NAME}: it was added" for path in sorted(files) if path not in wanted and path not in OUTSIDE]
    return [text for text in found if text] + extra


def _difference(path: str, entry: Mapping[str, Any], data: bytes | None) -> str:
    if data is None:
        return f"{path} is missing, {NAME} lists it"
    if len(data) != entry["size"]:
        return f"{path} has {len(data)} bytes, {NAME} says {entry['size']}"
    return "" if sha256_hex(data) == entry["sha256"] else f"{path} was changed: its SHA-256 is {sha256_hex(data)[:16]}…, {NAME} says {str(entry['sha256'])[:16]}…"
