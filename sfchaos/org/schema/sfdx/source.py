"""Which files of a source tree hold what. Nothing is parsed here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sfchaos.core.errors import BadFile
from sfchaos.org.schema.sfdx.xml import Node, read_xml

_SKIPPED = frozenset({"node_modules", "__tests__"})
# Folders of the Metadata API whose files carry no `-meta.xml`: folder -> suffix of the files
MDAPI = {
    "objects": "object", "profiles": "profile", "permissionsets": "permissionset", "permissionsetgroups": "permissionsetgroup", "duplicateRules": "duplicateRule",
    "matchingRules": "matchingRule", "globalValueSets": "globalValueSet", "standardValueSets": "standardValueSet", "connectedApps": "connectedApp",
    "customMetadata": "md", "flows": "flow", "workflows": "workflow", "layouts": "layout", "sharingRules": "sharingRules", "settings": "settings",
    "triggers": "trigger", "classes": "cls", "customPermissions": "customPermission", "mutingpermissionsets": "mutingpermissionset", "delegateGroups": "delegateGroup",
}  # fmt: skip

# The root element of the kinds that are read (Metadata API Developer Guide, D)
ROOTS = {
    "object": "CustomObject", "field": "CustomField", "recordType": "RecordType", "validationRule": "ValidationRule", "globalValueSet": "GlobalValueSet",
    "standardValueSet": "StandardValueSet", "permissionset": "PermissionSet", "permissionsetgroup": "PermissionSetGroup", "profile": "Profile",
    "connectedApp": "ConnectedApp", "md": "CustomMetadata",
}  # fmt: skip


@dataclass(frozen=True)
class MetaFile:
    """`kind` is the suffix of its type ("field"), `name` what stands before ("Amount__c"), `owner` the object's folder ("Invoice__c").

    `given` is the root element of metadata that came by a request and lies in no file.
    """

    path: Path
    kind: str
    name: str
    owner: str
    given: Node | None = None

    @cached_property
    def node(self) -> Node:
        """The root element. Raises BadFile, also for one of another kind of metadata."""
        found = self.given or read_xml(self.path)
        wanted = ROOTS.get(self.kind, found.tag)
        if found.tag != wanted:
            raise found.bad(f"a <{found.tag}> stands where a <{wanted}> belongs", f"the file's name says that it holds a {wanted}")
        return found


@dataclass
class Source:
    """The metadata files of a tree by kind, in the order of their paths, and what the reading leaves aside."""

    root: Path
    files: dict[str, list[MetaFile]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[MetaFile]:
        return self.files.get(kind, [])

    def take(self, kind: str, name: str, owner: str, node: Node) -> None:
        """Add metadata that lies in no file."""
        self.files.setdefault(kind, []).append(MetaFile(node.file, kind, name, owner, node))

    def leave(self, sentence: str) -> None:
        if sentence not in self.unread:
            self.unread.append(sentence)


def is_source_tree(path: Path) -> bool:
    if (path / "sfdx-project.json").is_file() or (path / "package.xml").is_file() or (path / "force-app").is_dir():
        return True
    return any(next((folder for folder in path.rglob(name) if folder.is_dir()), None) is not None and _holds_metadata(path) for name in ("objects", "permissionsets"))


def _holds_metadata(path: Path) -> bool:
    return any(True for _ in path.rglob("*-meta.xml")) or any(True for _ in path.rglob("objects/*.object"))


def collected(path: Path) -> Source:
    """Every metadata file below the package folders. Raises BadFile for a project file that names a folder which is not there."""
    source = Source(path)
    seen: set[Path] = set()
    root = path.resolve()
    for folder in _package_folders(path):
        for file in sorted(p for p in folder.rglob("*") if p.is_file() or p.is_symlink()):
            if file.is_symlink() and not file.resolve().is_relative_to(root):
                raise BadFile(file, 0, f"a link that leads out of the tree, to {file.resolve()}", remedy="put the file itself there, or take the link out")
            if not file.is_file():
                source.leave(f"{file.relative_to(path)}: a link to a folder or to nothing is not followed")
                continue
            if file in seen or any(part.startswith(".") or part in _SKIPPED for part in file.relative_to(path).parts):
                continue
            seen.add(file)
            found = _classified(file)
            if found is not None:
                source.files.setdefault(found.kind, []).append(found)
    return source


def _package_folders(path: Path) -> list[Path]:
    project = path / "sfdx-project.json"
    if not project.is_file():
        return [path]
    try:
        tree = json.loads(project.read_text(encoding="utf-8"))
        names = [str(entry["path"]) for entry in tree["packageDirectories"]]
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise BadFile(project, getattr(error, "lineno", 0), "not a project file with packageDirectories",
                      remedy='write `{"packageDirectories": [{"path": "force-app", "default": true}]}`') from None  # fmt: skip
    for name in names:
        if not (path / name).resolve().is_relative_to(path.resolve()):
            raise BadFile(project, 0, f"the package folder {name!r} leads out of the project", remedy="name folders of the project in packageDirectories")
        if not (path / name).is_dir():
            raise BadFile(project, 0, f"the package folder {name!r} is not there", remedy="make the folder, or take it out of packageDirectories")
    return [path / name for name in names]


def _classified(file: Path) -> MetaFile | None:
    name = file.name
    if name.endswith("-meta.xml"):
        stem, _, kind = name.removesuffix("-meta.xml").rpartition(".")
        return MetaFile(file, kind, stem, _owner(file)) if stem else None
    kind = MDAPI.get(file.parent.name, "")
    if kind and file.suffix == f".{kind}" and not file.with_name(name + "-meta.xml").exists():
        return MetaFile(file, kind, file.stem, "")
    return None


def _owner(file: Path) -> str:
    """`objects/Account/fields/X__c.field-meta.xml` belongs to Account."""
    parents = [parent.name for parent in file.parents]
    return parents[parents.index("objects") - 1] if "objects" in parents[1:] else ""
