"""Statements carried out on an org's store.

`run(org, text, user_id=...)` gives all rows. Who pages (the query resource, Bulk query jobs) uses `prepare` and keeps the ids:
pages are then read by id, so that they stay the same whatever is written in between.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from sfchaos.org.access import record_access
from sfchaos.org.refusals import refuse
from sfchaos.org.soql.cache import Reader, fresh_plan, literals_of, shared_plan
from sfchaos.org.soql.errors import too_complicated
from sfchaos.org.soql.parameters import Edge, Reshape, value_of
from sfchaos.org.soql.plan import Children, Plan
from sfchaos.org.soql.render import SqlRow
from sfchaos.org.soql.results import ID_CHARS, Family, QueryResult, Read
from sfchaos.org.soql.scope import NEWEST
from sfchaos.org.soql.settings import PLAIN, Settings, first_weekday, is_personal, settings_of

__all__ = ["ID_CHARS", "Prepared", "QueryResult", "Read", "prepare", "run"]

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.soql import ast

MOST_GROUPS = 2000  # rows of an aggregate query (wire reference 9.4)
_FAR = 2**31 - 1


def run(org: Org, text: str, *, user_id: str = "", include_deleted: bool = False, as_admin: bool = False, version: float = NEWEST) -> QueryResult:
    """All rows of a statement. Raises Refused as Salesforce words it. `as_admin` sees every field and row."""
    return prepare(org, text, user_id=user_id, include_deleted=include_deleted, as_admin=as_admin, version=version).all()


def prepare(org: Org, text: str, *, user_id: str = "", include_deleted: bool = False, as_admin: bool = False, version: float = NEWEST) -> Prepared:
    """The statement with its plan and the values of its parameters, ready to be read in pages. `version` is the API's."""
    org.running_user_id = user_id or org.admin_user_id
    settings = settings_of(org, user_id) if is_personal(text) else PLAIN
    reader = _reader(org, user_id, include_deleted, as_admin, version, settings)
    literals = literals_of(text)
    plan = shared_plan(text, literals, org.schema, reader)
    if plan is not None:
        try:
            return Prepared(org, plan, user_id, _bound(org, plan, literals, user_id))
        except Reshape:
            pass  # compiled afresh below, for this text alone
    plan = fresh_plan(text, literals, org.schema, reader)
    return Prepared(org, plan, user_id, _bound(org, plan, literals, user_id))


def _reader(org: Org, user_id: str, include_deleted: bool, as_admin: bool, version: float, settings: Settings) -> Reader:
    from sfchaos.org import access

    if as_admin:
        return Reader(user_id, "everything", lambda _sobject, _field: True, include_deleted, version, settings)
    return Reader(
        user_id, access.access_digest(org, user_id), lambda sobject, f: access.can_read(org, user_id, sobject, f), include_deleted, version, settings,
        lambda sobject: access.may(org, user_id, sobject, "read"), lambda sobject, alias: access.row_filter(org, user_id, sobject, alias),
    )  # fmt: skip


Values = dict[int, list[Any]]  # by identity of the plan (a child subquery has its own)


def _bound(org: Org, plan: Plan, literals: list[ast.Text], user_id: str) -> Values:
    for queried in _plans_in(plan):
        org.freshen(queried.sobject)
        if 'Permissions" ' in queried.where or 'Permissions" ' in queried.source:  # in a semi-join or a parent
            org.freshen("ObjectPermissions")
        if '"PermissionSetAssignment" ' in queried.where:  # IsActive ends with time
            org.freshen("PermissionSetAssignment")
        if queried.sobject == record_access.NAME:
            record_access.work_out(org, (literal.value for literal in literals))
    settings = settings_of(org, user_id) if _has_dates(plan) else PLAIN
    zone, weekday = settings.tz if settings is not PLAIN else UTC, first_weekday(settings.locale)
    now_s = org.now_s()
    try:
        return {id(p): [value_of(parameter, literals, now_s, zone, weekday) for parameter in p.parameters] for p in _plans_in(plan)}
    except (OverflowError, ValueError):  # LAST_N_YEARS:9999
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", "date literal is outside of the valid range") from None  # text is a guess


