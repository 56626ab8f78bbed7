"""Aggregate queries: COUNT(Id), SUM(Amount) ... with GROUP BY and HAVING. Source: wire reference 9.4."""

from __future__ import annotations

from sfchaos.org.soql import ast
from sfchaos.org.soql.conditions import Conditions
from sfchaos.org.soql.errors import malformed
from sfchaos.org.soql.expressions import Typed, typed
from sfchaos.org.soql.functions import AGGREGATES
from sfchaos.org.soql.plan import Column, FlatColumn, Plan, Shape
from sfchaos.org.soql.scope import Scope


def is_grouped(query: ast.Query) -> bool:
    return bool(query.group) or any(is_aggregate(item.what) for item in query.items)


def is_aggregate(what: ast.Operand | ast.Query) -> bool:
    return isinstance(what, ast.Call) and what.name in AGGREGATES and bool(what.arguments)


def compile_groups(query: ast.Query, scope: Scope, where: str, conditions: Conditions) -> Plan:
    """`conditions` has compiled WHERE; HAVING adds its parameters after those."""
    statement = scope.context.statement
    if query.limit is not None and not query.group:  # rule D (wire reference 9.4), text is a guess
        raise malformed(statement, query.at, "LIMIT is not allowed with aggregate functions without GROUP BY")
    group = {typed(scope, what, use="grouped").sql for what in query.group}
    group_sql = ", ".join(typed(scope, what, use="grouped").sql for what in query.group)
    columns = _columns(query, scope, group)
    having = ""
    if query.having is not None:
        conditions.operand = lambda what: _of_group(scope, what, group)
        having = conditions.sql(query.having)
    order = ", ".join(_sort(sort, scope, group) for sort in query.order) or group_sql
    members = tuple(Column(key, index, what.type, what.name) for index, (key, what) in enumerate(columns))
    flat = tuple(FlatColumn(m.key, m.index, m.type) for m in members)
    return Plan("groups", scope.sobject.name, tuple(what.sql for _, what in columns), scope.from_sql(), where, order, tuple(conditions.parameters),
                Shape("", "AggregateResult", -1, members), flat, query.limit, query.offset or 0, group_sql, having)  # fmt: skip


def _columns(query: ast.Query, scope: Scope, group: set[str]) -> list[tuple[str, Typed]]:
    """Keys: the alias, or the field's own name for a grouped field, or expr0, expr1 ... for what has no alias."""
    columns: list[tuple[str, Typed]] = []
    unnamed = 0
    for item in query.items:
        if isinstance(item.what, ast.Query):
            raise malformed(scope.context.statement, item.what.at, "Subqueries are not allowed with aggregate functions")  # text is a guess
        what = _of_group(scope, item.what, group)
        key = item.alias
        if not key and isinstance(item.what, ast.Path):
            key = what.name
        elif not key:
            key, unnamed = f"expr{unnamed}", unnamed + 1
        if key.lower() in {k.lower() for k, _ in columns}:
            raise malformed(scope.context.statement, what.at, f"duplicate alias: {key}")  # text K
        columns.append((key, what))
    return columns


def _of_group(scope: Scope, what: ast.Operand, group: set[str]) -> Typed:
    found = typed(scope, what, use="", aggregates=True)
    if not is_aggregate(what) and found.sql not in group:
        raise malformed(scope.context.statement, found.at, f"Field must be grouped or aggregated: {found.name}")  # text K
    return found


def _sort(sort: ast.Sort, scope: Scope, group: set[str]) -> str:
    what = _of_group(scope, sort.what, group)
    return f"{what.sql} {'DESC' if sort.descending else 'ASC'} NULLS {'LAST' if sort.nulls_last else 'FIRST'}"
