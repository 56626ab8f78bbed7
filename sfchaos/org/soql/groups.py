"""Aggregate queries: COUNT(Id), SUM(Amount) ... with GROUP BY, ROLLUP, CUBE and HAVING. Source: wire reference 9.4.

Subtotals are further SELECTs, one for each set of fields that is still grouped, joined by UNION ALL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from sfchaos.org.soql import ast
from sfchaos.org.soql.conditions import Conditions
from sfchaos.org.soql.errors import malformed
from sfchaos.org.soql.expressions import Typed, selected, typed
from sfchaos.org.soql.functions import AGGREGATES
from sfchaos.org.soql.parameters import Parameter
from sfchaos.org.soql.plan import Column, FlatColumn, Plan, Shape
from sfchaos.org.soql.scope import Scope
from sfchaos.org.soql.sorting import check_count, direction, sort_keys

MOST_SUBTOTALS = 3  # fields of ROLLUP and CUBE (wire reference 9.4, D)
Groups = tuple[str, ...]  # SQL of the fields that are grouped


def is_grouped(query: ast.Query) -> bool:
    return bool(query.group) or any(is_aggregate(item.what) for item in query.items)


def is_aggregate(what: ast.Operand | ast.Query | ast.TypeOf | ast.Text | ast.Number) -> bool:
    """An aggregate function, or one inside FORMAT and convertCurrency."""
    if not isinstance(what, ast.Call) or not what.arguments:
        return False
    return what.name in AGGREGATES or (what.name in ("FORMAT", "CONVERTCURRENCY") and is_aggregate(what.arguments[0]))


@dataclass
class _Grouping:
    """The fields of GROUP BY; `left` are those that a subtotal still groups by."""

    scope: Scope
    fields: Groups
    has_subtotals: bool
    left: Groups = ()

    def term(self, what: ast.Operand, words: str) -> Typed:
        """What stands for one value of a group. Raises Refused with `words` before the name of a field that is not grouped."""
        if isinstance(what, ast.Call) and what.name == "GROUPING":
            return self._marker(what)
        found = selected(self.scope, what, aggregates=True) if isinstance(what, ast.Call) else typed(self.scope, what, use="")
        statement = self.scope.context.statement
        if is_aggregate(what):
            if found.base and found.base in self.fields:  # text U
                raise malformed(statement, found.at, f"Grouped field should not be aggregated: {found.name}")
            return found
        if found.sql not in self.fields and found.base not in self.fields:  # text U
            raise malformed(statement, found.at, f"{words} must be grouped or aggregated: {found.name}")
        return found

    def sql(self, what: Typed) -> str:
        """A field that this subtotal has rolled up is null."""
        rolled = {*self.fields} - {*self.left}
        if what.type == "grouping":
            return "1" if what.base in rolled else "0"
        return "NULL" if what.sql in rolled or (what.base in rolled and "(" not in what.sql) else what.sql

    def shown(self, what: Typed) -> Typed:
        """As HAVING of this subtotal sees it."""
        return replace(what, sql=self.sql(what), type=_shown_type(what))

    def _marker(self, call: ast.Call) -> Typed:
        """GROUPING(f): 1 where the row is a subtotal over f. Texts are guesses."""
        statement = self.scope.context.statement
        argument = call.arguments[0] if len(call.arguments) == 1 else None
        if not isinstance(argument, ast.Path | ast.Call) or not self.has_subtotals:
            raise malformed(statement, call.at, "GROUPING can only be used with GROUP BY ROLLUP or GROUP BY CUBE")
        found = typed(self.scope, argument, use="")
        if found.sql not in self.fields:
            raise malformed(statement, call.at, f"Field must be grouped: {found.name}")
        return Typed(found.sql, "grouping", found.name, call.at, base=found.sql)


def compile_groups(query: ast.Query, scope: Scope, where: str, conditions: Conditions) -> Plan:
    """`conditions` has compiled WHERE; HAVING adds its parameters after those."""
    _check(query, scope)
    fields = tuple(typed(scope, what, use="grouped").sql for what in query.group)
    grouping = _Grouping(scope, fields, bool(query.subtotals), fields)
    columns = _columns(query, grouping)
    sorts = [(key, sort) for sort in query.order for key in _keys(grouping, sort)]
    members = tuple(Column(key, index, _shown_type(what), what.name if what.field else "", what.style) for index, (key, what) in enumerate(columns))
    flat = tuple(FlatColumn(m.key, m.index, m.type, m.style) for m in members)
    shape = Shape("", "AggregateResult", -1, members)
    if query.subtotals:
        return _with_subtotals(query, grouping, columns, sorts, where, conditions, shape, flat)
    having = _having(query, grouping, conditions)
    order = ", ".join(direction(key.sql, sort) for key, sort in sorts) or ", ".join(fields)
    return Plan("groups", scope.sobject.name, tuple(what.sql for _, what in columns), scope.from_sql(), where, order, tuple(conditions.parameters),
                shape, flat, query.limit, query.offset or 0, ", ".join(fields), having)  # fmt: skip


def _having(query: ast.Query, grouping: _Grouping, conditions: Conditions) -> str:
    if query.having is None:
        return ""
    conditions.operand = lambda what: grouping.shown(grouping.term(what, "Field"))
    return conditions.sql(query.having)


def _check(query: ast.Query, scope: Scope) -> None:
    statement = scope.context.statement
    check_count(query, statement)
    if query.limit is not None and not query.group:  # rule D (wire reference 9.4), text U
        raise malformed(statement, query.at, "Non-grouped query that uses overall aggregate functions cannot also use LIMIT")
    if query.subtotals and len(query.group) > MOST_SUBTOTALS:  # text is a guess
        raise malformed(statement, query.at, f"GROUP BY {query.subtotals} can not have more than {MOST_SUBTOTALS} fields")


def _shown_type(what: Typed) -> str:
    return "int" if what.type == "grouping" else what.type


def _columns(query: ast.Query, grouping: _Grouping) -> list[tuple[str, Typed]]:
    """Keys: the alias, or the field's own name for a grouped field, or expr0, expr1 ... for what has no alias."""
    statement = grouping.scope.context.statement
    columns: list[tuple[str, Typed]] = []
    unnamed = 0
    for item in query.items:
        if isinstance(item.what, ast.Query | ast.TypeOf):  # texts are guesses
            kind = "Subqueries are" if isinstance(item.what, ast.Query) else "TYPEOF is"
            raise malformed(statement, item.what.at, f"{kind} not allowed with aggregate functions")
        what = grouping.term(item.what, "Field")
        key = item.alias or (what.key if isinstance(item.what, ast.Path) else "")
        if not key:
            key, unnamed = f"expr{unnamed}", unnamed + 1
        if key.lower() in {k.lower() for k, _ in columns}:
            raise malformed(statement, what.at, f"duplicate alias: {key}")  # text K
        columns.append((key, what))
    return columns


