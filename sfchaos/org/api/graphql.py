"""POST /graphql. Source: wire reference 3.13; GraphQL API guide (D).

The reply is 200 with `data` and `errors`, also for a document that is wrong; each error carries its kind in `extensions.ErrorType`.
"""

from __future__ import annotations

from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.parts.subrequests import need_version
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route

SINCE = 56.0
MUTATIONS_SINCE = 59.0  # beta until 65, generally available since 66 (D)
MOST_SUBQUERIES = 10  # connections in one request (D)


def graphql(call: Call) -> Response:
    from sfchaos.org.graphql.errors import GraphError

    need_version(call, SINCE)
    body = call.json_row()
    text, variables, name = body.get("query"), body.get("variables") or {}, body.get("operationName") or ""
    if not isinstance(text, str) or not isinstance(variables, dict) or not isinstance(name, str):
        raise refuse("JSON_PARSER_ERROR", "The query property must be a text, variables an object, operationName a text")  # text is a guess
    errors: list[GraphError] = []
    data: dict[str, Any] | None = None
    try:
        data = _answer(call, text, variables, name, errors)
    except GraphError as error:
        errors.append(error)
    if errors:
        call.receipt.error_codes = tuple(error.kind for error in errors)
    return call.reply({"data": data, "errors": [error.shown() for error in errors]})


def _answer(call: Call, text: str, variables: dict[str, Any], name: str, errors: list[Any]) -> dict[str, Any]:
    from sfchaos.org.graphql.document import read
    from sfchaos.org.graphql.errors import GraphError, undefined
    from sfchaos.org.graphql.mutations import mutate

    operation = read(text, variables, name)
    if operation.kind not in ("query", "mutation") or (operation.kind == "mutation" and call.version_number < MUTATIONS_SINCE):
        raise GraphError("OperationNotSupported", f"Operation type {operation.kind} is not supported")
    data: dict[str, Any] = {}
    for field in operation.fields:
        if field.name == "__typename":
            data[field.key] = operation.kind.capitalize()
        elif field.name != "uiapi":
            raise undefined(field.name, operation.kind.capitalize(), field.node, [field.name])
        else:
            data[field.key] = mutate(call, field, errors) if operation.kind == "mutation" else _read(call, field, errors)
    return data


def _read(call: Call, asked: Any, errors: list[Any]) -> dict[str, Any]:
    from sfchaos.org.graphql.aggregates import aggregate
    from sfchaos.org.graphql.errors import GraphError, invalid, undefined
    from sfchaos.org.graphql.records import Records

    if not asked.fields:
        raise invalid("(SubselectionRequired@[uiapi]) : Subselection required for type 'UIAPI' of field 'uiapi'", asked.node)
    records, shaped = Records(call), {}
    if sum(len(family.fields) for family in asked.fields) > MOST_SUBQUERIES:
        raise invalid(f"a request may have {MOST_SUBQUERIES} subqueries", asked.node)
    for family in asked.fields:
        if family.name not in ("query", "aggregate"):
            raise undefined(family.name, "UIAPI", family.node, ["uiapi", family.name])
        if not family.fields:
            raise invalid(f"(SubselectionRequired@[uiapi/{family.name}]) : Subselection required for type 'RecordQuery' of field '{family.name}'", family.node)
        work = records.connection if family.name == "query" else lambda s, o, p: aggregate(records, s, o, p)
        held: dict[str, Any] = {}
        for s in family.fields:
            path = ["uiapi", family.name, s.name]
            sobject = records.find(s.name)
            if sobject is None:
                raise undefined(s.name, "RecordQuery" if family.name == "query" else "RecordQueryAggregate", s.node, path)
            try:
                held[s.key] = work(s, sobject, path)
            except GraphError as error:
                if error.kind != "DataFetchingException":
                    raise
                errors.append(error)
                held[s.key] = None
        shaped[family.key] = held
    return shaped


ROUTES = [Route("POST", "/services/data/{v}/graphql", graphql, source="GraphQL API guide, \"Query Objects\"")]
