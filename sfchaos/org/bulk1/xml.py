"""XML of the Bulk API 1.0, in both directions: its namespace, its layout, the elements of a request."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator

from sfchaos.org.refusals import escape

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
TYPE = "application/xml"  # without a charset: clients compare it whole (heroku/salesforce-bulk, U)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Pairs = Iterable[tuple[str, object]]


def local(element: ET.Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def is_nil(element: ET.Element) -> bool:
    return any(name.rpartition("}")[2] == "nil" and value == "true" for name, value in element.attrib.items())


def words(root: ET.Element) -> dict[str, str]:
    """Child elements as texts, by name."""
    return {local(child): (child.text or "").strip() for child in root}


def clean(value: object) -> str:
    """A value as XML text."""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return escape(_FORBIDDEN.sub("\ufffd", text))


def info(root: str, pairs: Pairs) -> bytes:
    """`<jobInfo` newline, three spaces, `xmlns=...>`, then a line with one space for each child. Source: wire reference 6 (R)."""
    return document(root, (f" <{name}>{clean(value)}</{name}>" for name, value in pairs))


def batch_list(batches: Iterable[Pairs]) -> bytes:
    """An empty one is self-closed (R)."""
    return document("batchInfoList", (line for pairs in batches for line in _entry(pairs)))


def _entry(pairs: Pairs) -> Iterator[str]:
    yield " <batchInfo>"
    for name, value in pairs:
        yield f"  <{name}>{clean(value)}</{name}>"
    yield " </batchInfo>"


def document(root: str, lines: Iterable[str]) -> bytes:
    inner = "\n".join(lines)
    start = f'{_HEAD}<{root}\n   xmlns="{NAMESPACE}"'
    return (f"{start}>\n{inner}\n</{root}>" if inner else f"{start} />").encode("utf-8", "replace")
