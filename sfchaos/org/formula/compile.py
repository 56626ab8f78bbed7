"""A formula's tree, checked and compiled to SQL over one table alias.

Null as Salesforce has it: an empty text is ''; an empty number is 0 where the formula says so and else spreads; a comparison with an
empty value is false, save that empty equals empty. Text compares with case. Numbers compare to ten decimals, since SQLite's are binary.
Sources: Salesforce Help, "Formula Operators and Functions A–Z", "Formula Field Limits and Restrictions" (D); what is not said there is marked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sfchaos.org.formula.errors import FormulaError
from sfchaos.org.formula.references import References
from sfchaos.org.formula.sql import BOOLEAN, DATE, DATETIME, MULTIPICKLIST, NULL, NUMBER, PICKLIST, TEXT, TIME, Sql, quote_text
from sfchaos.org.formula.tree import Binary, Call, Literal, Name, Node, Unary

_MOMENTS = (DATE, DATETIME, TIME)
_ADDERS = {DATE: "sf_date_add", DATETIME: "sf_datetime_add", TIME: "sf_time_add"}
_GAPS = {DATE: "sf_days", DATETIME: "sf_days", TIME: "sf_milliseconds"}


@dataclass
class Compiler:
    """One formula. `references` knows what names mean; `in_rule` allows ISNEW, ISCHANGED and PRIORVALUE."""

    formula: str
    references: References
    in_rule: bool = False
    _operators: dict[str, Callable[[Binary], Sql]] = field(init=False)

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
        self.references.count_node(self.formula)
        if isinstance(node, Literal):
            return _literal(node)
        if isinstance(node, Name):
            return self.references.value(self.formula, node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Unary):
            return self._unary(node)
        return self._operators.get(node.operator, self._compare)(node)

    def need(self, node: Node, wanted: str, of: str) -> Sql:
        """The compiled node, which must be of a type. `of` is the function or operator that wants it."""
        made = self.compile(node)
        if made.type in (wanted, NULL):
            return Sql("''", TEXT, literal="") if made.type == NULL and wanted == TEXT else Sql(made.text, wanted, made.field, made.literal)
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

    def same_type(self, nodes: list[Node], of: str) -> tuple[list[Sql], str]:
        """Several values that must be of one type; NULL fits any."""
        made = [self.compile(node) for node in nodes]
        found = next((m.type for m in made if m.type != NULL), NULL)
        for node, one in zip(nodes, made, strict=True):
            if one.type not in (found, NULL):
                raise self.mismatch(node, one, found, of)
        return made, found

    # ------------------------------------------------------------------ parts

    def _call(self, node: Call) -> Sql:
        from sfchaos.org.formula.library import call

        return call(self, node)

    def _unary(self, node: Unary) -> Sql:
        if node.operator == "!":
            return Sql(f"(NOT {self.need(node.operand, BOOLEAN, '!').text})", BOOLEAN)
        return Sql(f"({node.operator} {self.need(node.operand, NUMBER, node.operator).text})", NUMBER)

    def _numbers(self, node: Binary) -> tuple[str, str]:
        return self.need(node.left, NUMBER, node.operator).text, self.need(node.right, NUMBER, node.operator).text

    def _times(self, node: Binary) -> Sql:
        left, right = self._numbers(node)
        return Sql(f"({left} * {right})", NUMBER)

    def _over(self, node: Binary) -> Sql:
        """A division by zero shows #Error! on the page and null in the API (K)."""
        left, right = self._numbers(node)
        return Sql(f"(CAST({left} AS REAL) / {right})", NUMBER)

    def _power(self, node: Binary) -> Sql:
        left, right = self._numbers(node)
        return Sql(f"sf_power({left}, {right})", NUMBER)

    def _plus(self, node: Binary) -> Sql:
        left, right = self.compile(node.left), self.compile(node.right)
        if TEXT in (left.type, right.type) and left.type in (TEXT, NULL) and right.type in (TEXT, NULL):
            return self._join(node)
        if right.type in _MOMENTS:
            node, left, right = replace(node, left=node.right, right=node.left), right, left
        if left.type in _MOMENTS:
            return Sql(f"{_ADDERS[left.type]}({left.text}, {self.need(node.right, NUMBER, '+').text})", left.type)
        a, b = self._numbers(node)
        return Sql(f"({a} + {b})", NUMBER)

    def _minus(self, node: Binary) -> Sql:
        left, right = self.compile(node.left), self.compile(node.right)
        if left.type in _MOMENTS and right.type == left.type:
            return Sql(f"{_GAPS[left.type]}({left.text}, {right.text})", NUMBER)
        if left.type in _MOMENTS:
            return Sql(f"{_ADDERS[left.type]}({left.text}, - {self.need(node.right, NUMBER, '-').text})", left.type)
        a, b = self._numbers(node)
        return Sql(f"({a} - {b})", NUMBER)

    def _join(self, node: Binary) -> Sql:
        left, right = self.need(node.left, TEXT, node.operator), self.need(node.right, TEXT, node.operator)
        return Sql(f"({left.words} || {right.words})", TEXT)

    def _both(self, node: Binary) -> Sql:
        return self.logical(" AND ", [node.left, node.right], "&&")

    def _either(self, node: Binary) -> Sql:
        return self.logical(" OR ", [node.left, node.right], "||")

    def logical(self, word: str, nodes: list[Node], of: str) -> Sql:
        return Sql(f"({word.join(self.need(n, BOOLEAN, of).text for n in nodes)})", BOOLEAN)

    def _compare(self, node: Binary) -> Sql:
        made, kind = self.same_type([node.left, node.right], node.operator)
        if kind in (PICKLIST, MULTIPICKLIST):
            raise self.mismatch(node.left if made[0].type == kind else node.right, made[0] if made[0].type == kind else made[1], TEXT, node.operator)
        return Sql(compare(node.operator, made[0], made[1], kind), BOOLEAN)


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