def _plans_in(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.children:
        yield from _plans_in(child.plan)


def _has_dates(plan: Plan) -> bool:
    return any(isinstance(parameter, Edge) for p in _plans_in(plan) for parameter in p.parameters)


@dataclass
class Prepared:
    """A plan and its values, against one org."""

    org: Org
    plan: Plan
    user_id: str
    values: Values
    path: tuple[str, ...] = ()  # of keys, where the plan is that of a child subquery

    def child(self, path: tuple[str, ...]) -> Prepared:
        """The child subquery at the end of a path of keys, for its pages."""
        plan = self.plan
        for key in path:
            plan = next(child.plan for child in plan.children if child.key == key)
        return Prepared(self.org, plan, self.user_id, self.values, path)

    def all(self) -> QueryResult:
        if self.plan.kind == "count":
            return QueryResult(self.plan, self._count())
        rows = self._rows(_FAR)
        if self.plan.kind == "groups" and len(rows) > MOST_GROUPS:  # wire reference 9.4 (K)
            raise refuse("EXCEEDED_ID_LIMIT", "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch")
        return self._result(rows)

    def first(self, page_rows: int) -> QueryResult | None:
        """The whole result when it has at most `page_rows` rows; None when it is longer."""
        if self.plan.kind != "rows" or (self.plan.limit is not None and self.plan.limit <= page_rows):
            return self.all()
        rows = self._rows(page_rows + 1)
        return self._result(rows) if len(rows) <= page_rows else None

    def pieces(self, rows: int) -> Iterator[QueryResult]:
        """All rows of a plain statement, so many at a time: none but these are held. Nothing may be written until the last was read."""
        cursor = self._open(f"{self.plan.sql(self.plan.select_sql)} LIMIT ? OFFSET ?", self._limited(_FAR))
        while part := cursor.fetchmany(rows):
            yield self._result(part)

    def ids(self) -> str:
        """The ids of all rows in order, 18 characters each, in one text: a million rows are 18 MB and a frozen value."""
        rows = self._fetch(f"{self.plan.sql(self.plan.select[0])} LIMIT ? OFFSET ?", self._limited(_FAR))
        return "".join(row[0] for row in rows)

    def page(self, ids: str) -> QueryResult:
        """The rows of packed ids, in their order, deleted or not: what a locator shows."""
        order = json.dumps([ids[at : at + ID_CHARS] for at in range(0, len(ids), ID_CHARS)])
        table, _, joins = self.plan.source.partition(" LEFT JOIN ")
        id_sql = self.plan.select[0]
        sql = f"SELECT {self.plan.select_sql} FROM JSON_EACH(?) AS wanted CROSS JOIN {table} ON {id_sql} = wanted.value"
        return self._result(self._fetch(f"{sql}{' LEFT JOIN ' + joins if joins else ''} ORDER BY wanted.key", [order]))

    # ------------------------------------------------------------------

    def _rows(self, most: int) -> list[SqlRow]:
        return self._fetch(f"{self.plan.sql(self.plan.select_sql)} LIMIT ? OFFSET ?", self._limited(most))

    def _limited(self, most: int) -> list[Any]:
        """The values, then those of LIMIT and OFFSET."""
        limit = most if self.plan.limit is None else min(self.plan.limit, most)
        return [*self.values[id(self.plan)], limit, self.plan.offset]

    def _count(self) -> int:
        if self.plan.limit is None and not self.plan.offset:
            return int(self._fetch(self.plan.sql("COUNT(*)"), self.values[id(self.plan)])[0][0])
        return int(self._fetch(f"SELECT COUNT(*) FROM ({self.plan.sql('1')} LIMIT ? OFFSET ?)", self._limited(_FAR))[0][0])

    def _result(self, rows: list[SqlRow]) -> QueryResult:
        families = self._families(self.plan, [row[0] for row in rows], self.path) if self.plan.children else {}
        return QueryResult(self.plan, len(rows), rows, families)

    def _families(self, plan: Plan, parent_ids: Sequence[str], path: tuple[str, ...]) -> dict[str, Family]:
        return {child.key: self._family(child, parent_ids, (*path, child.key)) for child in plan.children}

    def _family(self, child: Children, parent_ids: Sequence[str], path: tuple[str, ...]) -> Family:
        """The child rows of all parents in one statement; LIMIT and OFFSET count per parent."""
        plan = child.plan
        terms = " AND ".join(t for t in (plan.where, f"{plan.link} IN (SELECT value FROM JSON_EACH(?))") if t)
        inner = f"SELECT {plan.select_sql}, {plan.link}, ROW_NUMBER() OVER (PARTITION BY {plan.link} ORDER BY {plan.order}) FROM {plan.source} WHERE {terms}"
        columns = len(plan.select)
        low, high = plan.offset, plan.offset + min(_FAR if plan.limit is None else plan.limit, _FAR)
        by_parent: dict[str, list[SqlRow]] = {}
        rows = self._fetch(inner, [*self.values[id(plan)], json.dumps(list(parent_ids))])
        for row in sorted(rows, key=lambda row: int(row[columns + 1])):
            if low < row[columns + 1] <= high:
                by_parent.setdefault(row[columns], []).append(row)
        families = self._families(plan, [row[0] for rows in by_parent.values() for row in rows], path) if plan.children else {}
        return Family(plan, path, by_parent, families)

    def _open(self, sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self.org.store.cursor(sql, parameters)
        except sqlite3.OperationalError as error:
            raise _too_complicated(error) from None

    def _fetch(self, sql: str, parameters: Sequence[Any]) -> list[SqlRow]:
        try:
            return list(self.org.store.all(sql, parameters))
        except sqlite3.OperationalError as error:
            raise _too_complicated(error) from None


def _too_complicated(error: sqlite3.OperationalError) -> Exception:
    """SQLite's own limits (1,000 levels of a condition, 32,766 parameters) read as Salesforce's; anything else is a defect of ours."""
    text = str(error)
    if any(word in text for word in ("too large", "too many", "too complex", "overflow", "at most")):
        return too_complicated()
    return error