def _keys(grouping: _Grouping, sort: ast.Sort) -> list[Typed]:
    what = grouping.term(sort.what, "Ordered field")
    return [replace(what, sql=sql, base=what.base or what.sql) for sql in sort_keys(what)]


# ---------------------------------------------------------------------- subtotals


def _with_subtotals(query: ast.Query, grouping: _Grouping, columns: list[tuple[str, Typed]], sorts: list[tuple[Typed, ast.Sort]], where: str,
                    conditions: Conditions, shape: Shape, flat: tuple[FlatColumn, ...]) -> Plan:  # fmt: skip
    """Without ORDER BY each subtotal comes after the rows it sums up (as the SOQL reference prints them, D)."""
    marked = [(Typed(f, kind, "", 0, base=f), ast.Sort(ast.Path(()))) for f in grouping.fields for kind in ("grouping", "value")]
    sorts = sorts or marked
    of_where, parameters = tuple(conditions.parameters), list[Parameter]()
    selects = []
    for left in _sets(query.subtotals, grouping.fields):
        grouping.left = left
        terms = [f"{grouping.sql(what)} AS c{n}" for n, (_, what) in enumerate(columns)]
        terms += [f"{_rolled(grouping, what)} AS o{n}" for n, (what, _) in enumerate(sorts)]
        conditions.parameters = []
        selects.append(_select(grouping, terms, where, _having(query, grouping, conditions)))
        parameters += [*of_where, *conditions.parameters]
    order = ", ".join(direction(f"g.o{n} COLLATE NOCASE", sort) for n, (_, sort) in enumerate(sorts))
    return Plan("groups", grouping.scope.sobject.name, tuple(f"g.c{n}" for n in range(len(columns))), f"({' UNION ALL '.join(selects)}) g", "", order,
                tuple(parameters), shape, flat, query.limit, query.offset or 0)  # fmt: skip


def _rolled(grouping: _Grouping, what: Typed) -> str:
    is_rolled = what.type != "grouping" and what.base in grouping.fields and what.base not in grouping.left
    return "NULL" if is_rolled else grouping.sql(what)


def _select(grouping: _Grouping, terms: list[str], where: str, having: str) -> str:
    parts = [f"SELECT {', '.join(terms)} FROM {grouping.scope.from_sql()}"]
    if where:
        parts.append(f"WHERE {where}")
    if grouping.left:
        parts.append(f"GROUP BY {', '.join(grouping.left)}")
    else:  # one row for all, but none where there are no rows
        having = " AND ".join(t for t in ("COUNT(*) > 0", having) if t)
    if having:
        parts.append(f"HAVING {having}")
    return " ".join(parts)


def _sets(kind: str, fields: Groups) -> list[Groups]:
    """ROLLUP(a, b): ab, a, none. CUBE(a, b): ab, a, b, none."""
    if kind == "ROLLUP":
        return [fields[:count] for count in range(len(fields), -1, -1)]
    return [chosen for count in range(len(fields), -1, -1) for chosen in combinations(fields, count)]
