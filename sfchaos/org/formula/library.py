"""The functions of the formula language: how many arguments each takes, and the SQL it becomes.

Source: Salesforce Help, "Formula Operators and Functions A–Z" (D); K where it says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfchaos.org.formula.errors import unknown
from sfchaos.org.formula.sql import BOOLEAN, MULTIPICKLIST, NULL, NUMBER, PICKLIST, TEXT, Sql
from sfchaos.org.formula.tree import Call, Node

if TYPE_CHECKING:
    from sfchaos.org.formula.compile import Compiler

Build = Callable[["Compiler", Call], Sql]
MANY = 10_000


@dataclass(frozen=True, slots=True)
class Function:
    least: int
    most: int
    build: Build
    only_in_rules: bool = False


def call(compiler: Compiler, node: Call) -> Sql:
    """Raises FormulaError for an unknown function, a wrong number of arguments or one of the wrong type."""
    known = functions().get(node.name)
    if known is None:
        raise unknown(compiler.formula, node.at, "function", node.name, functions())
    if known.only_in_rules and not compiler.in_rule:
        raise compiler.error(node.at, f"Function {node.name} may not be used in this type of formula", "it belongs in a validation rule")  # U
    count = len(node.arguments)
    if not known.least <= count <= known.most:
        wanted = known.least if count < known.least else known.most
        raise compiler.error(node.at, f"Incorrect number of parameters for function '{node.name}()'. Expected {wanted}, received {count}")  # U
    return known.build(compiler, node)


def functions() -> dict[str, Function]:
    """All functions by name, in capitals."""
    if not _FUNCTIONS:
        from sfchaos.org.formula import library_moments, library_numbers, library_texts

        for part in (_LOGIC, library_texts.FUNCTIONS, library_numbers.FUNCTIONS, library_moments.FUNCTIONS):
            _FUNCTIONS.update(part)
    return _FUNCTIONS


_FUNCTIONS: dict[str, Function] = {}  # filled once, by functions()


def simple(template: str, result: str, *wanted: str) -> Function:
    """A function of so many arguments of these types: `simple("LENGTH({0})", NUMBER, TEXT)`. Texts arrive as '' when empty."""

    def build(c: Compiler, node: Call) -> Sql:
        made = [c.need(argument, kind, node.name) for argument, kind in zip(node.arguments, wanted, strict=True)]
        text = template.format(*[m.words if m.type == TEXT else m.text for m in made])
        return Sql(text, result, is_full=result == TEXT and {*wanted} == {TEXT})

    return Function(len(wanted), len(wanted), build)


# ---------------------------------------------------------------------- logic


def _and(c: Compiler, node: Call) -> Sql:
    return c.logical(" AND ", list(node.arguments), node.name)


def _or(c: Compiler, node: Call) -> Sql:
    return c.logical(" OR ", list(node.arguments), node.name)


def _if(c: Compiler, node: Call) -> Sql:
    """An IF in the last place of an IF goes on in the same CASE: SQLite's parser takes few that are nested."""
    conditions, results, last = [], list[Node](), node
    while True:
        conditions.append(c.need(last.arguments[0], BOOLEAN, "IF"))
        results.append(last.arguments[1])
        otherwise = last.arguments[2]
        if not (isinstance(otherwise, Call) and otherwise.name == "IF" and len(otherwise.arguments) == 3):
            break
        last = otherwise
    made, kind = c.same_type([*results, otherwise], "IF")
    whens = " ".join(f"WHEN {condition.text} THEN {result.text}" for condition, result in zip(conditions, made, strict=False))
    return Sql(f"(CASE {whens} ELSE {made[-1].text} END)", kind)


def _case(c: Compiler, node: Call) -> Sql:
    """CASE(what, value1, result1, ..., otherwise). A picklist is compared by its values."""
    from sfchaos.org.formula.compile import compare

    if len(node.arguments) % 2:
        raise c.error(
            node.at, f"Incorrect number of parameters for function 'CASE()'. Expected {len(node.arguments) + 1}, received {len(node.arguments)}"
        )
    what = c.compile(node.arguments[0])
    kind = TEXT if what.type == PICKLIST else what.type
    values = [c.need(n, kind, "CASE") if kind != NULL else c.compile(n) for n in node.arguments[1:-1:2]]
    results, result_kind = c.same_type([*node.arguments[2:-1:2], node.arguments[-1]], "CASE")
    if kind == TEXT:
        head, tests = f"{what.words} COLLATE BINARY ", [value.words for value in values]
    else:
        head, tests = "", [compare("=", what, value, kind) for value in values]
    whens = " ".join(f"WHEN {test} THEN {result.text}" for test, result in zip(tests, results, strict=False))
    return Sql(f"(CASE {head}{whens} ELSE {results[-1].text} END)", result_kind)


