"""A schedule: a list of rules, as data. JSON and YAML hold the same tree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.core.errors import BadFile, UnknownName, UsageError
from sfchaos.faults.rule import Rule, rule_from_tree

FORMAT = 1
KEYS = ("sfchaos_schedule", "seed", "org", "scenario", "rules")


@dataclass(frozen=True)
class Schedule:
    """Rules in order, which is their rank. `org` is `name@version` or a path, `scenario` the id of the one it came from."""

    rules: tuple[Rule, ...] = ()
    seed: int | None = None
    org: str = ""
    scenario: str = ""

    def __post_init__(self) -> None:
        seen: dict[str, int] = {}
        for rule in self.all_rules():
            if rule.id in seen:
                raise UsageError(f"two rules have the id {rule.id!r}", remedy="give each rule an id of its own, or none")
            seen[rule.id] = 1

    def all_rules(self) -> Iterator[Rule]:
        """Every rule, those armed by others (`then`) after the one that arms them."""
        pending = list(self.rules)
        while pending:
            rule = pending.pop(0)
            yield rule
            pending[:0] = rule.then

    @property
    def transient(self) -> bool:
        """Every rule is one after which the work must converge."""
        return all(rule.info.transient for rule in self.all_rules())

    def as_tree(self) -> dict[str, Any]:
        """The tree as it stands in a file; what says nothing is left out."""
        tree: dict[str, Any] = {"sfchaos_schedule": FORMAT}
        if self.seed is not None:
            tree["seed"] = self.seed
        for key in ("org", "scenario"):
            if getattr(self, key):
                tree[key] = getattr(self, key)
        return {**tree, "rules": [dict(rule.tree) for rule in self.rules]}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical tree, in hex."""
        return sha256_hex(canonical_json(self.as_tree()))

    @classmethod
    def from_tree(cls, tree: object, *, where: str = "") -> Schedule:
        """A schedule from its tree. `where` stands before the place in errors (`"sync.yaml: "`).

        Raises UsageError or UnknownName, with places such as `rules[1].fault`.
        """
        prefix = f"{where.rstrip(': ')}: " if where else ""
        if not isinstance(tree, Mapping):
            raise UsageError(f"{prefix}{tree!r} is not a schedule", remedy='a schedule is {"sfchaos_schedule": 1, "rules": [...]}')
        _check_head(tree, prefix)
        rules = tuple(rule_from_tree(rule, where=f"{prefix}rules[{i}]", default_id=f"r{i + 1}") for i, rule in enumerate(tree["rules"]))
        return cls(rules, tree.get("seed"), tree.get("org") or "", tree.get("scenario") or "")

    @classmethod
    def read(cls, path: Path) -> Schedule:
        """A schedule from a JSON or YAML file. Raises BadFile naming file, line where it is known, and place."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadFile(path, 0, f"cannot be read: {error}", remedy="name a JSON or YAML file of a schedule") from None
        tree = _yaml(path, text) if path.suffix in (".yaml", ".yml") else _json(path, text)
        try:
            return cls.from_tree(tree)
        except UsageError as error:
            raise BadFile(path, 0, error.message, remedy=error.remedy) from None


def _check_head(tree: Mapping[str, Any], prefix: str) -> None:
    for key in tree:
        if key not in KEYS:
            raise UnknownName("key", str(key), KEYS, where=prefix, remedy=f"keys of a schedule: {', '.join(KEYS)}")
    if tree.get("sfchaos_schedule") != FORMAT:
        raise UsageError(
            f"{prefix}sfchaos_schedule: {tree.get('sfchaos_schedule')!r} is not a format this version reads", remedy='write "sfchaos_schedule": 1'
        )
    if not isinstance(tree.get("rules"), list | tuple):
        raise UsageError(
            f"{prefix}rules: {tree.get('rules')!r} is not a list of rules", remedy='write "rules": [...]; an empty list is a run without faults'
        )
    seed = tree.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise UsageError(f"{prefix}seed: {seed!r} is not a whole number", remedy="write a number such as 7, or leave it out")
    for key in ("org", "scenario"):
        if tree.get(key) is not None and not isinstance(tree[key], str):
            raise UsageError(f"{prefix}{key}: {tree[key]!r} is not text", remedy='write a name, such as "standard@2"')


def _json(path: Path, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(
            path, getattr(error, "lineno", 0), f"is not JSON: {getattr(error, 'msg', error)}", remedy="a schedule is JSON; YAML has the ending .yaml"
        ) from None


def _yaml(path: Path, text: str) -> object:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadFile(path, line, f"is not YAML: {error.problem}", remedy="mind indentation and quotes") from None
