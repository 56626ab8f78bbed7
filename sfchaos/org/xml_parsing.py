"""XML that a client sends, as a tree, without what XML can do to its reader."""

from __future__ import annotations

import xml.etree.ElementTree as ET

MOST_LEVELS = 100  # of elements within elements: deeper ones would exhaust whoever walks the tree


class BadXml(Exception):
    """A body that is not XML, or not taken; its text says where and why."""


class _Builder(ET.TreeBuilder):
    """Refuses a document type before any entity of it can be expanded, and elements too deep."""

    _depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        self._depth += 1
        if self._depth > MOST_LEVELS:
            raise BadXml(f"elements are more than {MOST_LEVELS} levels deep")
        return super().start(tag, attrs)

    def end(self, tag: str) -> ET.Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise BadXml("DOCTYPE is not allowed")


def parsed(body: bytes) -> ET.Element:
    """The root element. Raises BadXml."""
    parser = ET.XMLParser(target=_Builder())
    try:
        parser.feed(body)
        root: ET.Element = parser.close()
    except (ET.ParseError, LookupError, ValueError) as error:
        raise BadXml(str(error)) from None
    return root
