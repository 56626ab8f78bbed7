"""A statement compiled to one SQL statement over the store (and one more for each child subquery)."""

from __future__ import annotations

from dataclasses import replace

from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import ast
from sfchaos.org.soql.conditions import Conditions
from sfchaos.org.soql.errors import malformed, no_such_children, no_such_type, refused_at
from sfchaos.org.soql.expressions import no_such_function, typed
from sfchaos.org.soql.groups import compile_groups, is_grouped
from sfchaos.org.soql.parameters import Parameter
from sfchaos.org.soql.plan import Children, Plan, Shape
from sfchaos.org.soql.scope import Context, Scope
from sfchaos.org.soql.select import Selection
from sfchaos.org.store import quoted

MOST_OFFSET = 2000  # wire reference 9.5 (D)
MOST_WITH_ALL_FIELDS = 200  # rows of FIELDS(ALL) and FIELDS(CUSTOM) (wire reference 9.5, D)
_AS_THEY_ARE = frozenset({"TOLABEL", "CONVERTCURRENCY"})  # labels equal values here, and there is one currency


def compile_query(query: ast.Query, context: Context) -> Plan:
    """Raises Refused as Salesforce words it, with the place in the statement."""
    scope = _scope(query, context)
    _check_offset(query, context)
    if _is_bare_count(query):
        return _count_plan(query, scope)
    if is_grouped(query):
        conditions = _conditions(scope)
        where = _where(query, scope, conditions)
        return compile_groups(query, scope, where, conditions)
    return _rows_plan(query, scope)


def _scope(query: ast.Query, context: Context) -> Scope:
    first = query.sources[0]
    sobject = context.schema.find(first.path.text)
    if sobject is None or not sobject.queryable:
        raise no_such_type(context.statement, first.path.at, first.path.text)
    return _scope_of(query, context, sobject)


def _scope_of(query: ast.Query, context: Context, sobject: SObject) -> Scope:
    scope = Scope(context, sobject)
    if query.sources[0].alias:
        scope.alias_of[query.sources[0].alias.lower()] = ()
    for source in query.sources[1:]:
        path = tuple(part.lower() for part in scope.relative(source.path))
        scope.bind(ast.Path((*source.path.parts, "Id"), source.path.at))
        scope.alias_of[(source.alias or source.path.text).lower()] = path
    return scope


def _check_offset(query: ast.Query, context: Context) -> None:
    if (query.offset or 0) > MOST_OFFSET:
        raise refused_at("NUMBER_OUTSIDE_VALID_RANGE", context.statement, query.at, f"Maximum SOQL offset allowed is {MOST_OFFSET}")  # text K


# ---------------------------------------------------------------------- filters


def _conditions(scope: Scope, *, nested: bool = False) -> Conditions:
    def sub_select(query: ast.Query, parameters: list[Parameter]) -> str:
        return _sub_select(query, scope.context, parameters)

    return Conditions(scope.context.statement, lambda what: typed(scope, what, use="filtered"), None if nested else sub_select)


def _where(query: ast.Query, scope: Scope, conditions: Conditions) -> str:
    terms = []
    if query.where is not None:
        terms.append(conditions.sql(query.where))
    if not scope.context.include_deleted and scope.sobject.find("IsDeleted"):
        terms.append(f"{scope.table.column('IsDeleted')} = 0")
    if query.scope:
        terms.extend(_in_scope(query, scope))
    return " AND ".join(terms)


def _in_scope(query: ast.Query, scope: Scope) -> list[str]:
    """USING SCOPE: everything, or the rows that the user owns."""
    if query.scope == "everything":
        return []
    if query.scope == "mine" and scope.sobject.find("OwnerId"):
        return [f"{scope.table.column('OwnerId')} = '{scope.context.user_id}'"]
    raise malformed(scope.context.statement, query.at, f"Invalid scope: '{query.scope}'")  # text is a guess


def _sub_select(query: ast.Query, context: Context, parameters: list[Parameter]) -> str:
    """The SELECT of a semi-join: one id or reference field, null left out. Source: wire reference 9.2 (D)."""
    scope = _scope(query, context)
    what = query.items[0].what
    if len(query.items) > 1 or not isinstance(what, ast.Path) or query.order or query.limit is not None or query.group:  # text is a guess
        raise malformed(context.statement, query.at, "semi join sub-selects can only select one id field, without ORDER BY or LIMIT")
    chosen = typed(scope, what, use="")
    if chosen.type not in ("id", "reference"):  # text K
        raise malformed(context.statement, what.at, f"The selected field '{chosen.name}' in the subquery and the left operand field in the where expression "
                        "in the outer query should point to the same object type")  # fmt: skip
    conditions = _conditions(scope, nested=True)
    where = _where(query, scope, conditions)
    parameters.extend(conditions.parameters)
    terms = " AND ".join(t for t in (where, f"{chosen.sql} IS NOT NULL") if t)
    return f"SELECT {chosen.sql} FROM {scope.from_sql()} WHERE {terms}"


