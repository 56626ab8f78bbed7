"""Lark's tree made into `ast` values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lark import Token, Transformer

from sfchaos.org.soql import ast
from sfchaos.org.soql.dates import is_date_word
from sfchaos.org.soql.errors import malformed
from sfchaos.org.soql.literals import BadEscape, unescaped

if TYPE_CHECKING:
    _Transformer = Transformer[Token, Any]
else:
    _Transformer = Transformer

_COMPARE = {"<>": "!="}


class ToAst(_Transformer):
    """One per statement: it needs the text for the position of what it refuses."""

    def __init__(self, statement: str) -> None:
        super().__init__(visit_tokens=False)
        self._statement = statement

    def start(self, parts: list[Any]) -> ast.Query:
        query: ast.Query = parts[0]
        return query

    # ------------------------------------------------------------------ names

    def path(self, parts: list[Token]) -> ast.Path:
        return ast.Path(tuple(parts[0].split(".")), _at(parts[0]))

    def call(self, parts: list[Any]) -> ast.Call:
        return ast.Call(parts[0].upper(), tuple(parts[1:]), _at(parts[0]))

    def argument(self, parts: list[Any]) -> Any:
        what = parts[0]
        if isinstance(what, Token):
            return self._text(what) if what.type == "STRING" else ast.Number(str(what), _at(what))
        return what

    def operand(self, parts: list[Any]) -> Any:
        return parts[0]

    def alias(self, parts: list[Token]) -> Token:
        return parts[0]

    def item(self, parts: list[Any]) -> ast.Item:
        if len(parts) == 1:
            return ast.Item(parts[0])
        return ast.Item(parts[0], str(parts[1]), _at(parts[1]))

    def child_item(self, parts: list[Any]) -> ast.Item:
        return ast.Item(parts[0])

    def source(self, parts: list[Any]) -> ast.Source:
        return ast.Source(parts[0], str(parts[1]) if len(parts) > 1 else "")

    # ------------------------------------------------------------------ values

    def value(self, parts: list[Token]) -> ast.Literal:
        token = parts[0]
        at = _at(token)
        match token.type:
            case "STRING":
                return self._text(token)
            case "NUMBER":
                return ast.Number(str(token), at)
            case "DATE":
                return ast.Date(str(token), at)
            case "DATETIME":
                return ast.Datetime(str(token), at)
            case "BIND":
                raise malformed(self._statement, at, "Bind variables only allowed in Apex code")
        return self._word(str(token), at)

    def _word(self, word: str, at: int) -> ast.Literal:
        upper = word.upper()
        if upper in ("TRUE", "FALSE"):
            return ast.Flag(upper == "TRUE", at)
        if upper == "NULL":
            return ast.Null(at)
        name, colon, count = upper.partition(":")
        if not is_date_word(name, with_count=bool(colon)):
            raise malformed(self._statement, at, f"unexpected token: '{word}'")
        return ast.DateWord(name, int(count) if colon else None, at)

    def _text(self, token: Token) -> ast.Text:
        inner = token[1:-1]
        try:
            return ast.Text(unescaped(inner), inner, _at(token))
        except BadEscape as error:  # text K
            text = f"Invalid string literal '{inner}'. Illegal character sequence '{error.sequence}' in string literal."
            raise malformed(self._statement, _at(token), text) from None

    def values(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(parts)

    # ------------------------------------------------------------------ conditions

    def comparison(self, parts: list[Any]) -> ast.Comparison:
        left, op, value = parts
        return ast.Comparison(left, _COMPARE.get(str(op), str(op)), value)

    def like(self, parts: list[Any]) -> ast.Comparison:
        return ast.Comparison(parts[0], "LIKE", parts[2])

    def is_in(self, parts: list[Any]) -> ast.Comparison:
        return ast.Comparison(parts[0], "IN", parts[-1])

    is_in_query = is_in

    def is_not_in(self, parts: list[Any]) -> ast.Comparison:
        return ast.Comparison(parts[0], "NOT IN", parts[-1])

    is_not_in_query = is_not_in

    def includes(self, parts: list[Any]) -> ast.Comparison:
        return ast.Comparison(parts[0], "INCLUDES", parts[-1])

    def excludes(self, parts: list[Any]) -> ast.Comparison:
        return ast.Comparison(parts[0], "EXCLUDES", parts[-1])

    def all_of(self, parts: list[Any]) -> ast.All:
        return ast.All(tuple(p for p in parts if not isinstance(p, Token)))

    def any_of(self, parts: list[Any]) -> ast.Any:
        return ast.Any(tuple(p for p in parts if not isinstance(p, Token)))

    def negation(self, parts: list[Any]) -> ast.Not:
        return ast.Not(parts[-1])

    # ------------------------------------------------------------------ clauses

    def items(self, parts: list[Any]) -> tuple[str, Any]:
        return "items", tuple(parts)

    def sources(self, parts: list[Any]) -> tuple[str, Any]:
        return "sources", tuple(parts)

    def scope(self, parts: list[Any]) -> tuple[str, Any]:
        return "scope", parts[-1].lower()

    def where(self, parts: list[Any]) -> tuple[str, Any]:
        return "where", parts[-1]

    def having(self, parts: list[Any]) -> tuple[str, Any]:
        return "having", parts[-1]

    def group(self, parts: list[Any]) -> tuple[str, Any]:
        return "group", tuple(parts[1:])

    def order(self, parts: list[Any]) -> tuple[str, Any]:
        return "order", tuple(parts[1:])

    def direction(self, parts: list[Token]) -> tuple[str, bool]:
        return "descending", parts[0].type == "DESC"

    def nulls(self, parts: list[Token]) -> tuple[str, bool]:
        return "nulls_last", parts[-1].type == "LAST"

    def sort(self, parts: list[Any]) -> ast.Sort:
        return ast.Sort(parts[0], **dict(parts[1:]))

    def limit(self, parts: list[Token]) -> tuple[str, Any]:
        return "limit", self._whole(parts[-1])

    def offset(self, parts: list[Token]) -> tuple[str, Any]:
        return "offset", self._whole(parts[-1])

    def _whole(self, token: Token) -> int:
        if not token.isdecimal():
            raise malformed(self._statement, _at(token), f"unexpected token: '{token}'")
        return int(token)

    def uses(self, parts: list[Token]) -> tuple[str, Any]:
        return "uses", tuple(part.split()[1].upper() for part in parts)

    def query(self, parts: list[Any]) -> ast.Query:
        return ast.Query(**dict(p for p in parts if not isinstance(p, Token)), at=_at(parts[0]))


def _at(token: Token) -> int:
    return token.start_pos or 0
