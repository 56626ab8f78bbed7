"""Retrievals: which components are wanted, and the zip with them. Source: Metadata API guide, "retrieve()", "RetrieveResult" (D)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sfchaos.org.mdapi.components import KINDS, PARTS, Kind, file_name, read
from sfchaos.org.mdapi.listing import XML, Properties, properties
from sfchaos.org.mdapi.parts import document
from sfchaos.org.refusals import escape

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Wanted = tuple[tuple[str, tuple[str, ...]], ...]  # (type, full names) of a manifest


@dataclass(frozen=True, slots=True)
class Retrieval:
    """`root` is the folder around everything, "" where the request wants none. `messages` are (file, problem) pairs."""

    id: str
    user_id: str
    wanted: Wanted
    version: str
    root: str
    created_s: float
    packages: tuple[str, ...] = ()
    status: str = "Pending"
    zip_bytes: bytes = b""
    files: tuple[Properties, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()

    @property
    def is_done(self) -> bool:
        return self.status not in ("Pending", "InProgress")


def carried_out(org: Org, job: Retrieval) -> Retrieval:
    """The retrieval, done. What is asked for and is not there is a message, not a failure (D)."""
    found: dict[str, bytes] = {}
    files: list[Properties] = []
    messages = [(f"{job.root}package.xml", f"You cannot retrieve the package '{name}': this org holds no packages") for name in job.packages]
    for type_name, names in job.wanted:
        kind = KINDS.get(type_name)
        if kind is None:  # text K
            messages.append((f"{job.root}package.xml", f"Entity type '{type_name}' is not available in this organization"))
            continue
        for name in _full_names(org, kind, names):
            tree = read(org, kind, name)
            if tree is None:  # text U
                messages.append((f"{job.root}package.xml", f"Entity of type '{type_name}' named '{name}' cannot be found"))
            elif kind.tag:
                _add_part(org, job, kind, name, found)
                files.append(properties(org, kind, name, job.root))
            else:
                found[job.root + file_name(kind, name)] = document(type_name, tree)
                files.append(properties(org, kind, name, job.root))
    found[f"{job.root}package.xml"] = _manifest(job)
    return replace(job, status="Succeeded", zip_bytes=zipped(found, org.now_s()), files=tuple(files), messages=tuple(messages))


def _full_names(org: Org, kind: Kind, names: Iterable[str]) -> list[str]:
    """A wildcard is all there is; of objects the custom ones (D). Parts of objects come by name or with their object."""
    found: list[str] = []
    for name in names:
        if name != "*":
            found.append(name)
        elif kind.name == "CustomObject":
            found += [one for one in kind.names(org) if "__" in one]
        elif not kind.tag:
            found += kind.names(org)
    return list(dict.fromkeys(found))


def _add_part(org: Org, job: Retrieval, kind: Kind, name: str, found: dict[str, bytes]) -> None:
    """A part asked for by name stands in a file of its object that holds nothing else but such parts."""
    path, sobject = job.root + file_name(kind, name), name.partition(".")[0]
    whole = dict(job.wanted).get("CustomObject", ())
    if sobject in whole or ("*" in whole and "__" in sobject):
        return
    wanted = dict(job.wanted)
    inside = [
        (part.tag, (("fullName", one.partition(".")[2]), *(read(org, part, one) or ())))
        for part in PARTS for one in wanted.get(part.name, ()) if one.partition(".")[0] == sobject and read(org, part, one) is not None
    ]  # fmt: skip
    found[path] = document("CustomObject", tuple(inside))


def _manifest(job: Retrieval) -> bytes:
    types = "".join(
        f"    <types>\n{''.join(f'        <members>{escape(name)}</members>{chr(10)}' for name in names)}        <name>{escape(kind)}</name>\n    </types>\n"
        for kind, names in job.wanted
    )
    return f"{XML}{types}    <version>{escape(job.version)}</version>\n</Package>\n".encode()


def zipped(files: dict[str, bytes], at_s: float) -> bytes:
    """The same bytes for the same files at the same time. (Zip files know no time before 1980.)"""
    held = io.BytesIO()
    at = datetime.fromtimestamp(max(at_s, 315532800.0), UTC)
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    return held.getvalue()
