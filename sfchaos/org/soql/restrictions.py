"""Objects that may only be queried by certain ids. Source: wire reference 9.5 (D/L)."""

from __future__ import annotations

from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soql import ast
from sfchaos.org.soql.scope import Scope

_AGGREGATES = frozenset({"AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM"})
_LINKS = ("contentdocumentid", "linkedentityid", "id")
_DEFINITIONS = {
    "fielddefinition": ("durableid", "entitydefinitionid", "entitydefinition.qualifiedapiname", "entitydefinition.durableid"),
    "entityparticle": ("durableid", "entitydefinitionid", "entitydefinition.qualifiedapiname", "entitydefinition.durableid"),
}  # fmt: skip


def check_restriction(query: ast.Query, scope: Scope) -> None:
    """Raises Refused MALFORMED_QUERY, without a position block."""
    name = scope.sobject.name.lower()
    if name == "setupaudittrail" and (query.group or any(_is_aggregate(item.what) for item in query.items)):
        # that it fails D (Object Reference, "SetupAuditTrail"), the text is a guess
        raise refuse("MALFORMED_QUERY", "Aggregate queries are not supported on SetupAuditTrail")
    if name == "contentdocumentlink":
        _check_links(query, scope)
    elif name in _DEFINITIONS and not _pinned(query, scope) & set(_DEFINITIONS[name]):  # text K
        raise _restricted(
            "When retrieving results with the SObject EntityParticle or FieldDefinition, a filter by EntityDefinitionId or DurableId is required"
        )


def _is_aggregate(what: object) -> bool:
    """`COUNT()` without a field is none."""
    return isinstance(what, ast.Call) and what.name in _AGGREGATES and bool(what.arguments)


def _check_links(query: ast.Query, scope: Scope) -> None:
    """Both texts U: quoted in many public threads and recorded replies."""
    if not _pinned(query, scope) & set(_LINKS[:2]):
        raise _restricted("ContentDocumentLink requires a filter by a single Id on ContentDocumentId or LinkedEntityId using the equals operator or "
                          "multiple Id's using the IN operator.")  # fmt: skip
    fields = {_name(c.left, scope) for c in _comparisons(query.where)}
    if fields - set(_LINKS) and "linkedentityid" not in _pinned(query, scope, ops=("=",)):
        raise _restricted(
            "filtering on non-id fields is only permitted when filtering by ContentDocumentLink.LinkedEntityId using the equals operator."
        )


def _restricted(text: str) -> Refused:
    return refuse("MALFORMED_QUERY", f"Implementation restriction: {text}")


def _pinned(query: ast.Query, scope: Scope, ops: tuple[str, ...] = ("=", "IN")) -> set[str]:
    """Names of fields, in lower case, that every row found has one of some given values in."""
    terms = query.where.terms if isinstance(query.where, ast.All) else (query.where,)
    return {_name(t.left, scope) for t in terms if isinstance(t, ast.Comparison) and t.op in ops}


def _comparisons(condition: ast.Condition | None) -> list[ast.Comparison]:
    match condition:
        case ast.All() | ast.Any():
            return [found for term in condition.terms for found in _comparisons(term)]
        case ast.Not():
            return _comparisons(condition.term)
        case ast.Comparison():
            return [condition]
    return []


def _name(what: ast.Operand, scope: Scope) -> str:
    return ".".join(scope.relative(what)).lower() if isinstance(what, ast.Path) else what.name.lower()
