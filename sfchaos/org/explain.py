"""`/query?explain=`: how a statement would be carried out, without its rows.

Keys, values of `leadingOperationType` and the note: REST guide, "Get Feedback on Query Performance" (D). Numbers are real counts of this org's
rows where Salesforce estimates. Costs are a guess: an index pays as long as it finds under 30 % of the rows (standard) or 10 % (custom), the
shares that the query optimizer's cheat sheet gives; a scan costs 2.8, as in the guide.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sfchaos.org import access
from sfchaos.org.ids import is_id
from sfchaos.org.refusals import refuse
from sfchaos.org.soql import ast
from sfchaos.org.soql.parse import parse
from sfchaos.org.soql.printing import printed
from sfchaos.org.soql.run import prepare, run
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.core.messages import Response
    from sfchaos.org.call import Call
    from sfchaos.org.schema.model import Field, SObject

SCAN_COST = 2.8
STANDARD_SHARE, CUSTOM_SHARE = 0.3, 0.1
_DATES = ("CreatedDate", "SystemModstamp")
_SEEKING = ("=", "IN", "<", "<=", ">", ">=", "LIKE")
_UNINDEXED = "Not considering filter for optimization because unindexed"


def explained(call: Call, *, include_deleted: bool) -> Response:
    """The plans, the cheapest first. Raises Refused as the query itself would be, or INVALID_ID for a report's or list view's id."""
    statement = call.request.query.get("explain", "")
    if is_id(statement):  # code D; text is a guess
        raise refuse("INVALID_ID", f"invalid report or list view id: {statement}")
    prepare(call.org, statement, user_id=call.user_id, include_deleted=include_deleted, version=call.version_number)
    query = parse(statement)
    sobject = access.visible(call.org, call.user_id, query.sources[0].path.text)
    if sobject is None:  # a setup object that is not kept as rows
        return call.reply({"plans": [], "sourceQuery": statement})
    filters = _filters(query, sobject)
    total = _rows(call, sobject)
    notes = [_note(sobject, f.name) for _, f in filters if not is_indexed(f)]
    if not include_deleted and sobject.find("IsDeleted"):
        notes.append(_note(sobject, "IsDeleted"))
    plans = [_by_index(call, query, term, f, sobject, total, notes, include_deleted) for term, f in filters if is_indexed(f) and term.op in _SEEKING]
    plans.append(_plan(_count(call, query, query.where, include_deleted), (), "TableScan", notes, SCAN_COST, total, sobject))
    return call.reply({"plans": sorted(plans, key=lambda plan: float(plan["relativeCost"])), "sourceQuery": statement})


def is_indexed(f: Field) -> bool:
    """Ids, names, foreign keys, external ids, unique fields, emails and two dates (Apex guide, "More Efficient SOQL Queries", D)."""
    return f.type in ("id", "reference", "email") or f.name_field or f.external_id or f.unique or f.name in _DATES


def _filters(query: ast.Query, sobject: SObject) -> list[tuple[ast.Comparison, Field]]:
    """The comparisons of a field of the row itself that every row found fulfils."""
    terms = query.where.terms if isinstance(query.where, ast.All) else (query.where,)
    found = [(t, f) for t in terms if isinstance(t, ast.Comparison) and isinstance(t.left, ast.Path) and (f := sobject.find(t.left.parts[-1])) is not None]
    return [(t, f) for t, f in found if isinstance(t.left, ast.Path) and len(t.left.parts) <= 2 and (len(t.left.parts) == 1 or t.left.parts[0].lower() in _own(query))]


def _own(query: ast.Query) -> tuple[str, ...]:
    """Names that the row itself goes by: `Account.Name`, `a.Name`."""
    source = query.sources[0]
    return source.path.text.lower(), source.alias.lower()


def _by_index(call: Call, query: ast.Query, term: ast.Comparison, f: Field, sobject: SObject, total: int, notes: list[dict[str, Any]],
              include_deleted: bool) -> dict[str, Any]:  # fmt: skip
    found = _count(call, query, term, include_deleted)
    share = CUSTOM_SHARE if f.custom else STANDARD_SHARE
    return _plan(found, (f.name,), "Index", notes, round(found / (total * share), 3) if total else 0.0, total, sobject)


def _plan(cardinality: int, fields: tuple[str, ...], kind: str, notes: list[dict[str, Any]], cost: float, total: int, sobject: SObject) -> dict[str, Any]:
    return {
        "cardinality": cardinality, "fields": list(fields), "leadingOperationType": kind, "notes": notes, "relativeCost": cost, "sobjectCardinality": total,
        "sobjectType": sobject.name,
    }  # fmt: skip


def _note(sobject: SObject, field: str) -> dict[str, Any]:
    return {"description": _UNINDEXED, "fields": [field], "tableEnumOrId": sobject.name}


def _count(call: Call, query: ast.Query, where: ast.Condition | None, include_deleted: bool) -> int:
    counted = replace(query, items=(ast.Item(ast.Call("COUNT")),), where=where, group=(), subtotals="", having=None, order=(), limit=None, offset=None, uses=())
    return run(call.org, printed(counted), user_id=call.user_id, include_deleted=include_deleted, version=call.version_number).total


def _rows(call: Call, sobject: SObject) -> int:
    found = call.org.store.one(f"SELECT COUNT(*) FROM {quoted(sobject.name)}")
    return int(found[0]) if found else 0
