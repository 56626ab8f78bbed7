"""Searches carried out on an org's store. There is no index: text columns are scanned, so that a row is found as soon as it is
written (at Salesforce the index lags by seconds: wire reference 3.9, K)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soql import ast as soql
from sfchaos.org.soql.cache import Reader
from sfchaos.org.soql.compile import compile_query
from sfchaos.org.soql.errors import refused_at, too_complicated
from sfchaos.org.soql.literals import STRING, unescaped
from sfchaos.org.soql.parameters import Constant, Parameter, Quoted, value_of
from sfchaos.org.soql.plan import Plan
from sfchaos.org.soql.run import Prepared, QueryResult
from sfchaos.org.soql.settings import first_weekday, settings_of
from sfchaos.org.sosl import ast
from sfchaos.org.sosl.fields import scope, searched, text_sql
from sfchaos.org.sosl.match import encoded, letters_sql
from sfchaos.org.sosl.parse import as_search, parse
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.org import Org

MOST_ROWS = 2000  # of all objects together (wire reference 9.6, D)
_ROW = "found"


@dataclass(frozen=True, slots=True)
class Found:
    """What one object brought."""

    sobject: str
    result: QueryResult


def search(org: Org, text: str, *, user_id: str, version: float) -> tuple[ast.Search, list[Found]]:
    """All objects of RETURNING in order, with their rows. Raises Refused as Salesforce words it."""
    wanted = parse(text)
    org.running_user_id = user_id
    targets = wanted.targets or tuple(ast.Target(_ids_of(sobject.name)) for sobject in scope(org, user_id, version))
    most = min(wanted.limit if wanted.limit is not None else MOST_ROWS, MOST_ROWS)
    found = [_found(org, wanted, target, text, user_id, version, most) for target in targets]
    shares = shared([len(each.result.sql_rows) for each in found], most)
    for each, share in zip(found, shares, strict=True):
        del each.result.sql_rows[share:]
    return wanted, found


def shared(counts: Sequence[int], most: int) -> list[int]:
    """How many rows each object may bring: evenly, and what one leaves over goes to the others (SOSL reference, "LIMIT n", D)."""
    shares = [0] * len(counts)
    while most > 0 and (open_ := [n for n, count in enumerate(counts) if shares[n] < count]):
        each = max(1, most // len(open_))
        for number in open_:
            more = min(each, counts[number] - shares[number], most)
            shares[number] += more
            most -= more
    return shares


def _ids_of(name: str) -> soql.Query:
    return soql.Query((soql.Item(soql.Path(("Id",))),), (soql.Source(soql.Path((name,))),))


def _found(org: Org, wanted: ast.Search, target: ast.Target, text: str, user_id: str, version: float, most: int) -> Found:
    plan = _plan(org, target, text, user_id, version)
    sobject = org.schema.find(plan.sobject)
    assert sobject is not None
    if not sobject.searchable:  # text K
        raise refused_at("INVALID_SEARCH", text, target.query.at, f"entity type {sobject.name} does not support search")
    org.freshen(sobject.name)
    fields = searched(org, user_id, sobject, wanted.group)
    if not fields:
        return Found(sobject.name, QueryResult(plan, 0))
    condition, constants = _condition(org, wanted, target, plan, sobject.name, text_sql(fields, _ROW), user_id)
    limit = most if plan.limit is None else min(plan.limit, most)
    narrowed = replace(plan, where=f"({plan.where}) AND {condition}" if plan.where else condition, limit=limit,
                       parameters=(*plan.parameters, *map(Constant, constants)))  # fmt: skip
    values = _values(org, narrowed.parameters, text, user_id)
    return Found(sobject.name, Prepared(org, narrowed, user_id, {id(narrowed): values}).all())


def _condition(org: Org, wanted: ast.Search, target: ast.Target, plan: Plan, table: str, row_text: str, user_id: str) -> tuple[str, list[Any]]:
    """`Id IN (...)` for the rows that hold what is sought, and its parameters."""
    letters, patterns = letters_sql(wanted.sought, row_text)
    own = plan.select[0]
    condition = f"{own} IN (SELECT {_ROW}.\"Id\" FROM {quoted(table)} AS {_ROW} WHERE {letters} AND SF_FOUND({row_text}, ?))"
    constants: list[Any] = [*patterns, encoded(wanted.sought)]
    if target.list_view:
        condition += f" AND {own} IN (SELECT value FROM JSON_EACH(?))"
        constants.append(json.dumps([seen.id for seen in org.registers.recent.get(user_id, ()) if seen.sobject == table]))
    return condition, constants


def _plan(org: Org, target: ast.Target, text: str, user_id: str, version: float) -> Plan:
    reader = Reader(
        user_id, access.access_digest(org, user_id), lambda sobject, f: access.can_read(org, user_id, sobject, f), False, version, settings_of(org, user_id),
        lambda sobject: access.may(org, user_id, sobject, "read"), lambda sobject, alias: access.row_filter(org, user_id, sobject, alias),
    )  # fmt: skip
    try:
        plan = compile_query(target.query, reader.context(org.schema, text))
    except Refused as refused:
        raise as_search(refused) from None
    except RecursionError:
        raise too_complicated() from None
    if plan.kind != "rows":  # text is a guess
        raise refused_at("MALFORMED_SEARCH", text, target.query.at, "Aggregate functions are not supported in a search")
    return plan


def _values(org: Org, parameters: Sequence[Parameter], text: str, user_id: str) -> list[Any]:
    """Quoted literals are read where they stand in the statement: a search's plan is not kept."""
    literals = {p.at: _literal(text, p.at) for p in parameters if isinstance(p, Quoted)}
    numbers = {at: number for number, at in enumerate(literals)}
    settings = settings_of(org, user_id)
    ready = [replace(p, at=numbers[p.at]) if isinstance(p, Quoted) else p for p in parameters]
    try:
        return [value_of(p, list(literals.values()), org.now_s(), settings.tz, first_weekday(settings.locale)) for p in ready]
    except (OverflowError, ValueError):  # LAST_N_YEARS:9999
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", "date literal is outside of the valid range") from None  # text is a guess


def _literal(text: str, at: int) -> soql.Text:
    found = STRING.match(text, at)
    assert found is not None  # the parser read it there
    return soql.Text(unescaped(found[0][1:-1]), found[0][1:-1], at)
