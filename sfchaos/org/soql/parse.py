"""From text to `ast.Query`. The grammar stands in grammar.lark; the parser is built at the first query and kept."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import malformed, too_complicated

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedCharacters, UnexpectedToken

    from sfchaos.org.soql.tree import ToAst

LONGEST = 100_000  # characters of a statement (wire reference 3.8, D)


@lru_cache(maxsize=1024)
def parse(text: str) -> ast.Query:
    """The tree of a statement. Raises Refused MALFORMED_QUERY with Salesforce's position block."""
    from lark import UnexpectedCharacters, UnexpectedToken

    if not text.strip():
        raise refuse("MALFORMED_QUERY", "SOQL statements cannot be empty or null")  # text U
    if len(text) > LONGEST:
        raise refuse("MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST} characters.")  # text K
    parser, to_ast = _tools()
    to_ast.statement = text
    try:
        query: ast.Query = parser.parse(text)  # type: ignore[assignment]  # the transformer makes it of the tree
    except UnexpectedToken as error:
        raise _unexpected_token(text, error) from None
    except UnexpectedCharacters as error:
        raise _unexpected_character(text, error) from None
    except RecursionError:
        raise too_complicated() from None
    return query


@lru_cache(maxsize=1)
def _tools() -> tuple[Lark, ToAst]:
    """The parser, and what makes `ast` values while it reads: no tree of Lark's own is built, which halves the work."""
    from lark import Lark

    from sfchaos.org.soql.tree import ToAst

    to_ast = ToAst()
    grammar = (FilePath(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False, propagate_positions=False, transformer=to_ast), to_ast


def _unexpected_token(text: str, error: UnexpectedToken) -> Refused:
    token: Token = error.token
    if token.type == "$END":
        return malformed(text, len(text.rstrip()), "unexpected token: <EOF>")
    at = token.start_pos or 0
    word = str(token)
    if (broken := _broken_datetime(text, at)) is not None:
        return _stumbled(text, broken)
    if (run := _run_to(text, token)) is not None:
        return malformed(text, at, f"unexpected token: '{run}'")
    before = _alias_before(text, at)
    if before is not None and before[1].upper() in _NEVER_ALIASES:
        return malformed(text, before[0], f"unexpected token: '{before[1]}'")
    if token.type in ("NAME", "WORD") and {"FROM", "COMMA"} <= set(_expected(error)):
        at, word = before or (at, word)
    return malformed(text, at, f"unexpected token: '{word}'")


def _expected(error: Any) -> set[str]:
    return set(error.accepts or error.expected or ())


_LAST_WORD = re.compile(r"\w+(?=\s*\Z)")


def _alias_before(text: str, at: int) -> tuple[int, str] | None:
    """In `SELECT Id FORM Account` the grammar takes FORM for an alias and stumbles over Account: the first is to blame."""
    found = _LAST_WORD.search(text, 0, at)
    return (found.start(), found[0]) if found else None


_EMPTY_LIST = re.compile(r"\S+\s+(?:(?:not\s+)?in|includes|excludes)\s*\(\s*\Z", re.IGNORECASE)
_EMPTY_SELECT = re.compile(r"select\s+\Z", re.IGNORECASE)


def _run_to(text: str, token: Token) -> str | None:
    """Where the parser gives up on a whole phrase, its first word on: `SELECT FROM`, `ParentId IN ()` (release notes of Summer '24, D)."""
    at = token.start_pos or 0
    pattern = _EMPTY_LIST if token.type == "RPAR" else _EMPTY_SELECT if token.type == "FROM" else None
    found = pattern.search(text, 0, at) if pattern is not None else None
    return text[found.start() : at + len(token)] if found else None


_NEVER_ALIASES = ("HAVING", "WITH")  # where no grouping or filter is, the grammar takes them for one
_DAY_BEFORE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_REST_OF_DATETIME = re.compile(r"T(\d(\d(:(\d(\d(:(\d(\d(\.\d*)?([+-]\d*:?\d*)?)?)?)?)?)?)?)?)?", re.IGNORECASE)


def _broken_datetime(text: str, at: int) -> int | None:
    """Where a datetime breaks off: without a zone, or with one whose `+` a URL made a space."""
    if at < len(text) and text[at] in "Tt" and _DAY_BEFORE.search(text, max(0, at - 10), at):
        found = _REST_OF_DATETIME.match(text, at)
        return found.end() if found else None
    return None


def _unexpected_character(text: str, error: UnexpectedCharacters) -> Refused:
    at = error.pos_in_stream or 0
    broken = _broken_datetime(text, at)
    if broken is None and at < len(text) and text[at] != "'":
        return _strange(text, at)
    return _stumbled(text, at if broken is None else broken)


def _strange(text: str, at: int) -> Refused:
    """A character that means nothing here. Source: release notes of Summer '24 (D: `line 1:15 unexpected token: '$'`); for `*` a captured
    reply (U), without the line, whose column 7 counts from 0."""
    row, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1)
    where = "" if text[at] == "*" else f"line {row}:{column} "
    return malformed(text, max(0, at - 1), f"{where}unexpected token: '{text[at]}'")


def _stumbled(text: str, at: int) -> Refused:
    """What the lexer says of a text or a datetime that breaks off. Its columns count from 0, and so do those of its block (U: a captured
    reply)."""
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1)
    if at < len(text) and text[at] == "'":
        column = len(text) - (text.rfind("\n") + 1)
        return malformed(text, max(0, len(text) - 1), f"line {row}:{column} mismatched character '<EOF>' expecting '''")
    char = text[at] if at < len(text) else "<EOF>"
    return malformed(text, max(0, at - 1), f"line {row}:{column} no viable alternative at character '{char}'")
