"""FROM, WHERE and USING SCOPE of one SELECT, whether of the statement itself, a child subquery or a semi-join."""

from __future__ import annotations

from sfchaos.org.schema.model import SObject
from sfchaos.org.soql import ast
from sfchaos.org.soql.conditions import Conditions
from sfchaos.org.soql.errors import malformed, no_such_type
from sfchaos.org.soql.expressions import Typed, typed
from sfchaos.org.soql.money import converted, is_multi
from sfchaos.org.soql.parameters import Parameter
from sfchaos.org.soql.restrictions import check_restriction
from sfchaos.org.soql.scope import Context, Scope
from sfchaos.org.soql.scopes import scope_condition
from sfchaos.org.soql.semijoins import check_places, sub_select


def scope_of(query: ast.Query, context: Context) -> Scope:
    """Raises Refused INVALID_TYPE for an sObject that is not there for the user."""
    first = query.sources[0]
    sobject = context.find(first.path.text)
    if sobject is None or not sobject.queryable:
        raise no_such_type(context.statement, first.path.at, first.path.text)
    return scope_over(query, context, sobject)


def scope_over(query: ast.Query, context: Context, sobject: SObject) -> Scope:
    """With the aliases of the FROM clause."""
    scope = Scope(context, sobject)
    if query.sources[0].alias:
        scope.alias_of[query.sources[0].alias.lower()] = ()
    for source in query.sources[1:]:
        if len(source.path.parts) == 1 and source.path.text.lower() not in sobject.by_relationship:  # text and code K
            raise malformed(context.statement, source.path.at, "A driving SObject type has already been set, all other entity types in the FROM clause must "
                            f"be relationships to the initial object. The driving object is {sobject.name}.")  # fmt: skip
        path = tuple(part.lower() for part in scope.relative(source.path))
        scope.bind(ast.Path((*source.path.parts, "Id"), source.path.at))
        scope.alias_of[(source.alias or source.path.text).lower()] = path
    return scope


def conditions_of(scope: Scope, *, nested: bool = False) -> Conditions:
    """The filters of a SELECT; `nested` for a semi-join, which holds no other."""
    context = scope.context

    def chosen_by(left: Typed, comparison: ast.Comparison, query: ast.Query, parameters: list[Parameter]) -> str:
        return sub_select(scope, left, comparison, query, parameters, scope_of, _nested_where)

    def in_currency(left: Typed, code: str) -> str:
        assert left.bound is not None
        return converted(context, left.bound, code)

    return Conditions(context.statement, lambda what: typed(scope, what, use="filtered"), None if nested else chosen_by,
                      currency=context.settings.currency, converted=in_currency if is_multi(context) else None)  # fmt: skip


def _nested_where(query: ast.Query, scope: Scope, parameters: list[Parameter]) -> str:
    conditions = conditions_of(scope, nested=True)
    where = where_sql(query, scope, conditions)
    parameters.extend(conditions.parameters)
    return where


def where_sql(query: ast.Query, scope: Scope, conditions: Conditions, *, is_child: bool = False) -> str:
    """Everything that decides which rows are found; "" for all."""
    context = scope.context
    if not is_child:
        check_restriction(query, scope)
    terms = []
    if query.where is not None:
        if conditions.sub_select is not None:
            check_places(query.where, context.statement)
        terms.append(conditions.sql(query.where))
    if not context.include_deleted and scope.sobject.find("IsDeleted"):
        terms.append(f"{scope.table.column('IsDeleted')} = 0")
    if query.scope and (within := scope_condition(query, scope)):
        terms.append(f"({within})")
    if shared := context.rows_of(scope.sobject, scope.table.alias):
        terms.append(f"({shared})")
    return " AND ".join(terms)
