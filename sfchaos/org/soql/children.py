"""Child subqueries: `(SELECT Id FROM Contacts)` in a select list. Source: wire reference 9.5 (D)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import malformed, no_such_children
from sfchaos.org.soql.filters import scope_over
from sfchaos.org.soql.groups import is_grouped
from sfchaos.org.soql.plan import Children, Plan
from sfchaos.org.soql.scope import Scope
from sfchaos.org.store import quoted

MOST = 20  # child subqueries of a statement
DEEPEST = 4  # below the row itself: five levels
NESTING = 58.0  # the version they may nest from; before it, one level

RowsPlan = Callable[[ast.Query, Scope, int], Plan]


def children_plan(query: ast.Query, outer: ast.Query, parent: Scope, depth: int, rows_plan: RowsPlan) -> Children:
    """`outer` is the SELECT that it stands in, `depth` how deep that one stands."""
    context = parent.context
    path = query.sources[0].path
    found = [(child, f) for child, f in context.schema.children.get(parent.sobject.name.lower(), ())
             if f.child_relationship_name and f.child_relationship_name.lower() == path.parts[-1].lower() and context.find(child.name) and context.shows(child, f)]  # fmt: skip
    deepest = DEEPEST if context.version >= NESTING else 1
    if depth >= deepest:  # text U for one level
        far = f"{deepest} level{'s' if deepest > 1 else ''}"
        raise malformed(context.statement, path.at, f"SOQL statements cannot query aggregate relationships more than {far} away from the root entity object.")
    if not found:
        raise no_such_children(context.statement, path.at, path.text)
    child, reference = found[0]
    _check(query, outer, context.statement)
    scope = scope_over(query, context, child)
    plan = replace(rows_plan(query, scope, depth + 1), link=f"{scope.table.alias}.{quoted(reference.name)}")
    return Children(reference.child_relationship_name, plan, plan.link)


def check_count(query: ast.Query, statement: str) -> None:
    found = [item.what for item in query.items if isinstance(item.what, ast.Query)]
    if len(found) > MOST:  # text is a guess
        raise malformed(statement, found[MOST].at, f"SOQL statements can not have more than {MOST} subqueries")


def _check(query: ast.Query, outer: ast.Query, statement: str) -> None:
    is_bare_count = len(query.items) == 1 and isinstance(query.items[0].what, ast.Call) and query.items[0].what.name == "COUNT"
    if is_grouped(query) or is_bare_count:
        raise malformed(statement, query.at, "only root queries support aggregate expressions")  # text U
    if query.offset is not None and outer.limit != 1:  # rule D, text is a guess
        raise malformed(statement, query.at, "OFFSET clause in a subquery is only allowed when the parent query has LIMIT 1")
    if query.uses:  # text is a guess
        raise malformed(statement, query.at, f"FOR {query.uses[0]} is not allowed in a subquery")
