"""`uiapi { query { Account { edges { node { ... } } } } }` as SOQL, and its rows in the shape that was asked for.

Source: GraphQL API guide, "Query Objects", "Paginate Results" (D). What a cursor looks like inside is nobody's business; here it
is the row's position.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.graphql.document import Selected
from sfchaos.org.graphql.errors import GraphError, invalid, undefined
from sfchaos.org.graphql.filters import Filters, quoted_text
from sfchaos.org.refusals import Refused
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.ui_records import display_value, millis, zulu

if TYPE_CHECKING:
    from sfchaos.org.call import Call

DEFAULT_FIRST = 10
MOST_FIRST = 2000
_CURSOR = re.compile(r"row:(\d{1,9})")
_LEAVES = ("Id", "ApiName", "WeakEtag", "__typename")
_PAGE_INFO = ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename")
_ARGUMENTS = frozenset({"first", "after", "where", "orderBy", "scope", "upperBound"})


def cursor_of(position: int) -> str:
    return base64.b64encode(f"row:{position}".encode()).decode()


def position_of(cursor: Any) -> int:
    """The number of rows up to a cursor. Raises GraphError for a cursor nobody handed out."""
    try:
        found = _CURSOR.fullmatch(base64.b64decode(str(cursor), validate=True).decode())
    except ValueError:
        found = None
    if found is None:
        raise invalid(f"the cursor is invalid: {cursor}")
    return int(found[1])


@dataclass
class _Plan:
    """What to select for an object, and the connections under it by the key of their records."""

    paths: dict[str, None] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)  # relationship name in lower case -> subquery


class Records:
    """Connections of one request."""

    def __init__(self, call: Call) -> None:
        self._call, self._org = call, call.org
        self.filters = Filters(call.org.schema, self.can_see)

    def can_see(self, sobject: SObject, f: Field) -> bool:
        return access.can_read(self._org, self._call.user_id, sobject, f)

    def find(self, name: str) -> SObject | None:
        found = access.visible(self._org, self._call.user_id, name)
        return found if found is not None and found.name == name else None

    def run(self, soql: str, path: list[str]) -> Any:
        """Raises GraphError (DataFetchingException) for what SOQL refuses."""
        from sfchaos.org.soql import run

        try:
            result = run(self._org, soql, user_id=self._call.user_id)
        except Refused as refused:
            raise GraphError("DataFetchingException", refused.refusals[0].message.rpartition("\n")[2], None, path) from None
        self._call.receipt.read.extend(result.reads())
        return result

    # ------------------------------------------------------------------ connections

    def connection(self, asked: Selected, sobject: SObject, path: list[str]) -> dict[str, Any]:
        """The rows of a connection and where they stand among all."""
        first, start = self._window(asked)
        node = self._node_of(asked, path)
        plan = _Plan()
        if node is not None:
            self._collect(node, sobject, "", plan, path)
        condition = self._condition(asked, sobject)
        order = self._order(asked, sobject)
        soql = f"SELECT {', '.join([*(plan.paths or {'Id': None}), *plan.children.values()])} FROM {sobject.name}{condition}{order} LIMIT {first + 1} OFFSET {start}"
        records = self.run(soql, path).records(self._call.base)
        rows, more = records[:first], len(records) > first
        total = self.run(f"SELECT COUNT() FROM {sobject.name}{condition}", path).total if self._asks(asked, "totalCount") else None
        return self._shaped(asked, sobject, rows, path, start=start, more=more, total=total)

    def one(self, asked: Selected, sobject: SObject, record_id: str, path: list[str]) -> dict[str, Any] | None:
        """A single row in the shape asked for; None when it is not there for the user."""
        plan = _Plan()
        self._collect(asked, sobject, "", plan, path)
        found = self.run(f"SELECT {', '.join([*plan.paths, *plan.children.values()])} FROM {sobject.name} WHERE Id = {quoted_text(record_id)}", path)
        rows = found.records(self._call.base)
        return self.row(asked, sobject, rows[0], path) if rows else None

    def _window(self, asked: Selected) -> tuple[int, int]:
        unknown = next((name for name in asked.arguments if name not in _ARGUMENTS), None)
        if unknown is not None:
            raise invalid(f"(UnknownArgument) : Unknown field argument '{unknown}'", asked.node)
        first, after = asked.arguments.get("first"), asked.arguments.get("after")
        count = DEFAULT_FIRST if first is None else first
        if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= MOST_FIRST:
            raise invalid(f"first must be a number from 1 to {MOST_FIRST}: {first}", asked.node)
        return count, 0 if after is None else position_of(after)

    def _condition(self, asked: Selected, sobject: SObject) -> str:
        terms = [self.filters.where(sobject, asked.arguments.get("where"))]
        scope = asked.arguments.get("scope")
        if scope == "MINE" and sobject.find("OwnerId"):
            terms.append(f"OwnerId = {quoted_text(self._call.user_id)}")
        elif scope not in (None, "EVERYTHING"):
            raise invalid(f"the scope {scope} is not available for {sobject.name}", asked.node)
        found = [term for term in terms if term]
        return f" WHERE {' AND '.join(found)}" if found else ""

    def _order(self, asked: Selected, sobject: SObject) -> str:
        items = self.filters.order(sobject, asked.arguments["orderBy"]) if asked.arguments.get("orderBy") else []
        return f" ORDER BY {', '.join(items)}" if items else ""

    def _asks(self, asked: Selected, name: str) -> bool:
        return any(s.name == name for s in asked.fields)

    def _node_of(self, asked: Selected, path: list[str]) -> Selected | None:
        """The `node` of a connection; its other fields are checked here."""
        if not asked.fields:
            raise invalid(f"(SubselectionRequired@[{'/'.join(path)}]) : Subselection required for type 'Connection' of field '{asked.name}'", asked.node)
        for s in asked.fields:
            if s.name not in ("edges", "pageInfo", "totalCount", "pageResultCount", "__typename"):
                raise undefined(s.name, f"{asked.name}Connection", s.node, [*path, s.name])
            unknown = next((t for t in s.fields if s.name == "pageInfo" and t.name not in _PAGE_INFO), None)
            if unknown is not None:
                raise undefined(unknown.name, "PageInfo", unknown.node, [*path, "pageInfo", unknown.name])
        edges = next((s for s in asked.fields if s.name == "edges"), None)
        return next((s for s in edges.fields if s.name == "node"), None) if edges else None

    # ------------------------------------------------------------------ what to select

    def _collect(self, node: Selected, sobject: SObject, prefix: str, plan: _Plan, path: list[str]) -> None:
        """Paths and subqueries for the fields under a node. Raises GraphError for a field that is not there."""
        plan.paths[f"{prefix}Id"] = None
        for s in node.under(sobject.name):
            if s.name in _LEAVES and s.fields:
                raise invalid(f"(SubselectionNotAllowed@[{'/'.join([*path, s.name])}]) : Subselection not allowed on leaf type of field '{s.name}'", s.node)
            if s.name in ("Id", "ApiName", "__typename"):
                continue
            if s.name == "WeakEtag":
                plan.paths[f"{prefix}SystemModstamp"] = None
                continue
            f = sobject.find(s.name)
            if f is not None and f.name == s.name and self.can_see(sobject, f):
                check_value(s, f, [*path, s.name])
                plan.paths[f"{prefix}{s.name}"] = None
            elif (link := self._link(sobject, s.name)) is not None:
                self._collect_parent(s, link, f"{prefix}{s.name}.", plan, [*path, s.name])
            elif not prefix and (pair := self._children(sobject, s.name)) is not None:
                if s.name.lower() in plan.children:
                    raise invalid(f"the relationship {s.name} can be asked for once", s.node)
                plan.children[s.name.lower()] = self._subquery(s, pair[0], [*path, s.name])
            else:
                raise undefined(s.name, sobject.name, s.node, [*path, s.name])

    def _collect_parent(self, asked: Selected, link: Field, prefix: str, plan: _Plan, path: list[str]) -> None:
        if len(link.reference_to) > 1:  # fields of the row itself; which type it has shows when it is read
            plan.paths[f"{prefix}Id"] = None
            for s in asked.fields:
                if s.name == "Name":
                    plan.paths[f"{prefix}Name"] = None
                elif s.name not in ("Id", "ApiName", "__typename"):
                    raise undefined(s.name, s.on or "Record", s.node, [*path, s.name])
            return
        parent = self._org.schema.find(link.reference_to[0])
        if parent is not None:
            self._collect(asked, parent, prefix, plan, path)

    def _subquery(self, asked: Selected, child: SObject, path: list[str]) -> str:
        first, start = self._window(asked)
        node = self._node_of(asked, path)
        plan = _Plan()
        if node is not None:
            self._collect(node, child, "", plan, path)
        columns = ", ".join([*(plan.paths or {"Id": None}), *plan.children.values()])
        offset = f" OFFSET {start}" if start else ""
        return f"(SELECT {columns} FROM {asked.name}{self._condition(asked, child)}{self._order(asked, child)} LIMIT {first + 1}{offset})"

    def _link(self, sobject: SObject, name: str) -> Field | None:
        f = sobject.by_relationship.get(name.lower())
        return f if f is not None and f.relationship_name == name and self.can_see(sobject, f) else None

    def _children(self, sobject: SObject, name: str) -> tuple[SObject, Field] | None:
        pairs = self._org.schema.children.get(sobject.name.lower(), ())
        return next(((child, f) for child, f in pairs if f.child_relationship_name == name and self.find(child.name)), None)

    # ------------------------------------------------------------------ the reply

    def _shaped(self, asked: Selected, sobject: SObject, rows: list[dict[str, Any]], path: list[str], *, start: int, more: bool, total: int | None) -> dict[str, Any]:
        shaped: dict[str, Any] = {}
        for s in asked.under(""):
            if s.name == "edges":
                shaped[s.key] = [self._edge(s, sobject, row, start + number, path) for number, row in enumerate(rows, 1)]
            elif s.name == "pageInfo":
                ends = {"startCursor": cursor_of(start + 1) if rows else None, "endCursor": cursor_of(start + len(rows)) if rows else None}
                shaped[s.key] = {t.key: {"hasNextPage": more, "hasPreviousPage": start > 0, **ends, "__typename": "PageInfo"}.get(t.name) for t in s.fields}
            else:
                shaped[s.key] = {"totalCount": total if total is not None else start + len(rows) + more, "pageResultCount": len(rows), "__typename": f"{asked.name}Connection"}[s.name]
        return shaped

    def _edge(self, asked: Selected, sobject: SObject, row: dict[str, Any], position: int, path: list[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for s in asked.fields:
            if s.name not in ("node", "cursor", "__typename"):
                raise undefined(s.name, f"{sobject.name}Edge", s.node, [*path, "edges", s.name])
            told[s.key] = self.row(s, sobject, row, path) if s.name == "node" else cursor_of(position) if s.name == "cursor" else f"{sobject.name}Edge"
        return told

    def row(self, node: Selected, sobject: SObject, row: dict[str, Any], path: list[str]) -> dict[str, Any]:
        """One record in the shape asked for."""
        shaped: dict[str, Any] = {}
        for s in node.under(sobject.name):
            own = {"Id": row.get("Id"), "ApiName": sobject.name, "__typename": sobject.name, "WeakEtag": millis(row.get("SystemModstamp"))}
            f = sobject.find(s.name)
            if s.name in own:
                shaped[s.key] = own[s.name]
            elif f is not None and f.name == s.name:
                shaped[s.key] = field_shape(s, f, row.get(s.name), [*path, s.name])
            elif (link := self._link(sobject, s.name)) is not None:
                shaped[s.key] = self._parent(s, link, row.get(s.name), [*path, s.name])
            elif (pair := self._children(sobject, s.name)) is not None:
                shaped[s.key] = self._below(s, pair[0], row.get(s.name), [*path, s.name])
        return shaped

    def _parent(self, asked: Selected, link: Field, value: Any, path: list[str]) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        named = value.get("attributes", {}).get("type", link.reference_to[0])
        parent = self._org.schema.find(named)
        return self.row(asked, parent, value, path) if parent is not None else None

    def _below(self, asked: Selected, child: SObject, value: Any, path: list[str]) -> dict[str, Any]:
        first, start = self._window(asked)
        rows = value["records"] if isinstance(value, dict) else []
        return self._shaped(asked, child, rows[:first], path, start=start, more=len(rows) > first, total=None)


_VALUE = ("value", "displayValue", "label", "format", "__typename")


def check_value(asked: Selected, f: Field, path: list[str]) -> None:
    """Raises GraphError for a field without what is to be shown of it, or with what it does not have."""
    if not asked.fields:
        raise invalid(f"(SubselectionRequired@[{'/'.join(path)}]) : Subselection required for type '{f.type.capitalize()}Value' of field '{f.name}'", asked.node)
    for s in asked.fields:
        if s.name not in _VALUE:
            raise undefined(s.name, f"{f.type.capitalize()}Value", s.node, [*path, s.name])


def field_shape(asked: Selected, f: Field, value: Any, path: list[str]) -> dict[str, Any]:
    """`Name { value displayValue }`. Compound fields show their whole value."""
    check_value(asked, f, path)
    display = display_value(f, value)
    known = {"value": zulu(value) if f.type == "datetime" else value, "displayValue": display, "label": display, "format": None, "__typename": f"{f.type.capitalize()}Value"}
    return {s.key: known[s.name] for s in asked.fields}
