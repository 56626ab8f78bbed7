"""The org that a configuration names: its own schema, the rows of `[org]`, and what of its source was not read."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.org.schema.load import OrgModel
    from sfchaos.scenario.config import Config

Signature = tuple[tuple[str, int, int], ...]


def configured_org(config: Config) -> OrgModel | None:
    """The model of `[org]` (or `--org` together with the rows and counts of `[org]`); None for the standard org. Raises BadFile."""
    choice = config.org
    if not (choice.schema or choice.rows or choice.populate):
        return None
    from sfchaos.org.schema.load import org_from_tree

    tree = {"rows": dict(choice.rows), "populate": {name: {"rows": v.rows, "profile": v.profile} for name, v in choice.populate.items()}}
    where = str(config.file or config.root)
    if not choice.schema:
        return org_from_tree(tree, where=where, root=config.root)
    model = loaded(config.root / choice.schema)
    extra = org_from_tree(tree, where=where, root=config.root, base=model.schema)
    return replace(model, rows={**model.rows, **extra.rows}, populate={**model.populate, **extra.populate})


def loaded(path: Path) -> OrgModel:
    """The org of a path, read once as long as nothing in it changes: every run of a session asks for it."""
    resolved = path.resolve()
    if not resolved.is_dir():
        from sfchaos.org.schema.load import load_org

        return load_org(resolved)  # its rows may stand in other files
    return _read(resolved, _signature(resolved))


def _signature(folder: Path) -> Signature:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state = path.stat()
            found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


@lru_cache(maxsize=4)
def _read(folder: Path, signature: Signature) -> OrgModel:
    from sfchaos.org.schema.load import load_org

    return load_org(folder)


def unread_of(config: Config) -> tuple[str, ...]:
    """One sentence for each thing in the org's source that this version does not read."""
    path = config.root / config.org.schema
    return loaded(path).unread if config.org.schema and path.is_dir() else ()
