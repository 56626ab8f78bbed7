"""From text to `ast.Search`."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.sosl import ast
from sfchaos.org.sosl.errors import no_term, stumbled
from sfchaos.org.sosl.terms import read_terms

if TYPE_CHECKING:
    from lark import Lark, Token

LONGEST = 100_000  # characters of a statement, as of SOQL
_FIND = re.compile(r"\s*find\b\s*", re.IGNORECASE)


@lru_cache(maxsize=256)
def parse(text: str) -> ast.Search:
    """The tree of a statement. Raises Refused MALFORMED_SEARCH or INVALID_SEARCH."""
    from lark import UnexpectedCharacters, UnexpectedToken
    from lark.exceptions import VisitError

    from sfchaos.org.sosl.tree import ToSearch

    if len(text) > LONGEST:
        raise refuse("MALFORMED_SEARCH", f"SOSL statements cannot be longer than {LONGEST} characters.")  # text is a guess
    begin = _FIND.match(text)
    if begin is None:
        raise no_term()
    sought, end = read_terms(text, begin.end())
    try:
        search: ast.Search = ToSearch(text).transform(_parser().parse(" " * end + text[end:]))
    except UnexpectedToken as error:
        at, word = _blamed(text, error.token)
        raise stumbled(text, at, f"Malformed search token: {word}") from None  # text U
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise stumbled(text, at, f"Malformed search token: {text[at : at + 1] or '<EOF>'}") from None
    except VisitError as error:
        if isinstance(error.orig_exc, Refused):
            raise as_search(error.orig_exc) from None
        raise
    except RecursionError:
        raise refuse("MALFORMED_SEARCH", "The search is too complicated") from None  # text is a guess
    return replace(search, sought=sought)


_GROUP = re.compile(r"in\s+(?:(?:all|name|email|phone|sidebar)\s+)?(\w+)", re.IGNORECASE)


def _blamed(text: str, token: Token) -> tuple[int, str]:
    """Where to point. `IN ALL TYPE` is to blame for TYPE (U, force-rest-api#92)."""
    if token.type == "$END":
        return len(text), "<EOF>"
    at = token.start_pos or 0
    group = _GROUP.match(text, at) if token.type == "IN" else None
    return (group.start(1), group[1]) if group else (at, str(token))


def as_search(refused: Refused) -> Refused:
    """What the parts shared with SOQL refuse as a query is refused here as a search."""
    return Refused(*(replace(r, code="MALFORMED_SEARCH") if r.code == "MALFORMED_QUERY" else r for r in refused.refusals))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    here = FilePath(__file__).parent
    grammar = "\n".join((folder / "grammar.lark").read_text(encoding="utf-8") for folder in (here.parent / "soql", here))
    return Lark(grammar, start="search", parser="lalr", lexer="contextual", maybe_placeholders=False, propagate_positions=False)
