"""From the text of a formula to its tree. The grammar stands in grammar.lark; the parser is built at the first formula and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from sfchaos.org.formula.errors import FormulaError

if TYPE_CHECKING:
    from lark import Lark

LONGEST = 3900  # characters of a formula (Help, "Formula Field Limits and Restrictions", D)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Literal:
    """`value` is a str, a float, a bool or None. `at` is an offset in the formula, here and below."""

    value: object
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """`Amount`, `Account.Owner.Email`, `Owner:User.Alias`, `$User.Id`."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """`name` in capitals."""

    name: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node
    at: int


Node = Literal | Name | Call | Unary | Binary


@lru_cache(maxsize=1024)
def parse(formula: str) -> Node:
    """Raises FormulaError."""
    from lark import UnexpectedCharacters, UnexpectedToken

    if not formula.strip():
        raise FormulaError(formula, -1, "the formula is empty", remedy="write an expression, such as `Amount * 2`")
    if len(formula) > LONGEST:
        raise FormulaError(formula[:60] + "...", -1, f"the formula has {len(formula)} characters, {LONGEST} are allowed")
    try:
        node: Node = _builder().transform(_parser().parse(formula))
    except UnexpectedToken as error:
        word = str(error.token)
        at = len(formula.rstrip()) if error.token.type == "$END" else error.token.start_pos or 0
        raise FormulaError(formula, at, "syntax error: the formula ends too early" if not word else f"syntax error: unexpected {word!r}") from None
    except UnexpectedCharacters as error:
        raise FormulaError(formula, error.pos_in_stream or 0, f"syntax error: unexpected {formula[error.pos_in_stream or 0]!r}") from None
    except RecursionError:
        raise FormulaError(formula[:60] + "...", -1, "the formula is nested too deep") from None
    return node


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    grammar = (FilePath(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)


@lru_cache(maxsize=1)
def _builder() -> Any:
    from lark import Transformer, v_args

    @v_args(inline=True)
    class ToTree(Transformer[Any, Any]):
        def start(self, node: Node) -> Node:
            return node

        def number(self, token: Any) -> Node:
            return Literal(float(token[:300]), token.start_pos)

        def text(self, token: Any) -> Node:
            return Literal(re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), token[1:-1], flags=re.DOTALL), token.start_pos)

        def name(self, token: Any) -> Node:
            word = re.sub(r"\s", "", token)
            known: dict[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}
            return Literal(known[word.upper()], token.start_pos) if word.upper() in known else Name(word, token.start_pos)

        def call(self, token: Any, *arguments: Node) -> Node:
            return Call(re.sub(r"\s", "", token).upper(), arguments, token.start_pos)

        def unary(self, operator: Any, operand: Node) -> Node:
            return Unary(str(operator), operand, operator.start_pos)

        def binary(self, left: Node, operator: Any, right: Node) -> Node:
            return Binary({"==": "=", "!=": "<>"}.get(operator, str(operator)), left, right, operator.start_pos)

    return ToTree()
