"""Functions that read or make text. Source: Salesforce Help, "Formula Operators and Functions A–Z" (D)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sfchaos.org.formula.library import Function, simple
from sfchaos.org.formula.sql import BOOLEAN, DATE, DATETIME, NUMBER, PICKLIST, TEXT, TIME, Sql
from sfchaos.org.formula.tree import Call

if TYPE_CHECKING:
    from sfchaos.org.formula.compile import Compiler

_TEXT_OF = {
    NUMBER: "sf_number_text({0})", DATE: "{0}", DATETIME: "(SUBSTR({0}, 1, 10) || ' ' || SUBSTR({0}, 12, 8) || 'Z')", TIME: "SUBSTR({0}, 1, 12)",
    PICKLIST: "{0}", TEXT: "{0}",
}  # fmt: skip


def _text(c: Compiler, node: Call) -> Sql:
    made = c.compile(node.arguments[0])
    template = _TEXT_OF.get(made.type)
    if template is None:
        raise c.mismatch(node.arguments[0], made, NUMBER, "TEXT")
    return Sql(template.format(made.text), TEXT)


def _contains(c: Compiler, node: Call) -> Sql:
    """With case. An empty text is contained in any. A picklist may be searched."""
    where = c.compile(node.arguments[0])
    where = where if where.type == PICKLIST else c.need(node.arguments[0], TEXT, node.name)
    return Sql(f"(INSTR({where.words}, {c.need(node.arguments[1], TEXT, node.name).words}) > 0)", BOOLEAN)


def _begins(c: Compiler, node: Call) -> Sql:
    where, what = (c.need(n, TEXT, "BEGINS").words for n in node.arguments)
    return Sql(f"sf_begins({where}, {what})", BOOLEAN)


def _find(c: Compiler, node: Call) -> Sql:
    what, where = (c.need(n, TEXT, "FIND").words for n in node.arguments[:2])
    start = c.need(node.arguments[2], NUMBER, "FIND").text if len(node.arguments) == 3 else "1"
    return Sql(f"sf_find({what}, {where}, {start})", NUMBER)


def _regex(c: Compiler, node: Call) -> Sql:
    """The whole text must match. The language is Java's; what Python's `re` reads otherwise is a known difference."""
    what, pattern = c.need(node.arguments[0], TEXT, "REGEX"), c.need(node.arguments[1], TEXT, "REGEX")
    if isinstance(pattern.literal, str):
        try:
            re.compile(pattern.literal)
        except re.error as error:
            raise c.error(node.arguments[1].at, f"REGEX: {pattern.literal!r} is no regular expression: {error}") from None
    return Sql(f"sf_regex({what.words}, {pattern.words})", BOOLEAN)


def _pad(c: Compiler, node: Call) -> Sql:
    what, width = c.need(node.arguments[0], TEXT, node.name).words, c.need(node.arguments[1], NUMBER, node.name).text
    filler = c.need(node.arguments[2], TEXT, node.name).words if len(node.arguments) == 3 else "' '"
    return Sql(f"sf_pad({what}, {width}, {filler}, {int(node.name == 'LPAD')})", TEXT)


def _hyperlink(c: Compiler, node: Call) -> Sql:
    """What the API shows is the HTML (K)."""
    parts = [c.need(n, TEXT, "HYPERLINK").words for n in node.arguments]
    target = parts[2] if len(parts) == 3 else "'_blank'"
    return Sql(f"""('<a href="' || {parts[0]} || '" target="' || {target} || '">' || {parts[1]} || '</a>')""", TEXT)


def _image(c: Compiler, node: Call) -> Sql:
    """IMAGE(url, alternate text, height, width) as HTML (K)."""
    url, alternate = (c.need(n, TEXT, "IMAGE").words for n in node.arguments[:2])
    sizes = [c.need(n, NUMBER, "IMAGE").text for n in node.arguments[2:]]
    style = "".join(f" || '{name}:' || sf_number_text({size}) || 'px; '" for name, size in zip(("height", "width"), sizes, strict=False))
    shown = f" || ' style=\"'{style} || '\"'" if style else ""
    return Sql(f"""('<img src="' || {url} || '" alt="' || {alternate} || '"'{shown} || ' border="0"/>')""", TEXT)


def _upper_or_lower(c: Compiler, node: Call) -> Sql:
    """A second argument, a locale, is taken and not used."""
    return Sql(f"sf_{node.name.lower()}({c.need(node.arguments[0], TEXT, node.name).words})", TEXT)


_N = "CAST({1} AS INTEGER)"
FUNCTIONS = {
    "TEXT": Function(1, 1, _text), "VALUE": simple("sf_value({0})", NUMBER, TEXT), "LEN": simple("LENGTH({0})", NUMBER, TEXT),
    "LEFT": simple(f"SUBSTR({{0}}, 1, MAX({_N}, 0))", TEXT, TEXT, NUMBER),
    "RIGHT": simple("sf_right({0}, {1})", TEXT, TEXT, NUMBER),
    "MID": simple(f"SUBSTR({{0}}, MAX({_N}, 1), MAX(CAST({{2}} AS INTEGER), 0))", TEXT, TEXT, NUMBER, NUMBER),
    "TRIM": simple("TRIM({0})", TEXT, TEXT), "UPPER": Function(1, 2, _upper_or_lower), "LOWER": Function(1, 2, _upper_or_lower),
    "INITCAP": simple("sf_initcap({0})", TEXT, TEXT), "REVERSE": simple("sf_reverse({0})", TEXT, TEXT),
    "CONTAINS": Function(2, 2, _contains), "BEGINS": Function(2, 2, _begins), "FIND": Function(2, 3, _find),
    "SUBSTITUTE": simple("REPLACE({0}, {1}, {2})", TEXT, TEXT, TEXT, TEXT), "REGEX": Function(2, 2, _regex),
    "LPAD": Function(2, 3, _pad), "RPAD": Function(2, 3, _pad), "CASESAFEID": simple("sf_id18({0})", TEXT, TEXT),
    "ISNUMBER": simple("(sf_value({0}) IS NOT NULL)", BOOLEAN, TEXT), "HYPERLINK": Function(2, 3, _hyperlink), "IMAGE": Function(2, 4, _image),
    "BR": Function(0, 0, lambda _c, _n: Sql("'_BR_ENCODED_'", TEXT)),  # so it comes out of the API (K)
    "HTMLENCODE": simple("sf_htmlencode({0})", TEXT, TEXT), "CHR": simple("CHAR(CAST({0} AS INTEGER))", TEXT, NUMBER),
    "ASCII": simple("UNICODE({0})", NUMBER, TEXT),
}  # fmt: skip
