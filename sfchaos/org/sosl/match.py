"""Does a row's text hold what is sought? In SQL: a cheap filter on letters first, then SF_FOUND, which knows words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sfchaos.org.sosl.ast import Both, Either, Sought, Term, Without

FIELD_END, PHONE = "\x1e", "\x1d"  # between the fields of a text; before one that holds a phone number
_WORDS = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[a-z0-9]+")
Test = Callable[[str], bool]


def found(text: str | None, sought: str) -> int:
    """SF_FOUND: `text` is the fields of a row, `sought` what `encoded` made."""
    return int(bool(text) and _test(sought)(_normal(str(text))))


def _normal(text: str) -> str:
    """Words in small letters between spaces, fields between ends; a phone number besides as its digits alone."""
    parts = []
    for part in text.split(FIELD_END):
        words = _WORDS.findall(part.lower())
        if part.startswith(PHONE):
            parts.append("".join(filter(str.isdigit, part)))
        parts.append(" ".join(words))
    return f" {f' {FIELD_END} '.join(parts)} "


def encoded(sought: Sought) -> str:
    return json.dumps(_listed(sought))


def _listed(sought: Sought) -> list[Any]:
    match sought:
        case Term():
            return ["term", *sought.words]
        case Both():
            return ["both", _listed(sought.left), _listed(sought.right)]
        case Either():
            return ["either", _listed(sought.left), _listed(sought.right)]
        case Without():
            return ["without", _listed(sought.left), _listed(sought.right)]


@lru_cache(maxsize=64)
def _test(sought: str) -> Test:
    return _made(json.loads(sought))


def _made(what: list[Any]) -> Test:
    if what[0] == "term":
        return _term_test(what[1:])
    left, right = _made(what[1]), _made(what[2])
    if what[0] == "both":
        return lambda text: left(text) and right(text)
    if what[0] == "either":
        return lambda text: left(text) or right(text)
    return lambda text: left(text) and not right(text)


def _term_test(words: list[str]) -> Test:
    whole = f" {' '.join(words)} "
    if not words:
        return lambda text: False
    if "*" not in whole and "?" not in whole:
        return lambda text: whole in text
    pattern = re.compile(re.escape(whole).replace(r"\*", "[^ ]*").replace(r"\?", "[^ ]").replace(r"\ ", " "))
    return lambda text: pattern.search(text) is not None


def letters_sql(sought: Sought, text_sql: str) -> tuple[str, list[str]]:
    """A condition that every row found fulfils, and its parameters: LIKE on runs of ASCII letters, which an SQL scan does fast.

    Digits are left to SF_FOUND: those of a phone number stand apart in the text.
    """
    match sought:
        case Term():
            runs = [run for word in sought.words for run in _PLAIN.findall(word) if not run.isdigit()]
            return (" AND ".join(f"{text_sql} LIKE ?" for _ in runs) or "TRUE"), [f"%{run}%" for run in runs]
        case Without():
            return letters_sql(sought.left, text_sql)
    left, first = letters_sql(sought.left, text_sql)
    right, second = letters_sql(sought.right, text_sql)
    return f"(({left}) {'AND' if isinstance(sought, Both) else 'OR'} ({right}))", first + second
