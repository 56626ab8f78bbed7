"""WHERE and HAVING as SQL.

SOQL knows true and false only, SQL a third answer. Positive comparisons may be NULL, which filters like false; each NOT is
therefore written `IS NOT TRUE`, and `!=` and NOT IN take the null rows in (wire reference 9.2).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

from sfchaos.org.schema.model import TEXT_TYPES
from sfchaos.org.soql import ast
from sfchaos.org.soql.criteria import parameter_of
from sfchaos.org.soql.errors import malformed, refused_at
from sfchaos.org.soql.expressions import Typed
from sfchaos.org.soql.literals import glob_pattern, like_pattern
from sfchaos.org.soql.parameters import Constant, Edge, Parameter, Quoted

_DATES = ("date", "datetime")
_IDS = ("id", "reference")
_UNORDERED = ("boolean", "multipicklist", "base64")  # only = and != (K)
_AMONG = "IN (SELECT value FROM JSON_EACH(?))"
_MOST_LETTERS = 8

SubSelect = Callable[[Typed, ast.Comparison, ast.Query, "list[Parameter]"], str]


@dataclass
class Conditions:
    """Collects parameters in the order in which their marks stand in the SQL."""

    statement: str
    operand: Callable[[ast.Operand], Typed]
    sub_select: SubSelect | None = None
    parameters: list[Parameter] = field(default_factory=list)
    currency: str = "USD"
    converted: Callable[[Typed, str], str] | None = None

    def sql(self, condition: ast.Condition) -> str:
        match condition:
            case ast.All():
                return "(" + " AND ".join(self.sql(t) for t in condition.terms) + ")"
            case ast.Any():
                return "(" + " OR ".join(self.sql(t) for t in condition.terms) + ")"
            case ast.Not():
                return f"({self.sql(condition.term)} IS NOT TRUE)"
        return self._comparison(condition)

    def _comparison(self, comparison: ast.Comparison) -> str:
        left = self.operand(comparison.left)
        op, value = comparison.op, comparison.value
        if isinstance(value, ast.Query):
            return self._semi_join(left, comparison, value)
        if left.name == "DISTANCE" and op not in ("<", ">"):  # rule D, text is a guess
            raise malformed(self.statement, left.at, "DISTANCE can only be compared with < and >")
        if isinstance(value, tuple):
            return self._choice(left, op, value) if op in ("INCLUDES", "EXCLUDES") else self._member(left, op, value)
        if op == "LIKE":
            return self._like(left, value)
        if left.type in _UNORDERED and op in ("<", "<=", ">", ">="):
            raise self._bad_operator(left)
        if _is_null(value):
            return self._null(left, op)
        if isinstance(value, ast.DateWord):
            return self._in_span(left, op, value)
        return self._compare(left, op, value)

    def _null(self, left: Typed, op: str) -> str:
        if left.type == "boolean":  # null is false (wire reference 9.2, D)
            return f"COALESCE({left.sql}, 0) {'=' if op == '=' else '!='} 0"
        return {"=": f"{left.sql} IS NULL", "!=": f"{left.sql} IS NOT NULL"}.get(op, "FALSE")

    def _compare(self, left: Typed, op: str, value: ast.Literal) -> str:
        if isinstance(value, ast.Currency):
            return self._amount(left, op, value)
        if op in ("=", "!=") and _is_beyond_ascii(left, value):
            self.parameters.append(Quoted(value.at, spellings))
            found = f"{left.sql} {_AMONG}"
            return found if op == "=" else f"({found} IS NOT TRUE)"
        self.parameters.append(parameter_of(value, left.name, left.type, self.statement, left.at))
        sql = f"COALESCE({left.sql}, 0)" if left.type == "boolean" else left.sql
        return f"{sql} IS NOT ?" if op == "!=" else f"{sql} {op} ?"

    def _amount(self, left: Typed, op: str, value: ast.Currency) -> str:
        """`Amount > USD5000`. Source: SOQL reference, "Querying Currency Fields in Multi-Currency Orgs" (D); texts are guesses."""
        if left.type != "currency" or left.bound is None:
            parameter_of(value, left.name, left.type, self.statement, left.at)  # refuses
            raise malformed(self.statement, value.at, f"currency literals need a currency field: {left.name}")
        if left.code is None and value.code != self.currency:
            raise malformed(self.statement, value.at, f"Invalid currency: {value.code}")
        self.parameters.append(Constant(float(value.amount)))
        sql = left.sql if self.converted is None else self.converted(left, value.code)
        return f"{sql} IS NOT ?" if op == "!=" else f"{sql} {op} ?"

    # ------------------------------------------------------------------ date literals

    def _in_span(self, left: Typed, op: str, word: ast.DateWord) -> str:
        if left.type not in _DATES:
            parameter_of(ast.Date("2000-01-01"), left.name, left.type, self.statement, left.at)  # refuses: it wants another type
        sql = left.sql
        match op:
            case "=":
                return f"({sql} >= {self._edge(word, left, 0)} AND {sql} < {self._edge(word, left, 1)})"
            case "!=":
                return f"({sql} IS NULL OR {sql} < {self._edge(word, left, 0)} OR {sql} >= {self._edge(word, left, 1)})"
            case "<" | ">=":
                return f"{sql} {op} {self._edge(word, left, 0)}"
        return f"{sql} {'<' if op == '<=' else '>='} {self._edge(word, left, 1)}"

    def _edge(self, word: ast.DateWord, left: Typed, side: int) -> str:
        self.parameters.append(Edge(word, left.type, side))
        return "?"

    # ------------------------------------------------------------------ lists

    def _member(self, left: Typed, op: str, values: tuple[ast.Literal, ...]) -> str:
        """IN and NOT IN; null may stand in the list, date literals too."""
        terms: list[str] = []
        plain = [v for v in values if not _is_null(v) and not isinstance(v, ast.DateWord)]
        ascii_only = [v for v in plain if not _is_beyond_ascii(left, v)]
        if ascii_only:
            sql = f"COALESCE({left.sql}, 0)" if left.type == "boolean" else left.sql
            self.parameters.extend(parameter_of(v, left.name, left.type, self.statement, left.at) for v in ascii_only)
            terms.append(f"{sql} IN ({', '.join('?' * len(ascii_only))})")
        for value in plain:
            if _is_beyond_ascii(left, value):
                self.parameters.append(Quoted(value.at, spellings))
                terms.append(f"{left.sql} {_AMONG}")
        terms.extend(self._in_span(left, "=", v) for v in values if isinstance(v, ast.DateWord))
        if any(_is_null(v) for v in values):
            terms.append(self._null(left, "="))
        member = "(" + " OR ".join(terms) + ")"
        return member if op == "IN" else f"({member} IS NOT TRUE)"

    def _choice(self, left: Typed, op: str, values: tuple[ast.Literal, ...]) -> str:
        """INCLUDES('A;B', 'C') is (A and B) or C (wire reference 9.2, D)."""
        if left.type != "multipicklist":
            raise self._bad_operator(left)
        groups = []
        for value in values:
            if not isinstance(value, ast.Text):
                raise malformed(self.statement, value.at, "unexpected token")
            chosen = value.value.split(";")
            self.parameters.extend(Constant(f"%;{_like_literal(choice)};%".lower()) for choice in chosen)
            sql = left.sql if value.value.isascii() else f"SF_LOWER({left.sql})"
            groups.append(" AND ".join(rf"(';' || {sql} || ';') LIKE ? ESCAPE '\'" for _ in chosen))
        sql = "(" + " OR ".join(f"({g})" for g in groups) + ")"
        return sql if op == "INCLUDES" else f"({sql} IS NOT TRUE)"

    # ------------------------------------------------------------------ patterns

    def _like(self, left: Typed, value: ast.Literal) -> str:
        if left.type not in TEXT_TYPES or left.type == "multipicklist":
            raise self._bad_operator(left)
        if isinstance(value, ast.Null):  # release notes of Winter '25 (D)
            raise malformed(self.statement, value.at, "unexpected token: 'NULL'")
        if not isinstance(value, ast.Text):
            parameter_of(value, left.name, left.type, self.statement, left.at)  # refuses: text is wanted
            return "FALSE"
        exact = left.field is not None and left.field.case_sensitive
        if not exact and _is_beyond_ascii(left, value):  # LIKE of SQLite knows the case of ASCII letters only
            self.parameters.append(Quoted(value.at, _lower_like))
            return rf"SF_LOWER({left.sql}) LIKE ? ESCAPE '\'"
        self.parameters.append(Quoted(value.at, _glob if exact else _like))
        return f"{left.sql} GLOB ?" if exact else rf"{left.sql} LIKE ? ESCAPE '\'"

    def _bad_operator(self, left: Typed) -> Exception:
        kind = "id" if left.type in _IDS else left.type
        return refused_at("INVALID_QUERY_FILTER_OPERATOR", self.statement, left.at, f"invalid operator on {kind} field")  # text K for ids

    # ------------------------------------------------------------------ semi-joins

    def _semi_join(self, left: Typed, comparison: ast.Comparison, query: ast.Query) -> str:
        """Null is in no list that a sub-select makes, and outside of none either (wire reference 9.2, D)."""
        if self.sub_select is None:  # text U
            raise malformed(self.statement, query.at, "Nesting of semi join sub-selects is not supported")
        chosen = self.sub_select(left, comparison, query, self.parameters)
        if comparison.op == "IN":
            return f"{left.sql} IN ({chosen})"
        return f"({left.sql} IS NOT NULL AND {left.sql} NOT IN ({chosen}))"


def _is_null(value: ast.Literal) -> bool:
    """An empty text is null: neither is ever stored (wire reference 3.5, K)."""
    return isinstance(value, ast.Null) or (isinstance(value, ast.Text) and not value.value)


def _is_beyond_ascii(left: Typed, value: ast.Literal) -> bool:
    """A text whose case the store's own comparison does not know in full."""
    exact = left.field is not None and left.field.case_sensitive
    return isinstance(value, ast.Text) and left.type in TEXT_TYPES and not exact and not value.value.isascii()


def spellings(literal: ast.Text) -> str:
    """A text with its letters beyond ASCII in either case, as a JSON list; those of ASCII are compared without case anyway.

    With more than eight such letters: as written, small and capital. An index of the column serves all of them.
    """
    text = literal.value
    forms = [
        sorted({char, char.lower(), char.upper()} if len(char.lower()) == len(char.upper()) == 1 else {char}) if ord(char) > 127 else [char]
        for char in text
    ]
    if sum(len(form) > 1 for form in forms) > _MOST_LETTERS:
        return json.dumps(sorted({text, text.lower(), text.upper()}))
    return json.dumps(["".join(form) for form in product(*forms)])


def _lower_like(literal: ast.Text) -> str:
    return like_pattern(literal.pattern).lower()


def _like(literal: ast.Text) -> str:
    return like_pattern(literal.pattern)


def _glob(literal: ast.Text) -> str:
    return glob_pattern(literal.pattern)


def _like_literal(text: str) -> str:
    return text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
