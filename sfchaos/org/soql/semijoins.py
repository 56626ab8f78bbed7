"""Semi- and anti-joins: where they may stand, and the SELECT inside. Source: wire reference 9.2 (D); texts as marked."""

from __future__ import annotations

from collections.abc import Callable

from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import malformed, refused_at
from sfchaos.org.soql.expressions import Typed, typed
from sfchaos.org.soql.parameters import Parameter
from sfchaos.org.soql.scope import Context, Scope

MOST = 2  # in one WHERE

# Objects that no sub-select reads. Source: SOQL reference, "Semi-Joins with IN and Anti-Joins with NOT IN" (D); text and place U
_NOT_INSIDE = frozenset({"ActivityHistory", "Attachment", "Event", "EventAttendee", "Note", "OpenActivity", "Task"})
_NOT_AT_TOP = "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions."  # text U
_WITH_OR = "Semi join sub-selects are not allowed with the 'OR' operator"  # text U


def check_places(where: ast.Condition | None, statement: str) -> None:
    """Raises Refused for a third one, or one that does not stand at the top."""
    found = list(_queries(where)) if where is not None else []
    if not found:
        return
    if len(found) > MOST:  # code U (seen on REST), text U
        raise refused_at("EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", statement, found[MOST].at, f"Maximum {MOST} semi join sub-selects are allowed")
    terms = where.terms if isinstance(where, ast.All | ast.Any) else (where,)
    for term in terms:
        if isinstance(term, ast.Comparison):
            continue
        for query in _queries(term):  # type: ignore[arg-type]  # a term is a condition
            raise malformed(statement, query.at, _NOT_AT_TOP)
    if isinstance(where, ast.Any):
        raise malformed(statement, found[0].at, _WITH_OR)


def _queries(condition: ast.Condition) -> list[ast.Query]:
    match condition:
        case ast.All() | ast.Any():
            return [query for term in condition.terms for query in _queries(term)]
        case ast.Not():
            return _queries(condition.term)
    return [condition.value] if isinstance(condition.value, ast.Query) else []


ScopeOf = Callable[[ast.Query, Context], Scope]
WhereOf = Callable[[ast.Query, Scope, "list[Parameter]"], str]


def sub_select(
    outer: Scope, left: Typed, comparison: ast.Comparison, query: ast.Query, parameters: list[Parameter], scope_of: ScopeOf, where_of: WhereOf
) -> str:
    """The SELECT inside: one id or reference field, null left out."""
    context = outer.context
    scope = scope_of(query, context)
    if scope.sobject.name in _NOT_INSIDE:
        raise malformed(context.statement, query.sources[0].path.at, f"Entity '{scope.sobject.name}' is not supported for semi join inner selects")
    chosen = _chosen(query, scope)
    _check_left(outer, left, comparison.left)
    if scope.sobject is outer.sobject:  # text K
        raise malformed(context.statement, query.at, "The inner and outer selects should not be on the same object type")
    if not _targets(left, outer) & _targets(chosen, scope):  # text U
        raise malformed(context.statement, chosen.at, f"The selected field '{chosen.name}' in the subquery and the left operand field in the where expression "
                        f"in the outer query '{left.name}' should point to the same object type")  # fmt: skip
    where = where_of(query, scope, parameters)
    terms = " AND ".join(t for t in (where, f"{chosen.sql} IS NOT NULL") if t)
    return f"SELECT {chosen.sql} FROM {scope.from_sql()} WHERE {terms}"


def _check_left(outer: Scope, left: Typed, what: ast.Operand) -> None:
    if not isinstance(what, ast.Path) or left.type not in ("id", "reference"):  # text K
        raise malformed(outer.context.statement, left.at, "The left operand field in the where expression for outer query should be an id field, "
                        f"cannot use: '{left.name}'")  # fmt: skip
    if len(outer.relative(what)) > 1:  # text K
        raise malformed(outer.context.statement, left.at, f"The left operand '{what.text}' cannot have more than one level of relationships")


def _chosen(query: ast.Query, scope: Scope) -> Typed:
    statement = scope.context.statement
    what = query.items[0].what
    if len(query.items) > 1 or not isinstance(what, ast.Path) or query.order or query.limit is not None or query.offset is not None or query.group:
        # text is a guess
        raise malformed(statement, query.at, "semi join sub-selects can only select one id field, without ORDER BY or LIMIT")
    if len(scope.relative(what)) > 1:  # text K
        raise malformed(statement, what.at, f"The inner select field '{what.text}' cannot have more than one level of relationships")
    chosen = typed(scope, what, use="")
    if chosen.type not in ("id", "reference"):  # text U
        raise malformed(statement, what.at, f"semi join sub selects can only query id fields, cannot use: '{chosen.name}'")
    return chosen


def _targets(what: Typed, scope: Scope) -> set[str]:
    assert what.field is not None
    return {scope.sobject.name.lower()} if what.type == "id" else {name.lower() for name in what.field.reference_to}