def _blank(made: Sql) -> str:
    if made.type in (TEXT, PICKLIST, MULTIPICKLIST):
        return f"({made.words} = '')"
    return f"({made.text} IS NULL)"


def _isblank(c: Compiler, node: Call) -> Sql:
    return Sql(_blank(c.compile(node.arguments[0])), BOOLEAN)


def _isnull(c: Compiler, node: Call) -> Sql:
    """A text is never null, only empty (D)."""
    made = c.compile(node.arguments[0])
    return Sql("0" if made.type == TEXT else _blank(made), BOOLEAN)


def _blankvalue(c: Compiler, node: Call) -> Sql:
    made, kind = c.same_type(node.arguments, node.name)
    value = f"NULLIF({made[0].text}, '')" if kind in (TEXT, PICKLIST, MULTIPICKLIST) else made[0].text
    return Sql(f"COALESCE({value}, {made[1].text})", kind)


def _nullvalue(c: Compiler, node: Call) -> Sql:
    made, kind = c.same_type(node.arguments, node.name)
    return made[0] if kind == TEXT else Sql(f"COALESCE({made[0].text}, {made[1].text})", kind)


# ---------------------------------------------------------------------- picklists


def _ispickval(c: Compiler, node: Call) -> Sql:
    field, value = c.compile(node.arguments[0]), c.need(node.arguments[1], TEXT, "ISPICKVAL")
    if field.type != PICKLIST:
        raise c.mismatch(node.arguments[0], field, PICKLIST, "ISPICKVAL")
    return Sql(f"({field.words} = {value.words} COLLATE BINARY)", BOOLEAN)


def _includes(c: Compiler, node: Call) -> Sql:
    field, value = c.compile(node.arguments[0]), c.need(node.arguments[1], TEXT, "INCLUDES")
    if field.type != MULTIPICKLIST:
        raise c.mismatch(node.arguments[0], field, MULTIPICKLIST, "INCLUDES")
    return Sql(f"(INSTR(';' || {field.words} || ';', ';' || {value.words} || ';') > 0)", BOOLEAN)


def _picklistcount(c: Compiler, node: Call) -> Sql:
    field = c.compile(node.arguments[0])
    if field.type != MULTIPICKLIST:
        raise c.mismatch(node.arguments[0], field, MULTIPICKLIST, "PICKLISTCOUNT")
    return Sql(f"(CASE WHEN {field.words} = '' THEN 0 ELSE 1 + LENGTH({field.text}) - LENGTH(REPLACE({field.text}, ';', '')) END)", NUMBER)


# ---------------------------------------------------------------------- rows in a rule


def _isnew(c: Compiler, _node: Call) -> Sql:
    from sfchaos.org.formula.references import NEW

    return Sql(c.references.column(c.references.alias, NEW), BOOLEAN)


def _versions(c: Compiler, node: Call) -> tuple[Sql, Sql]:
    """A stored field of the row as it is to be, and as it was (as it is to be, too, while the row is new)."""
    from sfchaos.org.formula.references import WAS
    from sfchaos.org.formula.tree import Name

    argument = node.arguments[0]
    if not isinstance(argument, Name):
        raise c.error(argument.at, f"{node.name} takes a field", f"write {node.name}(Amount)")
    field, references = c.references.own(c.formula, argument), c.references
    now = c.compile(argument)
    return now, references.typed(references.column(references.alias, WAS + field.name), field, now.type)


def _ischanged(c: Compiler, node: Call) -> Sql:
    now, was = _versions(c, node)
    return Sql(f"({now.text} IS NOT {was.text} COLLATE BINARY)", BOOLEAN)


def _priorvalue(c: Compiler, node: Call) -> Sql:
    return _versions(c, node)[1]


_LOGIC = {
    "AND": Function(1, MANY, _and), "OR": Function(1, MANY, _or), "NOT": simple("(NOT {0})", BOOLEAN, BOOLEAN), "IF": Function(3, 3, _if),
    "CASE": Function(4, MANY, _case), "ISBLANK": Function(1, 1, _isblank), "ISNULL": Function(1, 1, _isnull), "BLANKVALUE": Function(2, 2, _blankvalue),
    "NULLVALUE": Function(2, 2, _nullvalue), "ISPICKVAL": Function(2, 2, _ispickval), "INCLUDES": Function(2, 2, _includes),
    "PICKLISTCOUNT": Function(1, 1, _picklistcount), "ISNEW": Function(0, 0, _isnew, only_in_rules=True),
    "ISCLONE": Function(0, 0, lambda _c, _n: Sql("0", BOOLEAN), only_in_rules=True),  # nothing is cloned over the API
    "ISCHANGED": Function(1, 1, _ischanged, only_in_rules=True), "PRIORVALUE": Function(1, 1, _priorvalue, only_in_rules=True),
}  # fmt: skip
