"""ORDER BY. Nulls come first in both directions unless told otherwise (wire reference 9.5, D)."""

from __future__ import annotations

from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import malformed
from sfchaos.org.soql.expressions import Typed, typed
from sfchaos.org.soql.labels import setup_order
from sfchaos.org.soql.scope import Scope

MOST = 32  # fields (wire reference 9.5, D)


def check_count(query: ast.Query, statement: str) -> None:
    if len(query.order) > MOST:  # text is a guess
        raise malformed(statement, query.at, f"ORDER BY can not have more than {MOST} fields")


def order_sql(query: ast.Query, scope: Scope) -> str:
    """Rows that the statement leaves equal come in the order of their ids."""
    check_count(query, scope.context.statement)
    terms = [direction(key, sort) for sort in query.order for key in sort_keys(typed(scope, sort.what, use="sorted"))]
    return ", ".join([*terms, scope.table.column("Id")])


def sort_keys(what: Typed) -> list[str]:
    f = what.field
    if f is not None and f.type == "picklist" and f.picklist and what.sql == what.base:
        return [setup_order(what.sql, f), what.sql]
    return [what.sql]


def direction(sql: str, sort: ast.Sort) -> str:
    return f"{sql} {'DESC' if sort.descending else 'ASC'} NULLS {'LAST' if sort.nulls_last else 'FIRST'}"
