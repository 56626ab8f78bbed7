"""A formula's tree, checked and compiled to SQL over one table alias.

Null as Salesforce has it: an empty text is ''; an empty number is 0 where the formula says so and else spreads; a comparison with an
empty value is false, save that empty equals empty. Text compares with case. Numbers compare to ten decimals, since SQLite's are binary.
Sources: Salesforce Help, "Formula Operators and Functions A–Z", "Formula Field Limits and Restrictions" (D); what is not said there is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sfchaos.org.formula.errors import FormulaError
from sfchaos.org.formula.references import References
from sfchaos.org.formula.sql import BOOLEAN, DATE, DATETIME, MULTIPICKLIST, NULL, NUMBER, PICKLIST, TEXT, TIME, Sql, quote_text
from sfchaos.org.formula.tree import Binary, Call, Literal, Name, Node, Unary

_MOMENTS = (DATE, DATETIME, TIME)
_ADDERS = {DATE: "sf_date_add", DATETIME: "sf_datetime_add", TIME: "sf_time_add"}
_GAPS = {DATE: "sf_days", DATETIME: "sf_days", TIME: "sf_milliseconds"}


_LONGEST_SQL = 200_000  # characters; only formulas that are built to grow come near


@dataclass
class Compiler:
    """One formula. `references` knows what names mean; `in_rule` allows ISNEW, ISCHANGED and PRIORVALUE."""

    formula: str
    references: References
    in_rule: bool = False
    _operators: dict[str, Callable[[Binary, Sql, Sql], Sql]] = field(init=False)

    def __post_init__(self) -> None:
        self._operators = {
            "+": self._plus,
            "-": self._minus,
            "&": self._join,
            "&&": self._both,
            "||": self._either,
            "*": self._times,
            "/": self._over,
            "^": self._power,
        }

    def error(self, at: int, what: str, remedy: str = "") -> FormulaError:
        return FormulaError(self.formula, at, what, remedy=remedy)

    def compile(self, node: Node) -> Sql:
        """Raises FormulaError, with the position in the formula."""
        with self.references.inside(self.formula):
            made = self._compiled(node)
        if len(made.text) > _LONGEST_SQL:
            raise self.error(-1, "Compiled formula is too big to execute")  # U
        return made

    def _compiled(self, node: Node) -> Sql:
        if isinstance(node, Literal):
            return _literal(node)
        if isinstance(node, Name):
            return self.references.value(self.formula, node)
        if isinstance(node, Call):
            return self._call(node)
        return self._unary(node) if isinstance(node, Unary) else self._binary(node)

    def need(self, node: Node, wanted: str, of: str) -> Sql:
        """The compiled node, which must be of a type. `of` is the function or operator that wants it."""
        return self.of_type(node, self.compile(node), wanted, of)

    def of_type(self, node: Node, made: Sql, wanted: str, of: str) -> Sql:
        """What was made of the node, which must be of a type."""
        if made.type in (wanted, NULL):
            return Sql("''", TEXT, literal="") if made.type == NULL and wanted == TEXT else replace(made, type=wanted)
        raise self.mismatch(node, made, wanted, of)

    def mismatch(self, node: Node, made: Sql, wanted: str, of: str) -> FormulaError:
        """Sentences U (formula editor)."""
        if made.type in (PICKLIST, MULTIPICKLIST) and made.field is not None:
            name = made.field.name
            return self.error(node.at, f"Field {name} is a {made.type.lower()} field. {made.type} fields are only supported in certain functions.",
                              f"write TEXT({name}), ISPICKVAL({name}, ...) or INCLUDES({name}, ...)")  # fmt: skip
        kind = "function" if of[:1].isalpha() else "operator"
        return self.error(
            node.at, f"Incorrect parameter type for {kind} '{of}{'()' if kind == 'function' else ''}'. Expected {wanted}, received {made.type}"
        )

    def same_type(self, nodes: Sequence[Node], of: str) -> tuple[list[Sql], str]:
        """Several values that must be of one type; NULL fits any."""
        made = [self.compile(node) for node in nodes]
        return made, self._common_type(nodes, made, of)

    def _common_type(self, nodes: Sequence[Node], made: Sequence[Sql], of: str) -> str:
        found = next((m.type for m in made if m.type != NULL), NULL)
        for node, one in zip(nodes, made, strict=True):
            if one.type not in (found, NULL):
                raise self.mismatch(node, one, found, of)
        return found

    # ------------------------------------------------------------------ parts

    def _call(self, node: Call) -> Sql:
        from sfchaos.org.formula.library import call

        return call(self, node)

    def _unary(self, node: Unary) -> Sql:
        if node.operator == "!":
            return Sql(f"(NOT {self.need(node.operand, BOOLEAN, '!').text})", BOOLEAN)
        return Sql(f"({node.operator} {self.need(node.operand, NUMBER, node.operator).text})", NUMBER)

    def _binary(self, node: Binary) -> Sql:
        """From left to right without descending: a sum may have hundreds of terms."""
        chain: list[Binary] = []
        first: Node = node
        while isinstance(first, Binary):
            chain.append(first)
            first = first.left
        made = self.compile(first)
        for one in reversed(chain):
            if one is not node:
                self.references.count_node(self.formula)
            made = self._operators.get(one.operator, self._compare)(one, made, self.compile(one.right))
        return made

    def _two(self, node: Binary, left: Sql, right: Sql, wanted: str) -> tuple[Sql, Sql]:
        return self.of_type(node.left, left, wanted, node.operator), self.of_type(node.right, right, wanted, node.operator)

    def _beside(self, left: Sql, word: str, right: str, kind: str, chain: str) -> Sql:
        """One more part of a chain, in the parentheses that the chain has: SQLite's parser takes few that are nested."""
        text = left.text[1:-1] if left.chain == chain else left.words if kind == TEXT else left.text
        return Sql(f"({text}{word}{right})", kind, chain=chain, is_full=kind == TEXT)

    def _times(self, node: Binary, left: Sql, right: Sql) -> Sql:
        a, b = self._two(node, left, right, NUMBER)
        return Sql(f"({a.text} * {b.text})", NUMBER)

    def _over(self, node: Binary, left: Sql, right: Sql) -> Sql:
        """A division by zero shows #Error! on the page and null in the API (K)."""
        a, b = self._two(node, left, right, NUMBER)
        return Sql(f"(CAST({a.text} AS REAL) / {b.text})", NUMBER)

    def _power(self, node: Binary, left: Sql, right: Sql) -> Sql:
        a, b = self._two(node, left, right, NUMBER)
        return Sql(f"sf_power({a.text}, {b.text})", NUMBER)

    def _plus(self, node: Binary, left: Sql, right: Sql) -> Sql:
        if TEXT in (left.type, right.type) and left.type in (TEXT, NULL) and right.type in (TEXT, NULL):
            return self._join(node, left, right)
        if right.type in _MOMENTS:
            return self._moved(node.left, right, left, "+")
        if left.type in _MOMENTS:
            return self._moved(node.right, left, right, "+")
        return self._sum(node, left, right)

    def _minus(self, node: Binary, left: Sql, right: Sql) -> Sql:
        if left.type in _MOMENTS and right.type == left.type:
            return Sql(f"{_GAPS[left.type]}({left.text}, {right.text})", NUMBER)
        if left.type in _MOMENTS:
            return self._moved(node.right, left, right, "-")
        return self._sum(node, left, right)

    def _moved(self, node: Node, moment: Sql, by: Sql, sign: str) -> Sql:
        """A date, instant or time, so much later (`+`) or earlier (`-`); `by` was made of `node`."""
        return Sql(f"{_ADDERS[moment.type]}({moment.text}, {sign} {self.of_type(node, by, NUMBER, sign).text})", moment.type)

    def _sum(self, node: Binary, left: Sql, right: Sql) -> Sql:
        a, b = self._two(node, left, right, NUMBER)
        return self._beside(a, f" {node.operator} ", b.text, NUMBER, "sum")

    def _join(self, node: Binary, left: Sql, right: Sql) -> Sql:
        a, b = self._two(node, left, right, TEXT)
        return self._beside(a, " || ", b.words, TEXT, "text")

    def _both(self, node: Binary, left: Sql, right: Sql) -> Sql:
        a, b = self._two(node, left, right, BOOLEAN)
        return self._beside(a, " AND ", b.text, BOOLEAN, "and")

    def _either(self, node: Binary, left: Sql, right: Sql) -> Sql:
        a, b = self._two(node, left, right, BOOLEAN)
        return self._beside(a, " OR ", b.text, BOOLEAN, "or")

    def logical(self, word: str, nodes: Sequence[Node], of: str) -> Sql:
        return Sql(f"({word.join(self.need(n, BOOLEAN, of).text for n in nodes)})", BOOLEAN)

    def _compare(self, node: Binary, left: Sql, right: Sql) -> Sql:
        kind = self._common_type([node.left, node.right], [left, right], node.operator)
        if kind in (PICKLIST, MULTIPICKLIST):
            raise self.mismatch(node.left if left.type == kind else node.right, left if left.type == kind else right, TEXT, node.operator)
        return Sql(compare(node.operator, left, right, kind), BOOLEAN)


def compare(operator: str, left: Sql, right: Sql, kind: str) -> str:
    """A comparison that is never null."""
    if kind in (TEXT, PICKLIST):
        return f"({left.words} {operator} {right.words} COLLATE BINARY)"
    a, b = left.text, right.text
    if kind == NUMBER:
        a, b = f"ROUND({a}, 10)", f"ROUND({b}, 10)"
    if operator in ("=", "<>"):
        return f"({a} IS {'NOT ' if operator == '<>' else ''}{b})"
    return f"COALESCE({a} {operator} {b}, 0)"


def _literal(node: Literal) -> Sql:
    value = node.value
    if value is None:
        return Sql("NULL", NULL)
    if isinstance(value, bool):
        return Sql(str(int(value)), BOOLEAN, literal=value)
    if isinstance(value, str):
        return Sql(quote_text(value), TEXT, literal=value)
    return Sql(repr(value), NUMBER, literal=value)
