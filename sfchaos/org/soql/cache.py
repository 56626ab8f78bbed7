"""Plans by statement. Two statements that differ only in quoted literals share one: clients that look up one key after
another would otherwise pay for parsing and compiling each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sfchaos.org.schema.model import Schema, SObject
from sfchaos.org.soql import ast
from sfchaos.org.soql.compile import compile_query
from sfchaos.org.soql.errors import malformed, too_complicated
from sfchaos.org.soql.literals import STRING, BadEscape, unescaped
from sfchaos.org.soql.parameters import Parameter, Quoted
from sfchaos.org.soql.parse import LONGEST, parse
from sfchaos.org.soql.plan import Children, Plan, Shape
from sfchaos.org.soql.scope import NEWEST, Context, MayRead
from sfchaos.org.soql.settings import PLAIN, Settings

LONGEST_LITERAL = 4000  # characters between quotes (SOQL reference, "SOQL and SOSL Limits", D)
_MOST_PLANS = 1024
_plans: dict[tuple[object, ...], Plan] = {}  # frozen values under their full key: no state of any org, shared by all of a process


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a statement is compiled: `access` changes with what `may_read`, `may_see` and `rows_of` answer."""

    user_id: str
    access: str
    may_read: MayRead
    include_deleted: bool = False
    version: float = NEWEST
    settings: Settings = PLAIN
    may_see: Callable[[SObject], bool] = lambda _sobject: True
    rows_of: Callable[[SObject, str], str] = lambda _sobject, _alias: ""

    def context(self, schema: Schema, statement: str) -> Context:
        return Context(schema, self.may_read, statement, self.user_id, self.include_deleted, self.version, self.settings, self.may_see, self.rows_of)


def literals_of(text: str) -> list[ast.Text]:
    """The quoted literals of a statement, in order. One with a bad escape is empty: the parser will refuse it.

    Raises Refused for one that is too long.
    """
    return [_literal(text, found[0][1:-1], found.start()) for found in STRING.finditer(text)]


def _literal(text: str, inner: str, at: int) -> ast.Text:
    if len(inner) > LONGEST_LITERAL:  # text is a guess
        raise malformed(text, at, f"String literals can not be longer than {LONGEST_LITERAL} characters")
    try:
        return ast.Text(unescaped(inner), inner, at)
    except BadEscape:
        return ast.Text("", inner, at)


def shared_plan(text: str, literals: list[ast.Text], schema: Schema, reader: Reader) -> Plan | None:
    """The plan of a statement that differs from this one at most in quoted literals."""
    return _plans.get(_key(text, literals, schema, reader)) if len(text) <= LONGEST else None


def fresh_plan(text: str, literals: list[ast.Text], schema: Schema, reader: Reader) -> Plan:
    """Parse and compile. Raises Refused. The plan is kept for others when every quoted literal is a parameter of it."""
    try:
        plan = compile_query(parse(text), reader.context(schema, text))
    except RecursionError:
        raise too_complicated() from None
    numbers = {literal.at: number for number, literal in enumerate(literals)}
    numbered = _numbered(plan, numbers)
    if len(set(_quoted(numbered))) == len(literals):
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        _plans[_key(text, literals, schema, reader)] = numbered
    return numbered


def _key(text: str, literals: list[ast.Text], schema: Schema, reader: Reader) -> tuple[object, ...]:
    return (schema.digest, reader.access, reader.user_id, reader.include_deleted, reader.version, reader.settings, _skeleton(text, literals))


def _skeleton(text: str, literals: list[ast.Text]) -> str:
    """The statement without its literals; ones with letters beyond ASCII compile to other SQL (conditions.py)."""
    if all(literal.value.isascii() for literal in literals):
        return STRING.sub("'?'", text)
    marks = iter("'?'" if literal.value.isascii() else "'~'" for literal in literals)
    return STRING.sub(lambda _: next(marks), text)


def _numbered(plan: Plan, numbers: dict[int, int]) -> Plan:
    children = {child.key: replace(child, plan=_numbered(child.plan, numbers)) for child in plan.children}
    return replace(plan, parameters=tuple(_renumber(p, numbers) for p in plan.parameters), children=tuple(children.values()),
                   shape=_with_children(plan.shape, children) if children else plan.shape)  # fmt: skip


def _with_children(shape: Shape, children: dict[str, Children]) -> Shape:
    return replace(shape, members=tuple(children[m.key] if isinstance(m, Children) else m for m in shape.members))


def _renumber(parameter: Parameter, numbers: dict[int, int]) -> Parameter:
    return replace(parameter, at=numbers[parameter.at]) if isinstance(parameter, Quoted) else parameter


def _quoted(plan: Plan) -> Iterator[int]:
    yield from (p.at for p in plan.parameters if isinstance(p, Quoted))
    for child in plan.children:
        yield from _quoted(child.plan)
