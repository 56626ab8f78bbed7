"""Metadata files as small trees with line numbers. A document type is refused, so no entity can grow or read a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from sfchaos.core.errors import BadFile

MOST_DEPTH = 100
MOST_BYTES = 40_000_000  # of one file; the Metadata API moves 39 MB at once (D)


@dataclass(slots=True)
class Node:
    """One element: `tag` without its prefix, `text` trimmed, `line` where it begins in `file`."""

    tag: str
    file: Path
    line: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def first(self, tag: str) -> Node | None:
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> Iterator[Node]:
        return (child for child in self.children if child.tag == tag)

    def get(self, tag: str, usual: str = "") -> str:
        found = self.first(tag)
        return found.text if found is not None and found.text else usual

    def flag(self, tag: str, usual: bool = False) -> bool:
        """Raises BadFile for a word that is neither true nor false."""
        word = self.get(tag).lower()
        if word not in ("", "true", "false", "1", "0"):
            raise (self.first(tag) or self).bad(f"{tag}: {word!r} is neither true nor false", "write `true` or `false`")
        return usual if not word else word in ("true", "1")

    def number(self, tag: str, usual: int = 0, most: int = 10**9) -> int:
        """A whole number from 0 to `most`. Raises BadFile."""
        text = self.get(tag)
        if not text:
            return usual
        if not text.isdigit() or not text.isascii():
            raise (self.first(tag) or self).bad(f"{tag}: {text!r} is not a whole number")
        if len(text) > 10 or int(text) > most:
            raise (self.first(tag) or self).bad(f"{tag}: {text} is more than {most}")
        return int(text)

    def texts(self, tag: str) -> tuple[str, ...]:
        return tuple(child.text for child in self.all(tag) if child.text)

    def bad(self, what: str, remedy: str = "retrieve the file again, or correct it") -> BadFile:
        return BadFile(self.file, self.line, what, remedy=remedy)


class _Forbidden(Exception):
    pass


def read_xml(path: Path) -> Node:
    """The root element. Raises BadFile with the line for text that is no XML, and for a document type."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadFile(path, 0, f"{path.stat().st_size} bytes are more than a metadata file has (at most {MOST_BYTES})", remedy="retrieve the file again")
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, 0, f"cannot be read: {error}", remedy="check the file's rights") from None
    return parse_xml(data, path)


def parse_xml(data: bytes, path: Path) -> Node:
    """The root element of a document; `path` is what errors call it. Raises BadFile as `read_xml` does."""
    root = Node("", path)
    open_nodes = [root]
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > MOST_DEPTH:
            raise _Forbidden(f"more than {MOST_DEPTH} elements inside one another")
        node = Node(tag.rpartition(":")[2], path, parser.CurrentLineNumber)
        node.children += [Node("@" + name.rpartition(":")[2], path, node.line, value) for name, value in attributes.items()]
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_tag: str) -> None:
        node = open_nodes.pop()
        node.text = node.text.strip()

    def text(words: str) -> None:
        open_nodes[-1].text += words

    def doctype(*_: object) -> None:
        raise _Forbidden("a document type (DOCTYPE) is not taken")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = doctype
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadFile(path, error.lineno, f"not XML: {expat.errors.messages[error.code]}", remedy="retrieve the file again, or correct it") from None
    except LookupError as error:
        raise BadFile(path, 1, f"not XML: {error}", remedy="save the file as UTF-8") from None
    except (_Forbidden, ValueError) as error:
        raise BadFile(path, parser.CurrentLineNumber, str(error), remedy="metadata files need none; take it out") from None
    return root.children[0]