# ---------------------------------------------------------------------- rows


def _is_bare_count(query: ast.Query) -> bool:
    what = query.items[0].what
    return len(query.items) == 1 and isinstance(what, ast.Call) and what.name == "COUNT" and not what.arguments


def _count_plan(query: ast.Query, scope: Scope) -> Plan:
    if query.order:
        raise malformed(scope.context.statement, query.at, "COUNT() can not be used with ORDER BY")  # rule D, text is a guess
    conditions = _conditions(scope)
    where = _where(query, scope, conditions)
    nothing = Shape("", "", -1, ())
    return Plan(
        "count", scope.sobject.name, ("1",), scope.from_sql(), where, "", tuple(conditions.parameters), nothing, (), query.limit, query.offset or 0
    )


def _rows_plan(query: ast.Query, scope: Scope, depth: int = 0) -> Plan:
    selection = Selection(scope)
    children = [child for item in query.items if (child := _add_item(item, query, selection, depth))]
    conditions = _conditions(scope)
    where = _where(query, scope, conditions)
    order = ", ".join([_sorted(sort, scope) for sort in query.order] + [scope.table.column("Id")])
    return Plan("rows", scope.sobject.name, tuple(selection.sql), scope.from_sql(), where, order, tuple(conditions.parameters), selection.shape(),
                tuple(selection.flat), query.limit, query.offset or 0, children=tuple(children))  # fmt: skip


def _sorted(sort: ast.Sort, scope: Scope) -> str:
    """Nulls come first in both directions unless told otherwise (wire reference 9.5, D)."""
    what = typed(scope, sort.what, use="sorted")
    return f"{what.sql} {'DESC' if sort.descending else 'ASC'} NULLS {'LAST' if sort.nulls_last else 'FIRST'}"


def _add_item(item: ast.Item, query: ast.Query, selection: Selection, depth: int) -> Children | None:
    what = item.what
    scope = selection.scope
    if isinstance(what, ast.Query):
        children = _children(what, scope, depth)
        selection.add_children(children, what.at)
        return children
    if isinstance(what, ast.Path):
        if item.alias:
            raise malformed(scope.context.statement, item.alias_at, "only aggregate expressions use field aliasing")  # text K
        selection.add_path(what)
    elif what.name == "FIELDS":
        selection.add_fields(_fields(what, query, scope), what.at)
    elif what.name in _AS_THEY_ARE and len(what.arguments) == 1 and isinstance(what.arguments[0], ast.Path):
        selection.add_path(what.arguments[0], alias=item.alias)
    else:
        raise no_such_function(scope, what)
    return None


def _fields(call: ast.Call, query: ast.Query, scope: Scope) -> list[Field]:
    """Source: SOQL and SOSL Reference, "FIELDS()" (D); text K."""
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    which = argument.text.upper() if isinstance(argument, ast.Path) else ""
    if which not in ("ALL", "STANDARD", "CUSTOM"):
        raise no_such_function(scope, call)
    few = query.limit is not None and query.limit <= MOST_WITH_ALL_FIELDS
    if which != "STANDARD" and not few and not _is_by_id(query.where):
        raise malformed(scope.context.statement, call.at, f"The SOQL FIELDS function must have a LIMIT of at most {MOST_WITH_ALL_FIELDS}")
    fields = [f for f in scope.sobject.fields if scope.context.may_read(scope.sobject, f)]
    return [f for f in fields if which == "ALL" or f.custom == (which == "CUSTOM")]


def _is_by_id(condition: ast.Condition | None) -> bool:
    """True for `Id = ...` and `Id IN (...)`, alone or joined by AND."""
    if isinstance(condition, ast.All):
        return any(_is_by_id(term) for term in condition.terms)
    return (isinstance(condition, ast.Comparison) and condition.op in ("=", "IN") and isinstance(condition.left, ast.Path)
            and condition.left.parts[-1].lower() == "id" and len(condition.left.parts) == 1)  # fmt: skip


# ---------------------------------------------------------------------- children

DEEPEST_CHILDREN = 4  # below the row itself: five levels from v58 on (wire reference 9.5, D)


def _children(query: ast.Query, parent: Scope, depth: int) -> Children:
    context = parent.context
    path = query.sources[0].path
    found = [(child, f) for child, f in context.schema.children.get(parent.sobject.name.lower(), ())
             if f.child_relationship_name.lower() == path.parts[-1].lower() and context.may_read(child, f)]  # fmt: skip
    if not found or depth >= DEEPEST_CHILDREN:
        raise no_such_children(context.statement, path.at, path.text)
    child, reference = found[0]
    _check_offset(query, context)
    if is_grouped(query) or _is_bare_count(query):
        raise malformed(context.statement, query.at, "Aggregate functions are not supported in a child subquery")  # text is a guess
    scope = _scope_of(query, context, child)
    plan = replace(_rows_plan(query, scope, depth + 1), link=f"{scope.table.alias}.{quoted(reference.name)}")
    return Children(reference.child_relationship_name, plan, plan.link)
