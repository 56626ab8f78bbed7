"""What stands between the braces of FIND. Source: SOQL and SOSL Reference, "FIND {SearchQuery}" (D).

Words next to each other must all be found (as with AND). AND and AND NOT bind tighter than OR. A wildcard that begins a word is
left out: it can only stand in the middle or at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sfchaos.org.sosl.ast import Both, Either, Sought, Term, Without
from sfchaos.org.sosl.errors import no_term, stumbled, too_short

RESERVED = "?&|!{}[]()^~*:\\\"'+-"
_SHORTEST = 2
_WORD = re.compile(r"[^\W_]+")
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind`: word, phrase, ( or ). Escaped characters stand in `text` without their backslash, wildcards as \\x01 and \\x02."""

    kind: str
    text: str
    at: int


def read_terms(statement: str, start: int) -> tuple[Sought, int]:
    """The tree of `{...}` that begins at `start`, and where it ends. Raises Refused."""
    if start >= len(statement) or statement[start] != "{":
        raise no_term()
    tokens, end = _tokens(statement, start + 1)
    if not tokens:
        raise no_term()
    sought, rest = _either(statement, tokens, 0, end, 0)
    if rest < len(tokens):
        raise stumbled(statement, tokens[rest].at, f"unexpected token: '{tokens[rest].text}'")
    inner = statement[start + 1 : end - 1].strip()
    if sum(len(word.replace("\x01", "").replace("\x02", "")) for token in tokens for word in [token.text] if token.kind in ("word", "phrase")) < _SHORTEST:
        raise too_short(inner)
    return sought, end


def _tokens(statement: str, at: int) -> tuple[list[_Token], int]:
    found: list[_Token] = []
    while at < len(statement):
        char = statement[at]
        if char == "}":
            return found, at + 1
        if char.isspace():
            at += 1
        elif char in "()":
            found.append(_Token(char, char, at))
            at += 1
        elif char == '"':
            token, at = _phrase(statement, at)
            found.append(token)
        else:
            token, at = _word(statement, at)
            found.append(token)
    raise stumbled(statement, len(statement), f"{_where(statement, len(statement))} mismatched character '<EOF>' expecting '}}'")


def _phrase(statement: str, start: int) -> tuple[_Token, int]:
    at, text = start + 1, ""
    while at < len(statement) and statement[at] != '"':
        if statement[at] == "\\" and at + 1 < len(statement):
            at += 1
        text += statement[at]
        at += 1
    if at >= len(statement):
        raise stumbled(statement, at, f"{_where(statement, at)} mismatched character '<EOF>' expecting '\"'")
    return _Token("phrase", text, start), at + 1


def _word(statement: str, start: int) -> tuple[_Token, int]:
    at, text = start, ""
    while at < len(statement) and not statement[at].isspace() and statement[at] not in '})("':
        char = statement[at]
        if char == "\\" and at + 1 < len(statement):
            at += 1
            text += statement[at]
        elif char in "*?":
            text += "\x01" if char == "*" else "\x02"
        elif char in RESERVED:
            raise stumbled(statement, at, f"{_where(statement, at)} mismatched character '{char}' expecting '}}'")  # text U
        else:
            text += char
        at += 1
    return _Token("word", text, start), at


def _where(statement: str, at: int) -> str:
    return f"line {statement.count(chr(10), 0, at) + 1}:{at - (statement.rfind(chr(10), 0, at) + 1)}"


# ---------------------------------------------------------------------- operators


def _operator(tokens: list[_Token], at: int) -> str:
    return tokens[at].text.upper() if at < len(tokens) and tokens[at].kind == "word" and tokens[at].text.upper() in ("AND", "OR", "NOT") else ""


def _either(statement: str, tokens: list[_Token], at: int, end: int, depth: int) -> tuple[Sought, int]:
    left, at = _both(statement, tokens, at, end, depth)
    while _operator(tokens, at) == "OR":
        right, at = _both(statement, tokens, at + 1, end, depth)
        left = Either(left, right)
    return left, at


def _both(statement: str, tokens: list[_Token], at: int, end: int, depth: int) -> tuple[Sought, int]:
    left, at = _one(statement, tokens, at, end, depth)
    while at < len(tokens) and tokens[at].kind != ")" and _operator(tokens, at) != "OR":
        word = _operator(tokens, at)
        at += word == "AND"
        if _operator(tokens, at) == "NOT":
            right, at = _one(statement, tokens, at + 1, end, depth)
            left = Without(left, right)
        else:
            right, at = _one(statement, tokens, at, end, depth)
            left = Both(left, right)
    return left, at


def _one(statement: str, tokens: list[_Token], at: int, end: int, depth: int) -> tuple[Sought, int]:
    if at >= len(tokens) or tokens[at].kind == ")" or _operator(tokens, at) or depth > _DEEPEST:
        place = tokens[at] if at < len(tokens) else _Token("", "}", end - 1)
        raise stumbled(statement, place.at, f"unexpected token: '{place.text}'")
    token = tokens[at]
    if token.kind != "(":
        return Term(_words(token)), at + 1
    inner, at = _either(statement, tokens, at + 1, end, depth + 1)
    if at >= len(tokens) or tokens[at].kind != ")":
        raise stumbled(statement, end - 1, "unexpected token: '}'")
    return inner, at + 1


def _words(token: _Token) -> tuple[str, ...]:
    """Split where the fields of rows are split: at everything but letters and digits."""
    if token.kind == "phrase":
        return tuple(word.lower() for word in _WORD.findall(token.text))
    parts = re.split(r"[^\w\x01\x02]|_", token.text)
    words = (part.lstrip("\x01\x02").lower() for part in parts)
    return tuple(word.replace("\x01", "*").replace("\x02", "?") for word in words if word)
