"""WHERE and HAVING as SQL.

SOQL knows true and false only, SQL a third answer. Positive comparisons may be NULL, which filters like false; each NOT is
therefore written `IS NOT TRUE`, and `!=` and NOT IN take the null rows in (wire reference 9.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sfchaos.org.soql import ast
from sfchaos.org.soql.criteria import parameter_of
from sfchaos.org.soql.errors import malformed, refused_at
from sfchaos.org.soql.expressions import Typed
from sfchaos.org.soql.literals import glob_pattern, like_pattern
from sfchaos.org.soql.parameters import Constant, Edge, Parameter, Quoted

_DATES = ("date", "datetime")
_IDS = ("id", "reference")
_MOST_SEMI_JOINS = 2  # wire reference 9.2 (D)

SubSelect = Callable[[ast.Query, "list[Parameter]"], str]


@dataclass
class Conditions:
    """Collects parameters in the order in which their marks stand in the SQL."""

    statement: str
    operand: Callable[[ast.Operand], Typed]
    sub_select: SubSelect | None = None
    parameters: list[Parameter] = field(default_factory=list)
    semi_joins: int = 0

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
            return self._semi_join(left, op, value)
        if isinstance(value, tuple):
            return self._choice(left, op, value) if op in ("INCLUDES", "EXCLUDES") else self._member(left, op, value)
        if op == "LIKE":
            return self._like(left, value)
        if _is_null(value):
            return {"=": f"{left.sql} IS NULL", "!=": f"{left.sql} IS NOT NULL"}.get(op, "FALSE")
        if isinstance(value, ast.DateWord):
            return self._in_span(left, op, value)
        return self._compare(left, op, value)

    def _compare(self, left: Typed, op: str, value: ast.Literal) -> str:
        self.parameters.append(parameter_of(value, left.name, left.type, self.statement, left.at))
        sql = f"COALESCE({left.sql}, 0)" if left.type == "boolean" else left.sql
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
        if plain:
            sql = f"COALESCE({left.sql}, 0)" if left.type == "boolean" else left.sql
            self.parameters.extend(parameter_of(v, left.name, left.type, self.statement, left.at) for v in plain)
            terms.append(f"{sql} IN ({', '.join('?' * len(plain))})")
        terms.extend(self._in_span(left, "=", v) for v in values if isinstance(v, ast.DateWord))
        if any(_is_null(v) for v in values):
            terms.append(f"{left.sql} IS NULL")
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
            self.parameters.extend(Constant(f"%;{_like_literal(choice)};%") for choice in chosen)
            groups.append(" AND ".join(rf"(';' || {left.sql} || ';') LIKE ? ESCAPE '\'" for _ in chosen))
        sql = "(" + " OR ".join(f"({g})" for g in groups) + ")"
        return sql if op == "INCLUDES" else f"({sql} IS NOT TRUE)"

    # ------------------------------------------------------------------ patterns

    def _like(self, left: Typed, value: ast.Literal) -> str:
        if left.type in _IDS or left.type in (*_DATES, "boolean", "int", "long", "double", "currency", "percent"):
            raise self._bad_operator(left)
        if not isinstance(value, ast.Text):
            parameter_of(value, left.name, left.type, self.statement, left.at)  # refuses: text is wanted
            return "FALSE"
        exact = left.field is not None and left.field.case_sensitive
        self.parameters.append(Quoted(value.at, _glob if exact else _like))
        return f"{left.sql} GLOB ?" if exact else rf"{left.sql} LIKE ? ESCAPE '\'"

    def _bad_operator(self, left: Typed) -> Exception:
        kind = "id" if left.type in _IDS else left.type
        return refused_at("INVALID_QUERY_FILTER_OPERATOR", self.statement, left.at, f"invalid operator on {kind} field")  # text K for ids

    # ------------------------------------------------------------------ semi-joins

    def _semi_join(self, left: Typed, op: str, query: ast.Query) -> str:
        self.semi_joins += 1
        if self.sub_select is None:  # text K
            raise malformed(self.statement, query.at, "Nesting of semi join sub-selects is not supported")
        if self.semi_joins > _MOST_SEMI_JOINS:  # text K
            raise malformed(self.statement, query.at, "maximum 2 semi join sub-selects are allowed")
        if left.type not in _IDS:
            raise malformed(self.statement, left.at, "The left operand field in the where expression for outer query should be an id field, "
                            f"cannot use: '{left.name}'")  # fmt: skip  # text K
        return f"{left.sql} {op} ({self.sub_select(query, self.parameters)})"


def _is_null(value: ast.Literal) -> bool:
    """An empty text is null: neither is ever stored (wire reference 3.5, K)."""
    return isinstance(value, ast.Null) or (isinstance(value, ast.Text) and not value.value)


def _like(literal: ast.Text) -> str:
    return like_pattern(literal.pattern)


def _glob(literal: ast.Text) -> str:
    return glob_pattern(literal.pattern)


def _like_literal(text: str) -> str:
    return text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
