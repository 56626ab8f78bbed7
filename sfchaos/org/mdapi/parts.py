"""What the Metadata API moves about: components, what became of each, trees of elements.

A tree is a tuple of (element, text or tree) pairs: it is frozen, keeps its order, and says an element twice where that stands twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sfchaos.org.refusals import escape
from sfchaos.org.schema.sfdx.xml import Node

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
Tree: TypeAlias = tuple[tuple[str, Any], ...]  # (element, text or Tree)


class Problem(Exception):
    """Why one component cannot be deployed, changed or removed; `line` of its file, 0 where that is not known."""

    def __init__(self, message: str, line: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.code = message, line, code


@dataclass(frozen=True)
class Component:
    """`type` as package.xml names it, `name` its full name ("Account.Size__c"), `file` where it stands in the zip."""

    type: str
    name: str
    node: Node
    file: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one component. `problem` of a success is a warning."""

    type: str
    name: str
    file: str = ""
    ok: bool = True
    created: bool = False
    deleted: bool = False
    problem: str = ""
    line: int = 0
    id: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of a component besides its effect: when it was made and changed, by whom, and `extras`, elements that it said
    and that change nothing here, so that they can be read back."""

    created_s: float
    created_by: str
    changed_s: float
    changed_by: str
    extras: Tree = ()


def flag(value: object) -> str:
    return "true" if value else "false"


def tree_of(node: Node, leave: Iterable[str] = ()) -> Tree:
    """The children of a node but for those named, and but for attributes."""
    left = set(leave)
    return tuple((child.tag, tree_of(child) if _has_elements(child) else child.text) for child in node.children if child.tag not in left and not child.tag.startswith("@"))


def _has_elements(node: Node) -> bool:
    return any(not child.tag.startswith("@") for child in node.children)


def in_order(tree: Iterable[tuple[str, Any]]) -> Tree:
    """Elements in alphabetical order, as Salesforce's files have them; equal ones as they came. What is empty is left out."""
    return tuple(sorted(((tag, value) for tag, value in tree if value not in ("", ())), key=lambda pair: pair[0].lower()))


def inner_xml(tree: Tree, indent: str = "") -> str:
    """The elements as text, each on a line of its own where there is an indent."""
    end = "\n" if indent else ""
    parts = []
    for tag, value in tree:
        if isinstance(value, tuple):
            deeper = inner_xml(value, indent + "    " if indent else "")
            parts.append(f"{indent}<{tag}>{end}{deeper}{indent}</{tag}>{end}")
        else:
            parts.append(f"{indent}<{tag}>{escape(str(value))}</{tag}>{end}")
    return "".join(parts)


def document(kind: str, tree: Tree) -> bytes:
    """A file of its own, as a zip holds it."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{NAMESPACE}">\n{inner_xml(tree, "    ")}</{kind}>\n'.encode()
