"""A statement compiled to one SQL statement over the store (and one more for each child subquery)."""

from __future__ import annotations

from sfchaos.org.schema.model import Field
from sfchaos.org.soql import ast
from sfchaos.org.soql.children import check_count, children_plan
from sfchaos.org.soql.errors import malformed, refused_at
from sfchaos.org.soql.expressions import no_such_function, selected, typed
from sfchaos.org.soql.filters import conditions_of, scope_of, where_sql
from sfchaos.org.soql.functions import is_date_function
from sfchaos.org.soql.groups import compile_groups, is_grouped
from sfchaos.org.soql.plan import Children, Plan, Shape
from sfchaos.org.soql.scope import POLYMORPHISM, Context, Scope
from sfchaos.org.soql.select import Selection
from sfchaos.org.soql.sorting import order_sql

MOST_OFFSET = 2000  # wire reference 9.5 (D)
MOST_WITH_ALL_FIELDS = 200  # rows of FIELDS(ALL) and FIELDS(CUSTOM) (wire reference 9.5, D)
_VALUES = ("TOLABEL", "CONVERTCURRENCY", "FORMAT", "DISTANCE")


def compile_query(query: ast.Query, context: Context) -> Plan:
    """Raises Refused as Salesforce words it, with the place in the statement."""
    scope = scope_of(query, context)
    _check_offset(query, context)
    if _is_bare_count(query):
        return _count_plan(query, scope)
    if is_grouped(query):
        conditions = conditions_of(scope)
        where = where_sql(query, scope, conditions)
        return compile_groups(query, scope, where, conditions)
    return _rows_plan(query, scope)


def _check_offset(query: ast.Query, context: Context) -> None:
    if (query.offset or 0) > MOST_OFFSET:
        raise refused_at("NUMBER_OUTSIDE_VALID_RANGE", context.statement, query.at, f"Maximum SOQL offset allowed is {MOST_OFFSET}")  # text K


def _is_bare_count(query: ast.Query) -> bool:
    what = query.items[0].what
    return len(query.items) == 1 and isinstance(what, ast.Call) and what.name == "COUNT" and not what.arguments


def _count_plan(query: ast.Query, scope: Scope) -> Plan:
    if query.order:  # rule D, text K
        what = query.order[0].what
        raise malformed(scope.context.statement, what.at, f"Ordered field must be grouped or aggregated: {typed(scope, what, use='').name}")
    if query.group:
        raise malformed(scope.context.statement, query.at, "COUNT() can not be used with GROUP BY")  # rule D, text is a guess
    conditions = conditions_of(scope)
    where = where_sql(query, scope, conditions)
    nothing = Shape("", "", -1, ())
    return Plan(
        "count", scope.sobject.name, ("1",), scope.from_sql(), where, "", tuple(conditions.parameters), nothing, (), query.limit, query.offset or 0
    )


def _rows_plan(query: ast.Query, scope: Scope, depth: int = 0) -> Plan:
    check_count(query, scope.context.statement)
    selection = Selection(scope)
    children = [child for item in query.items if (child := _add_item(item, query, selection, depth))]
    conditions = conditions_of(scope)
    where = where_sql(query, scope, conditions, is_child=depth > 0)
    order = order_sql(query, scope)
    return Plan("rows", scope.sobject.name, tuple(selection.sql), scope.from_sql(), where, order, tuple(conditions.parameters), selection.shape(),
                tuple(selection.flat), query.limit, query.offset or 0, uses=query.uses, children=tuple(children))  # fmt: skip


def _add_item(item: ast.Item, query: ast.Query, selection: Selection, depth: int) -> Children | None:
    what = item.what
    if isinstance(what, ast.Query):
        children = children_plan(what, query, selection.scope, depth, _child_rows)
        selection.add_children(children, what.at)
        return children
    if isinstance(what, ast.TypeOf):
        _add_typeof(what, selection)
    elif isinstance(what, ast.Path):
        if item.alias:
            raise malformed(selection.scope.context.statement, item.alias_at, "only aggregate expressions use field aliasing")  # text K
        selection.add_path(what)
    elif what.name == "FIELDS":
        selection.add_fields(_fields(what, query, selection.scope), what.at)
    else:
        _add_value(item, what, selection)
    return None


def _child_rows(query: ast.Query, scope: Scope, depth: int) -> Plan:
    _check_offset(query, scope.context)
    return _rows_plan(query, scope, depth)


def _add_value(item: ast.Item, what: ast.Call, selection: Selection) -> None:
    scope = selection.scope
    if is_date_function(what.name) and len(what.arguments) == 1:  # rule D, text K
        found = selected(scope, what)
        raise malformed(scope.context.statement, what.at, f"Field must be grouped or aggregated: {found.name}")
    if what.name not in _VALUES:
        raise no_such_function(scope, what)
    found = selected(scope, what)
    if not found.sql:  # toLabel of an address
        raise no_such_function(scope, what)
    selection.add_value(found, _path_of(what) if found.key else None, item.alias)


def _path_of(call: ast.Call) -> ast.Path | None:
    """The field inside FORMAT(convertCurrency(Amount))."""
    argument = call.arguments[0]
    return argument if isinstance(argument, ast.Path) else _path_of(argument) if isinstance(argument, ast.Call) else None


def _add_typeof(what: ast.TypeOf, selection: Selection) -> None:
    """Source: SOQL reference, "TYPEOF" (D); the text is a guess."""
    scope = selection.scope
    if scope.context.version < POLYMORPHISM:
        raise malformed(scope.context.statement, what.at, "SOQL TYPEOF expressions are not supported in this organization")  # text U
    if not scope.node_of(what.path).is_polymorphic:
        raise malformed(scope.context.statement, what.path.at, f"TYPEOF needs a polymorphic relationship, and '{what.path.text}' is none")
    selection.add_cases(what)


def _fields(call: ast.Call, query: ast.Query, scope: Scope) -> list[Field]:
    """Source: SOQL and SOSL Reference, "FIELDS()" (D); text K."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    which = argument.text.upper() if isinstance(argument, ast.Path) else ""
    if which not in ("ALL", "STANDARD", "CUSTOM"):
        raise no_such_function(scope, call)
    few = query.limit is not None and query.limit <= MOST_WITH_ALL_FIELDS
    if which != "STANDARD" and not few and not _is_by_id(query.where):
        raise malformed(scope.context.statement, call.at, f"The SOQL FIELDS function must have a LIMIT of at most {MOST_WITH_ALL_FIELDS}")
    fields = [f for f in scope.sobject.fields if scope.context.shows(scope.sobject, f)]
    return [f for f in fields if which == "ALL" or f.custom == (which == "CUSTOM")]


def _is_by_id(condition: ast.Condition | None) -> bool:
    """True for `Id = ...` and `Id IN (...)`, alone or joined by AND."""
    if isinstance(condition, ast.All):
        return any(_is_by_id(term) for term in condition.terms)
    return (isinstance(condition, ast.Comparison) and condition.op in ("=", "IN") and isinstance(condition.left, ast.Path)
            and condition.left.parts[-1].lower() == "id" and len(condition.left.parts) == 1)  # fmt: skip
