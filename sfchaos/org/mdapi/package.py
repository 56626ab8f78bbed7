"""A package as it comes: a zip, what it may be, its manifest, the components in it. Limits D: Metadata API guide, "Special Behavior", limits.

Nothing is written anywhere: entries are read into memory one by one, never more than the zip may hold.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from sfchaos.core.errors import BadFile
from sfchaos.org.files.zips import BadZip, unzipped
from sfchaos.org.mdapi.components import KINDS, taken_apart
from sfchaos.org.mdapi.parts import Component, Outcome
from sfchaos.org.schema.sfdx.source import ROOTS
from sfchaos.org.schema.sfdx.xml import parse_xml

MOST_BYTES = 39_000_000  # compressed: as base64 that is just below the 50 MB of a SOAP request
MOST_UNPACKED_BYTES = 600 << 20  # what 10,000 files may come to (D)
MOST_FILES = 10_000
MANIFEST = "package.xml"
DESTRUCTIVE = ("destructiveChangesPre.xml", "destructiveChanges.xml", "destructiveChangesPost.xml")
_FOLDERS = {kind.folder: kind for kind in KINDS.values() if kind.folder}


class BadPackage(Exception):
    """The deployment fails as a whole; the text is what its errorMessage says."""


@dataclass
class Package:
    """`root` is the folder that the zip has around everything, with its slash. `broken` are files that hold no metadata."""

    root: str
    members: dict[str, list[str]] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)
    broken: list[Outcome] = field(default_factory=list)
    removed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # manifest file -> (type, name)


def opened(data: bytes) -> dict[str, bytes]:
    """The files of a zip by path. Raises BadPackage for what is none, is too large, or names places outside."""
    if len(data) > MOST_BYTES:
        raise BadPackage(f"Maximum size of request reached. Maximum size of request is {MOST_BYTES} bytes.")
    try:
        return unzipped(data, _check, most_bytes=MOST_UNPACKED_BYTES)
    except BadZip:
        raise BadPackage("UNKNOWN_EXCEPTION: The zip file is not a valid zip archive") from None  # text a guess


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise BadPackage(f"LIMIT_EXCEEDED: Maximum number of files in the zip exceeded: {MOST_FILES}")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.filename.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in entry.filename:
            raise BadPackage(f"UNKNOWN_EXCEPTION: The zip file names a place outside of it: {entry.filename[:80]}")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
        raise BadPackage(f"LIMIT_EXCEEDED: Maximum size of the unpacked files exceeded: {MOST_UNPACKED_BYTES} bytes")


def read_package(files: Mapping[str, bytes]) -> Package:
    """Raises BadPackage where package.xml is not there or cannot be read."""
    at = next((name for name in sorted(files, key=lambda name: (name.count("/"), name)) if name.rpartition("/")[2] == MANIFEST), None)
    if at is None or at.count("/") > 1:
        raise BadPackage("No package.xml found")
    package = Package(at.removesuffix(MANIFEST))
    package.members = _members(files[at], at)
    for name in DESTRUCTIVE:
        if package.root + name in files:
            listed = _members(files[package.root + name], package.root + name)
            package.removed[name] = [(kind, one) for kind, names in listed.items() for one in names]
    _collect(package, files)
    return package


def _members(data: bytes, name: str) -> dict[str, list[str]]:
    """type -> full names of a manifest."""
    try:
        root = parse_xml(data, Path(name))
    except BadFile as error:
        raise BadPackage(f"Error parsing file: {name}: {error.what}") from None
    if root.tag != "Package":
        raise BadPackage(f"Error parsing file: {name}: a <{root.tag}> stands where a <Package> belongs")
    found: dict[str, list[str]] = {}
    for part in root.all("types"):
        found.setdefault(part.get("name"), []).extend(part.texts("members"))
    return found


def _collect(package: Package, files: Mapping[str, bytes]) -> None:
    for path in sorted(files):
        relative = path.removeprefix(package.root)
        if not path.startswith(package.root) or relative == MANIFEST or relative in DESTRUCTIVE:
            continue
        folder, _, file = relative.partition("/")
        kind = _FOLDERS.get(folder)
        stem = file.removesuffix("-meta.xml")
        if kind is None or not stem.endswith(f".{kind.suffix}"):
            package.broken.append(Outcome("", relative, path, ok=False, problem="Not available for deploy for this organization"))
            continue
        _add(package, path, files[path], kind.name, unquote(stem.removesuffix(f".{kind.suffix}")))
    _complain_of_missing(package)


def _add(package: Package, path: str, data: bytes, kind: str, name: str) -> None:
    try:
        node = parse_xml(data, Path(path))
    except BadFile as error:
        package.broken.append(Outcome(kind, name, path, ok=False, problem=f"Error parsing file: {error.what}", line=error.line))
        return
    wanted = ROOTS.get(KINDS[kind].suffix, kind)
    if node.tag != wanted:
        package.broken.append(Outcome(kind, name, path, ok=False, problem=f"Error parsing file: a <{node.tag}> stands where a <{wanted}> belongs", line=node.line))
        return
    listed = package.members.get(kind, [])
    own = Component(kind, name, node, path)
    if kind == "CustomObject":
        package.components += [part for part in taken_apart(own) if _is_listed(package, part, "*" in listed or name in listed)]
    elif "*" in listed or name in listed:
        package.components.append(own)
    else:
        package.broken.append(_unlisted(own))


def _is_listed(package: Package, part: Component, whole: bool) -> bool:
    """Parts come with their object, or by name. The object itself is the frame of its parts when it isn't listed."""
    return whole or part.name in package.members.get(part.type, [])


def _unlisted(component: Component) -> Outcome:
    """Text K."""
    problem = f"Entity of type '{component.type}' named '{component.name}' is not specified in package.xml"
    return Outcome(component.type, component.name, component.file, problem=problem)


def _complain_of_missing(package: Package) -> None:
    """What the manifest names and the zip lacks. Text U."""
    there = {(one.type, one.name) for one in package.components} | {(one.type, one.name) for one in package.broken}
    for kind, names in package.members.items():
        if kind not in KINDS:
            package.broken += [Outcome(kind, name, package.root + MANIFEST, ok=False, problem="Not available for deploy for this organization") for name in names if name != "*"]
            continue
        for name in names:
            if name != "*" and (kind, unquote(name)) not in there and (kind, name) not in there:
                file = package.root + MANIFEST
                problem = f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
                package.broken.append(Outcome(kind, name, file, ok=False, problem=problem))


def in_deployment_order(components: list[Component]) -> Iterator[list[Component]]:
    """By type, as one stands on another."""
    for kind in KINDS:
        some = [component for component in components if component.type == kind]
        if some:
            yield some


