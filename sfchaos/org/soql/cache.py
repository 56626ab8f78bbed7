"""Plans by statement. Two statements that differ only in quoted literals share one: clients that look up one key after
another would otherwise pay for parsing and compiling each time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfchaos.org.schema.model import Schema
from sfchaos.org.soql import ast
from sfchaos.org.soql.compile import compile_query
from sfchaos.org.soql.errors import too_complicated
from sfchaos.org.soql.literals import STRING, BadEscape, unescaped
from sfchaos.org.soql.parameters import Parameter, Quoted
from sfchaos.org.soql.parse import parse
from sfchaos.org.soql.plan import Children, Plan, Shape
from sfchaos.org.soql.scope import Context, MayRead

_MOST_PLANS = 1024
_plans: dict[tuple[str, ...], Plan] = {}  # frozen values under their full key: no state of any org, shared by all of a process


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a statement is compiled: `access` changes with what `may_read` answers."""

    user_id: str
    access: str
    may_read: MayRead
    include_deleted: bool = False


def literals_of(text: str) -> list[ast.Text]:
    """The quoted literals of a statement, in order. One with a bad escape is empty: the parser will refuse it."""
    return [_literal(found[0][1:-1], found.start()) for found in STRING.finditer(text)]


def _literal(inner: str, at: int) -> ast.Text:
    try:
        return ast.Text(unescaped(inner), inner, at)
    except BadEscape:
        return ast.Text("", inner, at)


def shared_plan(text: str, schema: Schema, reader: Reader) -> Plan | None:
    """The plan of a statement that differs from this one at most in quoted literals."""
    if len(text) > 100_000:
        return None
    key = _key(STRING.sub("'?'", text), schema, reader)
    return _plans.get(key)


def fresh_plan(text: str, literals: list[ast.Text], schema: Schema, reader: Reader) -> Plan:
    """Parse and compile. Raises Refused. The plan is kept for others when every quoted literal is a parameter of it."""
    try:
        plan = compile_query(parse(text), Context(schema, reader.may_read, text, reader.user_id, reader.include_deleted))
    except RecursionError:
        raise too_complicated() from None
    numbers = {literal.at: number for number, literal in enumerate(literals)}
    numbered = _numbered(plan, numbers)
    if _quoted_count(numbered) == len(literals):
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        _plans[_key(STRING.sub("'?'", text), schema, reader)] = numbered
    return numbered


def _key(skeleton: str, schema: Schema, reader: Reader) -> tuple[str, ...]:
    return (schema.digest, reader.access, reader.user_id, "all" if reader.include_deleted else "", skeleton)


def _numbered(plan: Plan, numbers: dict[int, int]) -> Plan:
    children = {child.key: replace(child, plan=_numbered(child.plan, numbers)) for child in plan.children}
    return replace(plan, parameters=tuple(_renumber(p, numbers) for p in plan.parameters), children=tuple(children.values()),
                   shape=_with_children(plan.shape, children) if children else plan.shape)  # fmt: skip


def _with_children(shape: Shape, children: dict[str, Children]) -> Shape:
    return replace(shape, members=tuple(children[m.key] if isinstance(m, Children) else m for m in shape.members))


def _renumber(parameter: Parameter, numbers: dict[int, int]) -> Parameter:
    return replace(parameter, at=numbers[parameter.at]) if isinstance(parameter, Quoted) else parameter


def _quoted_count(plan: Plan) -> int:
    return sum(isinstance(p, Quoted) for p in plan.parameters) + sum(_quoted_count(child.plan) for child in plan.children)
