"""Lark's tree made into `ast` values."""

from __future__ import annotations

import threading
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
_MODES = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})

# Words that no alias can be. Source: wire reference 9.1 (D)
RESERVED = frozenset({
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR",
    "SELECT", "USING", "WHERE", "WITH",
})  # fmt: skip


class ToAst(_Transformer):
    """Reads one `statement` after another, several threads at once: it needs the text for the position of what it refuses."""

    def __init__(self, statement: str = "") -> None:
        super().__init__(visit_tokens=False)
        self._read = threading.local()
        self.statement = statement

    @property
    def statement(self) -> str:
        return str(self._read.statement)

    @statement.setter
    def statement(self, text: str) -> None:
        self._read.statement = text

    def start(self, parts: list[Any]) -> ast.Query:
        query: ast.Query = parts[0]
        return query

    # ------------------------------------------------------------------ names

    def path(self, parts: list[Token]) -> ast.Path:
        return ast.Path(tuple(parts[0].split(".")), _at(parts[0]))

    def call(self, parts: list[Any]) -> ast.Call:
        """No more than two functions nest (release notes of Summer '24, D)."""
        for inner in parts[1:]:
            for third in inner.arguments if isinstance(inner, ast.Call) else ():
                if isinstance(third, ast.Call):
                    raise malformed(self.statement, third.at + len(third.name), "unexpected token: '('")
        return ast.Call(parts[0].upper(), tuple(parts[1:]), _at(parts[0]))

    def argument(self, parts: list[Any]) -> Any:
        what = parts[0]
        if isinstance(what, Token):
            return self._text(what) if what.type == "STRING" else ast.Number(str(what), _at(what))
        return what

    def operand(self, parts: list[Any]) -> Any:
        return parts[0]

    def alias(self, parts: list[Token]) -> Token:
        if parts[0].upper() in RESERVED:
            raise malformed(self.statement, _at(parts[0]), f"unexpected token: '{parts[0]}'")
        return parts[0]

    def item(self, parts: list[Any]) -> ast.Item:
        if len(parts) == 1:
            return ast.Item(parts[0])
        return ast.Item(parts[0], str(parts[1]), _at(parts[1]))

    def child_item(self, parts: list[Any]) -> ast.Item:
        return ast.Item(parts[0])

    def fields(self, parts: list[ast.Path]) -> tuple[ast.Path, ...]:
        return tuple(parts)

    def when(self, parts: list[Any]) -> ast.Branch:
        return ast.Branch(str(parts[1]), parts[-1], _at(parts[1]))

    def otherwise(self, parts: list[Any]) -> ast.Branch:
        return ast.Branch("", parts[-1], _at(parts[0]))

    def typeof(self, parts: list[Any]) -> ast.TypeOf:
        return ast.TypeOf(parts[1], tuple(p for p in parts if isinstance(p, ast.Branch)), _at(parts[0]))

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
            case "TIME":
                return ast.Time(str(token), at)
            case "CURRENCY":
                return ast.Currency(token[:3].upper(), token[3:], at)
            case "BIND":
                raise malformed(self.statement, at, "Bind variables only allowed in Apex code")
        return self._word(str(token), at)

    def _word(self, word: str, at: int) -> ast.Literal:
        upper = word.upper()
        if upper in ("TRUE", "FALSE"):
            return ast.Flag(upper == "TRUE", at)
        if upper == "NULL":
            return ast.Null(at)
        name, colon, count = upper.partition(":")
        if not is_date_word(name, with_count=bool(colon)):
            raise malformed(self.statement, at, f"unexpected token: '{word}'")
        return ast.DateWord(name, int(count) if colon else None, at)

    def _text(self, token: Token) -> ast.Text:
        inner = token[1:-1]
        try:
            return ast.Text(unescaped(inner), inner, _at(token))
        except BadEscape as error:  # text K
            text = f"Invalid string literal '{inner}'. Illegal character sequence '{error.sequence}' in string literal."
            raise malformed(self.statement, _at(token), text) from None

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

    def group(self, parts: list[Any]) -> list[tuple[str, Any]]:
        kinds = [str(p).upper() for p in parts[1:] if isinstance(p, Token)]
        return [("group", tuple(p for p in parts if not isinstance(p, Token))), ("subtotals", "".join(kinds))]

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
            raise malformed(self.statement, _at(token), f"unexpected token: '{token}'")
        return int(token)

    def uses(self, parts: list[Token]) -> tuple[str, Any]:
        for part in parts:
            if part.split()[-1].upper() == "UPDATE":
                raise self._apex_only("FOR UPDATE", part)
        return "uses", tuple(part.split()[-1].upper() for part in parts)

    # ------------------------------------------------------------------ clauses that this API refuses

    def all_rows(self, parts: list[Token]) -> Any:
        raise self._apex_only("ALL ROWS", parts[0])

    def update(self, parts: list[Token]) -> Any:
        """UPDATE TRACKING and VIEWSTAT count views of articles, which no org here holds. The text is a guess."""
        words = ", ".join(part.upper() for part in parts[1:])
        if set(words.split(", ")) - {"TRACKING", "VIEWSTAT"}:
            raise malformed(self.statement, _at(parts[1]), f"unexpected token: '{parts[1]}'")
        raise malformed(self.statement, _at(parts[0]), f"UPDATE {words} is only allowed for articles")

    def within(self, parts: list[Any]) -> Any:
        """SECURITY_ENFORCED, USER_MODE and SYSTEM_MODE belong to Apex (wire reference 9.1, 9.5 D); categories to articles."""
        word = parts[1]
        if word.upper() in _MODES:
            raise self._apex_only(word.upper(), parts[0])
        if word.type == "DATA_CATEGORY":  # text is a guess
            raise malformed(self.statement, _at(word), "WITH DATA CATEGORY is only allowed for articles and questions")
        raise malformed(self.statement, _at(word), f"unexpected token: '{word}'")

    def _apex_only(self, words: str, token: Token) -> Exception:
        """Text U for SECURITY_ENFORCED (release notes of Winter '25 and a captured reply, whose caret stands under WITH), K for ALL ROWS; the
        other words follow them."""
        return malformed(self.statement, _at(token), f"{words} not allowed in this context")

    def query(self, parts: list[Any]) -> ast.Query:
        clauses = dict(pair for p in parts if not isinstance(p, Token) for pair in (p if isinstance(p, list) else [p]))
        return ast.Query(**clauses, at=_at(parts[0]))


def _at(token: Token) -> int:
    return token.start_pos or 0
