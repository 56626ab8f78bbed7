"""`uiapi { aggregate { Opportunity(groupBy: {StageName: {group: true}}) { ... } } }` as a SOQL statement with functions.

Source: GraphQL API guide, "Aggregate Queries with GraphQL", "Group Aggregate Results" (D).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sfchaos.org.graphql.document import Selected
from sfchaos.org.graphql.errors import invalid, undefined
from sfchaos.org.graphql.records import DEFAULT_FIRST, Records, cursor_of, field_shape, position_of
from sfchaos.org.schema.model import Field, SObject

_FUNCTIONS = {"avg": "AVG", "count": "COUNT", "countDistinct": "COUNT_DISTINCT", "max": "MAX", "min": "MIN", "sum": "SUM"}
_DATE_FUNCTIONS = frozenset({"CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK", "DAY_IN_YEAR", "DAY_ONLY", "FISCAL_MONTH",
                             "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY", "WEEK_IN_MONTH", "WEEK_IN_YEAR"})  # fmt: skip


@dataclass
class _Columns:
    groups: dict[str, str] = field(default_factory=dict)  # field -> expression
    names: dict[str, str] = field(default_factory=dict)  # expression -> alias

    def alias(self, expression: str) -> str:
        return self.names.setdefault(expression, f"a{len(self.names)}")


def aggregate(records: Records, asked: Selected, sobject: SObject, path: list[str]) -> dict[str, Any]:
    """Raises GraphError."""
    columns = _Columns(_groups(records, sobject, asked.arguments.get("groupBy")))
    node = _inner(asked, "edges", "node", "aggregate")
    for s in node.fields if node else ():
        _collect(records, sobject, s, columns, path)
    for expression in columns.groups.values():
        columns.alias(expression)
    if not columns.names:
        columns.alias("COUNT(Id)")
    where = records.filters.where(sobject, asked.arguments.get("where"))
    group = f" GROUP BY {', '.join(columns.groups.values())}" if columns.groups else ""
    chosen = ", ".join(f"{expression} {alias}" for expression, alias in columns.names.items())
    rows = records.run(f"SELECT {chosen} FROM {sobject.name}{f' WHERE {where}' if where else ''}{group}", path).rows
    total = len(rows) if columns.groups else _count(records, sobject, where, path)
    start = position_of(asked.arguments["after"]) if asked.arguments.get("after") else 0
    first = asked.arguments.get("first") or DEFAULT_FIRST
    if not isinstance(first, int) or first < 1:
        raise invalid(f"first must be a number: {first}", asked.node)
    page = rows[start : start + first]
    return {s.key: _part(s, sobject, columns, page, start, len(rows), total, path) for s in asked.fields}


def _count(records: Records, sobject: SObject, where: str, path: list[str]) -> int:
    return int(records.run(f"SELECT COUNT() FROM {sobject.name}{f' WHERE {where}' if where else ''}", path).total)


def _groups(records: Records, sobject: SObject, asked: Any) -> dict[str, str]:
    """`{StageName: {group: true}}`, or `{CreatedDate: {function: CALENDAR_YEAR}}`."""
    found: dict[str, str] = {}
    for item in asked if isinstance(asked, list) else [asked]:
        for name, how in item.items() if isinstance(item, dict) else ():
            f = sobject.find(name)
            if f is None or f.name != name or not records.can_see(sobject, f):
                raise invalid(f"(WrongType@[groupBy]) : argument 'groupBy' contains a field not in '{sobject.name}_GroupBy': '{name}'")
            function = how.get("function") if isinstance(how, dict) else None
            if function is not None and function not in _DATE_FUNCTIONS:
                raise invalid(f"groupBy of {name} has no function {function}")
            found[name] = f"{function}({name})" if function else name
    return found


def _inner(asked: Selected, *names: str) -> Selected | None:
    here: Selected | None = asked
    for name in names:
        here = next((s for s in here.fields if s.name == name), None) if here else None
    return here


def _collect(records: Records, sobject: SObject, s: Selected, columns: _Columns, path: list[str]) -> None:
    f = sobject.find(s.name)
    if f is None or f.name != s.name or not records.can_see(sobject, f):
        raise undefined(s.name, f"{sobject.name}Aggregate", s.node, [*path, s.name])
    for t in s.fields:
        if t.name in _FUNCTIONS:
            columns.alias(f"{_FUNCTIONS[t.name]}({f.name})")
        elif t.name not in ("value", "displayValue", "label", "grouping", "__typename"):
            raise undefined(t.name, f"{f.type.capitalize()}Aggregate", t.node, [*path, s.name, t.name])
        elif s.name not in columns.groups and t.name != "__typename":
            raise invalid(f"{s.name} is not grouped by, so it has no value of its own", t.node)


def _part(s: Selected, sobject: SObject, columns: _Columns, page: list[Any], start: int, every: int, total: int, path: list[str]) -> Any:
    if s.name == "totalCount":
        return total
    if s.name == "pageResultCount":
        return len(page)
    if s.name == "pageInfo":
        ends = {"startCursor": cursor_of(start + 1) if page else None, "endCursor": cursor_of(start + len(page)) if page else None}
        return {t.key: {"hasNextPage": start + len(page) < every, "hasPreviousPage": start > 0, **ends}.get(t.name) for t in s.fields}
    if s.name != "edges":
        raise undefined(s.name, f"{sobject.name}AggregateConnection", s.node, [*path, s.name])
    return [{t.key: cursor_of(start + number) if t.name == "cursor" else _node(t, sobject, columns, row, path) for t in s.fields} for number, row in enumerate(page, 1)]


def _node(asked: Selected, sobject: SObject, columns: _Columns, row: dict[str, Any], path: list[str]) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    for s in asked.fields:
        if s.name != "aggregate":
            raise undefined(s.name, f"{sobject.name}Result", s.node, [*path, s.name])
        shaped[s.key] = {t.key: _field(t, f, columns, row, path) for t in s.fields if (f := sobject.find(t.name)) is not None}
    return shaped


def _field(asked: Selected, f: Field, columns: _Columns, row: dict[str, Any], path: list[str]) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    own = tuple(s for s in asked.fields if s.name not in _FUNCTIONS)
    if own and f.name in columns.groups:
        value = row[columns.names[columns.groups[f.name]]]
        shaped.update({s.key: value if s.name == "value" else None if value is None else str(value) for s in own})
    for s in asked.fields:
        if s.name in _FUNCTIONS:
            value = row[columns.names[f"{_FUNCTIONS[s.name]}({f.name})"]]
            counted = Field(f.name, "long") if s.name.startswith("count") else f
            shaped[s.key] = field_shape(s, counted, value, [*path, f.name, s.name])
    return shaped
